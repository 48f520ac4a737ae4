"""Requests to Authorize.Net, built in the element order that its schema demands.

The gateway turns the JSON into XML and checks the sequence, so a dictionary's order is part of the message here.

Source: AnetApiSchema.xsd.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from duebook.domain.charges import BANK_ACCOUNT, Charge, VaultMethod
from duebook.domain.money import decimal_text
from duebook.domain.payments import Payer
from duebook.domain.processing import ChargeRef, MethodToStore, RefundOrder
from duebook.processors.credentials import AuthorizeNetCredentials

ORDER_ID_LENGTH = 20
DUPLICATE_WINDOW_SECONDS = 28_800
"""The longest allowed. Our order id is part of what is compared, so two true payments never look alike."""

OPAQUE_CARD = "COMMON.ACCEPT.INAPP.PAYMENT"
"""The same for a bank account: what the token stands for is known to the gateway alone."""
_NAME_LENGTH = 50
_BANK_NAME_LENGTH = 22
_DESCRIPTION_LENGTH = 255
_REFERENCE_LENGTH = 20
_BANK_KINDS = frozenset({"checking", "savings", "businessChecking"})
_NEXT_SECOND = timedelta(microseconds=999_999)
_NOT_IN_XML = frozenset({"Cc", "Cn", "Cs"})


def charge_request(credentials: AuthorizeNetCredentials, charge: Charge) -> bytes:
    """Build the request that authorises and captures one charge.

    A stored method brings its own name and address; the gateway refuses others beside it.
    """
    method = charge.method
    stored = isinstance(method, VaultMethod)
    transaction: dict[str, object] = {
        "transactionType": "authCaptureTransaction",
        "amount": decimal_text(charge.amount),
        "currencyCode": charge.amount.currency,
        "payment": None if isinstance(method, VaultMethod) else _opaque(method.token),
        "profile": _profile(method.vault_id) if isinstance(method, VaultMethod) else None,
        "order": {"invoiceNumber": charge.order_id},
        "customer": None if stored else _present({"id": _clean(charge.customer_id, _REFERENCE_LENGTH)}),
        "billTo": None if stored else _bill_to(charge.payer),
        "transactionSettings": _settings(allowPartialAuth="false", duplicateWindow=str(DUPLICATE_WINDOW_SECONDS)),
        "processingOptions": _stored_credential(method) if isinstance(method, VaultMethod) else None,
    }
    body = {"refId": charge.order_id, "transactionRequest": _present(transaction)}
    return _encoded("createTransactionRequest", credentials, body)


def void_request(credentials: AuthorizeNetCredentials, charge: ChargeRef) -> bytes:
    """Build the request that takes an unsettled charge back."""
    transaction = {"transactionType": "voidTransaction", "refTransId": charge.reference}
    return _encoded("createTransactionRequest", credentials, {"refId": charge.order_id, "transactionRequest": transaction})


def refund_request(credentials: AuthorizeNetCredentials, refund: RefundOrder, payment: Mapping[str, object]) -> bytes:
    """Build the request that gives a part or all of a settled charge back.

    Args:
        credentials: Of the merchant.
        refund: How much of what.
        payment: Where it came from, masked; see ``masked_card`` and ``masked_account``.
    """
    transaction = {
        "transactionType": "refundTransaction",
        "amount": decimal_text(refund.amount),
        "currencyCode": refund.amount.currency,
        "payment": payment,
        "refTransId": refund.charge.reference,
        "order": {"invoiceNumber": refund.order_id},
        "transactionSettings": _settings(duplicateWindow=str(DUPLICATE_WINDOW_SECONDS)),
    }
    return _encoded("createTransactionRequest", credentials, {"refId": refund.order_id, "transactionRequest": transaction})


def masked_card(last4: str) -> dict[str, object]:
    """Name a card by its last four digits; the gateway knows the rest from the charge."""
    return {"creditCard": {"cardNumber": last4, "expirationDate": "XXXX"}}


def masked_account(*, kind: str, routing_last4: str, account_last4: str, name: str) -> dict[str, object]:
    """Name a bank account by what the gateway shows of it."""
    account = {
        "accountType": kind if kind in _BANK_KINDS else None,
        "routingNumber": f"XXXX{routing_last4}",
        "accountNumber": f"XXXX{account_last4}",
        "nameOnAccount": _clean(name, _BANK_NAME_LENGTH),
    }
    return {"bankAccount": _present(account)}


def unsettled_list_request(credentials: AuthorizeNetCredentials, *, page: int, limit: int) -> bytes:
    """Build the request for one page of charges outside any settled batch, newest first."""
    body = {"status": "any", "sorting": _newest_first(), "paging": {"limit": limit, "offset": page}}
    return _encoded("getUnsettledTransactionListRequest", credentials, body)


def settled_batches_request(credentials: AuthorizeNetCredentials, *, first: datetime, last: datetime, statistics: bool = False) -> bytes:
    """Build the request for the batches settled between two instants (at most 31 days apart)."""
    body: dict[str, object] = {"includeStatistics": True} if statistics else {}
    # The gateway counts whole seconds: rounded up, so that a batch of this very second is in the span.
    body |= {"firstSettlementDate": _instant(first), "lastSettlementDate": _instant(last + _NEXT_SECOND)}
    return _encoded("getSettledBatchListRequest", credentials, body)


def batch_content_request(credentials: AuthorizeNetCredentials, batch_id: str, *, page: int, limit: int) -> bytes:
    """Build the request for one page of a settled batch, newest first."""
    body = {"batchId": batch_id, "sorting": _newest_first(), "paging": {"limit": limit, "offset": page}}
    return _encoded("getTransactionListRequest", credentials, body)


def test_request(credentials: AuthorizeNetCredentials) -> bytes:
    """Build the request that does nothing but show the credentials."""
    return _encoded("authenticateTestRequest", credentials, {})


def details_request(credentials: AuthorizeNetCredentials, reference: str) -> bytes:
    """Build the request for one charge in full."""
    return _encoded("getTransactionDetailsRequest", credentials, {"transId": reference})


def create_profile_request(credentials: AuthorizeNetCredentials, customer_id: str) -> bytes:
    """Build the request for a customer's profile, without any method in it.

    The customer's id stands in the description too when it is cut, so that no two customers look alike. The mail address is left
    out: it may change, and then the same customer would have a second profile.
    """
    known_as = _clean(customer_id, _REFERENCE_LENGTH)
    whole = _clean(customer_id, _DESCRIPTION_LENGTH)
    profile = {"merchantCustomerId": known_as, "description": whole if whole != known_as else None}
    return _encoded("createCustomerProfileRequest", credentials, {"profile": _present(profile)})


def create_payment_profile_request(credentials: AuthorizeNetCredentials, profile_id: str, method: MethodToStore) -> bytes:
    """Build the request that keeps a token's card or bank account in a profile; the gateway checks its form only."""
    business = method.token.account_kind == "business_checking"
    payment_profile = {
        "customerType": "business" if business else None,
        "billTo": _bill_to(method.payer),
        "payment": _opaque(method.token.token),
    }
    body = {"customerProfileId": profile_id, "paymentProfile": _present(payment_profile), "validationMode": "testMode"}
    return _encoded("createCustomerPaymentProfileRequest", credentials, body)


def payment_profile_request(credentials: AuthorizeNetCredentials, vault_id: str) -> bytes:
    """Build the request for what a stored method shows, its expiry included."""
    return _encoded("getCustomerPaymentProfileRequest", credentials, _vault(vault_id) | {"unmaskExpirationDate": True})


def delete_payment_profile_request(credentials: AuthorizeNetCredentials, vault_id: str) -> bytes:
    """Build the request that forgets a stored method."""
    return _encoded("deleteCustomerPaymentProfileRequest", credentials, _vault(vault_id))


def _encoded(root: str, credentials: AuthorizeNetCredentials, body: Mapping[str, object]) -> bytes:
    merchant = {"name": credentials.api_login_id, "transactionKey": credentials.transaction_key}
    return json.dumps({root: {"merchantAuthentication": merchant, **body}}, separators=(",", ":")).encode()


def _opaque(token: str) -> dict[str, object]:
    return {"opaqueData": {"dataDescriptor": OPAQUE_CARD, "dataValue": token}}


def _profile(vault_id: str) -> dict[str, object]:
    profile_id, _, payment_profile_id = vault_id.partition("/")
    return {"customerProfileId": profile_id, "paymentProfile": {"paymentProfileId": payment_profile_id}}


def _vault(vault_id: str) -> dict[str, object]:
    profile_id, _, payment_profile_id = vault_id.partition("/")
    return {"customerProfileId": profile_id, "customerPaymentProfileId": payment_profile_id}


def _stored_credential(method: VaultMethod) -> dict[str, object] | None:
    # A rule of the card brands; bank debits know nothing of it.
    if method.type == BANK_ACCOUNT:
        return None
    return _present({"isSubsequentAuth": method.by_merchant or None, "isStoredCredentials": True})


def _settings(**values: str) -> dict[str, object]:
    return {"setting": [{"settingName": name, "settingValue": value} for name, value in values.items()]}


def _bill_to(payer: Payer) -> dict[str, object]:
    first, _, last = _clean(payer.name, 2 * _NAME_LENGTH).rpartition(" ")
    return _present(
        {
            "firstName": first[:_NAME_LENGTH].rstrip(),
            "lastName": last[:_NAME_LENGTH],
            "zip": _clean(payer.postal_code or "", _REFERENCE_LENGTH),
        }
    )


def _present(elements: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is empty: the gateway refuses empty optional elements now and then."""
    return {name: value for name, value in elements.items() if value not in ("", {}, None)}


def _clean(text: str, length: int) -> str:
    """Drop what XML cannot carry (controls, lone surrogates, unassigned), fold blanks, cut to the length allowed."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(" " if unicodedata.category(char) in _NOT_IN_XML else char for char in composed)
    return " ".join(kept.split())[:length].rstrip()


def _newest_first() -> dict[str, object]:
    return {"orderBy": "submitTimeUTC", "orderDescending": True}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
