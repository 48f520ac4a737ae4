"""Audit accounts: re-fold every journal and compare it with what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from duebook.domain import audit
from duebook.domain.account import AccountKey
from duebook.domain.payments import Payment
from duebook.storage.account_store import AccountStore, Snapshot
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.invoice_store import InvoiceStore
from duebook.storage.payment_store import PaymentStore

PAGE = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant of one account."""

    account: AccountKey
    text: str


@dataclass(frozen=True, slots=True)
class Books:
    """The stores an audit reads."""

    directory: DirectoryStore
    accounts: AccountStore
    invoices: InvoiceStore
    payments: PaymentStore


def audit_tenant(tenant_id: str, books: Books) -> tuple[int, list[Finding]]:
    """Audit all accounts of a tenant; return how many there are, and what is wrong."""
    count, findings = 0, []
    for customer_id in _customer_ids(tenant_id, books.directory):
        for account, found in audit_customer(tenant_id, customer_id, books):
            count += 1
            findings += [Finding(account, text) for text in found]
    return count, findings


def audit_customer(tenant_id: str, customer_id: str, books: Books) -> Iterator[tuple[AccountKey, list[str]]]:
    """Audit the accounts of one customer, currency by currency."""
    invoices = {invoice.invoice_id: invoice for invoice in books.invoices.of_customer(tenant_id, customer_id)}
    payments = {payment.key.payment_id: payment for payment in _payments(tenant_id, customer_id, books.payments)}
    for currency in sorted(books.directory.customer(tenant_id, customer_id).currencies):
        key = AccountKey(tenant_id, customer_id, currency)
        documents = audit.Documents(
            {invoice_id: invoice for invoice_id, invoice in invoices.items() if invoice.currency == currency},
            {payment_id: payment for payment_id, payment in payments.items() if payment.amount.currency == currency},
        )
        # A commit between the two reads would look like a fault: read until both are of one version.
        for _ in range(3):
            snapshot = books.accounts.read(key)
            entries = list(books.accounts.journal(key))
            if snapshot.account.version == len(entries):
                break
        yield key, [*audit.check(snapshot.account, entries, documents), *_watch(snapshot)]


def _watch(snapshot: Snapshot) -> list[str]:
    """Report an account that would not be looked at on the first day on which something of it is past due (R75)."""
    first = min((item.due_on for item in snapshot.account.open_items), default=None)
    if first is None:
        return []
    looked = snapshot.past_due_from
    return [] if looked and looked <= first + timedelta(days=1) else [f"due on {first}, looked at for past-due notices from {looked} on"]


def _customer_ids(tenant_id: str, directory: DirectoryStore) -> Iterator[str]:
    after: str | None = None
    while page := directory.customers(tenant_id, limit=PAGE, after=after):
        yield from (customer.customer_id for customer in page)
        after = page[-1].customer_id


def _payments(tenant_id: str, customer_id: str, payments: PaymentStore) -> Iterator[Payment]:
    before: str | None = None
    while page := payments.of_customer(tenant_id, customer_id, limit=PAGE, before=before):
        yield from page
        before = page[-1].key.payment_id
