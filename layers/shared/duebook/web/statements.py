"""The staff API's words for statements: an order for many customers, how far its run is, which statement to show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints

from duebook.domain.statement_runs import MOST_CUSTOMERS, WORDS, CustomerFilter, Delivery, Done, StatementRun
from duebook.domain.statements import StatementKind
from duebook.errors import UnprocessableError
from duebook.usecases.start_statements import RunView, StatementOrder
from duebook.web.fields import CallerId, Currency, Day, Minor, Strict

Search = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class FilterBody(Strict):
    """Which customers; all that is given must hold. Nothing given: all customers."""

    min_balance: Minor | None = None
    overdue_only: bool = False
    q: Search = ""
    currency: Currency | None = None


class StatementsBody(Strict):
    """``POST /api/staff/statements``: customers by id or by filter, which statement, how it reaches them."""

    customer_ids: Annotated[list[CallerId], Field(min_length=1, max_length=MOST_CUSTOMERS)] | None = None
    filter: FilterBody | None = None
    kind: StatementKind
    as_of: Day | None = None
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    delivery: Delivery

    def order(self) -> StatementOrder:
        """Turn the body into an order.

        Raises:
            UnprocessableError: Customers by id and by filter, or neither.
        """
        if (self.customer_ids is None) == (self.filter is None):
            raise UnprocessableError("send customer_ids, or a filter; {} takes all customers", field="customer_ids")
        wanted = self.filter or FilterBody()
        return StatementOrder(
            self.kind,
            self.delivery,
            tuple(self.customer_ids) if self.customer_ids is not None else None,
            CustomerFilter(wanted.min_balance, wanted.overdue_only, wanted.q, wanted.currency),
            self.as_of,
            self.from_,
            self.to,
        )


class StatementQuery(Strict):
    """Which statement of a customer to show."""

    kind: StatementKind = StatementKind.OPEN_ITEMS
    as_of: Day | None = None
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None

    def order(self) -> StatementOrder:
        """Turn the query into an order, as it would be made for this customer."""
        return StatementOrder(self.kind, Delivery.PDF, None, as_of=self.as_of, first=self.from_, last=self.to)


class StartedStatementsView(Strict):
    """A run that was taken on."""

    id: str


class FailureView(Strict):
    """A customer whose statement was not sent, and why: ``no_address``, ``suppressed``, ``gone`` or ``not_printed``."""

    customer_id: str
    name: str
    reason: str
    words: str


class StatementRunRow(Strict):
    """How far a run is. ``total`` is null until its customers are listed; those with nothing to tell are counted apart."""

    id: str
    status: str
    kind: str
    delivery: str
    as_of: date | None
    from_: Annotated[date | None, Field(alias="from")]
    to: date | None
    total: int | None
    sent: int
    failed: int
    nothing_to_send: int
    left: int
    created_at: datetime
    ended_at: datetime | None
    by: str

    @classmethod
    def of(cls, run: StatementRun) -> Self:
        """Show a run in a list."""
        return cls(**_run(run))


class StatementRunView(StatementRunRow):
    """A run with its failures and, once there is one, a five-minute link to the PDF of all."""

    failures: list[FailureView]
    pdf_url: str | None

    @classmethod
    def shown(cls, view: RunView) -> Self:
        """Show a run."""
        return cls(**_run(view.run), failures=[failure_view(done) for done in view.failures], pdf_url=view.pdf_url)


class StatementRunPage(Strict):
    """Some runs, newest first."""

    items: list[StatementRunRow]
    next_cursor: str | None


def failure_view(done: Done) -> FailureView:
    """Say why a customer's statement was not sent, in plain words."""
    return FailureView(customer_id=done.customer_id, name=done.name, reason=done.outcome.value, words=failure_words(done))


def failure_words(done: Done) -> str:
    """Return the plain words of a failure, with the addresses concerned."""
    return f"{WORDS[done.outcome]} ({done.words})" if done.words else WORDS[done.outcome]


def _run(run: StatementRun) -> dict[str, Any]:
    is_period = run.wish.first is not None
    return {
        "id": run.run_id,
        "status": run.status.value,
        "kind": run.wish.kind.value,
        "delivery": run.delivery.value,
        "as_of": None if is_period else run.wish.last,
        "from": run.wish.first,
        "to": run.wish.last if is_period else None,
        "total": run.total,
        "sent": run.counts.sent,
        "failed": run.counts.failed,
        "nothing_to_send": run.counts.nothing_to_send,
        "left": run.left,
        "created_at": run.created_at,
        "ended_at": run.ended_at,
        "by": run.created_by,
    }
