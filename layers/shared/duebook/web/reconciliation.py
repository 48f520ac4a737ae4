"""The staff API's words for reconciliation: rows, their page, and the note that resolves one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from duebook.domain.breaks import ADVICE, BreakKind, BreakRow, RowState
from duebook.usecases.read_breaks import BreakPage
from duebook.web.fields import Strict, no_card_number

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(no_card_number)]


class BreakQuery(Strict):
    """The filters of ``GET /api/staff/reconciliation``; open rows unless told otherwise."""

    state: Literal["open", "resolved", "all"] = "open"
    kind: BreakKind | None = None

    def row_state(self) -> RowState | None:
        """Return the state asked for; None for all."""
        return None if self.state == "all" else RowState(self.state)


class NoteBody(Strict):
    """``POST /api/staff/reconciliation/{id}/resolve``: what was done about it."""

    note: Note


class BreakView(Strict):
    """One place where a processor's books and ours differ; ``ours`` and ``theirs`` are amounts."""

    id: str
    kind: str
    state: str
    payment_id: str | None
    customer_id: str | None
    order_id: str | None
    processor_reference: str | None
    merchant_account_id: str
    currency: str
    ours: int | None
    theirs: int | None
    detail: str
    advice: str
    first_seen_at: datetime
    last_seen_at: datetime
    age_days: int
    resolved_by: str | None
    resolved_at: datetime | None
    note: str | None


class BreakPageView(Strict):
    """Some rows, with counts by kind of all rows of the state."""

    items: list[BreakView]
    counts: dict[str, int]
    next_cursor: str | None


def break_view(row: BreakRow, now: datetime) -> BreakView:
    """Show a row with its age and what to do about it."""
    found = row.found
    return BreakView(
        id=found.break_id,
        kind=found.kind.value,
        state=row.state.value,
        payment_id=found.payment_id,
        customer_id=found.customer_id,
        order_id=found.order_id,
        processor_reference=found.reference,
        merchant_account_id=found.merchant_account_id,
        currency=found.currency,
        ours=found.ours,
        theirs=found.theirs,
        detail=found.detail,
        advice=ADVICE[found.kind],
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        age_days=max(0, (now - row.first_seen_at).days),
        resolved_by=row.resolved_by,
        resolved_at=row.resolved_at,
        note=row.note,
    )


def break_page_view(page: BreakPage, now: datetime) -> BreakPageView:
    """Show a page of rows."""
    return BreakPageView(items=[break_view(row, now) for row in page.rows], counts=page.counts, next_cursor=page.next_cursor)
