"""The staff API's answers about mails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from duebook.domain.bounce_words import reason_words
from duebook.domain.email_activity import Mail, MailText, shown_status
from duebook.domain.suppression import AddressRecord, SuppressedFor
from duebook.mail.message import with_logo
from duebook.storage.email_items import TEXT_KEPT
from duebook.usecases.read_mails import MailPage
from duebook.web.fields import Strict

UNSUBSCRIBED: Literal["unsubscribed"] = "unsubscribed"
WORDS: Mapping[SuppressedFor | None, str] = {
    SuppressedFor.BOUNCE: "A mail bounced for good.",
    SuppressedFor.SOFT_BOUNCES: "Three mails in a row bounced.",
    SuppressedFor.COMPLAINT: "Somebody there marked a mail as spam.",
    SuppressedFor.PROVIDER: "The mail service no longer writes to it.",
    None: "Somebody there unsubscribed from mails that come by themselves; others still go there.",
}
"""Why mails are held back; None for one that unsubscribed."""


class MailEventView(Strict):
    """What happened to a mail: as its teller said it, and where it did not arrive, why in plain words."""

    type: str
    at: datetime
    detail: str | None
    words: str | None


class AboutView(Strict):
    """The document a mail is about."""

    kind: str
    id: str


class MailView(Strict):
    """A mail in Email activity."""

    id: str
    to: str
    subject: str
    kind: str
    customer_id: str | None
    about: AboutView | None
    status: str
    created_at: datetime
    again_of: str | None
    events: list[MailEventView]


class AttachmentView(Strict):
    """A file that went with a mail."""

    name: str
    content_type: str


class WholeMailView(MailView):
    """A mail with what it said; ``text`` and ``html`` are null after ``kept_until``."""

    text: str | None
    html: str | None
    attachments: list[AttachmentView]
    kept_until: datetime


class DayView(Strict):
    """How many mails of a day stand where."""

    day: date
    counts: dict[str, int]


class MailActivityView(Strict):
    """Some mails, newest first, with counts by status over the whole range and by day.

    A page may hold fewer than were asked for, or none, and yet have a ``next_cursor``: a search looks at so many mails at a time.
    ``counts_leave_out`` names the filters that the counts do not follow.
    """

    items: list[MailView]
    counts: dict[str, int]
    days: list[DayView]
    counts_leave_out: list[str]
    next_cursor: str | None


class SuppressionView(Strict):
    """An address to which some or all mails are held back."""

    address: str
    reason: Literal["bounce", "soft_bounces", "complaint", "provider", "unsubscribed"]
    since: datetime | None
    words: str


class SuppressionPage(Strict):
    """Some addresses, in their order."""

    items: list[SuppressionView]
    next_cursor: str | None


class MailListView(Strict):
    """Some mails of a customer, newest first."""

    items: list[MailView]
    next_cursor: str | None


def mail_view(mail: Mail) -> MailView:
    """Show a mail."""
    return MailView(**_mail(mail))


def whole_mail_view(mail: Mail, text: MailText | None, logo_url: str | None) -> WholeMailView:
    """Show a mail with what it said, the sender's logo where the mail had it."""
    return WholeMailView(
        **_mail(mail),
        text=text.text if text else None,
        html=with_logo(text.html, logo_url) if text else None,
        attachments=[AttachmentView(name=one.name, content_type=one.content_type) for one in text.attachments] if text else [],
        kept_until=mail.created_at + TEXT_KEPT,
    )


def suppression_page(found: Sequence[AddressRecord], following: str | None) -> SuppressionPage:
    """Show a page of addresses to which mails are held back."""
    return SuppressionPage(items=[_suppression(known) for known in found], next_cursor=following)


def _suppression(known: AddressRecord) -> SuppressionView:
    reason = known.suppressed_for
    return SuppressionView(
        address=known.address,
        reason=reason.value if reason else UNSUBSCRIBED,
        since=known.suppressed_at if reason else known.unsubscribed_at,
        words=WORDS[reason],
    )


def _mail(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.key.mail_id,
        "to": mail.to,
        "subject": mail.subject,
        "kind": mail.kind.value,
        "customer_id": mail.customer_id,
        "about": AboutView(kind=mail.about.kind, id=mail.about.id) if mail.about else None,
        "status": shown_status(mail).value,
        "created_at": mail.created_at,
        "again_of": mail.again_of,
        "events": [
            MailEventView(type=event.type.value, at=event.at, detail=event.words, words=reason_words(event)) for event in mail.events
        ],
    }


def mail_activity_view(page: MailPage) -> MailActivityView:
    """Show a page of Email activity."""
    return MailActivityView(
        items=[mail_view(mail) for mail in page.mails],
        counts=page.counts,
        days=[DayView(day=day, counts=counts) for day, counts in page.by_day.items()],
        counts_leave_out=list(page.counts_leave_out),
        next_cursor=page.next_before,
    )


def mail_list_view(mails: list[Mail], limit: int) -> MailListView:
    """Show a page of a customer's mails, of which one more than the page holds was read."""
    following = mails[limit - 1].key.mail_id if len(mails) > limit else None
    return MailListView(items=[mail_view(mail) for mail in mails[:limit]], next_cursor=following)
