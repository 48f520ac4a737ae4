"""What a contact or payer sends to be let in, and sees of who is signed in; so does staff who look on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import StringConstraints

from duebook.domain.identity import Access, Membership, membership_id
from duebook.domain.passwords import LONGEST_TYPED
from duebook.domain.pay_links import SESSION_IDLE
from duebook.domain.portal_access import PAYER, permissions_of
from duebook.usecases.contact_session import SignedIn
from duebook.usecases.find_caller import IDLE
from duebook.usecases.payer_session import LetIn
from duebook.usecases.view_portal import Looking
from duebook.web.brand_views import TenantView, tenant_view
from duebook.web.fields import Strict
from duebook.web.portal_contacts import SignedInContactView, signed_in_contact_view
from duebook.web.sessions import CONTACT

TypedEmail = Annotated[str, StringConstraints(max_length=254)]
"""An address as typed into the sign-in form: a malformed one is an unknown one, and gets that answer."""
Password = Annotated[str, StringConstraints(max_length=LONGEST_TYPED)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]
MembershipId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,64}$")]
"""A hash of ours, which may hold digits that look like a card number's."""


class SignInBody(Strict):
    """``POST /api/session``."""

    email: TypedEmail
    password: Password


class MembershipBody(Strict):
    """``POST /api/session/membership``."""

    membership_id: MembershipId


class PayLinkBody(Strict):
    """``POST /api/session/pay-link``: the token of a mail's link to pay."""

    token: Token


class ForgotBody(Strict):
    """``POST /api/password/forgot``."""

    email: TypedEmail


class RenewBody(Strict):
    """``POST /api/password/resend``: the token of the link that has ended."""

    token: Token


class SetPasswordBody(Strict):
    """``POST /api/password/set``."""

    token: Token
    password: Password


class ChangePasswordBody(Strict):
    """``POST /api/portal/profile/password``."""

    current_password: Password
    password: Password


class Nothing(Strict):
    """An answer that tells nothing."""


class MembershipView(Strict):
    """One customer that a contact acts for."""

    id: str
    tenant_id: str
    customer_id: str
    kind: str
    site_ids: list[str]
    tenant_name: str
    customer_name: str


class SessionView(Strict):
    """``GET /api/session``."""

    contact: SignedInContactView
    membership: MembershipView
    memberships: list[MembershipView]
    permissions: list[str]
    tenant: TenantView
    idle_seconds: int
    ends_at: datetime
    viewed_by: str | None = None
    """Name of the staff member who looks at the portal as this contact sees it, and may change nothing."""


def session_view(signed_in: SignedIn, accesses: Iterable[Access]) -> SessionView:
    """Show who is signed in, and what else the same address belongs to."""
    access = signed_in.access
    return SessionView(
        contact=signed_in_contact_view(access.contact),
        membership=membership_view(access),
        memberships=[membership_view(one) for one in accesses],
        permissions=[permission.value for permission in permissions_of(access.contact.kind)],
        tenant=tenant_view(access.tenant),
        idle_seconds=int(IDLE.total_seconds()),
        ends_at=signed_in.session.ends_at,
    )


def payer_view(payer: LetIn) -> SessionView:
    """Show who came by a link to pay: the customer, and no more to do than paying."""
    tenant, customer, caller = payer.standing.tenant, payer.standing.customer, payer.caller
    # Contacts' ids hold no colon, so this is nobody's membership.
    own = Membership(caller.tenant_id, caller.customer_id, f"{PAYER}:{caller.address}")
    membership = MembershipView(
        id=membership_id(own),
        tenant_id=caller.tenant_id,
        customer_id=caller.customer_id,
        kind=PAYER,
        site_ids=[],
        tenant_name=tenant.name,
        customer_name=customer.name,
    )
    return SessionView(
        contact=SignedInContactView(id=caller.contact_id, name=customer.name, email=caller.address, phone=None),
        membership=membership,
        memberships=[membership],
        permissions=[permission.value for permission in permissions_of(PAYER)],
        tenant=tenant_view(tenant),
        idle_seconds=int(SESSION_IDLE.total_seconds()),
        ends_at=payer.session.ends_at,
    )


def viewer_view(looking: Looking) -> SessionView:
    """Show whose portal a staff member looks at, with what that contact could do there."""
    access = looking.access
    membership = membership_view(access)
    return SessionView(
        contact=signed_in_contact_view(access.contact),
        membership=membership,
        memberships=[membership],
        permissions=[permission.value for permission in permissions_of(access.contact.kind)],
        tenant=tenant_view(access.tenant),
        idle_seconds=int(IDLE.total_seconds()),
        ends_at=looking.view.ends_at,
        viewed_by=looking.staff.name,
    )


def membership_view(access: Access) -> MembershipView:
    """Show a membership."""
    caller = access.caller
    return MembershipView(
        id=membership_id(access.membership),
        tenant_id=caller.tenant_id,
        customer_id=caller.customer_id,
        kind=caller.kind,
        site_ids=list(caller.site_ids),
        tenant_name=access.tenant.name,
        customer_name=access.customer.name,
    )


def begun(token: str, body: SessionView) -> Response[SessionView]:
    """Answer that somebody is signed in, with the cookie of the new session."""
    return Response(HTTPStatus.CREATED.value, "application/json", body, {"Set-Cookie": CONTACT.begun(token)})


def ended() -> Response[str]:
    """Answer that nobody is signed in any more, and have the browser forget its session."""
    return Response(HTTPStatus.NO_CONTENT.value, body="", headers={"Set-Cookie": CONTACT.ended()})
