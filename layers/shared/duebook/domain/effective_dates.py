"""Effective dates: the day from which a fact counts in ageing, statements and figures of a past day (R61).

An invoice counts from its date and a check from the day it was received, even where both were entered later: that is how a
bookkeeper closes a month. Everything else counts from the day it was booked. What is booked in advance counts at once, so that
figures as of today are always those of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

from duebook.domain.journal import EntryKind, JournalEntry


@dataclass(frozen=True, slots=True)
class Dated:
    """A journal entry and the day from which it counts, in the tenant's zone."""

    on: date
    entry: JournalEntry


def by_effective_date(entries: Iterable[JournalEntry], zone: ZoneInfo) -> list[Dated]:
    """Sort a journal by effective dates; entries of one day keep their order.

    No fact goes before an earlier one about the same invoice or payment, so the entries can be replayed in the new order, up to any day.

    Args:
        entries: A whole journal, ascending.
        zone: The tenant's.
    """
    latest: dict[str, date] = {}
    promised: dict[str, set[str]] = {}
    came: dict[str, tuple[datetime, date]] = {}
    found = []
    for entry in entries:
        booked = entry.posted_at.astimezone(zone).date()
        invoices = {line.invoice_id for line in entry.lines} | {item.invoice_id for item in entry.items}
        about = {entry.source_id} | invoices | promised.get(entry.source_id, set())
        on = max([min(_own_date(entry, came) or booked, booked), *(latest[one] for one in about if one in latest)])
        latest.update(dict.fromkeys(about, on))
        if entry.kind is EntryKind.PAYMENT_RESERVED:
            promised[entry.source_id] = invoices
        if entry.kind in {EntryKind.PAYMENT_CAPTURED, EntryKind.CREDIT_MEMO_ISSUED}:
            came[entry.source_id] = entry.posted_at, on
        found.append(Dated(on, entry))
    return sorted(found, key=lambda one: one.on)


def effective_by(entries: Iterable[JournalEntry], day: date, zone: ZoneInfo) -> Sequence[JournalEntry]:
    """Return the entries of a whole journal that count at the end of a day, in the order in which they can be replayed (R61)."""
    return [one.entry for one in takewhile(lambda one: one.on <= day, by_effective_date(entries, zone))]


def _own_date(entry: JournalEntry, came: dict[str, tuple[datetime, date]]) -> date | None:
    """Return the date that a fact has of itself; what a payment paid when it was entered has the payment's."""
    match entry.kind:
        case EntryKind.INVOICE_ISSUED:
            return min((item.invoice_on for item in entry.items), default=None)
        case EntryKind.PAYMENT_APPLIED:
            posted_at, on = came.get(entry.source_id, (None, None))
            return on if posted_at == entry.posted_at and entry.reason is None else None
        case _:
            return entry.on
