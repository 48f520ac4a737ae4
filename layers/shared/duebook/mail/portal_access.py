"""Mails that let a contact into the portal: the invitation, and the link for a forgotten password (R50, R52)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from duebook.domain.email_activity import MailText
from duebook.domain.identity import Access, LinkPurpose
from duebook.domain.portal_access import COMPANY
from duebook.mail.fillings import access_filling
from duebook.mail.formats import BLANK
from duebook.mail.rendering import rendered
from duebook.mail.tenant_texts import OwnWords, TenantWords, own_words
from duebook.mail.words import accent_of


@dataclass(frozen=True, slots=True)
class PortalAccessView:
    """Such a mail in words, as its frames show it.

    Args:
        tenant_name: Whose portal.
        accent: Colour of the bar.
        preheader: What the list of mails shows beside the subject.
        heading: What it is about.
        greeting: By name.
        opening: What the reader can do now.
        link: To the page where it is done; a token stands after ``#``, where no server sees it.
        link_label: What the button says.
        note: How long the link works, or what to do when it no longer does.
        reason: Why the reader gets this mail.
        support_note: Whom to ask.
        own: The business's words in place of our opening, if it has some.
    """

    tenant_name: str
    accent: str
    preheader: str
    heading: str
    greeting: str
    opening: str
    link: str
    link_label: str
    note: str
    reason: str
    support_note: str
    own: OwnWords | None = None


def write_portal_access(
    purpose: LinkPurpose, access: Access, token: str | None, *, portal_origin: str, words: TenantWords | None = None
) -> MailText:
    """Write an invitation or a reset mail.

    Args:
        purpose: Which of them.
        access: Who gets it, in whose name.
        token: Of the link; None for somebody who is invited and has a password already.
        portal_origin: Where the pages are.
        words: The business's own text for this kind of mail, if it has one.
    """
    if purpose is LinkPurpose.RESET:
        return _reset(access, _set_password(token, portal_origin), words)
    sign_in = f"{portal_origin}/login{f'?company={quote(access.tenant.slug)}' if access.tenant.slug else ''}"
    return _invitation(access, _set_password(token, portal_origin) if token else sign_in, words, has_password=token is None)


def _invitation(access: Access, link: str, words: TenantWords | None, *, has_password: bool) -> MailText:
    tenant, customer, contact = access.tenant.name, access.customer.name, access.contact
    can = "see and pay invoices, and ask for service" if contact.kind == COMPANY else "ask for service"
    if has_password:
        note = f"Sign in with {contact.email} and the password you already have. One sign-in serves all your companies."
    else:
        note = "The link works once, for seven days. After that, choose “Forgot password?” on the sign-in page."
    return _written(
        access,
        subject=f"Your access to the customer portal of {tenant}",
        heading="Welcome to the customer portal",
        opening=f"You can now {can} online for {customer} at {tenant}.",
        link=link,
        link_label="Sign in" if has_password else "Set your password",
        note=note,
        reason=f"You get this mail because you were given portal access for {customer}. If you did not expect it, ignore it.",
        own=own_words(words, lambda: access_filling(access, can)),
    )


def _reset(access: Access, link: str, words: TenantWords | None) -> MailText:
    return _written(
        access,
        subject=f"Set a new password for {access.tenant.name}",
        heading="Set a new password",
        opening=f"Somebody, probably you, asked for a new password for {access.contact.email}.",
        link=link,
        link_label="Set a new password",
        note="The link works once, for 30 minutes. Until you use it, your password stays as it is.",
        reason="If you did not ask for this, ignore this mail: nothing changes. Do not pass it on, the link opens your access.",
        own=own_words(words, lambda: access_filling(access)),
    )


def _written(
    access: Access,
    *,
    subject: str,
    heading: str,
    opening: str,
    link: str,
    link_label: str,
    note: str,
    reason: str,
    own: OwnWords | None,
) -> MailText:
    tenant = access.tenant
    phone = (tenant.support.phone or "").replace(" ", BLANK)
    ways = " or ".join(way for way in (tenant.support.email, phone) if way)
    view = PortalAccessView(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        preheader=own.preheader if own else opening,
        heading=heading,
        greeting=f"Hello {access.contact.name},",
        opening=opening,
        link=link,
        link_label=link_label,
        note=note,
        reason=reason,
        support_note=f"Questions? Contact {tenant.name}{': ' if ways else ''}{ways}.",
        own=own,
    )
    return rendered("portal_access", own.subject if own else subject, view)


def _set_password(token: str | None, portal_origin: str) -> str:
    # A mail that only shows how it would look leads to the page without a token.
    return f"{portal_origin}/set-password" + (f"#token={quote(token, safe='')}" if token else "")
