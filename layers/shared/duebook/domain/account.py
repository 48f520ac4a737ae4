"""An account: one customer's receivables in one currency, the fold of its journal."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import assert_never

from duebook.domain.journal import EntryKind, JournalEntry, Line, lines_total
from duebook.domain.open_items import OpenItem, age_key
from duebook.errors import InvariantError

NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Whose account, in which currency."""

    tenant_id: str
    customer_id: str
    currency: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money of a payment under way, promised to the invoices it will pay (R27)."""

    payment_id: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """The current state of an account.

    Args:
        key: Whose, in which currency.
        version: Number of the last journal entry; 0 before the first.
        open_items: Oldest first.
        unapplied: Unapplied cash by the payment or credit memo it came with, minor units, each above zero.
        reservations: In the order they were made.
    """

    key: AccountKey
    version: int = 0
    open_items: tuple[OpenItem, ...] = ()
    unapplied: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    reservations: tuple[Reservation, ...] = ()


def apply(account: Account, entry: JournalEntry) -> Account:
    """Return the account as it stands after one more entry.

    Raises:
        InvariantError: The entry does not fit the account; it must not be posted.
    """
    changed = replace(account, version=account.version + 1)
    match entry.kind:
        case EntryKind.INVOICE_ISSUED:
            return replace(changed, open_items=_with_items(account, entry.items))
        case EntryKind.INVOICE_AMENDED:
            return replace(changed, open_items=_without(account, {item.invoice_id for item in entry.items}, entry.items))
        case EntryKind.INVOICE_VOIDED:
            return replace(changed, open_items=_without(account, {entry.source_id} if entry.minor else set()))
        case EntryKind.CREDIT_MEMO_ISSUED | EntryKind.PAYMENT_CAPTURED:
            changed = replace(changed, unapplied=_moved(account, entry.source_id, entry.minor))
        case EntryKind.PAYMENT_RESERVED | EntryKind.PAYMENT_RELEASED:
            return replace(changed, reservations=_promised(account, entry))
        case EntryKind.PAYMENT_APPLIED:
            return replace(
                changed,
                open_items=_paid(account, entry.lines),
                unapplied=_moved(account, entry.source_id, -lines_total(entry.lines)),
                reservations=_used(account, entry),
            )
        case EntryKind.PAYMENT_UNAPPLIED:
            return replace(
                changed,
                open_items=_reopened(account, entry),
                unapplied=_moved(account, entry.source_id, lines_total(entry.lines)),
            )
        case EntryKind.PAYMENT_VOIDED | EntryKind.PAYMENT_REFUNDED | EntryKind.PAYMENT_RETURNED | EntryKind.CHARGED_BACK:
            changed = replace(changed, unapplied=_moved(account, entry.source_id, -entry.minor))
        case EntryKind.SETTLED:
            pass
        case _:
            assert_never(entry.kind)
    return changed


def fold(key: AccountKey, entries: Iterable[JournalEntry]) -> Account:
    """Replay a journal from the first entry."""
    account = Account(key)
    for entry in entries:
        account = apply(account, entry)
    return account


def find_open_item(account: Account, invoice_id: str) -> OpenItem | None:
    """Return the open item of an invoice, or None when it is paid, void or unknown."""
    return next((item for item in account.open_items if item.invoice_id == invoice_id), None)


def find_reservation(account: Account, payment_id: str) -> Reservation | None:
    """Return what a payment has reserved, if anything."""
    return next((held for held in account.reservations if held.payment_id == payment_id), None)


def reserved_by_invoice(account: Account, *, without: str | None = None) -> dict[str, int]:
    """Add up what payments under way have reserved on each invoice, leaving one payment out when named."""
    sums: dict[str, int] = {}
    for held in account.reservations:
        if held.payment_id != without:
            for line in held.lines:
                sums[line.invoice_id] = sums.get(line.invoice_id, 0) + line.minor
    return sums


def balance(account: Account) -> int:
    """Add up all open balances (minor units)."""
    return sum(item.open_minor for item in account.open_items)


def unapplied_cash(account: Account) -> int:
    """Add up all unapplied cash (minor units)."""
    return sum(account.unapplied.values())


def _with_items(account: Account, items: tuple[OpenItem, ...]) -> tuple[OpenItem, ...]:
    known = {item.invoice_id for item in account.open_items}
    grown = list(account.open_items)
    for item in items:
        if item.invoice_id in known:
            raise InvariantError(f"invoice {item.invoice_id} is open already")
        insort(grown, item, key=age_key)
    return tuple(grown)


def _without(account: Account, invoice_ids: set[str], instead: tuple[OpenItem, ...] = ()) -> tuple[OpenItem, ...]:
    kept = [item for item in account.open_items if item.invoice_id not in invoice_ids]
    if len(kept) != len(account.open_items) - len(invoice_ids):
        raise InvariantError(f"not open: one of {sorted(invoice_ids)}")
    for item in instead:
        insort(kept, item, key=age_key)
    return tuple(kept)


def _paid(account: Account, lines: tuple[Line, ...]) -> tuple[OpenItem, ...]:
    left = {line.invoice_id: line.minor for line in lines}
    if len(left) != len(lines):
        raise InvariantError("an invoice stands twice in one application")
    items = []
    for item in account.open_items:
        paid = left.pop(item.invoice_id, 0)
        if paid > item.open_minor:
            raise InvariantError(f"invoice {item.invoice_id} has {item.open_minor} open, {paid} was to be applied")
        if paid < item.open_minor:
            items.append(replace(item, open_minor=item.open_minor - paid) if paid else item)
    if left:
        raise InvariantError(f"not open: {sorted(left)}")
    return tuple(items)


def _reopened(account: Account, entry: JournalEntry) -> tuple[OpenItem, ...]:
    back = {line.invoice_id: line.minor for line in entry.lines}
    if len(back) != len(entry.lines):
        raise InvariantError("an invoice stands twice in one un-application")
    items = []
    for item in account.open_items:
        more = back.pop(item.invoice_id, 0)
        items.append(replace(item, open_minor=item.open_minor + more) if more else item)
    for item in entry.items:
        if back.pop(item.invoice_id, 0) != item.open_minor:
            raise InvariantError(f"invoice {item.invoice_id} is reopened by another amount than was un-applied")
        insort(items, item, key=age_key)
    if back:
        raise InvariantError(f"nothing to reopen: {sorted(back)}")
    return tuple(items)


def _moved(account: Account, source_id: str, minor: int) -> Mapping[str, int]:
    left = account.unapplied.get(source_id, 0) + minor
    if left < 0:
        raise InvariantError(f"{source_id} has {left - minor} unapplied, {-minor} was to be applied")
    moved = {source: held for source, held in account.unapplied.items() if source != source_id}
    if left:
        moved[source_id] = left
    return MappingProxyType(moved)


def _promised(account: Account, entry: JournalEntry) -> tuple[Reservation, ...]:
    if entry.kind is EntryKind.PAYMENT_RELEASED:
        return tuple(held for held in account.reservations if held.payment_id != entry.source_id)
    if find_reservation(account, entry.source_id):
        raise InvariantError(f"{entry.source_id} has reserved already")
    return (*account.reservations, Reservation(entry.source_id, entry.lines))


def _used(account: Account, entry: JournalEntry) -> tuple[Reservation, ...]:
    applied = {line.invoice_id: line.minor for line in entry.lines}
    kept = []
    for held in account.reservations:
        if held.payment_id != entry.source_id:
            kept.append(held)
            continue
        left = [
            replace(line, minor=line.minor - applied.get(line.invoice_id, 0))
            for line in held.lines
            if line.minor > applied.get(line.invoice_id, 0)
        ]
        if left:
            kept.append(Reservation(held.payment_id, tuple(left)))
    return tuple(kept)
