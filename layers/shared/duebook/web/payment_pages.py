"""Pages that show payments: of one customer, of the whole business, and one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any
from urllib.parse import quote

from chalice.app import Response

from duebook.domain.email_activity import Mail
from duebook.domain.payments import NOT_MADE, Payment
from duebook.errors import UnprocessableError
from duebook.usecases.read_payment_list import newest_of_days
from duebook.usecases.read_payments import PaidPayment, with_applications
from duebook.web import payment_words
from duebook.web.customer_choice import EVERYBODY, CustomerChoice, read_choice
from duebook.web.page_answers import csv_file
from duebook.web.page_desk import PageDesk
from duebook.web.pages import link
from duebook.web.payment_actions import offers, refund_words
from duebook.web.payment_filters import DAYS, PaymentFilter, filter_of, named

ROWS = 50
MOST_CSV_ROWS = 20_000
MOST_PAYMENTS = 1_000
"""Payments that are looked through for one page of a list; older ones are reached by its pager."""
RECENT_MAILS = 100
SECTION = "/admin/payments"


@dataclass(frozen=True, slots=True)
class PaymentPages:
    """The lists of payments, and one payment.

    Args:
        desk: Who looks, the books.
        query: Returns a value of the address.
    """

    desk: PageDesk
    query: Callable[[str], str]

    def of_customer(self, customer_id: str) -> Response:
        """Show a customer's payments and what each of them paid (R16)."""
        visit, before = self.desk.visit, self.query("before") or None
        who = self.desk.books.directory.customer(visit.tenant_id, customer_id)
        wanted = self._of_tab()
        found = self.desk.books.payments.of_customer(visit.tenant_id, customer_id, limit=MOST_PAYMENTS + 1, before=before)
        fitting, more = wanted.read(found, MOST_PAYMENTS, visit.formats)
        return self.desk.answers.page(
            "payments.html",
            visit,
            **self.desk.head(who, "Payments"),
            **self._list(wanted, fitting, more, before),
            who=EVERYBODY,
            ways_to_clear=wanted.ways_to_clear(f"/admin/customers/{quote(customer_id, safe='')}/payments", days=True),
        )

    def of_customer_csv(self, customer_id: str) -> Response:
        """List the same payments as a file: one row for each, what it paid in one cell."""
        visit = self.desk.visit
        self.desk.books.directory.customer(visit.tenant_id, customer_id)
        wanted = self._of_tab()
        found = self.desk.books.payments.of_customer(visit.tenant_id, customer_id, limit=MOST_CSV_ROWS)
        _check_length(found)
        paid = self._paid(payment_words.in_filter([one for one in found if wanted.fits(one, visit.formats)], wanted.status))
        return csv_file(f"payments-{customer_id}.csv", payment_words.CSV_NAMES, [payment_words.csv_row(one, visit.formats) for one in paid])

    def of_days(self) -> Response:
        """List the business's payments of some days, newest first; a reference in the search is found on whatever day it was."""
        visit, before = self.desk.visit, self.query("before") or None
        wanted, who = self._of_business()
        way = _ways(wanted)
        if away := who.settled(way):
            return away
        fitting, more = ([], None) if who.unclear else self._of_days(wanted, before, MOST_PAYMENTS)
        listed = self._list(wanted, fitting, more, before)
        names = self._names([one.payment for one in listed["rows"]])
        clearing = wanted.ways_to_clear(SECTION, days=False)
        return self.desk.answers.page(
            "all_payments.html", visit, section=SECTION, names=names, **listed, who=who, way=way, ways_to_clear=clearing
        )

    def of_days_csv(self) -> Response:
        """List the same payments as a file."""
        visit = self.desk.visit
        wanted, who = self._of_business()
        who.checked()
        fitting, more = self._of_days(wanted, None, MOST_CSV_ROWS)
        if more:
            raise UnprocessableError(
                f"The file would look through more than {MOST_CSV_ROWS:,} payments. Choose fewer days, then try again."
            )
        paid = self._paid(payment_words.in_filter(fitting, wanted.status))
        names = self._names([one.payment for one in paid])
        rows = [
            (one.payment.key.customer_id, names.get(one.payment.key.customer_id, ""), *payment_words.csv_row(one, visit.formats))
            for one in paid
        ]
        return csv_file("payments.csv", ("customer_id", "customer", *payment_words.CSV_NAMES), rows)

    def one(self, payment_id: str) -> Response:
        """Show one payment: what it paid, what happened when, what may be done with it, what was mailed about it."""
        visit, directory = self.desk.visit, self.desk.books.directory
        paid = self.desk.paid(payment_id)
        found = paid.payment
        processors = {account.account_id: account.processor for account in directory.merchant_accounts(visit.tenant_id)}
        people = [directory.staff(visit.tenant_id, staff_id) for staff_id in payment_words.actors(paid)]
        names = {person.staff_id: person.name for person in people if person}
        offered, not_offered = offers(paid, visit, self.desk.now)
        return self.desk.answers.page(
            "payment.html",
            visit,
            section=SECTION,
            customer=directory.customer(visit.tenant_id, found.key.customer_id),
            payment=found,
            paid=paid,
            done=payment_words.DONE.get(self.query("done")),
            has_receipt=found.state not in NOT_MADE,
            offers=offered,
            not_offered=not_offered,
            explanation=payment_words.explanation(found),
            under_way=payment_words.is_under_way(found),
            gone=payment_words.gone(paid),
            nothing_paid=payment_words.why_nothing_paid(found),
            refund_words=refund_words,
            facts=payment_words.facts(found, processors, visit.formats),
            timeline=payment_words.timeline(paid, names, visit.formats),
            mails=self._mails_about(paid),
        )

    def _of_tab(self) -> PaymentFilter:
        return replace(filter_of(self.query, self.desk.visit.today, days=None), customer_id="")

    def _of_business(self) -> tuple[PaymentFilter, CustomerChoice]:
        visit = self.desk.visit
        wanted = filter_of(self.query, visit.today, days=DAYS)
        who = read_choice(visit.tenant_id, wanted.customer_id, directory=self.desk.books.directory)
        return replace(wanted, customer_id=who.customer_id or who.typed), who

    def _of_days(self, wanted: PaymentFilter, before: str | None, most: int) -> tuple[list[Payment], str | None]:
        """Read those that fit, and where to go on: the payment that the search names, a customer's own, or all of the days."""
        visit, payments = self.desk.visit, self.desk.books.payments
        key = named(visit.tenant_id, wanted.search, payments)
        if key and wanted.customer_id in {"", key.customer_id}:
            return [payments.get(key)], None
        first, last = wanted.first or visit.today, wanted.last or visit.today
        if wanted.customer_id:
            own = payments.of_customer(visit.tenant_id, wanted.customer_id, limit=most + 1, before=before)
            recent = takewhile(lambda one: visit.formats.iso_day_of(one.created_at) >= first.isoformat(), own)
            return wanted.read(recent, most, visit.formats)
        found = newest_of_days(visit.tenant_id, first, last, time_zone=visit.tenant.time_zone, before=before, payments=payments)
        return wanted.read(found, most, visit.formats)

    def _list(self, wanted: PaymentFilter, fitting: Sequence[Payment], more: str | None, before: str | None) -> dict[str, Any]:
        chosen = payment_words.in_filter(fitting, wanted.status)
        rows = self._paid(chosen[:ROWS])
        return {
            "rows": rows,
            "wanted": wanted,
            "under_way": any(payment_words.is_under_way(one.payment) for one in rows),
            "before": before,
            "next_before": chosen[ROWS - 1].key.payment_id if len(chosen) > ROWS else more,
            "chips": payment_words.chips(fitting, wanted.status),
            "more_than_counted": more is not None or before is not None,
            "methods": payment_words.METHODS,
            "method_words": payment_words.method_words,
        }

    def _paid(self, payments: Sequence[Payment]) -> list[PaidPayment]:
        return with_applications(payments, accounts=self.desk.books.accounts)

    def _names(self, payments: Sequence[Payment]) -> dict[str, str]:
        wanted = sorted({one.key.customer_id for one in payments})
        found = self.desk.books.directory.many_customers(self.desk.visit.tenant_id, wanted) if wanted else {}
        return {customer_id: customer.name for customer_id, customer in found.items()}

    def _mails_about(self, paid: PaidPayment) -> list[Mail]:
        key = paid.payment.key
        mails = self.desk.mails.of_customer(key.tenant_id, key.customer_id, limit=RECENT_MAILS)
        return [mail for mail in mails if mail.about and mail.about.id == key.payment_id]


def _check_length(rows: Sized) -> None:
    if len(rows) >= MOST_CSV_ROWS:
        raise UnprocessableError(f"The file would hold more than {MOST_CSV_ROWS:,} rows. Narrow the list, then try again.")


def _ways(wanted: PaymentFilter) -> Callable[[str | None], str]:
    return lambda customer_id: link(SECTION, **replace(wanted, customer_id=customer_id or "").address())
