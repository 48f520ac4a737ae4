"""Amazon SES as the mailer.

The first API's ``send_raw_email`` is called because the local cloud relays it whole; Message-ID is the SES message id either way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from duebook.domain.email_activity import Accepted, HandOver, NotNow, OutgoingMail, Refused
from duebook.errors import InvalidInputError, TransientError
from duebook.mail.message import built, in_ascii

if TYPE_CHECKING:
    from mypy_boto3_ses.client import SESClient

REFUSALS = frozenset({"MessageRejected", "InvalidParameterValue", "MailFromDomainNotVerifiedException", "MailFromDomainNotVerified"})
"""SES will not take this mail, now or later. Any other refusal (too many, sending paused, a setting of ours) passes or is mended.

Source: Amazon SES API Reference (2010-12-01), SendRawEmail, Errors.
"""

SERVER_FAULT = 500
_NOT_IN_TAGS = re.compile(r"[^A-Za-z0-9_-]")


class SesMailer:
    """Hands mails to SES, one call each.

    Args:
        client: Of the first API, without retries of its own: a repeat would be a second mail.
        sender: The bare address all mails come from.
        configuration_set: Reports what became of each mail.
    """

    def __init__(self, client: SESClient, *, sender: str, configuration_set: str) -> None:
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set

    def send(self, mail: OutgoingMail) -> HandOver:
        """Hand a mail over, once.

        Raises:
            TransientError: The answer was lost; the mail may have been taken.
        """
        try:
            raw = built(mail, self._sender)
        except InvalidInputError as error:
            return Refused(str(error))
        try:
            answer = self._client.send_raw_email(
                Source=self._sender,
                Destinations=[in_ascii(mail.to)],
                RawMessage={"Data": raw},
                ConfigurationSetName=self._configuration_set,
                Tags=[{"Name": "tenant", "Value": _tag(mail.key.tenant_id)}, {"Name": "mail_id", "Value": _tag(mail.key.mail_id)}],
            )
        except ClientError as error:
            return _refusal(error)
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            return NotNow(f"SES could not be reached ({type(error).__name__})")
        except BotoCoreError as error:
            raise TransientError(f"SES did not answer ({type(error).__name__})") from error
        return Accepted(answer["MessageId"])


def _refusal(error: ClientError) -> HandOver:
    code = error.response["Error"]["Code"]
    if code in REFUSALS:
        return Refused(f"{code}: {error.response['Error'].get('Message', '')}".rstrip(": "))
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVER_FAULT:
        raise TransientError(f"SES answered {code}") from error
    return NotNow(f"SES answered {code}")


def _tag(value: str) -> str:
    return _NOT_IN_TAGS.sub("-", value)
