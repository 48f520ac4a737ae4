"""Read Email activity: what was sent to whom, and what became of it (R62, R63)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from duebook.domain.email_activity import Mail, MailKind, MailStatus
from duebook.errors import UnprocessableError
from duebook.storage.email_store import EmailStore

MOST_DAYS = 400
MOST_MAILS = 5_000
"""Mails one report looks through; a longer range says so by its cursor."""


@dataclass(frozen=True, slots=True)
class MailFilter:
    """Which mails: days in the tenant's zone, both ends included; None does not ask."""

    first: date
    last: date
    status: MailStatus | None = None
    kind: MailKind | None = None
    customer_id: str | None = None
    address: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class MailPage:
    """Some mails, newest first, and how many of the range stand where, whatever status was asked for."""

    mails: tuple[Mail, ...]
    counts: dict[str, int]
    next_before: str | None


def shown_status(mail: Mail) -> MailStatus:
    """Return the status people see: one being handed over is still Queued."""
    return MailStatus.QUEUED if mail.status is MailStatus.SENDING else mail.status


def read_mails(tenant_id: str, wanted: MailFilter, *, time_zone: str, limit: int, before: str | None, mails: EmailStore) -> MailPage:
    """Read a page of a tenant's mails with counts by status.

    Raises:
        UnprocessableError: The days are in the wrong order, or too many.
    """
    if wanted.last < wanted.first or (wanted.last - wanted.first).days >= MOST_DAYS:
        raise UnprocessableError(f"{wanted.first} to {wanted.last} is not a range of at most {MOST_DAYS} days", field="from")
    zone = ZoneInfo(time_zone)
    start, end = _midnight(wanted.first, zone), _midnight(wanted.last + timedelta(days=1), zone)
    found = [mail for mail in islice(mails.between(tenant_id, start, end), MOST_MAILS) if _fits(mail, wanted)]
    counts = Counter(shown_status(mail).value for mail in found)
    page = list(islice(_page(found, wanted.status, before), limit + 1))
    return MailPage(tuple(page[:limit]), dict(counts), page[limit - 1].key.mail_id if len(page) > limit else None)


def _page(found: list[Mail], status: MailStatus | None, before: str | None) -> Iterator[Mail]:
    for mail in found:
        if (before is None or mail.key.mail_id < before) and (status is None or shown_status(mail) is status):
            yield mail


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _fits(mail: Mail, wanted: MailFilter) -> bool:
    text = wanted.text.strip().casefold()
    return (
        (wanted.kind is None or mail.kind is wanted.kind)
        and (wanted.customer_id is None or mail.customer_id == wanted.customer_id)
        and (wanted.address is None or mail.to.casefold() == wanted.address.strip().casefold())
        and (not text or text in mail.subject.casefold() or text in mail.to.casefold())
    )
