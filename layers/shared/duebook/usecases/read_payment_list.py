"""Read payments in lists: of a customer, and of a tenant by days in its zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from duebook.domain.identifiers import PAYMENT_PREFIX, time_of_ulid
from duebook.domain.payments import Payment
from duebook.errors import InvalidInputError, UnprocessableError
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.books import Books
from duebook.usecases.read_payments import PaidPayment, with_applications

MOST_DAYS = 366
"""Days one list may span."""


def payments_of_customer(
    tenant_id: str, customer_id: str, *, limit: int, before: str | None, books: Books
) -> tuple[list[PaidPayment], str | None]:
    """Read a page of a customer's payments, newest first, with what they paid.

    Raises:
        NotFoundError: No such customer.
    """
    books.directory.customer(tenant_id, customer_id)
    return _page(books.payments.of_customer(tenant_id, customer_id, limit=limit + 1, before=before), limit, books)


def payments_of_days(
    tenant_id: str, first: date, last: date, *, time_zone: str, limit: int, before: str | None, books: Books
) -> tuple[list[PaidPayment], str | None]:
    """Read a page of a tenant's payments of some days in its zone, both ends included, newest first.

    Raises:
        UnprocessableError: The days are in the wrong order, or too many.
    """
    if last < first:
        raise UnprocessableError(f"{first} is after {last}", field="from")
    if (last - first).days >= MOST_DAYS:
        raise UnprocessableError(f"at most {MOST_DAYS} days at once", field="from")
    found = newest_of_days(tenant_id, first, last, time_zone=time_zone, before=before, payments=books.payments)
    return _page(list(islice(found, limit + 1)), limit, books)


def newest_of_days(
    tenant_id: str, first: date, last: date, *, time_zone: str, before: str | None = None, payments: PaymentStore
) -> Iterator[Payment]:
    """Read a tenant's payments of some days in its zone one by one, newest first: one request a day, and only as far as is asked.

    Args:
        tenant_id: Whose.
        first: The first day, included.
        last: The last day, included.
        time_zone: IANA, the tenant's.
        before: The last payment of the page before; days after it are not read again.
        payments: Where they are.
    """
    zone = ZoneInfo(time_zone)
    # A day in any zone lies within the UTC days around it.
    day = min(last + timedelta(days=1), _day_of(before) or date.max)
    while day >= first - timedelta(days=1):
        for payment in payments.of_day(tenant_id, day.isoformat()):
            is_older = before is None or payment.key.payment_id < before
            if is_older and first <= payment.created_at.astimezone(zone).date() <= last:
                yield payment
        day -= timedelta(days=1)


def _day_of(payment_id: str | None) -> date | None:
    """Return the UTC day in a payment's id, where it has one."""
    try:
        return time_of_ulid((payment_id or "").removeprefix(PAYMENT_PREFIX)).date()
    except InvalidInputError:
        return None


def _page(found: list[Payment], limit: int, books: Books) -> tuple[list[PaidPayment], str | None]:
    page = found[:limit]
    return with_applications(page, accounts=books.accounts), page[-1].key.payment_id if len(found) > limit else None
