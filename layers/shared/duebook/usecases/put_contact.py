"""Write and remove the contacts of a customer."""

from __future__ import annotations

from dataclasses import replace

from duebook.domain.directory import Contact
from duebook.errors import NotFoundError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore


def put_contact(tenant_id: str, customer_id: str, contact: Contact, *, directory: DirectoryStore) -> tuple[Contact, bool]:
    """Write a contact; saying the same again changes nothing.

    Returns:
        The contact, and whether it is new.

    Raises:
        NotFoundError: No such customer.
        UnprocessableError: Portal access without an email address (R51), or a site the customer does not have.
        ConflictError: The contact changed meanwhile.
    """
    directory.customer(tenant_id, customer_id)
    if contact.portal_access and not contact.email:
        raise UnprocessableError("portal access needs a valid email address", field="email")
    _check_sites(tenant_id, customer_id, contact, directory)
    was = directory.contact(tenant_id, customer_id, contact.contact_id)
    after = replace(contact, version=was.version if was else 0)
    if after == was:
        return was, False
    after = replace(after, version=was.version + 1 if was else 0)
    directory.put_contact(tenant_id, customer_id, after, was=was)
    return after, was is None


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
    """Remove a contact.

    Raises:
        NotFoundError: No such contact of this customer.
    """
    read_contact(tenant_id, customer_id, contact_id, directory=directory)
    directory.delete_contact(tenant_id, customer_id, contact_id)


def _check_sites(tenant_id: str, customer_id: str, contact: Contact, directory: DirectoryStore) -> None:
    unknown = [site_id for site_id in contact.site_ids if directory.site(tenant_id, customer_id, site_id) is None]
    if unknown:
        raise UnprocessableError(f"the customer has no site {unknown[0]}", field="site_ids")
