"""Mails that left Duebook: one `.eml` file each with a small record beside it, so that they outlive a restart."""

from __future__ import annotations

import email
import email.policy
import json
import re
import threading
from dataclasses import asdict, dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True)
class Mail:
    """One received mail as the list shows it.

    Args:
        name: File name without suffix; sorts by arrival.
        id: Email-activity id, or the message id when the mail carries none.
        tenant_id: From our mail header, else empty.
        message_id: As SES gave it.
        received_at: RFC 3339, local clock.
        sender: Envelope sender.
        to: Envelope recipients.
        subject: Decoded.
        kind: From our header, else empty.
        events: SES event types published for it so far, in lower case.
    """

    name: str
    id: str
    tenant_id: str
    message_id: str
    received_at: str
    sender: str
    to: tuple[str, ...]
    subject: str
    kind: str
    events: tuple[str, ...] = ()


@dataclass(slots=True)
class MailStore:
    """All kept mails, in order of arrival."""

    folder: Path
    mails: dict[str, Mail] = field(default_factory=dict)
    content: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was read from each mail's file, by its name; people and tests ask for the whole list again and again."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, folder: Path) -> MailStore:
        """Read what an earlier run left."""
        folder.mkdir(parents=True, exist_ok=True)
        store = cls(folder)
        for path in sorted(folder.glob("*.json")):
            kept = json.loads(path.read_text(encoding="utf-8"))
            store.mails[path.stem] = Mail(**{**kept, "to": tuple(kept["to"]), "events": tuple(kept["events"])})
        return store

    def receive(self, raw: bytes, sender: str, to: tuple[str, ...], received_at: str) -> Mail:
        """Keep a mail."""
        message = parse(raw)
        message_id = str(message.get("Message-ID", "")).strip(" <>")
        tenant_id, _, mail_id = str(message.get("X-Duebook-Mail-Id", "")).strip().rpartition("/")
        tenant_id = tenant_id or str(message.get("X-Duebook-Tenant", "")).strip()
        kind = str(message.get("X-Duebook-Kind", "")).strip()
        subject = str(message.get("Subject", ""))
        identity = mail_id or message_id
        with self.lock:
            number = int(next(reversed(self.mails)).split("-")[0]) + 1 if self.mails else 1
            name = f"{number:06d}-{_UNSAFE.sub('_', identity)[:80]}"
            mail = Mail(name, identity, tenant_id, message_id, received_at, sender, to, subject, kind)
            (self.folder / f"{name}.eml").write_bytes(raw)
            self._write(mail)
        return mail

    def note_event(self, name: str, event: str) -> None:
        """Remember that an event was published for a mail."""
        with self.lock:
            if name in self.mails:
                self._write(replace(self.mails[name], events=(*self.mails[name].events, event)))

    def newest_first(self) -> list[Mail]:
        """Return all mails, the newest first."""
        with self.lock:
            return list(reversed(self.mails.values()))

    def find(self, identity: str) -> Mail | None:
        """Return the newest mail with this file name, Email-activity id or message id."""
        return next((mail for mail in self.newest_first() if identity in {mail.name, mail.id, mail.message_id}), None)

    def raw(self, mail: Mail) -> bytes:
        """Return the mail's bytes as they came."""
        return (self.folder / f"{mail.name}.eml").read_bytes()

    def clear(self) -> None:
        """Forget every mail."""
        with self.lock:
            self.mails.clear()
            self.content.clear()
            for path in self.folder.iterdir():
                path.unlink(missing_ok=True)

    def _write(self, mail: Mail) -> None:
        self.mails[mail.name] = mail
        (self.folder / f"{mail.name}.json").write_text(json.dumps(asdict(mail)), encoding="utf-8")


def parse(raw: bytes) -> EmailMessage:
    """Read a mail."""
    return email.message_from_bytes(raw, policy=email.policy.default)


def text_of(message: EmailMessage, subtype: str) -> str:
    """Return the mail's ``plain`` or ``html`` body, or an empty text."""
    part = message.get_body((subtype,))
    return str(part.get_content()) if part is not None else ""


def attachments(message: EmailMessage) -> list[dict[str, Any]]:
    """Return name, type and size of each attachment."""
    return [
        {
            "name": part.get_filename() or "attachment",
            "type": part.get_content_type(),
            "size": len(attachment_bytes(part)),
        }
        for part in message.iter_attachments()
    ]


def attachment_bytes(part: Any) -> bytes:
    """Return an attachment's content, decoded."""
    return part.get_payload(decode=True) or b""


def as_json(store: MailStore, mail: Mail) -> dict[str, Any]:
    """Return a mail as ``GET /local/mail`` shows it."""
    content = store.content.get(mail.name)
    if content is None:
        message = parse(store.raw(mail))
        content = {
            "from": str(message.get("From", mail.sender)),
            "text": text_of(message, "plain"),
            "html": text_of(message, "html"),
            "attachments": attachments(message),
        }
        store.content[mail.name] = content
    return {
        "id": mail.id,
        "tenant_id": mail.tenant_id,
        "message_id": mail.message_id,
        "to": list(mail.to),
        "subject": mail.subject,
        "kind": mail.kind,
        "received_at": mail.received_at,
        "events": list(mail.events),
        **content,
    }
