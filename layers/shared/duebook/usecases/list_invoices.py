"""List invoices for staff: of one customer with counts, and of the whole business, newest first or by what is still open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice

from duebook.domain.account import Account, AccountKey
from duebook.domain.directory import Customer
from duebook.domain.invoices import Invoice, InvoiceStatus, status_of
from duebook.domain.open_items import OpenItem
from duebook.errors import UnprocessableError
from duebook.usecases.books import Books
from duebook.usecases.read_account import read_accounts
from duebook.usecases.read_invoices import InvoiceFigures, figures_of

MOST_OF_CUSTOMER = 5_000
"""Invoices of one customer that are counted and put in order; more are not looked at."""
LOOKED_AT = 500
"""Most invoices one page of a business's list looks through; the cursor goes on from there."""
CUSTOMERS_AT_ONCE = 100
MOST_CUSTOMERS = 500
"""Most customers one page of what is still open looks through."""
OPEN = frozenset({InvoiceStatus.UNPAID, InvoiceStatus.OVERDUE})
BY_DOCUMENT = {InvoiceStatus.DRAFT, InvoiceStatus.VOID}
JOINT = "~"
"""Stands between the parts of a cursor; no id holds it."""


@dataclass(frozen=True, slots=True)
class InvoiceQuestion:
    """What is asked for; None and empty mean all. Days are invoice dates, both included."""

    status: InvoiceStatus | None = None
    number: str = ""
    customer_id: str = ""
    first: date | None = None
    last: date | None = None

    def fits(self, number: str, customer_id: str, invoice_on: date) -> bool:
        """Tell whether an invoice is asked for, whatever its status."""
        return (
            self.number.casefold() in number.casefold()
            and self.customer_id in {"", customer_id}
            and (self.first is None or self.first <= invoice_on)
            and (self.last is None or invoice_on <= self.last)
        )


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Some invoices, and where the next page begins; ``counts`` by status where they were counted."""

    rows: tuple[InvoiceFigures, ...]
    next_cursor: str | None
    counts: Mapping[InvoiceStatus, int] = field(default_factory=dict)
    more_than_counted: bool = False


def invoices_of_customer(
    tenant_id: str,
    customer: Customer,
    today: date,
    wanted: InvoiceQuestion,
    *,
    limit: int,
    after: str | None,
    books: Books,
    most: int = MOST_OF_CUSTOMER,
) -> InvoicePage:
    """Read a page of a customer's invoices, newest first, with how many there are of each status.

    Args:
        tenant_id: Whose customer.
        customer: Whose invoices.
        today: Decides what is overdue.
        wanted: Which of them.
        limit: Rows of the page at most.
        after: The cursor of the page before.
        books: Where they stand.
        most: So many are looked at.

    Raises:
        UnprocessableError: The cursor is none of ours.
    """
    accounts = {account.key.currency: account for account in read_accounts(tenant_id, customer, accounts=books.accounts)}
    read = list(islice(books.invoices.of_customer(tenant_id, customer.customer_id), most + 1))
    documents = {invoice.invoice_id: invoice for invoice in read[:most]}
    statuses = dict(_statuses(tenant_id, documents.values(), accounts, today))
    fitting = [one for one in documents.values() if wanted.fits(one.number, one.customer_id, one.invoice_on)]
    chosen = sorted((one for one in fitting if wanted.status in {None, statuses[one.invoice_id]}), key=_place, reverse=True)
    if after:
        place = _place_after(after)
        chosen = [one for one in chosen if (one.invoice_on, one.invoice_id) < place]
    rows = tuple(figures_of(one, accounts.get(one.currency) or _none(tenant_id, one), today, documents, {}) for one in chosen[:limit])
    following = _cursor(chosen[limit - 1]) if len(chosen) > limit else None
    counts = Counter(statuses[one.invoice_id] for one in fitting)
    return InvoicePage(rows, following, counts, more_than_counted=len(read) > most)


def newest_invoices(
    tenant_id: str, today: date, wanted: InvoiceQuestion, *, first: date, last: date, limit: int, before: str | None, books: Books
) -> InvoicePage:
    """Read a page of a business's invoices by invoice date, newest first; what is paid is told by the accounts.

    A page may be short and still go on.

    Raises:
        UnprocessableError: The cursor is none of ours.
    """
    rows: list[InvoiceFigures] = []
    seen: Invoice | None = None
    found = books.invoices.of_dates(tenant_id, first, last, before=_place_after(before) if before else None)
    known: dict[AccountKey, Account] = {}
    batch: list[Invoice] = []
    for number, invoice in enumerate(islice(found, LOOKED_AT + 1)):
        if number == LOOKED_AT or len(rows) + len(batch) >= limit + 1:
            rows += _judged(tenant_id, batch, today, wanted, known, books)
            batch = []
        if number == LOOKED_AT or len(rows) > limit:
            break
        if wanted.fits(invoice.number, invoice.customer_id, invoice.invoice_on) and _may_be(invoice, wanted.status):
            batch.append(invoice)
        seen = invoice
    else:
        rows += _judged(tenant_id, batch, today, wanted, known, books)
        if len(rows) <= limit:
            return InvoicePage(tuple(rows), None)
    page = rows[:limit]
    last_one = page[-1].invoice if len(rows) > limit else seen
    return InvoicePage(tuple(page), _cursor(last_one) if last_one else None)


def open_invoices(tenant_id: str, today: date, wanted: InvoiceQuestion, *, limit: int, after: str | None, books: Books) -> InvoicePage:
    """Read a page of what is unpaid, or overdue, customer by customer in the order of their ids, oldest first.

    Heads tell whose accounts hold any, so no other account is read. A page may be short and still go on.

    Raises:
        UnprocessableError: The cursor is none of ours.
    """
    begun, place = _begun(after)
    rows: list[InvoiceFigures] = []
    if begun and place:
        rows = _open_of(tenant_id, books.directory.many_customers(tenant_id, [begun]).values(), today, wanted, place, books)
    looked, last = 0, begun
    while len(rows) <= limit and looked < MOST_CUSTOMERS:
        customers = _customers(tenant_id, wanted, last, books)
        for customer in customers:
            last = customer.customer_id
            looked += 1
            if len(rows) > limit:
                break
            rows += _open_of(tenant_id, [customer], today, wanted, None, books)
        if len(customers) < CUSTOMERS_AT_ONCE and len(rows) <= limit:
            return InvoicePage(tuple(rows), None)
    if len(rows) <= limit:
        return InvoicePage(tuple(rows), f"{last}{JOINT}")
    end = rows[limit - 1].invoice
    return InvoicePage(tuple(rows[:limit]), JOINT.join((end.customer_id, end.currency, end.invoice_on.isoformat(), end.invoice_id)))


def _customers(tenant_id: str, wanted: InvoiceQuestion, after: str | None, books: Books) -> list[Customer]:
    """Read the next customers; those whose heads tell of nothing that fits have no currencies left to read."""
    if wanted.customer_id:
        found = list(books.directory.many_customers(tenant_id, [wanted.customer_id]).values()) if after is None else []
    else:
        found = books.directory.customers(tenant_id, limit=CUSTOMERS_AT_ONCE, after=after)
    heads = books.accounts.heads([AccountKey(tenant_id, one.customer_id, code) for one in found for code in one.currencies])
    holding = {(key.customer_id, key.currency) for key, head in heads.items() if head.open_invoices}
    return [replace(one, currencies=frozenset(code for code in one.currencies if (one.customer_id, code) in holding)) for one in found]


def _open_of(
    tenant_id: str,
    customers: Iterable[Customer],
    today: date,
    wanted: InvoiceQuestion,
    place: tuple[str, str, str] | None,
    books: Books,
) -> list[InvoiceFigures]:
    rows: list[InvoiceFigures] = []
    for customer in customers:
        for account in read_accounts(tenant_id, customer, accounts=books.accounts):
            items = [
                item
                for item in account.open_items
                if wanted.fits(item.number, customer.customer_id, item.invoice_on)
                and (item.due_on < today) is (wanted.status is InvoiceStatus.OVERDUE)
                and (place is None or _open_place(account, item) > place)
            ]
            documents = books.invoices.many(tenant_id, customer.customer_id, [item.invoice_id for item in items]) if items else {}
            items.sort(key=lambda item: (item.invoice_on, item.invoice_id))
            rows += [figures_of(documents[item.invoice_id], account, today, {}, {}) for item in items if item.invoice_id in documents]
    return rows


def _open_place(account: Account, item: OpenItem) -> tuple[str, str, str]:
    return (account.key.currency, item.invoice_on.isoformat(), item.invoice_id)


def _begun(after: str | None) -> tuple[str | None, tuple[str, str, str] | None]:
    """Read a cursor: behind which customer, or in which one behind which invoice, the page begins."""
    if not after:
        return None, None
    customer_id, _, rest = after.partition(JOINT)
    parts = rest.split(JOINT)
    if not customer_id or (rest and len(parts) != 3):  # noqa: PLR2004 - currency, date, id
        raise UnprocessableError("this cursor leads nowhere; begin with the first page", field="after")
    return customer_id, (parts[0], parts[1], parts[2]) if rest else None


def _may_be(invoice: Invoice, status: InvoiceStatus | None) -> bool:
    """Tell whether an invoice may have a status, as far as its document says."""
    if status is None:
        return True
    said = InvoiceStatus.VOID if invoice.void_reason is not None else InvoiceStatus.DRAFT if invoice.draft else None
    return said is status if status in BY_DOCUMENT else said is None


def _judged(
    tenant_id: str,
    some: Sequence[Invoice],
    today: date,
    wanted: InvoiceQuestion,
    known: dict[AccountKey, Account],
    books: Books,
) -> list[InvoiceFigures]:
    """Return figures of those invoices that have the status asked for; accounts with nothing open are not read."""
    asked = {AccountKey(tenant_id, one.customer_id, one.currency) for one in some if _may_be(one, InvoiceStatus.PAID)} - set(known)
    heads = books.accounts.heads(sorted(asked, key=lambda key: (key.customer_id, key.currency))) if asked else {}
    for key in asked:
        head = heads.get(key)
        known[key] = books.accounts.read(key).account if head and head.open_invoices else Account(key)
    found = []
    for one in some:
        children = books.invoices.many(tenant_id, one.customer_id, one.children) if one.children else {}
        account = known.get(AccountKey(tenant_id, one.customer_id, one.currency)) or _none(tenant_id, one)
        figures = figures_of(one, account, today, children, {})
        if wanted.status in {None, figures.status}:
            found.append(figures)
    return found


def _statuses(
    tenant_id: str, invoices: Iterable[Invoice], accounts: Mapping[str, Account], today: date
) -> Iterator[tuple[str, InvoiceStatus]]:
    """Tell the status of many invoices of one customer, looking each up once."""
    by_id = {item.invoice_id: item for account in accounts.values() for item in account.open_items}
    below: dict[str, list[OpenItem]] = {}
    for item in by_id.values():
        if item.parent_id:
            below.setdefault(item.parent_id, []).append(item)
    for invoice in invoices:
        own = tuple(item for item in [by_id.get(invoice.invoice_id)] if item)
        account = replace(_none(tenant_id, invoice), open_items=own)
        yield invoice.invoice_id, status_of(invoice, account, today, children=tuple(below.get(invoice.invoice_id, ())))


def _none(tenant_id: str, invoice: Invoice) -> Account:
    return Account(AccountKey(tenant_id, invoice.customer_id, invoice.currency))


def _place(invoice: Invoice) -> tuple[date, str]:
    return (invoice.invoice_on, invoice.invoice_id)


def _cursor(invoice: Invoice) -> str:
    return f"{invoice.invoice_on.isoformat()}{JOINT}{invoice.invoice_id}"


def _place_after(cursor: str) -> tuple[date, str]:
    day, _, invoice_id = cursor.partition(JOINT)
    try:
        return date.fromisoformat(day), invoice_id
    except ValueError as error:
        raise UnprocessableError("this cursor leads nowhere; begin with the first page", field="after") from error
