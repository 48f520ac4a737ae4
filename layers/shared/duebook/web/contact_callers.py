"""Who makes a portal call: the contact or payer that the authorizer found, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.depends import Depends

from duebook.domain.portal_access import PAYER, ContactCaller, Permission, permissions_of
from duebook.errors import AccessDeniedError, NotSignedInError

SITES_BETWEEN = ","
PAYS_ONLY = "This link is for paying open invoices. Sign in to do this."


def contact_context(caller: ContactCaller) -> dict[str, str]:
    """Write what the authorizer tells the functions behind it; API Gateway carries texts only."""
    return {
        "tenant_id": caller.tenant_id,
        "customer_id": caller.customer_id,
        "contact_id": caller.contact_id,
        "kind": caller.kind,
        "site_ids": SITES_BETWEEN.join(caller.site_ids),
        **({"address": caller.address} if caller.address else {}),
    }


def contact_of(event: Mapping[str, Any]) -> ContactCaller:
    """Return the contact that API Gateway's authorizer found.

    Raises:
        NotSignedInError: The call did not pass the authorizer.
    """
    told = event.get("requestContext", {}).get("authorizer") or {}
    try:
        sites = tuple(one for one in told["site_ids"].split(SITES_BETWEEN) if one)
        return ContactCaller(told["tenant_id"], told["customer_id"], told["contact_id"], told["kind"], sites, told.get("address", ""))
    except KeyError as error:
        raise NotSignedInError("sign in first") from error


def contact_permitted(app: APIGatewayRestResolver, needed: Permission, *, payers: bool = True) -> Depends:
    """Give a route its contact, who must be allowed a thing (R54). A route without it knows no customer.

    Args:
        app: Whose route.
        needed: What it takes.
        payers: Whether a payer who is allowed the thing may call it: what tells of more than paying is kept from them (R74).
    """

    def caller() -> ContactCaller:
        found = contact_of(app.current_event.raw_event)
        if found.kind == PAYER and not (payers and needed in permissions_of(PAYER)):
            raise AccessDeniedError(PAYS_ONLY)
        if needed not in permissions_of(found.kind):
            raise AccessDeniedError("Your access covers service requests. Ask a company contact to do this.")
        return found

    return Depends(caller)
