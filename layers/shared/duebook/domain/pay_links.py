"""Links to pay in mails: which mails carry one, for whom it is made, how long it opens, and what a session begun with it stands on (R74)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duebook.domain.directory import Contact, Customer, Tenant
from duebook.domain.email_activity import PAST_DUE_TIERS, MailKind, MailText
from duebook.domain.identity import PORTAL_PLAN
from duebook.domain.portal_access import COMPANY, PAYER, ContactCaller

CARRY_PAY_LINKS = frozenset({MailKind.NEW_INVOICE, MailKind.ACCOUNT_SUMMARY, *PAST_DUE_TIERS})
"""Kinds whose link signs in by itself."""
PLACE_HOLDERS = ("#token=…", "#token=&hellip;", "#token=%E2%80%A6")
"""How the link stands in what is kept, as written and as HTML may write it; the token takes the place of the dots as the mail leaves."""
PAY_PAGE = "/pay"
"""Path of the page that such a link opens."""
LINK_LASTS = timedelta(days=30)
SESSION_IDLE = timedelta(minutes=30)
SESSION_LONGEST = timedelta(hours=4)
_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PayLink:
    """A link as it went out in one mail. Its token is known to the mail alone; we keep its hash.

    Args:
        tenant_id: Whose mail.
        customer_id: Who pays.
        address: Where it was mailed.
        mail_id: In which mail.
        made_at: UTC; links of an instant up to the customer's ``links_from`` are revoked.
        valid_until: UTC.
        contact_id: Whose address it is, or None for the customer's own.
        access_since: Of that contact's portal access when it was made; None without access.
    """

    tenant_id: str
    customer_id: str
    address: str
    mail_id: str
    made_at: datetime
    valid_until: datetime
    contact_id: str | None = None
    access_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PayerSession:
    """Somebody who opened a link, until when. It may outlast the link by its own length, and ends at once with what the link stands on."""

    link: PayLink
    started_at: datetime
    idle_until: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What a link stands on at this moment: the business, the customer, the contact it was mailed to, and the customer's last revocation."""

    tenant: Tenant
    customer: Customer
    contact: Contact | None = None
    links_from: datetime | None = None


def same_address(one: str | None, other: str | None) -> bool:
    """Tell whether two addresses are one mailbox's, whatever their capitals; nobody's is no one's."""
    return bool(one and other) and (one or "").strip().lower() == (other or "").strip().lower()


def made_link(mail_id: str, address: str, standing: Standing, contacts: Iterable[Contact], now: datetime) -> PayLink | None:
    """Return the link of a mail, or None for an address that is no longer the customer's.

    It is the customer's own address, or a company contact's. A link made after a revocation is good, whatever the clock says.
    """
    customer, revoked_at = standing.customer, standing.links_from
    made_at = now if revoked_at is None else max(now, revoked_at + _A_MOMENT)
    link = PayLink(standing.tenant.tenant_id, customer.customer_id, address, mail_id, made_at, now + LINK_LASTS)
    if same_address(customer.email, address):
        return link
    for contact in sorted(contacts, key=lambda one: (not one.portal_access, one.contact_id)):
        if contact.kind == COMPANY and same_address(contact.email, address):
            return replace(link, contact_id=contact.contact_id, access_since=contact.access_since if contact.portal_access else None)
    return None


def stands(link: PayLink, standing: Standing) -> bool:
    """Tell whether nothing has ended a link: not revoked, customer enabled, plan with a portal, its address still the customer's (R53)."""
    if standing.tenant.plan != PORTAL_PLAN or not standing.customer.enabled:
        return False
    if standing.links_from is not None and link.made_at <= standing.links_from:
        return False
    if link.contact_id is None:
        return same_address(standing.customer.email, link.address)
    return standing.contact is not None and _is_still_theirs(link, standing.contact)


def opens(link: PayLink, standing: Standing, now: datetime) -> bool:
    """Tell whether a link may still be traded for a session; as often as it is, until it expires."""
    return now < link.valid_until and stands(link, standing)


def begun_session(link: PayLink, now: datetime) -> PayerSession:
    """Return the session that a link begins."""
    return PayerSession(link, now, now + SESSION_IDLE, now + SESSION_LONGEST)


def prolonged(session: PayerSession, now: datetime) -> PayerSession:
    """Return a session after its use."""
    return replace(session, idle_until=min(now + SESSION_IDLE, session.ends_at))


def revocation(links_from: datetime | None, now: datetime) -> datetime:
    """Return the instant up to which a customer's links are dead; it never goes back."""
    return now if links_from is None else max(now, links_from + _A_MOMENT)


def payer_of(link: PayLink) -> ContactCaller:
    """Return who acts with a link."""
    return ContactCaller(link.tenant_id, link.customer_id, PAYER, PAYER, address=link.address)


def wants_token(kind: MailKind, text: MailText, portal_origin: str) -> bool:
    """Tell whether a mail carries a link to our own page that is still without its token."""
    place = _place(portal_origin)
    return kind in CARRY_PAY_LINKS and any(place.search(part) for part in (text.html, text.text))


def with_token(text: MailText, token: str, portal_origin: str) -> MailText:
    """Return a text as it leaves, its link opening something.

    Only where the address of our own page begins does the token take its place: a business's text that writes the dots behind another
    address, or ours inside another one, gets none.
    """
    place, opening = _place(portal_origin), f"{portal_origin}{PAY_PAGE}#token={token}"
    return replace(text, html=place.sub(lambda _: opening, text.html), text=place.sub(lambda _: opening, text.text))


def _place(portal_origin: str) -> re.Pattern[str]:
    holders = "|".join(re.escape(holder) for holder in PLACE_HOLDERS)
    return re.compile(rf"(?<![^\s\"'(>]){re.escape(portal_origin + PAY_PAGE)}(?:{holders})")


def _is_still_theirs(link: PayLink, contact: Contact) -> bool:
    if contact.kind != COMPANY or not same_address(contact.email, link.address):
        return False
    return link.access_since is None or (contact.portal_access and contact.access_since == link.access_since)
