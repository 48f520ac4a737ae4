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
PAYER = "payer"
"""Whoever opened the link to pay of a customer's mail (R74): no contact, and no more than its open invoices and what was paid by the link."""

PERMISSIONS: dict[str, tuple[Permission, ...]] = {
    COMPANY: tuple(Permission),
    SITE: (Permission.REQUEST_SERVICE,),
    PAYER: (Permission.VIEW_INVOICES, Permission.PAY_INVOICES),
}
"""By kind of contact; a kind that is not listed may do nothing."""


@dataclass(frozen=True, slots=True)
class ContactCaller:
    """A contact who is signed in, or a payer. Tenant, customer and sites come from the session and from nowhere else.

    Args:
        contact_id: ``payer`` of a payer, of whom no more is known than the link.
        kind: ``company`` acts for the whole customer, ``site`` for the named sites only, ``payer`` pays.
        site_ids: Of a site contact; empty for a company contact, who reaches all of them.
        address: Of a payer: where the link was mailed.
        viewed_by: The staff member who looks at the portal as this contact sees it, and may change nothing; empty for the contact itself.
    """

    tenant_id: str
    customer_id: str
    contact_id: str
    kind: str
    site_ids: tuple[str, ...] = ()
    address: str = ""
    viewed_by: str = ""


def permissions_of(kind: str) -> tuple[Permission, ...]:
    """Return what a kind of contact may do, in a fixed order."""
    return PERMISSIONS.get(kind, ())
