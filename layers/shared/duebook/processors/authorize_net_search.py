"""Reads the books of a merchant at Authorize.Net page by page, all under one deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn

from duebook.processors import authorize_net_messages as messages
from duebook.processors import authorize_net_reports as reports
from duebook.processors.authorize_net_answers import failures
from duebook.processors.authorize_net_codes import NO_SUCH_RECORD
from duebook.processors.authorize_net_json import message_codes, succeeded
from duebook.processors.credentials import AuthorizeNetCredentials
from duebook.processors.transport import AnswerLostError

PAGE_LIMIT = 100
"""Lines asked for at once; a page of them stays far below the answer's size limit."""
MAX_PAGES = 100
BATCH_SPAN = timedelta(days=30)
"""The gateway takes at most 31 days at once."""

Build = Callable[[AuthorizeNetCredentials], bytes]
Asked = Callable[[Build, float], Mapping[str, object]]


def doubt(why: str) -> NoReturn:
    """Say that an answer leaves a doubt, so that nothing is concluded from it."""
    raise AnswerLostError(why)


class Reading:
    """One reading of the books.

    Args:
        asked: Sends a request within so many seconds and returns the decoded answer.
        monotonic: Seconds that only go up.
        timeout_seconds: For all its requests together, from now on.
        currency: The merchant account's.
    """

    def __init__(self, asked: Asked, monotonic: Callable[[], float], timeout_seconds: float, currency: str) -> None:
        self._asked = asked
        self._monotonic = monotonic
        self._deadline = monotonic() + timeout_seconds
        self.currency = currency

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            AnswerLostError: None are.
        """
        left = self._deadline - self._monotonic()
        return left if left > 0 else doubt("the time for it is over")

    def ask(self, build: Build) -> Mapping[str, object]:
        """Ask and insist on a proper answer.

        Raises:
            AnswerLostError: None came, or a refusal.
        """
        return self._proper(self._asked(build, self.left()))

    def details(self, reference: str) -> reports.Details | None:
        """Read one transaction in full; None when the gateway knows of none."""
        answer = self._asked(partial(messages.details_request, reference=reference), self.left())
        if NO_SUCH_RECORD in failures(answer):
            return None
        return reports.details(self._proper(answer), reference, self.currency)

    def listed_details(self, reference: str) -> reports.Details:
        """Read one transaction that a list has just named."""
        return self.details(reference) or doubt(f"{reference} was listed but has no details")

    def unsettled(self, since: datetime | None = None) -> Iterator[reports.Line]:
        """Read the lines outside any settled batch, newest first, as far back as asked for."""
        yield from self._pages(messages.unsettled_list_request, since)

    def batches(self, first: datetime, last: datetime, *, statistics: bool = False) -> Iterator[reports.Batch]:
        """Read the batches settled from one instant to another, each once."""
        seen: set[str] = set()
        while first <= last:
            until = min(first + BATCH_SPAN, last)
            answer = self.ask(partial(messages.settled_batches_request, first=first, last=until, statistics=statistics))
            for batch in reports.batches(answer):
                if not batch.id:
                    doubt("a batch without an id")
                if batch.id not in seen:
                    seen.add(batch.id)
                    yield batch
            if until >= last:
                return
            first = until

    def content(self, batch: reports.Batch, since: datetime | None = None) -> Iterator[reports.Line]:
        """Read the lines of a batch, newest first, as far back as asked for."""
        yield from self._pages(partial(messages.batch_content_request, batch_id=batch.id), since)

    def _proper(self, answer: Mapping[str, object]) -> Mapping[str, object]:
        return answer if succeeded(answer) else doubt(f"refused with {', '.join(message_codes(answer)) or 'no code'}")

    def _pages(self, build: Callable[..., bytes], since: datetime | None) -> Iterator[reports.Line]:
        for page in range(1, MAX_PAGES + 1):
            lines = reports.listed(self.ask(partial(build, page=page, limit=PAGE_LIMIT)), self.currency)
            yield from lines
            if len(lines) < PAGE_LIMIT or _past(lines, since):
                return
        doubt(f"not at an end after {MAX_PAGES} pages")


def _past(lines: tuple[reports.Line, ...], since: datetime | None) -> bool:
    """Say whether all further lines are older than asked for; only a page that is in order can tell."""
    times = [line.submitted_at for line in lines if line.submitted_at is not None]
    return since is not None and bool(times) and times == sorted(times, reverse=True) and times[-1] < since
