"""Apply a captured payment, and close or park its follow-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from duebook.domain.account import Account, AccountKey, apply, find_reservation
from duebook.domain.decisions import MAX_LINES, ApplyPayment, ReleaseReservation, decide
from duebook.domain.payments import Payment, PaymentKey, PaymentState
from duebook.errors import AlreadyPostedError, InvariantError
from duebook.storage.account_store import AccountStore, Plan
from duebook.storage.payment_store import PaymentStore

PARKED_AGAIN = timedelta(hours=1)
"""A parked payment is tried again this much later, in case the cause has passed; staff see it meanwhile."""


def apply_payment(key: PaymentKey, *, accounts: AccountStore, payments: PaymentStore, now: datetime) -> Payment:
    """Turn a captured payment's unapplied cash into applications, as reserved, the rest oldest first (R22, R25).

    Safe to run again: a payment that is applied stays as it is. More than MAX_LINES invoices take several commits.

    Raises:
        NotFoundError: No such payment.
        ConflictError: The account kept changing; run it again.
        InvariantError: The payment has no captured money.
    """
    payment = payments.get(key)
    if payment.state is not PaymentState.CAPTURED:
        raise InvariantError(f"payment {key.payment_id} is {payment.state}, not captured")
    while not payment.applied:
        payment = _step(payment, accounts, payments, now)
    return payment


def close_payment(key: PaymentKey, *, payments: PaymentStore) -> Payment:
    """Note that a payment is applied and everybody told: the schedule need not look at it any more."""
    payment = payments.get(key)
    if payment.due_at is None and payment.parked is None:
        return payment
    payments.save(replace(payment, due_at=None, parked=None))
    return payment


def park_payment(key: PaymentKey, cause: str, *, payments: PaymentStore, now: datetime) -> Payment:
    """Set a payment whose follow-up failed aside for staff; its money is booked, only the rest is missing."""
    payment = payments.get(key)
    payments.save(replace(payment, parked=cause[:200] or "unknown", due_at=now + PARKED_AGAIN))
    return payment


def _step(payment: Payment, accounts: AccountStore, payments: PaymentStore, now: datetime) -> Payment:
    snapshot = accounts.read(AccountKey(payment.key.tenant_id, payment.key.customer_id, payment.amount.currency))
    plan, after = _plan(snapshot.account, payment, payments, now)
    if plan.entries:
        accounts.commit(snapshot, plan)
    else:
        payments.save(after)
    return replace(after, version=payment.version + 1)


def _plan(account: Account, payment: Payment, payments: PaymentStore, now: datetime) -> tuple[Plan, Payment]:
    payment_id = payment.key.payment_id
    entries = []
    after = replace(payment, applied=True)
    try:
        applied = decide(account, ApplyPayment(payment_id, online_only=payment.channel != "staff"), posted_at=now, actor="duebook")
        entries.append(applied)
        account = apply(account, applied)
        after = replace(payment, applied_in=(*payment.applied_in, account.version), applied=len(applied.lines) < MAX_LINES)
    except AlreadyPostedError:
        # Nothing (more) can be applied: what is left stays unapplied cash.
        pass
    if after.applied and find_reservation(account, payment_id):
        entries.append(decide(account, ReleaseReservation(payment_id, "applied"), posted_at=now, actor="duebook"))
    return Plan(tuple(entries), (payments.changed(after),)), after
