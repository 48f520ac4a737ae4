"""Say which contact is calling: the session of the portal. Everybody else is refused, staff too."""

from __future__ import annotations

from typing import Any

from duebook import wiring_identity
from duebook.domain.portal_access import ContactCaller
from duebook.errors import AccessDeniedError, NotSignedInError
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger, observed
from duebook.usecases.contact_session import current_contact
from duebook.web.contact_callers import contact_context
from duebook.web.requests import came_through_our_front
from duebook.web.sessions import CONTACT, is_from_our_pages, token_hash


class Unauthorized(Exception):  # noqa: N818 - API Gateway answers 401 to this very word, and 500 to any other
    """Nobody we know."""


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway: a policy for all routes of this stage, with the contact's tenant, customer, kind and sites."""
    try:
        caller = _caller(event)
    except NotSignedInError:
        logger().info("refused", code=NotSignedInError.code)
        raise Unauthorized("Unauthorized") from None
    except AccessDeniedError:
        logger().info("refused", code=AccessDeniedError.code)
        return _policy(event, "Deny", "nobody")
    return _policy(event, "Allow", caller.contact_id) | {"context": contact_context(caller)}


def _caller(event: dict[str, Any]) -> ContactCaller:
    if not came_through_our_front(event):
        raise AccessDeniedError("use the public address")
    token = CONTACT.token(event)
    if token is None:
        raise NotSignedInError("sign in first")
    found = current_contact(token_hash(token), wiring_identity.door(utc_now()))
    if not is_from_our_pages(event):
        raise AccessDeniedError("not from our pages")
    return found.access.caller


def _policy(event: dict[str, Any], effect: str, principal: str) -> dict[str, Any]:
    # The method ARN is …:<api>/<stage>/<method>/<path>; one answer holds for the whole stage.
    api, stage = event["methodArn"].split("/")[:2]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{api}/{stage}/*"}
    return {"principalId": principal, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
