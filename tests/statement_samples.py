"""Statements to be printed and mailed: as many open items as wanted, children of a parent, a period with everything in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from duebook.domain.account import Account, AccountKey, Reservation, apply
from duebook.domain.account_activity import activity
from duebook.domain.decisions import (
    ApplyPayment,
    CapturePayment,
    Command,
    IssueCreditMemo,
    IssueInvoice,
    UnapplyPayment,
    VoidInvoice,
    decide,
)
from duebook.domain.invoices import Invoice
from duebook.domain.journal import EntryKind, JournalEntry, Line
from duebook.domain.money import Money
from duebook.domain.open_items import OpenItem, age_key
from duebook.domain.payments import Payment, PaymentKey, PaymentState
from duebook.domain.reversals import TakeBack, take_back
from duebook.domain.statements import StatementFacts, StatementKind, StatementWish, section
from tests.document_samples import CUSTOMER, NOON, SITE, TENANT, lines

DAY = date(2025, 6, 30)
CHICAGO = ZoneInfo("America/Chicago")


def open_items(count: int, *, first: date = date(2025, 2, 3), parent_id: str | None = None, prefix: str = "INV") -> tuple[OpenItem, ...]:
    """Return so many open items over some months, oldest first."""
    step = max(1, 150 // max(1, count))
    found = [
        OpenItem(
            f"{prefix}_{number}",
            f"{prefix}-{10001 + number}",
            first + timedelta(days=number * step % 150),
            first + timedelta(days=number * step % 150 + 30),
            120_00 + number * 37 % 400_00,
            site_id="s1" if number % 2 == 0 else None,
            parent_id=parent_id,
        )
        for number in range(count)
    ]
    return tuple(sorted(found, key=age_key))


def account(items: tuple[OpenItem, ...], currency: str = "USD", **changes: Any) -> Account:
    """Return an account that owes these items."""
    return replace(Account(AccountKey("ten_1", "c1", currency), 1, items), **changes)


def open_statement(count: int, *, detail: bool = False, **changes: Any) -> StatementFacts:
    """Return a statement of so many open items; with details each has three lines."""
    items = open_items(count)
    kind = StatementKind.OPEN_ITEMS_DETAIL if detail else StatementKind.OPEN_ITEMS
    invoices = {
        item.invoice_id: Invoice(item.invoice_id, "c1", item.number, item.invoice_on, item.due_on, "USD", lines(3), tax=12_00)
        for item in items
    }
    held: dict[str, Any] = {}
    if count > 1:
        held = {"unapplied": MappingProxyType({"pay_9": 80_00}), "reservations": (Reservation("pay_8", (_line(items[-1]),)),)}
    facts = StatementFacts(
        TENANT,
        CUSTOMER,
        StatementWish(kind, DAY),
        (section(account(items, **held), DAY),),
        invoices if detail else {},
        {"s1": SITE},
        {},
        {},
    )
    return replace(facts, **changes)


def mixed_statement() -> StatementFacts:
    """Return a statement in two currencies, one of them with a multi-site invoice."""
    children = open_items(5, parent_id="ms_700", prefix="CH")
    both = tuple(sorted((*children, *open_items(4)), key=age_key))
    parent = Invoice("ms_700", "c1", "MS-700", date(2025, 2, 3), date(2025, 3, 5), "USD", multi_site=True)
    sections = (section(account(open_items(2, prefix="EU"), "EUR"), DAY), section(account(both), DAY))
    return open_statement(1, sections=sections, invoices={"ms_700": parent})


def period_statement(extra: int = 0) -> StatementFacts:
    """Return the activity of June with an invoice, a payment, a refund, a return, a void, a credit memo and an un-application in it."""
    now = Account(AccountKey("ten_1", "c1", "USD"))
    entries: list[JournalEntry] = []
    at = datetime(2025, 5, 20, 15, tzinfo=NOON.tzinfo)

    def add(*posted: JournalEntry) -> None:
        nonlocal now, at
        for entry in posted:
            now = apply(now, entry)
            entries.append(entry)
        at += timedelta(hours=26)

    def post(*commands: Command) -> None:
        for command in commands:
            add(decide(now, command, posted_at=at, actor="test"))
            at_back()

    def at_back() -> None:
        nonlocal at
        at -= timedelta(hours=26)

    items = {item.invoice_id: item for item in open_items(6 + extra)}
    for item in list(items.values())[:5]:
        post(IssueInvoice(item.invoice_id, item.open_minor, item))
    at = datetime(2025, 6, 2, 15, tzinfo=NOON.tzinfo)
    first, _, third = list(items.values())[:3]
    post(CapturePayment("pay_1", 300_00, "bank"), ApplyPayment("pay_1", online_only=False))
    at += timedelta(days=2)
    post(VoidInvoice("INV_4", items["INV_4"].open_minor, "wrong site"), IssueCreditMemo("crm_1", 45_00, "late truck"))
    at += timedelta(days=2)
    post(ApplyPayment("crm_1", online_only=False))
    at += timedelta(days=2)
    post(UnapplyPayment("pay_1", (Line(third.invoice_id, third.number, 20_00),), (), "wrong invoice"))
    at += timedelta(days=2)
    refund = TakeBack("pay_1", EntryKind.PAYMENT_REFUNDED, "re_1.refunded", 20_00, "bank", (), (), "sorry")
    add(*take_back(now, refund, posted_at=at, actor="test"))
    gone = TakeBack(
        "pay_1",
        EntryKind.PAYMENT_RETURNED,
        "pay_1.returned",
        120_00,
        "bank",
        (Line(first.invoice_id, first.number, 120_00),),
        (first,),
        "R01",
    )
    add(*take_back(now, gone, posted_at=at, actor="test"))
    post(CapturePayment("pay_2", 2_000_00, "bank"), ApplyPayment("pay_2", online_only=False))
    for item in list(items.values())[5:]:
        at += timedelta(minutes=20)
        post(IssueInvoice(item.invoice_id, item.open_minor, item))
    told, closed = activity(now.key, entries, date(2025, 6, 1), DAY, CHICAGO)
    paid = {
        one: Payment(
            PaymentKey("ten_1", "c1", one),
            Money(300_00, "USD"),
            PaymentState.CAPTURED,
            "guest",
            "bank_account",
            NOON,
            f"DB-{one}",
            last4="6789",
        )
        for one in ("pay_1", "pay_2")
    }
    wish = StatementWish(StatementKind.ACTIVITY, DAY, date(2025, 6, 1))
    return StatementFacts(TENANT, CUSTOMER, wish, (section(closed, DAY, told),), {}, {"s1": SITE}, paid, {"crm_1": "CM-17"})


def _line(item: OpenItem) -> Line:
    return Line(item.invoice_id, item.number, item.open_minor)
