"""Read payments with what they paid, as the journal has it (R16, R23, R25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from duebook.domain.account import AccountKey
from duebook.domain.applications import net_applications
from duebook.domain.journal import MONEY_OUT, JournalEntry, Line, lines_total
from duebook.domain.payments import Payment
from duebook.storage.account_store import AccountStore
from duebook.storage.payment_store import PaymentStore


@dataclass(frozen=True, slots=True)
class PaidPayment:
    """A payment and what became of its money.

    Args:
        payment: The document.
        applications: What it pays now, in the order first applied.
        unapplied: The rest of a captured payment, minor units; 0 for one that brought no money.
        entries: The journal entries that applied it, un-applied it or took its money back, ascending.
    """

    payment: Payment
    applications: tuple[Line, ...]
    unapplied: int
    entries: tuple[JournalEntry, ...]


def read_payment(tenant_id: str, payment_id: str, *, payments: PaymentStore, accounts: AccountStore) -> PaidPayment:
    """Read one payment of a tenant with what it paid.

    Raises:
        NotFoundError: No such payment of this tenant.
    """
    payment = payments.get(payments.find(tenant_id, payment_id))
    return with_applications([payment], accounts=accounts)[0]


def with_applications(payments: Sequence[Payment], *, accounts: AccountStore) -> list[PaidPayment]:
    """Add what payments paid, in one read of the journal for all of them."""
    wanted = [(_account_key(payment), number) for payment in payments for number in payment.applied_in]
    found = accounts.entries(wanted)
    return [_paid(payment, tuple(found[_account_key(payment), number] for number in payment.applied_in)) for payment in payments]


def _account_key(payment: Payment) -> AccountKey:
    return AccountKey(payment.key.tenant_id, payment.key.customer_id, payment.amount.currency)


def _paid(payment: Payment, entries: tuple[JournalEntry, ...]) -> PaidPayment:
    own = tuple(entry for entry in entries if entry.source_id == payment.key.payment_id)
    applications = net_applications(own)
    booked = payment.amount.minor if payment.captured_at else 0
    gone = sum(entry.minor for entry in own if entry.kind in MONEY_OUT)
    return PaidPayment(payment, applications, booked - gone - lines_total(applications), own)
