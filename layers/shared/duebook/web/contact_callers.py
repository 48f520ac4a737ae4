"""Who makes a portal call: the contact, payer or onlooker that the authorizer found, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.depends import Depends

from duebook.domain.portal_access import PAYER, ContactCaller, Permission, permissions_of
from duebook.errors import AccessDeniedError, NotSignedInError, ViewOnlyError
from duebook.web.requests import SAFE_METHODS

SITES_BETWEEN = ","
VIEWS_ONLY = "You are looking at the portal as a contact sees it. Nothing was changed, and nothing can be from here."
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
        **({"viewed_by": caller.viewed_by} if caller.viewed_by else {}),
    }


def contact_of(event: Mapping[str, Any]) -> ContactCaller:
    """Return the contact that API Gateway's authorizer found.

    Raises:
        NotSignedInError: The call did not pass the authorizer.
    """
    told = event.get("requestContext", {}).get("authorizer") or {}
    try:
        sites = tuple(one for one in told["site_ids"].split(SITES_BETWEEN) if one)
        who = (told["tenant_id"], told["customer_id"], told["contact_id"], told["kind"])
        return ContactCaller(*who, sites, told.get("address", ""), told.get("viewed_by", ""))
    except KeyError as error:
        raise NotSignedInError("sign in first") from error


def contact_permitted(app: APIGatewayRestResolver, needed: Permission, *, payers: bool = True, reads: bool = False) -> Depends:
    """Give a route its contact, who must be allowed a thing (R54). A route without it knows no customer.

    Args:
        app: Whose route.
        needed: What it takes.
        payers: Whether a payer who is allowed the thing may call it: what tells of more than paying is kept from them (R74).
        reads: Whether a call that is no GET changes nothing all the same, so that staff who look on may make it.
    """

    def caller() -> ContactCaller:
        found = contact_of(app.current_event.raw_event)
        if found.kind == PAYER and not (payers and needed in permissions_of(PAYER)):
            raise AccessDeniedError(PAYS_ONLY)
        if needed not in permissions_of(found.kind):
            raise AccessDeniedError("Your access covers service requests. Ask a company contact to do this.")
        if found.viewed_by and not (reads or app.current_event.http_method in SAFE_METHODS):
            raise ViewOnlyError(VIEWS_ONLY)
        return found

    return Depends(caller)
