"""Mail invoices that appeared: one mail for each invoice and recipient (R72).

An invoice is marked as still to be mailed in the transaction that posts it, while the business mails new invoices. What became of the marks
is put on record as a run of the automation, in the write that takes them away; until then they may be worked on again, and their mails are
the same mails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from duebook.domain.account import find_open_item
from duebook.domain.account_letters import AccountLetter
from duebook.domain.automation import Automation, AutomationSettings, Gate, gate_of
from duebook.domain.automation_letters import InvoiceNews
from duebook.domain.automation_runs import AutomationRun, Batch, Done, Outcome, RunStatus, counted, outcome_of
from duebook.domain.directory import Customer, Tenant
from duebook.domain.documents import InvoiceFacts, Sheet, fingerprint
from duebook.domain.email_activity import About, Attachment, MailKind, MailText
from duebook.domain.invoices import Invoice, invoice_total
from duebook.domain.money import Money
from duebook.errors import ConflictError, InvariantError, NotFoundError, UnprocessableError
from duebook.storage.attachment_store import AttachmentStore
from duebook.storage.automation_run_store import AutomationRunStore
from duebook.storage.automation_store import AutomationStore, NewInvoice
from duebook.usecases.automation_mails import Cause, queue_to
from duebook.usecases.books import Books
from duebook.usecases.notify_payment import Post
from duebook.usecases.print_statements import LARGEST_ATTACHED
from duebook.usecases.read_account import read_accounts
from duebook.usecases.read_documents import read_any_invoice_facts
from duebook.usecases.recipients import recipients_of

TOGETHER = 20
"""Invoices of one business that are put on record together."""
SECONDS_LEFT = 10
"""With less time left no further invoices are begun; the next worker goes on."""


@dataclass(frozen=True, slots=True)
class NewInvoiceDesk:
    """What mailing new invoices takes.

    Args:
        books: What customers owe.
        automations: Settings, customers' switches and the marks.
        runs: Where it is put on record.
        post: Where mails are recorded and queued.
        attachments: Files that go with mails.
        write_sheet: Puts an invoice into words for paper.
        print_sheet: Sets a sheet as PDF.
        write: Puts the news into words for a mail of a business, with a file that goes along or without.
        new_id: New ids.
        now: The time.
    """

    books: Books
    automations: AutomationStore
    runs: AutomationRunStore
    post: Post
    attachments: AttachmentStore
    write_sheet: Callable[[InvoiceFacts], Sheet]
    print_sheet: Callable[[Sheet], bytes]
    write: Callable[[InvoiceNews, Attachment | None], MailText]
    new_id: Callable[[str, datetime], str]
    now: Callable[[], datetime]


def mail_new_invoices(*, tenant_id: str | None = None, remaining_seconds: Callable[[], float], desk: NewInvoiceDesk) -> int:
    """Mail all invoices that are marked, of one business or of all, as far as the time goes, and return how many were worked on.

    Raises:
        NotFoundError: No such business.
        TransientError: Run it again.
    """
    worked = 0
    for some in _groups(desk.automations.to_mail(tenant_id=tenant_id)):
        if remaining_seconds() < SECONDS_LEFT:
            break
        _work_on(some, desk)
        worked += len(some)
    return worked


def _groups(marks: Iterator[NewInvoice]) -> Iterator[list[NewInvoice]]:
    group: list[NewInvoice] = []
    for mark in marks:
        if group and (group[0].tenant_id != mark.tenant_id or len(group) == TOGETHER):
            yield group
            group = []
        group.append(mark)
    if group:
        yield group


def _work_on(marks: list[NewInvoice], desk: NewInvoiceDesk) -> None:
    """Work on some invoices of one business, and put on record what became of them."""
    now, tenant_id = desk.now(), marks[0].tenant_id
    tenant, settings = desk.books.directory.tenant(tenant_id), desk.automations.settings(tenant_id)
    done = tuple(_one(mark, tenant, settings, desk) for mark in marks)
    run = AutomationRun(
        tenant_id,
        desk.new_id("aut", now),
        Automation.NEW_INVOICES,
        min(mark.at for mark in marks),
        now,
        status=RunStatus.DONE,
        total=len(done),
        counts=MappingProxyType(counted(done)),
        batches=1,
        touched_at=now,
        ended_at=desk.now(),
    )
    batch = Batch(0, tuple(one.customer_id for one in done), done)
    try:
        desk.automations.write([*desk.runs.added(run, [batch]), *(desk.automations.mailed(mark) for mark in marks)])
    except ConflictError:
        # Another worker had some of them: what is still marked is worked on again, and its mails are on record.
        return


def _one(mark: NewInvoice, tenant: Tenant, settings: AutomationSettings, desk: NewInvoiceDesk) -> Done:
    customer = desk.books.directory.find_customer(mark.tenant_id, mark.customer_id)
    invoice = desk.books.invoices.get(mark.tenant_id, mark.customer_id, mark.invoice_id)
    if customer is None or invoice is None:
        return Done(mark.customer_id, mark.customer_id, Outcome.GONE, mark.invoice_id)
    if invoice.void_reason is not None:
        return Done(mark.customer_id, customer.name, Outcome.VOID, invoice.number)
    gate = gate_of(Automation.NEW_INVOICES, settings, desk.automations.customer(mark.tenant_id, mark.customer_id), _day(desk.now(), tenant))
    if gate is None and not mark.customer_on:
        # Switched on since the invoice appeared: that sends nothing for the past (R71).
        gate = Gate.CUSTOMER_OFF
    if gate:
        return Done(mark.customer_id, customer.name, outcome_of(gate), invoice.number)
    recipients = recipients_of(customer, mark.tenant_id, desk.books)
    if not recipients:
        return Done(mark.customer_id, customer.name, Outcome.NO_ADDRESS, invoice.number)
    cause = Cause(f"{mark.invoice_id}.new_invoice", mark.at, MailKind.NEW_INVOICE, About("invoice", mark.invoice_id))
    try:
        text = desk.write(_news(tenant, customer, invoice, desk), _printed(mark, desk))
        outcome = queue_to(customer, recipients, cause, text, tenant_id=mark.tenant_id, post=desk.post, now=desk.now())
    except (InvariantError, UnprocessableError) as error:
        # Tried again each minute it would hold up all that come after it.
        return Done(mark.customer_id, customer.name, Outcome.FAILED, f"{invoice.number}: {type(error).__name__}")
    return Done(mark.customer_id, customer.name, outcome, f"{invoice.number}: {', '.join(recipients)}")


def _news(tenant: Tenant, customer: Customer, invoice: Invoice, desk: NewInvoiceDesk) -> InvoiceNews:
    accounts = tuple(read_accounts(tenant.tenant_id, customer, accounts=desk.books.accounts))
    own = next((account for account in accounts if account.key.currency == invoice.currency), None)
    item = find_open_item(own, invoice.invoice_id) if own else None
    letter = AccountLetter(tenant, customer, accounts, _day(desk.now(), tenant), (item, invoice.currency) if item else None)
    return InvoiceNews(letter, invoice, Money(invoice_total(invoice), invoice.currency), item.open_minor if item else 0)


def _printed(mark: NewInvoice, desk: NewInvoiceDesk) -> Attachment | None:
    """Print the invoice to go along; one that cannot be printed, or is too large, does not hold up its mail."""
    try:
        sheet = desk.write_sheet(read_any_invoice_facts(mark.tenant_id, mark.invoice_id, desk.now(), books=desk.books))
        pdf = desk.print_sheet(sheet)
    except (InvariantError, NotFoundError):
        return None
    if len(pdf) > LARGEST_ATTACHED:
        return None
    return desk.attachments.put(mark.tenant_id, fingerprint(sheet), pdf, shown_as=sheet.file_name)


def _day(at: datetime, tenant: Tenant) -> date:
    return at.astimezone(ZoneInfo(tenant.time_zone)).date()
