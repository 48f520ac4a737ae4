"""Read businesses' own mail texts: all kinds in a list, one with its versions (R65)."""

from __future__ import annotations

from dataclasses import dataclass

from duebook.domain.email_activity import MailKind
from duebook.domain.mail_templates import MailTemplate, OwnText, default_text
from duebook.domain.mail_texts import TEXTS
from duebook.storage.template_store import TemplateStore


@dataclass(frozen=True, slots=True)
class TextInUse:
    """How a kind of mail reads now.

    Args:
        kind: Of mail.
        text: The business's own, or the default.
        newest: Its newest version; None where it was never touched.
    """

    kind: MailKind
    text: OwnText
    newest: MailTemplate | None

    @property
    def version(self) -> int:
        """Number of the newest version; 0 where there is none."""
        return self.newest.version if self.newest else 0

    @property
    def is_own(self) -> bool:
        """Whether the business has a text of its own."""
        return self.newest is not None and self.newest.text is not None

    @property
    def differs(self) -> tuple[str, ...]:
        """What of it is not as by default: ``subject``, ``body``, both or nothing."""
        known = default_text(self.kind)
        return tuple(name for name in ("subject", "body") if getattr(self.text, name) != getattr(known, name))


def read_texts(tenant_id: str, *, templates: TemplateStore) -> list[TextInUse]:
    """Read how every kind of mail reads now."""
    found = templates.all_in_use(tenant_id)
    return [_in_use(kind, found.get(kind)) for kind in TEXTS]


def read_text(tenant_id: str, kind: MailKind, *, templates: TemplateStore) -> TextInUse:
    """Read how one kind of mail reads now."""
    return _in_use(kind, templates.newest(tenant_id, kind))


def _in_use(kind: MailKind, newest: MailTemplate | None) -> TextInUse:
    return TextInUse(kind, newest.text if newest and newest.text else default_text(kind), newest)
