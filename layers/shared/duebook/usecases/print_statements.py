"""Work on a batch of a statement run: each customer is read, decided and printed, and its mail queued, one after the other.

A batch may be worked on any number of times. What became of its customers is put on record every few of them; those that were done
and not yet on record are done again, and their mails are the same mails, because a mail's id is made from run, pass, customer and
address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from duebook.domain.directory import Customer, Tenant
from duebook.domain.documents import Sheet, fingerprint
from duebook.domain.email_activity import About, Attachment, MailKind, MailText, mail_caused
from duebook.domain.statement_runs import ALIVE, Batch, Delivery, Done, Outcome, RunStatus, StatementRun
from duebook.domain.statements import StatementFacts
from duebook.domain.suppression import held_back
from duebook.errors import InvariantError, TransientError
from duebook.storage.attachment_store import AttachmentStore
from duebook.storage.statement_part_store import StatementPartStore
from duebook.storage.statement_run_store import StatementRunStore
from duebook.usecases.books import Books
from duebook.usecases.notify_payment import Post
from duebook.usecases.prepare_statements import Pass
from duebook.usecases.queue_mail import queue_mail
from duebook.usecases.read_statement import read_statement
from duebook.usecases.recipients import recipients_of

STEP = 5
"""Customers after which progress is put on record."""
LARGEST_ATTACHED = 5_000_000
"""A larger PDF is not sent along; the mail leads to it."""
WANTED = frozenset({RunStatus.RUNNING})


@dataclass(frozen=True, slots=True)
class PrintDesk:
    """What working on a batch takes.

    Args:
        books: What customers owe.
        runs: Where runs stand.
        post: Where mails are recorded and queued.
        attachments: Files that go with mails.
        parts: What is printed for a PDF of all.
        write_sheet: Puts statements into words for paper.
        write_mail: Puts one into words for a mail: with a file that goes along, or a link to it.
        link_to: Keeps a tenant's file of a name under a new link; the last word is the name it is saved by.
        print_sheet: Sets a sheet as PDF.
        bind: Makes one PDF of many.
        now: The time.
    """

    books: Books
    runs: StatementRunStore
    post: Post
    attachments: AttachmentStore
    parts: StatementPartStore
    write_sheet: Callable[[Sequence[StatementFacts]], Sheet]
    write_mail: Callable[[StatementFacts, Attachment | None, str | None], MailText]
    link_to: Callable[[str, str, bytes, str], str]
    print_sheet: Callable[[Sheet], bytes]
    bind: Callable[[Iterable[bytes]], bytes]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Job:
    """A batch in hand."""

    run: StatementRun
    tenant: Tenant
    today: date
    customers: Mapping[str, Customer]
    desk: PrintDesk


def work_on_batch(task: Pass, number: int, *, desk: PrintDesk) -> str:
    """Send, or print, the statements of a batch, as far as the run is not asked to stop.

    Returns:
        ``done``, ``stopped``, or ``outdated`` when the run is over or in another pass.

    Raises:
        NotFoundError: No such run or batch.
        ConflictError: Another worker has the batch; run it again.
        TransientError: Run it again; what was done is on record.
    """
    run = desk.runs.get(task.tenant_id, task.run_id)
    if run.number != task.number or run.status not in ALIVE:
        return "outdated"
    batch = desk.runs.batch(run, number)
    if not batch.waiting:
        return "done"
    tenant = desk.books.directory.tenant(run.tenant_id)
    today = desk.now().astimezone(ZoneInfo(tenant.time_zone)).date()
    customers = desk.books.directory.many_customers(run.tenant_id, batch.waiting)
    job = _Job(run, tenant, today, customers, desk)
    return _print_part(job, batch) if run.delivery is Delivery.PDF else _send_all(job, batch)


def bind_run(task: Pass, *, desk: PrintDesk) -> bool:
    """Bind the parts of a run into one PDF, in the run's order, and tell whether there was anything to bind. Safe to run again.

    Raises:
        NotFoundError: No such run.
        TransientError: Run it again.
    """
    run = desk.runs.get(task.tenant_id, task.run_id)
    if run.delivery is not Delivery.PDF or run.number != task.number or run.status is not RunStatus.RUNNING:
        return False
    numbers = [batch.number for batch in desk.runs.batches(run) if batch.has_part]
    if numbers:
        desk.parts.put_bound(run, desk.bind(desk.parts.part(run, number) for number in numbers))
    return bool(numbers)


def _send_all(job: _Job, batch: Batch) -> str:
    desk, step = job.desk, list[Done]()
    for customer_id in batch.waiting:
        if not _is_wanted(job):
            break
        try:
            step.append(_send_one(job, customer_id))
        except TransientError:
            if step:
                desk.runs.advance(job.run, batch, step, desk.now())
            raise
        if len(step) == STEP:
            batch = desk.runs.advance(job.run, batch, step, desk.now())
            step = []
    if step:
        batch = desk.runs.advance(job.run, batch, step, desk.now())
    return "stopped" if batch.waiting else "done"


def _send_one(job: _Job, customer_id: str) -> Done:
    customer = job.customers.get(customer_id)
    if customer is None:
        return Done(customer_id, customer_id, Outcome.GONE)
    facts = read_statement(job.tenant, customer, job.run.wish, today=job.today, books=job.desk.books)
    if facts is None:
        return Done(customer_id, customer.name, Outcome.NOTHING_TO_SEND)
    recipients = recipients_of(customer, job.run.tenant_id, job.desk.books)
    if not recipients:
        return Done(customer_id, customer.name, Outcome.NO_ADDRESS)
    sheet = job.desk.write_sheet([facts])
    try:
        pdf = job.desk.print_sheet(sheet)
    except InvariantError:
        return Done(customer_id, customer.name, Outcome.NOT_PRINTED)
    _queue(job, facts, recipients, _text(job, facts, sheet, pdf))
    mails = job.desk.post.mails
    refused = [one for one in recipients if held_back(mails.address(job.run.tenant_id, one), MailKind.STATEMENT)]
    if len(refused) == len(recipients):
        # On record as Suppressed all the same: Email activity tells of every mail (R62, R64).
        return Done(customer_id, customer.name, Outcome.SUPPRESSED, ", ".join(refused))
    return Done(customer_id, customer.name, Outcome.SENT)


def _text(job: _Job, facts: StatementFacts, sheet: Sheet, pdf: bytes) -> MailText:
    """Write the mail, the file along with it or behind a link."""
    desk, tenant_id, name = job.desk, job.run.tenant_id, fingerprint(sheet)
    if len(pdf) > LARGEST_ATTACHED:
        return desk.write_mail(facts, None, desk.link_to(tenant_id, name, pdf, sheet.file_name))
    return desk.write_mail(facts, desk.attachments.put(tenant_id, name, pdf, shown_as=sheet.file_name), None)


def _queue(job: _Job, facts: StatementFacts, recipients: Sequence[str], text: MailText) -> None:
    run, desk = job.run, job.desk
    for address in recipients:
        mail = mail_caused(
            run.tenant_id,
            f"{run.execution_name}.{facts.customer.customer_id}.{address.lower()}",
            at=run.asked_at or run.created_at,
            to=address,
            subject=text.subject,
            kind=MailKind.STATEMENT,
            customer_id=facts.customer.customer_id,
            about=About("statement_run", run.run_id),
        )
        queue_mail(mail, text, mails=desk.post.mails, queue=desk.post.queue, now=desk.now())


def _print_part(job: _Job, batch: Batch) -> str:
    """Print a batch's statements as one part; when that cannot be done, find whose it is that cannot."""
    desk = job.desk
    done: list[Done] = []
    told: list[StatementFacts] = []
    for customer_id in batch.waiting:
        if not _is_wanted(job):
            return "stopped"
        customer = job.customers.get(customer_id)
        if customer is None:
            done.append(Done(customer_id, customer_id, Outcome.GONE))
            continue
        facts = read_statement(job.tenant, customer, job.run.wish, today=job.today, books=desk.books)
        done.append(Done(customer_id, customer.name, Outcome.SENT if facts else Outcome.NOTHING_TO_SEND))
        told += [facts] if facts else []
    pdf, failed = _printed(told, desk)
    if pdf:
        desk.parts.put_part(job.run, batch.number, pdf)
    done = [Done(one.customer_id, one.name, Outcome.NOT_PRINTED) if one.customer_id in failed else one for one in done]
    desk.runs.advance(job.run, batch, done, desk.now(), has_part=pdf is not None)
    return "done"


def _printed(told: Sequence[StatementFacts], desk: PrintDesk) -> tuple[bytes | None, set[str]]:
    if not told:
        return None, set()
    try:
        return desk.print_sheet(desk.write_sheet(told)), set()
    except InvariantError:
        failed = {facts.customer.customer_id for facts in told if not _can_be_printed(facts, desk)}
    good = [facts for facts in told if facts.customer.customer_id not in failed]
    return (desk.print_sheet(desk.write_sheet(good)) if good else None), failed


def _can_be_printed(facts: StatementFacts, desk: PrintDesk) -> bool:
    try:
        desk.print_sheet(desk.write_sheet([facts]))
    except InvariantError:
        return False
    return True


def _is_wanted(job: _Job) -> bool:
    """Tell whether the run still goes on; asked before each customer."""
    run = job.desk.runs.get(job.run.tenant_id, job.run.run_id, consistent=False)
    return run.number == job.run.number and run.status in WANTED
