"""The activity log as pages and files: of one customer, or of the whole business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from babel.dates import format_date
from chalice.app import Response

from duebook.domain.activity_log import ActivityLine
from duebook.domain.directory import Customer
from duebook.errors import UnprocessableError
from duebook.mail.formats import locale_of
from duebook.usecases.log_action import with_names
from duebook.web.customer_office import CustomerOffice, customer_path
from duebook.web.page_answers import csv_file
from duebook.web.visits import Visit

TAB = "Activity log"
OWN = "/admin/activity"
ROWS = 50
CSV_ROWS = 500
MOST_CSV_ROWS = 20_000
MONTHS = 24
"""Months that are offered; older lines stand in the list of all."""
NAMES = ("at", "who", "who_id", "what", "detail", "why", "customer_id", "about", "about_id")
PLACES = {
    "payment": "/admin/payments",
    "invoice": "/admin/invoices",
    "mail": "/admin/email-activity",
    "statement_run": "/admin/statements",
    "import": "/admin/imports",
    "reconciliation": "/admin/reconciliation",
    "template": "/admin/settings/templates",
    "request": "/admin/requests",
    "product": "/admin/settings/catalog/product",
    "service": "/admin/settings/catalog/service",
}
"""Where what was acted on has a page of its own, by kind."""


@dataclass(frozen=True, slots=True)
class ActivityPages:
    """The activity log."""

    office: CustomerOffice

    def page(self, visit: Visit, customer_id: str | None = None) -> Response:
        """Show a page of the log, newest first: of one customer, or of the business."""
        who = self.office.customer(visit, customer_id) if customer_id else None
        month, before = self.office.site.query("month"), self.office.site.query("before") or None
        found = self._read(visit, customer_id, month, ROWS + 1, before)
        lines = with_names(visit.tenant_id, found[:ROWS], directory=self.office.directory)
        above = self.office.head(visit, who, TAB) if who else {"section": "", "customer": None}
        return self.office.site.answers.page(
            "activity.html",
            visit,
            **above,
            here=customer_path(customer_id, "activity") if customer_id else OWN,
            lines=lines,
            names=self._names(visit, lines) if who is None else {},
            month=month,
            months=months_of(visit),
            before=before,
            next_before=lines[-1].line_id if len(found) > ROWS else None,
            where_of=where_of,
        )

    def csv(self, visit: Visit, customer_id: str | None = None) -> Response:
        """Write the log of a month, or all of it, as a file."""
        if customer_id:
            self.office.customer(visit, customer_id)
        month, before = self.office.site.query("month"), None
        rows: list[tuple[object, ...]] = []
        while found := self._read(visit, customer_id, month, CSV_ROWS, before):
            rows += [_row(line) for line in with_names(visit.tenant_id, found, directory=self.office.directory)]
            before = found[-1].line_id
            if len(rows) >= MOST_CSV_ROWS:
                raise UnprocessableError(f"The file would hold more than {MOST_CSV_ROWS:,} lines. Choose a month, then try again.")
        return csv_file("activity.csv", NAMES, rows)

    def _read(self, visit: Visit, customer_id: str | None, month: str, limit: int, before: str | None) -> list[ActivityLine]:
        since, until = ends_of(visit, month)
        log = self.office.log
        if customer_id is None:
            return log.of_tenant(visit.tenant_id, limit=limit, before=before, since=since, until=until)
        return log.of_customer(visit.tenant_id, customer_id, limit=limit, before=before, since=since, until=until)

    def _names(self, visit: Visit, lines: Sequence[ActivityLine]) -> dict[str, str]:
        wanted = sorted({line.customer_id for line in lines if line.customer_id})
        found: dict[str, Customer] = self.office.directory.many_customers(visit.tenant_id, wanted) if wanted else {}
        return {customer_id: one.name for customer_id, one in found.items()}


def ends_of(visit: Visit, month: str) -> tuple[datetime | None, datetime | None]:
    """Return the instants at which a month (yyyy-mm) begins and ends in the business's zone; None for all time.

    Raises:
        UnprocessableError: It is no month.
    """
    if not month:
        return None, None
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise UnprocessableError("Choose a month of the list.", field="month") from error
    return visit.formats.start_of_day(first), visit.formats.start_of_day(_next(first))


def months_of(visit: Visit) -> list[tuple[str, str]]:
    """Return value and words of the months that are offered, the latest first."""
    found, first = [], visit.today.replace(day=1)
    for _ in range(MONTHS):
        found.append((f"{first:%Y-%m}", str(format_date(first, "MMMM y", locale=locale_of(visit.formats.locale)))))
        first = (first.replace(month=first.month - 1) if first.month > 1 else first.replace(year=first.year - 1, month=12)).replace(day=1)
    return found


def where_of(line: ActivityLine) -> str:
    """Return the address of what was acted on; empty when it has no page of its own."""
    if line.subject is None:
        return customer_path(line.customer_id) if line.customer_id else ""
    kind, subject_id = line.subject
    if kind in {"contact", "site"} and line.customer_id:
        return customer_path(line.customer_id, "contacts")
    return f"{PLACES[kind]}/{quote(subject_id, safe='')}" if kind in PLACES else ""


def _next(first: date) -> date:
    return first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1)  # noqa: PLR2004 - December


def _row(line: ActivityLine) -> tuple[object, ...]:
    kind, subject_id = line.subject or ("", "")
    at = line.at.isoformat(timespec="seconds")
    return (at, line.actor.words, line.actor.actor_id, line.words, line.detail, line.reason or "", line.customer_id or "", kind, subject_id)
