"""Record what is known of a charge or refund: the one way in for answers, webhooks, look-ups and reports, in any order and number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from duebook.domain.account import Account, AccountKey, find_open_item
from duebook.domain.outcomes import Books, Recorded, outcome_recorded, refund_recorded, touches_money
from duebook.domain.payments import (
    ASK_AGAIN,
    LOOK_AFTER,
    Evidence,
    Outcome,
    Payment,
    PaymentKey,
    PaymentState,
    looked_in_vain,
    moved,
    next_due,
)
from duebook.domain.refunds import IN_FLIGHT, Refund, StepState, looked_for_in_vain, void_not_seen, with_refund
from duebook.domain.reversals import newest_first
from duebook.errors import ConflictError, NotFoundError
from duebook.storage.account_store import ATTEMPTS, AccountStore, Plan, Snapshot
from duebook.storage.payment_store import PaymentStore

if TYPE_CHECKING:
    # Needed only where money is taken back: a charge does not wait for it to load.
    from duebook.storage.invoice_store import InvoiceStore


@dataclass(frozen=True, slots=True)
class MoneyDesk:
    """The stores that recording an outcome writes to."""

    accounts: AccountStore
    payments: PaymentStore
    invoices: InvoiceStore


def record_outcome(key: PaymentKey, evidence: Evidence, *, books: MoneyDesk) -> Payment:
    """Move a payment on by new evidence, with the money it means in the same commit.

    Captured: the money is booked as unapplied cash. Declined or failed: its reservation is released. Settled: the money moves
    from clearing to the bank. Voided, returned, charged back: what it paid opens again. Older or repeated evidence, and
    evidence about another amount, changes nothing.

    Raises:
        ConflictError: The payment kept changing; run it again.
    """

    def decided(payment: Payment, known: Books) -> Recorded | None:
        return outcome_recorded(payment, evidence, known)

    def is_of_money(payment: Payment) -> bool:
        after = moved(payment, evidence)
        return after is not None and touches_money(payment, after)

    return _record(key, decided, is_of_money, books)


def record_refund_outcome(key: PaymentKey, refund_id: str, evidence: Evidence, *, books: MoneyDesk) -> Payment:
    """Move one refund of a payment on by new evidence; made, its money is gone and invoices open again (R41).

    Raises:
        NotFoundError: The payment has no such refund.
        ConflictError: The payment kept changing; run it again.
    """

    def decided(payment: Payment, known: Books) -> Recorded | None:
        return refund_recorded(payment, refund_of(payment, refund_id), evidence, known)

    return _record(key, decided, lambda _payment: evidence.outcome is not Outcome.UNKNOWN, books)


def record_vain_look(key: PaymentKey, *, books: MoneyDesk, now: datetime) -> Payment:
    """Record that the processor does not know a charge: asked again later, or given up and its reservation released.

    Raises:
        ConflictError: The payment changed meanwhile; look again.
    """
    payment = books.payments.get(key)
    if payment.state not in {PaymentState.SUBMITTING, PaymentState.UNKNOWN}:
        # Known once and not found now: not this use case's to end. It is asked again, and reconciliation shows it.
        return _saved(replace(payment, due_at=now + ASK_AGAIN.get(payment.state, LOOK_AFTER[-1])), books)
    after = looked_in_vain(payment, now=now)
    if after.state is PaymentState.UNKNOWN:
        return _saved(after, books)
    given_up = Evidence(Outcome.FAILED, now, reason=after.reason, reason_code="never_arrived")
    return record_outcome(key, given_up, books=books)


def record_vain_refund_look(key: PaymentKey, refund_id: str, *, books: MoneyDesk, now: datetime) -> Payment:
    """Record that the processor does not know a refund: asked again later, or given up as never made.

    Raises:
        ConflictError: The payment changed meanwhile; look again.
    """
    payment = books.payments.get(key)
    refund = refund_of(payment, refund_id)
    if refund.state not in IN_FLIGHT:
        return payment
    after = replace(payment, refunds=with_refund(payment.refunds, looked_for_in_vain(refund, now=now)))
    return _saved(replace(after, due_at=next_due(after, now)), books)


def record_void_not_seen(key: PaymentKey, *, books: MoneyDesk, now: datetime) -> Payment:
    """Record that a charge still stands although a void of it was sent: asked again later, or given up as never made.

    Raises:
        ConflictError: The payment changed meanwhile; look again.
    """
    payment = books.payments.get(key)
    if payment.void is None or payment.void.state not in IN_FLIGHT:
        return payment
    after = replace(payment, void=void_not_seen(payment.void, now=now))
    return _saved(replace(after, due_at=next_due(after, now)), books)


def record_void_refused(key: PaymentKey, code: str, *, books: MoneyDesk) -> Payment:
    """Record that a void was not made, and why.

    Raises:
        ConflictError: The payment kept changing; run it again.
    """
    for attempt in range(ATTEMPTS):
        payment = books.payments.get(key)
        if payment.void is None or payment.void.state not in IN_FLIGHT:
            return payment
        try:
            return _saved(replace(payment, void=replace(payment.void, state=StepState.REFUSED, reason_code=code)), books)
        except ConflictError:
            books.accounts.pause(attempt)
    raise ConflictError(f"payment {key.payment_id} kept changing")


def refund_of(payment: Payment, refund_id: str) -> Refund:
    """Return a payment's refund by its id.

    Raises:
        NotFoundError: It has none such.
    """
    found = next((refund for refund in payment.refunds if refund.refund_id == refund_id), None)
    if found is None:
        raise NotFoundError(f"no refund {refund_id} of payment {payment.key.payment_id}")
    return found


def _record(
    key: PaymentKey, decided: Callable[[Payment, Books], Recorded | None], is_of_money: Callable[[Payment], bool], books: MoneyDesk
) -> Payment:
    attempt = 0
    while attempt < ATTEMPTS:
        before = books.payments.get(key)
        try:
            if not is_of_money(before):
                recorded = decided(before, Books(Account(_account_key(before))))
                return before if recorded is None else _saved(recorded.payment, books)
            snapshot = books.accounts.read(_account_key(before))
            recorded = decided(before, _known(before, snapshot, books))
            if recorded is None:
                return before
            after = _committed(snapshot, recorded, books)
        except ConflictError:
            books.accounts.pause(attempt)
            attempt += 1
            continue
        if recorded.is_whole:
            return after
    raise ConflictError(f"payment {key.payment_id} kept changing")


def _known(payment: Payment, snapshot: Snapshot, books: MoneyDesk) -> Books:
    """Read what a payment pays now, and the invoices it has closed."""
    account_key = snapshot.account.key
    if not payment.applied_in:
        return Books(snapshot.account)
    entries = books.accounts.entries([(account_key, number) for number in payment.applied_in])
    applied = newest_first(entries[account_key, number] for number in payment.applied_in)
    paid = [line.invoice_id for line in applied if find_open_item(snapshot.account, line.invoice_id) is None]
    issued = books.invoices.issued_items(account_key.tenant_id, account_key.customer_id, paid) if paid else {}
    return Books(snapshot.account, applied, issued)


def _committed(snapshot: Snapshot, recorded: Recorded, books: MoneyDesk) -> Payment:
    if not recorded.entries:
        return _saved(recorded.payment, books)
    books.accounts.commit(snapshot, Plan(recorded.entries, (books.payments.changed(recorded.payment),)))
    return replace(recorded.payment, version=recorded.payment.version + 1)


def _saved(payment: Payment, books: MoneyDesk) -> Payment:
    books.payments.save(payment)
    return replace(payment, version=payment.version + 1)


def _account_key(payment: Payment) -> AccountKey:
    return AccountKey(payment.key.tenant_id, payment.key.customer_id, payment.amount.currency)
