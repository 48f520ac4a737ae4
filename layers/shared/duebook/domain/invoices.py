"""Invoices as documents: what was billed. What is still open stands in the account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from duebook.domain.account import Account, find_open_item
from duebook.domain.money import MAX_MINOR
from duebook.domain.open_items import OpenItem
from duebook.errors import ConflictError, UnprocessableError


class InvoiceStatus(StrEnum):
    """What people see (R1)."""

    DRAFT = "draft"
    UNPAID = "unpaid"
    OVERDUE = "overdue"
    PAID = "paid"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line: text, quantity (up to four decimals) and unit price in minor units; negative for a discount."""

    description: str
    quantity: Decimal
    unit_price: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as issued. It does not change when money is applied.

    Args:
        invoice_id: The caller's id, unique in the tenant.
        customer_id: Who owes it.
        number: As printed.
        invoice_on: Invoice date.
        due_on: Due date; the invoice date where none was given (R3).
        currency: ISO 4217.
        lines: Empty for a multi-site parent.
        tax: Minor units.
        pay_online: R2.
        site_id: The site served.
        parent_id: The multi-site invoice that bundles it.
        multi_site: Whether it is a parent itself (R6).
        children: Ids of a parent's children, in the order they came.
        draft: Not posted yet.
        void_reason: Set once it is void.
        version: Counts the writes of this item.
    """

    invoice_id: str
    customer_id: str
    number: str
    invoice_on: date
    due_on: date
    currency: str
    lines: tuple[InvoiceLine, ...] = ()
    tax: int = 0
    pay_online: bool = True
    site_id: str | None = None
    parent_id: str | None = None
    multi_site: bool = False
    children: tuple[str, ...] = ()
    draft: bool = False
    void_reason: str | None = None
    version: int = 0


def line_amount(line: InvoiceLine) -> int:
    """Return quantity times unit price, rounded half up to the minor unit."""
    return int((line.quantity * line.unit_price).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def invoice_total(invoice: Invoice) -> int:
    """Add up lines and tax (minor units); 0 for a multi-site parent, whose children carry the money."""
    return sum(line_amount(line) for line in invoice.lines) + invoice.tax


def open_item_of(invoice: Invoice) -> OpenItem | None:
    """Return the open item an invoice starts as, or None for a total of zero and for parents.

    Raises:
        UnprocessableError: The total is negative or too large.
    """
    total = invoice_total(invoice)
    if not 0 <= total <= MAX_MINOR:
        raise UnprocessableError(f"the total of {total} is not between 0 and {MAX_MINOR}", field="lines")
    if total == 0 or invoice.multi_site:
        return None
    return OpenItem(
        invoice.invoice_id,
        invoice.number,
        invoice.invoice_on,
        invoice.due_on,
        total,
        invoice.pay_online,
        invoice.site_id,
        invoice.parent_id,
    )


def status_of(invoice: Invoice, account: Account, today: date, *, children: tuple[OpenItem, ...] = ()) -> InvoiceStatus:
    """Tell the status people see (R1, R3).

    Args:
        invoice: The document.
        account: Its account; Paid means posted, not void and not among the open items.
        today: In the tenant's zone.
        children: For a multi-site parent, its children's open items (R6).
    """
    if invoice.void_reason is not None:
        return InvoiceStatus.VOID
    if invoice.draft:
        return InvoiceStatus.DRAFT
    item = find_open_item(account, invoice.invoice_id)
    still_open = children if invoice.multi_site else ((item,) if item else ())
    if not still_open:
        # A parent that waits for its first child owes nothing yet, but is not settled either.
        return InvoiceStatus.UNPAID if invoice.multi_site and not invoice.children else InvoiceStatus.PAID
    return InvoiceStatus.OVERDUE if invoice.due_on < today else InvoiceStatus.UNPAID


def amended(stored: Invoice, wanted: Invoice) -> Invoice | None:
    """Return the invoice after a repeated PUT, or None when it says nothing new.

    Once posted only the pay-online flag and the line texts may differ.

    Raises:
        ConflictError: Posted figures would change, or the invoice is void.
    """
    wanted = replace(wanted, version=stored.version, children=stored.children, void_reason=stored.void_reason)
    if wanted == stored:
        return None
    if stored.void_reason is not None:
        raise ConflictError(f"invoice {stored.invoice_id} is void")
    if stored.draft:
        return wanted
    if _figures(wanted) != _figures(stored):
        raise ConflictError(f"invoice {stored.invoice_id} is posted; only pay_online and texts may change")
    return wanted


def check_parent(child: Invoice, parent: Invoice | None) -> None:
    """Check that a child fits the multi-site invoice it names (R6).

    Raises:
        UnprocessableError: No such parent, of another customer, currency or due date, void, or no multi-site invoice.
    """
    if child.parent_id is None:
        return
    if child.multi_site:
        raise UnprocessableError("a multi-site invoice has no parent", field="parent_id")
    if parent is None or parent.customer_id != child.customer_id:
        raise UnprocessableError(f"no multi-site invoice {child.parent_id} of this customer", field="parent_id")
    if not parent.multi_site or parent.void_reason is not None or parent.draft:
        raise UnprocessableError(f"invoice {child.parent_id} is not a posted multi-site invoice", field="parent_id")
    if parent.currency != child.currency:
        raise UnprocessableError(f"invoice {child.parent_id} is in {parent.currency}", field="currency")
    if parent.due_on != child.due_on:
        raise UnprocessableError(f"invoice {child.parent_id} is due on {parent.due_on}", field="due_date")


def _figures(invoice: Invoice) -> Invoice:
    plain = tuple(replace(line, description="") for line in invoice.lines)
    return replace(invoice, lines=plain, pay_online=True)
