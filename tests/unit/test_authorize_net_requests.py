"""What Authorize.Net is sent, how a lost charge is looked up, and how credentials are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from duebook.domain.charges import Charge, TokenMethod, VaultMethod
from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Outcome, Payer
from duebook.errors import ProcessorUnavailableError
from duebook.processors.authorize_net import AuthorizeNet
from duebook.processors.authorize_net_messages import charge_request
from duebook.processors.credentials import AuthorizeNetCredentials, FixedCredentials, SecretCredentials
from duebook.processors.transport import AnswerLostError
from tests.canned_processor import CHARGE, KEYS, NOW, Canned, answered, client, details, refused


@pytest.mark.parametrize(
    ("currency", "charge", "code"),
    [
        ("USD", replace(CHARGE, amount=Money(1250, "CAD")), "other_currency"),
        ("JPY", replace(CHARGE, amount=Money(1250, "JPY")), "currency_without_two_decimals"),
        ("KWD", replace(CHARGE, amount=Money(1250, "KWD")), "currency_without_two_decimals"),
        ("USD", replace(CHARGE, amount=Money(0, "USD")), "amount_not_above_zero"),
        ("USD", replace(CHARGE, amount=Money(-5, "USD")), "amount_not_above_zero"),
        ("USD", replace(CHARGE, order_id="p-" + "1" * 19), "faulty_order_id"),
        ("USD", replace(CHARGE, order_id="4111111111111111"), "faulty_order_id"),
        ("USD", replace(CHARGE, order_id=""), "faulty_order_id"),
        ("USD", replace(CHARGE, order_id="p-1\n"), "faulty_order_id"),
        ("USD", replace(CHARGE, method=VaultMethod("", "card")), "faulty_vault_id"),
        ("USD", replace(CHARGE, method=VaultMethod("1/2/3", "card")), "faulty_vault_id"),
        ("USD", replace(CHARGE, method=VaultMethod("9500000000000001/1", "card\n"), order_id="1"), "faulty_order_id"),
    ],
)
def test_a_charge_that_must_not_be_sent_is_failed_without_a_call(currency: str, charge: Charge, code: str) -> None:
    processor, transport = client(currency=currency)

    found = processor.charge(charge, timeout_seconds=30)

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, DeclineReason.CONFIGURATION, code)
    assert transport.sent == []


def test_a_charge_says_what_it_must_and_no_more() -> None:
    request = json.loads(charge_request(KEYS, CHARGE))["createTransactionRequest"]

    assert request["refId"] == "p-000123"
    assert request["transactionRequest"] == {
        "transactionType": "authCaptureTransaction",
        "amount": "12.50",
        "currencyCode": "USD",
        "payment": {"opaqueData": {"dataDescriptor": "COMMON.ACCEPT.INAPP.PAYMENT", "dataValue": "tok"}},
        "order": {"invoiceNumber": "p-000123"},
        "customer": {"id": "c-77"},
        "billTo": {"firstName": "Ann", "lastName": "Lee", "zip": "84601"},
        "transactionSettings": {
            "setting": [
                {"settingName": "allowPartialAuth", "settingValue": "false"},
                {"settingName": "duplicateWindow", "settingValue": "28800"},
            ]
        },
    }


def test_a_bank_accounts_token_goes_the_same_way_and_its_approval_is_pending() -> None:
    processor, transport = client(answered(accountType="eCheck", accountNumber="XXXX6789"))

    found = processor.charge(replace(CHARGE, method=TokenMethod("tok", "bank_account", "checking")), timeout_seconds=30)

    payment = transport.sent[0]["createTransactionRequest"]["transactionRequest"]["payment"]
    assert payment == {"opaqueData": {"dataDescriptor": "COMMON.ACCEPT.INAPP.PAYMENT", "dataValue": "tok"}}
    assert (found.outcome, found.last4) == (Outcome.PENDING, "6789")


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (VaultMethod("900000001/900000011", "card", by_merchant=True), {"isSubsequentAuth": True, "isStoredCredentials": True}),
        (VaultMethod("900000001/900000011", "card"), {"isStoredCredentials": True}),
        (VaultMethod("900000001/900000011", "bank_account", by_merchant=True), None),
    ],
)
def test_r35_a_stored_method_is_charged_by_its_profile_alone(method: VaultMethod, options: object) -> None:
    processor, transport = client(answered())

    processor.charge(replace(CHARGE, method=method), timeout_seconds=30)

    request = transport.sent[0]["createTransactionRequest"]["transactionRequest"]
    assert request["profile"] == {"customerProfileId": "900000001", "paymentProfile": {"paymentProfileId": "900000011"}}
    assert request.get("processingOptions") == options
    assert not {"payment", "billTo", "customer"} & set(request)
    assert request["order"] == {"invoiceNumber": "p-000123"}


def test_a_stored_method_that_is_gone_is_entered_again() -> None:
    processor, _ = client(refused("E00040"))

    found = processor.charge(replace(CHARGE, method=VaultMethod("1/2", "card")), timeout_seconds=30)

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, DeclineReason.TOKEN_EXPIRED, "E00040")


@pytest.mark.parametrize(
    ("name", "bill_to"),
    [
        ("Ann Mary Lee", {"firstName": "Ann Mary", "lastName": "Lee"}),
        ("Cher", {"lastName": "Cher"}),
        ("  Ann \x00\n Lee ", {"firstName": "Ann", "lastName": "Lee"}),
        ("José Müller-Łukasz 李", {"firstName": "José Müller-Łukasz", "lastName": "李"}),
        ("Ann \ud800 Lee", {"firstName": "Ann", "lastName": "Lee"}),
        ("x" * 200, {"lastName": "x" * 50}),
        ("a" * 60 + " " + "b" * 60, {"firstName": "a" * 50, "lastName": "b" * 39}),
    ],
)
def test_names_are_cut_and_cleaned_to_what_the_gateway_takes(name: str, bill_to: dict[str, str]) -> None:
    charge = replace(CHARGE, payer=Payer(name, "a@b.test", None))

    request = json.loads(charge_request(KEYS, charge))["createTransactionRequest"]

    assert request["transactionRequest"]["billTo"] == bill_to


def test_what_is_empty_is_left_out() -> None:
    charge = replace(CHARGE, payer=Payer(" ", "a@b.test", ""), customer_id="")

    request = json.loads(charge_request(KEYS, charge))["createTransactionRequest"]

    assert not {"billTo", "customer"} & set(request["transactionRequest"])


def test_a_long_customer_reference_is_cut_to_twenty() -> None:
    request = json.loads(charge_request(KEYS, replace(CHARGE, customer_id="c" * 64)))["createTransactionRequest"]

    assert request["transactionRequest"]["customer"] == {"id": "c" * 20}


LISTED = {"transId": "60000000001", "invoiceNumber": "p-000123", "submitTimeUTC": "2026-01-05T10:20:30.1234567Z"}
OK = {"resultCode": "Ok", "message": [{"code": "I00001", "text": ""}]}
NONE = {"messages": {"resultCode": "Ok", "message": [{"code": "I00004", "text": ""}]}}


@pytest.mark.parametrize(
    "answers",
    [
        (refused("E00007"),),
        (refused("E00053"),),
        ({"messages": OK},),
        ({"messages": OK, "transactions": None},),
        ({"messages": OK, "transactions": "none"},),
        ({"messages": OK, "transactions": [None]},),
        ({},),
        (b"<html>",),
        (AnswerLostError("cut"),),
        (NONE, {"messages": OK}),
        ({"transactions": [LISTED], "messages": OK}, refused("E00040")),
        ({"transactions": [LISTED], "messages": OK}, details("somethingNew")),
    ],
)
def test_r39_a_search_without_a_clear_word_never_says_there_is_no_charge(answers: tuple[Any, ...]) -> None:
    processor, _ = client(*answers)

    with pytest.raises(ProcessorUnavailableError):
        processor.inquire("p-000123", submitted_at=NOW, timeout_seconds=30)


def test_two_standing_charges_under_one_number_are_a_doubt() -> None:
    second = LISTED | {"transId": "60000000002"}
    processor, _ = client({"transactions": [LISTED, second], "messages": OK}, details(), details(transId="60000000002"))

    with pytest.raises(ProcessorUnavailableError, match="2 charges stand"):
        processor.inquire("p-000123", submitted_at=NOW, timeout_seconds=30)


def test_a_standing_charge_counts_before_a_declined_one_of_the_same_number() -> None:
    second = LISTED | {"transId": "60000000002"}
    processor, _ = client({"transactions": [LISTED, second], "messages": OK}, details("declined"), details(transId="60000000002"))

    found = processor.inquire("p-000123", submitted_at=NOW, timeout_seconds=30)

    assert found is not None
    assert found.outcome is Outcome.APPROVED


def test_a_search_that_finds_nothing_says_so_after_both_places() -> None:
    processor, transport = client(NONE, NONE)

    assert processor.inquire("p-000123", submitted_at=NOW, timeout_seconds=30) is None
    assert [next(iter(sent)) for sent in transport.sent] == ["getUnsettledTransactionListRequest", "getSettledBatchListRequest"]


def test_refused_credentials_are_a_matter_of_configuration_and_ask_the_secret_again() -> None:
    processor, transport = client(refused("E00007"))

    found = processor.charge(CHARGE, timeout_seconds=30)

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, DeclineReason.CONFIGURATION, "E00007")
    assert len(transport.sent) == 1


class Secret:
    """Secrets Manager with one secret that can be rotated."""

    def __init__(self, *versions: str) -> None:
        self.versions = list(versions)
        self.reads = 0

    def get_secret_value(self, *, SecretId: str) -> Mapping[str, object]:  # noqa: N803 - boto3's name
        assert SecretId == "duebook-test/t1/ma_1"
        self.reads += 1
        return {"SecretString": self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]}


def secret(key: str) -> str:
    return json.dumps({"api_login_id": "login1", "transaction_key": key, "public_client_key": "p"})


def test_a_rotated_key_is_read_anew_and_the_refused_request_goes_out_once_more() -> None:
    transport = Canned(refused("E00007"), answered())
    source = SecretCredentials(
        Secret(secret("old"), secret("new")), "duebook-test/t1/ma_1", AuthorizeNetCredentials.from_secret, monotonic=lambda: 0.0
    )
    processor = AuthorizeNet(transport=transport, credentials=source, currency="USD", now=lambda: NOW, monotonic=lambda: 0.0)

    found = processor.charge(CHARGE, timeout_seconds=30)

    keys = [sent["createTransactionRequest"]["merchantAuthentication"]["transactionKey"] for sent in transport.sent]
    assert found.outcome is Outcome.APPROVED
    assert keys == ["old", "new"]


def test_a_secret_is_kept_for_five_minutes() -> None:
    seconds = [0.0]
    reader = Secret(secret("k"))
    source = SecretCredentials(reader, "duebook-test/t1/ma_1", AuthorizeNetCredentials.from_secret, monotonic=lambda: seconds[0])

    reads = []
    for moment in (0.0, 299.0, 301.0):
        seconds[0] = moment
        source.current()
        reads.append(reader.reads)

    assert reads == [1, 1, 2]


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"api_login_id": "hidden-login"}', '{"transaction_key": 7}'])
def test_a_faulty_secret_is_an_error_that_shows_nothing_of_it(text: str) -> None:
    source = SecretCredentials(Secret(text), "duebook-test/t1/ma_1", AuthorizeNetCredentials.from_secret, monotonic=lambda: 0.0)

    with pytest.raises(ProcessorUnavailableError) as raised:
        source.current()

    assert "hidden" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_secret_may_hold_the_signature_key_before_this_one() -> None:
    keys = {"signature_key": "NEW", "previous_signature_key": "OLD"}

    read = AuthorizeNetCredentials.from_secret(json.loads(secret("k")) | keys)

    assert read.signature_keys == ("NEW", "OLD")
    assert AuthorizeNetCredentials.from_secret(json.loads(secret("k"))).signature_keys == ()


def test_keys_do_not_show_in_print() -> None:
    shown = f"{KEYS!r} {KEYS} {FixedCredentials(KEYS)!r}"

    assert "0123456789abcdef" not in shown
    assert "SIGNATURE" not in shown
