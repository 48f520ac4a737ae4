"""Send one customer the summary of its account (R73)."""

from __future__ import annotations

from datetime import timedelta

from duebook.domain.automation import Automation, CustomerAutomation, SummaryFormat, gate_of
from duebook.domain.automation_runs import Done, Outcome, outcome_of
from duebook.domain.directory import Customer
from duebook.domain.email_activity import About, MailKind
from duebook.domain.statements import StatementKind, StatementWish
from duebook.usecases.automation_mails import Cause, Job, queue_to
from duebook.usecases.read_statement import read_statement
from duebook.usecases.recipients import recipients_of


def send_account_summary(job: Job, customer: Customer, switch: CustomerAutomation) -> Done:
    """Decide and send. Who works on the same customer in the same run again queues the same mails.

    Raises:
        TransientError: Run it again.
    """
    desk, tenant_id = job.desk, job.run.tenant_id
    gate = gate_of(Automation.ACCOUNT_SUMMARY, job.settings, switch, job.today)
    if gate:
        return Done(customer.customer_id, customer.name, outcome_of(gate))
    facts = read_statement(job.tenant, customer, _wish(job), today=job.today, books=desk.books)
    of_open_invoices = job.settings.account_summary.format is SummaryFormat.OPEN_INVOICES
    if facts is None or (of_open_invoices and not any(one.account.open_items for one in facts.sections)):
        return Done(customer.customer_id, customer.name, Outcome.NOTHING_TO_SEND)
    recipients = recipients_of(customer, tenant_id, desk.books)
    if not recipients:
        return Done(customer.customer_id, customer.name, Outcome.NO_ADDRESS)
    about = About("automation_run", job.run.run_id)
    cause = Cause(f"{job.run.run_id}.{customer.customer_id}", job.run.created_at, MailKind.ACCOUNT_SUMMARY, about)
    outcome = queue_to(customer, recipients, cause, desk.write_summary(facts), tenant_id=tenant_id, post=desk.post, now=desk.now())
    return Done(customer.customer_id, customer.name, outcome, ", ".join(recipients))


def _wish(job: Job) -> StatementWish:
    summary = job.settings.account_summary
    if summary.format is SummaryFormat.OPEN_INVOICES:
        return StatementWish(StatementKind.OPEN_ITEMS, job.today)
    return StatementWish(StatementKind.ACTIVITY, job.today, job.today - timedelta(days=summary.window_days - 1))
