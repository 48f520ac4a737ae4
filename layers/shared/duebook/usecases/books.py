"""The stores that reading a tenant's books takes, together."""

from __future__ import annotations

from dataclasses import dataclass

from duebook.storage.account_store import AccountStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.invoice_store import InvoiceStore
from duebook.storage.payment_store import PaymentStore


@dataclass(frozen=True, slots=True)
class Books:
    """People, accounts, invoices and payments."""

    directory: DirectoryStore
    accounts: AccountStore
    invoices: InvoiceStore
    payments: PaymentStore
