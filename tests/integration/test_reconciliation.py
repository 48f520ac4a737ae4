from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from duebook.domain.breaks import BreakKind, RowState, resolved
from duebook.domain.directory import MerchantAccount
from duebook.domain.money import Money
from duebook.domain.payments import Evidence, Outcome, PaymentState
from duebook.domain.processing import RecordKind
from duebook.domain.refunds import StepState
from duebook.errors import DuebookError, InvariantError, ProcessorUnavailableError
from duebook.runtime.clock import utc_now
from tests.builders import usd
from tests.integration.api import StaffApi, add_tenant, later
from tests.integration.audit_helpers import assert_clean
from tests.integration.cloud import Cloud
from tests.integration.reading_room import ReadingRoom


@pytest.fixture
def room(staff: StaffApi) -> ReadingRoom:
    assert staff.tenant_id == "ten_1"
    return ReadingRoom()


def test_books_that_agree_write_no_row_and_settle_what_settled(aws: Cloud, room: ReadingRoom) -> None:
    card = room.payment(PaymentState.CAPTURED)
    ach = room.payment(PaymentState.PENDING, bank=True)
    room.line(card, Outcome.SETTLED)
    room.line(ach, Outcome.SETTLED)

    done = room.read()

    assert (done.read, done.records, done.recorded, done.found, done.broken) == (1, 2, 2, 0, ())
    assert room.now(card).settled_at == utc_now()
    assert (room.now(ach).state, room.now(ach).settled_at) == (PaymentState.CAPTURED, utc_now())
    assert room.started == [ach.key.payment_id]
    assert room.rows() == []
    assert_clean(aws, "ten_1")


def test_r38_a_bank_payment_that_stands_unsettled_stays_pending_whatever_the_books_call_it(room: ReadingRoom) -> None:
    ach = room.payment(PaymentState.PENDING, bank=True)
    room.line(ach, Outcome.APPROVED)

    room.read()

    assert room.now(ach).state is PaymentState.PENDING


def test_r38_a_return_in_the_books_is_booked_with_its_code(aws: Cloud, room: ReadingRoom) -> None:
    ach = room.payment(PaymentState.PENDING, bank=True)
    room.line(ach, Outcome.RETURNED, RecordKind.RETURN, code="R01", order_id=None)

    room.read()

    after = room.now(ach)
    assert (after.state, after.ended_code, after.reference) == (PaymentState.RETURNED, "R01", ach.reference)
    assert room.kinds() == []
    assert_clean(aws, "ten_1")


def test_r38_a_late_return_reverses_and_stays_on_the_list_until_a_person_has_dealt_with_it(aws: Cloud, room: ReadingRoom) -> None:
    ach = room.payment(PaymentState.PENDING, bank=True)
    room.line(ach, Outcome.SETTLED)
    room.read()
    room.line(ach, Outcome.RETURNED, RecordKind.RETURN, code="R10")

    room.read()
    room.paper.lines.clear()
    later(aws, days=40)
    room.read()

    assert room.now(ach).state is PaymentState.RETURNED
    assert room.kinds() == ["late_return"]
    assert_clean(aws, "ten_1")


def test_r41_a_chargeback_in_the_books_is_booked_and_its_reversal_is_shown(aws: Cloud, room: ReadingRoom) -> None:
    card = room.payment(PaymentState.CAPTURED)
    room.line(card, Outcome.SETTLED)
    room.line(card, Outcome.CHARGED_BACK, RecordKind.CHARGEBACK, amount=usd(20_00), code="10.4", order_id=None)
    room.read()
    assert (room.now(card).state, room.now(card).taken_back, room.kinds()) == (PaymentState.CHARGED_BACK, 20_00, [])

    room.line(card, Outcome.APPROVED, RecordKind.CHARGEBACK_REVERSAL, amount=usd(20_00))
    room.read()

    assert room.kinds() == ["chargeback_reversed"]
    assert_clean(aws, "ten_1")


def test_r39_a_charge_whose_answer_was_lost_is_found_in_the_books(aws: Cloud, room: ReadingRoom) -> None:
    lost = room.payment(PaymentState.SUBMITTING)
    room.line(lost, Outcome.APPROVED)

    room.read()

    assert room.now(lost).state is PaymentState.CAPTURED
    assert room.kinds() == []
    assert_clean(aws, "ten_1")


def test_a_charge_that_was_given_up_and_stands_is_booked_and_no_break(aws: Cloud, room: ReadingRoom) -> None:
    given_up = room.payment(PaymentState.FAILED)
    room.line(given_up, Outcome.SETTLED, reference="another")

    room.read()

    assert room.now(given_up).state is PaymentState.CAPTURED
    assert room.kinds() == []
    assert_clean(aws, "ten_1")


def test_a_refund_in_the_books_is_recorded(aws: Cloud, room: ReadingRoom) -> None:
    card = room.payment(PaymentState.CAPTURED)
    room.line(card, Outcome.SETTLED)
    room.read()
    refund = room.refunded(card, 20_00)
    room.line(card, Outcome.APPROVED, RecordKind.REFUND, order_id=refund.order_id, amount=usd(20_00))

    room.read()

    assert room.now(card).refunds[0].state is StepState.MADE
    assert room.kinds() == []
    assert_clean(aws, "ten_1")


def test_a_notification_of_change_reaches_the_saved_method_it_is_about(room: ReadingRoom) -> None:
    ach = room.payment(PaymentState.PENDING, bank=True, method_id="mth_1")
    room.line(ach, Outcome.PENDING)
    room.line(ach, Outcome.APPROVED, RecordKind.NOTIFICATION_OF_CHANGE, amount=usd(0), code="C01", detail="Account number")

    room.read()

    assert room.flags == [("ten_1", "c1", "mth_1", "C01", "Account number")]
    assert room.kinds() == []


def test_an_event_that_names_only_the_charge_is_tied_to_its_payment_by_asking(aws: Cloud, room: ReadingRoom) -> None:
    ach = room.payment(PaymentState.PENDING, bank=True)
    old = room.line(ach, Outcome.PENDING, reference="older-name", at=utc_now() - timedelta(days=30))
    room.paper.lines[0] = replace(old, outcome=Outcome.SETTLED)
    room.line(ach, Outcome.RETURNED, RecordKind.RETURN, code="R01", order_id=None, charge_reference="older-name")

    room.read()

    assert room.paper.asked[0] == "older-name"
    assert room.now(ach).state is PaymentState.RETURNED
    assert_clean(aws, "ten_1")


def test_r25_a_charge_nobody_knows_is_a_row_until_it_is_voided(room: ReadingRoom) -> None:
    someone = room.payment(PaymentState.SUBMITTING, age=timedelta(minutes=5))
    stray = room.line(someone, Outcome.APPROVED, reference="stray", order_id="INV-1", amount=usd(12_00))

    room.read()
    (row,) = room.rows()
    assert (row.found.kind.value, row.found.theirs, row.found.reference) == ("charge_without_payment", 12_00, "stray")

    room.paper.lines[0] = replace(stray, outcome=Outcome.VOIDED)
    done = room.read()

    assert (done.gone, room.kinds()) == (1, [])
    (row,) = room.rows(RowState.RESOLVED)
    assert (row.resolved_by, row.resolved_at) == ("duebook", utc_now())


def test_a_payment_the_books_do_not_show_is_asked_for_before_it_is_called_a_break(room: ReadingRoom) -> None:
    shown, missing, listed = (room.payment(PaymentState.CAPTURED) for _ in range(3))
    room.line(listed, Outcome.APPROVED)
    fresh = room.payment(PaymentState.CAPTURED, age=timedelta(minutes=10))
    room.paper.hidden[shown.order_id] = Evidence(Outcome.SETTLED, utc_now(), reference=shown.reference, amount=shown.amount)

    room.read()

    assert room.now(shown).settled_at == utc_now()
    assert [(row.found.kind.value, row.found.payment_id) for row in room.rows()] == [("payment_without_charge", missing.key.payment_id)]
    assert fresh.order_id not in room.paper.asked
    room.line(missing, Outcome.SETTLED)
    room.read()
    assert room.kinds() == []


def test_books_that_list_settled_charges_alone_are_given_time_until_the_next_batch(aws: Cloud, room: ReadingRoom) -> None:
    card = room.payment(PaymentState.CAPTURED)

    room.read()
    assert (room.kinds(), room.paper.asked) == ([], [])
    later(aws, hours=36)
    room.read()

    assert (room.kinds(), room.paper.asked) == (["payment_without_charge"], [card.order_id])


def test_a_question_without_an_answer_is_put_again_at_the_next_reading(aws: Cloud, room: ReadingRoom) -> None:
    card = room.payment(PaymentState.CAPTURED, age=timedelta(hours=40))
    room.paper.silent = True
    room.read()
    assert (room.kinds(), room.paper.asked) == ([], [card.order_id])

    room.paper.silent = False
    later(aws, minutes=15)
    room.read()

    assert room.kinds() == ["payment_without_charge"]


def test_a_dispute_won_long_after_is_shown_although_it_names_no_payment(room: ReadingRoom) -> None:
    someone = room.payment(PaymentState.SUBMITTING, age=timedelta(minutes=5))
    won = {"order_id": None, "charge_reference": None, "detail": "CHARGEBACK REVERSAL"}
    room.line(someone, Outcome.APPROVED, RecordKind.CHARGEBACK_REVERSAL, **won)

    room.read()

    assert [(row.found.kind.value, row.found.payment_id) for row in room.rows()] == [("chargeback_reversed", None)]


def test_the_same_break_stays_one_row_with_the_time_it_was_first_seen(aws: Cloud, room: ReadingRoom) -> None:
    card = room.payment(PaymentState.CAPTURED)
    room.line(card, Outcome.APPROVED, amount=usd(49_00))
    room.read()
    first = utc_now()

    later(aws, minutes=20)
    room.read()

    (row,) = room.rows()
    assert (row.found.kind.value, row.found.ours, row.found.theirs) == ("amount_differs", 50_00, 49_00)
    assert (row.first_seen_at, row.last_seen_at) == (first, utc_now())


def test_a_row_a_person_resolved_opens_again_only_when_other_figures_stand_there(room: ReadingRoom) -> None:
    card = room.payment(PaymentState.CAPTURED)
    line = room.line(card, Outcome.APPROVED, amount=usd(49_00))
    room.read()
    (row,) = room.rows()
    store = room.desk().breaks
    store.save(resolved(row, by="stf_1", note="paid in cash", now=utc_now()), was=row)

    room.read()
    assert (room.kinds(), room.kinds(RowState.RESOLVED)) == ([], ["amount_differs"])

    room.paper.lines[0] = replace(line, amount=usd(48_00))
    room.read()

    (row,) = room.rows()
    assert (row.found.theirs, row.note, row.resolved_by) == (48_00, None, None)
    assert room.kinds(RowState.RESOLVED) == []


def test_books_are_read_every_fifteen_minutes_with_three_days_of_overlap(aws: Cloud, room: ReadingRoom) -> None:
    room.read(None)
    later(aws, minutes=14)
    room.read(None)
    later(aws, minutes=1)
    room.read(None)

    assert [until - since for since, until in room.paper.spans] == [timedelta(days=3), timedelta(days=3, minutes=15)]


def test_after_an_outage_the_books_are_made_up_a_day_at_a_time_and_time_running_out_loses_nothing(aws: Cloud, room: ReadingRoom) -> None:
    room.read()
    later(aws, days=2, hours=12)
    budget = iter([False, False, False, True, True, True])

    room.read(None, enough=lambda: next(budget, True))
    room.read()

    ends = [until for _, until in room.paper.spans[1:]]
    now = utc_now()
    assert ends[0] == now - timedelta(days=1, hours=12)
    assert ends[-1] == now
    assert sorted(set(ends)) == [now - timedelta(days=1, hours=12), now - timedelta(hours=12), now]


def test_one_broken_merchant_account_does_not_stop_the_others_and_is_asked_again_later(aws: Cloud, room: ReadingRoom) -> None:
    usd_account = aws.directory.merchant_accounts("ten_1")[0]
    second = MerchantAccount("ma_2", "cardpointe", "CAD")
    aws.directory.save_merchant_accounts("ten_1", [usd_account, second])
    room.books["ma_2"] = type(room.paper)()
    for fault in (ProcessorUnavailableError("no connection"), InvariantError("the books make no sense")):
        room.paper.fault = fault
        done = room.read()
        assert (done.read, done.postponed) == (1, 1)
    first = room.desk().breaks.readings("ten_1")
    assert first is not None
    assert (first.cursors["ma_1"].until, first.cursors["ma_1"].faults) == (None, 2)
    assert first.cursors["ma_2"].until == utc_now()

    room.paper.fault = None
    room.read()

    again = room.desk().breaks.readings("ten_1")
    assert again is not None
    assert (again.cursors["ma_1"].until, again.cursors["ma_1"].faults) == (utc_now(), 0)


def test_a_retired_merchant_account_is_read_until_it_has_been_quiet_for_long(aws: Cloud, room: ReadingRoom) -> None:
    account = aws.directory.merchant_accounts("ten_1")[0]
    aws.directory.save_merchant_accounts("ten_1", [replace(account, enabled=False, retired=True)])

    room.read()
    assert len(room.paper.spans) == 1
    later(aws, days=121)
    room.read()

    assert len(room.paper.spans) == 1


def test_tenants_never_see_each_others_books(aws: Cloud, room: ReadingRoom) -> None:
    add_tenant(aws, "ten_2")
    card = room.payment(PaymentState.CAPTURED)
    room.line(card, Outcome.APPROVED)

    room.read("ten_2")

    # The same merchant account under another tenant: the order is none of its own.
    assert room.rows() == []
    assert [row.found.payment_id for row in room.rows(tenant_id="ten_2")] == [None]


def test_another_currency_there_is_shown_and_moves_nothing(room: ReadingRoom) -> None:
    lost = room.payment(PaymentState.SUBMITTING, age=timedelta(minutes=30))
    room.line(lost, Outcome.APPROVED, amount=Money(50_00, "CAD"))

    room.read()

    assert room.now(lost).state is PaymentState.SUBMITTING
    assert room.kinds() == ["currency_differs"]


@pytest.mark.parametrize("fault", [ProcessorUnavailableError("no connection"), InvariantError("the books make no sense")])
def test_r39_what_nobody_can_tell_is_a_row_also_while_the_books_cannot_be_read(room: ReadingRoom, fault: DuebookError) -> None:
    unknown = room.payment(PaymentState.UNKNOWN, age=timedelta(hours=2))
    room.payment(PaymentState.UNKNOWN, age=timedelta(minutes=50))
    bank = room.payment(PaymentState.PENDING, age=timedelta(days=20), bank=True)
    room.paper.fault = fault

    for _ in range(2):
        room.read()
    [row] = room.rows()
    assert (row.found.kind, row.found.payment_id, row.found.ours) == (BreakKind.UNKNOWN_TOO_LONG, unknown.key.payment_id, 50_00)
    assert row.found.payment_id != bank.key.payment_id

    room.tell(unknown, PaymentState.CAPTURED, "69999999999")
    room.read()
    assert (room.kinds(), room.kinds(RowState.RESOLVED)) == ([], ["unknown_too_long"])


def test_r39_while_the_books_wait_to_be_tried_again_doubts_are_looked_at_each_quarter_of_an_hour(room: ReadingRoom, aws: Cloud) -> None:
    room.paper.fault = ProcessorUnavailableError("no connection")
    for _ in range(8):
        room.read()
    room.payment(PaymentState.UNKNOWN, age=timedelta(minutes=50))
    tried = len(room.paper.spans)

    aws.set_clock(utc_now() + timedelta(minutes=16))
    room.read(None)

    assert (room.kinds(), len(room.paper.spans)) == (["unknown_too_long"], tried)
