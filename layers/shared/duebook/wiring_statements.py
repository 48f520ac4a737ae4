"""Builds what statements and runs of them take, each dependency once and on first use, beside ``wiring``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from duebook import wiring, wiring_documents, wiring_mail, wiring_staff, wiring_texts
from duebook.runtime.settings import setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.domain.documents import Sheet
    from duebook.domain.email_activity import Attachment, MailText
    from duebook.domain.statement_runs import StatementRun
    from duebook.domain.statements import StatementFacts
    from duebook.storage.file_link_store import FileLinkStore
    from duebook.storage.statement_part_store import StatementPartStore
    from duebook.storage.statement_run_store import StatementRunStore
    from duebook.usecases.prepare_statements import ListingDesk
    from duebook.usecases.print_statements import PrintDesk
    from duebook.usecases.start_statements import RunDesk


@cache
def run_store() -> StatementRunStore:
    """Return the store of statement runs."""
    from duebook.storage.statement_run_store import StatementRunStore

    return StatementRunStore(wiring.client("dynamodb"), wiring.tables())


@cache
def part_store() -> StatementPartStore:
    """Return the store of what runs print."""
    from duebook.storage.statement_part_store import StatementPartStore

    return StatementPartStore(wiring.client("s3"), setting("DOCUMENTS_BUCKET"))


@cache
def file_link_store() -> FileLinkStore:
    """Return the store of files too large for a mail."""
    from duebook.storage.file_link_store import FileLinkStore

    return FileLinkStore(wiring.client("dynamodb"), wiring.client("s3"), wiring.tables(), setting("DOCUMENTS_BUCKET"))


def run_desk() -> RunDesk:
    """Return what ordering statements takes, and following, stopping and repeating runs."""
    from duebook.runtime.clock import utc_now
    from duebook.runtime.ids import new_id
    from duebook.usecases.start_statements import RunDesk

    return RunDesk(
        wiring.directory_store(), run_store(), wiring.transient_store(), wiring_staff.activity_store(), begin_statement_run, new_id, utc_now
    )


def listing_desk() -> ListingDesk:
    """Return what beginning and ending a run takes."""
    from duebook.runtime.clock import utc_now
    from duebook.usecases.prepare_statements import ListingDesk

    return ListingDesk(wiring.directory_store(), wiring.account_store(), run_store(), utc_now)


def print_desk(tenant_id: str) -> PrintDesk:
    """Return what working on a batch of a business's run takes; its own words are read once."""
    from duebook.documents.binding import bound
    from duebook.domain.email_activity import MailKind
    from duebook.mail.statement import write_statement
    from duebook.runtime.clock import utc_now
    from duebook.runtime.ids import hashed, new_secret
    from duebook.usecases.print_statements import PrintDesk

    words = wiring_texts.tenant_words(tenant_id, MailKind.STATEMENT)
    origin = setting("PORTAL_ORIGIN")

    def write_mail(facts: StatementFacts, attached: Attachment | None, link: str | None) -> MailText:
        return write_statement(facts, attached, file_link=link, portal_origin=origin, words=words)

    def link_to(owner: str, name: str, pdf: bytes, file_name: str) -> str:
        token = new_secret("file")
        file_link_store().put(owner, name, pdf, file_name, token_hash=hashed(token), now=utc_now())
        return f"{origin}/api/statements/{token}"

    return PrintDesk(
        books=wiring.books(),
        runs=run_store(),
        post=wiring_mail.post(),
        attachments=wiring_mail.attachment_store(),
        parts=part_store(),
        write_sheet=statement_sheet,
        write_mail=write_mail,
        link_to=link_to,
        print_sheet=wiring_documents.print_sheet,
        bind=bound,
        now=utc_now,
    )


def statement_sheet(told: Sequence[StatementFacts]) -> Sheet:
    """Write statements, with codes that lead to this deployment's portal."""
    from duebook.documents.statement import write_statements

    return write_statements(told, portal_origin=setting("PORTAL_ORIGIN"))


def begin_statement_run(run: StatementRun) -> None:
    """Start the state machine of a run's pass; one that was started is left alone.

    Raises:
        TransientError: It could not be started; the minute tick will.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from duebook.errors import TransientError
    from duebook.storage.dynamo import compact

    machine = wiring.client("stepfunctions")
    body = compact({"tenant_id": run.tenant_id, "run_id": run.run_id, "pass": run.number})
    try:
        machine.start_execution(stateMachineArn=setting("STATEMENT_RUN_ARN"), name=run.execution_name, input=body)
    except machine.exceptions.ExecutionAlreadyExists:
        return
    except (BotoCoreError, ClientError) as error:
        raise TransientError(f"the run {run.run_id} could not be started") from error
