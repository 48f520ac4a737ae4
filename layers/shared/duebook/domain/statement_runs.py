"""Statement runs: one order for many customers' statements, how far it is, and what became of each customer (R60)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from duebook.domain.statements import StatementWish
from duebook.errors import ConflictError

MOST_CUSTOMERS = 5_000
"""Customers that one run may name; a filter may find more."""
BATCH_CUSTOMERS = 25
"""Worked on by one call of a function, one after the other."""
MOST_BATCHES = 1_600
"""A larger run has larger batches: seven events of history each, of the 25,000 that an execution may have."""
GIVE_UP_AFTER = timedelta(minutes=45)
"""A run in which nothing moved for so long has lost its worker."""
START_AGAIN_AFTER = timedelta(minutes=2)
"""A run that was put on record and never begun is begun anew."""


class Delivery(StrEnum):
    """How statements reach people."""

    EMAIL = "email"
    PDF = "pdf"


class RunStatus(StrEnum):
    """Where a run stands."""

    PREPARING = "preparing"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


ALIVE = frozenset({RunStatus.PREPARING, RunStatus.RUNNING, RunStatus.STOPPING})
"""Somebody still works on it."""


class Outcome(StrEnum):
    """What became of one customer in a run."""

    SENT = "sent"
    NOTHING_TO_SEND = "nothing_to_send"
    """Nothing was open; counted apart, since nothing went wrong."""
    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    GONE = "gone"
    NOT_PRINTED = "not_printed"


FAILURES = frozenset({Outcome.NO_ADDRESS, Outcome.SUPPRESSED, Outcome.GONE, Outcome.NOT_PRINTED})
WORDS: dict[Outcome, str] = {
    Outcome.NO_ADDRESS: "The customer has no email address, nor has any of its company contacts.",
    Outcome.SUPPRESSED: "Mails to the address are held back: they bounced, were complained about, or were unsubscribed from.",
    Outcome.GONE: "There is no such customer any more.",
    Outcome.NOT_PRINTED: "The statement could not be made. Try again; if it fails again, tell us.",
    Outcome.NOTHING_TO_SEND: "Nothing is open.",
}


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Which customers a run is for, where they are not named one by one; all that is given must hold.

    Args:
        min_balance: Owed at least so much in one currency; minor units.
        overdue_only: Something is past due.
        search: In name, id or email.
        currency: Only accounts in this one count.
    """

    min_balance: int | None = None
    overdue_only: bool = False
    search: str = ""
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the customers so far."""

    sent: int = 0
    failed: int = 0
    nothing_to_send: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.sent + other.sent, self.failed + other.failed, self.nothing_to_send + other.nothing_to_send)

    @property
    def all(self) -> int:
        """How many customers that are."""
        return self.sent + self.failed + self.nothing_to_send


@dataclass(frozen=True, slots=True)
class StatementRun:
    """One order for many statements.

    Args:
        tenant_id: Whose.
        run_id: Ours; sorts by time.
        wish: Which statement.
        delivery: By mail, or as one PDF.
        created_at: When it was asked for (UTC).
        created_by: Staff or API key id.
        named: The customers were named one by one, else the filter decides.
        chosen_by: The filter.
        status: See RunStatus.
        number: Which pass it is: 1, and one more for each retry.
        asked_at: When this pass was asked for (UTC); it dates the mails of the pass.
        total: Customers, once they are listed.
        counts: Of each customer the latest, over all passes.
        batches: Of this pass.
        worked: The last pass whose customers were listed; 0 before the first.
        touched_at: When anything last moved (UTC).
        ended_at: When it was over (UTC).
        has_pdf: The PDF of all is there.
        version: Counts the writes of this item.
    """

    tenant_id: str
    run_id: str
    wish: StatementWish
    delivery: Delivery
    created_at: datetime
    created_by: str
    named: bool = False
    chosen_by: CustomerFilter = CustomerFilter()
    status: RunStatus = RunStatus.PREPARING
    number: int = 1
    asked_at: datetime | None = None
    total: int | None = None
    counts: Counts = Counts()
    batches: int = 0
    worked: int = 0
    touched_at: datetime | None = None
    ended_at: datetime | None = None
    has_pdf: bool = False
    version: int = 0

    @property
    def left(self) -> int:
        """Customers nothing became of yet; 0 until they are listed."""
        return (self.total or 0) - self.counts.all

    @property
    def execution_name(self) -> str:
        """Of the state machine's execution: one for each pass."""
        return f"{self.run_id}-{self.number}"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one customer; ``name`` as it was then."""

    customer_id: str
    name: str
    outcome: Outcome
    words: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some customers of a pass, in the run's order.

    Args:
        number: From 0.
        customer_ids: All of them.
        done: Of so many, from the first on, it is on record what became of them.
        has_part: Its part of the PDF of all is kept.
        version: Counts the writes of this item.
    """

    number: int
    customer_ids: tuple[str, ...]
    done: int = 0
    has_part: bool = False
    version: int = 0

    @property
    def waiting(self) -> tuple[str, ...]:
        """Customers nothing became of yet."""
        return self.customer_ids[self.done :]


def counted(done: Sequence[Done]) -> Counts:
    """Count what became of some customers."""
    sent = sum(one.outcome is Outcome.SENT for one in done)
    nothing = sum(one.outcome is Outcome.NOTHING_TO_SEND for one in done)
    return Counts(sent, len(done) - sent - nothing, nothing)


def cut(customer_ids: Sequence[str]) -> list[Batch]:
    """Cut the customers of a pass into batches."""
    size = max(BATCH_CUSTOMERS, -(-len(customer_ids) // MOST_BATCHES))
    starts = range(0, len(customer_ids), size)
    return [Batch(number, tuple(customer_ids[start : start + size])) for number, start in enumerate(starts)]


def running(run: StatementRun, total: int, batches: int, now: datetime) -> StatementRun:
    """Return the run with its customers listed; ``total`` counts those of all passes."""
    return replace(run, status=RunStatus.RUNNING, total=total, batches=batches, worked=run.number, touched_at=now)


def stopped(run: StatementRun, now: datetime) -> StatementRun:
    """Return the run as it is to end before its next customer; one whose customers are not listed yet ends at once.

    Raises:
        ConflictError: It is over.
    """
    match run.status:
        case RunStatus.STOPPING:
            return run
        case RunStatus.PREPARING | RunStatus.RUNNING:
            return replace(run, status=RunStatus.STOPPING, touched_at=now)
        case _:
            raise ConflictError("this run is over already")


def finished(run: StatementRun, now: datetime, *, has_pdf: bool = False) -> StatementRun:
    """Return the run as over; one that was asked to stop is stopped, unless nothing was left."""
    if run.status not in ALIVE:
        return run
    status = RunStatus.STOPPED if run.status is RunStatus.STOPPING and (run.left or run.total is None) else RunStatus.DONE
    return replace(run, status=status, ended_at=now, touched_at=now, has_pdf=has_pdf)


def given_up(run: StatementRun, now: datetime) -> StatementRun:
    """Return the run as failed with what is left; one that is over stays as it is."""
    if run.status not in ALIVE:
        return run
    return replace(run, status=RunStatus.FAILED, ended_at=now, touched_at=now)


def again(run: StatementRun, now: datetime) -> StatementRun:
    """Return the run at the beginning of another pass: mails to the failed ones and those left, or the whole PDF anew.

    Raises:
        ConflictError: It still goes on, or nothing failed and nothing is left.
    """
    if run.status in ALIVE:
        raise ConflictError("this run is not over yet")
    if not run.counts.failed and not run.left and run.worked:
        raise ConflictError("nothing failed in this run, and nothing is left")
    kept = Counts() if run.delivery is Delivery.PDF else replace(run.counts, failed=0)
    return replace(
        run,
        status=RunStatus.PREPARING,
        number=run.number + 1,
        asked_at=now,
        counts=kept,
        batches=0,
        touched_at=now,
        ended_at=None,
        has_pdf=False,
    )


def is_forsaken(run: StatementRun, now: datetime) -> bool:
    """Tell whether nothing moved for so long that nobody works on it.

    A worker that moved on after ``now`` was read is at work; an instant far ahead (a clock set back) counts as long ago.
    """
    return run.status in ALIVE and abs(now - (run.touched_at or run.created_at)) >= GIVE_UP_AFTER


def may_never_have_begun(run: StatementRun, now: datetime) -> bool:
    """Tell whether the start of its state machine may have been lost."""
    return run.status in {RunStatus.PREPARING, RunStatus.STOPPING} and now - (run.touched_at or run.created_at) >= START_AGAIN_AFTER
