"""Which addresses are no longer written to."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from duebook.domain.email_activity import EventType, Mail, MailEvent, MailKind, mail_caused
from duebook.domain.suppression import AddressRecord, SuppressedFor, after_event, released
from tests.builders import NOON

NEW = AddressRecord("ana@acme.example")


def mail(number: int) -> Mail:
    return mail_caused(
        "ten_1", f"mail-{number}", at=NOON, to=NEW.address, subject="Receipt", kind=MailKind.RECEIPT, customer_id=None, about=None
    )


def told(type_: EventType, minutes: int = 0) -> MailEvent:
    return MailEvent(type_, NOON + timedelta(minutes=minutes), str(minutes))


def after(known: AddressRecord, *steps: tuple[int, EventType, int]) -> AddressRecord:
    for number, type_, minutes in steps:
        known = after_event(known, mail(number), told(type_, minutes)) or known
    return known


@pytest.mark.parametrize(
    ("type_", "reason"),
    [
        (EventType.HARD_BOUNCE, SuppressedFor.BOUNCE),
        (EventType.COMPLAINT, SuppressedFor.COMPLAINT),
        (EventType.SUPPRESSED, SuppressedFor.PROVIDER),
    ],
)
def test_r64_a_hard_bounce_or_a_complaint_suppresses_at_once(type_: EventType, reason: SuppressedFor):
    assert after(NEW, (1, type_, 0)).suppressed_for is reason


@pytest.mark.parametrize("type_", [EventType.SENT, EventType.DELAYED, EventType.DELIVERED, EventType.NOT_SPAM, EventType.REJECTED])
def test_r64_nothing_else_does(type_: EventType):
    assert after_event(NEW, mail(1), told(type_)) is None


def test_r64_the_third_soft_bounce_in_a_row_counts_as_hard():
    two = after(NEW, (1, EventType.SOFT_BOUNCE, 1), (2, EventType.SOFT_BOUNCE, 2))

    assert two.suppressed_for is None
    assert after(two, (3, EventType.SOFT_BOUNCE, 3)).suppressed_for is SuppressedFor.SOFT_BOUNCES


def test_r64_a_delivery_between_breaks_the_row():
    known = after(
        NEW, (1, EventType.SOFT_BOUNCE, 1), (2, EventType.SOFT_BOUNCE, 2), (3, EventType.DELIVERED, 3), (4, EventType.SOFT_BOUNCE, 4)
    )

    assert (known.suppressed_for, len(known.soft_bounces)) == (None, 1)


def test_r64_a_delivery_that_is_told_late_does_not_break_the_row():
    known = after(
        NEW, (2, EventType.SOFT_BOUNCE, 2), (1, EventType.DELIVERED, 1), (3, EventType.SOFT_BOUNCE, 3), (4, EventType.SOFT_BOUNCE, 4)
    )

    assert known.suppressed_for is SuppressedFor.SOFT_BOUNCES


def test_r63_the_same_soft_bounce_told_three_times_counts_once():
    known = after(NEW, (1, EventType.SOFT_BOUNCE, 1), (1, EventType.SOFT_BOUNCE, 1), (1, EventType.SOFT_BOUNCE, 1))

    assert (known.suppressed_for, len(known.soft_bounces)) == (None, 1)


def test_r64_three_soft_bounces_suppress_in_any_order():
    steps = [(number, EventType.SOFT_BOUNCE, number) for number in (1, 2, 3)]

    assert {after(NEW, *order).suppressed_for for order in permutations(steps)} == {SuppressedFor.SOFT_BOUNCES}


def test_r64_a_released_address_forgets_what_was_before_and_learns_anew():
    known = released(after(NEW, (1, EventType.HARD_BOUNCE, 1)), NOON + timedelta(minutes=5))

    assert known.suppressed_for is None
    assert after_event(known, mail(1), told(EventType.HARD_BOUNCE, 1)) is None
    assert after(known, (2, EventType.HARD_BOUNCE, 9)).suppressed_for is SuppressedFor.BOUNCE
