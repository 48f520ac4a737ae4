"""Begin and end a pass of a statement run: list its customers, cut them into batches, and say at last how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.account import AccountKey
from duebook.domain.directory import Customer
from duebook.domain.statement_runs import (
    ALIVE,
    CustomerFilter,
    Delivery,
    Done,
    Outcome,
    RunStatus,
    StatementRun,
    cut,
    finished,
    given_up,
    running,
)
from duebook.errors import ConflictError
from duebook.storage.account_store import AccountStore, HeadFigures
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.statement_run_store import StatementRunStore
from duebook.usecases.read_customers import matches

STEP = 1_000
HEADS = 500
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Pass:
    """Which pass of which run a task is for."""

    tenant_id: str
    run_id: str
    number: int


@dataclass(frozen=True, slots=True)
class ListingDesk:
    """What listing customers takes."""

    directory: DirectoryStore
    accounts: AccountStore
    runs: StatementRunStore
    now: Callable[[], datetime]


def prepare_run(task: Pass, *, desk: ListingDesk) -> int:
    """List the customers of a pass and cut them into batches. Safe to run again: a pass that runs already stays as it is.

    Returns:
        How many batches there are to work on; none of a run that is over, asked to stop, or in another pass.

    Raises:
        NotFoundError: No such run.
        ConflictError: It changed meanwhile; run it again.
    """
    run = desk.runs.get(task.tenant_id, task.run_id)
    if run.number != task.number or run.status not in {RunStatus.PREPARING, RunStatus.RUNNING}:
        return 0
    if run.status is RunStatus.RUNNING:
        return run.batches
    customer_ids = _of_pass(run, desk)
    total = len(customer_ids) if not run.worked or run.delivery is Delivery.PDF else run.total or 0
    batches = cut(customer_ids)
    desk.runs.add_batches(run, batches)
    return desk.runs.save(running(run, total, len(batches), desk.now()), was=run).batches


def finish_run(task: Pass, *, desk: ListingDesk, has_pdf: bool = False) -> RunStatus:
    """Say that a pass is over. Safe to run again.

    Raises:
        NotFoundError: No such run.
        ConflictError: It changed meanwhile; run it again.
    """
    return _ended(task, lambda run: finished(run, desk.now(), has_pdf=has_pdf), desk)


def give_up_run(task: Pass, *, desk: ListingDesk) -> RunStatus:
    """Say that a pass failed, with what is left of it; it can be repeated. Safe to run again.

    Raises:
        NotFoundError: No such run.
        ConflictError: It changed meanwhile; run it again.
    """
    return _ended(task, lambda run: given_up(run, desk.now()), desk)


def set_batch_aside(task: Pass, number: int, *, desk: ListingDesk) -> int:
    """Note for the customers of a batch that could not be worked on that theirs failed; the others go on. Safe to run again.

    Returns:
        How many customers that are.

    Raises:
        NotFoundError: No such run or batch.
        ConflictError: Somebody works on it after all; run it again.
    """
    run = desk.runs.get(task.tenant_id, task.run_id)
    if run.number != task.number or run.status not in ALIVE:
        return 0
    batch = desk.runs.batch(run, number)
    known = desk.directory.many_customers(run.tenant_id, batch.waiting) if batch.waiting else {}
    done = [Done(one, known[one].name if one in known else one, Outcome.NOT_PRINTED) for one in batch.waiting]
    if done:
        desk.runs.advance(run, batch, done, desk.now())
    return len(done)


def _ended(task: Pass, end: Callable[[StatementRun], StatementRun], desk: ListingDesk) -> RunStatus:
    for _ in range(ATTEMPTS):
        run = desk.runs.get(task.tenant_id, task.run_id)
        if run.number != task.number:
            return run.status
        wanted = end(run)
        if wanted is run:
            return run.status
        try:
            return desk.runs.save(wanted, was=run).status
        except ConflictError:
            continue
    raise ConflictError("this run kept changing; try again")


def _of_pass(run: StatementRun, desk: ListingDesk) -> list[str]:
    """Return the customers of a pass in the run's order: by name at first, then what is left of the pass before."""
    if run.worked:
        return _left_of(run, desk)
    if run.named:
        named = desk.runs.named_ids(run)
        known = desk.directory.many_customers(run.tenant_id, named)
        gone = [one for one in named if one not in known]
        return [*(customer.customer_id for customer in sorted(known.values(), key=_by_name)), *gone]
    return [customer.customer_id for customer in sorted(chosen_customers(run, desk), key=_by_name)]


def _left_of(run: StatementRun, desk: ListingDesk) -> list[str]:
    batches = list(desk.runs.batches(run, pass_number=run.worked))
    if run.delivery is Delivery.PDF:
        return [one for batch in batches for one in batch.customer_ids]
    failed: dict[int, list[str]] = {}
    for number, done in desk.runs.failures(run, pass_number=run.worked):
        failed.setdefault(number, []).append(done.customer_id)
    return [one for batch in batches for one in (*failed.get(batch.number, ()), *batch.waiting)]


def _by_name(customer: Customer) -> tuple[str, str]:
    return (customer.name.casefold(), customer.customer_id)


def chosen_customers(run: StatementRun, desk: ListingDesk) -> list[Customer]:
    """Read all customers that a run's filter wants, in the order of their ids."""
    found: list[Customer] = []
    after: str | None = None
    search = run.chosen_by.search.strip().casefold()
    while True:
        read = desk.directory.customers(run.tenant_id, limit=STEP, after=after)
        found += [customer for customer in read if matches(customer, search)]
        if len(read) < STEP:
            break
        after = read[-1].customer_id
    chosen: list[Customer] = []
    for start in range(0, len(found), HEADS):
        chosen += _owing(run, found[start : start + HEADS], desk)
    return chosen


def _owing(run: StatementRun, customers: Sequence[Customer], desk: ListingDesk) -> list[Customer]:
    wanted = run.chosen_by
    if wanted.min_balance is None and not wanted.overdue_only and wanted.currency is None:
        return list(customers)
    keys = {
        customer.customer_id: [
            AccountKey(run.tenant_id, customer.customer_id, currency)
            for currency in sorted(customer.currencies)
            if wanted.currency in {None, currency}
        ]
        for customer in customers
    }
    heads = desk.accounts.heads([key for some in keys.values() for key in some])
    return [
        customer
        for customer in customers
        if any(_fits(heads[key], wanted, run.wish.last.isoformat()) for key in keys[customer.customer_id] if key in heads)
    ]


def _fits(figures: HeadFigures, wanted: CustomerFilter, day: str) -> bool:
    is_overdue = figures.oldest_due_on is not None and figures.oldest_due_on < day
    owes_enough = wanted.min_balance is None or figures.balance >= wanted.min_balance
    return owes_enough and (is_overdue or not wanted.overdue_only)
