"""What the mails of automations have in common: to whom they go, and how they are queued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from duebook.domain.automation import AutomationSettings
from duebook.domain.automation_letters import PastDueLetter
from duebook.domain.automation_runs import AutomationRun, Outcome
from duebook.domain.directory import Customer, Tenant
from duebook.domain.email_activity import About, MailKind, MailText, mail_caused
from duebook.domain.statements import StatementFacts
from duebook.domain.suppression import held_back
from duebook.storage.automation_run_store import AutomationRunStore
from duebook.storage.automation_store import AutomationStore
from duebook.usecases.books import Books
from duebook.usecases.notify_payment import Post
from duebook.usecases.queue_mail import queue_mail


@dataclass(frozen=True, slots=True)
class AutomationDesk:
    """What working on a run takes.

    Args:
        books: What customers owe.
        automations: Settings and customers' switches.
        runs: Where runs stand.
        post: Where mails are recorded and queued.
        write_past_due: Puts a notice into words.
        write_summary: Puts an account summary into words.
        now: The time.
    """

    books: Books
    automations: AutomationStore
    runs: AutomationRunStore
    post: Post
    write_past_due: Callable[[PastDueLetter], MailText]
    write_summary: Callable[[StatementFacts], MailText]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Job:
    """A run in hand: its business, the settings of this moment, and the run's day in the business's zone."""

    run: AutomationRun
    tenant: Tenant
    settings: AutomationSettings
    today: date
    desk: AutomationDesk


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a mail goes out: the same cause and address is the same mail, however often it is asked for."""

    text: str
    at: datetime
    kind: MailKind
    about: About


def queue_to(
    customer: Customer, recipients: list[str], cause: Cause, text: MailText, *, tenant_id: str, post: Post, now: datetime
) -> Outcome:
    """Queue one mail to each recipient, and tell whether any of them can be reached; those held back are on record as Suppressed (R64).

    Raises:
        TransientError: Run it again.
    """
    for address in recipients:
        mail = mail_caused(
            tenant_id,
            f"{cause.text}.{address.lower()}",
            at=cause.at,
            to=address,
            subject=text.subject,
            kind=cause.kind,
            customer_id=customer.customer_id,
            about=cause.about,
        )
        queue_mail(mail, text, mails=post.mails, queue=post.queue, now=now)
    reached = any(not held_back(post.mails.address(tenant_id, address), cause.kind) for address in recipients)
    return Outcome.SENT if reached else Outcome.SUPPRESSED
