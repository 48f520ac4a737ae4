"""The filters above a list of payments, as they stand in its address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

from duebook.domain.identifiers import is_order_id
from duebook.domain.payments import Payment, PaymentKey
from duebook.errors import DuebookError, NotFoundError
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.read_payment_list import MOST_DAYS
from duebook.web.pages import Formats, ways_to_clear
from duebook.web.payment_words import FILTERS, METHODS
from duebook.web.typed_fields import typed_amount, typed_day

DAYS = 30
"""What the business's list shows unless other days are asked for."""
WORDS = (("the status", ("status",)), ("the way of paying", ("method",)), ("the search", ("q",)), ("the customer", ("customer",)))
"""What each filter is called; the days are one only where not every list has some."""
DAYS_WORDS = ("the days", ("from", "to"))


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """What is asked for; empty means all. Days are those of the business's zone, both included.

    ``customer_id`` is what was typed until it is settled who is meant.
    """

    status: str = ""
    method: str = ""
    search: str = ""
    customer_id: str = ""
    first: date | None = None
    last: date | None = None

    def address(self) -> dict[str, str | None]:
        """Return the filter as it stands in an address."""
        return {
            "status": self.status,
            "method": self.method,
            "q": self.search,
            "customer": self.customer_id,
            "from": self.first.isoformat() if self.first else None,
            "to": self.last.isoformat() if self.last else None,
        }

    def ways_to_clear(self, path: str, *, days: bool) -> list[tuple[str, str]]:
        """Return words and link of clearing each filter that is set; of the days, too, where they are one."""
        return ways_to_clear(path, self.address(), (*WORDS, DAYS_WORDS) if days else WORDS)

    def with_status(self, status: str) -> Mapping[str, str | None]:
        """Return the address of the same list with another chip."""
        return replace(self, status=status).address()

    def fits(self, payment: Payment, formats: Formats) -> bool:
        """Tell whether a payment is asked for, whatever its status."""
        day = formats.iso_day_of(payment.created_at)
        return (
            self.method in {"", payment.method_type}
            and self.customer_id in {"", payment.key.customer_id}
            and (self.first is None or self.first.isoformat() <= day)
            and (self.last is None or day <= self.last.isoformat())
            and (not self.search or _is_found(payment, self.search, formats))
        )

    def read(self, payments: Iterable[Payment], most: int, formats: Formats) -> tuple[list[Payment], str | None]:
        """Look through so many payments; return those that fit, of any status, and the last one looked at if there are more."""
        looked = list(islice(payments, most + 1))
        more = looked[most - 1].key.payment_id if len(looked) > most else None
        return [one for one in looked[:most] if self.fits(one, formats)], more


def filter_of(query: Callable[[str], str], today: date, *, days: int | None) -> PaymentFilter:
    """Read the filter out of an address; what cannot be read is left out, and days are kept within a year.

    Args:
        query: Returns a value of the address.
        today: In the business's zone.
        days: How many days back unless told otherwise; None for all.
    """
    last = _day(query("to"))
    first = _day(query("from"))
    if days is not None:
        last = last or today
        first = first or last - timedelta(days=days - 1)
    if first and last and first > last:
        first, last = last, first
    if days is not None and first and last:
        first = max(first, last - timedelta(days=MOST_DAYS - 1))
    status, method = query("status"), query("method")
    return PaymentFilter(
        status if status in FILTERS else "", method if method in METHODS else "", query("q")[:64], query("customer"), first, last
    )


def named(tenant_id: str, search: str, payments: PaymentStore) -> PaymentKey | None:
    """Return the payment that a search names by its whole reference or id, of whatever day."""
    text = search.strip()
    try:
        if is_order_id(text.upper()):
            return payments.find_by_order_id(tenant_id, text.upper())
        return payments.find(tenant_id, text) if text.startswith("pay_") else None
    except NotFoundError:
        return None


def _day(text: str) -> date | None:
    try:
        return typed_day(text, field="") if text else None
    except DuebookError:
        return None


def _is_found(payment: Payment, search: str, formats: Formats) -> bool:
    wanted = search.casefold().strip()
    words = (payment.order_id, payment.key.payment_id, payment.reference, payment.check_number, payment.last4)
    if any(wanted in word.casefold() for word in words if word):
        return True
    if payment.payer and wanted in f"{payment.payer.name} {payment.payer.email}".casefold():
        return True
    try:
        return typed_amount(search, payment.amount.currency, formats.locale).minor == payment.amount.minor
    except DuebookError:
        return False
