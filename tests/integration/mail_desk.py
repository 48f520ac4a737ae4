"""What tests of mails share: a tenant, a queue that can fail, a mailer that answers as told, and events read from ``events/``."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from duebook import wiring
from duebook.domain.directory import Customer, Role, Staff, Support, Tenant
from duebook.domain.email_activity import (
    About,
    Accepted,
    HandOver,
    Mail,
    MailKey,
    MailKind,
    MailText,
    OutgoingMail,
    mail_caused,
)
from duebook.errors import TransientError
from duebook.runtime.settings import setting
from tests.integration.conftest import NOW

EVENTS = Path(__file__).resolve().parents[2] / "events"
TENANT, CUSTOMER = "ten_1", "cus_1"
TEXT = MailText("Receipt for $100.00", "<p>Thank you</p>", "Thank you")


@dataclass
class FakeQueue:
    """Keeps what was asked for; down, it loses it."""

    asked: list[MailKey] = field(default_factory=list)
    down: bool = False

    def put(self, mail_key: MailKey) -> None:
        if self.down:
            raise TransientError("the queue is down")
        self.asked.append(mail_key)


@dataclass
class FakeMailer:
    """Answers as told, or dies as told."""

    answer: HandOver | BaseException = field(default_factory=lambda: Accepted("ses-1"))
    sent: list[OutgoingMail] = field(default_factory=list)

    def send(self, mail: OutgoingMail) -> HandOver:
        self.sent.append(mail)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def open_tenant(*, notify: tuple[str, ...] = ("office@blue.example",)) -> None:
    """Write a tenant and a customer."""
    support = Support("help@blue.example", "555-0100")
    tenant = Tenant(
        TENANT, "Blue Ridge Sanitation", "America/New_York", support=support, address="410 Depot Street\nAsheville, NC", notify=notify
    )
    staff = Staff("stf_1", TENANT, "Sam", "sam@blue.example", Role.ADMIN, "-")
    wiring.directory_store().add_tenant(tenant, [], [staff], "hash")
    wiring.directory_store().add_customer(TENANT, Customer(CUSTOMER, "Acme Construction", "abcDEFGH2345", NOW))


def new_mail(cause: str = "pay_1.receipt", *, kind: MailKind = MailKind.RECEIPT, to: str = "ana@acme.example") -> Mail:
    """Return a mail that stands nowhere yet."""
    return mail_caused(TENANT, cause, at=NOW, to=to, subject=TEXT.subject, kind=kind, customer_id=CUSTOMER, about=About("payment", "pay_1"))


def queued_mail(cause: str = "pay_1.receipt", **more: Any) -> Mail:
    """Write a mail as queued."""
    return wiring.email_store().add(new_mail(cause, **more), TEXT, NOW)


def event_of(function: str, case: str, mail: Mail | None = None) -> dict[str, Any]:
    """Read an event file; given a mail, the event is about that one."""
    text = (EVENTS / function / f"{case}.json").read_text(encoding="utf-8")
    if mail:
        text = text.replace("01JWQZB8J0ABCDEFGHJKMNPQRS", mail.key.mail_id)
    event: dict[str, Any] = json.loads(text)
    return event


def call(function: str, event: dict[str, Any]) -> Any:
    """Invoke a function as Lambda does."""
    context = SimpleNamespace(
        aws_request_id="req-1", function_name=function, memory_limit_in_mb=512, invoked_function_arn="arn:aws:lambda:x"
    )
    return importlib.import_module(f"functions.{function}.handler").lambda_handler(event, context)


def received() -> list[dict[str, str]]:
    """Take what waits in the mail queue."""
    url = setting("MAIL_QUEUE_URL")
    messages = wiring.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def sent(kind: str) -> list[EmailMessage]:
    """Return the mails of a kind that SES took."""
    messages = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
    read = [message_from_string(message.raw_data, policy=policy.default) for message in messages]
    return [message for message in read if message["X-Duebook-Kind"] == kind]


def words(message: EmailMessage) -> str:
    """Return a mail's plain text, blanks and line ends being ordinary ones."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\u00a0", " ").replace("\r\n", "\n")
