"""Read a tenant's customers with the sums of their accounts, a page at a time, all or those that match a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from duebook.domain.account import AccountKey
from duebook.domain.directory import Customer
from duebook.storage.account_store import AccountStore, HeadFigures
from duebook.storage.directory_store import DirectoryStore

STEP = 500
MOST_SEARCHED = 5_000
"""Customers one call looks through; a search over more goes on with the cursor."""


@dataclass(frozen=True, slots=True)
class CustomerFigures:
    """A customer and the sums of its accounts, by currency in the order of their codes."""

    customer: Customer
    figures: tuple[HeadFigures, ...]


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Some customers in the order of their ids; ``next_after`` is the cursor of the next page, or None."""

    rows: tuple[CustomerFigures, ...]
    next_after: str | None


def read_customers(
    tenant_id: str, *, search: str = "", limit: int, after: str | None = None, directory: DirectoryStore, accounts: AccountStore
) -> CustomerPage:
    """Read a page of customers whose name, id or email holds the search text, in any case.

    Args:
        tenant_id: Whose customers.
        search: Empty for all.
        limit: Rows of the page at most.
        after: The cursor of the page before.
        directory: Where customers stand.
        accounts: Where their sums stand.
    """
    found, next_after = _matching(tenant_id, search.strip().casefold(), limit, after, directory)
    return CustomerPage(with_figures(tenant_id, found, accounts=accounts), next_after)


def with_figures(tenant_id: str, customers: Sequence[Customer], *, accounts: AccountStore) -> tuple[CustomerFigures, ...]:
    """Add the sums of customers' accounts, in one read for a hundred accounts."""
    wanted = {
        customer.customer_id: [AccountKey(tenant_id, customer.customer_id, currency) for currency in sorted(customer.currencies)]
        for customer in customers
    }
    heads = accounts.heads([key for keys in wanted.values() for key in keys])
    return tuple(
        CustomerFigures(customer, tuple(heads[key] for key in wanted[customer.customer_id] if key in heads)) for customer in customers
    )


def _matching(tenant_id: str, search: str, limit: int, after: str | None, directory: DirectoryStore) -> tuple[list[Customer], str | None]:
    found: list[Customer] = []
    step = STEP if search else limit + 1
    for _ in range(MOST_SEARCHED // step):
        read = directory.customers(tenant_id, limit=step, after=after)
        for customer in read:
            if matches(customer, search):
                if len(found) == limit:
                    return found, after
                found.append(customer)
            after = customer.customer_id
        if len(read) < step:
            return found, None
    return found, after


def matches(customer: Customer, search: str) -> bool:
    """Tell whether a customer's name, id or email holds a search text given in folded case."""
    return any(search in text.casefold() for text in (customer.name, customer.customer_id, customer.email or ""))
