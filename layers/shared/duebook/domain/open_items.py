"""Open items: the invoices of one account that still have something to pay, oldest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from duebook.errors import InvariantError

_DIGIT_RUNS = re.compile(r"([0-9]+)")

NaturalKey: TypeAlias = tuple[tuple[int, int, str], ...]
AgeKey: TypeAlias = tuple[date, date, NaturalKey, str]


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is left to pay of one posted invoice.

    Args:
        invoice_id: The caller's id.
        number: As printed on the invoice.
        invoice_on: Invoice date.
        due_on: Due date; the invoice date where none was agreed (R3).
        open_minor: Above zero, in the minor unit of the account's currency.
        pay_online: Payable on the web (R2).
        site_id: The site served, if one.
        parent_id: The multi-site invoice that bundles it, if one (R6).
    """

    invoice_id: str
    number: str
    invoice_on: date
    due_on: date
    open_minor: int
    pay_online: bool = True
    site_id: str | None = None
    parent_id: str | None = None

    def __post_init__(self) -> None:
        if self.open_minor <= 0:
            raise InvariantError(f"invoice {self.invoice_id} would be open with {self.open_minor}")


def natural_key(number: str) -> NaturalKey:
    """Order invoice numbers as people read them: 999 before 1000, INV-9 before INV-10."""
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in _DIGIT_RUNS.split(number) if part)


def age_key(item: OpenItem) -> AgeKey:
    """Order items oldest first with a full tie-break: invoice date, due date, number in natural order, id (R20)."""
    return (item.invoice_on, item.due_on, natural_key(item.number), item.invoice_id)


def is_overdue(item: OpenItem, today: date) -> bool:
    """Tell whether the due date lies before today in the tenant's zone; due today is not overdue (R3)."""
    return item.due_on < today
