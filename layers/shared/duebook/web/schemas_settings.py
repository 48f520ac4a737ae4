"""What admins send: the profile and merchant accounts."""

from __future__ import annotations

from base64 import b64decode
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from duebook.domain.directory import Support
from duebook.usecases.change_settings import NewLogo, Profile, WantedMerchantAccount
from duebook.web.fields import AsAnswered, Currency, Email, ShortText, Strict, Text
from duebook.web.schemas_staff import Locale, OptionalEmail, OptionalLongText, OptionalText

Accent = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
Credential = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
MerchantId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z]{1,16}$")]


def _decoded(text: bytes) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("The logo is to be written in base64.") from error


Picture = Annotated[bytes, Field(min_length=1, max_length=1_000_000), AfterValidator(_decoded)]
"""A file in base64; how large a logo may be is told by whoever reads the picture."""


class SupportBody(Strict):
    """Whom customers ask."""

    email: OptionalEmail = None
    phone: OptionalText = None


class ProfileBody(AsAnswered):
    """``PUT /api/staff/settings/profile``; without ``slug``, ``logo``, ``plan``, ``notify`` and ``use_unapplied_cash`` those stay.

    A ``logo`` is a picture in base64; null takes it away.
    """

    OURS: ClassVar[frozenset[str]] = frozenset({"id", "accent_note", "colours"})

    name: Text
    time_zone: Text
    locale: Locale = "en-US"
    address: OptionalLongText = None
    support: SupportBody = SupportBody()
    accent: Accent | None = None
    slug: ShortText | None = None
    logo: Picture | None = None
    logo_url: Text | None = None
    plan: Literal["basic", "pro"] | None = None
    notify: Annotated[list[Email], Field(max_length=20)] | None = None
    use_unapplied_cash: bool | None = None

    def profile(self) -> Profile:
        """Turn the body into what is said of the business."""
        return Profile(
            name=self.name,
            time_zone=self.time_zone,
            locale=self.locale,
            support=Support(self.support.email, self.support.phone),
            address=self.address,
            accent=self.accent,
            slug=self.slug,
            logo=NewLogo(self.logo) if "logo" in self.model_fields_set else None,
            logo_url=self.logo_url,
            plan=self.plan,
            notify=None if self.notify is None else tuple(dict.fromkeys(self.notify)),
            use_unapplied_cash=self.use_unapplied_cash,
        )


class AuthorizeNetBody(Strict):
    """What Authorize.Net knows a merchant by; written, never read."""

    api_login_id: Credential
    transaction_key: Credential
    public_client_key: Credential
    signature_key: Credential | None = None
    previous_signature_key: Credential | None = None


class CardPointeBody(Strict):
    """What the CardPointe Gateway knows a merchant by; written, never read. Bank accounts have a merchant id of their own."""

    merchant_id: MerchantId
    username: Annotated[Credential, StringConstraints(max_length=200, pattern=r"^[^:]+$")]
    password: Credential
    ach_merchant_id: MerchantId | None = None


class MerchantAccountBody(AsAnswered):
    """A merchant account; without credentials it keeps those it has."""

    OURS: ClassVar[frozenset[str]] = frozenset({"id", "login"})

    processor: Literal["authorize_net", "cardpointe"]
    currency: Currency
    enabled: bool = True
    credentials: AuthorizeNetBody | CardPointeBody | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        """Refuse the credentials of another processor."""
        fitting = CardPointeBody if self.processor == "cardpointe" else AuthorizeNetBody
        if self.credentials is not None and not isinstance(self.credentials, fitting):
            raise ValueError(f"these are no credentials of {self.processor}")
        return self

    def wanted(self) -> WantedMerchantAccount:
        """Turn the body into a merchant account as wanted."""
        credentials = self.credentials.model_dump(exclude_none=True) if self.credentials else None
        return WantedMerchantAccount(self.processor, self.currency, self.enabled, credentials)


class ProcessorsBody(Strict):
    """``PUT /api/staff/settings/processors``; those left out are switched off."""

    merchant_accounts: Annotated[list[MerchantAccountBody], Field(max_length=20)]
