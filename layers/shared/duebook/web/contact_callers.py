"""Who makes a portal call: the contact that the authorizer found, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.depends import Depends

from duebook.domain.portal_access import ContactCaller, Permission, permissions_of
from duebook.errors import AccessDeniedError, NotSignedInError

SITES_BETWEEN = ","


def contact_context(caller: ContactCaller) -> dict[str, str]:
    """Write what the authorizer tells the functions behind it; API Gateway carries texts only."""
    return {
        "tenant_id": caller.tenant_id,
        "customer_id": caller.customer_id,
        "contact_id": caller.contact_id,
        "kind": caller.kind,
        "site_ids": SITES_BETWEEN.join(caller.site_ids),
    }


def contact_of(event: Mapping[str, Any]) -> ContactCaller:
    """Return the contact that API Gateway's authorizer found.

    Raises:
        NotSignedInError: The call did not pass the authorizer.
    """
    told = event.get("requestContext", {}).get("authorizer") or {}
    try:
        sites = tuple(one for one in told["site_ids"].split(SITES_BETWEEN) if one)
        return ContactCaller(told["tenant_id"], told["customer_id"], told["contact_id"], told["kind"], sites)
    except KeyError as error:
        raise NotSignedInError("sign in first") from error


def contact_permitted(app: APIGatewayRestResolver, needed: Permission) -> Depends:
    """Give a route its contact, who must be allowed a thing (R54). A route without it knows no customer."""

    def caller() -> ContactCaller:
        found = contact_of(app.current_event.raw_event)
        if needed not in permissions_of(found.kind):
            raise AccessDeniedError("Your access covers service requests. Ask a company contact to do this.")
        return found

    return Depends(caller)
