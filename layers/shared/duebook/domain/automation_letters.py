"""What the mails of billing automation tell: a new invoice, and what is past due (R72, R75)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from duebook.domain.account import Account, reserved_by_invoice, unapplied_cash
from duebook.domain.account_letters import AccountLetter
from duebook.domain.invoices import Invoice
from duebook.domain.money import Money
from duebook.domain.open_items import OpenItem, is_overdue


@dataclass(frozen=True, slots=True)
class InvoiceNews:
    """An invoice that first appeared.

    Args:
        letter: The customer's accounts; its ``invoice`` is the open item, None where nothing is open of it any more.
        invoice: The document.
        total: What was billed.
        open_minor: What is open of it, in its currency; 0 when unapplied cash paid it at once.
    """

    letter: AccountLetter
    invoice: Invoice
    total: Money
    open_minor: int


@dataclass(frozen=True, slots=True)
class DueLine:
    """A past-due invoice.

    Args:
        item: What is open of it.
        minor: What of that no payment under way has reserved; above zero (R76).
        days_past_due: Above zero.
    """

    item: OpenItem
    minor: int
    days_past_due: int


@dataclass(frozen=True, slots=True)
class DueSection:
    """What is past due in one currency; minor units.

    Args:
        currency: ISO 4217.
        lines: Oldest due date first.
        unapplied: Unapplied cash.
    """

    currency: str
    lines: tuple[DueLine, ...]
    unapplied: int = 0

    @property
    def total(self) -> int:
        """What is past due in all."""
        return sum(line.minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class PastDueLetter:
    """A past-due notice.

    Args:
        letter: The customer's accounts.
        tier: 1, 2 or 3.
        sections: Those with a line at least, in the order of the accounts.
    """

    letter: AccountLetter
    tier: int
    sections: tuple[DueSection, ...]

    @property
    def days_past_due(self) -> int:
        """Of the oldest invoice, in whatever currency."""
        return max((line.days_past_due for section in self.sections for line in section.lines), default=0)


def due_sections(accounts: Iterable[Account], today: date) -> tuple[DueSection, ...]:
    """Return what is past due in each currency, less what payments under way have reserved; currencies without any are left out."""
    sections = (DueSection(one.key.currency, _due_lines(one, today), unapplied_cash(one)) for one in accounts)
    return tuple(section for section in sections if section.lines)


def _due_lines(account: Account, today: date) -> tuple[DueLine, ...]:
    reserved = reserved_by_invoice(account)
    late = (
        DueLine(item, item.open_minor - reserved.get(item.invoice_id, 0), (today - item.due_on).days)
        for item in account.open_items
        if is_overdue(item, today)
    )
    # Open items come oldest first by invoice date; sorting is stable, so that order breaks ties.
    return tuple(sorted((line for line in late if line.minor > 0), key=lambda line: line.item.due_on))
