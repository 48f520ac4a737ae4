"""Read what a customer can see in the portal: open invoices, oldest first, single-site or multi-site (R7, R20, R30 to R33)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from duebook.domain.account import Account, AccountKey, reserved_by_invoice
from duebook.domain.allocation import available
from duebook.domain.directory import Site
from duebook.domain.invoices import Invoice, invoice_total
from duebook.domain.open_items import OpenItem, age_key, is_overdue, natural_key
from duebook.domain.portal_access import ContactCaller
from duebook.errors import NotFoundError
from duebook.usecases.books import Books

SINGLE_SITE, MULTI_SITE = "single_site", "multi_site"


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invoices to list: of one currency and kind (``single_site``, ``multi_site``), or of all; whose number or site holds a text."""

    currency: str | None = None
    kind: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the list: a single-site invoice's item, or a parent with its open children's."""

    account: Account
    items: tuple[OpenItem, ...]
    parent: Invoice | None = None

    @property
    def row_id(self) -> str:
        return self.parent.invoice_id if self.parent else self.items[0].invoice_id

    @property
    def age(self) -> tuple[object, ...]:
        one = self.parent
        return (one.invoice_on, one.due_on, natural_key(one.number), one.invoice_id) if one else age_key(self.items[0])


def read_open_invoices(
    caller: ContactCaller, wanted: Wanted, today: date, *, limit: int, after: str | None, books: Books
) -> OpenInvoicePage:
    """Read a page of a customer's open invoices.

    Args:
        caller: Whose.
        wanted: Which.
        today: In the tenant's zone.
        limit: Most items.
        after: Id of the last item of the page before.
        books: Where to read.

    Raises:
        NotFoundError: The page before ended at an invoice that is not open any more.
    """
    customer = books.directory.customer(caller.tenant_id, caller.customer_id)
    currencies = [one for one in sorted(customer.currencies) if wanted.currency in {None, one}]
    accounts = [books.accounts.read(AccountKey(caller.tenant_id, caller.customer_id, one)).account for one in currencies]
    sites = {site.site_id: site for site in books.directory.sites(caller.tenant_id, caller.customer_id)}
    rows = [row for account in accounts for row in _rows(caller, account, wanted.kind, books)]
    found = sorted((row for row in rows if _has(wanted.text, row, sites)), key=lambda row: row.age)
    begin = _after([row.row_id for row in found], after)
    page = found[begin : begin + limit]
    documents = books.invoices.many(caller.tenant_id, caller.customer_id, [item.invoice_id for row in page for item in row.items])
    shown = tuple(_shown(row, documents, sites, today) for row in page)
    return OpenInvoicePage(shown, len(found), page[-1].row_id if begin + limit < len(found) else None)


def _rows(caller: ContactCaller, account: Account, kind: str | None, books: Books) -> list[_Row]:
    rows = [] if kind == MULTI_SITE else [_Row(account, (item,)) for item in account.open_items if item.parent_id is None]
    if kind == SINGLE_SITE:
        return rows
    families: dict[str, list[OpenItem]] = {}
    for item in account.open_items:
        if item.parent_id is not None:
            families.setdefault(item.parent_id, []).append(item)
    parents = books.invoices.many(caller.tenant_id, caller.customer_id, list(families))
    return rows + [_Row(account, tuple(items), parents[one]) for one, items in families.items()]


def _has(text: str, row: _Row, sites: Mapping[str, Site]) -> bool:
    if not text:
        return True
    named = [item.number for item in row.items] + ([row.parent.number] if row.parent else [])
    places = [site for item in row.items if (site := sites.get(item.site_id or ""))]
    wanted = text.casefold()
    return any(wanted in one.casefold() for one in [*named, *(part for site in places for part in (site.name, site.number))])


def _shown(row: _Row, documents: Mapping[str, Invoice], sites: Mapping[str, Site], today: date) -> OpenInvoice:
    reserved = reserved_by_invoice(row.account)
    below = [_single(item, documents[item.invoice_id], sites, reserved, today) for item in row.items]
    return _parent(row.parent, below) if row.parent else below[0]


def _after(found: Sequence[str], after: str | None) -> int:
    if after is None:
        return 0
    if after not in found:
        raise NotFoundError("The list changed since it was opened. Load it again.")
    return found.index(after) + 1


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
