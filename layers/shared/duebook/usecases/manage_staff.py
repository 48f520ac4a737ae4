"""Add staff, change their roles, let them go. Who goes or gets another role is signed out at once (R85)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duebook.domain.directory import Role, Staff
from duebook.domain.staff_access import MOST_STAFF, StaffLinkOrder, admin_who_stays, check_not_oneself, with_role
from duebook.errors import UnprocessableError
from duebook.storage.staff_store import StaffStore
from duebook.usecases.ask_for_link import LinkDesk, hand_on


@dataclass(frozen=True, slots=True)
class StaffDesk:
    """What it takes.

    Args:
        staff: Where staff are kept.
        links: Where mails with a link are asked for.
    """

    staff: StaffStore
    links: LinkDesk


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A staff member as the list shows them.

    Args:
        staff: The person.
        second_step: Sign-in asks for a code as well.
        signed_in_at: The last time, when it is known.
    """

    staff: Staff
    second_step: bool
    signed_in_at: datetime | None


def read_staff(tenant_id: str, *, staff: StaffStore) -> list[StaffMember]:
    """Read all staff of a tenant by name."""
    signed_in, careful = staff.last_sign_ins(tenant_id), staff.with_second_step(tenant_id)
    people = sorted(staff.everybody(tenant_id), key=lambda one: (one.name.casefold(), one.staff_id))
    return [StaffMember(one, one.staff_id in careful, signed_in.get(one.staff_id)) for one in people]


def add_staff(tenant_id: str, staff_id: str, name: str, email: str, role: Role, desk: StaffDesk) -> Staff:
    """Add a staff member, who gets a mail with a link to set a password.

    Args:
        tenant_id: Whose.
        staff_id: New, ours; the same again is the same person.
        name: As the others know the person.
        email: In its normal form.
        role: What the person may do.
        desk: What it takes.

    Raises:
        UnprocessableError: The address signs in already, or there are too many.
    """
    if len(desk.staff.everybody(tenant_id)) >= MOST_STAFF:
        raise UnprocessableError(f"A business has at most {MOST_STAFF} staff members.", field="email")
    person = Staff(staff_id, tenant_id, name, email.lower(), role)
    order = _link_order(person, desk)
    desk.staff.add(person, also=[desk.links.owed.owed(order)])
    hand_on(order, desk.links)
    return person


def send_link_to_staff(person: Staff, desk: StaffDesk) -> None:
    """Have a link mailed with which a staff member sets a password.

    Raises:
        TransientError: It may not have been asked for.
    """
    desk.links.ask(_link_order(person, desk))


def change_role(tenant_id: str, staff_id: str, role: Role, desk: StaffDesk) -> Staff:
    """Give a staff member another role; the same again changes nothing.

    Raises:
        NotFoundError: No such person.
        UnprocessableError: The last admin stays one.
        ConflictError: The person, or the admin who stays, changed meanwhile.
    """
    person = desk.staff.find(tenant_id, staff_id)
    if person.role is role:
        return person
    stays = admin_who_stays(desk.staff.everybody(tenant_id), person)
    return desk.staff.save(with_role(person, role), beside=stays)


def remove_staff(tenant_id: str, staff_id: str, actor_id: str, desk: StaffDesk) -> Staff:
    """Let a staff member go: sessions and links end at once, the address is free. What the person did stays on record.

    Raises:
        NotFoundError: No such person.
        AccessDeniedError: It is the actor.
        UnprocessableError: The last admin stays.
        ConflictError: The person, or the admin who stays, changed meanwhile.
    """
    person = desk.staff.find(tenant_id, staff_id)
    check_not_oneself(actor_id, person)
    desk.staff.remove(person, beside=admin_who_stays(desk.staff.everybody(tenant_id), person))
    return person


def _link_order(person: Staff, desk: StaffDesk) -> StaffLinkOrder:
    return StaffLinkOrder(desk.links.new_id("lo", desk.links.now), desk.links.now, person.tenant_id, person.staff_id)
