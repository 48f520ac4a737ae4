"""Write the mails about service requests that were ordered with them: received, completed, declined (R83)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.email_activity import About, Mail, MailKind, MailStatus, MailText, mail_caused
from duebook.domain.request_news import RequestNews
from duebook.domain.service_requests import RequestMailOrder
from duebook.ports import MailQueue
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore
from duebook.storage.request_store import RequestStore
from duebook.usecases.queue_mail import queue_mail


@dataclass(frozen=True, slots=True)
class RequestPost:
    """What writing such a mail takes: who asked, requests, Email activity, the queue of mails to send, and who writes it."""

    directory: DirectoryStore
    requests: RequestStore
    mails: EmailStore
    queue: MailQueue
    write: Callable[[MailKind, RequestNews], MailText]


def send_request_mail(order: RequestMailOrder, *, post: RequestPost, now: datetime) -> str:
    """Queue the mail to who asked, at the address of today. Safe to run again: one order is one mail.

    Returns:
        ``queued``, or ``no_address`` where the contact is gone or has no email address.

    Raises:
        NotFoundError: No such request.
        TransientError: Run it again.
    """
    request = post.requests.get(order.tenant_id, order.customer_id, order.request_id)
    contact = post.directory.contact(order.tenant_id, order.customer_id, request.contact.contact_id)
    if contact is None or not contact.email:
        return "no_address"
    known = post.mails.find(_mail(order, contact.email).key)
    if known is not None:
        if known.status is MailStatus.QUEUED:
            post.queue.put(known.key)
        return "queued"
    tenant = post.directory.tenant(order.tenant_id)
    customer = post.directory.customer(order.tenant_id, order.customer_id)
    text = post.write(order.kind, RequestNews(tenant, customer, contact, request))
    queue_mail(_mail(order, contact.email, text.subject), text, mails=post.mails, queue=post.queue, now=now)
    return "queued"


def _mail(order: RequestMailOrder, to: str, subject: str = "") -> Mail:
    return mail_caused(
        order.tenant_id,
        order.order_id,
        at=order.at,
        to=to,
        subject=subject,
        kind=order.kind,
        customer_id=order.customer_id,
        about=About("request", order.request_id),
    )
