"""Businesses' own mail texts at the JSON edge: what is sent, what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from duebook.domain.email_activity import Mail
from duebook.domain.mail_templates import MailTemplate, OwnText
from duebook.domain.mail_texts import TEXTS
from duebook.domain.placeholders import Name, Problem
from duebook.usecases.preview_template import Preview
from duebook.usecases.read_templates import TextInUse
from duebook.usecases.save_template import told
from duebook.web.fields import AsAnswered, CallerId, Strict

MOST = 100_000
"""Characters of a body that are read at all; how many are kept, the refusal says."""
Typed = Annotated[str, StringConstraints(max_length=MOST)]


class SavedTextBody(AsAnswered):
    """A text to keep; ``version`` is the one it was typed over, to be refused if it is no longer the newest."""

    OURS: ClassVar[frozenset[str]] = frozenset(
        {
            "kind",
            "label",
            "about",
            "sent",
            "own",
            "differs",
            "saved_at",
            "saved_by",
            "default_subject",
            "default_body",
            "names",
            "row_names",
        }
    )

    subject: Typed
    body: Typed
    version: Annotated[int, Field(strict=True, ge=0)] | None = None

    def typed(self) -> OwnText:
        """Return it as the domain's."""
        return OwnText(self.subject, self.body)


class TriedTextBody(Strict):
    """A text to show or to mail to oneself, with a customer's figures or with examples; the one in use, unless told otherwise."""

    subject: Typed | None = None
    body: Typed | None = None
    customer_id: CallerId | None = None

    def typed(self, in_use: OwnText) -> OwnText:
        """Return the text to try."""
        return OwnText(in_use.subject if self.subject is None else self.subject, in_use.body if self.body is None else self.body)


THE_ONE_IN_USE = TriedTextBody()


class NameView(Strict):
    """A name that may stand between double braces."""

    name: str
    meaning: str
    example: str
    is_link: bool


class TextRow(Strict):
    """A kind of mail in the list: whether its text is the business's own, and what of it is not as by default."""

    kind: str
    label: str
    about: str
    sent: bool
    own: bool
    differs: list[str]
    version: int
    saved_at: datetime | None
    saved_by: str | None


class TextPage(Strict):
    """All kinds of mail whose text is the business's."""

    items: list[TextRow]


class TextView(TextRow):
    """A kind of mail with its text, its default and its names; ``row_names`` stand in the block ``{{#invoices}}``."""

    subject: str
    body: str
    default_subject: str
    default_body: str
    names: list[NameView]
    row_names: list[NameView]


class VersionView(Strict):
    """A version of a text; without subject and body it went back to the default."""

    version: int
    saved_at: datetime
    saved_by: str
    subject: str | None
    body: str | None


class VersionPage(Strict):
    """The last fifty versions, the newest first."""

    items: list[VersionView]


class TextProblemView(Strict):
    """What is wrong with a text, and where; line and column count from 1."""

    field: str
    message: str
    line: int
    column: int


class PreviewView(Strict):
    """A mail as it would read; with errors there is none. ``example``: the customer has nothing such a mail could tell of yet."""

    subject: str | None
    html: str | None
    text: str | None
    errors: list[TextProblemView]
    example: bool
    cleaned: bool


class TestView(Strict):
    """A test on its way."""

    id: str
    to: str
    subject: str


def text_row(found: TextInUse) -> TextRow:
    """Show a kind of mail in the list."""
    return TextRow.model_validate(_row(found))


def text_view(found: TextInUse) -> TextView:
    """Show a kind of mail with its text."""
    known = TEXTS[found.kind]
    return TextView.model_validate(
        _row(found)
        | {
            "subject": found.text.subject,
            "body": found.text.body,
            "default_subject": known.subject,
            "default_body": known.body,
            "names": [_name(name) for name in known.vocabulary.names],
            "row_names": [_name(name) for name in known.vocabulary.row],
        }
    )


def version_page(found: list[MailTemplate]) -> VersionPage:
    """Show versions."""
    return VersionPage(
        items=[
            VersionView(
                version=one.version,
                saved_at=one.saved_at,
                saved_by=one.saved_by,
                subject=one.text.subject if one.text else None,
                body=one.text.body if one.text else None,
            )
            for one in found
        ]
    )


def preview_view(preview: Preview) -> PreviewView:
    """Show a preview."""
    mail = preview.mail
    return PreviewView(
        subject=mail.subject if mail else None,
        html=mail.html if mail else None,
        text=mail.text if mail else None,
        errors=[_problem(problem) for problem in preview.problems],
        example=preview.is_example,
        cleaned=preview.cleaned,
    )


def test_view(mail: Mail) -> TestView:
    """Show a test on its way."""
    return TestView(id=mail.key.mail_id, to=mail.to, subject=mail.subject)


def _row(found: TextInUse) -> dict[str, object]:
    known = TEXTS[found.kind]
    return {
        "kind": found.kind.value,
        "label": known.label,
        "about": known.about,
        "sent": known.sent,
        "own": found.is_own,
        "differs": list(found.differs),
        "version": found.version,
        "saved_at": found.newest.saved_at if found.newest else None,
        "saved_by": found.newest.saved_by if found.newest else None,
    }


def _name(name: Name) -> NameView:
    return NameView(name=name.name, meaning=name.meaning, example=name.example, is_link=name.is_link)


def _problem(problem: Problem) -> TextProblemView:
    return TextProblemView(field=problem.field, message=told(problem), line=problem.line, column=problem.column)
