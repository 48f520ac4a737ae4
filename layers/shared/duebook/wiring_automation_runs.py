"""Builds what beginning and working on automations takes, beside ``wiring_automation``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duebook import wiring, wiring_automation, wiring_mail, wiring_texts
from duebook.runtime.settings import setting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from duebook.domain.automation_letters import InvoiceNews, PastDueLetter
    from duebook.domain.automation_runs import AutomationRun
    from duebook.domain.email_activity import Attachment, MailKind, MailText
    from duebook.domain.statements import StatementFacts
    from duebook.mail.tenant_texts import TenantWords
    from duebook.usecases.automation_mails import AutomationDesk
    from duebook.usecases.begin_automations import RunnerDesk
    from duebook.usecases.mail_new_invoices import NewInvoiceDesk


def runner_desk(now: datetime) -> RunnerDesk:
    """Return what beginning runs takes, at an instant."""
    from duebook.runtime.ids import new_id
    from duebook.usecases.begin_automations import RunnerDesk

    return RunnerDesk(
        wiring.directory_store(), wiring_automation.automation_store(), wiring_automation.run_store(), begin_automation_run, new_id, now
    )


def automation_desk() -> AutomationDesk:
    """Return what working on a run takes; a business's own words are read once for each kind of mail."""
    from duebook.domain.email_activity import PAST_DUE_TIERS, MailKind
    from duebook.mail.account_summary import write_account_summary
    from duebook.mail.past_due import write_past_due
    from duebook.runtime.clock import utc_now
    from duebook.usecases.automation_mails import AutomationDesk

    words = _words_once()
    origin = setting("PORTAL_ORIGIN")

    def past_due(letter: PastDueLetter) -> MailText:
        own = words(letter.letter.tenant.tenant_id, PAST_DUE_TIERS[letter.tier - 1])
        return write_past_due(letter, portal_origin=origin, words=own)

    def summary(facts: StatementFacts) -> MailText:
        return write_account_summary(facts, portal_origin=origin, words=words(facts.tenant.tenant_id, MailKind.ACCOUNT_SUMMARY))

    return AutomationDesk(
        wiring.books(),
        wiring_automation.automation_store(),
        wiring_automation.run_store(),
        wiring_mail.post(),
        past_due,
        summary,
        utc_now,
    )


def new_invoice_desk() -> NewInvoiceDesk:
    """Return what mailing new invoices takes; a business's own words are read once."""
    from duebook import wiring_documents
    from duebook.domain.email_activity import MailKind
    from duebook.mail.new_invoice import write_new_invoice
    from duebook.runtime.clock import utc_now
    from duebook.runtime.ids import new_id
    from duebook.usecases.mail_new_invoices import NewInvoiceDesk

    words = _words_once()
    origin = setting("PORTAL_ORIGIN")

    def write(news: InvoiceNews, attached: Attachment | None) -> MailText:
        own = words(news.letter.tenant.tenant_id, MailKind.NEW_INVOICE)
        return write_new_invoice(news, attached, portal_origin=origin, words=own)

    return NewInvoiceDesk(
        books=wiring.books(),
        automations=wiring_automation.automation_store(),
        runs=wiring_automation.run_store(),
        post=wiring_mail.post(),
        attachments=wiring_mail.attachment_store(),
        write_sheet=wiring_documents.invoice_sheet,
        print_sheet=wiring_documents.print_sheet,
        write=write,
        new_id=new_id,
        now=utc_now,
    )


def begin_automation_run(run: AutomationRun) -> None:
    """Start the state machine of a run; one that was started is left alone.

    Raises:
        TransientError: It could not be started; the minute tick will.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from duebook.errors import TransientError
    from duebook.storage.dynamo import compact

    machine = wiring.client("stepfunctions")
    body = compact({"tenant_id": run.tenant_id, "automation": run.automation.value, "run_id": run.run_id})
    try:
        machine.start_execution(stateMachineArn=setting("AUTOMATION_RUN_ARN"), name=run.run_id, input=body)
    except machine.exceptions.ExecutionAlreadyExists:
        return
    except (BotoCoreError, ClientError) as error:
        raise TransientError(f"the run {run.run_id} could not be started") from error


def _words_once() -> Callable[[str, MailKind], TenantWords | None]:
    """Return a reader of businesses' own words that asks once for each."""
    from functools import cache

    return cache(wiring_texts.tenant_words)
