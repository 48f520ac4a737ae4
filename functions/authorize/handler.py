"""Say who is calling: a staff member's session or a tenant's API key. Everybody else is refused."""

from __future__ import annotations

from typing import Any

from duebook import wiring
from duebook.errors import NotSignedInError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed
from duebook.runtime.observability import observed
from duebook.usecases.find_caller import caller_of_key, caller_of_session
from duebook.web.authorizers import Found, authorized, check_from_our_pages
from duebook.web.sessions import STAFF, bearer_key, caller_context


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway: a policy for all routes of this stage, with the caller's tenant, id and role."""
    return authorized(event, lambda: _caller(event))


def _caller(event: dict[str, Any]) -> Found:
    key = bearer_key(event)
    if key is not None:
        caller = caller_of_key(hashed(key), directory=wiring.directory_store(), now=utc_now())
        return caller.caller_id, caller_context(caller)
    token = STAFF.token(event)
    if token is None:
        raise NotSignedInError("sign in, or send an API key")
    caller = caller_of_session(hashed(token), directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now())
    check_from_our_pages(event)
    return caller.caller_id, caller_context(caller)
