"""Read invoices with what became of them: status, open balance, what is reserved, a parent's children."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from duebook.domain.account import Account, AccountKey, find_open_item, reserved_by_invoice
from duebook.domain.directory import Site
from duebook.domain.invoices import Invoice, InvoiceStatus, invoice_total, status_of
from duebook.domain.open_items import OpenItem
from duebook.storage.invoice_store import InvoiceStore
from duebook.usecases.books import Books
from duebook.usecases.read_account import read_accounts

LOOKED_AT = 1_000
"""Most invoices one call of a filtered list looks through; the cursor goes on from there."""


@dataclass(frozen=True, slots=True)
class InvoiceFigures:
    """An invoice and its figures as of now (minor units); a multi-site parent's are those of its children (R6)."""

    invoice: Invoice
    status: InvoiceStatus
    total: int
    open_balance: int
    reserved: int
    site: Site | None = None
    children: tuple[InvoiceFigures, ...] = ()


def read_invoice(tenant_id: str, invoice_id: str, today: date, *, books: Books) -> InvoiceFigures:
    """Read one invoice of a tenant with its figures.

    Raises:
        NotFoundError: No such invoice.
    """
    invoice = books.invoices.required(tenant_id, invoice_id)
    account = books.accounts.read(AccountKey(tenant_id, invoice.customer_id, invoice.currency)).account
    children = books.invoices.many(tenant_id, invoice.customer_id, invoice.children) if invoice.children else {}
    named = {one.site_id for one in (invoice, *children.values()) if one.site_id}
    found = {site_id: books.directory.site(tenant_id, invoice.customer_id, site_id) for site_id in sorted(named)}
    sites = {site_id: site for site_id, site in found.items() if site}
    return figures_of(invoice, account, today, children, sites)


def read_invoices(
    tenant_id: str,
    customer_id: str,
    today: date,
    *,
    statuses: frozenset[InvoiceStatus],
    limit: int,
    after: str | None,
    books: Books,
) -> tuple[list[InvoiceFigures], str | None]:
    """Read a page of a customer's invoices in the order of their ids, all or those of some statuses.

    Returns:
        The invoices, and where the next page begins (None at the end). A filtered page may be short and still go on.

    Raises:
        NotFoundError: No such customer.
    """
    customer = books.directory.customer(tenant_id, customer_id)
    by_currency = {account.key.currency: account for account in read_accounts(tenant_id, customer, accounts=books.accounts)}
    sites = {site.site_id: site for site in books.directory.sites(tenant_id, customer_id)}
    found: list[InvoiceFigures] = []
    last = after
    read = islice(books.invoices.of_customer(tenant_id, customer_id, after=after), LOOKED_AT + 1)
    for number, invoice in enumerate(read):
        if len(found) == limit or number == LOOKED_AT:
            return _with_children(tenant_id, found, by_currency, today, sites, books.invoices), last
        account = by_currency.get(invoice.currency) or Account(AccountKey(tenant_id, customer_id, invoice.currency))
        figures = figures_of(invoice, account, today, {}, sites)
        if not statuses or figures.status in statuses:
            found.append(figures)
        last = invoice.invoice_id
    return _with_children(tenant_id, found, by_currency, today, sites, books.invoices), None


def _with_children(
    tenant_id: str,
    found: Sequence[InvoiceFigures],
    accounts: Mapping[str, Account],
    today: date,
    sites: Mapping[str, Site],
    invoices: InvoiceStore,
) -> list[InvoiceFigures]:
    """Add the children of the parents among some invoices, in one read for all of them."""
    wanted = [child_id for one in found for child_id in one.invoice.children]
    if not wanted:
        return list(found)
    children = invoices.many(tenant_id, found[0].invoice.customer_id, wanted)
    return [
        figures_of(one.invoice, accounts[one.invoice.currency], today, children, sites) if one.invoice.children else one for one in found
    ]


def figures_of(
    invoice: Invoice, account: Account, today: date, children: Mapping[str, Invoice], sites: Mapping[str, Site]
) -> InvoiceFigures:
    """Return an invoice with its figures, from its account and the documents of its children and site."""
    site = sites.get(invoice.site_id or "")
    if not invoice.multi_site:
        open_minor = _open(account, [invoice.invoice_id])
        reserved = min(open_minor, reserved_by_invoice(account).get(invoice.invoice_id, 0))
        return InvoiceFigures(invoice, status_of(invoice, account, today), invoice_total(invoice), open_minor, reserved, site)
    items = tuple(item for item in account.open_items if item.parent_id == invoice.invoice_id)
    below = tuple(figures_of(children[one], account, today, {}, sites) for one in invoice.children if one in children)
    reserved_of = reserved_by_invoice(account)
    return InvoiceFigures(
        invoice,
        status_of(invoice, account, today, children=items),
        sum(child.total for child in below if child.status is not InvoiceStatus.VOID),
        sum(item.open_minor for item in items),
        sum(min(item.open_minor, reserved_of.get(item.invoice_id, 0)) for item in items),
        site,
        below,
    )


def _open(account: Account, invoice_ids: Iterable[str]) -> int:
    items: list[OpenItem | None] = [find_open_item(account, invoice_id) for invoice_id in invoice_ids]
    return sum(item.open_minor for item in items if item)
