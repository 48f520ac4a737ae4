"""What staff pages say about an invoice: status, history, what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.identifiers import PAYMENT_PREFIX
from duebook.domain.invoices import InvoiceStatus
from duebook.domain.journal import EntryKind
from duebook.domain.money import Money, decimal_text
from duebook.usecases.read_invoice_history import InvoiceHistory, InvoiceStep
from duebook.usecases.read_invoices import InvoiceFigures
from duebook.web.pages import Formats
from duebook.web.payment_words import actor_words

STATUSES: Mapping[InvoiceStatus, tuple[str, str]] = {
    InvoiceStatus.DRAFT: ("Draft", ""),
    InvoiceStatus.UNPAID: ("Unpaid", ""),
    InvoiceStatus.OVERDUE: ("Overdue", "danger"),
    InvoiceStatus.PAID: ("Paid", "ok"),
    InvoiceStatus.VOID: ("Void", "warn"),
}
"""Words and tone of each status, in the order of the chips."""
CSV_NAMES = (
    "customer_id",
    "invoice_id",
    "number",
    "status",
    "invoice_date",
    "due_date",
    "currency",
    "total",
    "open",
    "pay_online",
    "parent_id",
)
DONE: Mapping[str, str] = {
    "voided": "The invoice is void. Nothing is owed for it any more.",
    "online": "The invoice can be paid online now.",
    "offline": "The invoice can no longer be paid online.",
}
STEPS: Mapping[EntryKind, str] = {
    EntryKind.INVOICE_ISSUED: "Issued over {amount}",
    EntryKind.INVOICE_VOIDED: "Voided",
    EntryKind.PAYMENT_RESERVED: "{amount} reserved for a payment under way",
    EntryKind.PAYMENT_RELEASED: "{amount} no longer reserved",
    EntryKind.PAYMENT_APPLIED: "{amount} applied",
    EntryKind.PAYMENT_UNAPPLIED: "{amount} un-applied",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One step of an invoice's history in words; ``payment_id`` is the payment it came from, if one."""

    at: datetime
    words: str
    detail: str
    by: str
    payment_id: str = ""
    memo_id: str = ""


def history_words(history: InvoiceHistory, invoice_id: str, currency: str, names: Mapping[str, str], formats: Formats) -> list[Told]:
    """Tell an invoice's history, oldest first."""
    return [_told(step, invoice_id, currency, names, formats) for step in history.steps]


def why_no_void(figures: InvoiceFigures, paid_by: Mapping[str, int], formats: Formats) -> str:
    """Say why an invoice cannot be voided now; empty when it can (R8)."""
    if figures.status is InvoiceStatus.VOID:
        return "It is void already."
    live = [child for child in figures.children if child.status is not InvoiceStatus.VOID]
    if live:
        return f"It bundles {formats.count(len(live))} invoices that are not void. Void these first."
    if paid_by:
        amount = formats.money(sum(paid_by.values()), figures.invoice.currency)
        return f"{amount} of it is paid. Un-apply that on the payments below first; then it can be voided."
    return ""


def why_no_switch(figures: InvoiceFigures) -> str:
    """Say why paying online cannot be switched; empty when it can."""
    if figures.invoice.multi_site:
        return "A multi-site invoice is paid through its children; switch it there."
    if figures.status not in {InvoiceStatus.UNPAID, InvoiceStatus.OVERDUE, InvoiceStatus.DRAFT}:
        return "Nothing of it can be paid any more."
    return ""


def csv_row(figures: InvoiceFigures) -> tuple[object, ...]:
    """Write an invoice as a row of a file: exact amounts, days as YYYY-MM-DD."""
    invoice = figures.invoice
    return (
        invoice.customer_id,
        invoice.invoice_id,
        invoice.number,
        figures.status.value,
        invoice.invoice_on.isoformat(),
        invoice.due_on.isoformat(),
        invoice.currency,
        decimal_text(Money(figures.total, invoice.currency)),
        decimal_text(Money(figures.open_balance, invoice.currency)),
        "yes" if invoice.pay_online else "no",
        invoice.parent_id or "",
    )


def _told(step: InvoiceStep, invoice_id: str, currency: str, names: Mapping[str, str], formats: Formats) -> Told:
    if step.kind is EntryKind.INVOICE_AMENDED:
        words = "Can be paid online" if step.pay_online else "Can no longer be paid online"
    else:
        words = STEPS.get(step.kind, step.kind.value).format(amount=formats.money(step.minor, currency))
    detail = f"Reason: {step.reason}" if step.reason else ""
    by = actor_words(step.actor, names)
    if step.source_id == invoice_id:
        return Told(step.at, words, detail, by)
    is_payment = step.source_id.startswith(PAYMENT_PREFIX)
    return Told(step.at, words, detail, by, step.source_id if is_payment else "", "" if is_payment else step.source_id)
