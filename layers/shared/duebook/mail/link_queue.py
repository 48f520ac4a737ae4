"""Asks for mails with a link, or about a service request, over SQS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from duebook.domain.link_orders import Order, message_of
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

    def put(self, order: Order) -> None:
        """Ask for a mail.

        Raises:
            TransientError: It may not have been queued.
        """
        try:
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(message_of(order)))
        except (BotoCoreError, ClientError) as error:
            raise TransientError(f"the mail could not be asked for ({type(error).__name__})") from error
