"""Builders with defaults, so that a test shows only what matters to it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from duebook.domain.account import Account, AccountKey, apply
from duebook.domain.decisions import Command, decide
from duebook.domain.money import Money
from duebook.domain.open_items import OpenItem

NOON = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
KEY = AccountKey("t1", "c1", "USD")


def usd(minor: int) -> Money:
    """Return US dollars from cents."""
    return Money(minor, "USD")


def open_item(
    invoice_id: str = "inv_1",
    *,
    number: str | None = None,
    invoiced_on: str = "2025-01-31",
    due_on: str | None = None,
    open: int = 100_00,  # noqa: A002 - reads as the trade says it
    pay_online: bool = True,
    parent_id: str | None = None,
) -> OpenItem:
    """Return an open item of 100.00 unless told otherwise."""
    invoice_on = date.fromisoformat(invoiced_on)
    due = date.fromisoformat(due_on) if due_on else invoice_on
    return OpenItem(invoice_id, number or invoice_id, invoice_on, due, open, pay_online, None, parent_id)


def after(account: Account, *commands: Command) -> Account:
    """Carry out commands one after the other."""
    for command in commands:
        account = apply(account, decide(account, command, posted_at=NOON, actor="test"))
    return account
