"""A customer's mails as a tab of its pages: chips with counts, pages both ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalice.app import Response

from duebook.domain.email_activity import WAITING, MailStatus, shown_status
from duebook.storage.email_store import EmailStore
from duebook.web import mail_words
from duebook.web.mail_activity_pages import STILL_NEW
from duebook.web.page_answers import PageAnswers
from duebook.web.pages import link
from duebook.web.visits import Visit

ROWS = 50
MOST_MAILS = 500
"""Of one customer that are read and counted; older ones are found by their days in Email activity."""


@dataclass(frozen=True, slots=True)
class CustomerEmailsPages:
    """What a request about the tab takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        query: Reads a value of the address.
        mails: Where mails stand.
        now: When.
        most: Mails that are read, counted and listed.
    """

    answers: PageAnswers
    visit: Visit
    query: Callable[[str], str]
    mails: EmailStore
    now: datetime
    most: int = MOST_MAILS

    def page(self, customer_id: str, head: Mapping[str, Any]) -> Response:
        """Show the tab."""
        here, status = f"/admin/customers/{customer_id}/emails", mail_words.status_of(self.query("status"))
        found = self.mails.of_customer(self.visit.tenant_id, customer_id, limit=self.most + 1)
        read = found[: self.most]
        wanted = [mail for mail in read if status in {None, shown_status(mail)}]
        start = self._start(len(wanted))
        shown = wanted[start : start + ROWS]
        chosen = status.value if status else None
        context: dict[str, Any] = {
            "mails": shown,
            "status": status,
            "status_name": mail_words.status_name,
            "chips": chips(here, status, Counter(shown_status(mail) for mail in read)),
            "most_counted": self.most,
            "more_than_counted": len(found) > self.most,
            "newer": link(here, status=chosen, start=str(max(start - ROWS, 0)) if start > ROWS else None) if start else None,
            "older": link(here, status=chosen, start=str(start + ROWS)) if len(wanted) > start + ROWS else None,
            "waiting": any(mail.status in WAITING and self.now - mail.created_at < STILL_NEW for mail in shown),
        }
        return self.answers.page("customer_emails.html", self.visit, **head, **context)

    def _start(self, length: int) -> int:
        text = self.query("start")
        return int(text) if text.isdecimal() and int(text) < length else 0


def chips(here: str, wanted: MailStatus | None, counts: Mapping[MailStatus, int]) -> list[dict[str, Any]]:
    """List the chips of the statuses that mails have: words, count, whether it is on, and where it leads."""
    shown = [status for status in mail_words.STATUSES if counts.get(status) or status is wanted]
    every = {"words": "All", "count": sum(counts.values()), "on": wanted is None, "url": here}
    return [every] + [
        {
            "words": mail_words.status_name(status),
            "count": counts.get(status, 0),
            "on": status is wanted,
            "url": link(here, status=None if status is wanted else status.value),
        }
        for status in shown
    ]
