"""Staff and what lets them in: roles that change, people who leave, and the single-use links that mails carry (R85).

Nothing here is shared with the logins of contacts: a staff member's link opens no portal, and no contact's link a staff page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.directory import Role, Staff
from duebook.errors import AccessDeniedError, UnprocessableError

MOST_STAFF = 500


@dataclass(frozen=True, slots=True)
class StaffLink:
    """What a link mailed to a staff member stands for. Its token is known to the mail alone; we keep its hash.

    Args:
        tenant_id: Whose staff.
        staff_id: Whose password it sets.
        generation: Of the person when it was made: another password or role, or a later link, ends it.
        valid_until: UTC.
        used_at: When it was redeemed, or None.
    """

    tenant_id: str
    staff_id: str
    generation: int
    valid_until: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StaffLinkOrder:
    """A mail with a link for a staff member that was asked for; the same order again is the same mail."""

    order_id: str
    at: datetime
    tenant_id: str
    staff_id: str


def link_opens(link: StaffLink, staff: Staff, now: datetime) -> bool:
    """Tell whether a link may still be redeemed."""
    return link.used_at is None and now < link.valid_until and link.generation == staff.generation


def with_new_password(staff: Staff, password_hash: str) -> Staff:
    """Return a person with a new password. Sessions and links of before end."""
    return replace(staff, password_hash=password_hash, generation=staff.generation + 1)


def with_role(staff: Staff, role: Role) -> Staff:
    """Return a person with another role. Sessions of before end, so that nobody goes on with what they may no longer do."""
    return replace(staff, role=role, generation=staff.generation + 1)


def signs_in_as_admin(staff: Staff) -> bool:
    """Tell whether a person is an admin who can sign in; one who never set a password cannot."""
    return staff.role is Role.ADMIN and staff.password_hash is not None


def admin_who_stays(everybody: Iterable[Staff], gone: Staff) -> Staff | None:
    """Return an admin who can still sign in when a person is an admin no more; None when it takes none.

    Raises:
        UnprocessableError: The person is the last one.
    """
    if not signs_in_as_admin(gone):
        return None
    others = sorted((one for one in everybody if one.staff_id != gone.staff_id and signs_in_as_admin(one)), key=lambda one: one.staff_id)
    if not others:
        raise UnprocessableError(f"{gone.name} is the last admin who can sign in. Make somebody else an admin first.", field="role")
    return others[0]


def check_not_oneself(actor_id: str, staff: Staff) -> None:
    """Refuse that people remove themselves.

    Raises:
        AccessDeniedError: It is the person's own access.
    """
    if staff.staff_id == actor_id:
        raise AccessDeniedError("You cannot remove yourself. Ask another admin.")
