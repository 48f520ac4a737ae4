"""Servers' words in plain ones: why a mail did not arrive, and what to do."""

from __future__ import annotations

import pytest

from duebook.domain import bounce_words as words
from duebook.domain.bounce_words import reason_words
from duebook.domain.email_activity import EventType, MailEvent
from tests.builders import NOON

HARD, SOFT = EventType.HARD_BOUNCE, EventType.SOFT_BOUNCE


@pytest.mark.parametrize(
    ("type_", "said", "meaning"),
    [
        (HARD, "smtp; 550 5.1.1 user unknown", words.MAILBOX_GONE),
        (HARD, "smtp; 550-5.1.1 The email account that you tried to reach does not exist", words.MAILBOX_GONE),
        (HARD, "5.1.2", words.DOMAIN_GONE),
        (HARD, "smtp; 556 5.1.10 Recipient address has null MX", words.DOMAIN_GONE),
        (HARD, "smtp; 550 5.2.1 mailbox disabled", words.SWITCHED_OFF),
        (SOFT, "smtp; 452 4.2.2 The email account is over quota", words.FULL),
        (SOFT, "MailboxFull", words.FULL),
        (SOFT, "smtp; 552 5.3.4 Message too big for system", words.TOO_LARGE),
        (SOFT, "AttachmentRejected", words.NOT_WANTED),
        (HARD, "smtp; 554 5.7.1 Message refused, sent from 10.1.5.1", words.NOT_WANTED),
        (SOFT, "smtp; 421 4.4.2 Connection timed out", words.SLOW),
        (HARD, "General", words.FOR_GOOD),
        (HARD, "relay 10.5.1.1 said no", words.FOR_GOOD),
        (SOFT, "", words.FOR_NOW),
    ],
)
def test_r64_a_bounce_is_told_in_plain_words(type_: EventType, said: str, meaning: str):
    assert reason_words(MailEvent(type_, NOON, words=said or None)) == meaning


def test_our_own_words_are_told_as_they_are_and_good_news_needs_no_reason():
    held = MailEvent(EventType.HELD_BACK, NOON, words="this address is suppressed: bounce")

    assert reason_words(held) == "This address is suppressed: bounce."
    assert [reason_words(MailEvent(type_, NOON)) for type_ in (EventType.QUEUED, EventType.SENT, EventType.DELIVERED)] == [None] * 3


def test_everything_that_keeps_a_mail_from_arriving_has_a_reason():
    good = {EventType.QUEUED, EventType.SENT, EventType.DELIVERED, EventType.NOT_SPAM}

    assert all(reason_words(MailEvent(type_, NOON, words="something")) for type_ in set(EventType) - good)
