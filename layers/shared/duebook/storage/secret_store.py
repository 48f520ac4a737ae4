"""Credentials of merchant accounts: written here, read only by the processor clients, shown to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from duebook.errors import TransientError
from duebook.storage.dynamo import compact


class SecretStore:
    """Writes one secret for each merchant account.

    Args:
        client: boto3 client of ``secretsmanager``.
        prefix: Of every secret's name; the name ends in ``<tenant>/<merchant account>``.
    """

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def write(self, tenant_id: str, account_id: str, credentials: Mapping[str, str]) -> None:
        """Write a merchant account's credentials, new or in place of the old ones.

        Raises:
            TransientError: They could not be stored; nothing of them is in the message.
        """
        name = f"{self._prefix}{tenant_id}/{account_id}"
        text = compact(dict(credentials))
        try:
            try:
                self._client.create_secret(Name=name, SecretString=text)
            except self._client.exceptions.ResourceExistsException:
                self._client.put_secret_value(SecretId=name, SecretString=text)
        except (BotoCoreError, ClientError) as error:
            raise TransientError(f"the credentials of {account_id} could not be stored ({type(error).__name__})") from None
