"""What SES reports of a mail, in the documented shape, published to the stack's topic.

Source: Amazon SES, "Contents of event data that Amazon SES publishes to Amazon SNS".
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.clock_file import rfc3339
from local.mail_store import Mail, MailStore, parse

MOMENT_SECONDS = 0.25
"""SES, too, reports only after the call that sent has been answered."""

EVENT_TYPES = {
    "send": "Send",
    "delivery": "Delivery",
    "bounce": "Bounce",
    "complaint": "Complaint",
    "reject": "Reject",
    "delay": "DeliveryDelay",
}


def ses_event(event: str, mail: Mail, headers: list[dict[str, str]], now: datetime, bounce_type: str) -> dict[str, Any]:
    """Return one SES event.

    Args:
        event: A key of ``EVENT_TYPES``.
        mail: The mail it is about.
        headers: The mail's headers as name and value.
        now: When it happened.
        bounce_type: ``hard`` or ``soft``, for a bounce.
    """
    at = rfc3339(now)
    tags = {"ses:configuration-set": ["duebook"], "ses:from-domain": [mail.sender.rpartition("@")[2]]}
    if mail.tenant_id:
        tags |= {"tenant": [mail.tenant_id], "mail_id": [mail.id]}
    about = {
        "timestamp": mail.received_at,
        "messageId": mail.message_id,
        "source": mail.sender,
        "sourceArn": f"arn:aws:ses:us-east-1:000000000000:identity/{mail.sender}",
        "sendingAccountId": "000000000000",
        "destination": list(mail.to),
        "headersTruncated": False,
        "headers": headers,
        "commonHeaders": {
            "from": [mail.sender],
            "to": list(mail.to),
            "messageId": mail.message_id,
            "subject": mail.subject,
        },
        "tags": tags,
    }
    key, detail = _detail(event, mail, at, rfc3339(now + timedelta(hours=12)), bounce_type)
    return {"eventType": EVENT_TYPES[event], "mail": about, key: detail}


def _detail(event: str, mail: Mail, at: str, expires: str, bounce_type: str) -> tuple[str, dict[str, Any]]:
    reporter = "dns; mailbox.example"
    match event:
        case "send":
            return "send", {}
        case "delivery":
            return "delivery", {
                "timestamp": at,
                "processingTimeMillis": 412,
                "recipients": list(mail.to),
                "smtpResponse": "250 2.0.0 OK: queued",
                "reportingMTA": "mailbox.example",
            }
        case "bounce":
            soft = bounce_type == "soft"
            status, words = ("4.2.2", "452 4.2.2 mailbox full") if soft else ("5.1.1", "550 5.1.1 user unknown")
            return "bounce", {
                "bounceType": "Transient" if soft else "Permanent",
                "bounceSubType": "MailboxFull" if soft else "NoEmail",
                "bouncedRecipients": [
                    {"emailAddress": to, "action": "failed", "status": status, "diagnosticCode": f"smtp; {words}"} for to in mail.to
                ],
                "timestamp": at,
                "feedbackId": f"bounce-{mail.message_id}",
                "reportingMTA": reporter,
            }
        case "complaint":
            return "complaint", {
                "complainedRecipients": [{"emailAddress": to} for to in mail.to],
                "timestamp": at,
                "feedbackId": f"complaint-{mail.message_id}",
                "complaintSubType": None,
                "complaintFeedbackType": "abuse",
                "arrivalDate": at,
            }
        case "reject":
            return "reject", {"reason": "Bad content"}
        case _:
            return "deliveryDelay", {
                "timestamp": at,
                "delayType": "TransientCommunicationFailure",
                "expirationTime": expires,
                "reportingMTA": reporter,
                "delayedRecipients": [
                    {"emailAddress": to, "status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 no answer from host"} for to in mail.to
                ],
            }


@dataclass(slots=True)
class EventPublisher:
    """Publishes Send and Delivery by itself a moment after each mail, and any event on demand."""

    store: MailStore
    now: Callable[[], datetime]
    publish: Callable[[str], None]
    """Sends one message text to the topic."""
    auto_delivery: bool = True
    _waiting: queue.SimpleQueue[tuple[float, Mail]] = field(default_factory=queue.SimpleQueue)

    def start(self) -> None:
        """Watch for mails in a thread."""
        threading.Thread(target=self._run, name="mail-events", daemon=True).start()

    def mail_arrived(self, mail: Mail) -> None:
        """Report the mail as sent and delivered, soon."""
        if self.auto_delivery:
            self._waiting.put((time.monotonic() + MOMENT_SECONDS, mail))

    def report(self, event: str, mail: Mail, bounce_type: str = "hard") -> None:
        """Publish one event now."""
        headers = [{"name": name, "value": str(value)} for name, value in parse(self.store.raw(mail)).items()]
        self.publish(json.dumps(ses_event(event, mail, headers, self.now(), bounce_type)))
        self.store.note_event(mail.name, event)

    def _run(self) -> None:
        while True:
            due, mail = self._waiting.get()
            time.sleep(max(0.0, due - time.monotonic()))
            for event in ("send", "delivery"):
                # The mail was cleared, or the emulator is stopping.
                with contextlib.suppress(Exception):
                    self.report(event, mail)
