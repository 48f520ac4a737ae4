"""Read a credit memo with what it pays, as the journal has it."""

from __future__ import annotations

from dataclasses import dataclass

from duebook.domain.account import AccountKey
from duebook.domain.applications import net_applications
from duebook.domain.journal import Line, lines_total
from duebook.errors import NotFoundError
from duebook.storage.account_store import AccountStore
from duebook.storage.invoice_store import CREDIT_MEMO, CreditMemo, InvoiceStore


@dataclass(frozen=True, slots=True)
class AppliedMemo:
    """A credit memo, what it pays now, and the rest of it (minor units)."""

    memo: CreditMemo
    applications: tuple[Line, ...]
    unapplied: int


def find_credit_memo(tenant_id: str, credit_memo_id: str, *, invoices: InvoiceStore) -> CreditMemo:
    """Read a credit memo by its id in the tenant.

    Raises:
        NotFoundError: No such credit memo.
    """
    owner = invoices.customer_of(tenant_id, CREDIT_MEMO, credit_memo_id)
    memo = invoices.credit_memo(tenant_id, owner, credit_memo_id) if owner else None
    if memo is None:
        raise NotFoundError(f"no credit memo {credit_memo_id}")
    return memo


def read_credit_memo(tenant_id: str, credit_memo_id: str, *, invoices: InvoiceStore, accounts: AccountStore) -> AppliedMemo:
    """Read a credit memo with what it pays.

    Raises:
        NotFoundError: No such credit memo.
    """
    memo = find_credit_memo(tenant_id, credit_memo_id, invoices=invoices)
    key = AccountKey(tenant_id, memo.customer_id, memo.currency)
    entries = accounts.entries([(key, number) for number in memo.applied_in])
    applications = net_applications(entries[key, number] for number in memo.applied_in)
    return AppliedMemo(memo, applications, memo.minor - lines_total(applications))
