"""Read what happened to one invoice, as the journal of its account has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from duebook.domain.account import AccountKey
from duebook.domain.applications import SIGN
from duebook.domain.invoices import Invoice
from duebook.domain.journal import EntryKind, JournalEntry
from duebook.storage.account_store import AccountStore

MOST_ENTRIES = 20_000
"""Entries of one account that are looked through; the history of a longer one is told up to there."""
ABOUT_INVOICES = frozenset({EntryKind.INVOICE_ISSUED, EntryKind.INVOICE_AMENDED, EntryKind.INVOICE_VOIDED})


@dataclass(frozen=True, slots=True)
class InvoiceStep:
    """One thing that happened to an invoice.

    Args:
        at: When it was posted (UTC).
        kind: What.
        minor: By how much, minor units.
        source_id: The payment or credit memo; the invoice itself for what is about it alone.
        actor: Who did it.
        reason: As the person gave it.
        pay_online: After an amendment.
    """

    at: datetime
    kind: EntryKind
    minor: int
    source_id: str
    actor: str | None
    reason: str | None
    pay_online: bool | None = None


@dataclass(frozen=True, slots=True)
class InvoiceHistory:
    """All steps, oldest first, what each source pays of the invoice now, and whether the journal was longer than is read."""

    steps: tuple[InvoiceStep, ...]
    paid_by: dict[str, int]
    is_cut: bool


def read_invoice_history(tenant_id: str, invoice: Invoice, *, accounts: AccountStore) -> InvoiceHistory:
    """Read the journal of an invoice's account for what touched the invoice."""
    key = AccountKey(tenant_id, invoice.customer_id, invoice.currency)
    steps: list[InvoiceStep] = []
    paid_by: dict[str, int] = {}
    read = 0
    for _, entry in islice(accounts.journal(key), MOST_ENTRIES):
        read += 1
        step = _step(entry, invoice.invoice_id)
        if step is not None:
            steps.append(step)
            sign = SIGN.get(entry.kind, 0)
            paid_by[step.source_id] = paid_by.get(step.source_id, 0) + sign * step.minor
    return InvoiceHistory(tuple(steps), {source: minor for source, minor in paid_by.items() if minor}, read == MOST_ENTRIES)


def _step(entry: JournalEntry, invoice_id: str) -> InvoiceStep | None:
    if entry.kind in ABOUT_INVOICES:
        if entry.source_id != invoice_id:
            return None
        online = entry.items[0].pay_online if entry.kind is EntryKind.INVOICE_AMENDED and entry.items else None
        return InvoiceStep(entry.posted_at, entry.kind, entry.minor, entry.source_id, entry.actor, entry.reason, online)
    minor = sum(line.minor for line in entry.lines if line.invoice_id == invoice_id)
    return InvoiceStep(entry.posted_at, entry.kind, minor, entry.source_id, entry.actor, entry.reason) if minor else None
