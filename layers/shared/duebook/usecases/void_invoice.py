"""Void invoices: taken back whole, with a reason, for good (R8)."""

from __future__ import annotations

from dataclasses import replace

from duebook.domain.account import AccountKey
from duebook.domain.decisions import VoidInvoice, decide
from duebook.domain.invoices import Invoice, invoice_total
from duebook.errors import ConflictError
from duebook.storage.account_store import Plan
from duebook.usecases.issue_invoice import TRIES, InvoiceDesk


def void_invoice(tenant_id: str, invoice_id: str, reason: str, desk: InvoiceDesk) -> Invoice:
    """Void an invoice; one that is void stays as it is.

    A draft has posted nothing and is only marked. A multi-site parent carries no money: its children must be void first.

    Raises:
        NotFoundError: No such invoice of this tenant.
        ConflictError: It has money applied, or it is a parent with live children.
    """
    for _ in range(TRIES):
        invoice = desk.invoices.required(tenant_id, invoice_id)
        if invoice.void_reason is not None:
            return invoice
        _check_children(tenant_id, invoice, desk)
        after = replace(invoice, void_reason=reason)
        try:
            _write(tenant_id, after, desk)
        except ConflictError:
            if desk.invoices.required(tenant_id, invoice_id).version == invoice.version:
                raise
            # The document changed meanwhile: look again.
            continue
        return replace(after, version=invoice.version + 1)
    raise ConflictError(f"invoice {invoice_id} kept changing")


def _check_children(tenant_id: str, invoice: Invoice, desk: InvoiceDesk) -> None:
    children = desk.invoices.many(tenant_id, invoice.customer_id, invoice.children) if invoice.children else {}
    live = [child.invoice_id for child in children.values() if child.void_reason is None]
    if live:
        raise ConflictError(f"invoice {invoice.invoice_id} bundles {len(live)} invoices that are not void, such as {min(live)}")


def _write(tenant_id: str, after: Invoice, desk: InvoiceDesk) -> None:
    if after.draft or after.multi_site:
        desk.invoices.save(tenant_id, after)
        return
    command = VoidInvoice(after.invoice_id, invoice_total(after), after.void_reason or "")
    writes = (desk.invoices.changed(tenant_id, after),)
    desk.accounts.change(
        AccountKey(tenant_id, after.customer_id, after.currency),
        lambda account: Plan((decide(account, command, posted_at=desk.now, actor=desk.actor),), writes),
    )
