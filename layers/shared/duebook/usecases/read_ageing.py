"""Read the ageing of a tenant's customers, as of today or a past day (R61)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from duebook.domain.account import Account
from duebook.domain.directory import Customer, Tenant
from duebook.usecases.books import Books
from duebook.usecases.read_account import read_accounts_as_of


@dataclass(frozen=True, slots=True)
class AgedCustomer:
    """A customer and its accounts as they stood."""

    customer: Customer
    accounts: tuple[Account, ...]


def read_ageing(tenant: Tenant, customers: Sequence[Customer], as_of: date, *, today: date, books: Books) -> list[AgedCustomer]:
    """Read the accounts of some customers as they stood at the end of a day; those that owed and held nothing are left out.

    Raises:
        UnprocessableError: The day has not come yet.
    """
    found = []
    for customer in customers:
        accounts = read_accounts_as_of(tenant.tenant_id, customer, as_of, today=today, time_zone=tenant.time_zone, accounts=books.accounts)
        moving = tuple(account for account in accounts if account.open_items or account.unapplied)
        if moving:
            found.append(AgedCustomer(customer, moving))
    return found
