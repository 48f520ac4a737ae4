"""Apply a captured payment, and close or park its follow-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from duebook.domain.account import Account, AccountKey, apply, find_reservation
from duebook.domain.decisions import MAX_LINES, ApplyPayment, ReleaseReservation, decide
from duebook.domain.journal import EntryKind, JournalEntry
from duebook.domain.payments import Payment, PaymentKey, next_due
from duebook.errors import AlreadyPostedError, ConflictError, InvariantError
from duebook.storage.account_store import ATTEMPTS, AccountStore, Plan
from duebook.storage.payment_store import PaymentStore

PARKED_AGAIN = timedelta(hours=1)
"""A parked payment is tried again this much later, in case the cause has passed; staff see it meanwhile."""


def apply_payment(
    key: PaymentKey, *, accounts: AccountStore, payments: PaymentStore, now: datetime, web_currency: str | None = None
) -> int:
    """Turn a captured payment's unapplied cash into applications, as reserved, the rest oldest first (R22, R25).

    Safe to run again: a payment that is applied stays as it is. More than MAX_LINES invoices take several commits.

    Args:
        key: Which payment.
        accounts: For the account's change.
        payments: For the payment's.
        now: Booked as this instant.
        web_currency: Of a payment made on the web, where the caller knows it: then the payment is not read first.

    Returns:
        How many entries this run posted; 0 when it was applied before.

    Raises:
        NotFoundError: No such payment.
        ConflictError: The account kept changing; run it again.
        InvariantError: The payment has no captured money.
    """
    online_only = True
    if web_currency is None:
        payment = _captured(key, payments)
        web_currency, online_only = payment.amount.currency, payment.channel != "staff"
    account_key = AccountKey(key.tenant_id, key.customer_id, web_currency)
    posted = 0
    for attempt in count():
        snapshot = accounts.read(account_key)
        if key.payment_id not in snapshot.account.unapplied:
            _captured(key, payments)
        entries, is_whole = _entries(snapshot.account, key.payment_id, online_only=online_only, now=now)
        numbers = [snapshot.account.version + 1 for entry in entries if entry.kind is EntryKind.PAYMENT_APPLIED]
        write = payments.applied(key, numbers, is_whole=is_whole)
        try:
            if entries:
                accounts.commit(snapshot, Plan(entries, (write,)))
            else:
                payments.carry_out(write)
        except AlreadyPostedError:
            return posted
        except ConflictError:
            if attempt >= ATTEMPTS:
                raise
            accounts.pause(attempt)
            continue
        posted += len(entries)
        if is_whole:
            break
    return posted


def close_payment(key: PaymentKey, *, payments: PaymentStore, now: datetime) -> Payment:
    """Note that a payment is applied and everybody told: the schedule looks at it again only if a refund, void or news waits."""
    payment = payments.get(key)
    if payment.closed and payment.parked is None:
        return payment
    payments.save(replace(payment, closed=True, parked=None, due_at=next_due(payment, now)))
    return payment


def park_payment(key: PaymentKey, cause: str, *, payments: PaymentStore, now: datetime) -> Payment:
    """Set a payment whose follow-up failed aside for staff; its money is booked, only the rest is missing."""
    payment = payments.get(key)
    payments.save(replace(payment, parked=cause[:200] or "unknown", due_at=now + PARKED_AGAIN))
    return payment


def _captured(key: PaymentKey, payments: PaymentStore) -> Payment:
    payment = payments.get(key)
    if payment.captured_at is None:
        raise InvariantError(f"payment {key.payment_id} is {payment.state}, and was never captured")
    return payment


def _entries(account: Account, payment_id: str, *, online_only: bool, now: datetime) -> tuple[tuple[JournalEntry, ...], bool]:
    """Decide the next entries, and whether they are the last."""
    entries: list[JournalEntry] = []
    is_whole = True
    try:
        applied = decide(account, ApplyPayment(payment_id, online_only=online_only), posted_at=now, actor="duebook")
        entries.append(applied)
        account = apply(account, applied)
        is_whole = len(applied.lines) < MAX_LINES
    except AlreadyPostedError:
        # Nothing (more) can be applied: what is left stays unapplied cash.
        pass
    if is_whole and find_reservation(account, payment_id):
        entries.append(decide(account, ReleaseReservation(payment_id, "applied"), posted_at=now, actor="duebook"))
    return tuple(entries), is_whole
