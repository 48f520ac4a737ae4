"""Logins of contacts: one per email address, memberships below it, and the single-use links that mails carry (R50-R58)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from duebook.domain.directory import Contact, Customer, Tenant
from duebook.domain.portal_access import COMPANY, SITE, ContactCaller

PORTAL_PLAN = "pro"
"""The plan that the portal belongs to (R58)."""

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(minutes=30)
KNOWN_AFTERWARDS = timedelta(days=30)
"""So long an ended link is still recognised, so that a new one can be asked for in its place."""


class LinkPurpose(StrEnum):
    """What a mailed link is for."""

    INVITATION = "invitation"
    RESET = "password_reset"


@dataclass(frozen=True, slots=True)
class Membership:
    """A contact with portal access, as it stands below the login of the contact's email address."""

    tenant_id: str
    customer_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class Login:
    """What one email address signs in with, at however many customers (R56).

    Args:
        login_id: Made from the address, so that no address stands in a key.
        password_hash: argon2id, or None before the first password.
        generation: Counts what ends sessions and links: each carries the generation it was made in, and a later one ends it.
        last_membership: The one that was used last.
        last_sign_in_at: UTC.
        version: Counts the writes of this item; 0 before it exists.
    """

    login_id: str
    password_hash: str | None = None
    generation: int = 0
    last_membership: Membership | None = None
    last_sign_in_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Access:
    """What a membership stands for at this moment: the business, the customer and the contact."""

    tenant: Tenant
    customer: Customer
    contact: Contact

    @property
    def membership(self) -> Membership:
        """The membership."""
        return Membership(self.tenant.tenant_id, self.customer.customer_id, self.contact.contact_id)

    @property
    def caller(self) -> ContactCaller:
        """Who acts with it. The named sites bind a site contact only; a company contact reaches all of them."""
        contact = self.contact
        sites = contact.site_ids if contact.kind == SITE else ()
        return ContactCaller(self.tenant.tenant_id, self.customer.customer_id, contact.contact_id, contact.kind, sites)


@dataclass(frozen=True, slots=True)
class ContactSession:
    """A contact who is signed in, until when.

    Args:
        login_id: Of the address they signed in with.
        membership: The one they act for.
        access_since: Of the contact when the session began or was switched: access that ended and was given anew is another one.
        generation: Of the login.
    """

    login_id: str
    membership: Membership
    access_since: datetime | None
    generation: int
    started_at: datetime
    idle_until: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """What a mailed link stands for. Its token is known to the mail alone; we keep its hash.

    Args:
        purpose: What it is for.
        login_id: Whose password it sets.
        membership: In whose name it was mailed; the link ends with it (R53).
        access_since: Of the contact when it was made.
        generation: Of the login when it was made: a password that was set meanwhile ends it.
        valid_until: UTC.
        used_at: When it was redeemed, or None.
    """

    purpose: LinkPurpose
    login_id: str
    membership: Membership
    access_since: datetime | None
    generation: int
    valid_until: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkOrder:
    """A mail with a link that was asked for. It names no address: whoever writes the mail reads it when the time comes.

    Args:
        order_id: Ours; the same order again is the same mail.
        purpose: What for.
        at: When it was asked for.
        login_id: Whose password is to be reset, or None.
        membership: Who is invited, or in whose name a link is mailed again; None leaves the choice.
    """

    order_id: str
    purpose: LinkPurpose
    at: datetime
    login_id: str | None = None
    membership: Membership | None = None


def login_id_of(email: str) -> str:
    """Return the id of an address's login: the same for any capitals and outer blanks."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


def membership_id(membership: Membership) -> str:
    """Return what a membership is called outside."""
    text = f"{membership.tenant_id}#{membership.customer_id}#{membership.contact_id}"
    return f"mem_{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def login_of_contact(contact: Contact | None) -> str | None:
    """Return the login that a contact may use now, or None: no access, or nobody to ask for it."""
    return login_id_of(contact.email) if contact and contact.portal_access and contact.email else None


def is_open(access: Access, login_id: str) -> bool:
    """Tell whether a login may act for a membership now (R53, R58)."""
    return access.tenant.plan == PORTAL_PLAN and access.customer.enabled and login_of_contact(access.contact) == login_id


def holds(session: ContactSession, login: Login, access: Access) -> bool:
    """Tell whether a session still stands: the login was not signed out everywhere, and the access is the one it began with."""
    return (
        session.generation == login.generation and session.access_since == access.contact.access_since and is_open(access, session.login_id)
    )


def opens(link: Link, login: Login, access: Access, now: datetime) -> bool:
    """Tell whether a link may still be redeemed."""
    return (
        link.used_at is None
        and now < link.valid_until
        and link.generation == login.generation
        and link.access_since == access.contact.access_since
        and is_open(access, link.login_id)
    )


def lasts(purpose: LinkPurpose) -> timedelta:
    """Return how long a link is valid."""
    return INVITATION_LASTS if purpose is LinkPurpose.INVITATION else RESET_LASTS


def in_order(accesses: Iterable[Access]) -> list[Access]:
    """Return accesses as a person is offered them: company before site, then by names."""
    return sorted(
        accesses,
        key=lambda one: (
            one.contact.kind != COMPANY,
            one.tenant.name.casefold(),
            one.customer.name.casefold(),
            membership_id(one.membership),
        ),
    )


def chosen(accesses: Iterable[Access], last: Membership | None) -> Access | None:
    """Return the access to begin with: the one used last, else a company contact's before a site contact's; None of none."""
    ordered = in_order(accesses)
    return next((one for one in ordered if one.membership == last), ordered[0] if ordered else None)


def with_password(login: Login, password_hash: str) -> Login:
    """Return the login with a new password. Sessions and links of before end."""
    return replace(login, password_hash=password_hash, generation=login.generation + 1)


def signed_out_everywhere(login: Login) -> Login:
    """Return the login with all its sessions and links ended."""
    return replace(login, generation=login.generation + 1)


def granted(contact: Contact, was: Contact | None, now: datetime) -> Contact:
    """Return a contact as it is written, with what is ours to say of its access.

    Access that is switched on, or goes over to another address, is a new one: it begins now, after every one before, whatever the clock
    says, and nobody was invited to it yet.
    """
    before = was.access_since if was else None
    signed_in = was.last_sign_in_at if was and was.email == contact.email else None
    if login_of_contact(contact) is None:
        return replace(contact, access_since=before, invited_at=None, last_sign_in_at=signed_in)
    if was is not None and not begins(contact, was):
        return replace(contact, access_since=before, invited_at=was.invited_at, last_sign_in_at=was.last_sign_in_at)
    since = now if before is None else max(now, before + timedelta(microseconds=1))
    return replace(contact, access_since=since, invited_at=None, last_sign_in_at=signed_in)


def begins(contact: Contact, was: Contact | None) -> bool:
    """Tell whether a contact has access that it did not have before: switched on, or with another address.

    Access on record without a beginning was given before there was a portal: it begins when the contact is written next.
    """
    login_id = login_of_contact(contact)
    return login_id is not None and (was is None or was.access_since is None or login_id != login_of_contact(was))
