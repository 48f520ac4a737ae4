"""Audit an account after every step that moves money."""

from __future__ import annotations

from duebook.domain.account import AccountKey
from duebook.domain.audit import Documents, check
from tests.integration.cloud import Cloud


def assert_clean(aws: Cloud, tenant_id: str, customer_id: str = "c1") -> None:
    """Re-fold every account of a customer and fail on any broken invariant."""
    customer = aws.directory.customer(tenant_id, customer_id)
    invoices = list(aws.invoices.of_customer(tenant_id, customer_id))
    payments = aws.payments.of_customer(tenant_id, customer_id, limit=10_000)
    for currency in sorted(customer.currencies):
        key = AccountKey(tenant_id, customer_id, currency)
        documents = Documents(
            {one.invoice_id: one for one in invoices if one.currency == currency},
            {one.key.payment_id: one for one in payments if one.amount.currency == currency},
        )
        found = check(aws.accounts.read(key).account, list(aws.accounts.journal(key)), documents)
        assert found == [], found
