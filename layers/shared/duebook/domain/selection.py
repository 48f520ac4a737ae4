"""What a payer chose to pay, priced against an account as it stands (R22, R24, R31 to R33)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, assert_never

from duebook.domain.account import Account, reserved_by_invoice
from duebook.domain.allocation import allocate_now, available, payable_online
from duebook.domain.money import Money
from duebook.domain.open_items import OpenItem
from duebook.errors import BalanceChangedError, TooManyInvoicesError

MOST_INVOICES = 200
"""Invoices one payment may name (R32); of a multi-site invoice its children count (R33)."""


@dataclass(frozen=True, slots=True)
class ChosenInvoices:
    """Invoices ticked one by one; a multi-site parent's id stands for all its open children."""

    invoice_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CustomAmount:
    """An amount in minor units for the oldest invoices."""

    minor: int


Selection: TypeAlias = ChosenInvoices | CustomAmount


class LeftOut(StrEnum):
    """Why a chosen invoice is not in the price."""

    PAID = "paid"
    VOID = "void"
    PROCESSING = "processing"
    NOT_PAYABLE_ONLINE = "not_payable_online"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What one invoice gets: minor units, and whether that is all it has open."""

    invoice_id: str
    number: str
    minor: int
    in_full: bool


@dataclass(frozen=True, slots=True)
class Price:
    """What a selection costs now.

    Args:
        lines: Oldest first, each above zero.
        left_out: Invoice id, number and reason of each chosen open invoice that cannot be paid now.
        not_open: Chosen ids that are no open item: paid, void or unknown.
    """

    lines: tuple[PricedLine, ...]
    left_out: tuple[tuple[str, str, LeftOut], ...] = ()
    not_open: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """The sum of the lines in minor units."""
        return sum(line.minor for line in self.lines)


def price(account: Account, selection: Selection) -> Price:
    """Price a selection: chosen invoices in their full open balance, an amount oldest first (R21, R22).

    Raises:
        TooManyInvoicesError: More invoices than one payment may pay; the whole selection is refused (R32).
        BalanceChangedError: A custom amount above what is payable (R24).
    """
    match selection:
        case ChosenInvoices():
            return _chosen(account, selection.invoice_ids)
        case CustomAmount():
            return _custom(account, selection.minor)
        case _:
            assert_never(selection)


def check_count(invoice_ids: Sequence[str]) -> None:
    """Refuse a selection of more invoices than one payment may pay (R32).

    Raises:
        TooManyInvoicesError: It has more.
    """
    if len(set(invoice_ids)) > MOST_INVOICES:
        raise TooManyInvoicesError(
            f"You can pay up to {MOST_INVOICES} invoices at a time; {len(set(invoice_ids))} were chosen. You have not been charged.",
            field="selection.invoice_ids",
        )


def _chosen(account: Account, invoice_ids: tuple[str, ...]) -> Price:
    check_count(invoice_ids)
    wanted = set(invoice_ids)
    items = [item for item in account.open_items if item.invoice_id in wanted or item.parent_id in wanted]
    reserved = reserved_by_invoice(account)
    lines, left_out = [], []
    for item in items:
        part = available(item, reserved) if item.pay_online else 0
        if part:
            lines.append(_line(item, part))
        else:
            why = LeftOut.PROCESSING if item.pay_online else LeftOut.NOT_PAYABLE_ONLINE
            left_out.append((item.invoice_id, item.number, why))
    check_count([line.invoice_id for line in lines])
    found = {item.invoice_id for item in items} | {item.parent_id for item in items}
    return Price(tuple(lines), tuple(left_out), tuple(one for one in dict.fromkeys(invoice_ids) if one not in found))


def _custom(account: Account, minor: int) -> Price:
    payable = payable_online(account)
    currency = account.key.currency
    if minor > payable:
        raise BalanceChangedError(
            f"At most {Money(payable, currency)} can be paid online now. You have not been charged.", payable=payable, currency=currency
        )
    by_id = {item.invoice_id: item for item in account.open_items}
    return Price(tuple(_line(by_id[line.invoice_id], line.minor) for line in allocate_now(account, minor, online_only=True).lines))


def _line(item: OpenItem, minor: int) -> PricedLine:
    return PricedLine(item.invoice_id, item.number, minor, minor == item.open_minor)
