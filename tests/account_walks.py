"""Random walks of an account: steps that say roughly what happens, turned into the entries that the account allows at that moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from duebook.domain.account import Account, Reservation, apply, find_open_item
from duebook.domain.decisions import (
    AmendInvoice,
    ApplyPayment,
    CapturePayment,
    Command,
    IssueInvoice,
    ReleaseReservation,
    ReserveOnline,
    UnapplyPayment,
    VoidInvoice,
    decide,
)
from duebook.domain.journal import EntryKind, JournalEntry
from duebook.domain.open_items import OpenItem
from duebook.errors import DuebookError

FIRST_DAY = date(2025, 1, 1)
KINDS = ("issue", "issue two", "reserve", "pay", "settle", "release", "void", "amend", "unapply")


@dataclass(frozen=True, slots=True)
class Step:
    """What happens next.

    Args:
        kind: Of KINDS.
        number: Chooses among what there is.
        days: The due date of a new invoice, from FIRST_DAY.
        minor: How much.
    """

    kind: str
    number: int
    days: int
    minor: int


STEPS = st.builds(Step, st.sampled_from(KINDS), st.integers(0, 20), st.integers(0, 120), st.integers(1, 300))


@dataclass(slots=True)
class Walk:
    """Remembers what an account does not: invoices as issued, applications that stand."""

    issued: dict[str, OpenItem] = field(default_factory=dict)
    applied: list[JournalEntry] = field(default_factory=list)
    count: int = 0

    def taken(self, account: Account, step: Step) -> tuple[Account, list[JournalEntry]]:
        """Carry out a step as far as the account allows; return it as it is then, and the entries of one commit."""
        entries: list[JournalEntry] = []
        self.count += 1
        for command in self._commands(account, step):
            try:
                entry = decide(account, command, posted_at=datetime(2025, 1, 1, tzinfo=UTC), actor="test")
            except DuebookError:
                break
            account = apply(account, entry)
            entries.append(entry)
            if isinstance(command, IssueInvoice) and command.item:
                self.issued[command.invoice_id] = command.item
        self.applied += [entry for entry in entries if entry.kind is EntryKind.PAYMENT_APPLIED]
        return account, entries

    def _commands(self, account: Account, step: Step) -> list[Command]:
        fresh, items, held = f"{account.key.currency}-{self.count}", account.open_items, account.reservations
        match step.kind:
            case "issue" | "issue two":
                return [self._new(f"{fresh}-{part}", step.days + part * 7, step.minor) for part in range(1 + (step.kind == "issue two"))]
            case "pay":
                return [CapturePayment(fresh, step.minor, "bank"), ApplyPayment(fresh, online_only=False)]
            case "reserve":
                return [ReserveOnline(fresh, step.minor, online_only=False)]
            case "settle" | "release" if held:
                return _end_of(held[step.number % len(held)], booked=step.kind == "settle")
            case "void" if items:
                item = items[step.number % len(items)]
                return [VoidInvoice(item.invoice_id, item.open_minor, "wrong")]
            case "amend" if items:
                item = items[step.number % len(items)]
                return [AmendInvoice(item.invoice_id, not item.pay_online)]
            case "unapply" if self.applied:
                back = self.applied.pop(step.number % len(self.applied))
                closed = tuple(self.issued[line.invoice_id] for line in back.lines if find_open_item(account, line.invoice_id) is None)
                return [UnapplyPayment(back.source_id, back.lines, closed, "wrong")]
            case _:
                return []

    def _new(self, invoice_id: str, days: int, minor: int) -> IssueInvoice:
        due_on = FIRST_DAY + timedelta(days)
        return IssueInvoice(invoice_id, minor, OpenItem(invoice_id, invoice_id, due_on - timedelta(30), due_on, minor))


def _end_of(held: Reservation, *, booked: bool) -> list[Command]:
    """End a payment under way: its money comes and is applied, or what it reserved is released."""
    if not booked:
        return [ReleaseReservation(held.payment_id, "declined")]
    minor = sum(line.minor for line in held.lines)
    return [CapturePayment(held.payment_id, minor, "bank"), ApplyPayment(held.payment_id, online_only=False)]
