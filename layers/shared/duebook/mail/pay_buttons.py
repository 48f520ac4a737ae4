"""Where the button of a mail that asks for money leads: a page that signs in by itself, or the page for guests (R74)."""

from __future__ import annotations

from urllib.parse import quote

from duebook.domain.directory import Customer, Tenant
from duebook.domain.identity import PORTAL_PLAN
from duebook.domain.pay_links import PAY_PAGE, PLACE_HOLDERS

PLACE = PLACE_HOLDERS[0]
"""Stands in the address until the mail is handed over; the token is put in its place in the outgoing mail alone."""


def guest_page(portal_origin: str) -> str:
    """Return the address of *Pay my balance*, where a Pay Online ID is typed."""
    return f"{portal_origin}/pay-my-balance"


def pay_address(tenant: Tenant, customer: Customer, portal_origin: str, *, signs_in: bool) -> str:
    """Return the address of the page to pay on.

    Args:
        tenant: Only on its Pro plan do links sign in.
        customer: One who is switched off has no page of its own: its Pay Online ID is not known (R12).
        portal_origin: Where the pages are.
        signs_in: Whether the link may let somebody in; not so in previews and tests.
    """
    if not customer.enabled:
        return guest_page(portal_origin)
    if signs_in and tenant.plan == PORTAL_PLAN:
        return f"{portal_origin}{PAY_PAGE}{PLACE}"
    return f"{guest_page(portal_origin)}#id={quote(customer.pay_online_id, safe='')}"
