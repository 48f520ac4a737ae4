"""Runs of automations: one for each time an automation went, how far it is, and what became of each customer it looked at (R70)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from duebook.domain.automation import Automation, Gate

BATCH_CUSTOMERS = 25
"""Worked on by one call of a function, one after the other."""
MOST_BATCHES = 1_600
"""A larger run has larger batches: an execution may have 25,000 events of history."""
GIVE_UP_AFTER = timedelta(minutes=45)
"""A run in which nothing moved for so long has lost its worker."""
BEGIN_AGAIN_AFTER = timedelta(minutes=2)
"""A run that was put on record and never begun is begun anew."""


class RunStatus(StrEnum):
    """Where a run stands."""

    PREPARING = "preparing"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


ALIVE = frozenset({RunStatus.PREPARING, RunStatus.RUNNING})
"""Somebody still works on it."""


class Outcome(StrEnum):
    """What became of one customer, or one new invoice: a mail, a gate that kept it back, or why there was nothing to say."""

    SENT = "sent"
    TENANT_OFF = "tenant_off"
    CUSTOMER_OFF = "customer_off"
    PAUSED = "paused"
    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    NOTHING_TO_SEND = "nothing_to_send"
    TOO_SOON = "too_soon"
    BEING_PAID = "being_paid"
    VOID = "void"
    GONE = "gone"
    FAILED = "failed"


WORDS: Mapping[Outcome, str] = {
    Outcome.SENT: "Mailed.",
    Outcome.TENANT_OFF: "This automation is switched off.",
    Outcome.CUSTOMER_OFF: "Automation is off for this customer.",
    Outcome.PAUSED: "Past-due notices are paused for this customer.",
    Outcome.NO_ADDRESS: "The customer has no email address, nor has any of its company contacts.",
    Outcome.SUPPRESSED: "Mails to the address are held back: they bounced, were complained about, or were unsubscribed from.",
    Outcome.NOTHING_TO_SEND: "There was nothing to tell.",
    Outcome.TOO_SOON: "A notice of this tier went out not long ago.",
    Outcome.BEING_PAID: "What is past due is being paid.",
    Outcome.VOID: "The invoice was voided before its mail was written.",
    Outcome.GONE: "There is no such customer any more.",
    Outcome.FAILED: "The mail could not be made. It is not tried again by this run.",
}


def outcome_of(gate: Gate) -> Outcome:
    """Return the outcome that a gate stands for."""
    return Outcome(gate.value)


NO_COUNTS: Mapping[Outcome, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AutomationRun:
    """One time an automation went.

    Args:
        tenant_id: Whose.
        run_id: Ours; sorts by time.
        automation: Which.
        planned_at: When the schedule wanted it (UTC); for a run on demand, when it was asked for.
        created_at: When it was put on record (UTC); it dates the mails.
        on_demand: Asked for, not planned.
        status: See RunStatus.
        total: Customers it looks at, once they are listed.
        counts: What became of them so far.
        batches: How many.
        touched_at: When anything last moved (UTC).
        ended_at: When it was over (UTC).
        version: Counts the writes of this item.
    """

    tenant_id: str
    run_id: str
    automation: Automation
    planned_at: datetime
    created_at: datetime
    on_demand: bool = False
    status: RunStatus = RunStatus.PREPARING
    total: int | None = None
    counts: Mapping[Outcome, int] = field(default_factory=lambda: NO_COUNTS)
    batches: int = 0
    touched_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 0

    @property
    def left(self) -> int:
        """Customers nothing became of yet; 0 until they are listed."""
        return (self.total or 0) - sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one customer, or of one invoice of it; ``name`` as it was then, ``words`` what else there is to say."""

    customer_id: str
    name: str
    outcome: Outcome
    words: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some customers of a run, in its order.

    Args:
        number: From 0.
        customer_ids: All of them.
        done: What became of the first ones.
        version: Counts the writes of this item.
    """

    number: int
    customer_ids: tuple[str, ...]
    done: tuple[Done, ...] = ()
    version: int = 0

    @property
    def waiting(self) -> tuple[str, ...]:
        """Customers nothing became of yet."""
        return self.customer_ids[len(self.done) :]


def counted(done: Iterable[Done]) -> dict[Outcome, int]:
    """Count outcomes."""
    counts: dict[Outcome, int] = {}
    for one in done:
        counts[one.outcome] = counts.get(one.outcome, 0) + 1
    return counts


def cut(customer_ids: Sequence[str]) -> list[Batch]:
    """Cut the customers of a run into batches."""
    size = max(BATCH_CUSTOMERS, -(-len(customer_ids) // MOST_BATCHES))
    starts = range(0, len(customer_ids), size)
    return [Batch(number, tuple(customer_ids[start : start + size])) for number, start in enumerate(starts)]


def running(run: AutomationRun, total: int, batches: int, now: datetime) -> AutomationRun:
    """Return the run with its customers listed."""
    return replace(run, status=RunStatus.RUNNING, total=total, batches=batches, touched_at=now)


def ended(run: AutomationRun, now: datetime) -> AutomationRun:
    """Return the run as over: done, or failed where customers are left; one that is over stays as it is."""
    if run.status not in ALIVE:
        return run
    status = RunStatus.DONE if run.total is not None and run.left == 0 else RunStatus.FAILED
    return replace(run, status=status, ended_at=now, touched_at=now)


def is_forsaken(run: AutomationRun, now: datetime) -> bool:
    """Tell whether nothing moved for so long that nobody works on it; an instant far ahead (a clock set back) counts as long ago."""
    return run.status in ALIVE and abs(now - (run.touched_at or run.created_at)) >= GIVE_UP_AFTER


def may_never_have_begun(run: AutomationRun, now: datetime) -> bool:
    """Tell whether the start of its state machine may have been lost."""
    return run.status is RunStatus.PREPARING and abs(now - (run.touched_at or run.created_at)) >= BEGIN_AGAIN_AFTER
