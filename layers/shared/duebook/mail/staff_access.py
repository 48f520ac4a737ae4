"""Mails that let a staff member in: the invitation, and the link for another password."""

from __future__ import annotations

from urllib.parse import quote

from duebook.domain.directory import Staff, Tenant
from duebook.domain.email_activity import MailText
from duebook.mail.portal_access import PortalAccessView
from duebook.mail.rendering import rendered
from duebook.mail.words import accent_of

CAN = {
    "viewer": "see customers, invoices, payments and mails",
    "collector": "see everything, record and apply payments, and send statements",
    "manager": "do what collectors do, refund and void, keep customers and import",
    "admin": "do everything, settings and staff included",
}


def write_staff_access(tenant: Tenant, person: Staff, token: str, *, portal_origin: str) -> MailText:
    """Write an invitation, or a reset mail to somebody who has a password.

    Args:
        tenant: Whose staff.
        person: Who gets it.
        token: Of the link.
        portal_origin: Where the pages are.
    """
    new = person.password_hash is None
    if new:
        subject, heading = f"You now work with Duebook at {tenant.name}", "Welcome to Duebook"
        opening = f"You were added to the staff of {tenant.name}. As {person.role.value} you can {CAN[person.role.value]}."
        note = "The link works once, for seven days. After that, ask an admin of your business for another one."
        reason = f"You get this mail because an admin of {tenant.name} added you. If you did not expect it, ignore it."
    else:
        subject, heading = f"Set a new password for Duebook at {tenant.name}", "Set a new password"
        opening = f"An admin of {tenant.name} sent you a link to set a new password for {person.email}."
        note = "The link works once, for 30 minutes. Until you use it, your password stays as it is."
        reason = "If you did not ask for this, tell your admin. Do not pass this mail on: the link opens your access."
    view = PortalAccessView(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        preheader=opening,
        heading=heading,
        greeting=f"Hello {person.name},",
        opening=opening,
        link=f"{portal_origin}/admin/set-password#token={quote(token, safe='')}",
        link_label="Set your password" if new else "Set a new password",
        note=note,
        reason=reason,
        support_note=f"Questions? Ask the admin of {tenant.name} who sent you this.",
    )
    return rendered("portal_access", subject, view)
