"""What a payment or credit memo pays now: its applications less what was un-applied."""

from __future__ import annotations

from collections.abc import Iterable

from duebook.domain.journal import EntryKind, JournalEntry, Line

SIGN = {EntryKind.PAYMENT_APPLIED: 1, EntryKind.PAYMENT_UNAPPLIED: -1}


def net_applications(entries: Iterable[JournalEntry]) -> tuple[Line, ...]:
    """Add up applications by invoice, in the order they were first applied; what is un-applied whole is left out.

    Args:
        entries: Of one payment or credit memo, ascending; kinds other than applied and un-applied count nothing.
    """
    sums: dict[str, int] = {}
    numbers: dict[str, str] = {}
    for entry in entries:
        for line in entry.lines:
            sums[line.invoice_id] = sums.get(line.invoice_id, 0) + SIGN.get(entry.kind, 0) * line.minor
            numbers[line.invoice_id] = line.number
    return tuple(Line(invoice_id, numbers[invoice_id], minor) for invoice_id, minor in sums.items() if minor)
