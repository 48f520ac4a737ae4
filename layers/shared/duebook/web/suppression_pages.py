"""The suppression list as a page, and taking an address off it with a reason (R64)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from chalice.app import Response

from duebook.domain.suppression import AddressRecord
from duebook.errors import ConflictError, DuebookError, InvalidInputError, NotFoundError
from duebook.storage.email_store import EmailStore
from duebook.usecases.mail_actions import MailDesk, read_mail, read_suppressions, release_address
from duebook.web import mail_words
from duebook.web.mail_question import PATH
from duebook.web.page_answers import PageAnswers, csv_file, redirect
from duebook.web.pages import Formats, link
from duebook.web.requests import status_of
from duebook.web.typed_fields import typed_reason
from duebook.web.visits import Visit

LIST = f"{PATH}/suppressions"
ROWS = 50
STEP = 500
MOST_SEARCHED = 10_000
CSV_NAMES = ("address", "why", "since")


@dataclass(frozen=True, slots=True)
class SuppressionPages:
    """What a request about the list takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        query: Reads a value of the address.
        mails: Where addresses stand.
    """

    answers: PageAnswers
    visit: Visit
    query: Callable[[str], str]
    mails: EmailStore

    def page(self) -> Response:
        """Show the list."""
        search, after = self.query("q"), self.query("after") or None
        found = list(islice(self._matching(search, after), ROWS + 1))
        shown = {
            "section": PATH,
            "rows": found[:ROWS],
            "why": why_words,
            "since": since,
            "search": search,
            "after": after,
            "next_after": found[ROWS - 1].address if len(found) > ROWS else None,
            "released": self.query("released"),
        }
        return self.answers.page("suppressions.html", self.visit, **shown)

    def csv(self) -> Response:
        """Give the same addresses as a file."""
        rows = [csv_row(one, self.visit.formats) for one in self._matching(self.query("q"), None)]
        return csv_file("suppression-list.csv", CSV_NAMES, rows)

    def release_form(self, address: str, mail_id: str, problem: DuebookError | None = None, typed: str = "") -> Response:
        """Ask why the address is to be written to again."""
        known = self.mails.address(self.visit.tenant_id, address)
        shown = {
            "section": PATH,
            "known": known,
            "why": why_words(known) if known.is_listed else "",
            "since": since(known) if known.is_listed else None,
            "mail_id": mail_id,
            "back": self._back(mail_id),
            "typed": typed,
            "problem": str(problem) if problem else "",
        }
        return self.answers.page("suppression_release.html", self.visit, int(status_of(problem)) if problem else 200, **shown)

    def release(self, form: Mapping[str, str], desk: MailDesk) -> Response:
        """Take the address off the list."""
        address, mail_id, typed = form.get("address", "").strip(), form.get("mail", ""), form.get("reason", "")
        customer_id = self._customer_of(mail_id)
        try:
            release_address(self.visit.tenant_id, address, typed_reason(typed), customer_id=customer_id, desk=desk)
        except (InvalidInputError, ConflictError) as error:
            return self.release_form(address, mail_id, error, typed)
        if mail_id and customer_id is not None:
            return redirect(link(f"{PATH}/{mail_id}", done="released"))
        return redirect(link(LIST, released=address))

    def _customer_of(self, mail_id: str) -> str | None:
        if not mail_id:
            return None
        try:
            return read_mail(self.visit.tenant_id, mail_id, mails=self.mails)[0].customer_id
        except NotFoundError:
            return None

    def _back(self, mail_id: str) -> str:
        return f"{PATH}/{mail_id}" if mail_id.isalnum() else LIST

    def _matching(self, search: str, after: str | None) -> Iterator[AddressRecord]:
        wanted = search.casefold()
        for _ in range(MOST_SEARCHED // STEP):
            found, after = read_suppressions(self.visit.tenant_id, limit=STEP if wanted else ROWS + 1, after=after, mails=self.mails)
            yield from (one for one in found if wanted in one.address)
            if after is None:
                return


def why_words(known: AddressRecord) -> str:
    """Say why mails to an address are held back."""
    if known.suppressed_for:
        return mail_words.SUPPRESSED[known.suppressed_for]
    return "Unsubscribed from mails that come by themselves; receipts still go there."


def since(known: AddressRecord) -> object:
    """Return since when."""
    return known.suppressed_at or known.unsubscribed_at


def csv_row(known: AddressRecord, formats: Formats) -> tuple[object, ...]:
    """Write an address as a row of a file."""
    at = known.suppressed_at or known.unsubscribed_at
    return known.address, why_words(known), formats.iso_day_of(at) if at else ""
