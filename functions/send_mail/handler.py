"""Sends queued mails, one SQS message each; a message that fails comes back by itself."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from duebook import wiring_mail
from duebook.domain.email_activity import MailKey
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger, observed
from duebook.usecases.send_mail import send_mail

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def send_one(record: SQSRecord) -> None:
    """Send the mail that a message names: ``{tenant_id, mail_id, month}``."""
    message = record.json_body
    key = MailKey(message["tenant_id"], message["mail_id"])
    status = send_mail(key, desk=wiring_mail.sending_desk(), now=utc_now())
    logger().info("mail", mail_id=key.mail_id, status=status.value if status else "nothing to do")


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Go through a batch and name the messages that must come again."""
    return dict(process_partial_response(event=event, record_handler=send_one, processor=processor, context=context))
