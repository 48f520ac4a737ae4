"""Asks for mails with a link over SQS. The messages name nobody: ids of ours, and the hash of an address."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from duebook.domain.identity import LinkOrder, LinkPurpose, Membership
from duebook.domain.staff_access import StaffLinkOrder
from duebook.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient
else:
    SQSClient = Any


class SqsLinkQueue:
    """Puts orders into the queue that wakes ``send_link``."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, order: LinkOrder | StaffLinkOrder) -> None:
        """Ask for a mail with a link.

        Raises:
            TransientError: It may not have been queued.
        """
        try:
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(message_of(order)))
        except (BotoCoreError, ClientError) as error:
            raise TransientError(f"the mail could not be asked for ({type(error).__name__})") from error


def message_of(order: LinkOrder | StaffLinkOrder) -> dict[str, Any]:
    """Write an order as a message: ``{order_id, purpose, at, login_id?, membership?: [tenant, customer, contact]}``.

    One for a staff member: ``{order_id, at, staff: [tenant, staff]}``.
    """
    if isinstance(order, StaffLinkOrder):
        return {"order_id": order.order_id, "at": order.at.isoformat(), "staff": [order.tenant_id, order.staff_id]}
    member = order.membership
    return {
        "order_id": order.order_id,
        "purpose": order.purpose.value,
        "at": order.at.isoformat(),
        "login_id": order.login_id,
        "membership": [member.tenant_id, member.customer_id, member.contact_id] if member else None,
    }


def order_of(message: dict[str, Any]) -> LinkOrder | StaffLinkOrder:
    """Read a message."""
    at = datetime.fromisoformat(message["at"])
    if "staff" in message:
        return StaffLinkOrder(message["order_id"], at, *message["staff"])
    member = message["membership"]
    return LinkOrder(message["order_id"], LinkPurpose(message["purpose"]), at, message["login_id"], Membership(*member) if member else None)
