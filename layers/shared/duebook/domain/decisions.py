"""Decide what a command does to an account: a journal entry, or a refusal that changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias, assert_never

from duebook.domain.account import Account, find_open_item, find_reservation, reserved_by_invoice
from duebook.domain.allocation import allocate_as_reserved, allocate_now, available, payable_now
from duebook.domain.journal import (
    RECEIVABLE,
    SALES,
    UNAPPLIED_CASH,
    EntryKind,
    JournalEntry,
    Line,
    lines_total,
    transfer,
)
from duebook.domain.money import Money
from duebook.domain.open_items import OpenItem
from duebook.errors import AlreadyPostedError, BalanceChangedError, ConflictError, UnprocessableError

MAX_LINES = 1_000
"""Most invoices one entry applies to; a larger application is posted in several entries."""


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """Post an invoice; ``item`` is None for a total of zero, which is paid at once."""

    invoice_id: str
    minor: int
    item: OpenItem | None


@dataclass(frozen=True, slots=True)
class AmendInvoice:
    """Change what may change of an open invoice: its pay-online flag."""

    invoice_id: str
    pay_online: bool


@dataclass(frozen=True, slots=True)
class VoidInvoice:
    """Take a posted invoice back whole (R8)."""

    invoice_id: str
    minor: int
    reason: str


@dataclass(frozen=True, slots=True)
class IssueCreditMemo:
    """Lower what is owed; it becomes unapplied credit until applied. ``on`` is its date."""

    credit_memo_id: str
    minor: int
    reason: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ReserveOnline:
    """Promise an amount to invoices before it is charged (R22, R24, R27).

    Without ``lines`` it goes to the oldest: the pay-online ones, or with ``online_only`` off, for staff, to all.
    """

    payment_id: str
    minor: int
    online_only: bool = True
    lines: tuple[Line, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReleaseReservation:
    """Give back what a payment had reserved."""

    payment_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CapturePayment:
    """Book money that has come in, as unapplied cash.

    ``into`` is the posting account it came to, ``on`` the day it was received where somebody said so.
    """

    payment_id: str
    minor: int
    into: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ApplyPayment:
    """Turn unapplied cash into applications: as reserved and then oldest first, or exactly the lines named.

    ``online_only`` keeps the oldest-first part to pay-online invoices; staff money reaches all.
    """

    source_id: str
    online_only: bool
    lines: tuple[Line, ...] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class UnapplyPayment:
    """Take applications back; ``closed`` holds, as first issued, the invoices among them that are not open now (R26)."""

    source_id: str
    lines: tuple[Line, ...]
    closed: tuple[OpenItem, ...]
    reason: str


Command: TypeAlias = (
    IssueInvoice
    | AmendInvoice
    | VoidInvoice
    | IssueCreditMemo
    | ReserveOnline
    | ReleaseReservation
    | CapturePayment
    | ApplyPayment
    | UnapplyPayment
)


def decide(account: Account, command: Command, *, posted_at: datetime, actor: str) -> JournalEntry:
    """Return the entry that carries out a command.

    Raises:
        AlreadyPostedError: There is nothing (left) to do.
        BalanceChangedError: A reservation is larger than what is payable now.
        ConflictError: The account does not allow it as it stands.
        UnprocessableError: The command's own figures are wrong.
    """
    match command:
        case IssueInvoice():
            if find_open_item(account, command.invoice_id):
                raise AlreadyPostedError(f"invoice {command.invoice_id} is posted")
            items = (command.item,) if command.item else ()
            if command.minor < 0 or command.minor != sum(item.open_minor for item in items):
                raise UnprocessableError(f"invoice {command.invoice_id} has a total of {command.minor}", field="lines")
            postings = transfer(RECEIVABLE, SALES, command.minor)
            entry = JournalEntry(
                f"{command.invoice_id}.issued",
                EntryKind.INVOICE_ISSUED,
                posted_at,
                command.invoice_id,
                command.minor,
                postings,
                items=items,
            )
        case AmendInvoice():
            entry = _amend(account, command, posted_at)
        case VoidInvoice():
            entry = _void(account, command, posted_at)
        case IssueCreditMemo():
            postings = transfer(SALES, UNAPPLIED_CASH, command.minor)
            entry = JournalEntry(
                f"{command.credit_memo_id}.credited",
                EntryKind.CREDIT_MEMO_ISSUED,
                posted_at,
                command.credit_memo_id,
                command.minor,
                postings,
                reason=command.reason,
                on=command.on,
            )
        case ReserveOnline():
            entry = _reserve(account, command, posted_at)
        case ReleaseReservation():
            if find_reservation(account, command.payment_id) is None:
                raise AlreadyPostedError(f"{command.payment_id} has nothing reserved")
            entry = JournalEntry(
                f"{command.payment_id}.released", EntryKind.PAYMENT_RELEASED, posted_at, command.payment_id, reason=command.reason
            )
        case CapturePayment():
            postings = transfer(command.into, UNAPPLIED_CASH, command.minor)
            entry = JournalEntry(
                f"{command.payment_id}.captured",
                EntryKind.PAYMENT_CAPTURED,
                posted_at,
                command.payment_id,
                command.minor,
                postings,
                on=command.on,
            )
        case ApplyPayment():
            entry = _apply(account, command, posted_at)
        case UnapplyPayment():
            entry = _unapply(account, command, posted_at)
        case _:
            assert_never(command)
    return replace(entry, actor=actor)


def _amend(account: Account, command: AmendInvoice, posted_at: datetime) -> JournalEntry:
    item = find_open_item(account, command.invoice_id)
    if item is None or item.pay_online == command.pay_online:
        raise AlreadyPostedError(f"invoice {command.invoice_id} needs no amendment")
    changed = replace(item, pay_online=command.pay_online)
    return JournalEntry(
        f"{command.invoice_id}.amended.{account.version + 1}", EntryKind.INVOICE_AMENDED, posted_at, command.invoice_id, items=(changed,)
    )


def _void(account: Account, command: VoidInvoice, posted_at: datetime) -> JournalEntry:
    item = find_open_item(account, command.invoice_id)
    open_minor = item.open_minor if item else 0
    if open_minor != command.minor:
        currency = account.key.currency
        applied, total = Money(command.minor - open_minor, currency), Money(command.minor, currency)
        raise ConflictError(f"invoice {command.invoice_id} has money applied ({applied} of {total}); un-apply it first")
    postings = transfer(SALES, RECEIVABLE, command.minor)
    return JournalEntry(
        f"{command.invoice_id}.voided",
        EntryKind.INVOICE_VOIDED,
        posted_at,
        command.invoice_id,
        command.minor,
        postings,
        reason=command.reason,
    )


def _reserve(account: Account, command: ReserveOnline, posted_at: datetime) -> JournalEntry:
    payable = payable_now(account, online_only=command.online_only)
    if command.minor > payable:
        limit = Money(payable, account.key.currency)
        told = "can be paid online now. You have not been charged." if command.online_only else "is open now. Nothing was charged."
        raise BalanceChangedError(f"At most {limit} {told}", payable=payable, currency=account.key.currency)
    if command.lines is not None:
        lines = _checked_lines(account, command.payment_id, command.lines, command.minor)
    else:
        lines = allocate_now(account, command.minor, online_only=command.online_only).lines
    return JournalEntry(
        f"{command.payment_id}.reserved", EntryKind.PAYMENT_RESERVED, posted_at, command.payment_id, command.minor, lines=lines
    )


def _apply(account: Account, command: ApplyPayment, posted_at: datetime) -> JournalEntry:
    free = account.unapplied.get(command.source_id, 0)
    if command.lines is None:
        lines = allocate_as_reserved(account, command.source_id, free, online_only=command.online_only).lines
    else:
        lines = _checked_lines(account, command.source_id, command.lines, free)
    if not lines:
        raise AlreadyPostedError(f"{command.source_id} has nothing to apply")
    lines = lines[:MAX_LINES]
    return JournalEntry(
        f"{command.source_id}.applied.{account.version + 1}",
        EntryKind.PAYMENT_APPLIED,
        posted_at,
        command.source_id,
        lines_total(lines),
        transfer(UNAPPLIED_CASH, RECEIVABLE, lines_total(lines)),
        lines=lines,
        reason=command.reason,
    )


def _checked_lines(account: Account, source_id: str, lines: tuple[Line, ...], free: int) -> tuple[Line, ...]:
    if len({line.invoice_id for line in lines}) != len(lines):
        raise UnprocessableError("an invoice is named twice", field="applications")
    if lines_total(lines) > free:
        raise UnprocessableError(
            f"{Money(lines_total(lines), account.key.currency)} was to be applied, {Money(free, account.key.currency)} is unapplied",
            field="applications",
        )
    reserved = reserved_by_invoice(account, without=source_id)
    checked = []
    for line in lines:
        item = find_open_item(account, line.invoice_id)
        room = available(item, reserved) if item else 0
        if item is None or line.minor > room:
            raise UnprocessableError(
                f"invoice {line.invoice_id} has {Money(room, account.key.currency)} open and not reserved", field="applications"
            )
        checked.append(replace(line, number=item.number))
    return tuple(checked)


def _unapply(account: Account, command: UnapplyPayment, posted_at: datetime) -> JournalEntry:
    if not command.lines:
        raise UnprocessableError("name what to un-apply", field="applications")
    back = {line.invoice_id: line.minor for line in command.lines}
    reopened = tuple(replace(item, open_minor=back[item.invoice_id]) for item in command.closed)
    return JournalEntry(
        f"{command.source_id}.unapplied.{account.version + 1}",
        EntryKind.PAYMENT_UNAPPLIED,
        posted_at,
        command.source_id,
        lines_total(command.lines),
        transfer(RECEIVABLE, UNAPPLIED_CASH, lines_total(command.lines)),
        lines=command.lines,
        items=reopened,
        reason=command.reason,
    )
