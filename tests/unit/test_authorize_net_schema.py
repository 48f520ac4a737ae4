"""Every request to Authorize.Net in the order of its schema, no element too many, none too long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from duebook.domain.charges import TokenMethod, VaultMethod
from duebook.domain.money import Money
from duebook.domain.payments import Payer
from duebook.domain.processing import ChargeRef, MethodToStore, RefundOrder
from duebook.processors import authorize_net_messages as messages
from tests.canned_processor import CHARGE, KEYS, NOW

HEAD = "merchantAuthentication clientId refId "
SEQUENCES = {
    "merchantAuthentication": "name transactionKey",
    "createTransactionRequest": HEAD + "transactionRequest",
    "transactionRequest": (
        "transactionType amount currencyCode payment profile solution callId terminalNumber authCode refTransId splitTenderId order "
        "lineItems tax duty shipping taxExempt poNumber customer billTo shipTo customerIP cardholderAuthentication retail employeeId "
        "transactionSettings userFields surcharge merchantDescriptor subMerchant tip processingOptions subsequentAuthInformation "
        "otherTax shipFrom authorizationIndicatorType"
    ),
    "payment": "creditCard bankAccount trackData encryptedTrackData payPal opaqueData emv dataSource",
    "creditCard": "cardNumber expirationDate cardCode isPaymentToken cryptogram",
    "bankAccount": "accountType routingNumber accountNumber nameOnAccount echeckType bankName checkNumber",
    "opaqueData": "dataDescriptor dataValue dataKey expirationTimeStamp",
    "transactionRequest.profile": "createProfile customerProfileId paymentProfile shippingProfileId",
    "profile.paymentProfile": "paymentProfileId cardCode",
    "order": "invoiceNumber description",
    "customer": "type id email driversLicense taxId",
    "billTo": "firstName lastName company address city state zip country phoneNumber faxNumber email",
    "transactionSettings": "setting",
    "setting": "settingName settingValue",
    "processingOptions": "isFirstRecurringPayment isFirstSubsequentAuth isSubsequentAuth isStoredCredentials",
    "getTransactionDetailsRequest": HEAD + "transId",
    "getUnsettledTransactionListRequest": HEAD + "status sorting paging",
    "getSettledBatchListRequest": HEAD + "includeStatistics firstSettlementDate lastSettlementDate",
    "getTransactionListRequest": HEAD + "batchId sorting paging",
    "sorting": "orderBy orderDescending",
    "paging": "limit offset",
    "createCustomerProfileRequest": HEAD + "profile validationMode",
    "createCustomerProfileRequest.profile": "merchantCustomerId description email paymentProfiles shipToList profileType",
    "createCustomerPaymentProfileRequest": HEAD + "customerProfileId paymentProfile validationMode",
    "createCustomerPaymentProfileRequest.paymentProfile": (
        "customerType billTo payment driversLicense taxId defaultPaymentProfile subsequentAuthInformation excludeFromAccountUpdater"
    ),
    "getCustomerPaymentProfileRequest": HEAD + "customerProfileId customerPaymentProfileId unmaskExpirationDate includeIssuerInfo",
    "deleteCustomerPaymentProfileRequest": HEAD + "customerProfileId customerPaymentProfileId",
}
"""Parent, or parent and child, and what may stand in it in which order (schema of early 2026)."""
LIMITS = {
    "refId": 20,
    "invoiceNumber": 20,
    "id": 20,
    "firstName": 50,
    "lastName": 50,
    "zip": 20,
    "merchantCustomerId": 20,
    "description": 255,
    "routingNumber": 9,
    "accountNumber": 17,
    "nameOnAccount": 22,
    "cardNumber": 16,
    "expirationDate": 7,
}

LONG = Payer("J" * 90 + " " + "L" * 90, "ann@example.test", "9" * 90)
CHARGED = ChargeRef("DB-0123456789ABCDEF", "60000000001", Money(1250, "USD"), "card", "1111", NOW)
REFUND = RefundOrder("R1-0123456789ABCDEF", CHARGED, Money(500, "USD"))
TO_STORE = MethodToStore(TokenMethod("tok", "bank_account", "business_checking"), LONG, "cus_" + "0" * 40, "USD")
BY_STAFF = replace(CHARGE, method=VaultMethod("900000001/900000011", "card", by_merchant=True))
ACCOUNT = messages.masked_account(kind="checking", routing_last4="2882", account_last4="6789", name="x" * 90)

REQUESTS: dict[str, bytes] = {
    "charge": messages.charge_request(KEYS, replace(CHARGE, payer=LONG, customer_id="c" * 90)),
    "stored": messages.charge_request(KEYS, BY_STAFF),
    "void": messages.void_request(KEYS, CHARGED),
    "refund of a card": messages.refund_request(KEYS, REFUND, messages.masked_card("1111")),
    "refund of an account": messages.refund_request(KEYS, REFUND, ACCOUNT),
    "details": messages.details_request(KEYS, "60000000001"),
    "unsettled": messages.unsettled_list_request(KEYS, page=1, limit=100),
    "batches": messages.settled_batches_request(KEYS, first=NOW, last=NOW, statistics=True),
    "batch": messages.batch_content_request(KEYS, "7000001", page=1, limit=100),
    "profile": messages.create_profile_request(KEYS, "cus_" + "0" * 400),
    "payment profile": messages.create_payment_profile_request(KEYS, "900000001", TO_STORE),
    "shown": messages.payment_profile_request(KEYS, "900000001/900000011"),
    "forgotten": messages.delete_payment_profile_request(KEYS, "900000001/900000011"),
}


def faults(parent: str, element: str, value: Any) -> list[str]:
    """What is wrong with an element and all below it."""
    if isinstance(value, list):
        return [fault for item in value for fault in faults(parent, element, item)]
    if not isinstance(value, Mapping):
        longest = LIMITS.get(element)
        too_long = longest is not None and len(str(value)) > longest
        return [f"{element} is too long"] * too_long + [f"{element} is empty"] * (value in ("", None))
    allowed = SEQUENCES.get(f"{parent}.{element}") or SEQUENCES.get(element)
    if allowed is None:
        return [f"{parent}.{element} is not known"]
    order = [name for name in allowed.split() if name in value]
    found = [] if list(value) == order else [f"{element} holds {list(value)}"]
    return found + [fault for name, inner in value.items() for fault in faults(element, name, inner)]


@pytest.mark.parametrize("name", REQUESTS)
def test_every_element_stands_in_the_order_of_the_schema_and_is_no_longer_than_it_allows(name: str) -> None:
    (root,) = (sent := json.loads(REQUESTS[name]))

    assert faults("", root, sent[root]) == []


def test_an_element_out_of_order_would_be_found() -> None:
    assert faults("", "paging", {"offset": 1, "limit": 1}) == ["paging holds ['offset', 'limit']"]
    assert faults("", "order", {"invoiceNumber": "x" * 21, "colour": ""}) == [
        "order holds ['invoiceNumber', 'colour']",
        "invoiceNumber is too long",
        "colour is empty",
    ]


@pytest.mark.parametrize("name", REQUESTS)
def test_no_request_shows_the_payers_mail_address(name: str) -> None:
    assert b"ann@example.test" not in REQUESTS[name]
