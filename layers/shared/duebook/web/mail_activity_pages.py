"""Email activity as a page: the list with its chips and its chart, and the same as a file (R62, R63)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalice.app import Response

from duebook.domain.email_activity import WAITING, Mail
from duebook.errors import UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore
from duebook.usecases.read_mails import MailPage, read_mails
from duebook.web import mail_words
from duebook.web.customer_choice import CustomerChoice, read_choice
from duebook.web.mail_chart import mail_chart
from duebook.web.mail_question import PATH, MailQuestion, chips, question_of, quick_ranges
from duebook.web.page_answers import PageAnswers, csv_file
from duebook.web.pages import Formats
from duebook.web.visits import Visit

ROWS = 50
CSV_ROWS = 500
MOST_CSV_ROWS = 10_000
STILL_NEW = timedelta(minutes=2)
"""A mail that waits so long is looked at by the page again and again; later on by hand."""
UNCOUNTED = {
    "q": "The counts and the chart do not follow the text.",
    "older": "The counts and the chart stop at the newest 1,000 mails.",
}
CSV_NAMES = ("created", "to", "subject", "kind", "customer_id", "status", "last_event", "last_event_at", "words", "mail_id")


@dataclass(frozen=True, slots=True)
class MailActivityPages:
    """What a request about the list takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        query: Reads a value of the address.
        directory: Where customers stand.
        mails: Where mails stand.
        now: When.
    """

    answers: PageAnswers
    visit: Visit
    query: Callable[[str], str]
    directory: DirectoryStore
    mails: EmailStore
    now: datetime

    def page(self) -> Response:
        """Show the list."""
        asked, before = question_of(self.query, self.visit.today), self.query("before") or None
        who = read_choice(self.visit.tenant_id, asked.customer, directory=self.directory)

        def way(customer_id: str | None) -> str:
            return asked.link(customer=customer_id)

        if away := who.settled(way):
            return away
        context: dict[str, Any] = {"asked": asked, "who": who, "way": way, "before": before, "section": PATH}
        ways = {"quick": quick_ranges(asked, self.visit.today), "kinds": mail_words.KINDS.items()}
        if who.unclear:
            return self.answers.page("email_activity.html", self.visit, **context, **ways, said=who.said, waiting=False)
        found = self._read(asked, who, ROWS, before)
        shown = {
            "mails": found.mails,
            "names": self._names(found.mails),
            "chips": chips(asked, found.counts),
            "chart": mail_chart(asked.first, asked.last, found.by_day),
            "next_before": found.next_before,
            "uncounted": " ".join(UNCOUNTED[one] for one in found.counts_leave_out),
            "waiting": any(mail.status in WAITING and self.now - mail.created_at < STILL_NEW for mail in found.mails),
            "said": _said(found, self.visit.formats),
            "kind_words": mail_words.kind_words,
            "last_event": mail_words.last_event,
        }
        return self.answers.page("email_activity.html", self.visit, **context, **ways, **shown)

    def csv(self) -> Response:
        """Give the same mails as a file, from the newest to the oldest.

        Raises:
            UnprocessableError: The customer is not clear, or there are more mails than a file holds.
        """
        asked = question_of(self.query, self.visit.today)
        who = read_choice(self.visit.tenant_id, asked.customer, directory=self.directory).checked()
        rows: list[tuple[object, ...]] = []
        before: str | None = None
        while True:
            found = self._read(asked, who, CSV_ROWS, before)
            rows += [csv_row(mail, self.visit.formats) for mail in found.mails]
            before = found.next_before
            if before is None:
                return csv_file(f"email-activity-{asked.first}-{asked.last}.csv", CSV_NAMES, rows)
            if len(rows) >= MOST_CSV_ROWS:
                raise UnprocessableError(f"The file would hold more than {MOST_CSV_ROWS:,} rows. Choose fewer days, then try again.")

    def _read(self, asked: MailQuestion, who: CustomerChoice, limit: int, before: str | None) -> MailPage:
        wanted = asked.wanted(who.customer_id or None)
        zone = self.visit.tenant.time_zone
        return read_mails(self.visit.tenant_id, wanted, time_zone=zone, limit=limit, before=before, mails=self.mails)

    def _names(self, mails: tuple[Mail, ...]) -> dict[str, str]:
        wanted = sorted({mail.customer_id for mail in mails if mail.customer_id})
        found = self.directory.many_customers(self.visit.tenant_id, wanted) if wanted else {}
        return {customer_id: one.name for customer_id, one in found.items()}


def csv_row(mail: Mail, formats: Formats) -> tuple[object, ...]:
    """Write a mail as a row of a file; instants with their offset in the business's zone."""
    latest = mail.events[-1] if mail.events else None
    return (
        _instant(mail.created_at, formats),
        mail.to,
        mail.subject,
        mail_words.kind_words(mail.kind),
        mail.customer_id or "",
        mail_words.status_name(mail.status),
        mail_words.last_event(mail),
        _instant(latest.at, formats) if latest else "",
        (latest.words or "") if latest else "",
        mail.key.mail_id,
    )


def _said(found: MailPage, formats: Formats) -> str:
    shown = len(found.mails)
    if not shown:
        return "No mails match here." if found.next_before else "No mails match."
    return f"{'1 mail' if shown == 1 else f'{formats.count(shown)} mails'}{' and more' if found.next_before else ''}."


def _instant(at: datetime, formats: Formats) -> str:
    return at.astimezone(ZoneInfo(formats.time_zone)).isoformat(timespec="seconds")
