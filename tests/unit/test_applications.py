from __future__ import annotations

from duebook.domain.applications import net_applications
from duebook.domain.journal import EntryKind, JournalEntry, Line
from tests.builders import NOON


def entry(number: int, kind: EntryKind, *lines: tuple[str, int]) -> JournalEntry:
    made = tuple(Line(invoice_id, invoice_id.upper(), minor) for invoice_id, minor in lines)
    return JournalEntry(f"pay_1.{number}", kind, NOON, "pay_1", sum(line.minor for line in made), lines=made)


def test_r26_what_was_unapplied_no_longer_counts_and_what_was_applied_again_does():
    entries = [
        entry(1, EntryKind.PAYMENT_APPLIED, ("inv_1", 100_00), ("inv_2", 50_00)),
        entry(2, EntryKind.PAYMENT_UNAPPLIED, ("inv_1", 100_00), ("inv_2", 20_00)),
        entry(3, EntryKind.PAYMENT_APPLIED, ("inv_3", 90_00)),
    ]

    assert net_applications(entries) == (Line("inv_2", "INV_2", 30_00), Line("inv_3", "INV_3", 90_00))


def test_reservations_and_captures_apply_nothing():
    entries = [entry(1, EntryKind.PAYMENT_RESERVED, ("inv_1", 100_00)), entry(2, EntryKind.PAYMENT_CAPTURED)]

    assert net_applications(entries) == ()
