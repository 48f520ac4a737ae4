"""Say who is calling: a staff member's session or a tenant's API key. Everybody else is refused."""

from __future__ import annotations

from typing import Any

from duebook import wiring
from duebook.domain.directory import Caller
from duebook.errors import AccessDeniedError, NotSignedInError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed
from duebook.runtime.observability import logger, observed
from duebook.usecases.find_caller import caller_of_key, caller_of_session
from duebook.web.requests import came_through_our_front
from duebook.web.sessions import STAFF, bearer_key, caller_context, is_from_our_pages


class Unauthorized(Exception):  # noqa: N818 - API Gateway answers 401 to this very word, and 500 to any other
    """Nobody we know."""


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway: a policy for all routes of this stage, with the caller's tenant, id and role."""
    try:
        caller = _caller(event)
    except NotSignedInError:
        logger().info("refused", code=NotSignedInError.code)
        raise Unauthorized("Unauthorized") from None
    except AccessDeniedError:
        logger().info("refused", code=AccessDeniedError.code)
        return _policy(event, "Deny", "nobody")
    return _policy(event, "Allow", caller.caller_id) | {"context": caller_context(caller)}


def _caller(event: dict[str, Any]) -> Caller:
    if not came_through_our_front(event):
        raise AccessDeniedError("use the public address")
    key = bearer_key(event)
    if key is not None:
        return caller_of_key(hashed(key), directory=wiring.directory_store())
    token = STAFF.token(event)
    if token is None:
        raise NotSignedInError("sign in, or send an API key")
    caller = caller_of_session(hashed(token), directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now())
    if not is_from_our_pages(event):
        raise AccessDeniedError("not from our pages")
    return caller


def _policy(event: dict[str, Any], effect: str, principal: str) -> dict[str, Any]:
    # The method ARN is …:<api>/<stage>/<method>/<path>; one answer holds for the whole stage.
    api, stage = event["methodArn"].split("/")[:2]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{api}/{stage}/*"}
    return {"principalId": principal, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
