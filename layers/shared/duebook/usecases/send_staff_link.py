"""Write the mails by which staff set a password: when they are added, and when another link is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from duebook.domain.directory import Staff, Tenant
from duebook.domain.email_activity import About, Mail, MailKind, MailStatus, MailText, mail_caused
from duebook.domain.identity import INVITATION_LASTS, RESET_LASTS
from duebook.domain.staff_access import StaffLink, StaffLinkOrder
from duebook.domain.throttling import LINKS_BY_LOGIN
from duebook.ports import MailQueue
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore
from duebook.storage.staff_store import StaffStore
from duebook.storage.transient_store import TransientStore
from duebook.usecases.count_misses import Limits, count_misses, longest_wait
from duebook.usecases.queue_mail import queue_mail

LIMITS: Limits = (("link-staff", LINKS_BY_LOGIN),)


@dataclass(frozen=True, slots=True)
class StaffLinkPost:
    """What writing such a mail takes.

    Args:
        directory: Who the person is now.
        staff: Where links are kept.
        transient: Where mails to one person are counted.
        mails: Email activity.
        queue: Of mails to send.
        new_token: Makes an unguessable token.
        hashed: What is stored in place of it.
        write: Writes the mail.
    """

    directory: DirectoryStore
    staff: StaffStore
    transient: TransientStore
    mails: EmailStore
    queue: MailQueue
    new_token: Callable[[], str]
    hashed: Callable[[str], str]
    write: Callable[[Tenant, Staff, str], MailText]


def send_staff_link(order: StaffLinkOrder, *, post: StaffLinkPost, now: datetime) -> str:
    """Make a link for a staff member, and queue the mail that carries it. Safe to run again: one order is one mail.

    Returns:
        ``queued``, ``no_access`` where the person is gone, or ``too_many`` after many mails to one person.

    Raises:
        TransientError: Run it again.
    """
    person = post.directory.staff(order.tenant_id, order.staff_id)
    if person is None:
        return "no_access"
    known = post.mails.find(_mail(order, person).key)
    if known is not None:
        if known.status is MailStatus.QUEUED:
            post.queue.put(known.key)
        return "queued"
    subject = (f"{person.tenant_id}.{person.staff_id}",)
    if longest_wait(LIMITS, subject, transient=post.transient, now=now) > timedelta(0):
        return "too_many"
    count_misses(LIMITS, subject, transient=post.transient, now=now)
    token = post.new_token()
    lasts = INVITATION_LASTS if person.password_hash is None else RESET_LASTS
    post.staff.add_link(post.hashed(token), StaffLink(person.tenant_id, person.staff_id, person.generation, now + lasts))
    text = post.write(post.directory.tenant(person.tenant_id), person, token)
    queue_mail(_mail(order, person, text.subject), text, mails=post.mails, queue=post.queue, now=now)
    return "queued"


def _mail(order: StaffLinkOrder, person: Staff, subject: str = "") -> Mail:
    return mail_caused(
        person.tenant_id,
        f"{order.order_id}.{person.staff_id}",
        at=order.at,
        to=person.email,
        subject=subject,
        kind=MailKind.INVITATION if person.password_hash is None else MailKind.PASSWORD_RESET,
        customer_id=None,
        about=About("staff", person.staff_id),
    )
