"""Write the mails that were asked for with a link: invitations and forgotten passwords."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from duebook.domain.email_activity import About, Mail, MailKind, MailStatus, MailText, mail_caused
from duebook.domain.identity import Access, Link, LinkOrder, LinkPurpose, Login, chosen, is_open, lasts, login_of_contact, membership_id
from duebook.domain.throttling import LINKS_BY_LOGIN
from duebook.ports import MailQueue
from duebook.storage.email_store import EmailStore
from duebook.storage.login_store import LoginStore
from duebook.storage.pass_store import PassStore
from duebook.storage.transient_store import TransientStore
from duebook.usecases.count_misses import Limits, count_misses, longest_wait
from duebook.usecases.queue_mail import queue_mail

LIMITS: Limits = (("link-login", LINKS_BY_LOGIN),)


@dataclass(frozen=True, slots=True)
class LinkPost:
    """What writing such a mail takes.

    Args:
        logins: Who is behind an address now.
        passes: Where links are kept.
        transient: Where mails to one address are counted.
        mails: Email activity.
        queue: Of mails to send.
        new_token: Makes an unguessable token.
        hashed: What is stored in place of it.
        write: Writes the mail of a purpose: with a token, or without one to somebody who has a password already.
    """

    logins: LoginStore
    passes: PassStore
    transient: TransientStore
    mails: EmailStore
    queue: MailQueue
    new_token: Callable[[], str]
    hashed: Callable[[str], str]
    write: Callable[[LinkPurpose, Access, str | None], MailText]


def send_link(order: LinkOrder, *, post: LinkPost, now: datetime) -> str:
    """Make a link for who has access now, and queue the mail that carries it. Safe to run again: one order is one mail.

    Returns:
        ``queued``, ``no_access`` where nobody may be written to, or ``too_many`` after many mails to one address.

    Raises:
        TransientError: Run it again.
    """
    found = _found(order, post.logins)
    if found is None:
        return "no_access"
    login, access = found
    mail = _mail(order, access)
    known = post.mails.find(mail.key)
    if known is not None:
        if known.status is MailStatus.QUEUED:
            post.queue.put(known.key)
        return "queued"
    if longest_wait(LIMITS, (login.login_id,), transient=post.transient, now=now) > timedelta(0):
        return "too_many"
    count_misses(LIMITS, (login.login_id,), transient=post.transient, now=now)
    text = post.write(order.purpose, access, _new_token(order, login, access, post, now))
    queue_mail(_mail(order, access, text.subject), text, mails=post.mails, queue=post.queue, now=now)
    return "queued"


def _found(order: LinkOrder, logins: LoginStore) -> tuple[Login, Access] | None:
    """Return whom an order is for, if they have access now (R52, R53)."""
    if order.membership is None:
        login, memberships = logins.find(order.login_id or "")
        access = chosen([one for one in logins.accesses(memberships) if is_open(one, login.login_id)], login.last_membership)
        return (login, access) if access else None
    access = next(iter(logins.accesses([order.membership])), None)
    login_id = login_of_contact(access.contact) if access else None
    if access is None or login_id is None or order.login_id not in {None, login_id} or not is_open(access, login_id):
        return None
    return logins.standing(login_id, order.membership)[0], access


def _new_token(order: LinkOrder, login: Login, access: Access, post: LinkPost, now: datetime) -> str | None:
    """Make a link and return its token; whoever has a password is invited without one."""
    if order.purpose is LinkPurpose.INVITATION and login.password_hash is not None:
        return None
    token = post.new_token()
    valid_until = now + lasts(order.purpose)
    link = Link(order.purpose, login.login_id, access.membership, access.contact.access_since, login.generation, valid_until)
    post.passes.add_link(post.hashed(token), link)
    return token


def _mail(order: LinkOrder, access: Access, subject: str = "") -> Mail:
    contact = access.contact
    return mail_caused(
        access.tenant.tenant_id,
        f"{order.order_id}.{membership_id(access.membership)}",
        at=order.at,
        to=contact.email or "",
        subject=subject,
        kind=MailKind(order.purpose.value),
        customer_id=access.customer.customer_id,
        about=About("contact", contact.contact_id),
    )
