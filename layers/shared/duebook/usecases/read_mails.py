"""Read Email activity: what was sent to whom, and what became of it (R62, R63)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from duebook.domain.email_activity import Mail, MailKind, MailStatus, shown_status
from duebook.errors import UnprocessableError
from duebook.storage.email_store import CHUNK, EmailStore, Shelf, of_one_customer, of_one_status, to_one_address

MOST_DAYS = 400
MOST_LOOKED_AT = 1_000
"""Mails one request looks at to fill its page; then it stops where it is, and says by its cursor that more may follow."""


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
    """Some mails, newest first, and how many of the range stand where, whatever status was asked for.

    Args:
        mails: At most as many as were asked for; fewer where the search stopped on its way.
        counts: By shown status.
        by_day: By day of the tenant's zone, then by status; days without mails are left out.
        next_before: Where the next page begins; None at the end. A page may be short, even empty, and yet have one.
        counts_leave_out: Filters that the counts do not follow, by their names in the API.
    """

    mails: tuple[Mail, ...]
    counts: dict[str, int]
    by_day: dict[date, dict[str, int]]
    next_before: str | None
    counts_leave_out: tuple[str, ...] = ()


def read_mails(tenant_id: str, wanted: MailFilter, *, time_zone: str, limit: int, before: str | None, mails: EmailStore) -> MailPage:
    """Read a page of a tenant's mails with counts by status and day.

    Counts come from the counters of each day, so they cost the same however many mails there are. A customer's or an address's
    mails are few and are counted as they are read.

    Raises:
        UnprocessableError: The days are in the wrong order, or too many.
    """
    if wanted.last < wanted.first or (wanted.last - wanted.first).days >= MOST_DAYS:
        raise UnprocessableError(f"{wanted.first} to {wanted.last} is not a range of at most {MOST_DAYS} days", field="from")
    zone = ZoneInfo(time_zone)
    whole = _midnight(wanted.first, zone), _midnight(wanted.last + timedelta(days=1), zone)
    if wanted.customer_id or wanted.address:
        return _of_few(tenant_id, wanted, whole, zone, limit, before, mails)
    # A day more on both sides, which tells whether the business was in another zone then: its borders were others.
    counted = mails.counts(tenant_id, wanted.first - timedelta(days=1), wanted.last + timedelta(days=1))
    counts = [one for one in counted.counts if wanted.first <= one.day <= wanted.last and wanted.kind in {None, one.kind}]
    by_day: dict[date, Counter[str]] = {}
    for one in counts:
        by_day.setdefault(one.day, Counter())[one.status.value] += one.number
    days = sorted({one.day for one in counts if wanted.status in {None, one.status}})
    shelf = of_one_status(tenant_id, wanted.status) if wanted.status and wanted.status is not MailStatus.DELIVERED else None
    # The few that did not arrive stand together, whatever their days.
    spans = [whole] if counted.zones - {time_zone} or (shelf and days) else _spans(days, zone)
    asks_more = bool(wanted.text.strip() or wanted.kind or (wanted.status and shelf is None))
    chunk = CHUNK if asks_more else limit + 1
    rows = (mail for start, end in spans for mail in mails.between(tenant_id, start, end, before=before, by=shelf, chunk=chunk))
    page, following = _page(rows, wanted, limit)
    return MailPage(page, *_summed(by_day), following, ("q",) if wanted.text.strip() else ())


def _of_few(
    tenant_id: str, wanted: MailFilter, whole: tuple[datetime, datetime], zone: ZoneInfo, limit: int, before: str | None, mails: EmailStore
) -> MailPage:
    """Read and count the mails of a customer or to an address, as many as one request looks at."""
    shelf = _shelf(tenant_id, wanted)
    newest = list(islice(mails.between(tenant_id, *whole, by=shelf), MOST_LOOKED_AT + 1))
    by_day: dict[date, Counter[str]] = {}
    for mail in newest[:MOST_LOOKED_AT]:
        if _fits(mail, replace(wanted, status=None)):
            by_day.setdefault(mail.created_at.astimezone(zone).date(), Counter())[shown_status(mail).value] += 1
    rows = newest if before is None else mails.between(tenant_id, *whole, before=before, by=shelf, chunk=limit + 1)
    page, following = _page(rows, wanted, limit)
    return MailPage(page, *_summed(by_day), following, ("older",) if len(newest) > MOST_LOOKED_AT else ())


def _shelf(tenant_id: str, wanted: MailFilter) -> Shelf:
    if wanted.address:
        return to_one_address(tenant_id, wanted.address)
    return of_one_customer(tenant_id, wanted.customer_id or "")


def _page(rows: Iterable[Mail], wanted: MailFilter, limit: int) -> tuple[tuple[Mail, ...], str | None]:
    """Take a page's mails from rows, newest first, and tell where the next one begins."""
    found: list[Mail] = []
    last: str | None = None
    for looked_at, mail in enumerate(rows):
        if len(found) == limit and _fits(mail, wanted):
            return tuple(found), found[-1].key.mail_id
        if looked_at == MOST_LOOKED_AT:
            return tuple(found), last
        if _fits(mail, wanted):
            found.append(mail)
        last = mail.key.mail_id
    return tuple(found), None


def _spans(days: list[date], zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Join days that follow each other; the newest first."""
    if not days:
        return []
    firsts = [days[0], *(after for before, after in pairwise(days) if (after - before).days > 1)]
    lasts = [*(before for before, after in pairwise(days) if (after - before).days > 1), days[-1]]
    joined = zip(firsts, lasts, strict=True)
    return [(_midnight(first, zone), _midnight(last + timedelta(days=1), zone)) for first, last in reversed(list(joined))]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _fits(mail: Mail, wanted: MailFilter) -> bool:
    text = wanted.text.strip().casefold()
    return (
        wanted.status in {None, shown_status(mail)}
        and wanted.kind in {None, mail.kind}
        and wanted.customer_id in {None, mail.customer_id}
        and (not wanted.address or mail.to.casefold() == wanted.address.strip().casefold())
        and (not text or text in mail.subject.casefold() or text in mail.to.casefold())
    )


def _summed(by_day: Mapping[date, Counter[str]]) -> tuple[dict[str, int], dict[date, dict[str, int]]]:
    return dict(sum(by_day.values(), Counter[str]())), {day: dict(counter) for day, counter in sorted(by_day.items())}
