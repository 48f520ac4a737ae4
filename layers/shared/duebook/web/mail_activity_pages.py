"""Email activity as a page: the list with its chips and its chart, and the same as a file (R62, R63)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from chalice.app import Response

from duebook.domain.directory import Customer
from duebook.domain.email_activity import WAITING, Mail
from duebook.errors import InvalidInputError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore
from duebook.usecases.read_customers import matches
from duebook.usecases.read_mails import MailPage, read_mails
from duebook.web import mail_words
from duebook.web.mail_chart import mail_chart
from duebook.web.mail_question import PATH, MailQuestion, chips, question_of, quick_ranges
from duebook.web.page_answers import PageAnswers, csv_file
from duebook.web.pages import Formats
from duebook.web.visits import Visit

ROWS = 50
CSV_ROWS = 500
MOST_CSV_ROWS = 10_000
MOST_CHOICES = 5
CUSTOMERS_READ = 500
MOST_CUSTOMERS = 5_000
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
        who = asked_customer(self.visit.tenant_id, asked.customer, directory=self.directory)
        context: dict[str, Any] = {"asked": asked, "who": who, "before": before, "section": PATH}
        ways = {"quick": quick_ranges(asked, self.visit.today), "kinds": mail_words.KINDS.items()}
        if who.unclear:
            return self.answers.page(
                "email_activity.html", self.visit, **context, **ways, said="No list: choose a customer.", waiting=False
            )
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
        who = asked_customer(self.visit.tenant_id, asked.customer, directory=self.directory)
        if who.unclear:
            raise UnprocessableError("Choose one customer, then download the file.")
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

    def _read(self, asked: MailQuestion, who: AskedCustomer, limit: int, before: str | None) -> MailPage:
        wanted = asked.wanted(who.found.customer_id if who.found else None)
        zone = self.visit.tenant.time_zone
        return read_mails(self.visit.tenant_id, wanted, time_zone=zone, limit=limit, before=before, mails=self.mails)

    def _names(self, mails: tuple[Mail, ...]) -> dict[str, str]:
        wanted = sorted({mail.customer_id for mail in mails if mail.customer_id})
        found = self.directory.many_customers(self.visit.tenant_id, wanted) if wanted else {}
        return {customer_id: one.name for customer_id, one in found.items()}


@dataclass(frozen=True, slots=True)
class AskedCustomer:
    """The customer that was meant, or those it may be.

    Args:
        found: The one.
        choices: More than one fits; a few of them.
        asked: Something was typed.
    """

    found: Customer | None = None
    choices: tuple[Customer, ...] = ()
    asked: bool = False

    @property
    def unclear(self) -> bool:
        """Tell whether no list can be shown: nobody fits, or more than one."""
        return self.asked and self.found is None


def asked_customer(tenant_id: str, typed: str, *, directory: DirectoryStore) -> AskedCustomer:
    """Find the customer that was typed: by its id, or by a piece of its name or email that fits one only."""
    if not typed:
        return AskedCustomer()
    try:
        by_id = directory.find_customer(tenant_id, typed)
    except InvalidInputError:
        by_id = None
    if by_id:
        return AskedCustomer(by_id, asked=True)
    wanted = typed.casefold()
    found = tuple(islice((one for one in _customers(tenant_id, directory) if matches(one, wanted)), MOST_CHOICES + 1))
    exact = [one for one in found if one.name.casefold() == wanted]
    if len(found) == 1 or len(exact) == 1:
        return AskedCustomer((exact or list(found))[0], asked=True)
    return AskedCustomer(None, found[:MOST_CHOICES], asked=True)


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


def _customers(tenant_id: str, directory: DirectoryStore) -> Iterator[Customer]:
    after: str | None = None
    for _ in range(MOST_CUSTOMERS // CUSTOMERS_READ):
        read = directory.customers(tenant_id, limit=CUSTOMERS_READ, after=after)
        yield from read
        if len(read) < CUSTOMERS_READ:
            return
        after = read[-1].customer_id


def _instant(at: datetime, formats: Formats) -> str:
    return at.astimezone(ZoneInfo(formats.time_zone)).isoformat(timespec="seconds")
