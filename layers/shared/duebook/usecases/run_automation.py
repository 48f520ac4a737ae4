"""Carry out a run of an automation: list its customers, work on them batch by batch, and say at last how it ended (R70).

Every step may be taken again: what became of a customer is on record, and those that were done and not yet on record get the same mails
once more, which are the same mails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from duebook.domain.automation import Automation, CustomerAutomation
from duebook.domain.automation_runs import ALIVE, AutomationRun, Done, Outcome, RunStatus, cut, ended, running
from duebook.domain.directory import Customer
from duebook.errors import ConflictError, InvariantError, TransientError, UnprocessableError
from duebook.usecases.automation_mails import AutomationDesk, Job
from duebook.usecases.send_account_summary import send_account_summary
from duebook.usecases.send_past_due import send_past_due

STEP = 5
"""Customers after which progress is put on record."""
PAGE = 1_000
ATTEMPTS = 8

Send = Callable[[Job, Customer, CustomerAutomation], Done]
SENDERS: Mapping[Automation, Send] = {
    Automation.PAST_DUE_NOTICES: send_past_due,
    Automation.ACCOUNT_SUMMARY: send_account_summary,
}


@dataclass(frozen=True, slots=True)
class Task:
    """Which run a task is for."""

    tenant_id: str
    automation: Automation
    run_id: str


def prepare_automation(task: Task, *, desk: AutomationDesk) -> int:
    """List the customers of a run and cut them into batches; a run that goes on already stays as it is.

    Returns:
        How many batches there are to work on; none of a run that is over.

    Raises:
        NotFoundError: No such run.
        ConflictError: It changed meanwhile; run it again.
    """
    run = desk.runs.get(task.tenant_id, task.automation, task.run_id)
    if run.status is not RunStatus.PREPARING:
        return run.batches if run.status is RunStatus.RUNNING else 0
    customer_ids = _customers_of(run, desk)
    batches = cut(customer_ids)
    desk.runs.add_batches(run, batches)
    return desk.runs.save(running(run, len(customer_ids), len(batches), desk.now()), was=run).batches


def work_on_automation(task: Task, number: int, *, desk: AutomationDesk) -> str:
    """Work on the customers of a batch, one after the other.

    Returns:
        ``done``, or ``outdated`` when the run is over.

    Raises:
        NotFoundError: No such run or batch.
        ConflictError: Another worker has the batch; run it again.
        TransientError: Run it again; what was done is on record.
    """
    run = desk.runs.get(task.tenant_id, task.automation, task.run_id)
    if run.status not in ALIVE:
        return "outdated"
    batch = desk.runs.batch(run, number)
    if not batch.waiting:
        return "done"
    tenant = desk.books.directory.tenant(run.tenant_id)
    today = run.created_at.astimezone(ZoneInfo(tenant.time_zone)).date()
    job = Job(run, tenant, desk.automations.settings(run.tenant_id), today, desk)
    customers = desk.books.directory.many_customers(run.tenant_id, batch.waiting)
    switches = desk.automations.many_customers(run.tenant_id, batch.waiting)
    step: list[Done] = []
    try:
        for customer_id in batch.waiting:
            step.append(_worked_on(job, customer_id, customers.get(customer_id), switches[customer_id]))
            if len(step) == STEP:
                batch, step = desk.runs.advance(run, batch, step, desk.now()), []
    except TransientError:
        if step:
            desk.runs.advance(run, batch, step, desk.now())
        raise
    if step:
        desk.runs.advance(run, batch, step, desk.now())
    return "done"


def set_automation_batch_aside(task: Task, number: int, *, desk: AutomationDesk) -> int:
    """Note for the customers of a batch that could not be worked on that theirs failed; the others go on.

    Returns:
        How many customers that are.

    Raises:
        NotFoundError: No such run or batch.
        ConflictError: Somebody works on it after all; run it again.
    """
    run = desk.runs.get(task.tenant_id, task.automation, task.run_id)
    if run.status not in ALIVE:
        return 0
    batch = desk.runs.batch(run, number)
    known = desk.books.directory.many_customers(run.tenant_id, batch.waiting) if batch.waiting else {}
    done = [Done(one, known[one].name if one in known else one, Outcome.FAILED) for one in batch.waiting]
    if done:
        desk.runs.advance(run, batch, done, desk.now())
    return len(done)


def end_automation(task: Task, *, desk: AutomationDesk) -> RunStatus:
    """Say that a run is over: done, or failed where customers are left.

    Raises:
        NotFoundError: No such run.
        ConflictError: It kept changing; run it again.
    """
    for _ in range(ATTEMPTS):
        run = desk.runs.get(task.tenant_id, task.automation, task.run_id)
        wanted = ended(run, desk.now())
        if wanted is run:
            return run.status
        try:
            return desk.runs.save(wanted, was=run).status
        except ConflictError:
            continue
    raise ConflictError("this run kept changing; try again")


def _customers_of(run: AutomationRun, desk: AutomationDesk) -> list[str]:
    """Return whom a run looks at: all customers, or those that may have something past due."""
    if run.automation is Automation.PAST_DUE_NOTICES:
        zone = ZoneInfo(desk.books.directory.tenant(run.tenant_id).time_zone)
        today = run.created_at.astimezone(zone).date()
        return sorted({key.customer_id for key in desk.books.accounts.past_due(run.tenant_id, today)})
    found: list[str] = []
    while True:
        page = desk.books.directory.customers(run.tenant_id, limit=PAGE, after=found[-1] if found else None)
        found += [customer.customer_id for customer in page]
        if len(page) < PAGE:
            return found


def _worked_on(job: Job, customer_id: str, customer: Customer | None, switch: CustomerAutomation) -> Done:
    if customer is None:
        return Done(customer_id, customer_id, Outcome.GONE)
    try:
        return SENDERS[job.run.automation](job, customer, switch)
    except (InvariantError, UnprocessableError) as error:
        return Done(customer_id, customer.name, Outcome.FAILED, type(error).__name__)
