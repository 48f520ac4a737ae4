"""Taking money of a payment back: which invoices open again, and what is booked (R38, R41)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.account import Account, apply, find_reservation
from duebook.domain.applications import SIGN
from duebook.domain.decisions import ReleaseReservation, UnapplyPayment, decide
from duebook.domain.journal import UNAPPLIED_CASH, WRITE_OFF, EntryKind, JournalEntry, Line, Posting
from duebook.domain.open_items import OpenItem

MAX_REOPENED = 500
"""Most invoices that open again in one entry; more are un-applied before, in entries of their own."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take money out of a payment again.

    Args:
        payment_id: Whose money.
        kind: One of ``MONEY_OUT``.
        entry_id: Of the entry that books it.
        minor: What is gone, minor units.
        out_of: The posting account it leaves: clearing before settlement, the bank after it.
        reopen: What is un-applied for it.
        closed: As first issued, those of the invoices in ``reopen`` that are not open now.
        reason: Kept with the entries.
    """

    payment_id: str
    kind: EntryKind
    entry_id: str
    minor: int
    out_of: str
    reopen: tuple[Line, ...]
    closed: tuple[OpenItem, ...]
    reason: str


def newest_first(entries: Iterable[JournalEntry]) -> tuple[Line, ...]:
    """Return what a payment pays now, the newest application first; within one, the newest invoice first (R41).

    Args:
        entries: Those that applied or un-applied it, ascending.
    """
    sums: dict[str, int] = {}
    latest: dict[str, tuple[int, int]] = {}
    numbers: dict[str, str] = {}
    for place, entry in enumerate(entries):
        for position, line in enumerate(entry.lines):
            sign = SIGN.get(entry.kind, 0)
            sums[line.invoice_id] = sums.get(line.invoice_id, 0) + sign * line.minor
            numbers[line.invoice_id] = line.number
            if sign > 0:
                latest[line.invoice_id] = (place, position)
    order = sorted((invoice_id for invoice_id, minor in sums.items() if minor), key=lambda one: latest[one], reverse=True)
    return tuple(Line(invoice_id, numbers[invoice_id], sums[invoice_id]) for invoice_id in order)


def to_reopen(
    account: Account, payment_id: str, applied: Sequence[Line], minor: int, *, named: Sequence[str] | None = None
) -> tuple[Line, ...]:
    """Say what is un-applied so that an amount of a payment can be taken back.

    Args:
        account: As it stands.
        payment_id: Whose money.
        applied: What it pays now, the newest application first.
        minor: What is to be taken back.
        named: Invoices to reopen before unapplied cash is touched; without them unapplied cash goes first (R41).
    """
    free = account.unapplied.get(payment_id, 0)
    wanted = list(named or ())
    chosen = sorted((line for line in applied if line.invoice_id in wanted), key=lambda line: wanted.index(line.invoice_id))
    others = [line for line in applied if line.invoice_id not in wanted]
    parts: list[Line] = []
    left = _take(parts, chosen, minor)
    _take(parts, others, max(0, left - free))
    return tuple(parts)


def take_back(account: Account, command: TakeBack, *, posted_at: datetime, actor: str) -> tuple[JournalEntry, ...]:
    """Return the entries that un-apply, release and book what is gone.

    What is gone beyond the money the payment still has (it was given back before) is the business's loss: written off.
    """
    entries: list[JournalEntry] = []
    if command.reopen:
        unapply = UnapplyPayment(command.payment_id, command.reopen, command.closed, command.reason)
        entries.append(decide(account, unapply, posted_at=posted_at, actor=actor))
        account = apply(account, entries[-1])
    if find_reservation(account, command.payment_id) and command.kind is not EntryKind.PAYMENT_REFUNDED:
        entries.append(decide(account, ReleaseReservation(command.payment_id, command.reason), posted_at=posted_at, actor=actor))
        account = apply(account, entries[-1])
    taken = min(command.minor, account.unapplied.get(command.payment_id, 0))
    postings = [
        posting
        for posting in (
            Posting(UNAPPLIED_CASH, taken),
            Posting(WRITE_OFF, command.minor - taken),
            Posting(command.out_of, -command.minor),
        )
        if posting.minor
    ]
    booked = JournalEntry(
        command.entry_id,
        command.kind,
        posted_at,
        command.payment_id,
        taken,
        tuple(postings),
        reason=command.reason,
        actor=actor,
    )
    return (*entries, booked)


def first_part(payment_id: str, lines: Sequence[Line], closed: Sequence[OpenItem], reason: str) -> UnapplyPayment:
    """Return the command that un-applies the first ``MAX_REOPENED`` of many lines."""
    part = tuple(lines[:MAX_REOPENED])
    named = {line.invoice_id for line in part}
    return UnapplyPayment(payment_id, part, tuple(item for item in closed if item.invoice_id in named), reason)


def _take(parts: list[Line], lines: Sequence[Line], minor: int) -> int:
    left = minor
    for line in lines:
        if left <= 0:
            break
        part = min(left, line.minor)
        parts.append(replace(line, minor=part))
        left -= part
    return left
