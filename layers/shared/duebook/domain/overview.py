"""What an account looks like to the people who pay or collect: sums read from the open items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from duebook.domain.account import Account, balance, reserved_by_invoice, unapplied_cash
from duebook.domain.allocation import payable_online
from duebook.domain.open_items import is_overdue


@dataclass(frozen=True, slots=True)
class Kind:
    """Count and balance of the single-site invoices or of the multi-site ones (parents are counted, children summed)."""

    count: int
    balance: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Sums of one account in minor units (R3, R4, R30)."""

    currency: str
    balance: int
    overdue: int
    payable_online: int
    unapplied: int
    processing: int
    open_invoices: int
    single_site: Kind
    multi_site: Kind
    oldest_due_on: date | None


def overview(account: Account, today: date) -> Overview:
    """Add up an account as of today in the tenant's zone."""
    items = account.open_items
    children = [item for item in items if item.parent_id is not None]
    children_minor = sum(item.open_minor for item in children)
    total = balance(account)
    return Overview(
        currency=account.key.currency,
        balance=total,
        overdue=sum(item.open_minor for item in items if is_overdue(item, today)),
        payable_online=payable_online(account),
        unapplied=unapplied_cash(account),
        processing=sum(reserved_by_invoice(account).values()),
        open_invoices=len(items),
        single_site=Kind(len(items) - len(children), total - children_minor),
        multi_site=Kind(len({item.parent_id for item in children}), children_minor),
        oldest_due_on=min((item.due_on for item in items), default=None),
    )
