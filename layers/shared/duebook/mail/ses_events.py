"""What SES tells of a mail, in its own words, turned into ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duebook.domain.email_activity import EventType, MailEvent, MailKey
from duebook.domain.identifiers import time_of_ulid
from duebook.errors import InvalidInputError

PARTS = {
    "bounce": "Bounce",
    "complaint": "Complaint",
    "delivery": "Delivery",
    "deliveryDelay": "DeliveryDelay",
    "reject": "Reject",
    "failure": "Rendering Failure",
    "send": "Send",
}
"""The object of each type; the types named with spaces or in EventBridge's words are told apart by it."""

ON_A_LIST = frozenset({"Suppressed", "OnAccountSuppressionList"})


@dataclass(frozen=True, slots=True)
class SesReport:
    """An event and the mail it is about."""

    mail_key: MailKey
    event: MailEvent


def ses_report(message: Mapping[str, Any]) -> SesReport | None:
    """Read one event of SES, or return None when it is about no mail of ours or of a type we do not follow.

    The shape, abridged::

        {"eventType": "Bounce", "mail": {"timestamp": "…Z", "messageId": "…", "tags": {"tenant": ["t1"], "mail_id": ["01J…"]}},
         "bounce": {"bounceType": "Permanent", "bounceSubType": "NoEmail", "feedbackId": "…", "timestamp": "…Z",
                    "bouncedRecipients": [{"emailAddress": "…", "status": "5.1.1", "diagnosticCode": "smtp; 550 …"}]}}

    Source: Amazon SES, "Contents of event data that Amazon SES publishes to Amazon SNS".
    """
    about = message.get("mail") or {}
    mail_key = _mail_key(about.get("tags") or {})
    part = next((name for name in PARTS if name in message), None)
    if mail_key is None or part is None:
        return None
    detail = message[part] or {}
    at = _instant(detail.get("timestamp") or about.get("timestamp"))
    if at is None:
        return None
    type_, words = _told(part, detail)
    message_id = str(about.get("messageId", "")).partition("@")[0].strip("<> ")
    # One recipient, so each of these happens to a mail once.
    reference = (
        message_id if part in {"send", "delivery", "reject", "failure"} else str(detail.get("feedbackId") or detail.get("timestamp"))
    )
    return SesReport(mail_key, MailEvent(type_, at, reference, words))


def _told(part: str, detail: Mapping[str, Any]) -> tuple[EventType, str | None]:
    match part:
        case "bounce":
            return _bounce(detail), _diagnostics(detail.get("bouncedRecipients")) or _text(detail.get("bounceSubType"))
        case "complaint":
            feedback = detail.get("complaintFeedbackType")
            kind = EventType.NOT_SPAM if feedback == "not-spam" else EventType.COMPLAINT
            return (EventType.SUPPRESSED if detail.get("complaintSubType") in ON_A_LIST else kind), _text(feedback)
        case "delivery":
            return EventType.DELIVERED, _text(detail.get("smtpResponse"))
        case "deliveryDelay":
            return EventType.DELAYED, _diagnostics(detail.get("delayedRecipients")) or _text(detail.get("delayType"))
        case "reject":
            return EventType.REJECTED, _text(detail.get("reason"))
        case "failure":
            return EventType.NOT_RENDERED, _text(detail.get("errorMessage"))
        case _:
            return EventType.SENT, None


def _bounce(detail: Mapping[str, Any]) -> EventType:
    if detail.get("bounceSubType") in ON_A_LIST:
        return EventType.SUPPRESSED
    return EventType.HARD_BOUNCE if detail.get("bounceType") == "Permanent" else EventType.SOFT_BOUNCE


def _mail_key(tags: Mapping[str, Any]) -> MailKey | None:
    tenant_id, mail_id = (str((tags.get(name) or [""])[0]) for name in ("tenant", "mail_id"))
    try:
        time_of_ulid(mail_id)
    except InvalidInputError:
        return None
    return MailKey(tenant_id, mail_id) if tenant_id and "#" not in tenant_id else None


def _diagnostics(recipients: Any) -> str | None:
    for recipient in recipients or ():
        words = recipient.get("diagnosticCode") or recipient.get("status")
        if words:
            return str(words)
    return None


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _instant(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
