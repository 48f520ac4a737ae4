"""Receive checks, cash and other money that staff record: booked and applied in one commit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime

from duebook.domain.account import Account, AccountKey, apply
from duebook.domain.decisions import MAX_LINES, ApplyPayment, CapturePayment, decide
from duebook.domain.identifiers import order_id_of
from duebook.domain.journal import BANK, JournalEntry, Line
from duebook.domain.money import Money
from duebook.domain.payments import UNATTENDED, Payment, PaymentKey, PaymentState
from duebook.errors import AlreadyPostedError, IdempotencyKeyReusedError, UnprocessableError
from duebook.storage.account_store import AccountStore, Plan
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.payment_store import PaymentStore
from duebook.storage.transient_store import STAFF_SCOPE, KeyUse, TransientStore

"""A payment over so many invoices that it takes several commits is finished by the schedule if this process dies."""


@dataclass(frozen=True, slots=True)
class ReceivedMoney:
    """What staff record.

    Args:
        customer_id: Who paid.
        amount: Above zero.
        method_type: ``check``, ``cash`` or ``other``.
        number: Of the check, or a reference.
        received_on: In the tenant's zone; None means today.
        applications: Invoice id and minor units of each; None pays the oldest invoices first, pay online or not.
    """

    customer_id: str
    amount: Money
    method_type: str
    number: str | None
    received_on: date | None = None
    applications: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class CashDesk:
    """All that receiving money needs of the outside."""

    directory: DirectoryStore
    accounts: AccountStore
    payments: PaymentStore
    transient: TransientStore
    now: datetime
    actor: str


def receive_payment(tenant_id: str, money: ReceivedMoney, *, key: str, payment_id: str, today: date, desk: CashDesk) -> Payment:
    """Book money and apply it; what is left over stays as unapplied cash (R25).

    The same Idempotency-Key answers the payment of the first call and books nothing again (R40).

    Args:
        tenant_id: Whose.
        money: What came.
        key: The caller's Idempotency-Key.
        payment_id: New, ours.
        today: In the tenant's zone.
        desk: Stores, time and who does it.

    Raises:
        NotFoundError: No such customer.
        UnprocessableError: An application is above what the invoice has open, or all of them above the amount.
        IdempotencyKeyReusedError: The key came with another payment before.
    """
    desk.directory.customer(tenant_id, money.customer_id)
    received_on = money.received_on or today
    if received_on > today:
        raise UnprocessableError(f"{received_on} has not come yet", field="received_on")
    use = desk.transient.key_use(tenant_id, STAFF_SCOPE, key)
    if use is not None:
        return _again(tenant_id, money, use, desk)
    payment = _new_payment(tenant_id, money, received_on, payment_id, desk.now)
    try:
        payment = _book(payment, money, key, desk)
    except (AlreadyPostedError, UnprocessableError):
        # The same key again while the first call was booking: the invoices it names may be paid by now (R40).
        use = desk.transient.key_use(tenant_id, STAFF_SCOPE, key)
        if use is None:
            raise
        return _again(tenant_id, money, use, desk)
    while not payment.applied:
        payment = _apply_more(payment, desk)
    return payment


def _again(tenant_id: str, money: ReceivedMoney, use: KeyUse, desk: CashDesk) -> Payment:
    if use.fingerprint != _fingerprint(money):
        raise IdempotencyKeyReusedError("this Idempotency-Key came with another payment before; nothing was booked for this one")
    return desk.payments.get(PaymentKey(tenant_id, money.customer_id, use.payment_id))


def _new_payment(tenant_id: str, money: ReceivedMoney, received_on: date, payment_id: str, now: datetime) -> Payment:
    return Payment(
        key=PaymentKey(tenant_id, money.customer_id, payment_id),
        amount=money.amount,
        state=PaymentState.CAPTURED,
        channel="staff",
        method_type=money.method_type,
        created_at=now,
        order_id=order_id_of(payment_id),
        check_number=money.number,
        received_on=received_on.isoformat(),
        captured_at=now,
        applied=True,
        closed=True,
        fingerprint=_fingerprint(money),
    )


def _book(payment: Payment, money: ReceivedMoney, key: str, desk: CashDesk) -> Payment:
    use = KeyUse(payment.key.payment_id, payment.fingerprint)
    key_used = desk.transient.key_used(payment.key.tenant_id, STAFF_SCOPE, key, use, desk.now)
    wanted = None if money.applications is None else tuple(Line(one, one, minor) for one, minor in money.applications)
    booked = [payment]

    def plan(account: Account) -> Plan:
        captured = CapturePayment(payment.key.payment_id, payment.amount.minor, BANK, money.received_on)
        entries = [decide(account, captured, posted_at=desk.now, actor=desk.actor)]
        account = apply(account, entries[0])
        if wanted is None or wanted:
            entries += _applied(account, ApplyPayment(payment.key.payment_id, online_only=False, lines=wanted), desk)
        booked[0] = _after(payment, account.version, entries[1:], desk)
        return Plan(tuple(entries), (*desk.payments.added(booked[0]), key_used))

    desk.accounts.change(_account_key(payment), plan)
    return booked[0]


def _apply_more(payment: Payment, desk: CashDesk) -> Payment:
    """Apply the rest of a payment over more invoices than one entry takes."""
    moved = [payment]

    def plan(account: Account) -> Plan:
        entries = _applied(account, ApplyPayment(payment.key.payment_id, online_only=False), desk)
        moved[0] = _after(payment, account.version, entries, desk)
        return Plan(tuple(entries), (desk.payments.changed(moved[0]),))

    desk.accounts.change(_account_key(payment), plan)
    return replace(moved[0], version=payment.version + 1)


def _applied(account: Account, command: ApplyPayment, desk: CashDesk) -> list[JournalEntry]:
    try:
        return [decide(account, command, posted_at=desk.now, actor=desk.actor)]
    except AlreadyPostedError:
        # Nothing is open: all of it stays unapplied cash.
        return []


def _after(payment: Payment, version: int, applied: list[JournalEntry], desk: CashDesk) -> Payment:
    is_whole = all(len(entry.lines) < MAX_LINES for entry in applied)
    numbers = tuple(version + place for place in range(1, len(applied) + 1))
    due_at = None if is_whole else desk.now + UNATTENDED
    return replace(payment, applied_in=(*payment.applied_in, *numbers), applied=is_whole, closed=is_whole, due_at=due_at)


def _account_key(payment: Payment) -> AccountKey:
    return AccountKey(payment.key.tenant_id, payment.key.customer_id, payment.amount.currency)


def _fingerprint(money: ReceivedMoney) -> str:
    applications = "all" if money.applications is None else ",".join(f"{one}={minor}" for one, minor in money.applications)
    parts = (
        money.customer_id,
        str(money.amount.minor),
        money.amount.currency,
        money.method_type,
        money.number or "",
        money.received_on.isoformat() if money.received_on else "",
        applications,
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
