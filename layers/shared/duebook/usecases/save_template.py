"""Save a business's own mail text, go back to the default, or to an earlier version (R65)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from duebook.domain.activity_log import Action, Actor
from duebook.domain.email_activity import MailKind
from duebook.domain.mail_templates import Cleaner, MailTemplate, OwnText, checked, default_text
from duebook.domain.mail_texts import TEXTS
from duebook.domain.placeholders import Problem
from duebook.errors import ConflictError, NotFoundError, UnprocessableError
from duebook.storage.activity_store import ActivityStore
from duebook.storage.template_store import TemplateStore
from duebook.usecases.log_action import log_action

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class TextDesk:
    """What changing texts takes.

    Args:
        templates: Where they are kept.
        log: Of what staff did.
        clean: Takes out of HTML what a mail may not hold.
        actor: Who changes them.
        now: When.
    """

    templates: TemplateStore
    log: ActivityStore
    clean: Cleaner
    actor: Actor
    now: datetime


class TextRefusedError(UnprocessableError):
    """A text that cannot be kept, with each thing that is wrong with it and where."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        found = [asdict(problem) | {"message": told(problem)} for problem in problems]
        super().__init__(told(problems[0]), errors=found)
        self.problems = problems


def told(problem: Problem) -> str:
    """Say what is wrong with a text, and on which line of it."""
    return f"Line {problem.line}: {problem.message}" if problem.field == "body" else problem.message


def save_text(tenant_id: str, kind: MailKind, typed: OwnText, *, was: int | None, desk: TextDesk) -> MailTemplate:
    """Check, clean and keep a text; from the next mail on it is used. One that reads as the default is the default.

    Args:
        tenant_id: Whose.
        kind: Of mail.
        typed: As typed.
        was: The version it was typed over; 0 where there was none, None to write over whatever there is.
        desk: What it takes.

    Raises:
        UnprocessableError: It cannot be kept, as its ``errors`` tell, each with line and column; nothing was changed.
        ConflictError: Somebody else has saved it meanwhile.
    """
    known = checked(kind, typed, desk.clean)
    if known.problems:
        raise TextRefusedError(known.problems)
    return _kept(tenant_id, kind, None if known.text == default_text(kind) else known.text, was, desk)


def reset_text(tenant_id: str, kind: MailKind, *, was: int | None = None, desk: TextDesk) -> MailTemplate:
    """Go back to the default. What was there stays among the versions.

    Raises:
        ConflictError: Somebody else has saved it meanwhile.
    """
    return _kept(tenant_id, kind, None, was, desk)


def restore_text(tenant_id: str, kind: MailKind, number: int, *, was: int | None = None, desk: TextDesk) -> MailTemplate:
    """Put an earlier version in use again, as a new one.

    Raises:
        NotFoundError: It is not kept (any more).
        UnprocessableError: It can no longer be used as it is.
        ConflictError: Somebody else has saved the text meanwhile.
    """
    found = desk.templates.version(tenant_id, kind, number)
    if found is None:
        raise NotFoundError(f"version {number} is not kept")
    if found.text is None:
        return reset_text(tenant_id, kind, was=was, desk=desk)
    return save_text(tenant_id, kind, found.text, was=was, desk=desk)


def _kept(tenant_id: str, kind: MailKind, text: OwnText | None, was: int | None, desk: TextDesk) -> MailTemplate:
    template = _written(tenant_id, kind, text, was, desk)
    if not template.version:
        return template
    log_action(
        tenant_id,
        desk.actor,
        Action.TEMPLATE_SAVED if text else Action.TEMPLATE_RESET,
        subject=("template", kind.value),
        detail=TEXTS[kind].label,
        request=f"{kind.value} {template.version}",
        now=desk.now,
        log=desk.log,
    )
    return template


def _written(tenant_id: str, kind: MailKind, text: OwnText | None, was: int | None, desk: TextDesk) -> MailTemplate:
    for _ in range(ATTEMPTS):
        newest = desk.templates.newest(tenant_id, kind)
        version = newest.version if newest else 0
        if (newest.text if newest else None) == text:
            # Said twice, or nothing to go back from: what is there is what is wanted.
            return newest or MailTemplate(kind, None, desk.now, desk.actor.actor_id, 0)
        if was is not None and was != version:
            break
        template = MailTemplate(kind, text, desk.now, desk.actor.actor_id, version + 1)
        try:
            desk.templates.add(tenant_id, template)
        except ConflictError:
            continue
        return template
    raise ConflictError("somebody else has saved this text meanwhile; load it again")
