"""Customers as rows of a file for spreadsheets."""

from __future__ import annotations

from datetime import date

from duebook.domain.automation import CustomerAutomation
from duebook.domain.money import Money, decimal_text
from duebook.storage.account_store import HeadFigures
from duebook.usecases.read_customers import CustomerFigures

CUSTOMER_CSV_NAMES = (
    "customer_id", "name", "pay_online_id", "email", "phone", "enabled", "portal_access",
    "currency", "balance", "overdue", "open_invoices", "oldest_due_date", "unapplied_cash", "automation", "paused_until",
)  # fmt: skip


def customer_csv_rows(row: CustomerFigures, switch: CustomerAutomation, today: date) -> list[tuple[object, ...]]:
    """Write a customer as one row for each account, or one without figures; amounts exact, without grouping."""
    customer = row.customer
    who = (
        customer.customer_id,
        customer.name,
        customer.pay_online_id,
        customer.email or "",
        customer.phone or "",
        "yes" if customer.enabled else "no",
        len(customer.access_ids),
    )
    accounts = [_account(one, today) for one in row.figures]
    automation = ("on" if switch.enabled else "off", switch.paused_until if switch.is_paused(today) else "")
    return [(*who, *account, *automation) for account in accounts or [("", "", "", 0, "", "")]]


def _account(one: HeadFigures, today: date) -> tuple[object, ...]:
    return (
        one.currency,
        decimal_text(Money(one.balance, one.currency)),
        decimal_text(Money(one.overdue(today) or 0, one.currency)),
        one.open_invoices,
        one.oldest_due_on or "",
        decimal_text(Money(one.unapplied, one.currency)),
    )
