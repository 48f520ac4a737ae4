"""Read what a customer can see in the portal: open invoices, oldest first, single-site or multi-site (R7, R20, R30 to R33)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from duebook.domain.account import Account, AccountKey, reserved_by_invoice
from duebook.domain.allocation import available
from duebook.domain.directory import Site
from duebook.domain.invoices import Invoice, invoice_total
from duebook.domain.open_items import OpenItem, is_overdue, natural_key
from duebook.domain.portal_access import ContactCaller
from duebook.errors import NotFoundError
from duebook.usecases.books import Books


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An open invoice as its customer sees it. Figures are minor units; a parent's are those of its open children (R6).

    Args:
        payable: What can be paid online now: zero when it is not payable online, or wholly reserved.
    """

    invoice_id: str
    number: str
    multi_site: bool
    overdue: bool
    invoice_on: date
    due_on: date
    currency: str
    total: int
    open_balance: int
    reserved: int
    pay_online: bool
    payable: int
    site: Site | None = None
    children: tuple[OpenInvoice, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenInvoicePage:
    """Some of a customer's open invoices, how many there are in all, and where the next page begins (None at the end)."""

    items: tuple[OpenInvoice, ...]
    count: int
    next_cursor: str | None


def read_open_invoices(
    caller: ContactCaller, currency: str, today: date, *, multi_site: bool, text: str, limit: int, after: str | None, books: Books
) -> OpenInvoicePage:
    """Read a page of a customer's open invoices in one currency.

    Args:
        caller: Whose.
        currency: ISO 4217.
        today: In the tenant's zone.
        multi_site: The parents with their children, or else the single-site invoices.
        text: Only those whose number or site holds it, capitals or not; empty for all.
        limit: Most items.
        after: Id of the last item of the page before.
        books: Where to read.

    Raises:
        NotFoundError: The page before ended at an invoice that is not open any more.
    """
    account = books.accounts.read(AccountKey(caller.tenant_id, caller.customer_id, currency)).account
    sites = {site.site_id: site for site in books.directory.sites(caller.tenant_id, caller.customer_id)}
    groups = _families(account) if multi_site else [(item.invoice_id, [item]) for item in account.open_items if item.parent_id is None]
    parents = books.invoices.many(caller.tenant_id, caller.customer_id, [one for one, _ in groups]) if multi_site else {}
    if multi_site:
        groups.sort(key=lambda group: _parent_key(parents[group[0]]))
    found = [(one, items) for one, items in groups if _has(text, items, parents.get(one), sites)]
    begin = _after(found, after)
    page = found[begin : begin + limit]
    wanted = [item.invoice_id for _, items in page for item in items]
    documents = books.invoices.many(caller.tenant_id, caller.customer_id, wanted)
    reserved = reserved_by_invoice(account)
    shown = {item.invoice_id: _single(item, documents[item.invoice_id], sites, reserved, today) for _, items in page for item in items}
    items = tuple(_parent(parents[one], [shown[item.invoice_id] for item in below]) if multi_site else shown[one] for one, below in page)
    return OpenInvoicePage(items, len(found), page[-1][0] if begin + limit < len(found) else None)


def _families(account: Account) -> list[tuple[str, list[OpenItem]]]:
    families: dict[str, list[OpenItem]] = {}
    for item in account.open_items:
        if item.parent_id is not None:
            families.setdefault(item.parent_id, []).append(item)
    return list(families.items())


def _parent_key(parent: Invoice) -> tuple[object, ...]:
    return (parent.invoice_on, parent.due_on, natural_key(parent.number), parent.invoice_id)


def _has(text: str, items: Iterable[OpenItem], parent: Invoice | None, sites: Mapping[str, Site]) -> bool:
    if not text:
        return True
    named = [item.number for item in items] + ([parent.number] if parent else [])
    places = [site for item in items if (site := sites.get(item.site_id or ""))]
    wanted = text.casefold()
    return any(wanted in one.casefold() for one in [*named, *(part for site in places for part in (site.name, site.number))])


def _after(found: Sequence[tuple[str, list[OpenItem]]], after: str | None) -> int:
    if after is None:
        return 0
    at = next((place for place, (one, _) in enumerate(found) if one == after), None)
    if at is None:
        raise NotFoundError("The list changed since it was opened. Load it again.")
    return at + 1


def _single(item: OpenItem, invoice: Invoice, sites: Mapping[str, Site], reserved: Mapping[str, int], today: date) -> OpenInvoice:
    return OpenInvoice(
        item.invoice_id,
        item.number,
        multi_site=False,
        overdue=is_overdue(item, today),
        invoice_on=item.invoice_on,
        due_on=item.due_on,
        currency=invoice.currency,
        total=invoice_total(invoice),
        open_balance=item.open_minor,
        reserved=min(item.open_minor, reserved.get(item.invoice_id, 0)),
        pay_online=item.pay_online,
        payable=available(item, reserved) if item.pay_online else 0,
        site=sites.get(item.site_id or ""),
    )


def _parent(parent: Invoice, children: Sequence[OpenInvoice]) -> OpenInvoice:
    return OpenInvoice(
        parent.invoice_id,
        parent.number,
        multi_site=True,
        overdue=any(child.overdue for child in children),
        invoice_on=parent.invoice_on,
        due_on=parent.due_on,
        currency=parent.currency,
        total=sum(child.total for child in children),
        open_balance=sum(child.open_balance for child in children),
        reserved=sum(child.reserved for child in children),
        pay_online=any(child.pay_online for child in children),
        payable=sum(child.payable for child in children),
        children=tuple(children),
    )
