"""Suppression: addresses that are no longer written to, and how they come to that (R64)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from duebook.domain.email_activity import MAY_BE_LEFT, EventType, Mail, MailEvent, MailKind

SOFT_BOUNCES_IN_A_ROW = 3
"""The third soft bounce in a row counts as a hard one."""


class SuppressedFor(StrEnum):
    """Why an address is no longer written to."""

    BOUNCE = "bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    PROVIDER = "provider"


REASONS = {
    EventType.HARD_BOUNCE: SuppressedFor.BOUNCE,
    EventType.COMPLAINT: SuppressedFor.COMPLAINT,
    EventType.SUPPRESSED: SuppressedFor.PROVIDER,
}


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """What is known of one address at one tenant.

    Args:
        address: In lower case.
        suppressed_for: Set once it is no longer written to.
        suppressed_at: Since when.
        soft_bounces: Mail ids and times of the soft bounces since the last delivery, oldest first.
        released_at: When staff last released it; what happened before counts no more.
        unsubscribed_at: When somebody there unsubscribed from mails that come by themselves.
        version: Counts the writes of this item; 0 before the first.
    """

    address: str
    suppressed_for: SuppressedFor | None = None
    suppressed_at: datetime | None = None
    soft_bounces: tuple[tuple[str, datetime], ...] = ()
    released_at: datetime | None = None
    unsubscribed_at: datetime | None = None
    version: int = 0

    @property
    def is_listed(self) -> bool:
        """Tell whether some or all mails to it are held back."""
        return self.suppressed_for is not None or self.unsubscribed_at is not None


def after_event(known: AddressRecord, mail: Mail, event: MailEvent) -> AddressRecord | None:
    """Return an address's record after an event of one of its mails, or None when nothing changes.

    The same event again changes nothing, so it may be told any number of times.
    """
    if known.suppressed_for or (known.released_at and event.at <= known.released_at):
        return None
    if event.type in REASONS:
        return replace(known, suppressed_for=REASONS[event.type], suppressed_at=event.at, soft_bounces=())
    if event.type is EventType.DELIVERED:
        kept = tuple((mail_id, at) for mail_id, at in known.soft_bounces if at > event.at)
        return replace(known, soft_bounces=kept) if kept != known.soft_bounces else None
    if event.type is not EventType.SOFT_BOUNCE or mail.key.mail_id in {mail_id for mail_id, _ in known.soft_bounces}:
        return None
    soft = tuple(sorted((*known.soft_bounces, (mail.key.mail_id, event.at)), key=lambda one: (one[1], one[0])))
    if len(soft) >= SOFT_BOUNCES_IN_A_ROW:
        return replace(known, suppressed_for=SuppressedFor.SOFT_BOUNCES, suppressed_at=event.at, soft_bounces=())
    return replace(known, soft_bounces=soft)


def released(known: AddressRecord, now: datetime) -> AddressRecord:
    """Return the record of an address that staff trust again."""
    return AddressRecord(known.address, released_at=now, version=known.version)


def unsubscribed(known: AddressRecord, now: datetime) -> AddressRecord | None:
    """Return the record of an address that wants no more mails that come by themselves, or None when it said so before."""
    return None if known.unsubscribed_at else replace(known, unsubscribed_at=now)


def held_back(known: AddressRecord, kind: MailKind) -> str | None:
    """Say why a mail of a kind does not go to an address, or None when it does."""
    if known.suppressed_for:
        return f"this address is suppressed: {known.suppressed_for.value}"
    if known.unsubscribed_at and kind in MAY_BE_LEFT:
        return "this address has unsubscribed from mails that come by themselves"
    return None
