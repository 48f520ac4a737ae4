"""How journal entries and snapshots stand in the tables: compact JSON, short names, fixed order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from duebook.domain.account import Reservation
from duebook.domain.journal import EntryKind, JournalEntry, Line, Posting
from duebook.domain.open_items import OpenItem
from duebook.storage.dynamo import compact

CUT_OFF: list[Any] = [1, None, None]
FIRST_CUT = 5
"""An item's row ends in pay_online, site and parent; from the fifth place on what is as here is left out."""


def item_row(item: OpenItem) -> list[Any]:
    """Write an open item as ``[id, number, invoiced, due, open, pay_online, site, parent]``, empty ends cut off."""
    row: list[Any] = [item.invoice_id, item.number, item.invoice_on.isoformat(), item.due_on.isoformat(), item.open_minor]
    tail: list[Any] = [int(item.pay_online), item.site_id, item.parent_id]
    while tail and tail[-1] in (None, 1):
        tail.pop()
    return row + tail


def item_of(row: list[Any]) -> OpenItem:
    """Read an open item's row."""
    invoice_id, number, invoice_on, due_on, minor, pay_online, site_id, parent_id = [*row, *CUT_OFF[len(row) - FIRST_CUT :]]
    return OpenItem(
        invoice_id, number, date.fromisoformat(invoice_on), date.fromisoformat(due_on), minor, bool(pay_online), site_id, parent_id
    )


def segment_text(items: list[OpenItem]) -> str:
    """Write a segment of open items."""
    return compact([item_row(item) for item in items])


def segment_items(text: str) -> list[OpenItem]:
    """Read a segment of open items."""
    return [item_of(row) for row in json.loads(text)]


def due_text(items: Iterable[OpenItem]) -> str:
    """Write open balances by due date as ``[oldest date, days after it, minor, days after it, minor, …]``; empty without open items."""
    sums: dict[date, int] = {}
    for item in items:
        sums[item.due_on] = sums.get(item.due_on, 0) + item.open_minor
    if not sums:
        return "[]"
    oldest = min(sums)
    return compact([oldest.isoformat(), *(number for day in sorted(sums) for number in ((day - oldest).days, sums[day]))])


def due_of(text: str) -> tuple[tuple[date, int], ...]:
    """Read open balances by due date, oldest first."""
    oldest, *pairs = json.loads(text) or ["0001-01-01"]
    first = date.fromisoformat(oldest)
    return tuple((first + timedelta(days=days), minor) for days, minor in zip(pairs[::2], pairs[1::2], strict=True))


def reservations_text(reservations: tuple[Reservation, ...], numbers: Mapping[str, str]) -> str:
    """Write what payments under way have reserved as ``[[payment, invoice, minor, invoice, minor, …], …]``.

    The head of an account is rewritten with each payment, and a write is paid for by the started KB: no bracket is spent on a line.

    Args:
        reservations: In the order they were made.
        numbers: Invoice numbers of the open items; a line on any other invoice (voided meanwhile) is a list, and carries its number.
    """
    return compact([[held.payment_id, *(part for line in held.lines for part in _reserved_parts(line, numbers))] for held in reservations])


def reservations_of(text: str, numbers: Mapping[str, str]) -> tuple[Reservation, ...]:
    """Read reservations; ``numbers`` are the invoice numbers of the open items."""
    return tuple(Reservation(payment_id, tuple(_reserved_lines(parts, numbers))) for payment_id, *parts in json.loads(text))


def _reserved_parts(line: Line, numbers: Mapping[str, str]) -> tuple[object, ...]:
    return (line.invoice_id, line.minor) if line.invoice_id in numbers else ([line.invoice_id, line.minor, line.number],)


def _reserved_lines(parts: list[Any], numbers: Mapping[str, str]) -> Iterator[Line]:
    if parts and isinstance(parts[0], list) and (not parts[0] or isinstance(parts[0][0], list)):
        # A head written before lines lost their brackets: one list of all lines.
        parts = [part for row in parts[0] for part in (row if len(row) == 2 else [row])]  # noqa: PLR2004 - invoice and amount
    left = iter(parts)
    for part in left:
        if isinstance(part, str):
            yield Line(part, numbers.get(part, ""), next(left))
        else:
            invoice_id, minor, number = part
            yield Line(invoice_id, number, minor)


def entry_doc(entry: JournalEntry) -> dict[str, Any]:
    """Write a journal entry; empty parts are left out."""
    doc: dict[str, Any] = {
        "id": entry.id,
        "kind": entry.kind.value,
        "at": entry.posted_at.isoformat(),
        "source": entry.source_id,
        "minor": entry.minor,
        "postings": [[posting.account, posting.minor] for posting in entry.postings],
        "lines": [[line.invoice_id, line.number, line.minor] for line in entry.lines],
        "items": [item_row(item) for item in entry.items],
        "reason": entry.reason,
        "actor": entry.actor,
        "on": entry.on.isoformat() if entry.on else None,
    }
    return {name: value for name, value in doc.items() if value not in ([], None)}


def entry_of(doc: dict[str, Any]) -> JournalEntry:
    """Read a journal entry."""
    return JournalEntry(
        id=doc["id"],
        kind=EntryKind(doc["kind"]),
        posted_at=datetime.fromisoformat(doc["at"]),
        source_id=doc["source"],
        minor=doc["minor"],
        postings=tuple(Posting(account, minor) for account, minor in doc.get("postings", ())),
        lines=tuple(Line(invoice_id, number, minor) for invoice_id, number, minor in doc.get("lines", ())),
        items=tuple(item_of(row) for row in doc.get("items", ())),
        reason=doc.get("reason"),
        actor=doc.get("actor"),
        on=date.fromisoformat(doc["on"]) if "on" in doc else None,
    )
