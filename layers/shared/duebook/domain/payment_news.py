"""What people are told of a payment: which invoices it paid, what is left of it, what is left to pay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from duebook.domain.account import Account, find_open_item
from duebook.domain.allocation import payable_online
from duebook.domain.directory import Customer, Tenant
from duebook.domain.journal import Line
from duebook.domain.payments import Payment


@dataclass(frozen=True, slots=True)
class PaidInvoice:
    """A payment's part on one invoice, and what is still open of that invoice (0: paid in full); minor units."""

    invoice_id: str
    number: str
    minor: int
    still_open: int


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """A captured payment as it is told to payer and staff; amounts in minor units of its currency.

    Args:
        payment: The payment.
        tenant: To whom it was made.
        customer: For whom it was made.
        paid: Oldest first, as applied (R23).
        unapplied: Its rest that no invoice took (R25).
        payable_left: What can still be paid online, all a guest may know of the balance (R13).
        nothing_owed: Whether no invoice is open any more.
    """

    payment: Payment
    tenant: Tenant
    customer: Customer
    paid: tuple[PaidInvoice, ...]
    unapplied: int
    payable_left: int
    nothing_owed: bool


def payment_news(payment: Payment, applications: Iterable[Line], account: Account, tenant: Tenant, customer: Customer) -> PaymentNews:
    """Put together what is told of a payment.

    Args:
        payment: Captured.
        applications: What it pays now, as the journal has it.
        account: The customer's, as it stands.
        tenant: To whom it was made.
        customer: For whom it was made.
    """
    paid = []
    for line in applications:
        item = find_open_item(account, line.invoice_id)
        paid.append(PaidInvoice(line.invoice_id, line.number, line.minor, item.open_minor if item else 0))
    left = account.unapplied.get(payment.key.payment_id, 0)
    return PaymentNews(payment, tenant, customer, tuple(paid), left, payable_online(account), nothing_owed=not account.open_items)
