"""Lists of invoices: of one customer with counts, and of the whole business."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chalice.app import Response

from duebook.errors import DuebookError, UnprocessableError
from duebook.usecases.list_invoices import OPEN, InvoicePage, InvoiceQuestion, invoices_of_customer, newest_invoices, open_invoices
from duebook.usecases.read_invoices import InvoiceFigures
from duebook.web.invoice_words import CSV_NAMES, STATUSES, csv_row
from duebook.web.page_answers import csv_file
from duebook.web.page_desk import PageDesk
from duebook.web.typed_fields import typed_day

ROWS = 50
MOST_CSV_ROWS = 20_000
MOST_CSV_OF_ALL = 5_000
"""Rows of the file over all customers, whose accounts are read for it."""
DAYS_BACK = 365
DAYS_AHEAD = 366
"""Invoice dates that are listed unless other days are asked for; some businesses date ahead."""
SECTION = "/admin/invoices"


@dataclass(frozen=True, slots=True)
class InvoiceListPages:
    """The lists of invoices.

    Args:
        desk: Who looks, the books.
        query: Returns a value of the address.
    """

    desk: PageDesk
    query: Callable[[str], str]

    def of_customer(self, customer_id: str) -> Response:
        """Show a customer's invoices of every status, newest first."""
        visit = self.desk.visit
        who = self.desk.books.directory.customer(visit.tenant_id, customer_id)
        wanted, after = self._question(), self.query("after") or None
        page = invoices_of_customer(visit.tenant_id, who, visit.today, wanted, limit=ROWS, after=after, books=self.desk.books)
        chips = [("", "All", sum(page.counts.values())), *((one.value, STATUSES[one][0], page.counts.get(one, 0)) for one in STATUSES)]
        shown = self._shown(wanted, page, after)
        return self.desk.answers.page("invoices.html", visit, **self.desk.head(who, "Invoices"), **shown, chips=chips)

    def of_customer_csv(self, customer_id: str) -> Response:
        """List the same invoices as a file."""
        visit = self.desk.visit
        who = self.desk.books.directory.customer(visit.tenant_id, customer_id)
        wanted = self._question()
        page = invoices_of_customer(visit.tenant_id, who, visit.today, wanted, limit=MOST_CSV_ROWS, after=None, books=self.desk.books)
        return csv_file(f"invoices-{customer_id}.csv", CSV_NAMES, [csv_row(one) for one in page.rows])

    def of_all(self) -> Response:
        """List invoices over all customers: by invoice date, newest first; what is open customer by customer."""
        visit, after = self.desk.visit, self.query("after") or None
        wanted = self._question()
        page = self._page(wanted, ROWS, after)
        ids = sorted({one.invoice.customer_id for one in page.rows})
        found = self.desk.books.directory.many_customers(visit.tenant_id, ids) if ids else {}
        chips = [("", "All", None), *((one.value, STATUSES[one][0], None) for one in STATUSES)]
        return self.desk.answers.page(
            "all_invoices.html",
            visit,
            section=SECTION,
            **self._shown(wanted, page, after),
            chips=chips,
            names={customer_id: one.name for customer_id, one in found.items()},
            by_customer=wanted.status in OPEN,
        )

    def of_all_csv(self) -> Response:
        """List the same invoices as a file."""
        wanted, after = self._question(), None
        rows: list[InvoiceFigures] = []
        while True:
            page = self._page(wanted, ROWS * 4, after)
            rows += page.rows
            after = page.next_cursor
            if after is None:
                return csv_file("invoices.csv", CSV_NAMES, [csv_row(one) for one in rows])
            if len(rows) >= MOST_CSV_OF_ALL:
                raise UnprocessableError(f"The file would hold more than {MOST_CSV_OF_ALL:,} rows. Narrow the list, then try again.")

    def _page(self, wanted: InvoiceQuestion, limit: int, after: str | None) -> InvoicePage:
        visit, books = self.desk.visit, self.desk.books
        if wanted.status in OPEN:
            return open_invoices(visit.tenant_id, visit.today, wanted, limit=limit, after=after, books=books)
        last = wanted.last or visit.today + timedelta(days=DAYS_AHEAD)
        first = wanted.first or min(last, visit.today) - timedelta(days=DAYS_BACK)
        return newest_invoices(visit.tenant_id, visit.today, wanted, first=first, last=last, limit=limit, before=after, books=books)

    def _question(self) -> InvoiceQuestion:
        first, last = _day(self.query("from")), _day(self.query("to"))
        if first and last and first > last:
            first, last = last, first
        status = self.query("status")
        known = {one.value: one for one in STATUSES}
        return InvoiceQuestion(known.get(status), self.query("q")[:64], self.query("customer")[:64], first, last)

    def _shown(self, wanted: InvoiceQuestion, page: InvoicePage, after: str | None) -> dict[str, Any]:
        address = {
            "q": wanted.number,
            "customer": wanted.customer_id,
            "from": wanted.first.isoformat() if wanted.first else None,
            "to": wanted.last.isoformat() if wanted.last else None,
        }
        return {
            "wanted": wanted,
            "status": wanted.status.value if wanted.status else "",
            "address": address,
            "page": page,
            "after": after,
            "statuses": STATUSES,
            "days_back": DAYS_BACK,
        }


def _day(text: str) -> date | None:
    try:
        return typed_day(text, field="") if text else None
    except DuebookError:
        return None
