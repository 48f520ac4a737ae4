"""Statements agree with the books, whatever happened to an account and whenever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.domain.account import balance, fold, unapplied_cash
from duebook.domain.account_activity import activity
from duebook.domain.ageing import ageing
from duebook.domain.decisions import ApplyPayment, CapturePayment, IssueInvoice, UnapplyPayment, decide
from duebook.domain.effective_dates import by_effective_date, effective_by
from duebook.domain.journal import RECEIVABLE, EntryKind, JournalEntry
from duebook.domain.reversals import TakeBack, take_back
from duebook.domain.statements import grouped, section
from tests.builders import KEY, open_item
from tests.property.test_ledger import DAYS, commands, play

CHICAGO = ZoneInfo("America/Chicago")
HOURS = st.lists(st.integers(0, 40), min_size=80, max_size=80)
OFFSETS = st.integers(-2, 40)


def spread(entries: list[JournalEntry], pauses: list[int]) -> list[JournalEntry]:
    """Book entries hours apart, beginning an hour before a day ends in Chicago."""
    begun = datetime(2024, 3, 9, 5, tzinfo=UTC)
    return [
        replace(entry, posted_at=begun + timedelta(hours=hours))
        for entry, hours in zip(entries, accumulate(pauses[: len(entries)]), strict=True)
    ]


@given(st.lists(commands, max_size=30), DAYS)
@settings(deadline=None)
def test_r61_ageing_adds_up_to_the_balance_on_any_day(wanted, day):
    account, _ = play(wanted)

    aged = ageing(account, day)
    told = section(account, day)

    assert aged.current + aged.days_1_30 + aged.days_31_60 + aged.days_61_90 + aged.days_over_90 == balance(account) == told.balance
    assert aged.unapplied == unapplied_cash(account)
    assert told.overdue == told.balance - aged.current
    assert 0 <= told.processing <= told.balance


@given(st.lists(commands, max_size=30))
@settings(deadline=None)
def test_r6_multi_site_parents_stand_with_their_children_and_count_once(wanted):
    account, _ = play(wanted)

    groups = grouped(account.open_items)

    assert sum(group.open_minor for group in groups) == balance(account)
    assert sorted(item.invoice_id for group in groups for item in group.items) == sorted(item.invoice_id for item in account.open_items)
    parents = [group.parent_id for group in groups if group.parent_id is not None]
    assert len(parents) == len(set(parents))


@given(st.lists(commands, max_size=30), HOURS, OFFSETS, st.integers(0, 30))
@settings(deadline=None)
def test_r60_activity_closes_at_the_ledgers_balance_and_the_next_period_opens_there(wanted, pauses, offset, length):
    _, entries = play(wanted)
    booked = spread(entries, pauses)
    first = date(2024, 3, 8) + timedelta(days=offset)
    last = first + timedelta(days=length)

    told, account = activity(KEY, booked, first, last, CHICAGO)
    following, _ = activity(KEY, booked, last + timedelta(days=1), last + timedelta(days=9), CHICAGO)

    until = effective_by(booked, last, CHICAGO)
    ledger = sum(posting.minor for entry in until for posting in entry.postings if posting.account == RECEIVABLE)
    assert told.closing == ledger == balance(account) == balance(fold(KEY, until))
    assert told.opening + sum(one.owed for one in told.movements) == told.closing
    assert told.unapplied_opening + sum(one.unapplied for one in told.movements) == told.unapplied_closing == unapplied_cash(account)
    assert [one.balance for one in told.movements] == list(accumulate([one.owed for one in told.movements], initial=told.opening))[1:]
    assert all(first <= one.on <= last for one in told.movements)
    assert (following.opening, following.unapplied_opening) == (told.closing, told.unapplied_closing)


@given(st.lists(commands, max_size=30), HOURS, OFFSETS)
@settings(deadline=None)
def test_r61_as_of_a_past_day_later_movements_do_not_matter(wanted, pauses, offset):
    _, entries = play(wanted)
    booked = spread(entries, pauses)
    day = date(2024, 3, 8) + timedelta(days=offset)
    by_then = effective_by(booked, day, CHICAGO)

    told, account = activity(KEY, booked, day - timedelta(days=10), day, CHICAGO)

    assert account == fold(KEY, by_then)
    assert section(account, day).ageing == ageing(fold(KEY, by_then), day)
    assert told.closing == balance(account)


@given(st.lists(commands, max_size=30), HOURS, OFFSETS)
@settings(deadline=None)
def test_r61_facts_count_from_their_own_dates_and_the_books_stay_whole_on_each_day(wanted, pauses, offset):
    now, entries = play(wanted)
    booked = spread(entries, pauses)
    day = date(2024, 3, 8) + timedelta(days=offset)

    dated = by_effective_date(booked, CHICAGO)
    then = fold(KEY, effective_by(booked, day, CHICAGO))

    after = fold(KEY, [one.entry for one in dated])
    assert (after.open_items, after.unapplied, set(after.reservations)) == (now.open_items, now.unapplied, set(now.reservations))
    assert all(amount > 0 for amount in then.unapplied.values())
    for one in dated:
        booked_on = one.entry.posted_at.astimezone(CHICAGO).date()
        assert one.on <= booked_on
        if one.entry.kind is EntryKind.INVOICE_ISSUED:
            assert one.on == min(booked_on, *(item.invoice_on for item in one.entry.items))


@given(st.integers(1, 500_00), st.integers(1, 500_00), st.integers(1, 500_00), st.booleans())
@settings(deadline=None)
def test_r60_a_refund_a_return_and_an_un_apply_are_one_movement_each_with_their_whole_amount(owed, paid, back, unapply_first):
    """A payment counts whole, whatever part of it found an invoice; money that goes again counts whole, whatever it reopens."""
    at = datetime(2024, 3, 9, 12, tzinfo=UTC)
    item = open_item("inv_1", open=owed)
    account = fold(KEY, [])
    entries: list[JournalEntry] = []

    def book(command, hours):
        nonlocal account
        entry = decide(account, command, posted_at=at + timedelta(hours=hours), actor="test")
        entries.append(entry)
        account = fold(KEY, entries)

    book(IssueInvoice("inv_1", owed, item), 0)
    book(CapturePayment("pay_1", paid, "bank"), 1)
    book(ApplyPayment("pay_1", online_only=False), 1)
    applied = entries[-1].lines
    closed = (item,) if owed <= paid else ()
    if unapply_first:
        book(UnapplyPayment("pay_1", applied, closed, "wrong"), 3)
        applied, closed = (), ()
    gone = min(back, paid) if unapply_first else paid
    wish = TakeBack("pay_1", EntryKind.PAYMENT_RETURNED, "pay_1.returned", gone, "bank", applied, closed, "R01")
    entries += take_back(account, wish, posted_at=at + timedelta(hours=4), actor="test")

    told, after = activity(KEY, entries, date(2024, 3, 9), date(2024, 3, 9), CHICAGO)

    kinds = ["invoice", "payment", *(["unapplied"] if unapply_first else []), "return"]
    assert [one.kind.value for one in told.movements] == kinds
    assert [one.minor for one in told.movements] == [owed, -paid, *([0] if unapply_first else []), gone]
    assert told.closing == balance(after) == owed
