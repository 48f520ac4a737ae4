"""Give money of a payment back: to its card or bank account, or, for checks and cash, as the business itself does it (R41)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.account import AccountKey
from duebook.domain.directory import MerchantAccount
from duebook.domain.identifiers import refund_order_id_of
from duebook.domain.money import Money
from duebook.domain.payments import UNATTENDED, DeclineReason, Evidence, Outcome, Payment, PaymentState, refundable
from duebook.domain.refunds import Refund, StepState, in_flight, with_refund
from duebook.domain.reversals import newest_first
from duebook.errors import (
    AlreadyPostedError,
    ConflictError,
    IdempotencyKeyReusedError,
    NotSettledError,
    PaymentInProgressError,
    ProcessorUnavailableError,
    RefundRefusedError,
    TransientError,
    UnprocessableError,
)
from duebook.ports import PaymentProcessor
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.payment_store import PaymentStore
from duebook.storage.transient_store import STAFF_SCOPE, KeyUse, TransientStore
from duebook.usecases.merchant_accounts import merchant_account_of, refund_order
from duebook.usecases.record_outcome import MoneyDesk, record_outcome, record_refund_outcome, refund_of

"""A refund or void without an answer for this long was left by a crash; the schedule asks the processor."""
MOST_REFUNDS = 30
ENDED_AS = {
    PaymentState.DECLINED: "was declined",
    PaymentState.FAILED: "was not made",
    PaymentState.VOIDED: "was voided",
    PaymentState.RETURNED: "was sent back by the bank",
    PaymentState.CHARGED_BACK: "was charged back",
}
"""Why a payment has no money to give back, in words."""


@dataclass(frozen=True, slots=True)
class ReversalDesk:
    """All that giving money back needs of the outside."""

    directory: DirectoryStore
    books: MoneyDesk
    transient: TransientStore
    processor_of: Callable[[str, MerchantAccount], PaymentProcessor]
    new_id: Callable[[str, datetime], str]
    now: Callable[[], datetime]
    actor: str

    @property
    def payments(self) -> PaymentStore:
        """The store of payments."""
        return self.books.payments

    def processor(self, payment: Payment) -> PaymentProcessor:
        """Return the processor a payment was charged at."""
        return self.processor_of(payment.key.tenant_id, merchant_account_of(payment, self.directory))


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What staff ask for; ``invoice_ids`` are those to reopen first, None for the newest application first."""

    minor: int
    reason: str
    invoice_ids: tuple[str, ...] | None = None


def refund_payment(
    tenant_id: str, payment_id: str, wish: RefundWish, *, key: str, desk: ReversalDesk, timeout_seconds: float
) -> tuple[Payment, Refund]:
    """Give a part or all of a settled payment back, once; what it had paid opens again by as much.

    The same Idempotency-Key answers what became of the first call and gives nothing back again.

    Returns:
        The payment and its refund: made, or unknown when the processor's answer was lost.

    Raises:
        NotFoundError: No such payment of this tenant.
        UnprocessableError: More than is left, or more than the named invoices and the unapplied cash hold.
        NotSettledError: Not settled yet; nothing was given back, and nothing was voided.
        PaymentInProgressError: Another refund or a void of it is under way.
        RefundRefusedError: The processor said no.
        IdempotencyKeyReusedError: The key came with another refund before.
        ProcessorUnavailableError: The processor could not be reached; nothing was given back.
    """
    payment_key = desk.payments.find(tenant_id, payment_id)
    use = desk.transient.key_use(tenant_id, STAFF_SCOPE, key)
    if use is not None:
        return _again(desk.payments.get(payment_key), wish, use, desk)
    try:
        payment = _settled(desk.payments.get(payment_key), desk, timeout_seconds)
        _check(payment, wish, desk)
        payment, refund = _ask_for(payment, wish, key, desk)
    except (AlreadyPostedError, PaymentInProgressError, UnprocessableError):
        # The same key again while the first call was giving back: what is left may be less by now (R40).
        use = desk.transient.key_use(tenant_id, STAFF_SCOPE, key)
        if use is None:
            raise
        return _again(desk.payments.get(payment_key), wish, use, desk)
    try:
        evidence = _evidence(payment, refund, desk, timeout_seconds)
    except ProcessorUnavailableError:
        not_sent = Evidence(Outcome.FAILED, desk.now(), reason=DeclineReason.PROCESSOR_ERROR, reason_code="not_sent")
        record_refund_outcome(payment.key, refund.refund_id, not_sent, books=desk.books)
        desk.transient.free_key(tenant_id, STAFF_SCOPE, key)
        raise ProcessorUnavailableError("The payment service cannot be reached. Nothing was given back. Try again in a minute.") from None
    try:
        payment = record_refund_outcome(payment.key, refund.refund_id, evidence, books=desk.books)
    except (ConflictError, TransientError):
        # It may be made and cannot be written down now: the schedule asks, and nobody is led to do it again.
        return payment, replace(refund, state=StepState.UNKNOWN)
    return _told(payment, refund_of(payment, refund.refund_id))


def _again(payment: Payment, wish: RefundWish, use: KeyUse, desk: ReversalDesk) -> tuple[Payment, Refund]:
    if use.fingerprint != _fingerprint(payment, wish):
        raise IdempotencyKeyReusedError(
            "this Idempotency-Key came with another refund or payment before; nothing was given back for this one"
        )
    refund = refund_of(payment, use.payment_id)
    if refund.state is StepState.SUBMITTING and desk.now() - refund.asked_at < UNATTENDED:
        raise PaymentInProgressError("This refund is being made.", payment_id=payment.key.payment_id)
    return _told(payment, refund)


def _told(payment: Payment, refund: Refund) -> tuple[Payment, Refund]:
    if refund.state is StepState.REFUSED:
        amount = Money(refund.minor, payment.amount.currency)
        code = f" (code {refund.reason_code})" if refund.reason_code else ""
        raise RefundRefusedError(f"The processor refused to give {amount} back{code}. No money moved and no invoice opened again.")
    return payment, refund


def _settled(payment: Payment, desk: ReversalDesk, timeout_seconds: float) -> Payment:
    """Return the payment when it can be refunded, after asking the processor whether it has settled."""
    _check_came_in(payment)
    if payment.merchant_account_id is None or payment.settled_at is not None:
        return payment
    evidence = desk.processor(payment).inquire(payment.order_id, submitted_at=payment.created_at, timeout_seconds=timeout_seconds)
    if evidence is not None:
        payment = record_outcome(payment.key, evidence, books=desk.books)
    if payment.settled_at is None:
        raise NotSettledError(
            "This payment has not settled yet, so nothing was given back. Void it whole now, or refund it once it has settled."
        )
    return payment


def _check_came_in(payment: Payment) -> None:
    match payment.state:
        case PaymentState.CAPTURED:
            return
        case PaymentState.PENDING | PaymentState.REVIEW:
            raise NotSettledError(
                "This payment has not come in yet, so nothing was given back. Void it whole now, or refund it once it has settled."
            )
        case PaymentState.SUBMITTING | PaymentState.UNKNOWN:
            raise PaymentInProgressError(
                "The result of this payment is not known yet; it is being asked for. Nothing was given back.",
                payment_id=payment.key.payment_id,
            )
        case _:
            raise ConflictError(f"This payment {ENDED_AS[payment.state]}; there is nothing to give back.")


def _check(payment: Payment, wish: RefundWish, desk: ReversalDesk) -> None:
    currency = payment.amount.currency
    if in_flight(payment.refunds) is not None:
        raise PaymentInProgressError("Another refund of this payment is under way.", payment_id=payment.key.payment_id)
    left = refundable(payment)
    if wish.minor > left:
        raise UnprocessableError(f"at most {Money(left, currency)} of this payment can be given back", field="amount")
    if len(payment.refunds) >= MOST_REFUNDS:
        raise UnprocessableError(f"a payment can be refunded at most {MOST_REFUNDS} times", field="amount")
    if wish.invoice_ids is None:
        return
    account_key = AccountKey(payment.key.tenant_id, payment.key.customer_id, currency)
    entries = desk.books.accounts.entries([(account_key, number) for number in payment.applied_in])
    applied = {line.invoice_id: line.minor for line in newest_first(entries[account_key, number] for number in payment.applied_in)}
    strangers = [one for one in wish.invoice_ids if one not in applied]
    if strangers:
        raise UnprocessableError(f"this payment paid nothing on {', '.join(strangers[:5])}", field="invoice_ids")
    named = sum(applied[one] for one in set(wish.invoice_ids))
    unapplied = desk.books.accounts.read(account_key).account.unapplied.get(payment.key.payment_id, 0)
    if wish.minor > named + unapplied:
        held = Money(named + unapplied, currency)
        raise UnprocessableError(f"the invoices named and the unapplied cash of this payment hold {held}", field="invoice_ids")


def _ask_for(payment: Payment, wish: RefundWish, key: str, desk: ReversalDesk) -> tuple[Payment, Refund]:
    now = desk.now()
    refund = Refund(
        refund_id=desk.new_id("rfd", now),
        order_id=refund_order_id_of(payment.key.payment_id, len(payment.refunds) + 1),
        minor=wish.minor,
        reason=wish.reason,
        actor=desk.actor,
        asked_at=now,
        invoice_ids=wish.invoice_ids,
    )
    asked = replace(payment, refunds=with_refund(payment.refunds, refund), due_at=now + UNATTENDED)
    use = KeyUse(refund.refund_id, _fingerprint(payment, wish))
    desk.payments.carry_out(desk.payments.changed(asked), desk.transient.key_used(payment.key.tenant_id, STAFF_SCOPE, key, use, now))
    return replace(asked, version=asked.version + 1), refund


def _evidence(payment: Payment, refund: Refund, desk: ReversalDesk, timeout_seconds: float) -> Evidence:
    if payment.merchant_account_id is None:
        # A check or cash: the business gives it back itself, and that is what is recorded.
        return Evidence(Outcome.APPROVED, desk.now())
    return desk.processor(payment).refund(refund_order(payment, refund), timeout_seconds=timeout_seconds)


def _fingerprint(payment: Payment, wish: RefundWish) -> str:
    invoices = ",".join(wish.invoice_ids) if wish.invoice_ids is not None else "newest first"
    parts = ("refund", payment.key.payment_id, str(wish.minor), invoices)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
