"""Take a processor's notification: from whom it is, stored once, then the processor is asked; its figures are never used."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duebook.domain.directory import MerchantAccount
from duebook.domain.identifiers import is_refund_order_id
from duebook.domain.payments import IN_DOUBT, Payment, PaymentState, fits
from duebook.domain.processing import Found
from duebook.domain.refunds import IN_FLIGHT, in_flight
from duebook.domain.throttling import NOTICE_BY_ADDRESS, wait
from duebook.errors import ConflictError, NotSignedInError, ProcessorUnavailableError, TooManyRequestsError, TransientError
from duebook.ports import PaymentProcessor
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.transient_store import TransientStore
from duebook.usecases.record_outcome import MoneyDesk, record_outcome

TENANT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
TRIES = "notices"
WRONG = "The signature does not fit."


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification as far as it counts.

    Args:
        notification_id: The processor's; the same one may come many times.
        reference: The processor's id of the charge or refund it is about; None when it is about none.
        order_id: Ours, as the notification claims: a hint where to look, and no more.
    """

    notification_id: str
    reference: str | None = None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class NotificationDesk:
    """All that notifications need of the outside."""

    directory: DirectoryStore
    transient: TransientStore
    books: MoneyDesk
    processor_of: Callable[[str, MerchantAccount], PaymentProcessor]
    start_application: Callable[[Payment, str], None]
    now: Callable[[], datetime]


def find_senders(
    tenant_id: str, processor: str, signed_with: Callable[[MerchantAccount], bool], *, address: str, desk: NotificationDesk
) -> tuple[MerchantAccount, ...]:
    """Return the tenant's merchant accounts whose key signed a notification, those in use first, retired ones too.

    Args:
        tenant_id: As the address says.
        processor: Whose notification it is, as the address says.
        signed_with: Tells whether a key of an account made the signature.
        address: The caller's, for the limit on wrong signatures.
        desk: Where accounts and wrong signatures are kept.

    Raises:
        NotSignedInError: No account's; the same for an unknown tenant.
        TooManyRequestsError: Too many wrong ones from this address.
    """
    known = desk.directory.merchant_accounts(tenant_id) if TENANT_ID.fullmatch(tenant_id) else ()
    accounts = sorted((one for one in known if one.processor == processor), key=lambda one: (one.retired, not one.enabled, one.account_id))
    subject = f"{tenant_id if accounts else '-'}@{address}"
    pause = wait(NOTICE_BY_ADDRESS, desk.transient.tries(TRIES, subject), desk.now())
    if pause > timedelta(0):
        seconds = max(1, round(pause.total_seconds()))
        raise TooManyRequestsError(f"Too many wrong signatures. Wait {seconds} seconds.", retry_after=seconds)
    signers, unread = [], 0
    for account in accounts:
        try:
            if signed_with(account):
                signers.append(account)
        except ProcessorUnavailableError:
            # Its secret cannot be read now; the others count, and the sender comes again.
            unread += 1
    if not signers:
        if not unread:
            desk.transient.count_try(TRIES, subject, desk.now(), NOTICE_BY_ADDRESS.forget)
        raise NotSignedInError(WRONG)
    return tuple(signers)


def receive_notification(
    tenant_id: str, senders: tuple[MerchantAccount, ...], notice: Notice, *, desk: NotificationDesk, timeout_seconds: float
) -> str:
    """Work on a notification: look its charge up, record how it stands, start applying what is captured.

    A repeat of one that was worked changes nothing. After a crash the sender's next try does the work.

    Returns:
        What came of it, in a word, for the log.

    Raises:
        TransientError: The processor could not be asked. The payment is due for the schedule, and the sender comes again.
        ConflictError: The payment kept changing; the sender comes again.
    """
    if not desk.transient.take_notification(tenant_id, notice.notification_id, desk.now()):
        return "repeated"
    outcome = _work(tenant_id, senders, notice, desk, timeout_seconds) if notice.reference else "no payment"
    desk.transient.notification_worked(tenant_id, notice.notification_id, desk.now())
    return outcome


def _work(tenant_id: str, senders: tuple[MerchantAccount, ...], notice: Notice, desk: NotificationDesk, timeout_seconds: float) -> str:
    try:
        found = desk.processor_of(tenant_id, senders[0]).look_up(notice.reference or "", timeout_seconds=timeout_seconds)
    except TransientError:
        _hurry(tenant_id, notice.order_id, desk)
        raise
    if found is None:
        # A refund, or no charge of ours: a payment that waits for word of a refund is looked after now.
        _hurry(tenant_id, notice.order_id, desk)
        return "no charge"
    payment = _payment(tenant_id, senders, found, desk)
    if payment is None:
        return "not ours"
    if not fits(payment, found.evidence):
        # Another amount than was asked for: the schedule asks for itself and puts it right.
        _hurry(tenant_id, found.order_id, desk)
        return "other amount"
    after = record_outcome(payment.key, found.evidence, books=desk.books)
    if after.captured_at is not None and not after.closed and after.state is PaymentState.CAPTURED:
        _start(after, desk)
    return after.state.value


def _payment(tenant_id: str, senders: tuple[MerchantAccount, ...], found: Found, desk: NotificationDesk) -> Payment | None:
    """Return the payment a charge belongs to; a charge of another account, or a second one under its order id, is none of it."""
    key = None if is_refund_order_id(found.order_id) else desk.books.payments.find_by_order_id(tenant_id, found.order_id)
    if key is None:
        return None
    payment = desk.books.payments.get(key)
    is_signed = payment.merchant_account_id in {account.account_id for account in senders}
    reference = found.evidence.reference
    is_same = payment.reference is None or reference is None or reference == payment.reference
    return payment if is_signed and is_same and payment.order_id == found.order_id else None


def _start(payment: Payment, desk: NotificationDesk) -> None:
    try:
        desk.start_application(payment, payment.key.payment_id)
    except TransientError:
        # The money is booked; the schedule starts what is missing.
        return


def _hurry(tenant_id: str, order_id: str | None, desk: NotificationDesk) -> None:
    """Have the schedule look after a payment now, if it waits for the processor's word at all."""
    key = desk.books.payments.find_by_order_id(tenant_id, order_id) if order_id else None
    if key is None:
        return
    payment, now = desk.books.payments.get(key), desk.now()
    is_waiting = payment.state in IN_DOUBT or in_flight(payment.refunds) or (payment.void and payment.void.state in IN_FLIGHT)
    # A payment still being submitted has its caller waiting for the answer, and is due soon anyway.
    if not is_waiting or payment.state is PaymentState.SUBMITTING or (payment.due_at is not None and payment.due_at <= now):
        return
    try:
        desk.books.payments.save(replace(payment, due_at=now))
    except (ConflictError, TransientError):
        # It moved on meanwhile, or stays due when it was.
        return
