"""A quote: what a contact was shown before paying, good for a quarter of an hour (R23, R24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from duebook.domain.account import Account
from duebook.domain.money import Money
from duebook.domain.selection import PricedLine, Selection, price
from duebook.errors import BalanceChangedError

GOOD_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Quote:
    """A priced selection as it was shown.

    Args:
        quote_id: Ours, ``quo_…``.
        tenant_id: To whom it would be paid.
        customer_id: Whose invoices.
        currency: ISO 4217.
        selection: What was chosen.
        lines: What it pays, oldest first.
        expires_at: From then on it is not paid any more (UTC).
    """

    quote_id: str
    tenant_id: str
    customer_id: str
    currency: str
    selection: Selection
    lines: tuple[PricedLine, ...]
    expires_at: datetime

    @property
    def total(self) -> Money:
        """What would be charged."""
        return Money(sum(line.minor for line in self.lines), self.currency)


def check_still_true(quote: Quote, account: Account) -> None:
    """Refuse a quote that the account no longer bears out, line by line (R23, R24).

    Raises:
        BalanceChangedError: Somebody paid, voided or switched pay online off meanwhile; it carries the new figures.
    """
    now = price(account, quote.selection)
    if now.lines != quote.lines:
        raise BalanceChangedError(
            f"This balance changed since you opened the page: the new total is {Money(now.total, quote.currency)}. You have not been charged.",
            payable=now.total,
            currency=quote.currency,
            lines=[line_facts(line) for line in now.lines],
        )


def line_facts(line: PricedLine) -> Mapping[str, object]:
    """Write a line as answers show it."""
    return {
        "invoice_id": line.invoice_id,
        "number": line.number,
        "amount": line.minor,
        "pays": "full" if line.in_full else "part",
    }
