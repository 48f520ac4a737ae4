"""Writes mails with links, and about service requests, one SQS message each; a message that fails comes back by itself."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from duebook import wiring_identity, wiring_requests
from duebook.domain.identity import LinkOrder
from duebook.domain.link_orders import order_of
from duebook.domain.service_requests import RequestMailOrder
from duebook.domain.staff_access import StaffLinkOrder
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger, observed
from duebook.usecases.send_link import send_link
from duebook.usecases.send_request_mail import send_request_mail
from duebook.usecases.send_staff_link import send_staff_link

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def send_one(record: SQSRecord) -> None:
    """Write the mail that a message asks for."""
    order = order_of(record.json_body)
    match order:
        case StaffLinkOrder():
            outcome = send_staff_link(order, post=wiring_identity.staff_link_post(), now=utc_now())
        case RequestMailOrder():
            outcome = send_request_mail(order, post=wiring_requests.request_post(), now=utc_now())
        case LinkOrder():
            outcome = send_link(order, post=wiring_identity.link_post(), now=utc_now())
    logger().info("link", order_id=order.order_id, outcome=outcome)


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Go through a batch and name the messages that must come again."""
    return dict(process_partial_response(event=event, record_handler=send_one, processor=processor, context=context))
