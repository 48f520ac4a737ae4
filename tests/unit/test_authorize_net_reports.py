"""How a charge or refund stands, as Authorize.Net's reports tell it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.domain.processing import ChargeRef, Found, RefundOrder
from duebook.errors import ProcessorUnavailableError
from duebook.processors.authorize_net_codes import REFUND_STATUSES, STATUSES
from duebook.processors.authorize_net_json import decoded
from duebook.processors.authorize_net_reports import charge_standing, refund_standing
from duebook.processors.authorize_net_reports import details as read_details
from duebook.processors.transport import AnswerLostError
from tests.canned_processor import NOW, client, details, refused

EXPECTED = {
    "authorizedPendingCapture": "review",
    "capturedPendingSettlement": "approved",
    "settledSuccessfully": "settled",
    "voided": "voided",
    "expired": "failed",
    "declined": "declined",
    "communicationError": "failed",
    "couldNotVoid": "review",
    "generalError": "failed",
    "settlementError": "returned",
    "underReview": "review",
    "approvedReview": "pending",
    "failedReview": "declined",
    "FDSPendingReview": "review",
    "FDSAuthorizedPendingReview": "review",
    "returnedItem": "returned",
    "chargeback": "charged_back",
    "chargebackReversal": "settled",
    "pendingSettlement": "approved",
    "pendingFinalSettlement": "approved",
    "updatingSettlement": "approved",
    "authorizedPendingRelease": "review",
}
BANK = {"bankAccount": {"routingNumber": "XXXX2882", "accountNumber": "XXXX6789", "nameOnAccount": "Ann Lee", "echeckType": "WEB"}}
R01 = {"id": "60000000009", "dateUTC": "2026-01-08T00:00:00Z", "code": "R01", "description": "Insufficient Funds"}
CHARGED = ChargeRef("p-000123", "60000000001", Money(1250, "USD"), "card", "1111", NOW)
REFUND = RefundOrder("R1-000123", CHARGED, Money(500, "USD"))
OK = {"resultCode": "Ok", "message": [{"code": "I00001", "text": ""}]}
NONE = {"messages": {"resultCode": "Ok", "message": [{"code": "I00004", "text": ""}]}}


def standing(answer: dict[str, Any]) -> Evidence:
    return charge_standing(read_details(decoded(json.dumps(answer).encode()), "60000000001", "USD"), NOW)


def test_every_status_of_the_manual_has_an_outcome() -> None:
    assert {status: outcome.value for status, outcome in STATUSES.items()} == EXPECTED


@pytest.mark.parametrize("status", EXPECTED)
def test_each_status_of_a_charge_is_told_with_its_amount(status: str) -> None:
    found = standing(details(status))

    assert (found.outcome.value, found.reference, found.last4) == (EXPECTED[status], "60000000001", "1111")
    assert found.amount == Money(1250, "USD")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("capturedPendingSettlement", Outcome.PENDING),
        ("pendingFinalSettlement", Outcome.PENDING),
        ("settledSuccessfully", Outcome.SETTLED),
        ("voided", Outcome.VOIDED),
    ],
)
def test_a_bank_debit_is_pending_until_it_has_settled(status: str, outcome: Outcome) -> None:
    found = standing(details(status, payment=BANK))

    assert (found.outcome, found.brand, found.last4) == (outcome, None, "6789")


@pytest.mark.parametrize(
    "items",
    [
        {"returnedItems": [R01]},
        {"returnedItems": {"returnedItem": [R01]}},
        {"returnedItems": [R01 | {"code": "R09", "dateUTC": "2026-01-07T00:00:00Z"}, R01, {"code": "R10"}]},
    ],
)
def test_a_settled_charge_with_returned_items_came_back_with_the_latest_ones_code(items: dict[str, Any]) -> None:
    found = standing(details("settledSuccessfully", payment=BANK, **items))

    assert (found.outcome, found.reason_code, found.amount) == (Outcome.RETURNED, "R01", Money(1250, "USD"))


@pytest.mark.parametrize("told", [True, "true"])
def test_a_return_may_be_told_without_its_code(told: object) -> None:
    found = standing(details("settledSuccessfully", hasReturnedItems=told))

    assert (found.outcome, found.reason_code) == (Outcome.RETURNED, None)


def test_a_charge_that_was_accepted_and_not_settled_is_returned_with_our_word_for_it() -> None:
    found = standing(details("settlementError", settleAmount=0))

    assert (found.outcome, found.reason_code, found.amount) == (Outcome.RETURNED, "settlement_error", Money(1250, "USD"))


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        ("declined", DeclineReason.DO_NOT_HONOR, "2"),
        ("expired", DeclineReason.PROCESSOR_ERROR, "expired"),
        ("generalError", DeclineReason.PROCESSOR_ERROR, "generalError"),
        ("couldNotVoid", None, "couldNotVoid"),
        ("voided", None, None),
    ],
)
def test_what_carries_no_money_says_why(status: str, reason: DeclineReason | None, code: str | None) -> None:
    found = standing(details(status))

    assert (found.reason, found.reason_code) == (reason, code)


def test_an_amount_other_than_asked_for_is_told_and_judged_elsewhere() -> None:
    found = standing(details(authAmount=5, settleAmount=5))

    assert (found.outcome, found.amount) == (Outcome.APPROVED, Money(500, "USD"))


@pytest.mark.parametrize(
    "answer",
    [
        details("somethingNew"),
        details(""),
        details(authAmount="?"),
        details(authAmount=True),
        details(settleAmount="12.505"),
        details(settleAmount=-12.5),
        details(settleAmount="1e30"),
        details(settleAmount="Infinity"),
        details(settleAmount=None, authAmount=None),
        details(settleAmount=0, authAmount=0),
        details(transId="60000000002"),
        {"transrefId": "p-000123"},
        {"transrefId": "p-000123", "transaction": []},
    ],
)
def test_r39_details_that_leave_a_doubt_are_no_evidence(answer: dict[str, Any]) -> None:
    with pytest.raises(AnswerLostError):
        standing(answer)


@pytest.mark.parametrize(
    "changes",
    [
        {"transactionType": "refundTransaction"},
        {"transactionType": ""},
        {"transactionStatus": "returnedItem", "refTransId": "60000000005"},
    ],
)
def test_what_is_no_charge_of_its_own_is_not_found_as_one(changes: dict[str, Any]) -> None:
    listed = {"transId": "60000000001", "invoiceNumber": "p-000123"}
    processor, _ = client({"transactions": [listed], "messages": OK}, details(**changes), NONE)

    assert processor.inquire("p-000123", submitted_at=NOW, timeout_seconds=30) is None


def test_a_charge_of_the_same_invoice_number_with_another_reference_is_not_ours() -> None:
    listed = {"transId": "60000000001", "invoiceNumber": "p-000123"}
    other = details() | {"transrefId": "p-000999"}
    processor, _ = client({"transactions": [listed], "messages": OK}, other, NONE)

    assert processor.inquire("p-000123", submitted_at=NOW, timeout_seconds=30) is None


def test_a_look_up_by_reference_tells_whose_charge_it_is_and_how_it_stands() -> None:
    processor, transport = client(details("settledSuccessfully"))

    found = processor.look_up("60000000001", timeout_seconds=30)

    assert found == Found("p-000123", Evidence(Outcome.SETTLED, NOW, "60000000001", None, None, "visa", "1111", Money(1250, "USD")))
    assert transport.sent[0]["getTransactionDetailsRequest"]["transId"] == "60000000001"


def test_a_charge_without_a_reference_of_its_request_is_known_by_its_invoice_number() -> None:
    processor, _ = client(details() | {"transrefId": ""})

    found = processor.look_up("60000000001", timeout_seconds=30)

    assert found is not None
    assert found.order_id == "p-000123"


@pytest.mark.parametrize(
    "answer",
    [refused("E00040"), details(transactionType="refundTransaction"), details(order={}) | {"transrefId": None}],
)
def test_a_look_up_of_a_refund_an_unknown_id_or_a_charge_without_order_id_finds_nothing(answer: dict[str, Any]) -> None:
    processor, _ = client(answer)

    assert processor.look_up("60000000001", timeout_seconds=30) is None


@pytest.mark.parametrize("reference", ["", "0", "60000000001 or so", "../x", "x" * 41])
def test_what_cannot_be_a_transaction_id_is_not_even_asked_for(reference: str) -> None:
    processor, transport = client()

    assert processor.look_up(reference, timeout_seconds=30) is None
    assert transport.sent == []


@pytest.mark.parametrize("answer", [b"<html>", AnswerLostError("cut"), refused("E00007"), refused("E00053"), {}, details("somethingNew")])
def test_r39_a_look_up_without_a_clear_word_is_an_error(answer: Any) -> None:
    processor, _ = client(answer)

    with pytest.raises(ProcessorUnavailableError):
        processor.look_up("60000000001", timeout_seconds=30)


REFUNDS = {
    "refundPendingSettlement": "approved",
    "refundSettledSuccessfully": "settled",
    "pendingSettlement": "approved",
    "pendingFinalSettlement": "approved",
    "updatingSettlement": "approved",
    "settledSuccessfully": "settled",
    "underReview": "review",
    "FDSPendingReview": "review",
    "couldNotVoid": "review",
    "declined": "declined",
    "failedReview": "declined",
    "voided": "voided",
    "expired": "failed",
    "communicationError": "failed",
    "generalError": "failed",
    "settlementError": "returned",
    "returnedItem": "returned",
}


def a_refund(status: str = "refundPendingSettlement", **changes: Any) -> dict[str, Any]:
    told = {"transId": "60000000002", "transactionType": "refundTransaction", "refTransId": "60000000001", "settleAmount": 5.0}
    return details(status, **(told | changes)) | {"transrefId": "R1-000123"}


@pytest.mark.parametrize("status", REFUNDS)
def test_each_status_of_a_refund_has_an_outcome(status: str) -> None:
    found = refund_standing(read_details(decoded(json.dumps(a_refund(status)).encode()), "60000000002", "USD"), NOW)

    assert set(REFUNDS) == set(REFUND_STATUSES)
    assert (found.outcome.value, found.reference, found.amount) == (REFUNDS[status], "60000000002", Money(500, "USD"))


@pytest.mark.parametrize("link", ["60000000001", "", "0", None])
def test_a_refund_is_found_by_its_own_order_id(link: str | None) -> None:
    listed = {"transId": "60000000002", "invoiceNumber": "R1-000123"}
    other = {"transId": "60000000001", "invoiceNumber": "p-000123"}
    processor, transport = client({"transactions": [listed, other], "messages": OK}, a_refund(refTransId=link))

    found = processor.inquire_refund(REFUND, submitted_at=NOW, timeout_seconds=30)

    assert found is not None
    assert (found.outcome, found.amount) == (Outcome.APPROVED, Money(500, "USD"))
    assert len(transport.sent) == 2


@pytest.mark.parametrize("changes", [{"transactionType": "authCaptureTransaction", "refTransId": None}, {"refTransId": "60000000007"}])
def test_what_is_no_refund_of_this_charge_is_not_found_as_one(changes: dict[str, Any]) -> None:
    listed = {"transId": "60000000002", "invoiceNumber": "R1-000123"}
    processor, _ = client({"transactions": [listed], "messages": OK}, a_refund(**changes), NONE)

    assert processor.inquire_refund(REFUND, submitted_at=NOW, timeout_seconds=30) is None


def test_r39_a_search_for_a_refund_without_a_clear_word_never_says_there_is_none() -> None:
    processor, _ = client(NONE, refused("E00053"))

    with pytest.raises(ProcessorUnavailableError):
        processor.inquire_refund(REFUND, submitted_at=NOW, timeout_seconds=30)
