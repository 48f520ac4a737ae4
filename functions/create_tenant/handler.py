"""Operators' call: create a tenant. It has no route; operators invoke it, and so do the local controls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from duebook import wiring
from duebook.domain.api_keys import SHOWN_CHARACTERS
from duebook.domain.directory import Role, Support
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed, new_id, new_secret
from duebook.runtime.observability import observed
from duebook.usecases.create_tenant import NewMerchantAccount, NewStaff, NewTenant, create_tenant
from duebook.usecases.passwords import hash_password
from duebook.web.fields import Currency, Email, LongText, Strict, Text


class StaffBody(Strict):
    """A first staff member."""

    email: Email
    name: Text
    password: Annotated[str, StringConstraints(min_length=12, max_length=200)]
    role: Role = Role.ADMIN


class MerchantAccountBody(Strict):
    """A merchant account with its credentials as the processor gave them."""

    processor: Literal["authorize_net", "cardpointe"]
    currency: Currency
    credentials: dict[str, Annotated[str, StringConstraints(max_length=2000)]]


class SupportBody(Strict):
    """Whom customers ask."""

    email: Email | None = None
    phone: Text | None = None


class TenantBody(Strict):
    """The event."""

    name: Text
    time_zone: Text
    plan: Literal["basic", "pro"] = "pro"
    locale: Text = "en-US"
    address: LongText | None = None
    support: SupportBody = SupportBody()
    staff: Annotated[list[StaffBody], Field(min_length=1, max_length=20)]
    merchant_accounts: Annotated[list[MerchantAccountBody], Field(max_length=20), Field(default_factory=list)]


@observed
def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, str]:
    """Create a tenant and return its id and its API key, which is shown this once."""
    body = TenantBody.model_validate(event)
    api_key = new_secret("dbk")
    tenant = create_tenant(
        _wanted(body),
        directory=wiring.directory_store(),
        secrets=wiring.secret_store(),
        new_id=new_id,
        hash_password=hash_password,
        api_key_hash=hashed(api_key),
        api_key_starts=api_key[:SHOWN_CHARACTERS],
        now=utc_now(),
    )
    return {"tenant_id": tenant.tenant_id, "api_key": api_key}


def _wanted(body: TenantBody) -> NewTenant:
    return NewTenant(
        body.name,
        body.time_zone,
        body.plan,
        body.locale,
        Support(body.support.email, body.support.phone),
        tuple(NewStaff(one.email, one.name, one.password, one.role) for one in body.staff),
        tuple(NewMerchantAccount(one.processor, one.currency, one.credentials) for one in body.merchant_accounts),
        body.address,
    )
