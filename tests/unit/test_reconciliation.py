from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from duebook.domain.breaks import ADVICE, BY_ITSELF, Break, BreakKind, BreakRow, RowState, resolved, seen
from duebook.domain.card_numbers import is_card_like
from duebook.domain.charges import BANK_ACCOUNT, CARD
from duebook.domain.identifiers import derived_ulid, order_id_of, refund_order_id_of
from duebook.domain.payments import Outcome, Payment, PaymentKey, PaymentState
from duebook.domain.processing import ProcessorRecord, RecordKind
from duebook.domain.processor_books import Reading, evidence_of, own_charge
from duebook.domain.reconciliation import business_days, compare
from duebook.domain.refunds import Refund, StepState
from tests.builders import usd

NOW = datetime(2025, 6, 20, 15, 0, tzinfo=UTC)  # A Friday.
DAY = timedelta(days=1)


def payment(state: PaymentState = PaymentState.CAPTURED, age: timedelta = timedelta(hours=2), **changes: Any) -> Payment:
    payment_id = f"pay_{derived_ulid(NOW, 'one')}"
    made = Payment(
        key=PaymentKey("ten_1", "c1", payment_id),
        amount=usd(50_00),
        state=state,
        channel="portal",
        method_type=CARD,
        created_at=NOW - age,
        order_id=order_id_of(payment_id),
        merchant_account_id="ma_1",
        reference="600",
    )
    return replace(made, **changes)


def line(outcome: Outcome, kind: RecordKind = RecordKind.CHARGE, **facts: Any) -> ProcessorRecord:
    known: dict[str, Any] = {"reference": "600", "amount": usd(50_00), "at": NOW, "order_id": payment().order_id}
    return ProcessorRecord(kind=kind, outcome=outcome, **(known | facts))


def kinds(one: Payment, *lines: ProcessorRecord, since: datetime = NOW - 3 * DAY) -> list[str]:
    return sorted(found.kind.value for found in compare([one], Reading("ma_1", lines, since, NOW)))


@pytest.mark.parametrize(("age", "found"), [(timedelta(minutes=59), []), (timedelta(minutes=60), ["payment_without_charge"])])
def test_an_absent_charge_is_a_break_after_an_hour(age: timedelta, found: list[str]):
    assert kinds(payment(age=age)) == found


def test_a_charge_older_than_the_reading_is_not_missed():
    assert kinds(payment(age=4 * DAY, settled_at=NOW - 3 * DAY)) == []


@pytest.mark.parametrize(
    ("method", "days", "found"),
    [(CARD, 3, []), (CARD, 4, ["not_settled"]), (BANK_ACCOUNT, 7, []), (BANK_ACCOUNT, 11, ["not_settled"])],
)
def test_a_charge_that_stands_unsettled_is_a_break_after_its_business_days(method: str, days: int, found: list[str]):
    assert kinds(payment(age=days * DAY, method_type=method), line(Outcome.APPROVED)) == found


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2025, 6, 20), date(2025, 6, 20), 0),
        (date(2025, 6, 20), date(2025, 6, 22), 0),
        (date(2025, 6, 20), date(2025, 6, 23), 1),
        (date(2025, 6, 16), date(2025, 6, 20), 4),
        (date(2025, 6, 20), date(2025, 7, 4), 10),
        (date(2025, 6, 20), date(2025, 6, 1), 0),
    ],
)
def test_business_days_leave_out_saturdays_and_sundays(first: date, last: date, days: int):
    assert business_days(first, last) == days


def test_the_strongest_of_several_readings_of_a_line_counts():
    assert kinds(payment(), line(Outcome.SETTLED), line(Outcome.APPROVED)) == []
    assert kinds(payment(), line(Outcome.VOIDED), line(Outcome.APPROVED)) == ["voided_there"]


def test_a_bank_charge_rejected_before_funding_is_a_return_that_is_not_booked():
    rejected = line(Outcome.RETURNED, code="R03")

    assert kinds(payment(PaymentState.PENDING, method_type=BANK_ACCOUNT), rejected) == ["return_not_booked"]
    assert kinds(payment(PaymentState.RETURNED, method_type=BANK_ACCOUNT), rejected) == []


def test_a_refund_made_twice_at_the_processor_is_an_amount_that_differs():
    order_id = refund_order_id_of(payment().key.payment_id, 1)
    refund = Refund("rfd_1", order_id, 10_00, "twice", "stf_1", NOW - DAY, StepState.MADE, reference="700")
    one = payment(refunds=(refund,), settled_at=NOW)
    made = line(Outcome.SETTLED, RecordKind.REFUND, reference="700", order_id=order_id, amount=usd(10_00), charge_reference="600")

    assert kinds(one, line(Outcome.SETTLED), made) == []
    assert kinds(one, line(Outcome.SETTLED), made, replace(made, reference="701")) == ["refund_amount_differs"]


def test_payments_of_other_merchant_accounts_and_checks_are_left_alone():
    assert kinds(payment(merchant_account_id="ma_2")) == []
    assert kinds(payment(merchant_account_id=None)) == []


def test_an_approved_bank_charge_is_evidence_of_a_pending_one_and_a_return_never_renames_the_charge():
    ach = payment(PaymentState.PENDING, method_type=BANK_ACCOUNT)

    assert evidence_of(line(Outcome.APPROVED), ach, NOW).outcome is Outcome.PENDING
    assert evidence_of(line(Outcome.APPROVED), payment(), NOW).outcome is Outcome.APPROVED
    returned = evidence_of(line(Outcome.RETURNED, RecordKind.RETURN, reference="r1", code="R01"), ach, NOW)
    assert (returned.outcome, returned.reference, returned.reason_code) == (Outcome.RETURNED, None, "R01")


def test_of_two_charges_only_the_one_we_know_speaks_for_the_payment():
    known, other = line(Outcome.SETTLED), line(Outcome.VOIDED, reference="601")

    assert own_charge(payment(), [known, other]) == known
    assert own_charge(payment(reference="602"), [line(Outcome.VOIDED, reference="603"), other]) is None
    assert own_charge(payment(PaymentState.FAILED, reference=None), [other, known]) == known


def test_every_kind_has_advice():
    assert set(ADVICE) == set(BreakKind)


def test_a_rows_id_follows_from_its_cause_and_never_looks_like_a_card_number():
    found = [Break(kind, "ma_1", f"DB-{number}", "USD") for kind in BreakKind for number in range(500)]

    assert len({one.break_id for one in found}) == len(found)
    assert found[0].break_id == replace(found[0], ours=1, theirs=2, detail="other words").break_id
    assert not any(is_card_like(one.break_id) for one in found)


@pytest.mark.parametrize(
    ("by", "change", "state"),
    [
        ("stf_1", {}, None),
        ("stf_1", {"detail": "8 business days have passed."}, None),
        ("stf_1", {"theirs": 1}, RowState.OPEN),
        (BY_ITSELF, {}, RowState.OPEN),
    ],
)
def test_a_resolved_row_opens_again_only_for_a_reason(by: str, change: dict, state: RowState | None):
    found = Break(BreakKind.AMOUNT_DIFFERS, "ma_1", "DB-1", "USD", ours=50_00, theirs=49_00)
    row = resolved(BreakRow("ten_1", found, NOW, NOW), by=by, note="done", now=NOW)

    after = seen(row, replace(found, **change), NOW + DAY)

    assert (after.state if after else None) == state
    assert after is None or (after.first_seen_at, after.last_seen_at, after.note) == (NOW, NOW + DAY, None)
