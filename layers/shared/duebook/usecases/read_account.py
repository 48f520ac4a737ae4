"""Read a customer's accounts: as they stand, and as they stood at the end of a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from duebook.domain.account import Account, AccountKey, fold
from duebook.domain.directory import Customer
from duebook.domain.effective_dates import effective_by
from duebook.domain.journal import JournalEntry
from duebook.errors import UnprocessableError
from duebook.storage.account_store import AccountStore


def read_accounts(tenant_id: str, customer: Customer, *, accounts: AccountStore) -> list[Account]:
    """Read a customer's accounts, one for each currency it was ever billed or paid in, by currency code."""
    return [accounts.read(key).account for key in account_keys(tenant_id, customer)]


def read_accounts_as_of(
    tenant_id: str, customer: Customer, as_of: date, *, today: date, time_zone: str, accounts: AccountStore
) -> list[Account]:
    """Read a customer's accounts as they stood at the end of a day in the tenant's zone (R61).

    A past day is folded from the journal: what counts from a later day is left out.

    Raises:
        UnprocessableError: The day has not come yet.
    """
    if as_of > today:
        raise UnprocessableError(f"{as_of} has not come yet", field="as_of")
    if as_of == today:
        return read_accounts(tenant_id, customer, accounts=accounts)
    zone = ZoneInfo(time_zone)
    return [read_account_as_of(key, as_of, zone, accounts=accounts) for key in account_keys(tenant_id, customer)]


def account_keys(tenant_id: str, customer: Customer) -> list[AccountKey]:
    """Name a customer's accounts, by currency code."""
    return [AccountKey(tenant_id, customer.customer_id, currency) for currency in sorted(customer.currencies)]


def read_account_as_of(key: AccountKey, as_of: date, zone: ZoneInfo, *, accounts: AccountStore) -> Account:
    """Fold an account from its journal as it stood at the end of a day in a zone (R61)."""
    return account_as_of(key, (entry for _, entry in accounts.journal(key)), as_of, zone)


def account_as_of(key: AccountKey, entries: Iterable[JournalEntry], as_of: date, zone: ZoneInfo) -> Account:
    """Fold an account from its whole journal as it stood at the end of a day in a zone, by effective dates."""
    return fold(key, effective_by(entries, as_of, zone))
