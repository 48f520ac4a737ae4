"""Who a signed-in contact is, and what the contact may do (R54)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What a contact of a customer may do in the portal."""

    VIEW_INVOICES = "view_invoices"
    PAY_INVOICES = "pay_invoices"
    MANAGE_METHODS = "manage_methods"
    MANAGE_CONTACTS = "manage_contacts"
    REQUEST_SERVICE = "request_service"


COMPANY = "company"
SITE = "site"

PERMISSIONS: dict[str, tuple[Permission, ...]] = {COMPANY: tuple(Permission), SITE: (Permission.REQUEST_SERVICE,)}
"""By kind of contact; a kind that is not listed may do nothing."""


@dataclass(frozen=True, slots=True)
class ContactCaller:
    """A contact who is signed in. Tenant, customer and sites come from the session and from nowhere else.

    Args:
        kind: ``company`` acts for the whole customer, ``site`` for the named sites only.
        site_ids: Of a site contact; empty for a company contact, who reaches all of them.
    """

    tenant_id: str
    customer_id: str
    contact_id: str
    kind: str
    site_ids: tuple[str, ...] = ()


def permissions_of(kind: str) -> tuple[Permission, ...]:
    """Return what a kind of contact may do, in a fixed order."""
    return PERMISSIONS.get(kind, ())
