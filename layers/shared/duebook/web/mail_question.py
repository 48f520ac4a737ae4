"""What a page of Email activity asks for: its filters, as they stand in its address, and the ways to others (R63)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from duebook.domain.email_activity import MailStatus
from duebook.usecases.read_mails import MOST_DAYS, MailFilter
from duebook.web import mail_words
from duebook.web.pages import link

PATH = "/admin/email-activity"
DEFAULT_DAYS = 30
QUICK = ((1, "Today"), (7, "7 days"), (30, "30 days"), (90, "90 days"))
"""Ranges that end today: days and words."""


@dataclass(frozen=True, slots=True)
class MailQuestion:
    """What a page of Email activity asks for, as it stands in its address.

    Args:
        first: First day, in the business's zone.
        last: Last day, included.
        status: Of the chip, or None for all.
        kind: As chosen.
        customer: As typed: an id, or a piece of a name.
        address: As typed.
        text: As typed.
        wrong: What is wrong with the days; the usual ones stand in their place.
    """

    first: date
    last: date
    status: MailStatus | None
    kind: str
    customer: str
    address: str
    text: str
    wrong: str = ""

    def link(self, path: str = PATH, **changes: str | None) -> str:
        """Write the address of the same question with some parts changed; None leaves one out."""
        said: dict[str, str | None] = {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "status": self.status.value if self.status else None,
            "kind": self.kind,
            "customer": self.customer,
            "address": self.address,
            "q": self.text,
        }
        return link(path, **(said | changes))

    def without(self, name: str) -> str:
        """Write the address without one filter."""
        cleared: dict[str, str | None] = {name: None}
        return self.link(PATH, **cleared)

    def filters(self, customer_name: str = "") -> list[tuple[str, str]]:
        """Name each filter that may hide mails, with words for its value; the customer goes by its name where it is known."""
        kind = mail_words.kind_of(self.kind)
        found = (
            ("status", f"status {mail_words.status_name(self.status)}" if self.status else ""),
            ("kind", f"kind {mail_words.kind_words(kind)}" if kind else ""),
            ("customer", f"customer “{customer_name or self.customer}”" if self.customer else ""),
            ("address", f"address “{self.address}”" if self.address else ""),
            ("q", f"text “{self.text}”" if self.text else ""),
        )
        return [one for one in found if one[1]]

    def wanted(self, customer_id: str | None) -> MailFilter:
        """Return the filter for the use case."""
        kind = mail_words.kind_of(self.kind)
        return MailFilter(self.first, self.last, self.status, kind, customer_id, self.address or None, self.text)


def question_of(query: Callable[[str], str], today: date) -> MailQuestion:
    """Read what the page's address asks for; what cannot be read is left out, and wrong days are told."""
    last, first = _day(query("to")), _day(query("from"))
    end = last or max(today, first or today)
    start = first or end - timedelta(days=DEFAULT_DAYS - 1)
    status, kind = mail_words.status_of(query("status")), query("kind") if mail_words.kind_of(query("kind")) else ""
    question = MailQuestion(start, end, status, kind, query("customer"), query("address"), query("q"))
    wrong = ""
    if (query("from") and not first) or (query("to") and not last):
        wrong = "A day could not be read. Write it as 2026-01-31."
    elif end < start:
        wrong = "The first day is after the last one."
    elif (end - start).days >= MOST_DAYS:
        wrong = f"The report looks at up to {MOST_DAYS} days at a time."
    if wrong:
        return replace(
            question, first=today - timedelta(days=DEFAULT_DAYS - 1), last=today, wrong=f"{wrong} You see the last {DEFAULT_DAYS} days."
        )
    return question


def chips(question: MailQuestion, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """List the chips: words, count, whether it is on, and where it leads; the one that is on leads back to all."""
    shown = [
        status for status in mail_words.STATUSES if status not in mail_words.SELDOM or counts.get(status.value) or question.status is status
    ]
    every = {"words": "All", "count": sum(counts.values()), "on": question.status is None, "url": question.link(status=None)}
    return [every] + [
        {
            "words": mail_words.status_name(status),
            "count": counts.get(status.value, 0),
            "on": question.status is status,
            "url": question.link(status=None if question.status is status else status.value),
        }
        for status in shown
    ]


def quick_ranges(question: MailQuestion, today: date) -> list[tuple[str, str, bool]]:
    """List the quick ranges: words, address, whether it is the one shown."""
    starts = [(words, today - timedelta(days=days - 1)) for days, words in QUICK]
    shown = (question.first, question.last)
    return [
        (words, question.link(**{"from": start.isoformat(), "to": today.isoformat()}), shown == (start, today)) for words, start in starts
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
