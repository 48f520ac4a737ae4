"""Say which contact or payer is calling: the session of the portal. Everybody else is refused; staff may look on."""

from __future__ import annotations

from typing import Any

from duebook import wiring, wiring_identity
from duebook.domain.portal_access import ContactCaller
from duebook.errors import NotSignedInError
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.usecases.contact_session import current_contact
from duebook.usecases.payer_session import current_payer
from duebook.usecases.view_portal import current_view
from duebook.web.authorizers import Found, authorized, check_from_our_pages
from duebook.web.contact_callers import contact_context
from duebook.web.sessions import CONTACT, is_payers, is_viewers, token_hash


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway: a policy for all routes of this stage, with the contact's tenant, customer, kind and sites."""
    return authorized(event, lambda: _caller(event))


def _caller(event: dict[str, Any]) -> Found:
    token = CONTACT.token(event)
    if token is None:
        raise NotSignedInError("sign in first")
    caller = _behind(token)
    check_from_our_pages(event)
    return caller.contact_id, contact_context(caller)


def _behind(token: str) -> ContactCaller:
    if is_payers(token):
        return current_payer(token_hash(token), links=wiring_identity.pay_link_store(), now=utc_now()).caller
    if is_viewers(token):
        views, transient = wiring_identity.portal_view_store(), wiring.transient_store()
        return current_view(token_hash(token), views=views, transient=transient, now=utc_now()).caller
    return current_contact(token_hash(token), wiring_identity.door(utc_now())).access.caller
