"""Ageing: open balances by how long they are past due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from duebook.domain.account import Account, unapplied_cash

EDGES_DAYS = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open balances of one account by days past due (minor units); they add up to the balance (R61)."""

    currency: str
    current: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    days_over_90: int
    total: int
    unapplied: int


def ageing(account: Account, as_of: date) -> Ageing:
    """Sort an account's open balances into the ageing buckets; due on the day itself is current."""
    due = ((item.due_on, item.open_minor) for item in account.open_items)
    return aged(account.key.currency, due, unapplied_cash(account), as_of)


def aged(currency: str, due: Iterable[tuple[date, int]], unapplied: int, as_of: date) -> Ageing:
    """Sort open balances, given by due date, into the ageing buckets."""
    buckets = [0] * (len(EDGES_DAYS) + 1)
    for due_on, minor in due:
        late = (as_of - due_on).days
        buckets[sum(late > edge for edge in EDGES_DAYS)] += minor
    current, first, second, third, oldest = buckets
    return Ageing(currency, current, first, second, third, oldest, sum(buckets), unapplied)


def summed(parts: Iterable[Ageing]) -> tuple[Ageing, ...]:
    """Add up the ageing of several accounts, each currency by itself (R4), by currency code."""
    sums: dict[str, dict[str, int]] = {}
    for part in parts:
        figures = {name: minor for name, minor in asdict(part).items() if name != "currency"}
        known = sums.get(part.currency, dict.fromkeys(figures, 0))
        sums[part.currency] = {name: known[name] + minor for name, minor in figures.items()}
    return tuple(Ageing(currency, **figures) for currency, figures in sorted(sums.items()))
