"""The list of customers as a page and as a file: search, filters in the address, pages by cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalice.app import Response

from duebook.domain.automation import CustomerAutomation
from duebook.errors import UnprocessableError
from duebook.storage.account_store import AccountStore, HeadFigures
from duebook.storage.automation_store import AutomationStore
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.read_customers import CustomerFilter, CustomerPage, read_customers
from duebook.web.customer_rows import CUSTOMER_CSV_NAMES, customer_csv_rows
from duebook.web.page_answers import PageAnswers, csv_file
from duebook.web.pages import link
from duebook.web.visits import Visit

LIST = "/admin/customers"
ROWS = 50
CSV_ROWS = 500
MOST_CSV_ROWS = 20_000
FILTERS = (("overdue", "Overdue"), ("credit", "Unapplied cash"), ("access", "Portal access"), ("disabled", "Disabled"))
"""Name in the address and words of each filter."""

Query = Callable[[str], str]
"""Tells a value of the page's address; empty when there is none."""


@dataclass(frozen=True, slots=True)
class CustomerList:
    """The pages of the list."""

    answers: PageAnswers
    directory: DirectoryStore
    accounts: AccountStore
    automations: AutomationStore

    def page(self, visit: Visit, query: Query) -> Response:
        """Show a page of customers with their balances."""
        wanted, asked = asked_filter(query), asked_values(query)
        after, before = query("after") or None, query("before") or None
        found = self._read(visit, wanted, ROWS, after, before)
        return self.answers.page(
            "customers.html",
            visit,
            section=LIST,
            page=found,
            search=wanted.search,
            chips=chips(asked),
            cleared=cleared(asked),
            asked=asked,
            turned=bool(after or before),
            switches=self._switches(visit, found),
            today=visit.today,
            days_late=days_late,
        )

    def csv(self, visit: Visit, query: Query) -> Response:
        """List the same customers as a file: one row for each account."""
        wanted = asked_filter(query)
        rows: list[tuple[object, ...]] = []
        after: str | None = None
        while True:
            found = self._read(visit, wanted, CSV_ROWS, after)
            switches = self._switches(visit, found)
            rows += [line for row in found.rows for line in customer_csv_rows(row, switches[row.customer.customer_id], visit.today)]
            after = found.next_after
            if after is None:
                return csv_file("customers.csv", CUSTOMER_CSV_NAMES, rows)
            if len(rows) >= MOST_CSV_ROWS:
                raise UnprocessableError(f"The file would hold more than {MOST_CSV_ROWS:,} rows. Narrow the list, then try again.")

    def _switches(self, visit: Visit, found: CustomerPage) -> dict[str, CustomerAutomation]:
        return self.automations.many_customers(visit.tenant_id, [row.customer.customer_id for row in found.rows])

    def _read(self, visit: Visit, wanted: CustomerFilter, limit: int, after: str | None, before: str | None = None) -> CustomerPage:
        return read_customers(
            visit.tenant_id,
            wanted=wanted,
            today=visit.today,
            limit=limit,
            after=after,
            before=before,
            directory=self.directory,
            accounts=self.accounts,
        )


def asked_filter(query: Query) -> CustomerFilter:
    """Read the filter from a page's address."""
    return CustomerFilter(query("q"), **{name: bool(query(name)) for name, _ in FILTERS})


def asked_values(query: Query) -> dict[str, str]:
    """Return what of the address filters: every link of the page carries it."""
    return {name: value for name, value in [("q", query("q")), *((name, "1" if query(name) else "") for name, _ in FILTERS)] if value}


def chips(asked: dict[str, str]) -> list[dict[str, Any]]:
    """Return the filters as links that switch each of them on or off."""
    found = []
    for name, words in FILTERS:
        others = {other: value for other, value in asked.items() if other != name}
        found.append(
            {"name": name, "words": words, "on": name in asked, "href": link(LIST, **others, **({} if name in asked else {name: "1"}))}
        )
    return found


def cleared(asked: dict[str, str]) -> list[tuple[str, str]]:
    """Return words and link of clearing each part of the filter that is set, for a list that is empty."""
    words = dict(FILTERS)
    return [
        (
            f"Clear “{words[name]}”" if name in words else "Clear the search",
            link(LIST, **{other: value for other, value in asked.items() if other != name}),
        )
        for name in asked
    ]


def days_late(figures: HeadFigures, today: date) -> int:
    """Return how many days the oldest open invoice of an account is past due; zero when none is."""
    return max(0, (today - date.fromisoformat(figures.oldest_due_on)).days) if figures.oldest_due_on else 0
