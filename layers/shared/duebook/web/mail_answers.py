"""The staff API's answers about mails."""

from __future__ import annotations

from datetime import date, datetime

from duebook.domain.email_activity import Mail, shown_status
from duebook.usecases.read_mails import MailPage
from duebook.web.fields import Strict


class MailEventView(Strict):
    """What happened to a mail."""

    type: str
    at: datetime
    detail: str | None


class MailView(Strict):
    """A mail in Email activity."""

    id: str
    to: str
    subject: str
    kind: str
    customer_id: str | None
    status: str
    created_at: datetime
    events: list[MailEventView]


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


class MailListView(Strict):
    """Some mails of a customer, newest first."""

    items: list[MailView]
    next_cursor: str | None


def mail_view(mail: Mail) -> MailView:
    """Show a mail."""
    return MailView(
        id=mail.key.mail_id,
        to=mail.to,
        subject=mail.subject,
        kind=mail.kind.value,
        customer_id=mail.customer_id,
        status=shown_status(mail).value,
        created_at=mail.created_at,
        events=[MailEventView(type=event.type.value, at=event.at, detail=event.words) for event in mail.events],
    )


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
