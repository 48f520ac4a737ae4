"""A mail's status: the highest of its events, in whatever order and however often they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from duebook.domain.email_activity import (
    AT_MOST_ONCE,
    MAX_EVENTS,
    STALE_AFTER,
    About,
    Accepted,
    EventType,
    Mail,
    MailEvent,
    MailKind,
    MailStatus,
    claimed,
    handed_over,
    mail_caused,
    record,
    released,
    shown_status,
)
from duebook.domain.identifiers import derived_ulid, time_of_ulid
from duebook.errors import InvalidInputError
from tests.builders import NOON

TOLD_BY_SES = (EventType.SENT, EventType.DELAYED, EventType.DELIVERED, EventType.HARD_BOUNCE, EventType.COMPLAINT)


def queued(kind: MailKind = MailKind.RECEIPT, cause: str = "pay_1.receipt") -> Mail:
    mail = mail_caused(
        "ten_1", cause, at=NOON, to="ana@acme.example", subject="Receipt", kind=kind, customer_id="c1", about=About("payment", "pay_1")
    )
    return replace(mail, events=(MailEvent(EventType.QUEUED, NOON),))


def told(type_: EventType, seconds: int = 0, reference: str = "") -> MailEvent:
    return MailEvent(type_, NOON + timedelta(seconds=seconds), reference or f"{type_}-{seconds}")


def after(mail: Mail, *events: MailEvent) -> Mail:
    for event in events:
        mail = record(mail, event) or mail
    return mail


def test_r62_the_same_cause_is_the_same_mail_and_another_cause_another_one():
    assert queued().key == queued().key
    assert queued(cause="pay_2.receipt").key != queued().key
    assert (queued().key.month, queued().created_at) == ("2025-06", NOON)


def test_r63_every_order_of_events_ends_in_the_same_status_and_timeline():
    events = tuple(told(type_, seconds) for seconds, type_ in enumerate(TOLD_BY_SES))

    ends = {after(queued(), *order) for order in permutations(events)}

    (end,) = ends
    assert end.status is MailStatus.COMPLAINT
    assert [event.type for event in end.events] == [EventType.QUEUED, *TOLD_BY_SES]


@pytest.mark.parametrize("count", range(1, len(TOLD_BY_SES) + 1))
def test_r63_every_order_of_every_beginning_ends_at_its_highest_event(count: int):
    events = tuple(told(type_, 60 - seconds) for seconds, type_ in enumerate(TOLD_BY_SES[:count]))
    highest = (MailStatus.SENT, MailStatus.DELAYED, MailStatus.DELIVERED, MailStatus.BOUNCED, MailStatus.COMPLAINT)[count - 1]

    assert {after(queued(), *order).status for order in permutations(events)} == {highest}


def test_r63_a_late_delivered_never_hides_a_bounce():
    mail = after(queued(), told(EventType.SOFT_BOUNCE, 10), told(EventType.DELIVERED, 3600))

    assert mail.status is MailStatus.BOUNCED


def test_r63_the_same_event_twice_counts_once():
    bounce = told(EventType.HARD_BOUNCE, 10, "feedback-1")
    mail = after(queued(), bounce)

    assert record(mail, bounce) is None
    assert record(mail, replace(bounce, at=bounce.at + timedelta(hours=1))) is None


def test_r63_two_delays_are_two_events():
    mail = after(queued(), told(EventType.DELAYED, 10), told(EventType.DELAYED, 900))

    assert [event.type for event in mail.events] == [EventType.QUEUED, EventType.DELAYED, EventType.DELAYED]


def test_a_complaint_that_says_not_spam_changes_no_status():
    mail = after(queued(), told(EventType.DELIVERED, 1), told(EventType.NOT_SPAM, 2))

    assert mail.status is MailStatus.DELIVERED


def test_events_are_bounded_but_a_higher_one_still_counts():
    delays = tuple(told(EventType.DELAYED, seconds) for seconds in range(MAX_EVENTS + 10))

    mail = after(queued(), *delays, told(EventType.HARD_BOUNCE, 9_999))

    assert len(mail.events) == MAX_EVENTS + 1
    assert mail.status is MailStatus.BOUNCED


def test_a_long_answer_of_a_server_is_cut():
    mail = after(queued(), replace(told(EventType.DELIVERED), words="x" * 5_000))

    assert len(mail.events[-1].words or "") == 500


def test_r62_sending_is_shown_as_queued():
    taken = claimed(queued(), NOON)

    assert taken is not None
    assert taken.status is MailStatus.SENDING
    assert shown_status(taken) is MailStatus.QUEUED


def test_a_claimed_mail_is_claimed_again_only_when_its_sender_went_silent():
    taken = claimed(queued(), NOON)
    assert taken is not None

    assert claimed(taken, NOON + STALE_AFTER - timedelta(seconds=1)) is None
    assert claimed(taken, NOON + STALE_AFTER) is not None
    assert claimed(taken, NOON - STALE_AFTER) is not None


@pytest.mark.parametrize("kind", sorted(AT_MOST_ONCE))
def test_a_past_due_notice_is_never_claimed_twice(kind: MailKind):
    taken = claimed(queued(kind), NOON)
    assert taken is not None

    assert claimed(taken, NOON + timedelta(days=3)) is None


@pytest.mark.parametrize("type_", [EventType.SENT, EventType.DELIVERED, EventType.HELD_BACK, EventType.REFUSED, EventType.GAVE_UP])
def test_a_mail_that_something_became_of_is_not_sent(type_: EventType):
    assert claimed(after(queued(), told(type_)), NOON + timedelta(days=1)) is None


def test_a_mail_that_was_not_taken_waits_again_and_one_that_ses_reported_on_does_not():
    taken = claimed(queued(), NOON)
    assert taken is not None

    waiting = released(taken)

    assert waiting == replace(queued(), version=taken.version)
    assert released(after(taken, told(EventType.SENT))) is None


def test_the_hand_over_and_what_ses_says_of_it_are_one_event():
    taken = claimed(queued(), NOON)
    assert taken is not None

    mail = after(handed_over(taken, Accepted("ses-1"), NOON), told(EventType.SENT, 1, "ses-1"))

    assert [event.type for event in mail.events] == [EventType.QUEUED, EventType.SENT]
    assert (mail.status, mail.message_id, mail.claimed_at) == (MailStatus.SENT, "ses-1", None)


def test_a_bounce_that_was_faster_than_our_own_note_stays():
    taken = claimed(queued(), NOON)
    assert taken is not None
    bounced = after(taken, told(EventType.HARD_BOUNCE, 1))

    assert handed_over(bounced, Accepted("ses-1"), NOON).status is MailStatus.BOUNCED


def test_a_ulid_tells_its_time_and_what_is_none_is_refused():
    assert time_of_ulid(derived_ulid(NOON, "anything")) == NOON
    for text in ("", "01J", "u" * 26, "8" + "Z" * 25, "7" + "Z" * 25, "01jwqzb8j0abcdefghjkmnpqrs"):
        with pytest.raises(InvalidInputError, match="ULID"):
            time_of_ulid(text)
