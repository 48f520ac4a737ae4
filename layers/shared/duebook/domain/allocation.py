"""Allocation: deciding which invoices an amount pays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from duebook.domain.account import Account, find_reservation, reserved_by_invoice
from duebook.domain.journal import Line
from duebook.domain.open_items import OpenItem, age_key


@dataclass(frozen=True, slots=True)
class Allocation:
    """What an amount pays, and what is left of it (minor units)."""

    lines: tuple[Line, ...]
    unapplied: int


def available(item: OpenItem, reserved: Mapping[str, int]) -> int:
    """Return what can still be promised of an item: its open balance less what payments under way have reserved."""
    return max(0, item.open_minor - reserved.get(item.invoice_id, 0))


def allocate_oldest_first(minor: int, items: Iterable[OpenItem], *, reserved: Mapping[str, int] | None = None) -> Allocation:
    """Pay the oldest items first until the amount is used up; the last one touched may stay partly paid (R20, R21).

    The order of ``items`` does not matter: the same set gives the same result, always.

    Args:
        minor: The amount, zero or more.
        items: Those that may be paid, in any order.
        reserved: What is promised to payments under way, by invoice id.
    """
    lines: list[Line] = []
    left = minor
    for item in sorted(items, key=age_key):
        if left == 0:
            break
        part = min(left, available(item, reserved or {}))
        if part:
            lines.append(Line(item.invoice_id, item.number, part))
            left -= part
    return Allocation(tuple(lines), left)


def payable_online(account: Account) -> int:
    """Add up what a payer can pay on the web now: open, flagged pay online, not reserved (R2, R27)."""
    reserved = reserved_by_invoice(account)
    return sum(available(item, reserved) for item in account.open_items if item.pay_online)


def payable_now(account: Account, *, online_only: bool) -> int:
    """Add up what can be charged now: on the web, or by staff, whom pay online does not bind."""
    if online_only:
        return payable_online(account)
    reserved = reserved_by_invoice(account)
    return sum(available(item, reserved) for item in account.open_items)


def allocate_now(account: Account, minor: int, *, online_only: bool) -> Allocation:
    """Allocate an amount that is about to be charged, oldest first."""
    items = [item for item in account.open_items if item.pay_online or not online_only]
    return allocate_oldest_first(minor, items, reserved=reserved_by_invoice(account))


def allocate_as_reserved(account: Account, payment_id: str, minor: int, *, online_only: bool) -> Allocation:
    """Allocate captured money as it was reserved; what no longer fits goes oldest first, the rest stays unapplied (R25).

    Args:
        account: As it stands.
        payment_id: Whose reservation.
        minor: What the payment has unapplied.
        online_only: Whether the rest may reach pay-online invoices only.
    """
    others = reserved_by_invoice(account, without=payment_id)
    held = find_reservation(account, payment_id)
    wanted = {line.invoice_id: line.minor for line in held.lines} if held else {}
    pays: dict[str, int] = {}
    left = minor
    for item in account.open_items:
        part = min(left, wanted.get(item.invoice_id, 0), available(item, others))
        pays[item.invoice_id] = part
        left -= part
    for item in account.open_items:
        if item.pay_online or not online_only:
            more = min(left, available(item, others) - pays[item.invoice_id])
            pays[item.invoice_id] += more
            left -= more
    lines = tuple(Line(item.invoice_id, item.number, pays[item.invoice_id]) for item in account.open_items if pays[item.invoice_id])
    return Allocation(lines, left)
