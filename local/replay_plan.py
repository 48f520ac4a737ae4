"""The replay of real invoices: which happen on which day, what must then be owed, and where the books differ.

What must be owed is added up from the file alone, so it knows nothing of allocation, segments or journals.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice of the file; amounts in cents."""

    customer_id: str
    number: str
    invoice_on: date
    due_on: date
    minor: int
    settled_on: date


@dataclass(frozen=True, slots=True)
class Owed:
    """What a customer owes at the end of a day, in cents, and in how many invoices."""

    balance: int = 0
    overdue: int = 0
    unapplied: int = 0
    open_invoices: int = 0


class Office(Protocol):
    """Those who carry the days out: over HTTP, or over the use cases themselves."""

    def open_day(self, today: date) -> None:
        """Set the clock to a day."""
        ...

    def issue(self, row: Row) -> None:
        """Issue an invoice today."""
        ...

    def pay(self, row: Row, *, oldest_first: bool) -> None:
        """Record a check for an invoice today: applied to it by name, or left to the rule of oldest first."""
        ...

    def owed(self, customer_id: str) -> Owed:
        """Read what a customer owes today."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """A customer whose books do not agree with the plain sum."""

    on: date
    customer_id: str
    booked: Owed
    expected: Owed


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """One comparison of all customers."""

    on: date
    customers: int
    owed: Owed
    differences: tuple[Difference, ...]
    issued: int
    paid: int
    oldest_first: int


Each = Callable[[Callable[[Sequence[Row]], int], Iterable[Sequence[Row]]], Iterable[int]]
"""``map``, or one that works on several customers at once."""


def read_rows(path: Path) -> list[Row]:
    """Read the file, whose dates are M/D/YYYY and amounts in dollars."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            Row(
                line["customerID"],
                line["invoiceNumber"],
                _day(line["InvoiceDate"]),
                _day(line["DueDate"]),
                int((Decimal(line["InvoiceAmount"]) * 100).to_integral_exact()),
                _day(line["SettledDate"]),
            )
            for line in csv.DictReader(file)
        ]


def plain_sum(rows: Iterable[Row], customer_id: str, on: date) -> Owed:
    """Add up what a customer owes at the end of a day: issued by then, not settled by then."""
    still = [row for row in rows if row.customer_id == customer_id and row.invoice_on <= on < row.settled_on]
    overdue = sum(row.minor for row in still if row.due_on < on)
    return Owed(sum(row.minor for row in still), overdue, 0, len(still))


def is_oldest(rows: Iterable[Row], row: Row, on: date, paid_today: set[str]) -> bool:
    """Tell whether an invoice is the one that comes first by age among its customer's open ones."""
    still = [
        other
        for other in rows
        if other.customer_id == row.customer_id and other.invoice_on <= on <= other.settled_on and other.number not in paid_today
    ]
    return min(still, key=lambda other: (other.invoice_on, other.due_on, int(other.number))) == row


def replay(rows: Sequence[Row], last: date, office: Office, each: Each = map) -> Iterable[MonthEnd]:
    """Carry out day after day up to a last one, and compare all customers at each month's end and on the last day."""
    customers = sorted({row.customer_id for row in rows})
    of_customer = {customer_id: [row for row in rows if row.customer_id == customer_id] for customer_id in customers}
    issued = paid = oldest_first = 0
    today = min(row.invoice_on for row in rows).replace(day=1)
    while today <= last:
        issues = [row for row in rows if row.invoice_on == today]
        pays = [row for row in rows if row.settled_on == today]
        month_ends = (today + timedelta(days=1)).day == 1 or today == last
        if issues or pays or month_ends:
            office.open_day(today)
        issued += sum(each(partial(_issue, office=office), _by_customer(issues)))
        paid += len(pays)
        oldest_first += sum(each(partial(_pay, of_customer=of_customer, on=today, office=office), _by_customer(pays)))
        if month_ends:
            booked = _booked(customers, of_customer, office, each)
            expected = {customer_id: plain_sum(of_customer[customer_id], customer_id, today) for customer_id in customers}
            differing = [one for one in customers if booked[one] != expected[one]]
            yield MonthEnd(
                today,
                len(customers),
                _total(expected.values()),
                tuple(Difference(today, one, booked[one], expected[one]) for one in differing),
                issued,
                paid,
                oldest_first,
            )
        today += timedelta(days=1)


def month_end(first: date, months: int) -> date:
    """Return the last day of the n-th month, counting the one of ``first`` as the first."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1) - timedelta(days=1)


def _issue(some: Sequence[Row], *, office: Office) -> int:
    for row in some:
        office.issue(row)
    return len(some)


def _pay(some: Sequence[Row], *, of_customer: dict[str, list[Row]], on: date, office: Office) -> int:
    """Pay a customer's invoices of a day; where the named one is the oldest, the rule must find it by itself."""
    done: set[str] = set()
    by_rule = 0
    for row in some:
        oldest_first = is_oldest(of_customer[row.customer_id], row, on, done)
        office.pay(row, oldest_first=oldest_first)
        by_rule += oldest_first
        done.add(row.number)
    return by_rule


def _booked(customers: Sequence[str], of_customer: dict[str, list[Row]], office: Office, each: Each) -> dict[str, Owed]:
    found: dict[str, Owed] = {}

    def look(some: Sequence[Row]) -> int:
        found[some[0].customer_id] = office.owed(some[0].customer_id)
        return 1

    assert sum(each(look, [of_customer[customer_id] for customer_id in customers])) == len(customers)
    return found


def _by_customer(rows: Iterable[Row]) -> list[list[Row]]:
    ordered = sorted(rows, key=lambda row: row.customer_id)
    return [list(some) for _, some in groupby(ordered, key=lambda row: row.customer_id)]


def _total(all_owed: Iterable[Owed]) -> Owed:
    every = list(all_owed)
    return Owed(
        sum(one.balance for one in every),
        sum(one.overdue for one in every),
        sum(one.unapplied for one in every),
        sum(one.open_invoices for one in every),
    )


def _day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a calendar day
