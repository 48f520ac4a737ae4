"""Unsubscribe with one click from mails that come by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.directory import Tenant
from duebook.domain.email_activity import MAY_BE_LEFT, Mail
from duebook.domain.suppression import unsubscribed
from duebook.errors import NotFoundError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore


@dataclass(frozen=True, slots=True)
class LeaveDesk:
    """What links to unsubscribe take.

    Args:
        mails: Where they and what is known of addresses are kept.
        new_token: Makes an unguessable token.
        hashed: What is stored in place of it.
        now: Aware UTC.
    """

    mails: EmailStore
    new_token: Callable[[], str]
    hashed: Callable[[str], str]
    now: datetime


def leave_link(mail: Mail, *, portal_origin: str, desk: LeaveDesk) -> str | None:
    """Return the link by which a mail's recipient unsubscribes, or None for a kind that answers what somebody did.

    Source: RFC 8058, "Signaling One-Click Functionality for List Email Headers".
    """
    if mail.kind not in MAY_BE_LEFT:
        return None
    token = desk.new_token()
    desk.mails.add_leave_link(desk.hashed(token), mail.key.tenant_id, mail.to, desk.now)
    return f"{portal_origin}/api/unsubscribe/{token}"


def read_leave_link(token: str, *, desk: LeaveDesk, directory: DirectoryStore) -> Tenant:
    """Return whose mails a link ends; looking changes nothing.

    Raises:
        NotFoundError: No such link.
    """
    return directory.tenant(_found(token, desk)[0])


def unsubscribe(token: str, *, desk: LeaveDesk, directory: DirectoryStore) -> Tenant:
    """Send the link's address no more mails that come by themselves, and return whose they were. Saying it again changes nothing.

    Raises:
        NotFoundError: No such link.
        ConflictError: What is known of the address kept changing.
    """
    tenant_id, address = _found(token, desk)
    desk.mails.change_address(tenant_id, address, lambda known: unsubscribed(known, desk.now))
    return directory.tenant(tenant_id)


def _found(token: str, desk: LeaveDesk) -> tuple[str, str]:
    found = desk.mails.leave_link(desk.hashed(token), desk.now)
    if found is None:
        raise NotFoundError("This link is not known. It may be too old.")
    return found
