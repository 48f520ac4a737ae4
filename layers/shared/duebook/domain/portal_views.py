"""Looking at the customer portal as one of its contacts sees it: a staff member, for a while, changing nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duebook.domain.directory import Customer, Staff, Tenant
from duebook.domain.identity import PORTAL_PLAN, Access, Membership
from duebook.domain.portal_access import ContactCaller

VIEW_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PortalView:
    """A staff member who looks at the portal as a contact sees it.

    Args:
        staff_id: Who looks.
        staff_session: What the staff session it was begun from is stored under; the view ends with it.
        membership: Whose portal.
        began_at: UTC.
        ends_at: UTC.
    """

    staff_id: str
    staff_session: str
    membership: Membership
    began_at: datetime
    ends_at: datetime


def begun_view(staff_id: str, staff_session: str, membership: Membership, now: datetime) -> PortalView:
    """Return the view that begins now."""
    return PortalView(staff_id, staff_session, membership, now, now + VIEW_LASTS)


def closed_because(tenant: Tenant, customer: Customer) -> str:
    """Tell why there is no portal to look at; empty where there is one. Whether the contact may sign in does not matter."""
    if tenant.plan != PORTAL_PLAN:
        return "The customer portal belongs to the Pro plan."
    return "" if customer.enabled else "This customer is disabled, so its portal is closed."


def holds(view: PortalView, staff: Staff | None, generation: int, access: Access | None) -> bool:
    """Tell whether a view still stands.

    Args:
        view: Which.
        staff: Who looks, as on record now, or None.
        generation: Of the staff session that it was begun from.
        access: What its membership stands for now, or None.
    """
    if staff is None or access is None or staff.generation != generation:
        return False
    return staff.tenant_id == view.membership.tenant_id and not closed_because(access.tenant, access.customer)


def viewer_of(access: Access, staff: Staff) -> ContactCaller:
    """Return who acts in a view: the contact, marked as seen by somebody else."""
    return replace(access.caller, viewed_by=staff.staff_id)
