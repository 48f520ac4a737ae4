"""What people are told of money that left a payment again: returned, charged back, voided or refunded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.account import Account, find_open_item
from duebook.domain.directory import Customer, Tenant
from duebook.domain.journal import WRITE_OFF, EntryKind, JournalEntry, Line
from duebook.domain.money import Money
from duebook.domain.payments import Payment
from duebook.domain.refunds import Refund
from duebook.domain.reversals import MAX_REOPENED


@dataclass(frozen=True, slots=True)
class ReopenedInvoice:
    """An invoice that opened again: what was un-applied of it, and what is open of it now (0: paid meanwhile); minor units."""

    invoice_id: str
    number: str
    minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """Money that left a payment again, as it is told to payer and staff.

    Args:
        payment: As it stands.
        tenant: To whom it was made.
        customer: For whom it was made.
        amount: What is gone: for a chargeback perhaps a part of the payment.
        at: When it was booked (UTC); the same whenever it is told.
        reopened: What opened again for it, the newest application first (R38, R41).
        lost: The part that had been given back before, so that the business bears it; minor units.
        refund: The refund, if it is one.
    """

    payment: Payment
    tenant: Tenant
    customer: Customer
    amount: Money
    at: datetime
    reopened: tuple[ReopenedInvoice, ...] = ()
    lost: int = 0
    refund: Refund | None = None


def entry_behind(payment: Payment, notice: str) -> str:
    """Return the id of the journal entry behind a notice; money that had not come in was only promised, and is released.

    Args:
        payment: As it stands.
        notice: ``returned``, ``charged_back``, ``voided``, or a refund id.
    """
    if any(refund.refund_id == notice for refund in payment.refunds):
        return f"{notice}.refunded"
    return f"{payment.key.payment_id}.{notice if payment.captured_at else 'released'}"


def money_back(
    payment: Payment, notice: str, entries: Mapping[int, JournalEntry], account: Account, tenant: Tenant, customer: Customer
) -> MoneyBack:
    """Put together what is told of money that left a payment again.

    Args:
        payment: As it stands.
        notice: As in ``entry_behind``.
        entries: Journal entries by number: the one behind the notice, and those in ``applied_in``.
        account: The customer's, as it stands.
        tenant: To whom it was made.
        customer: For whom it was made.
    """
    refund = next((refund for refund in payment.refunds if refund.refund_id == notice), None)
    entry_id = entry_behind(payment, notice)
    number = next((number for number, entry in entries.items() if entry.id == entry_id), None)
    booked = entries[number] if number is not None else None
    postings = booked.postings if booked else ()
    gone = sum(-posting.minor for posting in postings if posting.minor < 0)
    lines = _reopened(number, entries) if number is not None else ()
    return MoneyBack(
        payment=payment,
        tenant=tenant,
        customer=customer,
        amount=Money(refund.minor if refund else gone or payment.amount.minor, payment.amount.currency),
        at=booked.posted_at if booked else payment.created_at,
        reopened=tuple(_as_it_is_now(line, account) for line in lines),
        lost=sum(posting.minor for posting in postings if posting.account == WRITE_OFF),
        refund=refund,
    )


def _reopened(booked: int, entries: Mapping[int, JournalEntry]) -> tuple[Line, ...]:
    """Return what was un-applied for a fact: in the same commit, and, of very many invoices, in full entries before it."""
    fact = entries[booked]
    # At most the release of a reservation, which is not among these entries, stands between the two.
    last = booked - 1 if booked - 1 in entries else booked - 2
    if not _is_part(entries.get(last), fact.reason) or entries[last].posted_at != fact.posted_at:
        return ()
    lines = list(entries[last].lines)
    for number in sorted((number for number in entries if number < last), reverse=True):
        part = entries[number]
        if not _is_part(part, fact.reason) or len(part.lines) < MAX_REOPENED:
            break
        lines = [*part.lines, *lines]
    return tuple(lines)


def _is_part(entry: JournalEntry | None, reason: str | None) -> bool:
    return entry is not None and entry.kind is EntryKind.PAYMENT_UNAPPLIED and entry.reason == reason


def _as_it_is_now(line: Line, account: Account) -> ReopenedInvoice:
    item = find_open_item(account, line.invoice_id)
    return ReopenedInvoice(line.invoice_id, line.number, line.minor, item.open_minor if item else 0)
