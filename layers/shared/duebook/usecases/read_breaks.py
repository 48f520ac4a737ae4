"""Read the reconciliation list, and resolve its rows by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from duebook.domain.breaks import BY_ITSELF, BreakKind, BreakRow, RowState, resolved
from duebook.errors import ConflictError, UnprocessableError
from duebook.storage.reconciliation_store import ReconciliationStore

MOST_ROWS = 20_000
"""Rows of a state that one list looks through."""


@dataclass(frozen=True, slots=True)
class BreakPage:
    """Some rows, the newest first, and how many of the wanted state there are of each kind, whatever kind was asked for."""

    rows: tuple[BreakRow, ...]
    counts: dict[str, int]
    next_cursor: str | None


def read_breaks(
    tenant_id: str, *, state: RowState | None, kind: BreakKind | None, limit: int, after: str | None, breaks: ReconciliationStore
) -> BreakPage:
    """Read a page of a tenant's rows.

    Args:
        tenant_id: Whose.
        state: Open or resolved ones; None for all.
        kind: Of one kind; None for all.
        limit: How many.
        after: The cursor of the page before.
        breaks: Where they are.

    Raises:
        UnprocessableError: The cursor is none of ours.
    """
    wanted = [state] if state else list(RowState)
    rows = [row for one in wanted for row in islice(breaks.rows(tenant_id, one), MOST_ROWS)]
    place = _place_of(after) if after else None
    rows.sort(key=_place)
    page = list(islice(_page(rows, kind, place), limit + 1))
    following = _cursor(page[limit - 1]) if len(page) > limit else None
    return BreakPage(tuple(page[:limit]), dict(Counter(row.found.kind.value for row in rows)), following)


def resolve_break(tenant_id: str, break_id: str, note: str, *, by: str, now: datetime, breaks: ReconciliationStore) -> BreakRow:
    """Take a row off the list by a person's word; the same word again changes nothing.

    Raises:
        NotFoundError: No such row of this tenant.
        ConflictError: Somebody else resolved it, or a reading changed it meanwhile.
    """
    row = breaks.row(tenant_id, break_id)
    if row.state is RowState.RESOLVED and row.resolved_by != BY_ITSELF:
        if (row.resolved_by, row.note) == (by, note):
            return row
        raise ConflictError(f"row {break_id} is resolved already")
    return breaks.save(resolved(row, by=by, note=note, now=now), was=row)


def _place(row: BreakRow) -> tuple[int, str]:
    """Sort the newest first, then by id."""
    return (-int(row.first_seen_at.timestamp()), row.found.break_id)


def _cursor(row: BreakRow) -> str:
    seconds, break_id = _place(row)
    return f"{-seconds}.{break_id}"


def _place_of(cursor: str) -> tuple[int, str]:
    seconds, _, break_id = cursor.partition(".")
    if not seconds.isdecimal():
        raise UnprocessableError("this cursor leads nowhere; take it from next_cursor", field="cursor")
    return (-int(seconds), break_id)


def _page(rows: list[BreakRow], kind: BreakKind | None, place: tuple[int, str] | None) -> Iterator[BreakRow]:
    for row in rows:
        if (kind is None or row.found.kind is kind) and (place is None or _place(row) > place):
            yield row
