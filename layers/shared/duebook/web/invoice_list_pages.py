"""Lists of invoices: of one customer with counts, and of the whole business."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from chalice.app import Response

from duebook.domain.directory import Customer
from duebook.errors import DuebookError, UnprocessableError
from duebook.usecases.list_invoices import (
    MOST_OF_CUSTOMER,
    OPEN,
    InvoicePage,
    InvoiceQuestion,
    invoices_of_customer,
    newest_invoices,
    open_invoices,
)
from duebook.usecases.read_invoices import InvoiceFigures
from duebook.web.customer_choice import EVERYBODY, CustomerChoice, read_choice
from duebook.web.invoice_words import CSV_NAMES, STATUSES, csv_row
from duebook.web.page_answers import csv_file
from duebook.web.page_desk import PageDesk
from duebook.web.pages import link, ways_to_clear
from duebook.web.typed_fields import typed_day

ROWS = 50
MOST_CSV_ROWS = 20_000
MOST_CSV_OF_ALL = 5_000
"""Rows of the file over all customers, whose accounts are read for it."""
DAYS_BACK = 365
DAYS_AHEAD = 366
"""Invoice dates that are listed unless other days are asked for; some businesses date ahead."""
SECTION = "/admin/invoices"
WORDS = (("the status", ("status",)), ("the number", ("q",)), ("the customer", ("customer",)), ("the dates", ("from", "to")))
"""What each filter is called."""


@dataclass(frozen=True, slots=True)
class InvoiceListPages:
    """The lists of invoices.

    Args:
        desk: Who looks, the books.
        query: Returns a value of the address.
        most: Invoices of one customer that are counted and put in order.
    """

    desk: PageDesk
    query: Callable[[str], str]
    most: int = MOST_OF_CUSTOMER

    def of_customer(self, customer_id: str) -> Response:
        """Show a customer's invoices of every status, newest first."""
        visit = self.desk.visit
        who = self.desk.books.directory.customer(visit.tenant_id, customer_id)
        wanted, after = replace(self._question(), customer_id=""), self.query("after") or None
        page = invoices_of_customer(
            visit.tenant_id, who, visit.today, wanted, limit=ROWS, after=after, books=self.desk.books, most=self.most
        )
        shown = self._shown(wanted, page, after, path=f"/admin/customers/{quote(customer_id, safe='')}/invoices", counted=True)
        return self.desk.answers.page("invoices.html", visit, **self.desk.head(who, "Invoices"), **shown, who=EVERYBODY)

    def of_customer_csv(self, customer_id: str) -> Response:
        """List the same invoices as a file."""
        visit = self.desk.visit
        who = self.desk.books.directory.customer(visit.tenant_id, customer_id)
        wanted = replace(self._question(), customer_id="")
        page = invoices_of_customer(
            visit.tenant_id, who, visit.today, wanted, limit=MOST_CSV_ROWS, after=None, books=self.desk.books, most=self.most
        )
        if page.more_than_counted:
            raise UnprocessableError(
                f"This customer has more than {self.most:,} invoices. Filter the list of all invoices by this customer and by dates, and download that."
            )
        return csv_file(f"invoices-{customer_id}.csv", CSV_NAMES, [csv_row(one) for one in page.rows])

    def of_all(self) -> Response:
        """List invoices over all customers: by invoice date, newest first; what is open customer by customer. One customer's are counted."""
        visit, after = self.desk.visit, self.query("after") or None
        wanted, who = self._of_business()
        way = _ways(wanted)
        if away := who.settled(way):
            return away
        page, counted = (InvoicePage((), None), False) if who.unclear else self._page(wanted, who.found, ROWS, after)
        ids = sorted({one.invoice.customer_id for one in page.rows})
        found = self.desk.books.directory.many_customers(visit.tenant_id, ids) if ids else {}
        return self.desk.answers.page(
            "all_invoices.html",
            visit,
            section=SECTION,
            **self._shown(wanted, page, after, path=SECTION, counted=counted),
            names={customer_id: one.name for customer_id, one in found.items()},
            by_customer=wanted.status in OPEN and not counted,
            who=who,
            way=way,
        )

    def of_all_csv(self) -> Response:
        """List the same invoices as a file."""
        wanted, who = self._of_business()
        customer, after = who.checked().found, None
        rows: list[InvoiceFigures] = []
        while True:
            page, counted = self._page(wanted, customer, MOST_CSV_OF_ALL if customer else ROWS * 4, after)
            customer = customer if counted else None
            rows += page.rows
            after = page.next_cursor
            if after is None:
                return csv_file("invoices.csv", CSV_NAMES, [csv_row(one) for one in rows])
            if len(rows) >= MOST_CSV_OF_ALL:
                raise UnprocessableError(f"The file would hold more than {MOST_CSV_OF_ALL:,} rows. Narrow the list, then try again.")

    def _page(self, wanted: InvoiceQuestion, who: Customer | None, limit: int, after: str | None) -> tuple[InvoicePage, bool]:
        """Read a page, and tell whether it is one customer's, with counts. Who has more invoices than are put in order has them by date."""
        visit, books = self.desk.visit, self.desk.books
        if who:
            own = invoices_of_customer(visit.tenant_id, who, visit.today, wanted, limit=limit, after=after, books=books, most=self.most)
            if not own.more_than_counted:
                return own, True
        if wanted.status in OPEN:
            return open_invoices(visit.tenant_id, visit.today, wanted, limit=limit, after=after, books=books), False
        last = wanted.last or visit.today + timedelta(days=DAYS_AHEAD)
        first = wanted.first or min(last, visit.today) - timedelta(days=DAYS_BACK)
        page = newest_invoices(visit.tenant_id, visit.today, wanted, first=first, last=last, limit=limit, before=after, books=books)
        return page, False

    def _of_business(self) -> tuple[InvoiceQuestion, CustomerChoice]:
        wanted = self._question()
        who = read_choice(self.desk.visit.tenant_id, wanted.customer_id, directory=self.desk.books.directory)
        return replace(wanted, customer_id=who.customer_id or who.typed), who

    def _question(self) -> InvoiceQuestion:
        first, last = _day(self.query("from")), _day(self.query("to"))
        if first and last and first > last:
            first, last = last, first
        status = self.query("status")
        known = {one.value: one for one in STATUSES}
        return InvoiceQuestion(known.get(status), self.query("q")[:64], self.query("customer"), first, last)

    def _shown(self, wanted: InvoiceQuestion, page: InvoicePage, after: str | None, *, path: str, counted: bool) -> dict[str, Any]:
        counts = {one.value: page.counts.get(one, 0) if counted else None for one in STATUSES}
        status = wanted.status.value if wanted.status else ""
        return {
            "wanted": wanted,
            "status": status,
            "address": _address(wanted),
            "page": page,
            "after": after,
            "statuses": STATUSES,
            "chips": [
                ("", "All", sum(page.counts.values()) if counted else None),
                *((one.value, STATUSES[one][0], counts[one.value]) for one in STATUSES),
            ],
            "ways_to_clear": ways_to_clear(path, {"status": status, **_address(wanted)}, WORDS),
            "days_back": DAYS_BACK,
            "looks_back": not counted and wanted.status not in OPEN and wanted.first is None and wanted.last is None,
        }


def _address(wanted: InvoiceQuestion) -> dict[str, str | None]:
    return {
        "q": wanted.number,
        "customer": wanted.customer_id,
        "from": wanted.first.isoformat() if wanted.first else None,
        "to": wanted.last.isoformat() if wanted.last else None,
    }


def _ways(wanted: InvoiceQuestion) -> Callable[[str | None], str]:
    status = wanted.status.value if wanted.status else None
    return lambda customer_id: link(SECTION, status=status, **{**_address(wanted), "customer": customer_id})


def _day(text: str) -> date | None:
    try:
        return typed_day(text, field="") if text else None
    except DuebookError:
        return None
