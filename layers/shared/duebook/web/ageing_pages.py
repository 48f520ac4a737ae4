"""The ageing report as a page and as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus

from chalice.app import Response

from duebook.domain.ageing import Ageing
from duebook.domain.money import Money, decimal_text
from duebook.errors import UnprocessableError
from duebook.storage.account_store import AccountStore
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.read_ageing_report import AgedCustomer, AgeingReport, read_ageing_report
from duebook.web.page_answers import PageAnswers, csv_file
from duebook.web.visits import Visit

REPORT = "/admin/ageing"
ROWS = 50
SORTS = (("worst", "Worst first"), ("name", "By name"), ("id", "By ID"))
"""Value in the address and words of each order; the first holds unless another is asked for."""
CSV_NAMES = (
    "customer_id", "name", "currency", "current", "days_1_30", "days_31_60", "days_61_90", "days_over_90", "balance", "unapplied_cash",
)  # fmt: skip
NO_DAY = "Type a day, such as 2025-07-15."


@dataclass(frozen=True, slots=True)
class AgeingPages:
    """The report on which one sees who owes how much for how long."""

    answers: PageAnswers
    directory: DirectoryStore
    accounts: AccountStore
    now: datetime

    def page(self, visit: Visit, query: Callable[[str], str]) -> Response:
        """Show totals over all customers, and a page of customers in one currency."""
        typed, problem = query("as_of"), ""
        try:
            report: AgeingReport | None = self._read(visit, typed)
        except UnprocessableError as error:
            report, problem = None, str(error)
        totals = report.totals if report else ()
        currency = next((one.currency for one in totals if one.currency == query("currency")), largest(report))
        rows = ordered((row for row in report.rows if row.ageing.currency == currency), query("sort")) if report else []
        start = min(int(query("start")) if query("start").isdecimal() else 0, max(0, len(rows) - 1)) // ROWS * ROWS
        return self.answers.page(
            "ageing.html",
            visit,
            HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
            section=REPORT,
            report=report,
            problem=problem,
            typed=typed or visit.today.isoformat(),
            asked={name: value for name, value in (("as_of", typed), ("sort", query("sort"))) if value},
            currency=currency,
            rows=rows[start : start + ROWS],
            start=start,
            count=len(rows),
            size=ROWS,
            sorts=SORTS,
            sort=query("sort") if query("sort") in dict(SORTS) else SORTS[0][0],
            now=self.now,
        )

    def csv(self, visit: Visit, query: Callable[[str], str]) -> Response:
        """Write every customer's ageing as a file, one row for each account."""
        report = self._read(visit, query("as_of"))
        return csv_file(f"ageing-{report.as_of.isoformat()}.csv", CSV_NAMES, (_row(row) for row in report.rows))

    def _read(self, visit: Visit, typed: str) -> AgeingReport:
        try:
            as_of = date.fromisoformat(typed) if typed else visit.today
        except ValueError as error:
            raise UnprocessableError(NO_DAY, field="as_of") from error
        return read_ageing_report(visit.tenant, as_of, today=visit.today, directory=self.directory, accounts=self.accounts)


def largest(report: AgeingReport | None) -> str:
    """Return the currency with the most customers; empty when there are none."""
    counts: dict[str, int] = {}
    for row in report.rows if report else ():
        counts[row.ageing.currency] = counts.get(row.ageing.currency, 0) + 1
    return max(sorted(counts), key=lambda code: counts[code]) if counts else ""


def ordered(rows: Iterable[AgedCustomer], sort: str) -> list[AgedCustomer]:
    """Put rows of one currency in order: those who owe most for longest first, unless another order is asked for."""
    match sort:
        case "name":
            return sorted(rows, key=lambda row: (row.name.casefold(), row.customer_id))
        case "id":
            return sorted(rows, key=lambda row: row.customer_id)
        case _:
            return sorted(rows, key=lambda row: (*(-minor for minor in _oldest_first(row.ageing)), row.customer_id))


def _oldest_first(one: Ageing) -> tuple[int, ...]:
    return one.days_over_90, one.days_61_90, one.days_31_60, one.days_1_30, one.current


def _row(row: AgedCustomer) -> tuple[object, ...]:
    one = row.ageing
    amounts = (*reversed(_oldest_first(one)), one.total, one.unapplied)
    return (row.customer_id, row.name, one.currency, *(decimal_text(Money(minor, one.currency)) for minor in amounts))
