"""Texts of the tenant: what is kept of them, and what is asked of one before it is kept (R65)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.email_activity import MailKind
from duebook.domain.mail_html import MAX_TAGS, problems_of, tags_begun, with_paragraphs
from duebook.domain.mail_texts import MAX_BODY, MAX_SUBJECT, TEXTS, TextKind
from duebook.domain.placeholders import FORBIDDEN, Node, Parsed, Problem, Vocabulary, parse, problem_at, unparsed, with_plain_line_ends
from duebook.errors import NotFoundError

SUBJECT = "subject"
BODY = "body"
VERSIONS_KEPT = 50

Cleaner = Callable[[str], str]
"""Takes out of HTML whatever a mail may not hold."""


@dataclass(frozen=True, slots=True)
class OwnText:
    """A subject and a body."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """A version of a tenant's text for one kind of mail.

    Args:
        kind: Of mail.
        text: None: back to the default.
        saved_at: When (UTC).
        saved_by: Id of who saved it.
        version: Counts from 1; the newest one is in use.
    """

    kind: MailKind
    text: OwnText | None
    saved_at: datetime
    saved_by: str
    version: int


@dataclass(frozen=True, slots=True)
class CheckedText:
    """A text that was read and cleaned: what it is then, its nodes, and what is wrong with it."""

    text: OwnText
    subject: tuple[Node, ...] = ()
    body: tuple[Node, ...] = ()
    problems: tuple[Problem, ...] = ()


def text_kind(kind: str) -> tuple[MailKind, TextKind]:
    """Return a kind of mail by its name.

    Raises:
        NotFoundError: There is no such kind, or its text is not the tenant's.
    """
    found = next((one for one in TEXTS if one.value == kind), None)
    if found is None:
        raise NotFoundError(f"no mail of the kind {kind} has a text of its own")
    return found, TEXTS[found]


def default_text(kind: MailKind) -> OwnText:
    """Return how a kind of mail reads by default."""
    return OwnText(TEXTS[kind].subject, TEXTS[kind].body)


def checked(kind: MailKind, typed: OwnText, clean: Cleaner) -> CheckedText:
    """Read and clean what was typed, and tell all that is wrong with it.

    Args:
        kind: Of mail, which says what names there are.
        typed: By a person, or as it was kept.
        clean: Takes out what a mail may not hold. It is never given a text that is too long.
    """
    vocabulary = TEXTS[kind].vocabulary
    subject, subject_nodes, subject_problems = _subject(typed.subject, vocabulary)
    body, body_nodes, body_problems = _body(typed.body, vocabulary, clean)
    return CheckedText(OwnText(subject, body), subject_nodes, body_nodes, (*subject_problems, *body_problems))


def _subject(typed: str, vocabulary: Vocabulary) -> tuple[str, tuple[Node, ...], tuple[Problem, ...]]:
    text = with_plain_line_ends(typed).strip()
    problems = _problems_of_text(SUBJECT, text, MAX_SUBJECT)
    if not problems and "\n" in text:
        problems = (problem_at(SUBJECT, text, text.index("\n"), "The subject is one line."),)
    if problems:
        return text, (), problems
    # A list has no place in one line, so the subject knows no block.
    read = parse(text, Vocabulary(vocabulary.names), SUBJECT)
    return text if read.problems else unparsed(read.nodes), read.nodes, read.problems


def _body(typed: str, vocabulary: Vocabulary, clean: Cleaner) -> tuple[str, tuple[Node, ...], tuple[Problem, ...]]:
    text = with_plain_line_ends(typed).strip()
    problems = _problems_of_body(text)
    if problems:
        return text, (), problems
    read = parse(text, vocabulary, BODY)
    if read.problems:
        return text, (), read.problems
    # Cleaning can bring placeholders to light (one written in entities) and move them, so what is kept is read once more.
    once_more = _cleaned(unparsed(read.nodes), vocabulary, clean)
    if once_more.problems:
        return text, (), once_more.problems
    body = unparsed(once_more.nodes)
    problems = problems_of(body, vocabulary, BODY) or _problems_of_body(body)
    return (text, (), problems) if problems else (body, once_more.nodes, ())


def _cleaned(text: str, vocabulary: Vocabulary, clean: Cleaner) -> Parsed:
    return parse(clean(with_paragraphs(clean(text))).strip(), vocabulary, BODY)


def _problems_of_body(text: str) -> tuple[Problem, ...]:
    problems = _problems_of_text(BODY, text, MAX_BODY)
    if not problems and tags_begun(text) > MAX_TAGS:
        return (Problem(BODY, 1, 1, f"There are more than {MAX_TAGS:,} tags."),)
    return problems


def _problems_of_text(field: str, text: str, longest: int) -> tuple[Problem, ...]:
    if not text:
        return (Problem(field, 1, 1, f"Type a {'subject' if field == SUBJECT else 'text'}, or go back to the default."),)
    if len(text) > longest:
        return (Problem(field, 1, 1, f"{len(text):,} characters; at most {longest:,} are kept."),)
    unseen = FORBIDDEN.search(text)
    if unseen is None:
        return ()
    return (problem_at(field, text, unseen.start(), f"An unseen character stands here (U+{ord(unseen.group()):04X}). Take it out."),)
