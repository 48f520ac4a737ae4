"""Account activity: what moved an account in a period, each movement once, from its opening balance to its closing one (R60)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from duebook.domain.account import Account, AccountKey, apply, balance, fold, unapplied_cash
from duebook.domain.effective_dates import Dated, by_effective_date
from duebook.domain.journal import RECEIVABLE, UNAPPLIED_CASH, EntryKind, JournalEntry, Line
from duebook.domain.open_items import OpenItem


class MovementKind(StrEnum):
    """What moved an account."""

    INVOICE = "invoice"
    INVOICE_VOIDED = "invoice_voided"
    PAYMENT = "payment"
    CREDIT_MEMO = "credit_memo"
    APPLIED = "applied"
    """Unapplied cash went to invoices, later than it came."""
    UNAPPLIED = "unapplied"
    PAYMENT_VOIDED = "payment_voided"
    REFUND = "refund"
    RETURN = "return"
    CHARGEBACK = "chargeback"


KINDS: dict[EntryKind, MovementKind] = {
    EntryKind.INVOICE_ISSUED: MovementKind.INVOICE,
    EntryKind.INVOICE_VOIDED: MovementKind.INVOICE_VOIDED,
    EntryKind.PAYMENT_CAPTURED: MovementKind.PAYMENT,
    EntryKind.CREDIT_MEMO_ISSUED: MovementKind.CREDIT_MEMO,
    EntryKind.PAYMENT_APPLIED: MovementKind.APPLIED,
    EntryKind.PAYMENT_UNAPPLIED: MovementKind.UNAPPLIED,
    EntryKind.PAYMENT_VOIDED: MovementKind.PAYMENT_VOIDED,
    EntryKind.PAYMENT_REFUNDED: MovementKind.REFUND,
    EntryKind.PAYMENT_RETURNED: MovementKind.RETURN,
    EntryKind.CHARGED_BACK: MovementKind.CHARGEBACK,
}
"""Entries that move what is owed or held; promises, amendments and settlements move neither."""
MONEY_IN = frozenset({MovementKind.PAYMENT, MovementKind.CREDIT_MEMO})
MONEY_OUT = frozenset({MovementKind.PAYMENT_VOIDED, MovementKind.REFUND, MovementKind.RETURN, MovementKind.CHARGEBACK})


@dataclass(frozen=True, slots=True)
class Movement:
    """One fact that moved an account; minor units.

    Args:
        kind: What happened.
        on: The day from which it counts, in the tenant's zone.
        source_id: The invoice, payment or credit memo it is about.
        owed: What it added to the balance.
        unapplied: What it added to unapplied cash.
        balance: Owed after it.
        lines: The invoices it was applied to, or taken off again.
        item: An invoice as it was issued; None for one of zero.
        reason: A person's words, where one was asked for.
        posted_at: Of its last entry (UTC).
    """

    kind: MovementKind
    on: date
    source_id: str
    owed: int
    unapplied: int
    balance: int
    lines: tuple[Line, ...]
    item: OpenItem | None
    reason: str | None
    posted_at: datetime

    @property
    def minor(self) -> int:
        """The whole amount, as the customer knows it: a payment counts whole, however little of it found an invoice."""
        return self.owed - self.unapplied


@dataclass(frozen=True, slots=True)
class Activity:
    """What moved an account from one day to another, both included; opening plus all that was owed more or less is closing.

    Args:
        first: The first day.
        last: The last day.
        opening: Balance at the end of the day before.
        closing: Balance at the end of the last day.
        unapplied_opening: Unapplied cash, likewise.
        unapplied_closing: Unapplied cash, likewise.
        movements: By the day from which they count; those of a day in the order they were booked.
    """

    first: date
    last: date
    opening: int
    closing: int
    unapplied_opening: int
    unapplied_closing: int
    movements: tuple[Movement, ...]


def activity(key: AccountKey, entries: Sequence[JournalEntry], first: date, last: date, zone: ZoneInfo) -> tuple[Activity, Account]:
    """Tell what moved an account in a period, and return it as it stood at the end.

    Args:
        key: Whose account.
        entries: Its whole journal, ascending.
        first: The first day, in the tenant's zone.
        last: The last day.
        zone: The tenant's.
    """
    until = [one for one in by_effective_date(entries, zone) if one.on <= last]
    within = [one for one in until if one.on >= first]
    opened = fold(key, (one.entry for one in until if one.on < first))
    closed = opened
    for one in within:
        closed = apply(closed, one.entry)
    found = Activity(
        first,
        last,
        balance(opened),
        balance(closed),
        unapplied_cash(opened),
        unapplied_cash(closed),
        _with_balances(balance(opened), _movements(within, _items(one.entry for one in until))),
    )
    return found, closed


def _movements(dated: Sequence[Dated], items: dict[str, OpenItem]) -> list[Movement]:
    found: list[Movement] = []
    for on, entry in ((each.on, each.entry) for each in dated):
        kind = KINDS.get(entry.kind)
        if kind is None:
            continue
        one = Movement(
            kind,
            on,
            entry.source_id,
            sum(posting.minor for posting in entry.postings if posting.account == RECEIVABLE),
            -sum(posting.minor for posting in entry.postings if posting.account == UNAPPLIED_CASH),
            0,
            entry.lines,
            items.get(entry.source_id) if kind in {MovementKind.INVOICE, MovementKind.INVOICE_VOIDED} else None,
            entry.reason,
            entry.posted_at,
        )
        _add(found, one)
    return found


def _add(found: list[Movement], one: Movement) -> None:
    """Add a movement; what belongs to one fact is one movement: a payment with what it paid at once, a refund with what it reopened."""
    place = next((at for at in range(len(found) - 1, -1, -1) if found[at].source_id == one.source_id), None)
    known = found[place] if place is not None else None
    if place is not None and known and _paid_at_once(known, one):
        found[place] = _together(known, one, known.kind, known.reason)
    elif place is not None and known and _reopened_for(known, one):
        del found[place]
        _add(found, _together(known, one, one.kind, one.reason))
    else:
        found.append(one)


def _paid_at_once(known: Movement, one: Movement) -> bool:
    return known.kind in MONEY_IN and one.kind is MovementKind.APPLIED and one.on == known.on and one.reason is None


def _reopened_for(known: Movement, one: Movement) -> bool:
    is_part = known.kind is MovementKind.UNAPPLIED and one.kind in MONEY_OUT
    return is_part and known.posted_at == one.posted_at and known.reason == one.reason


def _together(known: Movement, one: Movement, kind: MovementKind, reason: str | None) -> Movement:
    return replace(
        one,
        kind=kind,
        owed=known.owed + one.owed,
        unapplied=known.unapplied + one.unapplied,
        lines=(*known.lines, *one.lines),
        reason=reason,
    )


def _with_balances(opening: int, movements: Sequence[Movement]) -> tuple[Movement, ...]:
    running = opening
    found = []
    for one in movements:
        running += one.owed
        found.append(replace(one, balance=running))
    return tuple(found)


def _items(entries: Iterable[JournalEntry]) -> dict[str, OpenItem]:
    return {entry.source_id: item for entry in entries if entry.kind is EntryKind.INVOICE_ISSUED for item in entry.items}
