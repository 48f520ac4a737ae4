"""Read a customer's payments as its contacts see them (R23, R37)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from duebook.domain.account import Account, AccountKey, balance, find_reservation
from duebook.domain.journal import Line, lines_total
from duebook.domain.pay_links import same_address
from duebook.domain.payments import NOT_MADE, Payment, PaymentKey
from duebook.domain.portal_access import PAYER, ContactCaller
from duebook.errors import NotFoundError
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.books import Books
from duebook.usecases.read_payments import PaidPayment, with_applications

MOST_READS = 5
"""Pages of payments that one call looks through where most are refused attempts; the cursor goes on from there."""


@dataclass(frozen=True, slots=True)
class CustomerPayment:
    """A payment with the invoices it pays, or will pay.

    Args:
        paid: With what it pays; of a payment under way, what is reserved for it.
        still_open: Of invoices that are not closed, what is open, or will be once it is applied (minor units).
        remaining: The account's balance, without what is being applied this very moment (minor units).
    """

    paid: PaidPayment
    still_open: dict[str, int]
    remaining: int


def own_payment(caller: ContactCaller, payment_id: str, *, payments: PaymentStore) -> Payment:
    """Read one payment of the caller's own customer; a payer's is one whose receipt went to the address of the link (R74).

    Raises:
        NotFoundError: No such payment of this customer, or not the payer's.
    """
    payment = payments.get(PaymentKey(caller.tenant_id, caller.customer_id, payment_id))
    if caller.kind == PAYER and not same_address(payment.payer.email if payment.payer else None, caller.address):
        raise NotFoundError(f"no payment {payment_id}")
    return payment


def read_portal_payment(caller: ContactCaller, payment_id: str, *, books: Books) -> CustomerPayment:
    """Read one payment of the caller's own customer with what it pays.

    Raises:
        NotFoundError: As ``own_payment``.
    """
    payment = own_payment(caller, payment_id, payments=books.payments)
    return as_customer_sees(with_applications([payment], accounts=books.accounts)[0], books)


def read_portal_payments(caller: ContactCaller, *, limit: int, before: str | None, books: Books) -> tuple[list[PaidPayment], str | None]:
    """Read a page of a customer's payments, newest first; attempts that were declined or failed are left out.

    Returns:
        The payments, and where the next page begins (None at the end). A page may be short and still go on.
    """
    found: list[Payment] = []
    for _ in range(MOST_READS):
        seen = books.payments.of_customer(caller.tenant_id, caller.customer_id, limit=limit, before=before)
        found += [payment for payment in seen if payment.state not in NOT_MADE]
        before = seen[-1].key.payment_id if len(seen) == limit else None
        if before is None or len(found) >= limit:
            break
    page = found[:limit]
    following = page[-1].key.payment_id if len(found) > limit else before
    return with_applications(page, accounts=books.accounts), following


def as_customer_sees(paid: PaidPayment, books: Books) -> CustomerPayment:
    """Add to a payment what its invoices still have open, and its account's balance."""
    payment = paid.payment
    key = AccountKey(payment.key.tenant_id, payment.key.customer_id, payment.amount.currency)
    account = books.accounts.read(key).account
    items = {item.invoice_id: item.open_minor for item in account.open_items}
    if paid.applications:
        return CustomerPayment(paid, items, balance(account))
    lines = _reserved(account, payment)
    to_come = lines_total(lines)
    left = {line.invoice_id: items.get(line.invoice_id, 0) - line.minor for line in lines}
    if payment.captured_at is None:
        return CustomerPayment(replace(paid, applications=lines), left, balance(account))
    # The money is here and is being applied this very moment: it is told as it will be.
    return CustomerPayment(replace(paid, applications=lines, unapplied=paid.unapplied - to_come), left, balance(account) - to_come)


def _reserved(account: Account, payment: Payment) -> tuple[Line, ...]:
    held = find_reservation(account, payment.key.payment_id)
    return held.lines if held else ()
