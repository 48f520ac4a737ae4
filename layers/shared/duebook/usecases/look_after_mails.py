"""Bring up mails that were left waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duebook.domain.email_activity import CARRY_LINKS, WAITING, EventType, Mail, MailEvent, record, without_token
from duebook.ports import MailQueue
from duebook.storage.email_store import EmailStore

GIVE_UP_AFTER_TRIES = 50
"""With pauses of up to half an hour: after about a day."""
PER_SHARD = 100


@dataclass(frozen=True, slots=True)
class Looked:
    """How many waiting mails were queued again, and how many were given up."""

    queued: int = 0
    given_up: int = 0


def look_after_mails(*, mails: EmailStore, queue: MailQueue, now: datetime, limit: int = PER_SHARD) -> Looked:
    """Queue again each mail that waits though its sender should have taken it.

    A message was lost, a sender crashed, or SES would not take it: each look comes later than the one before, and after about a
    day the mail is given up as Failed.

    Raises:
        TransientError: The queue does not answer; the next tick goes on.
    """
    queued = given_up = 0
    for mark in mails.waiting(now, limit=limit):
        mail = mails.find(mark.key)
        if mail is None or mail.status not in WAITING:
            mails.forget(mark)
        elif mark.tries >= GIVE_UP_AFTER_TRIES:
            _give_up(mail, mails, now)
            given_up += 1
        else:
            queue.put(mark.key)
            mails.look_later(mark, now)
            queued += 1
    return Looked(queued, given_up)


def _give_up(mail: Mail, mails: EmailStore, now: datetime) -> None:
    words = "it could not be handed over for a day" if mail.claimed_at is None else "whether it was handed over is not known"
    text = mails.text(mail.key) if mail.kind in CARRY_LINKS else None
    keep = without_token(text) if text else None
    mails.change(mail.key, lambda known: record(known, MailEvent(EventType.GAVE_UP, now, words=words)), keep=keep)
