"""Read the ageing of all of a tenant's customers, from the heads of their accounts; of a past day, from journals where accounts moved since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from duebook.domain.account import Account, AccountKey
from duebook.domain.ageing import Ageing, aged, ageing, summed
from duebook.domain.directory import Customer, Tenant
from duebook.errors import UnprocessableError
from duebook.storage.account_store import AccountStore, HeadFigures
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.read_account import account_as_of, read_account_as_of
from duebook.usecases.read_customers import with_figures

STEP = 500
MOST_CUSTOMERS = 20_000
SHORT_JOURNAL = 50
MOST_TOGETHER = 2_000
"""Entries that are read at once, of as many short journals as have them."""
MOST_JOURNALS = 1_000
"""Accounts whose journal one report folds; they are those that moved after its day."""


@dataclass(frozen=True, slots=True)
class AgedCustomer:
    """One account of a customer by days past due."""

    customer_id: str
    name: str
    ageing: Ageing


@dataclass(frozen=True, slots=True)
class _Moved:
    """An account that moved after the day: its place in the report, and how many entries its journal has."""

    place: int
    customer: Customer
    key: AccountKey
    entries: int


@dataclass(frozen=True, slots=True)
class AgeingReport:
    """All accounts that owe or hold something, as of the end of a day.

    Args:
        rows: By customer id, then currency.
        totals: Sums of all rows, by currency.
        journals: Accounts that were read from their journals, because they moved after the day.
    """

    as_of: date
    rows: tuple[AgedCustomer, ...]
    totals: tuple[Ageing, ...]
    journals: int


def read_ageing_report(
    tenant: Tenant, as_of: date, *, today: date, directory: DirectoryStore, accounts: AccountStore, most_journals: int = MOST_JOURNALS
) -> AgeingReport:
    """Read every account's ageing as of the end of a day in the tenant's zone (R61): one request for a hundred accounts, or for a hundred entries.

    Raises:
        UnprocessableError: The day has not come yet; too many customers for one page; too many accounts moved after the day.
    """
    if as_of > today:
        raise UnprocessableError("This day has not come yet.", field="as_of")
    is_past, zone = as_of < today, ZoneInfo(tenant.time_zone)
    rows: list[AgedCustomer] = []
    moved: list[_Moved] = []
    for customer, figures in _accounts(tenant.tenant_id, directory, accounts):
        if is_past and not _stood_by(figures, as_of, zone):
            moved.append(_Moved(len(rows), customer, AccountKey(tenant.tenant_id, customer.customer_id, figures.currency), figures.entries))
        if len(moved) > most_journals:
            raise UnprocessableError(
                f"More than {most_journals:,} accounts moved after this day, too many to add up on a page. Choose a later day.",
                field="as_of",
            )
        part = aged(figures.currency, figures.due or (), figures.unapplied, as_of)
        rows.append(AgedCustomer(customer.customer_id, customer.name, part))
    for one, account in _as_of(moved, as_of, zone, accounts):
        rows[one.place] = AgedCustomer(one.customer.customer_id, one.customer.name, ageing(account, as_of))
    shown = tuple(row for row in rows if row.ageing.total or row.ageing.unapplied)
    return AgeingReport(as_of, shown, summed(row.ageing for row in shown), len(moved))


def _accounts(tenant_id: str, directory: DirectoryStore, accounts: AccountStore) -> Iterator[tuple[Customer, HeadFigures]]:
    after: str | None = None
    for _ in range(MOST_CUSTOMERS // STEP):
        read = directory.customers(tenant_id, limit=STEP, after=after)
        for row in with_figures(tenant_id, read, accounts=accounts):
            for figures in row.figures:
                yield row.customer, figures
        if len(read) < STEP:
            return
        after = read[-1].customer_id
    raise UnprocessableError(
        f"There are more than {MOST_CUSTOMERS:,} customers, too many to add up on a page. The API lists them page by page."
    )


def _as_of(moved: Sequence[_Moved], as_of: date, zone: ZoneInfo, accounts: AccountStore) -> Iterator[tuple[_Moved, Account]]:
    """Fold accounts as they stood at the end of a day; the entries of short journals are read together, many accounts at a time."""
    together: list[_Moved] = []
    for one in moved:
        if one.entries > SHORT_JOURNAL:
            yield one, read_account_as_of(one.key, as_of, zone, accounts=accounts)
            continue
        together.append(one)
        if sum(each.entries for each in together) >= MOST_TOGETHER:
            yield from _together(together, as_of, zone, accounts)
            together = []
    yield from _together(together, as_of, zone, accounts)


def _together(moved: Sequence[_Moved], as_of: date, zone: ZoneInfo, accounts: AccountStore) -> Iterator[tuple[_Moved, Account]]:
    found = accounts.entries([(one.key, number) for one in moved for number in range(1, one.entries + 1)])
    for one in moved:
        yield one, account_as_of(one.key, (found[one.key, number] for number in range(1, one.entries + 1)), as_of, zone)


def _stood_by(figures: HeadFigures, as_of: date, zone: ZoneInfo) -> bool:
    """Tell whether an account has not moved since the end of a day, so that its head tells how it stood."""
    return figures.posted_at is not None and figures.posted_at.astimezone(zone).date() <= as_of
