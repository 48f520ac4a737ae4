"""Mails to who asked for service: the request was received, taken on, or declined and why (R83)."""

from __future__ import annotations

from dataclasses import dataclass

from duebook.domain.email_activity import MailKind, MailText
from duebook.domain.request_news import RequestNews
from duebook.errors import InvariantError
from duebook.mail.fillings import request_filling
from duebook.mail.formats import day_text
from duebook.mail.message import MAX_SUBJECT, one_line
from duebook.mail.rendering import rendered
from duebook.mail.tenant_texts import OwnWords, TenantWords, own_words
from duebook.mail.words import accent_of, support_ways


@dataclass(frozen=True, slots=True)
class ServiceRequestView:
    """Such a mail in words, as its frames show it.

    Args:
        tenant_name: Whom the service was asked of.
        accent: Colour of the bar.
        preheader: What the list of mails shows beside the subject.
        heading: What happened, in two or three words.
        greeting: By name.
        opening: What happened.
        facts: What was asked for, labels and values; the reason first where it was declined.
        advice: What comes next.
        link: To the requests in the portal, for who signs in.
        support_note: Whom to ask.
        why: Why the reader gets this mail.
        own: The business's words in place of our opening, if it has some.
    """

    tenant_name: str
    accent: str
    preheader: str
    heading: str
    greeting: str
    opening: str
    facts: tuple[tuple[str, str], ...]
    advice: str
    link: str
    support_note: str
    why: str
    own: OwnWords | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What differs from mail to mail."""

    subject: str
    heading: str
    opening: str
    advice: str


def write_service_request(kind: MailKind, news: RequestNews, *, portal_origin: str, words: TenantWords | None = None) -> MailText:
    """Write to who asked how a request stands.

    Args:
        kind: ``request_received``, ``request_completed`` or ``request_declined``.
        news: The request.
        portal_origin: Where the pages are.
        words: The business's own text for this kind of mail, if it has one.
    """
    tenant, ours = news.tenant, _words(kind, news)
    own = own_words(words, lambda: request_filling(news))
    view = ServiceRequestView(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        preheader=own.preheader if own else ours.opening,
        heading=ours.heading,
        greeting=f"Hello {news.contact.name},",
        opening=ours.opening,
        facts=_facts(kind, news),
        advice=ours.advice,
        link=f"{portal_origin}/requests",
        support_note=f"Questions about this request? Contact {tenant.name}{support_ways(tenant)}.",
        why=f"You get this mail because you asked {tenant.name} for service for {news.customer.name}.",
        own=own,
    )
    return rendered("service_request", own.subject if own else one_line(ours.subject, MAX_SUBJECT), view)


def _words(kind: MailKind, news: RequestNews) -> Words:
    tenant, request = news.tenant.name, news.request
    what = f"{request.service.name} ({request.product.name}) at {request.site.name}"
    match kind:
        case MailKind.REQUEST_RECEIVED:
            return Words(
                f"{tenant} has your request",
                "Request received",
                f"Thank you. We have your request for {what}.",
                "We look at it and write to you again. Nothing is booked yet.",
            )
        case MailKind.REQUEST_COMPLETED:
            return Words(
                f"Your request to {tenant} is taken on",
                "Request taken on",
                f"Your request for {what} is taken on.",
                "Should anything about it change, please tell us.",
            )
        case MailKind.REQUEST_DECLINED:
            return Words(
                f"Your request to {tenant}",
                "Request declined",
                f"We are sorry: we cannot take on your request for {what}.",
                "You can ask again at any time, for another day or another service.",
            )
    raise InvariantError(f"{kind.value} is no mail about a service request")


def _facts(kind: MailKind, news: RequestNews) -> tuple[tuple[str, str], ...]:
    request, locale = news.request, news.customer.locale or news.tenant.locale
    job = request.job if kind is MailKind.REQUEST_COMPLETED else None
    found = (
        ("Reason", request.decline_reason if kind is MailKind.REQUEST_DECLINED else None),
        ("Planned for", day_text(job.scheduled_on, locale) if job and job.scheduled_on else None),
        ("Service", request.service.name),
        ("Product", request.product.name),
        ("Site", " · ".join(part for part in (request.site.name, request.site.number) if part)),
        ("Wanted on", day_text(request.wanted_on, locale) if request.wanted_on else None),
        ("PO number", request.po_number),
        ("Your note", request.note),
    )
    return tuple((label, value) for label, value in found if value)
