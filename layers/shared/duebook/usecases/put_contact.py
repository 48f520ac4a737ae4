"""Write and remove the contacts of a customer, and invite those with portal access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from duebook.domain.directory import Contact
from duebook.domain.identity import PORTAL_PLAN, Membership, begins, granted
from duebook.domain.portal_access import ContactCaller
from duebook.errors import ConflictError, NotFoundError, OwnAccessError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.ask_for_link import LinkDesk, hand_on, invitation

ATTEMPTS = 5
NO_EMAIL = "Add an email address first."


def put_contact(tenant_id: str, customer_id: str, contact: Contact, *, directory: DirectoryStore, desk: LinkDesk) -> tuple[Contact, bool]:
    """Write a contact; saying the same again changes nothing. Access that begins is told to the contact by mail (R50).

    Returns:
        The contact, and whether it is new.

    Raises:
        NotFoundError: No such customer.
        UnprocessableError: Portal access without an email address (R51) or with one that another contact signs in with, or a site
            the customer does not have; nothing is written.
        ConflictError: The contact changed meanwhile.
    """
    directory.customer(tenant_id, customer_id)
    was = directory.contact(tenant_id, customer_id, contact.contact_id)
    return _written(tenant_id, customer_id, contact, was, directory, desk), was is None


def change_contact(
    caller: ContactCaller, contact_id: str, changes: Mapping[str, Any], *, directory: DirectoryStore, desk: LinkDesk
) -> Contact:
    """Change some fields of a contact for a contact of the same customer (R55).

    Raises:
        NotFoundError: No such contact of this customer.
        OwnAccessError: It would end one's own access.
        UnprocessableError: As ``put_contact``.
        ConflictError: The contact changed meanwhile.
    """
    was = read_contact(caller.tenant_id, caller.customer_id, contact_id, directory=directory)
    wanted = replace(was, **changes)
    if contact_id == caller.contact_id and _own(wanted) != _own(was):
        raise OwnAccessError("This would end your own access. Ask another company contact, or the office, to do it.")
    return _written(caller.tenant_id, caller.customer_id, wanted, was, directory, desk)


def invite_contact(tenant_id: str, customer_id: str, contact_id: str, *, directory: DirectoryStore, desk: LinkDesk) -> Contact:
    """Send a contact's invitation again (R52).

    Raises:
        NotFoundError: No such contact of this customer.
        ConflictError: It has no access, or the portal is not open to it now; or it changed meanwhile.
    """
    was = read_contact(tenant_id, customer_id, contact_id, directory=directory)
    if not was.portal_access:
        raise ConflictError("Switch portal access on first.")
    if not _is_invited(tenant_id, customer_id, directory):
        raise ConflictError("The portal is not open to this customer now, so nobody can be invited.")
    after = replace(was, invited_at=desk.now, version=was.version + 1)
    order = invitation(Membership(tenant_id, customer_id, contact_id), desk)
    directory.put_contact(tenant_id, customer_id, after, was=was, also=[desk.owed.owed(order)])
    hand_on(order, desk)
    return after


def read_contact(tenant_id: str, customer_id: str, contact_id: str, *, directory: DirectoryStore) -> Contact:
    """Read a contact.

    Raises:
        NotFoundError: No such contact of this customer.
    """
    contact = directory.contact(tenant_id, customer_id, contact_id)
    if contact is None:
        raise NotFoundError(f"no contact {contact_id}")
    return contact


def delete_contact(tenant_id: str, customer_id: str, contact_id: str, *, directory: DirectoryStore) -> None:
    """Remove a contact; its access ends with it (R53).

    Raises:
        NotFoundError: No such contact of this customer.
        ConflictError: It kept changing.
    """
    for attempt in range(ATTEMPTS):
        contact = read_contact(tenant_id, customer_id, contact_id, directory=directory)
        try:
            directory.delete_contact(tenant_id, customer_id, contact)
        except ConflictError:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return


def remove_contact(caller: ContactCaller, contact_id: str, *, directory: DirectoryStore) -> None:
    """Remove a contact for a contact of the same customer (R55).

    Raises:
        NotFoundError: No such contact of this customer.
        OwnAccessError: It is the caller.
        ConflictError: It kept changing.
    """
    if contact_id == caller.contact_id:
        raise OwnAccessError("You cannot delete yourself. Ask another company contact, or the office, to do it.")
    delete_contact(caller.tenant_id, caller.customer_id, contact_id, directory=directory)


def _written(tenant_id: str, customer_id: str, contact: Contact, was: Contact | None, directory: DirectoryStore, desk: LinkDesk) -> Contact:
    if contact.portal_access and not contact.email:
        raise UnprocessableError(NO_EMAIL, field="email")
    _check_sites(tenant_id, customer_id, contact, directory)
    after = granted(contact, was, desk.now)
    after = replace(after, version=was.version if was else 0)
    if was is not None and after == was:
        return was
    invited = begins(after, was) and _is_invited(tenant_id, customer_id, directory)
    after = replace(after, invited_at=desk.now if invited else after.invited_at, version=was.version + 1 if was else 0)
    # The order stands in the same transaction: whoever has access was invited, whatever crashes next.
    order = invitation(Membership(tenant_id, customer_id, contact.contact_id), desk) if invited else None
    directory.put_contact(tenant_id, customer_id, after, was=was, also=[desk.owed.owed(order)] if order else ())
    if order:
        hand_on(order, desk)
    return after


def _is_invited(tenant_id: str, customer_id: str, directory: DirectoryStore) -> bool:
    # An invitation to a portal that is not open would lead nowhere (R53, R58).
    return directory.tenant(tenant_id).plan == PORTAL_PLAN and directory.customer(tenant_id, customer_id).enabled


def _own(contact: Contact) -> tuple[object, ...]:
    return contact.kind, (contact.email or "").strip().lower(), contact.portal_access


def _check_sites(tenant_id: str, customer_id: str, contact: Contact, directory: DirectoryStore) -> None:
    unknown = [site_id for site_id in contact.site_ids if directory.site(tenant_id, customer_id, site_id) is None]
    if unknown:
        raise UnprocessableError(f"the customer has no site {unknown[0]}", field="site_ids")
