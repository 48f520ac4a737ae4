"""Read a tenant's customers with the sums of their accounts, a page at a time, all or those that match a search and filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from duebook.domain.account import AccountKey
from duebook.domain.directory import Customer
from duebook.storage.account_store import AccountStore, HeadFigures
from duebook.storage.codec import due_of, due_text
from duebook.storage.directory_store import DirectoryStore

STEP = 500
MOST_SEARCHED = 5_000
"""Customers one call looks through; a search over more goes on with the cursor."""
FEWEST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Which customers are wanted; every part that is set must hold.

    Args:
        search: In name, id, email or phone, in any case; or a whole Pay Online ID, exact (R11).
        overdue: Only those with something overdue (R3).
        credit: Only those with unapplied cash.
        access: Only those with a contact who has portal access.
        disabled: Only those that are disabled.
    """

    search: str = ""
    overdue: bool = False
    credit: bool = False
    access: bool = False
    disabled: bool = False

    @property
    def asks_for_money(self) -> bool:
        """Tell whether sums are needed to know who is wanted."""
        return self.overdue or self.credit

    @property
    def is_open(self) -> bool:
        """Tell whether everybody is wanted."""
        return self == CustomerFilter()


@dataclass(frozen=True, slots=True)
class CustomerFigures:
    """A customer and the sums of its accounts, by currency in the order of their codes."""

    customer: Customer
    figures: tuple[HeadFigures, ...]


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Some customers in the order of their ids.

    Args:
        rows: Of this page.
        next_after: The cursor of the next page, or None.
        previous_before: The cursor of the page before, or None.
    """

    rows: tuple[CustomerFigures, ...]
    next_after: str | None
    previous_before: str | None = None


def read_customers(
    tenant_id: str,
    *,
    search: str = "",
    wanted: CustomerFilter | None = None,
    today: date = date.max,
    limit: int,
    after: str | None = None,
    before: str | None = None,
    directory: DirectoryStore,
    accounts: AccountStore,
) -> CustomerPage:
    """Read a page of customers by id.

    Args:
        tenant_id: Whose customers.
        search: Short for a filter that is a search alone; empty for all.
        wanted: Which ones.
        today: Decides what is overdue.
        limit: Rows of the page at most.
        after: The cursor of the page before.
        before: Read the page before this cursor instead.
        directory: Where customers stand.
        accounts: Where their sums stand.
    """
    asked = wanted or CustomerFilter(search)
    reader = _Reader(tenant_id, replace(asked, search=asked.search.strip()), today, directory, accounts)
    found, more = reader.some(limit, after, before)
    ids = [row.customer.customer_id for row in found]
    if before is not None:
        return CustomerPage(tuple(reversed(found)), ids[0] if ids else None, more)
    return CustomerPage(tuple(found), more, (ids[0] if ids else after) if after else None)


def find_customers(tenant_id: str, search: str, *, directory: DirectoryStore) -> tuple[list[Customer], bool]:
    """Find the customers that match a search, without their sums, as the list of customers does; tell whether all were looked through.

    Reads the business's customers, 500 a request and 5,000 at most: whoever has an id reads that customer instead.
    """
    found: list[Customer] = []
    after: str | None = None
    for _ in range(MOST_SEARCHED // STEP):
        read = directory.customers(tenant_id, limit=STEP, after=after)
        found += [customer for customer in read if matches(customer, search)]
        if len(read) < STEP:
            return found, True
        after = read[-1].customer_id
    return found, not directory.customers(tenant_id, limit=1, after=after)


def with_figures(tenant_id: str, customers: Sequence[Customer], *, accounts: AccountStore) -> tuple[CustomerFigures, ...]:
    """Add the sums of customers' accounts, in one read for a hundred accounts."""
    wanted = {
        customer.customer_id: [AccountKey(tenant_id, customer.customer_id, currency) for currency in sorted(customer.currencies)]
        for customer in customers
    }
    heads = accounts.heads([key for keys in wanted.values() for key in keys])
    return tuple(
        CustomerFigures(customer, tuple(_complete(key, heads[key], accounts) for key in wanted[customer.customer_id] if key in heads))
        for customer in customers
    )


def matches(customer: Customer, search: str) -> bool:
    """Tell whether a customer's name, id, email or phone holds a search text in any case, or it is its Pay Online ID."""
    if search == customer.pay_online_id:
        return True
    folded, number = search.casefold(), _digits(search)
    texts = (customer.name, customer.customer_id, customer.email or "", customer.phone or "")
    is_number = len(number) >= FEWEST_DIGITS and not any(char.isalpha() for char in search)
    return any(folded in text.casefold() for text in texts) or (is_number and number in _digits(customer.phone or ""))


def owes_overdue(row: CustomerFigures, today: date) -> bool:
    """Tell whether a customer has something overdue."""
    return any(one.oldest_due_on is not None and one.oldest_due_on < today.isoformat() for one in row.figures)


def has_credit(row: CustomerFigures) -> bool:
    """Tell whether a customer has unapplied cash."""
    return any(one.unapplied for one in row.figures)


@dataclass(frozen=True, slots=True)
class _Reader:
    tenant_id: str
    wanted: CustomerFilter
    today: date
    directory: DirectoryStore
    accounts: AccountStore

    def some(self, limit: int, after: str | None, before: str | None) -> tuple[list[CustomerFigures], str | None]:
        """Read up to ``limit`` wanted customers and the cursor to go on with in the same direction."""
        found: list[CustomerFigures] = []
        step = limit + 1 if self.wanted.is_open else STEP
        cursor, backwards = (before, True) if before is not None else (after, False)
        for _ in range(max(1, MOST_SEARCHED // step)):
            read = self._step(step, cursor, backwards=backwards)
            for customer, row in self._wanted(read):
                if row is not None:
                    if len(found) == limit:
                        return found, cursor
                    found.append(row)
                cursor = customer.customer_id
            if len(read) < step:
                return found, None
        return found, cursor

    def _step(self, step: int, cursor: str | None, *, backwards: bool) -> list[Customer]:
        where = {"before": cursor} if backwards else {"after": cursor}
        return self.directory.customers(self.tenant_id, limit=step, **where)

    def _wanted(self, read: Sequence[Customer]) -> Iterator[tuple[Customer, CustomerFigures | None]]:
        """Give each customer with its figures, or None where it is not wanted. Sums are read once, for those who might be."""
        might = [customer for customer in read if self._might(customer)]
        sums = with_figures(self.tenant_id, might, accounts=self.accounts)
        by_id = {row.customer.customer_id: row for row in sums if self._holds(row)}
        for customer in read:
            yield customer, by_id.get(customer.customer_id)

    def _might(self, customer: Customer) -> bool:
        wanted = self.wanted
        if (wanted.access and not customer.access_ids) or (wanted.disabled and customer.enabled):
            return False
        return not wanted.search or matches(customer, wanted.search)

    def _holds(self, row: CustomerFigures) -> bool:
        return (not self.wanted.overdue or owes_overdue(row, self.today)) and (not self.wanted.credit or has_credit(row))


def _complete(key: AccountKey, figures: HeadFigures, accounts: AccountStore) -> HeadFigures:
    """Read due dates from the account itself where its head was written before heads held them."""
    if figures.due is not None:
        return figures
    return replace(figures, due=due_of(due_text(accounts.read(key).account.open_items)))


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
