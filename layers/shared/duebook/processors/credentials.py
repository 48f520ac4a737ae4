"""Credentials of a merchant account: read from its secret, kept for minutes, never shown."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from duebook.errors import ProcessorUnavailableError

KEEP_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class AuthorizeNetCredentials:
    """What Authorize.Net knows a merchant by.

    Args:
        api_login_id: Names the merchant; stands in the hosted field's address too.
        transaction_key: The secret half.
        public_client_key: For the hosted field; may be public.
        signature_key: Signs webhooks; 128 hexadecimal characters, used as text.
        previous_signature_key: The one before it, while a change is under way.
    """

    api_login_id: str
    transaction_key: str = field(repr=False)
    public_client_key: str = field(default="", repr=False)
    signature_key: str = field(default="", repr=False)
    previous_signature_key: str = field(default="", repr=False)

    @property
    def signature_keys(self) -> tuple[str, ...]:
        """The keys a webhook may be signed with: one, two during a change, none when none is set."""
        return tuple(key for key in (self.signature_key, self.previous_signature_key) if key)

    @classmethod
    def from_secret(cls, secret: Mapping[str, object]) -> AuthorizeNetCredentials:
        """Read the JSON of a secret.

        Raises:
            ProcessorUnavailableError: The login or the transaction key is missing; the message names no value.
        """
        values = {name: value for name, value in secret.items() if isinstance(value, str)}
        missing = [name for name in ("api_login_id", "transaction_key") if not values.get(name)]
        if missing:
            raise ProcessorUnavailableError(f"the merchant account's secret lacks {' and '.join(missing)}")
        return cls(
            api_login_id=values["api_login_id"],
            transaction_key=values["transaction_key"],
            public_client_key=values.get("public_client_key", ""),
            signature_key=values.get("signature_key", ""),
            previous_signature_key=values.get("previous_signature_key", ""),
        )


@dataclass(frozen=True, slots=True)
class CardPointeCredentials:
    """What the CardPointe Gateway knows a merchant by.

    Args:
        merchant_id: Of the merchant account for cards.
        username: Of the integration.
        password: The secret half.
        ach_merchant_id: Of the merchant account for bank accounts, when it is another.
    """

    merchant_id: str
    username: str = field(repr=False)
    password: str = field(repr=False)
    ach_merchant_id: str = ""

    @classmethod
    def from_secret(cls, secret: Mapping[str, object]) -> CardPointeCredentials:
        """Read the JSON of a secret.

        Raises:
            ProcessorUnavailableError: A part is missing; the message names no value.
        """
        values = {name: value for name, value in secret.items() if isinstance(value, str)}
        missing = [name for name in ("merchant_id", "username", "password") if not values.get(name)]
        if missing:
            raise ProcessorUnavailableError(f"the merchant account's secret lacks {' and '.join(missing)}")
        return cls(values["merchant_id"], values["username"], values["password"], values.get("ach_merchant_id", ""))


Credentials = TypeVar("Credentials")
CredentialsOut = TypeVar("CredentialsOut", covariant=True)  # noqa: PLC0105 - the pair of the one above


class CredentialSource(Protocol[CredentialsOut]):
    """Where a client gets its credentials at the time of each call."""

    def current(self) -> CredentialsOut:
        """Return the credentials, perhaps some minutes old.

        Raises:
            ProcessorUnavailableError: They cannot be read.
        """
        ...

    def refreshed(self) -> CredentialsOut:
        """Read them anew, after the processor refused the ones at hand.

        Raises:
            ProcessorUnavailableError: They cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class FixedCredentials(Generic[Credentials]):
    """Credentials that never change: for tests and trials."""

    credentials: Credentials

    def current(self) -> Credentials:
        """Return them."""
        return self.credentials

    def refreshed(self) -> Credentials:
        """Return the same again."""
        return self.credentials


class SecretReader(Protocol):
    """The one call of boto3's Secrets Manager client that is used here."""

    def get_secret_value(self, *, SecretId: str) -> Mapping[str, object]:  # noqa: N803 - boto3's name
        """Return the secret with its ``SecretString``."""
        ...


class SecretCredentials(Generic[Credentials]):
    """Credentials out of one secret in Secrets Manager.

    Args:
        client: boto3 client of ``secretsmanager``, or a fake.
        secret_id: Name of the secret.
        read: Makes credentials of the secret's JSON, such as ``AuthorizeNetCredentials.from_secret``.
        keep_seconds: How long an answer is used without asking again.
        monotonic: Seconds that only go up.
    """

    def __init__(
        self,
        client: SecretReader,
        secret_id: str,
        read: Callable[[Mapping[str, object]], Credentials],
        *,
        keep_seconds: float = KEEP_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._make = read
        self._keep_seconds = keep_seconds
        self._monotonic = monotonic
        self._kept: tuple[float, Credentials] | None = None

    def current(self) -> Credentials:
        """Return the kept credentials, or read them when they are older than allowed."""
        if self._kept is not None and self._monotonic() - self._kept[0] < self._keep_seconds:
            return self._kept[1]
        return self.refreshed()

    def refreshed(self) -> Credentials:
        """Read the secret now."""
        credentials = self._make(self._read())
        self._kept = (self._monotonic(), credentials)
        return credentials

    def _read(self) -> Mapping[str, object]:
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id)
        except (ClientError, BotoCoreError) as error:
            raise ProcessorUnavailableError(f"secret {self._secret_id} cannot be read") from error
        try:
            secret = json.loads(str(answer.get("SecretString", "")))
        except ValueError:
            # The parser's own error would carry the text it stumbled over.
            raise ProcessorUnavailableError(f"secret {self._secret_id} is not JSON") from None
        if not isinstance(secret, dict):
            raise ProcessorUnavailableError(f"secret {self._secret_id} is not a JSON object")
        return secret
