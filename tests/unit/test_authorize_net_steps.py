"""Voids and refunds at Authorize.Net: what is sent, and what its answers mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.domain.processing import ChargeRef, RefundOrder
from duebook.errors import ProcessorUnavailableError
from duebook.processors.transport import AnswerLostError
from tests.canned_processor import NOW, answered, client, details, refused

CARD = ChargeRef("DB-000123", "60000000001", Money(1250, "USD"), "card", "1111", NOW)
BANK = replace(CARD, method_type="bank_account", last4="6789")
REFUND = RefundOrder("R1-000123", CARD, Money(500, "USD"))
SHOWN = {"bankAccount": {"accountType": "checking", "routingNumber": "XXXX2882", "accountNumber": "XXXX6789", "nameOnAccount": "Ann Lee"}}


def voided(code: str = "1", reason: str = "1", **changes: Any) -> dict[str, Any]:
    return answered(code, reason, **({"refTransID": "60000000001"} | changes)) | {"refId": "DB-000123"}


def given_back(code: str = "1", reason: str = "1", **changes: Any) -> dict[str, Any]:
    return answered(code, reason, **({"transId": "0" if code == "3" else "60000000002"} | changes)) | {"refId": "R1-000123"}


def void(*answers: Any, charge: ChargeRef = CARD) -> Evidence:
    processor, _ = client(*answers)
    return processor.void(charge, timeout_seconds=30)


def refund(*answers: Any, order: RefundOrder = REFUND) -> Evidence:
    processor, _ = client(*answers)
    return processor.refund(order, timeout_seconds=30)


def test_a_void_names_the_charge_and_nothing_else() -> None:
    processor, transport = client(voided())

    found = processor.void(CARD, timeout_seconds=30)

    request = transport.sent[0]["createTransactionRequest"]
    assert request["refId"] == "DB-000123"
    assert request["transactionRequest"] == {"transactionType": "voidTransaction", "refTransId": "60000000001"}
    assert (found.outcome, found.reference) == (Outcome.VOIDED, "60000000001")


def test_a_charge_that_was_voided_before_is_voided() -> None:
    assert void(voided("1", "310")).outcome is Outcome.VOIDED


@pytest.mark.parametrize(("code", "reason"), [("16", "configuration"), ("15", "configuration"), ("327", "processor_error")])
def test_a_charge_that_cannot_be_voided_is_failed_with_the_code(code: str, reason: str) -> None:
    found = void(voided("3", code))

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, reason, code)


@pytest.mark.parametrize(
    "answer",
    [
        AnswerLostError("cut"),
        b"<html>",
        {},
        refused("E00001"),
        voided(transId="60000000009"),
        voided(transId="0"),
        voided("3", "120"),
        voided("3", "11"),
        voided("3", "777"),
        voided("4", "252"),
        voided("5", "1"),
        voided() | {"refId": "DB-000999"},
    ],
)
def test_r39_a_void_without_a_clear_answer_is_unknown(answer: Any) -> None:
    assert void(answer).outcome is Outcome.UNKNOWN


def test_a_void_that_was_not_sent_is_an_error() -> None:
    with pytest.raises(ProcessorUnavailableError):
        void(ProcessorUnavailableError("refused"))


@pytest.mark.parametrize(
    ("charge", "code"),
    [
        (replace(CARD, reference=""), "faulty_reference"),
        (replace(CARD, reference="0"), "faulty_reference"),
        (replace(CARD, amount=Money(1250, "CAD")), "other_currency"),
        (replace(CARD, order_id="1234"), "faulty_order_id"),
    ],
)
def test_a_step_that_must_not_be_sent_is_failed_without_a_call(charge: ChargeRef, code: str) -> None:
    processor, transport = client()

    found = processor.void(charge, timeout_seconds=30)

    assert (found.outcome, found.reason_code, transport.sent) == (Outcome.FAILED, code, [])


def test_r41_a_card_is_refunded_by_its_last_four_digits_under_the_refunds_own_order_id() -> None:
    processor, transport = client(given_back())

    found = processor.refund(REFUND, timeout_seconds=30)

    request = transport.sent[0]["createTransactionRequest"]
    assert request["refId"] == "R1-000123"
    assert request["transactionRequest"] == {
        "transactionType": "refundTransaction",
        "amount": "5.00",
        "currencyCode": "USD",
        "payment": {"creditCard": {"cardNumber": "1111", "expirationDate": "XXXX"}},
        "refTransId": "60000000001",
        "order": {"invoiceNumber": "R1-000123"},
        "transactionSettings": {"setting": [{"settingName": "duplicateWindow", "settingValue": "28800"}]},
    }
    assert (found.outcome, found.reference) == (Outcome.APPROVED, "60000000002")


def test_r41_a_bank_account_is_refunded_by_what_the_processor_shows_of_it() -> None:
    processor, transport = client(details(payment=SHOWN), given_back(accountType="eCheck"))

    found = processor.refund(replace(REFUND, charge=BANK), timeout_seconds=30)

    assert [next(iter(sent)) for sent in transport.sent] == ["getTransactionDetailsRequest", "createTransactionRequest"]
    assert transport.sent[1]["createTransactionRequest"]["transactionRequest"]["payment"] == SHOWN
    assert found.outcome is Outcome.APPROVED


def test_no_more_of_a_bank_account_is_sent_back_than_its_last_digits() -> None:
    told = {"bankAccount": {"routingNumber": "031000503", "accountNumber": "123456789", "nameOnAccount": "x" * 40, "accountType": "odd"}}
    processor, transport = client(details(payment=told), given_back(accountType="eCheck"))

    processor.refund(replace(REFUND, charge=BANK), timeout_seconds=30)

    payment = transport.sent[1]["createTransactionRequest"]["transactionRequest"]["payment"]
    assert payment == {"bankAccount": {"routingNumber": "XXXX0503", "accountNumber": "XXXX6789", "nameOnAccount": "x" * 22}}


def test_the_last_four_digits_of_a_card_are_read_where_we_do_not_know_them() -> None:
    processor, transport = client(details(), given_back())

    processor.refund(replace(REFUND, charge=replace(CARD, last4=None)), timeout_seconds=30)

    payment = transport.sent[1]["createTransactionRequest"]["transactionRequest"]["payment"]
    assert payment["creditCard"]["cardNumber"] == "1111"


@pytest.mark.parametrize(
    ("code", "reason"),
    [("54", "configuration"), ("50", "configuration"), ("55", "amount_limit"), ("51", "amount_limit"), ("16", "configuration")],
)
def test_a_refund_that_cannot_be_is_failed_with_the_code(code: str, reason: str) -> None:
    found = refund(given_back("3", code))

    assert (found.outcome, found.reason, found.reason_code, found.reference) == (Outcome.FAILED, reason, code, None)


def test_a_refund_that_the_bank_refuses_is_declined() -> None:
    found = refund(given_back("2", "2"))

    assert (found.outcome, found.reason) == (Outcome.DECLINED, DeclineReason.DO_NOT_HONOR)


@pytest.mark.parametrize(
    "answer",
    [
        AnswerLostError("cut"),
        {},
        refused("E00053"),
        given_back(transId="0"),
        given_back(transId="60000000001"),
        given_back("3", "11"),
        given_back("3", "19"),
        given_back("4", "253"),
        given_back() | {"refId": "R1-000999"},
    ],
)
def test_r39_a_refund_without_a_clear_answer_is_unknown(answer: Any) -> None:
    assert refund(answer).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("answer", [AnswerLostError("cut"), refused("E00053"), details(payment={"bankAccount": {}}), details(payment={})])
def test_a_refund_whose_account_cannot_be_read_is_not_sent(answer: Any) -> None:
    processor, transport = client(answer)

    with pytest.raises(ProcessorUnavailableError):
        processor.refund(replace(REFUND, charge=BANK), timeout_seconds=30)

    assert len(transport.sent) == 1


def test_a_refund_of_a_charge_that_the_processor_does_not_know_is_failed() -> None:
    found = refund(refused("E00040"), order=replace(REFUND, charge=BANK))

    assert (found.outcome, found.reason_code) == (Outcome.FAILED, "E00040")


def test_a_refund_in_another_currency_or_of_nothing_is_refused_before_the_call() -> None:
    orders = [replace(REFUND, amount=Money(500, "CAD")), replace(REFUND, amount=Money(0, "USD"))]

    assert [refund(order=order).reason_code for order in orders] == ["other_currency", "amount_not_above_zero"]
