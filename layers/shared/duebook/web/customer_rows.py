"""Customers as rows of a file for spreadsheets."""

from __future__ import annotations

from duebook.domain.money import Money, decimal_text
from duebook.usecases.read_customers import CustomerFigures

CUSTOMER_CSV_NAMES = (
    "customer_id", "name", "pay_online_id", "email", "currency", "balance", "open_invoices", "oldest_due_date", "unapplied_cash",
)  # fmt: skip


def customer_csv_rows(row: CustomerFigures) -> list[tuple[object, ...]]:
    """Write a customer as one row for each account, or one without figures; amounts exact, without grouping."""
    customer = row.customer
    who = (customer.customer_id, customer.name, customer.pay_online_id, customer.email or "")
    accounts = [
        (
            one.currency,
            decimal_text(Money(one.balance, one.currency)),
            one.open_invoices,
            one.oldest_due_on or "",
            decimal_text(Money(one.unapplied, one.currency)),
        )
        for one in row.figures
    ]
    return [(*who, *account) for account in accounts or [("", "", 0, "", "")]]
