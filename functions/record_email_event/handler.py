"""Records what SES tells of our mails: sent, delayed, delivered, bounced, complained about, rejected."""

from __future__ import annotations

import json
from typing import Any

from duebook import wiring
from duebook.mail.ses_events import ses_report
from duebook.runtime.observability import logger, observed
from duebook.usecases.record_email_event import record_email_event


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> None:
    """Record the events of an SNS delivery; what is not about a mail of ours is logged and left."""
    for record in event["Records"]:
        message = json.loads(record["Sns"]["Message"])
        report = ses_report(message)
        if report is None:
            logger().warning("not an event of our mails", event_type=str(message.get("eventType", ""))[:40])
            continue
        status = record_email_event(report.mail_key, report.event, mails=wiring.email_store())
        logger().info(
            "mail event", mail_id=report.mail_key.mail_id, type=report.event.type.value, status=status.value if status else "no such mail"
        )
