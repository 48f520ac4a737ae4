"""Service requests as a list: chips by status, search, pages by cursor, the same as a file. Opening it marks nothing as read (R82, R84)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from chalice.app import Response

from duebook.domain.service_requests import RequestStatus, is_open
from duebook.errors import UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.request_store import RequestStore
from duebook.usecases.read_requests import RequestPage, read_requests
from duebook.web.page_answers import PageAnswers, csv_file
from duebook.web.pages import link
from duebook.web.request_words import CSV_NAMES, STATUSES, csv_row, status_words
from duebook.web.visits import Visit

REQUESTS = "/admin/requests"
ROWS = 50
CSV_ROWS = 500
MOST_CSV_ROWS = 10_000
MOST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class RequestQuestion:
    """What of the address filters; no status means all of them."""

    statuses: frozenset[RequestStatus] = frozenset()
    search: str = ""

    def link(self, path: str = REQUESTS, *, before: str | None = None) -> str:
        """Write a link that carries the filters."""
        return link(path, status=self.status_value, q=self.search, before=before)

    @property
    def status_value(self) -> str:
        """The statuses as they stand in the address: ``new,read``."""
        return ",".join(one.value for one in RequestStatus if one in self.statuses)

    def pressed(self, status: RequestStatus) -> RequestQuestion:
        """Return what is asked once a chip was pressed: it switches its status on or off."""
        return RequestQuestion(self.statuses ^ {status}, self.search)

    @property
    def cleared(self) -> list[tuple[str, str]]:
        """Words and link of clearing each part that is set, for a list that is empty."""
        found = [
            (f"Clear “{STATUSES[one][0]}”", RequestQuestion(self.statuses - {one}, self.search).link())
            for one in RequestStatus
            if one in self.statuses
        ]
        return [*found, ("Clear the search", RequestQuestion(self.statuses).link())] if self.search else found


def question_of(query: Callable[[str], str]) -> RequestQuestion:
    """Read the filters from a page's address; a status that is none is left out."""
    asked = set(query("status").split(","))
    return RequestQuestion(frozenset(one for one in RequestStatus if one.value in asked), query("q").strip()[:MOST_SEARCH])


@dataclass(frozen=True, slots=True)
class RequestListPages:
    """What a request about the list takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        query: Reads a value of the address.
        directory: Where customers stand.
        requests: Where requests stand.
    """

    answers: PageAnswers
    visit: Visit
    query: Callable[[str], str]
    directory: DirectoryStore
    requests: RequestStore

    def page(self) -> Response:
        """Show a page of the list."""
        asked, before = question_of(self.query), self.query("before") or None
        found = self._read(asked, ROWS, before)
        context: dict[str, Any] = {
            "section": REQUESTS,
            "asked": asked,
            "chips": [
                {
                    "name": one.value,
                    "words": words,
                    "count": found.counts[one],
                    "on": one in asked.statuses,
                    "url": asked.pressed(one).link(),
                }
                for one, (words, _) in STATUSES.items()
            ],
            "rows": found.rows,
            "status_of": status_words,
            "before": before,
            "next_before": found.next_before,
            "said": _said(found, self.visit),
            "possible": is_open(self.requests.catalog(self.visit.tenant_id)),
            "new_requests": found.counts[RequestStatus.NEW],
        }
        return self.answers.page("requests.html", self.visit, **context)

    def of_customer(self, customer_id: str, head: Mapping[str, Any]) -> Response:
        """Show a customer's own requests, newest first, as a tab of its pages."""
        before = self.query("before") or None
        found = list(islice(self.requests.of_customer(self.visit.tenant_id, customer_id, before=before), ROWS + 1))
        context: dict[str, Any] = {
            "rows": found[:ROWS],
            "status_of": status_words,
            "before": before,
            "next_before": found[ROWS - 1].request_id if len(found) > ROWS else None,
            "new_requests": self.requests.counts(self.visit.tenant_id)[RequestStatus.NEW],
        }
        return self.answers.page("customer_requests.html", self.visit, **head, **context)

    def csv(self) -> Response:
        """Give the same requests as a file, from the newest to the oldest.

        Raises:
            UnprocessableError: There are more than a file holds.
        """
        asked = question_of(self.query)
        rows: list[tuple[object, ...]] = []
        before: str | None = None
        while True:
            found = self._read(asked, CSV_ROWS, before)
            rows += [csv_row(row, self.visit.formats) for row in found.rows]
            before = found.next_before
            if before is None:
                return csv_file("requests.csv", CSV_NAMES, rows)
            if len(rows) >= MOST_CSV_ROWS:
                raise UnprocessableError(f"The file would hold more than {MOST_CSV_ROWS:,} rows. Narrow the list, then try again.")

    def _read(self, asked: RequestQuestion, limit: int, before: str | None) -> RequestPage:
        return read_requests(
            self.visit.tenant_id,
            statuses=asked.statuses,
            search=asked.search,
            limit=limit,
            before=before,
            requests=self.requests,
            directory=self.directory,
        )


def _said(found: RequestPage, visit: Visit) -> str:
    shown = len(found.rows)
    if not shown:
        return "No requests match here." if found.next_before else "No requests match."
    return f"{'1 request' if shown == 1 else f'{visit.formats.count(shown)} requests'}{' and more' if found.next_before else ''}."
