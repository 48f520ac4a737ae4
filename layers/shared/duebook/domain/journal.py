"""Journal entries: what happened to an account, booked so that each entry adds up to zero."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from duebook.domain.open_items import OpenItem
from duebook.errors import InvariantError


class EntryKind(StrEnum):
    """The kinds of facts that change an account."""

    INVOICE_ISSUED = "invoice_issued"
    INVOICE_AMENDED = "invoice_amended"
    INVOICE_VOIDED = "invoice_voided"
    CREDIT_MEMO_ISSUED = "credit_memo_issued"
    PAYMENT_RESERVED = "payment_reserved"
    PAYMENT_RELEASED = "payment_released"
    PAYMENT_CAPTURED = "payment_captured"
    PAYMENT_APPLIED = "payment_applied"
    PAYMENT_UNAPPLIED = "payment_unapplied"
    PAYMENT_VOIDED = "payment_voided"
    PAYMENT_REFUNDED = "payment_refunded"
    PAYMENT_RETURNED = "payment_returned"
    CHARGED_BACK = "charged_back"
    SETTLED = "settled"


MONEY_OUT = frozenset({EntryKind.PAYMENT_VOIDED, EntryKind.PAYMENT_REFUNDED, EntryKind.PAYMENT_RETURNED, EntryKind.CHARGED_BACK})
"""Entries that take unapplied cash of a payment away again; what they reopen is un-applied by an entry before them."""


RECEIVABLE = "receivable"
SALES = "sales"
UNAPPLIED_CASH = "unapplied_cash"
BANK = "bank"
WRITE_OFF = "write_off"


def clearing(merchant_account_id: str) -> str:
    """Name the posting account where card money waits for settlement, one for each merchant account."""
    return f"clearing:{merchant_account_id}"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry: a posting account and an amount in the minor unit, debits positive."""

    account: str
    minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """A part of an entry's amount on one invoice: an application, or money reserved for one."""

    invoice_id: str
    number: str
    minor: int

    def __post_init__(self) -> None:
        if self.minor <= 0:
            raise InvariantError(f"a line of {self.minor} on invoice {self.invoice_id}")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One fact on one account. Posted entries never change; a correction is a new entry.

    Args:
        id: Derived from the cause, such as ``pay_1.captured``.
        kind: What happened.
        posted_at: When it was booked (UTC).
        source_id: The invoice, payment or credit memo it is about.
        minor: The amount it moves or promises, zero or more.
        postings: Add up to zero; empty for reservations and amendments.
        lines: The invoices touched by a reservation or an application.
        items: Open items that begin with this entry: issued, amended, or reopened whole.
        reason: A person's words, where one is asked for.
        actor: Who did it: a staff or API key id, ``guest``, ``duebook``.
        on: The day money was received, where somebody said so; the date of a credit memo.
    """

    id: str
    kind: EntryKind
    posted_at: datetime
    source_id: str
    minor: int = 0
    postings: tuple[Posting, ...] = ()
    lines: tuple[Line, ...] = ()
    items: tuple[OpenItem, ...] = ()
    reason: str | None = None
    actor: str | None = None
    on: date | None = None

    def __post_init__(self) -> None:
        if sum(posting.minor for posting in self.postings) != 0:
            raise InvariantError(f"the postings of {self.id} do not add up to zero")
        if self.minor < 0:
            raise InvariantError(f"entry {self.id} has a negative amount")


def transfer(debit: str, credit: str, minor: int) -> tuple[Posting, ...]:
    """Book an amount from one posting account to another; nothing for zero."""
    return (Posting(debit, minor), Posting(credit, -minor)) if minor else ()


def lines_total(lines: tuple[Line, ...]) -> int:
    """Add up lines in the minor unit."""
    return sum(line.minor for line in lines)
