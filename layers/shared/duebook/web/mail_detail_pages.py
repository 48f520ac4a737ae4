"""One mail as a page: what happened to it in plain words, what it said, and what staff can do about it (R62, R64)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from chalice.app import Response

from duebook.domain.bounce_words import reason_words
from duebook.domain.directory import Customer
from duebook.domain.email_activity import CARRY_LINKS, WAITING, EventType, Mail, MailStatus, MailText, shown_status
from duebook.domain.suppression import AddressRecord
from duebook.errors import ConflictError, DuebookError, InvalidInputError, NotFoundError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_items import TEXT_KEPT
from duebook.storage.email_store import EmailStore
from duebook.usecases.mail_actions import MailDesk, fix_address, read_mail, send_again
from duebook.web import mail_words
from duebook.web.mail_frame import mail_document, may_frame
from duebook.web.mail_question import PATH
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.requests import status_of
from duebook.web.visits import Visit

VIEWS = (("", "As it looks"), ("text", "Text"), ("headers", "Headers"))
DONE = {
    "again": "The mail is queued once more. This page follows it.",
    "fixed": "The new address is saved, and the mail is queued to it. This page follows it.",
    "released": "The address is off the suppression list. Send the mail again to reach it now.",
}
"""What a page says after something was done, by ``done`` of its address."""
UNDER_WAY = WAITING | {MailStatus.SENT}
STILL_NEW = timedelta(minutes=2)
"""So long a page follows a mail by itself."""
GONE = "What this mail said is kept for 45 days; that time is over."


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a mail.

    Args:
        at: When.
        words: What, in plain words.
        tone: Of its tag.
        reason: Why, in plain words; empty where nothing needs a reason.
        said: The receiving server's own words.
    """

    at: datetime
    words: str
    tone: str
    reason: str
    said: str


@dataclass(frozen=True, slots=True)
class MailDetailPages:
    """What a request about one mail takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        query: Reads a value of the address.
        directory: Where customers stand.
        mails: Where mails stand.
        sender: The bare address that all mails come from.
        now: When.
    """

    answers: PageAnswers
    visit: Visit
    query: Callable[[str], str]
    directory: DirectoryStore
    mails: EmailStore
    sender: str
    now: datetime

    def page(self, mail_id: str) -> Response:
        """Show the mail."""
        mail, text = self._read(mail_id)
        view = self.query("view") if self.query("view") in dict(VIEWS) else ""
        shown: dict[str, Any] = {
            **self._common(mail),
            "timeline": timeline(mail),
            "meaning": mail_words.MEANINGS[shown_status(mail)],
            "reason": why(mail),
            "text": text,
            "gone_since": mail.created_at + TEXT_KEPT,
            "view": view,
            "views": [(name, words, link(f"{PATH}/{mail_id}", view=name)) for name, words in VIEWS],
            "headers": self._headers(mail),
            "about": about_link(mail),
            "known": self._known(mail),
            "repeatable": text is not None and mail.kind not in CARRY_LINKS and mail.status not in WAITING,
            "carries_link": mail.kind in CARRY_LINKS,
            "done": DONE.get(self.query("done"), ""),
            "moving": mail.status in UNDER_WAY and self.now - mail.created_at < STILL_NEW,
        }
        return may_frame(self.answers.page("mail.html", self.visit, **shown))

    def document(self, mail_id: str) -> Response:
        """Answer with the mail's own HTML, for the frame.

        Raises:
            NotFoundError: No such mail, or what it said is gone.
        """
        _, text = self._read(mail_id)
        if text is None:
            raise NotFoundError(GONE)
        return mail_document(text.html, self.visit.tenant.logo_url)

    def again_form(self, mail_id: str, problem: DuebookError | None = None, typed: str | None = None) -> Response:
        """Ask whether the mail is to be sent once more, and where to."""
        mail, text = self._read(mail_id)
        return self._form("mail_send_again.html", mail, text, problem, to=mail.to if typed is None else typed)

    def again(self, mail_id: str, form: Mapping[str, str], checked: Callable[[str], str], desk: MailDesk) -> Response:
        """Send the mail once more."""
        typed = form.get("to", "").strip()
        try:
            sent = send_again(self.visit.tenant_id, mail_id, to=self._address(typed, checked), desk=desk)
        except (InvalidInputError, ConflictError) as error:
            return self.again_form(mail_id, error, typed)
        return redirect(link(f"{PATH}/{sent.key.mail_id}", done="again"))

    def fix_form(self, mail_id: str, problem: DuebookError | None = None, typed: str = "") -> Response:
        """Ask for the right address, and say where it will stand."""
        mail, text = self._read(mail_id)
        return self._form("mail_fix_address.html", mail, text, problem, to=typed, places=self._places(mail))

    def fix(self, mail_id: str, form: Mapping[str, str], checked: Callable[[str], str], desk: MailDesk) -> Response:
        """Save the right address and send the mail there."""
        typed = form.get("to", "").strip()
        try:
            sent = fix_address(self.visit.tenant_id, mail_id, self._address(typed, checked), desk=desk)
        except (InvalidInputError, ConflictError) as error:
            return self.fix_form(mail_id, error, typed)
        return redirect(link(f"{PATH}/{sent.key.mail_id}", done="fixed"))

    def _form(self, template: str, mail: Mail, text: MailText | None, problem: DuebookError | None, **context: Any) -> Response:
        status = int(status_of(problem)) if problem else 200
        shown = {**self._common(mail), "text": text, "gone": GONE, "known": self._known(mail), "problem": str(problem) if problem else ""}
        return self.answers.page(template, self.visit, status, **shown, **context)

    def _common(self, mail: Mail) -> dict[str, Any]:
        return {"section": PATH, "mail": mail, "customer": self._customer(mail), "kind_words": mail_words.kind_words}

    def _read(self, mail_id: str) -> tuple[Mail, MailText | None]:
        return read_mail(self.visit.tenant_id, mail_id, mails=self.mails)

    def _customer(self, mail: Mail) -> Customer | None:
        return self.directory.find_customer(self.visit.tenant_id, mail.customer_id) if mail.customer_id else None

    def _known(self, mail: Mail) -> AddressRecord:
        return self.mails.address(self.visit.tenant_id, mail.to)

    def _places(self, mail: Mail) -> list[str]:
        """Name who has the mail's address: the customer itself, its contacts."""
        who, wrong = self._customer(mail), mail.to.strip().lower()
        if who is None:
            return []
        contacts = self.directory.contacts(self.visit.tenant_id, who.customer_id)
        people = sorted(one.name for one in contacts if (one.email or "").strip().lower() == wrong)
        return [*([f"{who.name} (the customer's own address)"] if (who.email or "").strip().lower() == wrong else []), *people]

    def _address(self, typed: str, checked: Callable[[str], str]) -> str:
        try:
            return checked(typed)
        except ValueError as error:
            raise UnprocessableError(f"“{typed}” is not an email address." if typed else "Enter an address.", field="to") from error

    def _headers(self, mail: Mail) -> list[tuple[str, str]]:
        found = [
            ("From", f"{self.visit.tenant.name} <{self.sender}>"),
            ("To", mail.to),
            ("Reply-To", self.visit.tenant.support.email or ""),
            ("Subject", mail.subject),
            ("Date", format_datetime(mail.created_at)),
            ("Message-ID", mail.message_id or ""),
            ("X-Duebook-Mail-Id", f"{mail.key.tenant_id}/{mail.key.mail_id}"),
            ("X-Duebook-Kind", mail.kind.value),
            ("Auto-Submitted", "auto-generated"),
        ]
        return [one for one in found if one[1]]


def timeline(mail: Mail) -> list[Step]:
    """Tell what happened to a mail, oldest first."""
    steps = []
    for before, event in zip((None, *mail.events), mail.events, strict=False):
        if before and event.type is EventType.SENT is before.type:
            # Noted by us and told by the mail service: one thing.
            continue
        words, tone = mail_words.EVENTS[event.type]
        reason = reason_words(event) or ""
        said = event.words or ""
        steps.append(Step(event.at, words, tone, reason, "" if said.lower().rstrip(".") == reason.lower().rstrip(".") else said))
    return steps


def why(mail: Mail) -> str:
    """Say why a mail did not arrive, or nothing."""
    told = [step.reason for step in timeline(mail) if step.reason]
    return told[-1] if told and mail_words.STATUSES[shown_status(mail)][1] in {"danger", "warn"} else ""


def about_link(mail: Mail) -> tuple[str, str] | None:
    """Return words and address of the document a mail is about, if it has a page."""
    if mail.about is None or mail.about.kind not in mail_words.ABOUT:
        return None
    words, path = mail_words.ABOUT[mail.about.kind]
    return words, f"{path}{mail.about.id}"
