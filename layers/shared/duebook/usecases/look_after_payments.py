"""Look after payments that still need work: ask about unknown ones, start what never started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duebook.domain.directory import MerchantAccount
from duebook.domain.payments import Evidence, Outcome, Payment, PaymentKey, PaymentState
from duebook.errors import ConflictError, DuebookError, InvariantError, TransientError
from duebook.ports import PaymentProcessor
from duebook.storage.account_store import AccountStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.record_outcome import OVER, record_outcome, record_vain_look

A_RUN = 100
APPLICATION_AGAIN = timedelta(minutes=10)
ASKED = frozenset({PaymentState.SUBMITTING, PaymentState.UNKNOWN, PaymentState.PENDING, PaymentState.REVIEW})


@dataclass(frozen=True, slots=True)
class Desk:
    """All that looking after payments needs of the outside."""

    directory: DirectoryStore
    accounts: AccountStore
    payments: PaymentStore
    processor_of: Callable[[str, MerchantAccount], PaymentProcessor]
    start_application: Callable[[Payment, str], None]
    tell_not_made: Callable[[PaymentKey], None]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did, as counts."""

    asked: int = 0
    started: int = 0
    not_made: int = 0
    postponed: int = 0
    broken: tuple[str, ...] = ()


def look_after_payments(desk: Desk, *, timeout_seconds: float, enough: Callable[[], bool] = lambda: False) -> Round:
    """Go through the payments that are due, the longest waiting first.

    Args:
        desk: Stores, processors and clock.
        timeout_seconds: For each look-up at a processor.
        enough: Asked before each payment: whether the time left is too short for another.

    Returns:
        Counts; ``postponed`` ones met a passing fault and stay due, ``broken`` ones need a person (each as id and reason).
    """
    done = Round()
    for key in desk.payments.due(desk.now(), limit=A_RUN):
        if enough():
            break
        try:
            done = _look_after(key, desk, timeout_seconds, done)
        except (TransientError, ConflictError):
            done = replace(done, postponed=done.postponed + 1)
        except DuebookError as error:
            # One payment that is out of order must not keep the others waiting.
            done = replace(done, broken=(*done.broken, f"{key.payment_id}: {error}"))
    return done


def _look_after(key: PaymentKey, desk: Desk, timeout_seconds: float, done: Round) -> Round:
    payment = desk.payments.get(key)
    if payment.due_at is None or payment.due_at > desk.now():
        return done
    if payment.state in ASKED:
        payment = _ask(payment, desk, timeout_seconds)
        done = replace(done, asked=done.asked + 1)
    if payment.state is PaymentState.CAPTURED:
        _start(payment, desk)
        done = replace(done, started=done.started + 1)
    if payment.state in OVER:
        desk.tell_not_made(key)
        desk.payments.save(replace(desk.payments.get(key), due_at=None))
        done = replace(done, not_made=done.not_made + 1)
    return done


def _ask(payment: Payment, desk: Desk, timeout_seconds: float) -> Payment:
    if payment.state is PaymentState.SUBMITTING:
        # Left by a crash. From here on its payer is somebody who waits for word from us.
        in_doubt = Evidence(Outcome.UNKNOWN, desk.now())
        payment = record_outcome(payment.key, in_doubt, accounts=desk.accounts, payments=desk.payments)
    account = _merchant_account(payment, desk.directory)
    processor = desk.processor_of(payment.key.tenant_id, account)
    evidence = processor.inquire(payment.order_id, submitted_at=payment.created_at, timeout_seconds=timeout_seconds)
    if evidence is None:
        return record_vain_look(payment.key, accounts=desk.accounts, payments=desk.payments, now=desk.now())
    after = record_outcome(payment.key, evidence, accounts=desk.accounts, payments=desk.payments)
    if after.state is payment.state:
        # Still pending or held: nothing new, ask again later.
        desk.payments.save(replace(after, due_at=desk.now() + APPLICATION_AGAIN))
    return after


def _start(payment: Payment, desk: Desk) -> None:
    # A run under the payment's own name may have failed and been parked; a later one is named by its time as well.
    desk.start_application(payment, payment.key.payment_id)
    due = payment.due_at or desk.now()
    if due - payment.created_at > APPLICATION_AGAIN:
        desk.start_application(payment, f"{payment.key.payment_id}.{due:%Y%m%dT%H%M%S}")
    current = desk.payments.get(payment.key)
    if current.due_at is not None:
        desk.payments.save(replace(current, due_at=desk.now() + APPLICATION_AGAIN))


def _merchant_account(payment: Payment, directory: DirectoryStore) -> MerchantAccount:
    accounts = directory.merchant_accounts(payment.key.tenant_id)
    found = next((account for account in accounts if account.account_id == payment.merchant_account_id), None)
    if found is None:
        raise InvariantError(f"merchant account {payment.merchant_account_id} of payment {payment.key.payment_id} is gone")
    return found
