"""The queue of mails to send: SQS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from duebook.domain.email_activity import MailKey
from duebook.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


class SqsMailQueue:
    """Puts mails into the SQS queue that wakes ``send_mail``."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, mail_key: MailKey) -> None:
        """Ask for a mail to be sent.

        Raises:
            TransientError: It may not have been queued.
        """
        message = {"tenant_id": mail_key.tenant_id, "mail_id": mail_key.mail_id, "month": mail_key.month}
        try:
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(message))
        except (BotoCoreError, ClientError) as error:
            raise TransientError(f"mail {mail_key.mail_id} could not be queued ({type(error).__name__})") from error
