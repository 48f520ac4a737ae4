"""What a contact sends and sees of people and places: the customer's contacts, its sites, one's own profile (R55)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field

from duebook.domain.directory import Contact, Site
from duebook.domain.portal_access import SITE, ContactCaller
from duebook.web.fields import CallerId, Email, Strict, Text
from duebook.web.schemas_staff import blank_is_none

OptionalEmail = Annotated[Email | None, BeforeValidator(blank_is_none)]
OptionalText = Annotated[Text | None, BeforeValidator(blank_is_none)]
SiteIds = Annotated[list[CallerId], Field(max_length=200)]
Kind = Literal["company", "site"]
Row = TypeVar("Row", Contact, Site)


class NewContactBody(Strict):
    """``POST /api/portal/contacts``."""

    name: Text
    email: OptionalEmail = None
    phone: OptionalText = None
    kind: Kind
    site_ids: Annotated[SiteIds, Field(default_factory=list)]
    portal_access: bool = False

    def contact(self, contact_id: str) -> Contact:
        """Turn the body into a contact."""
        return Contact(contact_id, self.name, self.kind, self.email, self.phone, tuple(dict.fromkeys(self.site_ids)), self.portal_access)


class ContactChanges(Strict):
    """``PATCH /api/portal/contacts/{contact_id}``: what is left out stays; an email or phone of null goes."""

    name: Text = ""
    email: OptionalEmail = None
    phone: OptionalText = None
    kind: Kind = "company"
    site_ids: Annotated[SiteIds, Field(default_factory=list)]
    portal_access: bool = False

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent."""
        sent = self.model_dump(include=self.model_fields_set)
        return sent | ({"site_ids": tuple(dict.fromkeys(self.site_ids))} if "site_ids" in sent else {})


class ProfileChanges(Strict):
    """``PATCH /api/portal/profile``: what is left out stays; a phone of null goes."""

    name: Text = ""
    phone: OptionalText = None

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent."""
        return self.model_dump(include=self.model_fields_set)


class SignedInContactView(Strict):
    """Who is signed in."""

    id: str
    name: str
    email: str | None
    phone: str | None


class ProfileAnswer(Strict):
    """One's own profile."""

    contact: SignedInContactView


class PortalContactView(Strict):
    """A contact of the customer."""

    id: str
    name: str
    email: str | None
    phone: str | None
    kind: str
    site_ids: list[str]
    portal_access: bool
    invited_at: datetime | None
    last_sign_in_at: datetime | None


class PortalContactPage(Strict):
    """Some of the customer's contacts, by name."""

    items: list[PortalContactView]
    next_cursor: str | None


class PortalSiteView(Strict):
    """A site."""

    id: str
    name: str
    number: str
    address: str | None


class PortalSitePage(Strict):
    """Some of the sites that a contact may act for, by number."""

    items: list[PortalSiteView]
    next_cursor: str | None


def signed_in_contact_view(contact: Contact) -> SignedInContactView:
    """Show a contact to itself."""
    return SignedInContactView(id=contact.contact_id, name=contact.name, email=contact.email, phone=contact.phone)


def contact_view(contact: Contact) -> PortalContactView:
    """Show a contact."""
    return PortalContactView(
        id=contact.contact_id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        kind=contact.kind,
        site_ids=list(contact.site_ids),
        portal_access=contact.portal_access,
        invited_at=contact.invited_at,
        last_sign_in_at=contact.last_sign_in_at,
    )


def contact_page(contacts: Sequence[Contact], limit: int, after: str | None) -> PortalContactPage:
    """Show a page of contacts; ``after`` is the last id of the page before."""
    ordered = sorted(contacts, key=lambda one: (one.name.casefold(), one.contact_id))
    items, following = _page(ordered, lambda one: one.contact_id, limit, after)
    return PortalContactPage(items=[contact_view(one) for one in items], next_cursor=following)


def site_page(sites: Sequence[Site], caller: ContactCaller, limit: int, after: str | None) -> PortalSitePage:
    """Show a page of the sites that a contact may act for: a site contact's own, else all (R54)."""
    own = [one for one in sites if caller.kind != SITE or one.site_id in caller.site_ids]
    ordered = sorted(own, key=lambda one: (one.number, one.name.casefold(), one.site_id))
    items, following = _page(ordered, lambda one: one.site_id, limit, after)
    views = [PortalSiteView(id=one.site_id, name=one.name, number=one.number, address=one.address) for one in items]
    return PortalSitePage(items=views, next_cursor=following)


def _page(rows: list[Row], id_of: Callable[[Row], str], limit: int, after: str | None) -> tuple[list[Row], str | None]:
    ids = [id_of(row) for row in rows]
    # A row that was deleted meanwhile has no place any more: the list begins anew.
    start = ids.index(after) + 1 if after in ids else 0
    page = rows[start : start + limit]
    return page, ids[start + limit - 1] if start + limit < len(rows) else None
