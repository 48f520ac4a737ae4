"""Record what is known of a charge: the one way in for answers, look-ups and reports, in any order and number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from duebook.domain.account import Account, AccountKey, find_reservation
from duebook.domain.decisions import CapturePayment, ReleaseReservation, decide
from duebook.domain.journal import JournalEntry, clearing
from duebook.domain.payments import LOOK_AFTER, Evidence, Payment, PaymentKey, PaymentState, looked_in_vain, moved
from duebook.errors import ConflictError
from duebook.storage.account_store import ATTEMPTS, AccountStore, Plan
from duebook.storage.payment_store import PaymentStore

OVER = frozenset({PaymentState.DECLINED, PaymentState.FAILED})


def record_outcome(key: PaymentKey, evidence: Evidence, *, accounts: AccountStore, payments: PaymentStore) -> Payment:
    """Move a payment on by new evidence, with the money it means in the same commit.

    Captured: the money is booked as unapplied cash. Declined or failed: its reservation is released. Older or repeated
    evidence changes nothing.

    Raises:
        ConflictError: The payment kept changing; run it again.
    """
    for attempt in range(ATTEMPTS):
        before = payments.get(key)
        after = moved(before, evidence)
        if after is None:
            return before
        try:
            return _write(after, evidence.observed_at, accounts, payments)
        except ConflictError:
            accounts.pause(attempt)
    raise ConflictError(f"payment {key.payment_id} kept changing")


def record_vain_look(key: PaymentKey, *, accounts: AccountStore, payments: PaymentStore, now: datetime) -> Payment:
    """Record that the processor does not know a charge: asked again later, or given up and its reservation released.

    Raises:
        ConflictError: The payment changed meanwhile; look again.
    """
    payment = payments.get(key)
    if payment.state not in {PaymentState.SUBMITTING, PaymentState.UNKNOWN}:
        # Known once and not found now: not this use case's to end. It is asked again, and staff see its age.
        later = replace(payment, due_at=now + LOOK_AFTER[-1])
        payments.save(later)
        return replace(later, version=later.version + 1)
    return _write(looked_in_vain(payment, now=now), now, accounts, payments)


def _write(after: Payment, posted_at: datetime, accounts: AccountStore, payments: PaymentStore) -> Payment:
    if after.state is not PaymentState.CAPTURED and after.state not in OVER:
        payments.save(after)
        return replace(after, version=after.version + 1)
    snapshot = accounts.read(AccountKey(after.key.tenant_id, after.key.customer_id, after.amount.currency))
    entries = _entries(snapshot.account, after, posted_at)
    if entries:
        accounts.commit(snapshot, Plan(entries, (payments.changed(after),)))
    else:
        payments.save(after)
    return replace(after, version=after.version + 1)


def _entries(account: Account, after: Payment, posted_at: datetime) -> tuple[JournalEntry, ...]:
    payment_id = after.key.payment_id
    if after.state is PaymentState.CAPTURED:
        captured = CapturePayment(payment_id, after.amount.minor, clearing(after.merchant_account_id or "none"))
        return (decide(account, captured, posted_at=posted_at, actor="duebook"),)
    if find_reservation(account, payment_id) is None:
        return ()
    return (decide(account, ReleaseReservation(payment_id, after.state.value), posted_at=posted_at, actor="duebook"),)
