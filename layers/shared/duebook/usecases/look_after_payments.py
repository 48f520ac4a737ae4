"""Look after payments that still need work: ask about what is in doubt, start what never started, tell what is untold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duebook.domain.directory import MerchantAccount
from duebook.domain.payments import (
    ASK_AGAIN,
    IN_DOUBT,
    LOOK_AFTER,
    RETURN_CODE,
    SUBMITTED,
    Evidence,
    Outcome,
    Payment,
    PaymentKey,
    PaymentState,
    fits,
    is_return_code,
    next_due,
)
from duebook.domain.refunds import IN_FLIGHT, Refund, in_flight
from duebook.errors import ConflictError, DuebookError, ProcessorUnavailableError, TransientError
from duebook.ports import PaymentProcessor
from duebook.storage.account_store import AccountStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.invoice_store import InvoiceStore
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.merchant_accounts import charge_ref, merchant_account_of, refund_order
from duebook.usecases.record_outcome import (
    MoneyDesk,
    record_outcome,
    record_refund_outcome,
    record_vain_look,
    record_vain_refund_look,
    record_void_not_seen,
)

A_RUN = 100
APPLICATION_AGAIN = timedelta(minutes=10)
LONGEST_DOUBT = timedelta(hours=1)
FLAGS = frozenset({PaymentState.RETURNED.value, RETURN_CODE})
STANDS_UNSETTLED = frozenset({Outcome.APPROVED, Outcome.PENDING, Outcome.REVIEW})


@dataclass(frozen=True, slots=True)
class Desk:
    """All that looking after payments needs of the outside."""

    directory: DirectoryStore
    accounts: AccountStore
    payments: PaymentStore
    invoices: InvoiceStore
    processor_of: Callable[[str, MerchantAccount], PaymentProcessor]
    start_application: Callable[[Payment, str], None]
    tell_news: Callable[[PaymentKey, str], None]
    flag_method: Callable[[Payment, str], None]
    now: Callable[[], datetime]

    @property
    def books(self) -> MoneyDesk:
        """The stores that recording an outcome writes to."""
        return MoneyDesk(self.accounts, self.payments, self.invoices)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did, as counts."""

    asked: int = 0
    started: int = 0
    told: int = 0
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
        except ProcessorUnavailableError:
            done = replace(done, postponed=done.postponed + 1)
            _ask_later(key, desk)
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
    if payment.state in IN_DOUBT and SUBMITTED not in payment.news:
        payment = _ask(payment, desk, timeout_seconds)
        done = replace(done, asked=done.asked + 1)
    if payment.void is not None and payment.void.state in IN_FLIGHT:
        payment = _ask_about_void(payment, desk, timeout_seconds)
    refund = in_flight(payment.refunds)
    if refund is not None:
        payment = _ask_about_refund(payment, refund, desk, timeout_seconds)
        done = replace(done, asked=done.asked + 1)
    if payment.captured_at is not None and not payment.closed:
        _start(payment, desk)
        done = replace(done, started=done.started + 1)
    if payment.news:
        done = replace(done, told=done.told + _tell(payment, desk))
    elif payment.state not in IN_DOUBT and (payment.closed or payment.captured_at is None):
        _nothing_more(payment.key, desk)
    return done


def _ask_later(key: PaymentKey, desk: Desk) -> None:
    """Put a payment whose processor gave no clear word off: the older it is, the longer, so that a lasting doubt costs little."""
    with suppress(TransientError, ConflictError):
        payment = desk.payments.get(key)
        pause = min(LONGEST_DOUBT, max(LOOK_AFTER[0], (desk.now() - payment.created_at) / 10))
        if payment.due_at is not None and payment.due_at <= desk.now():
            desk.payments.save(replace(payment, due_at=desk.now() + pause))


def _ask(payment: Payment, desk: Desk, timeout_seconds: float) -> Payment:
    if payment.state is PaymentState.SUBMITTING:
        # Left by a crash. From here on its payer is somebody who waits for word from us.
        payment = record_outcome(payment.key, Evidence(Outcome.UNKNOWN, desk.now()), books=desk.books)
    processor = _processor(payment, desk)
    evidence = processor.inquire(payment.order_id, submitted_at=payment.created_at, timeout_seconds=timeout_seconds)
    if evidence is None:
        return record_vain_look(payment.key, books=desk.books, now=desk.now())
    if not fits(payment, evidence):
        return _unwanted(payment, evidence, desk, processor, timeout_seconds)
    after = record_outcome(payment.key, evidence, books=desk.books)
    if after.state is payment.state:
        # Still pending or held: nothing new, ask again later.
        after = replace(after, due_at=desk.now() + ASK_AGAIN.get(after.state, LOOK_AFTER[-1]))
        desk.payments.save(after)
        return replace(after, version=after.version + 1)
    return after


def _unwanted(payment: Payment, evidence: Evidence, desk: Desk, processor: PaymentProcessor, timeout_seconds: float) -> Payment:
    """Take back a charge that stands for another amount than was asked for; a settled one is left to reconciliation."""
    if evidence.reference is not None and evidence.outcome in STANDS_UNSETTLED:
        processor.void(charge_ref(payment, evidence.reference), timeout_seconds=timeout_seconds)
    after = replace(payment, due_at=desk.now() + LOOK_AFTER[-1])
    desk.payments.save(after)
    return replace(after, version=after.version + 1)


def _ask_about_void(payment: Payment, desk: Desk, timeout_seconds: float) -> Payment:
    if payment.merchant_account_id is None:
        return record_outcome(payment.key, Evidence(Outcome.VOIDED, desk.now()), books=desk.books)
    evidence = _processor(payment, desk).inquire(payment.order_id, submitted_at=payment.created_at, timeout_seconds=timeout_seconds)
    if evidence is not None and evidence.outcome is not Outcome.UNKNOWN:
        payment = record_outcome(payment.key, evidence, books=desk.books)
    return record_void_not_seen(payment.key, books=desk.books, now=desk.now())


def _ask_about_refund(payment: Payment, refund: Refund, desk: Desk, timeout_seconds: float) -> Payment:
    if payment.merchant_account_id is None:
        # A check or cash: nobody is to be asked, the business gives it back itself.
        return record_refund_outcome(payment.key, refund.refund_id, Evidence(Outcome.APPROVED, desk.now()), books=desk.books)
    order = refund_order(payment, refund)
    evidence = _processor(payment, desk).inquire_refund(order, submitted_at=refund.asked_at, timeout_seconds=timeout_seconds)
    if evidence is None:
        return record_vain_refund_look(payment.key, refund.refund_id, books=desk.books, now=desk.now())
    after = record_refund_outcome(payment.key, refund.refund_id, evidence, books=desk.books)
    if in_flight(after.refunds) is None:
        return after
    # It stands for another amount, or is not decided there: asked again, and reconciliation shows it.
    return record_vain_refund_look(payment.key, refund.refund_id, books=desk.books, now=desk.now())


def _start(payment: Payment, desk: Desk) -> None:
    # A run under the payment's own name may have failed and been parked; a later one is named by its time as well.
    desk.start_application(payment, payment.key.payment_id)
    due = payment.due_at or desk.now()
    if due - payment.created_at > APPLICATION_AGAIN:
        desk.start_application(payment, f"{payment.key.payment_id}.{due:%Y%m%dT%H%M%S}")
    current = desk.payments.get(payment.key)
    if current.due_at is not None and not current.closed:
        desk.payments.save(replace(current, due_at=desk.now() + APPLICATION_AGAIN))


def _tell(payment: Payment, desk: Desk) -> int:
    """Tell what is owed, then strike it off; a crash in between tells again, and each mail has one cause."""
    for notice in payment.news:
        if notice in FLAGS and payment.method_id is not None and is_return_code(payment.ended_code):
            desk.flag_method(payment, str(payment.ended_code))
        if notice != RETURN_CODE:
            desk.tell_news(payment.key, notice)
    current = desk.payments.get(payment.key)
    told = replace(current, news=tuple(notice for notice in current.news if notice not in payment.news))
    pause = APPLICATION_AGAIN if told.captured_at is not None and not told.closed else ASK_AGAIN.get(told.state)
    desk.payments.save(replace(told, due_at=next_due(told, desk.now()) or (desk.now() + pause if pause else None)))
    return len(payment.news)


def _nothing_more(key: PaymentKey, desk: Desk) -> None:
    current = desk.payments.get(key)
    due = next_due(current, desk.now())
    if current.due_at != due and not (due and current.due_at):
        desk.payments.save(replace(current, due_at=due))


def _processor(payment: Payment, desk: Desk) -> PaymentProcessor:
    return desk.processor_of(payment.key.tenant_id, merchant_account_of(payment, desk.directory))
