"""The pages of a business's own mail texts: the list, the editor with its preview, versions (R65)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

from chalice.app import Response

from duebook.domain.directory import Customer
from duebook.domain.email_activity import MailKind
from duebook.domain.mail_templates import OwnText, default_text, text_kind
from duebook.domain.mail_texts import MAX_SUBJECT, TEXTS
from duebook.errors import ConflictError, DuebookError, InvalidInputError, NotFoundError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.template_store import TemplateStore
from duebook.usecases.notify_payment import Post
from duebook.usecases.preview_template import Preview, PreviewDesk, preview_text, send_test
from duebook.usecases.read_templates import TextInUse, read_text, read_texts
from duebook.usecases.save_template import TextDesk, TextRefusedError, reset_text, restore_text, save_text, told
from duebook.web.customer_choice import read_choice
from duebook.web.mail_frame import mail_document, may_frame
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.visits import Visit

TEMPLATES = "/admin/settings/templates"
OFFERED = 200
"""So many customers are offered by name; any other is found by its ID or a part of its name."""
LONGEST = 100_000
DONE = {
    "saved": "Saved. The next mail of this kind reads like this.",
    "reset": "Back to the default. Your text is kept among the versions.",
    "restored": "That version is in use again.",
}
"""What the page says after something was done, by ``done`` of its address."""
EXAMPLE = "The figures are examples: there is nothing of the kind of this customer yet."
NOBODY = "The figures are examples. Name a customer to see its own."
CLEANED = "Saved, the text will look a little different: what a mail cannot hold was taken out, or lines became paragraphs."
_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)
_BAR = "margin:0;padding:12px 16px;border-bottom:1px solid #8a97a3;background:#ffffff;color:#16202a;font:16px/24px system-ui,sans-serif;"
_TEXT = "margin:0;padding:16px;white-space:pre-wrap;overflow-wrap:anywhere;background:#ffffff;color:#16202a;font:14px/20px ui-monospace,monospace;"


@dataclass(frozen=True, slots=True)
class TemplatePages:
    """What a request about mail texts takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        query: Reads a value of the address.
        directory: Where customers and staff stand.
        templates: Where texts stand.
        desk: Gives what changing a text takes.
        preview_desk: Gives what previews take.
        post: Gives where mails are queued.
    """

    answers: PageAnswers
    visit: Visit
    query: Callable[[str], str]
    directory: DirectoryStore
    templates: TemplateStore
    desk: Callable[[], TextDesk]
    preview_desk: Callable[[], PreviewDesk]
    post: Callable[[], Post]

    def listed(self) -> Response:
        """List the kinds of mail, what of each is the business's own, and when it changed."""
        found = read_texts(self.visit.tenant_id, templates=self.templates)
        people = self._people({one.newest.saved_by for one in found if one.newest})
        return self.answers.page("templates.html", self.visit, **_settings(), rows=found, known=TEXTS, people=people)

    def editor(self, kind_name: str) -> Response:
        """Show the text in use of a kind of mail."""
        kind, _ = text_kind(kind_name)
        found = self._in_use(kind)
        return self._editor(found, found.text, self.query("customer"), done=DONE.get(self.query("done"), ""))

    def sent(self, kind_name: str, form: Mapping[str, str]) -> Response:
        """Save what was typed, or mail it to who typed it."""
        kind, _ = text_kind(kind_name)
        typed, customer = _typed(form), form.get("customer", "").strip()
        try:
            if form.get("do") == "test":
                mail = send_test(
                    self.visit.tenant_id,
                    kind,
                    typed,
                    self._customer_id(customer),
                    self.visit.staff,
                    desk=self.preview_desk(),
                    post=self.post(),
                )
                return self._editor(self._in_use(kind), typed, customer, done=f"A test is on its way to {mail.to}.")
            save_text(self.visit.tenant_id, kind, typed, was=_version(form), desk=self.desk())
        except (TextRefusedError, NotFoundError, ConflictError) as error:
            return self._editor(self._in_use(kind), typed, customer, error=error)
        return redirect(link(f"{TEMPLATES}/{kind.value}", done="saved", customer=customer))

    def document(self, kind_name: str, form: Mapping[str, str] | None = None) -> Response:
        """Answer with the mail as it would look, for the frame: of the text in use, or of what a form brings."""
        kind, _ = text_kind(kind_name)
        typed = _typed(form) if form else self._in_use(kind).text
        customer = (form.get("customer", "") if form else self.query("customer")).strip()
        as_text = (form.get("as") if form else self.query("as")) == "text"
        try:
            preview = preview_text(self.visit.tenant_id, kind, typed, self._customer_id(customer), desk=self.preview_desk())
        except NotFoundError as error:
            return mail_document(_page(f'<p style="{_BAR}">{escape(str(error))}</p>'))
        return mail_document(shown(preview, customer, as_text=as_text), self.visit.tenant.logo_url)

    def reset_form(self, kind_name: str) -> Response:
        """Say what going back to the default does."""
        kind, known = text_kind(kind_name)
        context = {"kind": kind.value, "known": known, "text": default_text(kind), "version": self._in_use(kind).version, "number": None}
        return self.answers.page("template_question.html", self.visit, **_settings(), **context)

    def reset(self, kind_name: str, form: Mapping[str, str]) -> Response:
        """Go back to the default."""
        kind, _ = text_kind(kind_name)
        reset_text(self.visit.tenant_id, kind, was=_version(form), desk=self.desk())
        return redirect(link(f"{TEMPLATES}/{kind.value}", done="reset"))

    def version(self, kind_name: str, number: str) -> Response:
        """Show a version, and what putting it in use again does."""
        kind, known = text_kind(kind_name)
        found = self.templates.version(self.visit.tenant_id, kind, _number(number))
        if found is None:
            raise NotFoundError(f"version {number} is not kept")
        context = {"kind": kind.value, "known": known, "text": found.text, "version": self._in_use(kind).version, "number": found.version}
        people = self._people({found.saved_by})
        return self.answers.page("template_question.html", self.visit, **_settings(), **context, saved=found, people=people)

    def restore(self, kind_name: str, number: str, form: Mapping[str, str]) -> Response:
        """Put a version in use again."""
        kind, _ = text_kind(kind_name)
        try:
            restore_text(self.visit.tenant_id, kind, _number(number), was=_version(form), desk=self.desk())
        except TextRefusedError as error:
            found = self.templates.version(self.visit.tenant_id, kind, _number(number))
            typed = found.text if found and found.text else default_text(kind)
            return self._editor(self._in_use(kind), typed, "", error=error)
        return redirect(link(f"{TEMPLATES}/{kind.value}", done="restored"))

    def _editor(self, found: TextInUse, typed: OwnText, customer: str, *, error: DuebookError | None = None, done: str = "") -> Response:
        versions = self.templates.versions(self.visit.tenant_id, found.kind)
        problems = [(one.field, told(one)) for one in error.problems] if isinstance(error, TextRefusedError) else []
        if error and not problems:
            problems = [("customer" if isinstance(error, NotFoundError) else "body", str(error))]
        page = self.answers.page(
            "template.html",
            self.visit,
            _status(error),
            **_settings(),
            kind=found.kind.value,
            known=TEXTS[found.kind],
            found=found,
            typed=typed,
            customer=customer,
            customers=self.directory.customers(self.visit.tenant_id, limit=OFFERED),
            problems=problems,
            done=done,
            versions=versions,
            people=self._people({one.saved_by for one in versions}),
            longest_subject=MAX_SUBJECT,
        )
        return may_frame(page)

    def _in_use(self, kind: MailKind) -> TextInUse:
        return read_text(self.visit.tenant_id, kind, templates=self.templates)

    def _customer_id(self, typed: str) -> str | None:
        """Return the customer that was named by ID, or by a part of its name.

        Raises:
            NotFoundError: There is none.
        """
        if not typed:
            return None
        found = self._named(typed)
        if found is None:
            raise NotFoundError(f"There is no customer “{typed[:60]}”. Type an ID, or a part of a name.")
        return found.customer_id

    def _named(self, typed: str) -> Customer | None:
        """Return the customer that was named, or the likeliest of several: a preview changes nothing."""
        who = read_choice(self.visit.tenant_id, typed, directory=self.directory)
        return who.found or next(iter(who.choices), None)

    def _people(self, ids: set[str]) -> dict[str, str]:
        known = {one: self.directory.staff(self.visit.tenant_id, one) for one in sorted(ids)}
        return {
            one: staff.name if staff else "API key" if one.startswith("key") else "Somebody who has left" for one, staff in known.items()
        }


def shown(preview: Preview, customer: str, *, as_text: bool) -> str:
    """Write the document of a preview: what is to be said of it, its subject, and the mail below."""
    if preview.mail is None:
        wrong = "".join(f"<li>{escape(told(one) if one.field == 'body' else f'Subject: {one.message}')}</li>" for one in preview.problems)
        return _page(f'<div style="{_BAR}"><p style="margin:0;"><strong>This text cannot be used yet.</strong></p><ul>{wrong}</ul></div>')
    notes = [EXAMPLE if customer else NOBODY] if preview.is_example else []
    notes += [CLEANED] if preview.cleaned else []
    said = "".join(f'<p style="margin:4px 0 0;font-size:14px;line-height:20px;">{escape(note)}</p>' for note in notes)
    bar = f'<div style="{_BAR}"><p style="margin:0;">Subject: <strong><bdi>{escape(preview.mail.subject)}</bdi></strong></p>{said}</div>'
    if as_text:
        return _page(f'{bar}<pre style="{_TEXT}">{escape(preview.mail.text)}</pre>')
    body = _BODY.search(preview.mail.html)
    at = body.end() if body else 0
    return preview.mail.html[:at] + bar + preview.mail.html[at:]


def _page(content: str) -> str:
    return f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Preview</title></head><body style="margin:0;background:#ffffff;">{content}</body></html>'


def _settings() -> dict[str, str]:
    return {"section": "/admin/settings", "tab": "Mail texts"}


def _typed(form: Mapping[str, str]) -> OwnText:
    return OwnText(form.get("subject", "")[:LONGEST], form.get("body", "")[:LONGEST])


def _version(form: Mapping[str, str]) -> int | None:
    """Return the version a form was made for.

    Raises:
        InvalidInputError: It says none.
    """
    return _number(form.get("version", ""))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:  # noqa: PLR2004 - versions are counted, and nobody saves so often
        raise InvalidInputError("no version was named")
    return int(text)


def _status(error: DuebookError | None) -> int:
    if error is None:
        return HTTPStatus.OK
    return HTTPStatus.CONFLICT if isinstance(error, ConflictError) else HTTPStatus.UNPROCESSABLE_ENTITY
