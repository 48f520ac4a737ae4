"""How charges and refunds stand at the CardPointe Gateway: inquiries, voids, refunds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from duebook.domain.money import Money
from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.errors import ProcessorUnavailableError
from duebook.processors.cardpointe_codes import letter_outcome
from duebook.processors.transport import AnswerLostError
from tests.canned_cardpointe import LONG_AGO, NOW, ORDER, REFUND_ORDER, a_charge_ref, a_refund, answered, client, missing, record

AMOUNT = Money(1250, "USD")
BANK = {"respproc": "PSTR", "merchid": "800000000002", "accttype": "ECHK"}


def inquired(*answers: object, submitted_at: datetime = LONG_AGO) -> Evidence | None:
    return client(*answers)[0].inquire(ORDER, submitted_at=submitted_at, timeout_seconds=5)


def found(*answers: object) -> Evidence:
    evidence = inquired(*answers)
    assert evidence is not None
    return evidence


@pytest.mark.parametrize(
    ("status", "card", "bank"),
    [
        ("Authorized", Outcome.APPROVED, Outcome.PENDING),
        ("Queued for Capture", Outcome.APPROVED, Outcome.PENDING),
        ("queued  for capture ", Outcome.APPROVED, Outcome.PENDING),
        ("Pin Debit", Outcome.APPROVED, Outcome.PENDING),
        ("Accepted", Outcome.SETTLED, Outcome.SETTLED),
        ("Refunded", Outcome.SETTLED, Outcome.SETTLED),
        ("Rejected", Outcome.RETURNED, Outcome.RETURNED),
        ("Voided", Outcome.VOIDED, Outcome.VOIDED),
        ("Zero Amount", Outcome.VOIDED, Outcome.VOIDED),
        ("Declined", Outcome.DECLINED, Outcome.DECLINED),
        ("Amount under review", Outcome.REVIEW, Outcome.REVIEW),
        ("Format error", Outcome.REVIEW, Outcome.REVIEW),
        ("Token Decrypt", Outcome.REVIEW, Outcome.REVIEW),
        ("Pending", Outcome.REVIEW, Outcome.PENDING),
        ("Processed", Outcome.REVIEW, Outcome.PENDING),
        ("Something new", Outcome.REVIEW, Outcome.PENDING),
    ],
)
def test_how_a_charge_stands_is_what_its_settlement_says(status: str, card: Outcome, bank: Outcome) -> None:
    assert found(record(status)).outcome is card
    assert found(record(status, **BANK)).outcome is bank


@pytest.mark.parametrize(
    "bank",
    [
        {"respproc": "BPAY"},
        {"respproc": "PSTR"},
        {"respproc": "NEW", "accttype": "ESAV"},
        {"respproc": "NEW", "cardtype": "echk"},
        {"respproc": "NEW", "merchid": "800000000002"},
    ],
)
def test_a_bank_account_is_known_by_whichever_field_says_so(bank: dict[str, str]) -> None:
    evidence = found(record(**bank))

    assert (evidence.outcome, evidence.brand) == (Outcome.PENDING, None)


def test_what_stands_is_told_with_its_amount_reference_and_card() -> None:
    expected = Evidence(Outcome.APPROVED, NOW, "100000000001", None, None, "visa", "1111", AMOUNT)

    assert inquired(record()) == expected


@pytest.mark.parametrize("status", ["Voided", "Declined", "Zero Amount"])
def test_what_does_not_stand_has_no_amount(status: str) -> None:
    assert found(record(status, amount="0.00")).amount is None
    assert found(record(status, amount="12.50")).amount is None


def test_a_charge_that_stands_for_a_part_says_for_how_much() -> None:
    assert found(record(amount="5.00", respcode="10")).amount == Money(500, "USD")


def test_a_reject_carries_the_banks_code_when_there_is_one() -> None:
    assert found(record("Rejected", **BANK, achreturncode="R01")).reason_code == "R01"
    assert found(record("Rejected", **BANK)).reason_code == "rejected"


@pytest.mark.parametrize(
    ("changes", "outcome", "reason"),
    [
        ({"respstat": "C", "respcode": "05"}, Outcome.DECLINED, DeclineReason.DO_NOT_HONOR),
        ({"respstat": "C", "respcode": "NU"}, Outcome.DECLINED, DeclineReason.INSUFFICIENT_FUNDS),
        ({"respstat": "C", "respcode": "16", "respproc": "PPS"}, Outcome.FAILED, DeclineReason.EXPIRED_CARD),
        ({"respstat": "B", "respcode": "62", "respproc": "PPS"}, Outcome.DECLINED, DeclineReason.PROCESSOR_ERROR),
        ({"respstat": "B", "respcode": "511", "respproc": "RPCT"}, Outcome.DECLINED, DeclineReason.EXPIRED_CARD),
    ],
)
def test_r39_a_charge_without_a_clear_answer_is_declined_once_the_gateway_says_that_it_never_stood(
    changes: dict[str, Any], outcome: Outcome, reason: DeclineReason
) -> None:
    evidence = found(record("Declined", amount="0.00", **changes))

    assert (evidence.outcome, evidence.reason) == (outcome, reason)


def test_r39_a_time_out_that_was_captured_all_the_same_stands() -> None:
    assert found(record("Queued for Capture", respstat="B", respcode="62", respproc="PPS")).outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [({}, Outcome.APPROVED), (BANK, Outcome.PENDING), ({"respstat": "C", "respcode": "05"}, Outcome.DECLINED)],
)
def test_without_a_word_on_settlement_the_first_answer_counts(changes: dict[str, Any], outcome: Outcome) -> None:
    assert found(record(None, **changes)).outcome is outcome


@pytest.mark.parametrize("shape", [lambda row: row, lambda row: [row]])
def test_one_record_may_come_alone_or_in_a_list(shape: Any) -> None:
    assert found(shape(record())).outcome is Outcome.APPROVED


@pytest.mark.parametrize("name", ["orderId", "orderid"])
def test_the_order_id_is_read_in_either_spelling(name: str) -> None:
    ours = {"orderId": None, name: ORDER}
    others = {"orderId": None, name: "DB-OTHER"}

    assert found([record(**others, retref="100000000009"), record(**ours)]).reference == "100000000001"


def test_a_charge_nobody_knows_is_none_once_it_can_no_longer_be_on_its_way() -> None:
    assert inquired(missing(), submitted_at=NOW - timedelta(seconds=35)) is None
    assert inquired([missing()]) is None


@pytest.mark.parametrize("seconds", [0, 1, 34, -60])
def test_r39_a_charge_that_may_still_arrive_is_a_doubt(seconds: int) -> None:
    with pytest.raises(ProcessorUnavailableError, match="may still arrive"):
        inquired(missing(), submitted_at=NOW - timedelta(seconds=seconds))


def test_r39_two_standing_charges_under_one_order_are_a_doubt() -> None:
    with pytest.raises(ProcessorUnavailableError, match="2 stand under one order id"):
        inquired([record(), record("Accepted", retref="100000000002")])


@pytest.mark.parametrize("other", ["Voided", "Declined"])
def test_of_two_charges_under_one_order_the_one_that_stands_counts(other: str) -> None:
    evidence = found([record(other, retref="100000000002"), record()])

    assert (evidence.outcome, evidence.reference) == (Outcome.APPROVED, "100000000001")


def test_of_two_that_do_not_stand_the_void_says_more() -> None:
    assert found([record("Declined", respstat="C", respcode="05"), record("Voided")]).outcome is Outcome.VOIDED


@pytest.mark.parametrize(
    "refund",
    [{"authcode": "REFUND"}, {"amount": "-12.50"}, {"parentretref": "100000000001"}, {"type": "REFUND"}],
)
def test_a_refund_filed_under_the_order_of_its_charge_is_not_taken_for_the_charge(refund: dict[str, str]) -> None:
    rows = [record("Accepted"), record(retref="100000000005", **refund)]

    assert found(rows).reference == "100000000001"
    assert inquired([rows[1]]) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"Null",
        b"[]",
        b"{",
        b"[1, null]",
        {},
        record(retref=None),
        record(currency="CAD"),
        record(None, respstat=None),
        record(None, respstat="B", respcode="62", respproc="PPS"),
        record(None, respproc=None),
        401,
        404,
        AnswerLostError("cut"),
    ],
)
def test_r39_a_look_up_without_a_clear_word_is_asked_again_later(answer: object) -> None:
    with pytest.raises(ProcessorUnavailableError):
        inquired(answer, submitted_at=LONG_AGO)


def test_a_charge_is_looked_up_by_the_gateways_id() -> None:
    processor, _ = client(record("Accepted"))

    seen = processor.look_up("100000000001", timeout_seconds=5)

    assert seen is not None
    assert (seen.order_id, seen.evidence.outcome, seen.evidence.amount) == (ORDER, Outcome.SETTLED, AMOUNT)


@pytest.mark.parametrize("answer", [missing(), record(orderId=None), record(authcode="REFUND", orderId=REFUND_ORDER)])
def test_what_is_no_charge_with_an_order_id_is_not_found(answer: dict[str, Any]) -> None:
    assert client(answer)[0].look_up("100000000001", timeout_seconds=5) is None


def test_a_look_up_that_is_not_understood_is_asked_again() -> None:
    processor, _ = client([record()], record(currency="CAD"))

    for _ in range(2):
        with pytest.raises(ProcessorUnavailableError, match="no clear word"):
            processor.look_up("100000000001", timeout_seconds=5)


def voided(*answers: object) -> Evidence:
    return client(*answers)[0].void(a_charge_ref(), timeout_seconds=5)


def test_a_void_is_done_when_the_gateway_says_reversed() -> None:
    assert voided(answered(amount="0.00", authcode="REVERS")) == Evidence(Outcome.VOIDED, NOW, "100000000001")


@pytest.mark.parametrize("code", ["25", "26", "27", "29", "39"])
def test_a_charge_that_was_voided_before_is_void(code: str) -> None:
    assert voided(answered("C", code, "PPS"), record("Voided", amount="0.00")).outcome is Outcome.VOIDED


@pytest.mark.parametrize("code", ["25", "26", "27", "39"])
def test_a_void_that_came_too_late_is_failed_with_the_code(code: str) -> None:
    evidence = voided(answered("C", code, "PPS"), record("Accepted"))

    assert (evidence.outcome, evidence.reason_code) == (Outcome.FAILED, f"PPS-{code}")


def test_a_void_of_what_nobody_knows_is_failed() -> None:
    evidence = voided(missing(), missing())

    assert (evidence.outcome, evidence.reason_code) == (Outcome.FAILED, "PPS-29")


@pytest.mark.parametrize("look", [AnswerLostError("cut"), ProcessorUnavailableError("not reached"), b"garbage", 404])
def test_r41_a_refused_void_that_cannot_be_checked_is_unknown(look: object) -> None:
    evidence = voided(answered("C", "25", "PPS"), look)

    assert (evidence.outcome, evidence.reason_code) == (Outcome.UNKNOWN, "PPS-25")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (answered("A", authcode="PPS123"), "incomplete_answer"),
        (answered("A"), "incomplete_answer"),
        (answered("B", "62", "PPS"), "PPS-62"),
        (answered("C", "62", "PPS"), "PPS-62"),
        (answered(authcode="REVERS", orderId="DB-OTHER"), "other_reference"),
        (b"garbage", "answer_lost"),
        (AnswerLostError("cut"), "answer_lost"),
    ],
)
def test_r39_a_void_that_may_be_done_is_unknown(answer: object, code: str) -> None:
    evidence = voided(answer)

    assert (evidence.outcome, evidence.reason_code) == (Outcome.UNKNOWN, code)


def refunded(answer: object, minor: int = 1250) -> Evidence:
    return client(answer)[0].refund(a_refund(minor), timeout_seconds=5)


def given_back(**changes: Any) -> dict[str, Any]:
    return answered(host="PPS", **{"retref": "100000000005", "orderId": REFUND_ORDER, "authcode": "REFUND", **changes})


def test_a_refund_that_stands_has_an_id_of_its_own() -> None:
    evidence = refunded(given_back())

    assert (evidence.outcome, evidence.reference, evidence.amount) == (Outcome.APPROVED, "100000000005", AMOUNT)


def test_a_part_is_given_back_as_a_part() -> None:
    assert refunded(given_back(amount="0.01"), 1).amount == Money(1, "USD")


def test_a_refund_written_with_a_minus_is_the_same_refund() -> None:
    assert refunded(given_back(amount="-12.50")).outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        (answered("C", "28", "PPS"), Outcome.FAILED, "PPS-28"),
        (answered("C", "43", "PPS"), Outcome.FAILED, "PPS-43"),
        (missing(), Outcome.FAILED, "PPS-29"),
        (answered("C", "05"), Outcome.DECLINED, "FNOR-05"),
        (answered("B", "62", "PPS"), Outcome.UNKNOWN, "PPS-62"),
        (answered("C", "11", "PSTR"), Outcome.UNKNOWN, "PSTR-11"),
        (given_back(amount="12.49"), Outcome.UNKNOWN, "other_amount"),
        (given_back(amount=None), Outcome.UNKNOWN, "incomplete_answer"),
        (given_back(currency="CAD"), Outcome.UNKNOWN, "other_amount"),
        (given_back(retref="100000000001"), Outcome.UNKNOWN, "refund_without_own_id"),
        (given_back(retref=None), Outcome.UNKNOWN, "refund_without_own_id"),
        (given_back(orderId="R1-OTHER"), Outcome.UNKNOWN, "other_reference"),
        (b"garbage", Outcome.UNKNOWN, "answer_lost"),
        (AnswerLostError("cut"), Outcome.UNKNOWN, "answer_lost"),
    ],
)
def test_r41_a_refund_is_refused_with_a_code_or_unknown(answer: object, outcome: Outcome, code: str) -> None:
    evidence = refunded(answer)

    assert (evidence.outcome, evidence.reason_code) == (outcome, code)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("Queued for Capture", Outcome.APPROVED),
        ("Authorized", Outcome.APPROVED),
        ("Accepted", Outcome.SETTLED),
        ("Rejected", Outcome.FAILED),
        ("Voided", Outcome.VOIDED),
        ("Declined", Outcome.DECLINED),
        ("Something new", Outcome.REVIEW),
    ],
)
@pytest.mark.parametrize("bank", [{}, BANK])
def test_r41_a_refund_is_found_by_its_own_order_id(status: str, outcome: Outcome, bank: dict[str, str]) -> None:
    processor, _ = client([record(status, **bank, retref="100000000005", orderId=REFUND_ORDER, amount="-12.50", authcode="REFUND")])

    evidence = processor.inquire_refund(a_refund(), submitted_at=LONG_AGO, timeout_seconds=5)

    assert evidence is not None
    assert evidence.outcome is outcome


def test_r41_a_refund_nobody_knows_is_none_or_a_doubt() -> None:
    processor, _ = client(missing(), missing())

    assert processor.inquire_refund(a_refund(), submitted_at=LONG_AGO, timeout_seconds=5) is None
    with pytest.raises(ProcessorUnavailableError, match="may still arrive"):
        processor.inquire_refund(a_refund(), submitted_at=NOW, timeout_seconds=5)


@pytest.mark.parametrize(
    ("letter", "card", "bank"),
    [
        ("Y", Outcome.SETTLED, Outcome.SETTLED),
        ("y", Outcome.SETTLED, Outcome.SETTLED),
        ("N", Outcome.RETURNED, Outcome.RETURNED),
        ("W", Outcome.REVIEW, Outcome.REVIEW),
        ("F", Outcome.REVIEW, Outcome.REVIEW),
        ("T", Outcome.REVIEW, Outcome.REVIEW),
        ("P", Outcome.APPROVED, Outcome.PENDING),
        ("Q", Outcome.REVIEW, Outcome.PENDING),
        ("", Outcome.REVIEW, Outcome.PENDING),
    ],
)
def test_a_batchs_letter_is_an_outcome(letter: str, card: Outcome, bank: Outcome) -> None:
    assert letter_outcome(letter, bank=False, sent=True) is card
    assert letter_outcome(letter, bank=True, sent=True) is bank


@pytest.mark.parametrize("letter", ["Y", "", "Q"])
def test_nothing_has_settled_in_a_batch_that_was_not_sent(letter: str) -> None:
    assert letter_outcome(letter, bank=False, sent=False) is Outcome.APPROVED
    assert letter_outcome(letter, bank=True, sent=False) is Outcome.PENDING
