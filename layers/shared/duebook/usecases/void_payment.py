"""Take a payment back whole before it has settled, or a check that was recorded in error or came back (R41)."""

from __future__ import annotations

from dataclasses import replace

from duebook.domain.payments import UNATTENDED, Evidence, Outcome, Payment, PaymentState
from duebook.domain.refunds import IN_FLIGHT, StepState, Void, in_flight, refunded
from duebook.errors import (
    ConflictError,
    PaymentInProgressError,
    ProcessorUnavailableError,
    RefundRefusedError,
    TooLateToVoidError,
    TransientError,
)
from duebook.usecases.merchant_accounts import charge_ref
from duebook.usecases.record_outcome import record_outcome, record_void_refused
from duebook.usecases.refund_payment import ReversalDesk

CAN_BE_VOIDED = frozenset({PaymentState.CAPTURED, PaymentState.PENDING, PaymentState.REVIEW})
NOT_KNOWN_YET = frozenset({PaymentState.SUBMITTING, PaymentState.UNKNOWN})


def void_payment(tenant_id: str, payment_id: str, reason: str, *, desk: ReversalDesk, timeout_seconds: float) -> Payment:
    """Void a whole payment once; everything it had paid opens again. One that is void already stays as it is.

    Returns:
        The payment: voided, or with the void under way when the processor's answer was lost.

    Raises:
        NotFoundError: No such payment of this tenant.
        TooLateToVoidError: It has settled, or a part of it was given back: refund it.
        PaymentInProgressError: Its outcome is not known yet, or another void or refund of it is under way.
        ConflictError: There is nothing to void.
        ProcessorUnavailableError: The processor could not be reached; nothing was voided.
    """
    payment = desk.payments.get(desk.payments.find(tenant_id, payment_id))
    if payment.state is PaymentState.VOIDED:
        return payment
    _check(payment)
    payment = _asked(payment, reason, desk)
    if payment.merchant_account_id is None:
        return record_outcome(payment.key, Evidence(Outcome.VOIDED, desk.now()), books=desk.books)
    try:
        evidence = desk.processor(payment).void(charge_ref(payment), timeout_seconds=timeout_seconds)
    except ProcessorUnavailableError:
        record_void_refused(payment.key, "not_sent", books=desk.books)
        raise ProcessorUnavailableError("The payment service cannot be reached. Nothing was voided. Try again in a minute.") from None
    if evidence.outcome is Outcome.FAILED:
        return _refused(payment, evidence, desk, timeout_seconds)
    if evidence.outcome is not Outcome.VOIDED:
        return replace(payment, void=replace(payment.void, state=StepState.UNKNOWN)) if payment.void else payment
    try:
        return record_outcome(payment.key, evidence, books=desk.books)
    except (ConflictError, TransientError):
        # It is void there and cannot be written down now: the schedule asks.
        return payment


def _check(payment: Payment) -> None:
    payment_id = payment.key.payment_id
    if payment.state in NOT_KNOWN_YET:
        raise PaymentInProgressError("The result of this payment is not known yet; it is being asked for.", payment_id=payment_id)
    if payment.state not in CAN_BE_VOIDED:
        raise ConflictError(f"This payment is {payment.state.value}; there is nothing to void.")
    under_way = payment.void is not None and payment.void.state in IN_FLIGHT
    if under_way or in_flight(payment.refunds) is not None:
        raise PaymentInProgressError("A void or refund of this payment is under way.", payment_id=payment_id)
    if refunded(payment.refunds):
        raise TooLateToVoidError("A part of this payment was given back, so it can no longer be voided. Refund what is left.")
    if payment.settled_at is not None and payment.merchant_account_id is not None:
        raise TooLateToVoidError("This payment has settled, so it can no longer be voided. Refund it.")


def _asked(payment: Payment, reason: str, desk: ReversalDesk) -> Payment:
    now = desk.now()
    asked = replace(payment, void=Void(reason, desk.actor, now), due_at=now + UNATTENDED)
    desk.payments.save(asked)
    return replace(asked, version=asked.version + 1)


def _refused(payment: Payment, evidence: Evidence, desk: ReversalDesk, timeout_seconds: float) -> Payment:
    """Tell why a void was refused: mostly because the charge has settled since."""
    record_void_refused(payment.key, evidence.reason_code or "refused", books=desk.books)
    try:
        found = desk.processor(payment).inquire(payment.order_id, submitted_at=payment.created_at, timeout_seconds=timeout_seconds)
    except ProcessorUnavailableError:
        found = None
    after = record_outcome(payment.key, found, books=desk.books) if found is not None else payment
    if after.state is PaymentState.VOIDED:
        return after
    if after.settled_at is not None:
        raise TooLateToVoidError("This payment has settled meanwhile, so it can no longer be voided. Refund it.")
    raise RefundRefusedError(f"The processor refused to void this payment (code {evidence.reason_code}). No money moved.")
