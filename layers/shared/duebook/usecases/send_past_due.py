"""Send one customer the past-due notice it is due, at most once (R75, R76)."""

from __future__ import annotations

from duebook.domain.account_letters import AccountLetter
from duebook.domain.automation import Automation, CustomerAutomation, Gate, gate_of, noticed
from duebook.domain.automation_letters import PastDueLetter
from duebook.domain.automation_runs import Done, Outcome, outcome_of
from duebook.domain.directory import Customer
from duebook.domain.dunning import Notice, notice_of
from duebook.domain.email_activity import PAST_DUE_TIERS, About
from duebook.domain.past_due_watch import day_to_look_again
from duebook.errors import ConflictError
from duebook.usecases.automation_mails import Cause, Job, queue_to
from duebook.usecases.read_account import account_keys
from duebook.usecases.recipients import recipients_of

ATTEMPTS = 5


def send_past_due(job: Job, customer: Customer, switch: CustomerAutomation) -> Done:
    """Decide and send; what was sent is noted before the mail is queued, so that a crash loses a notice rather than repeats it.

    Who works on the same customer in the same run again queues the same mails.

    Args:
        job: The run.
        customer: Who owes.
        switch: As read; it is read anew when it changed meanwhile.

    Raises:
        ConflictError: The customer's switch kept changing; run it again.
        TransientError: Run it again.
    """
    for _ in range(ATTEMPTS):
        try:
            return _send(job, customer, switch)
        except ConflictError:
            # Switched, paused or noticed meanwhile: what it says now decides.
            switch = job.desk.automations.customer(job.run.tenant_id, customer.customer_id)
    raise ConflictError(f"the automation of customer {customer.customer_id} kept changing")


def _send(job: Job, customer: Customer, switch: CustomerAutomation) -> Done:
    desk, tenant_id = job.desk, job.run.tenant_id
    gate = gate_of(Automation.PAST_DUE_NOTICES, job.settings, switch, job.today)
    if gate:
        until = switch.paused_until if gate is Gate.PAUSED else None
        words = f"Paused until {until:%b} {until.day}, {until.year}." if until else ""
        return Done(customer.customer_id, customer.name, outcome_of(gate), words)
    snapshots = [desk.books.accounts.read(key) for key in account_keys(tenant_id, customer)]
    for snapshot in snapshots:
        again_on = day_to_look_again(snapshot.account.open_items, job.today)
        if again_on:
            desk.books.accounts.look_again_on(snapshot, again_on)
    accounts = tuple(snapshot.account for snapshot in snapshots)
    verdict = notice_of(accounts, switch, job.settings.past_due_notices, job.today, job.run.run_id)
    if not isinstance(verdict, Notice):
        return Done(customer.customer_id, customer.name, verdict)
    recipients = recipients_of(customer, tenant_id, desk.books)
    if not recipients:
        return Done(customer.customer_id, customer.name, Outcome.NO_ADDRESS)
    after = noticed(switch, verdict.tier, job.today, job.run.run_id)
    if after != switch:
        desk.automations.save_customer(tenant_id, after, was=switch)
    letter = AccountLetter(job.tenant, customer, accounts, job.today)
    text = desk.write_past_due(PastDueLetter(letter, verdict.tier, verdict.sections))
    about = About("automation_run", job.run.run_id)
    cause = Cause(f"{job.run.run_id}.{customer.customer_id}", job.run.created_at, PAST_DUE_TIERS[verdict.tier - 1], about)
    outcome = queue_to(customer, recipients, cause, text, tenant_id=tenant_id, post=desk.post, now=desk.now())
    return Done(customer.customer_id, customer.name, outcome, f"Tier {verdict.tier}: {', '.join(recipients)}")
