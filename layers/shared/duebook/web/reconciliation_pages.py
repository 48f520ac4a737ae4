"""The reconciliation list: where a processor's books and ours differ, what to do about it, and who did (R38, R41)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.breaks import ADVICE, BY_ITSELF, BreakKind, BreakRow, RowState
from duebook.domain.money import Money, decimal_text
from duebook.errors import DuebookError, UnprocessableError
from duebook.storage.reconciliation_store import ReconciliationStore
from duebook.usecases.read_breaks import read_breaks, resolve_break
from duebook.web.page_answers import csv_file, redirect
from duebook.web.page_desk import TOLD_ON_THE_FORM, PageDesk
from duebook.web.pages import Formats, link
from duebook.web.payment_words import actor_words
from duebook.web.split_form import Fields
from duebook.web.typed_fields import typed_reason

ROWS = 50
MOST_CSV_ROWS = 20_000
SECTION = "/admin/reconciliation"
KINDS: Mapping[BreakKind, str] = {
    BreakKind.CHARGE_WITHOUT_PAYMENT: "Charge without a payment",
    BreakKind.PAYMENT_WITHOUT_CHARGE: "Payment without a charge",
    BreakKind.CHARGED_TWICE: "Charged twice",
    BreakKind.AMOUNT_DIFFERS: "Amount differs",
    BreakKind.CURRENCY_DIFFERS: "Currency differs",
    BreakKind.CHARGED_BUT_GIVEN_UP: "Charged, but given up here",
    BreakKind.VOIDED_THERE: "Voided there",
    BreakKind.VOIDED_HERE: "Voided here",
    BreakKind.REFUND_WITHOUT_RECORD: "Refund without a record",
    BreakKind.REFUND_NOT_MADE: "Refund not made",
    BreakKind.REFUND_AMOUNT_DIFFERS: "Refund of another amount",
    BreakKind.RETURN_NOT_BOOKED: "Return not booked",
    BreakKind.LATE_RETURN: "Late return",
    BreakKind.CHARGEBACK_NOT_BOOKED: "Chargeback not booked",
    BreakKind.CHARGEBACK_REVERSED: "Chargeback won",
    BreakKind.NOT_SETTLED: "Not settled",
    BreakKind.UNKNOWN_TOO_LONG: "Unknown for too long",
    BreakKind.NOTIFICATION_OF_CHANGE: "Account details changed",
    BreakKind.PAYMENT_ENDED_TWICE: "Taken back twice",
}
"""Each kind in a few words."""
STATES = {"open": "Open", "resolved": "Resolved", "all": "All"}
CSV_NAMES = (
    "id", "kind", "state", "first_seen_at", "last_seen_at", "age_days", "currency", "ours", "theirs", "customer_id", "payment_id",
    "order_id", "processor_reference", "merchant_account_id", "resolved_by", "resolved_at", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReconciliationPages:
    """The list of rows and one row.

    Args:
        desk: Who looks.
        query: Returns a value of the address.
        breaks: Where the rows are.
    """

    desk: PageDesk
    query: Callable[[str], str]
    breaks: ReconciliationStore

    def rows(self) -> Response:
        """List the rows of a state, newest first, with how many there are of each kind."""
        state, kind, after = self._state(), self._kind(), self.query("after") or None
        page = read_breaks(self.desk.visit.tenant_id, state=_row_state(state), kind=kind, limit=ROWS, after=after, breaks=self.breaks)
        counted = [(one.value, words, page.counts[one.value]) for one, words in KINDS.items() if page.counts.get(one.value)]
        return self.desk.answers.page(
            "reconciliation.html",
            self.desk.visit,
            section=SECTION,
            page=page,
            state=state,
            states=STATES,
            kind=kind.value if kind else "",
            kind_words=KINDS[kind] if kind else "",
            chips=[("", "All kinds", sum(page.counts.values())), *counted],
            after=after,
            kinds=KINDS,
            age=self._age,
        )

    def csv(self) -> Response:
        """List the same rows as a file."""
        state = _row_state(self._state())
        page = read_breaks(self.desk.visit.tenant_id, state=state, kind=self._kind(), limit=MOST_CSV_ROWS, after=None, breaks=self.breaks)
        if page.next_cursor:
            raise UnprocessableError(f"The file would hold more than {MOST_CSV_ROWS:,} rows. Choose a kind or a state, then try again.")
        rows = [_csv_row(row, self.desk.now) for row in page.rows]
        return csv_file("reconciliation.csv", CSV_NAMES, rows)

    def one(self, break_id: str) -> Response:
        """Show a row, what to do about it, and the form that resolves it."""
        return self._page(self.breaks.row(self.desk.visit.tenant_id, break_id), {"key": self.desk.new_key()}, None)

    def resolve(self, break_id: str, form: Mapping[str, str]) -> Response:
        """Take a row off the list, with what was done about it."""
        row = self.breaks.row(self.desk.visit.tenant_id, break_id)
        try:
            key, note = self.desk.key_of(form), typed_reason(form.get("note", ""), field="note")
            by = self.desk.visit.staff.staff_id
            resolved = resolve_break(self.desk.visit.tenant_id, break_id, note, by=by, now=self.desk.now, breaks=self.breaks)
        except TOLD_ON_THE_FORM as error:
            return self._page(row, {**form, "key": self.desk.key_after(error, form)}, error)
        found = resolved.found
        self.desk.log_about(
            Action.BREAK_RESOLVED, found.customer_id, ("reconciliation", break_id), key, reason=note, detail=KINDS[found.kind]
        )
        return redirect(link(f"{SECTION}/{break_id}", done="resolved"))

    def _page(self, row: BreakRow, form: Mapping[str, str], error: DuebookError | None) -> Response:
        found, directory, tenant_id = row.found, self.desk.books.directory, self.desk.visit.tenant_id
        customers = directory.many_customers(tenant_id, [found.customer_id]) if found.customer_id else {}
        by = row.resolved_by or ""
        person = directory.staff(tenant_id, by) if by.startswith("stf_") else None
        names = {person.staff_id: person.name} if person else {}
        return self.desk.form_page(
            "break.html",
            error,
            section=SECTION,
            row=row,
            words=KINDS[found.kind],
            advice=ADVICE[found.kind],
            customer=customers.get(found.customer_id or ""),
            facts=_facts(row, self.desk.visit.formats),
            age=self._age(row),
            resolved_by="Duebook, since it was gone" if row.resolved_by == BY_ITSELF else actor_words(row.resolved_by, names),
            can_resolve=row.state is RowState.OPEN or row.resolved_by == BY_ITSELF,
            done=self.query("done") == "resolved",
            form=Fields(form),
            key=form.get("key", ""),
        )

    def _age(self, row: BreakRow) -> str:
        days = _age_days(row, self.desk.now)
        return "Today" if days == 0 else "1 day" if days == 1 else f"{self.desk.visit.formats.count(days)} days"

    def _state(self) -> str:
        wanted = self.query("state")
        return wanted if wanted in STATES else "open"

    def _kind(self) -> BreakKind | None:
        return next((one for one in BreakKind if one.value == self.query("kind")), None)


def _row_state(state: str) -> RowState | None:
    return None if state == "all" else RowState(state)


def _age_days(row: BreakRow, now: datetime) -> int:
    return max(0, ((row.resolved_at or now) - row.first_seen_at).days)


def _facts(row: BreakRow, formats: Formats) -> list[tuple[str, str, bool]]:
    found: Any = row.found
    listed = [
        ("Here", formats.money(found.ours, found.currency) if found.ours is not None else "Nothing", False),
        ("At the processor", formats.money(found.theirs, found.currency) if found.theirs is not None else "Nothing", False),
        ("Reference", found.order_id or "", True),
        ("Processor's reference", found.reference or "", True),
        ("Merchant account", found.merchant_account_id, True),
        ("First seen", formats.moment(row.first_seen_at), False),
        ("Last seen", formats.moment(row.last_seen_at), False),
        ("Detail", found.detail, False),
    ]
    return [one for one in listed if one[1]]


def _csv_row(row: BreakRow, now: datetime) -> tuple[object, ...]:
    found = row.found
    ours, theirs = (decimal_text(Money(one, found.currency)) if one is not None else "" for one in (found.ours, found.theirs))
    return (
        found.break_id,
        found.kind.value,
        row.state.value,
        row.first_seen_at.isoformat(),
        row.last_seen_at.isoformat(),
        _age_days(row, now),
        found.currency,
        ours,
        theirs,
        found.customer_id or "",
        found.payment_id or "",
        found.order_id or "",
        found.reference or "",
        found.merchant_account_id,
        row.resolved_by or "",
        row.resolved_at.isoformat() if row.resolved_at else "",
        row.note or "",
    )
