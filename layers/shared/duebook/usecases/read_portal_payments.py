"""Read a customer's payments as its contacts see them (R23, R37)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from duebook.domain.account import Account, AccountKey, balance, find_open_item, find_reservation
from duebook.domain.journal import Line
from duebook.domain.payments import NOT_MADE, Payment, PaymentKey
from duebook.domain.portal_access import ContactCaller
from duebook.usecases.books import Books
from duebook.usecases.read_payments import PaidPayment, with_applications

MOST_READS = 5
"""Pages of payments that one call looks through where most are refused attempts; the cursor goes on from there."""


@dataclass(frozen=True, slots=True)
class CustomerPayment:
    """A payment with the invoices it pays, or will pay.

    Args:
        paid: With what it pays; of a payment under way, what is reserved for it.
        still_open: Of each invoice it pays that is not closed, what is open (minor units).
        remaining: The account's balance as it stands (minor units).
    """

    paid: PaidPayment
    still_open: dict[str, int]
    remaining: int


def read_portal_payment(caller: ContactCaller, payment_id: str, *, books: Books) -> CustomerPayment:
    """Read one payment of the contact's own customer.

    Raises:
        NotFoundError: No such payment of this customer.
    """
    payment = books.payments.get(PaymentKey(caller.tenant_id, caller.customer_id, payment_id))
    return _with_account(with_applications([payment], accounts=books.accounts)[0], books)


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


def _with_account(paid: PaidPayment, books: Books) -> CustomerPayment:
    payment = paid.payment
    key = AccountKey(payment.key.tenant_id, payment.key.customer_id, payment.amount.currency)
    account = books.accounts.read(key).account
    if not paid.applications:
        paid = replace(paid, applications=_reserved(account, payment))
    items = {line.invoice_id: find_open_item(account, line.invoice_id) for line in paid.applications}
    return CustomerPayment(paid, {one: item.open_minor for one, item in items.items() if item}, balance(account))


def _reserved(account: Account, payment: Payment) -> tuple[Line, ...]:
    held = find_reservation(account, payment.key.payment_id)
    return held.lines if held else ()
