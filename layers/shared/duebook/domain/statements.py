"""Statements: what a customer owes on a day, or what moved its accounts in a period (R60, R61)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from duebook.domain.account import Account, balance, reserved_by_invoice, unapplied_cash
from duebook.domain.account_activity import Activity
from duebook.domain.ageing import Ageing, ageing
from duebook.domain.directory import Customer, Site, Tenant
from duebook.domain.invoices import Invoice
from duebook.domain.open_items import OpenItem, is_overdue
from duebook.domain.payments import Payment
from duebook.errors import UnprocessableError

LONGEST_DAYS = 731
"""A period of activity spans at most two years."""


class StatementKind(StrEnum):
    """What a statement tells."""

    OPEN_ITEMS = "open_items"
    OPEN_ITEMS_DETAIL = "open_items_detail"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class StatementWish:
    """Which statement is wanted.

    Args:
        kind: What it tells.
        last: As of the end of this day in the tenant's zone; of a period, its last day.
        first: The first day of a period; None for open items.
    """

    kind: StatementKind
    last: date
    first: date | None = None


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Open items that are shown together: a multi-site parent's open children, or single-site ones one by one (R6)."""

    parent_id: str | None
    items: tuple[OpenItem, ...]

    @property
    def open_minor(self) -> int:
        """What is open of all of them."""
        return sum(item.open_minor for item in self.items)


@dataclass(frozen=True, slots=True)
class Section:
    """One currency of a statement; minor units.

    Args:
        account: As it stood at the end of the last day.
        ageing: Its open balances by days past due; they add up to the balance.
        overdue: The part that was past due by then.
        reserved: By invoice, what payments under way will pay (R27).
        activity: Of a period.
    """

    account: Account
    ageing: Ageing
    overdue: int
    reserved: Mapping[str, int]
    activity: Activity | None = None

    @property
    def currency(self) -> str:
        """ISO 4217."""
        return self.account.key.currency

    @property
    def balance(self) -> int:
        """What is owed."""
        return self.ageing.total

    @property
    def processing(self) -> int:
        """What payments under way will pay of it."""
        return sum(self.reserved.values())


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """All that a statement tells.

    Args:
        tenant: Who bills.
        customer: Who owes.
        wish: Which statement it is.
        sections: One for each currency, by its code (R4).
        invoices: Documents by id: multi-site parents; with details, the open ones.
        sites: By id.
        payments: By id, those among the movements.
        memo_numbers: Numbers of the credit memos among the movements, by id.
    """

    tenant: Tenant
    customer: Customer
    wish: StatementWish
    sections: tuple[Section, ...]
    invoices: Mapping[str, Invoice]
    sites: Mapping[str, Site]
    payments: Mapping[str, Payment]
    memo_numbers: Mapping[str, str]


def check_wish(wish: StatementWish, today: date) -> StatementWish:
    """Return a wish that can be met.

    Raises:
        UnprocessableError: A day that has not come yet, a period without a first day, upside down or too long; open items of a period.
    """
    is_period = wish.kind is StatementKind.ACTIVITY
    named = "to" if is_period else "as_of"
    if wish.last > today:
        raise UnprocessableError(f"{wish.last} has not come yet", field=named)
    if is_period != (wish.first is not None):
        raise UnprocessableError("activity has a period, from and to; open items have a day, as_of", field="from")
    if wish.first and wish.first > wish.last:
        raise UnprocessableError(f"from {wish.first} lies after to {wish.last}", field="from")
    if wish.first and (wish.last - wish.first).days >= LONGEST_DAYS:
        raise UnprocessableError(f"a period has at most {LONGEST_DAYS} days", field="from")
    return wish


def section(account: Account, last: date, told: Activity | None = None) -> Section:
    """Put one account into figures as of the end of a day."""
    opens = {item.invoice_id: item.open_minor for item in account.open_items}
    reserved = reserved_by_invoice(account)
    return Section(
        account,
        ageing(account, last),
        sum(item.open_minor for item in account.open_items if is_overdue(item, last)),
        {one: min(opens[one], minor) for one, minor in reserved.items() if one in opens},
        told,
    )


def tells_something(one: Section) -> bool:
    """Tell whether there is anything to say of a currency: something owed or held, or moved in the period."""
    moved = one.activity is not None and (one.activity.movements or one.activity.opening or one.activity.unapplied_opening)
    return bool(balance(one.account) or unapplied_cash(one.account) or moved)


def grouped(items: Sequence[OpenItem]) -> list[ItemGroup]:
    """Put a parent's children together where the oldest of them stands; the others stay in their order, each by itself."""
    below: dict[str, list[OpenItem]] = {}
    for item in items:
        if item.parent_id is not None:
            below.setdefault(item.parent_id, []).append(item)
    found: list[ItemGroup] = []
    for item in items:
        if item.parent_id is None:
            found.append(ItemGroup(None, (item,)))
        elif below[item.parent_id][0] is item:
            found.append(ItemGroup(item.parent_id, tuple(below[item.parent_id])))
    return found
