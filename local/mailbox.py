"""The mailbox: takes every mail over SMTP, shows it like a mail client under `/mailbox`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

from local import mail_store
from local.mail_store import Mail, MailStore
from local.web import Problem, Request, Response, json_response

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

ASSETS = Path(__file__).resolve().parent / "mailbox_assets"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: cid:; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""For a mail's own HTML: it may look as it likes, but it cannot run, load or send anything."""
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_LARGEST_MAIL = 40 * 1024 * 1024


@dataclass(slots=True)
class SmtpSink:
    """Takes every mail that the emulator relays."""

    store: MailStore
    now: Callable[[], str]
    arrived: Callable[[Mail], None]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail."""
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = self.store.receive(raw, envelope.mail_from or "", tuple(envelope.rcpt_tos), self.now())
        self.arrived(mail)
        return "250 kept"

    def listen(self, port: int) -> Controller:
        """Start to listen in a thread; the caller stops it."""
        controller = Controller(self, hostname="127.0.0.1", port=port, data_size_limit=_LARGEST_MAIL)
        controller.start()
        return controller


@dataclass(slots=True)
class MailboxPages:
    """The pages under `/mailbox`."""

    store: MailStore

    def respond(self, request: Request) -> Response:
        """Answer a request below `/mailbox`.

        Raises:
            Problem: No such page or mail.
        """
        parts = request.path.strip("/").split("/")[1:]
        match (request.method, parts):
            case ("GET" | "HEAD", []):
                return _asset("mailbox.html").with_headers(("Content-Security-Policy", PAGE_POLICY))
            case ("GET" | "HEAD", ["assets", name]) if (ASSETS / name).is_file():
                return _asset(name)
            case ("GET", ["messages"]):
                return json_response({"items": [_line(mail) for mail in self.store.newest_first()]})
            case ("DELETE", ["messages"]):
                self.store.clear()
                return Response(204)
            case ("GET", ["messages", name]):
                return json_response(self._detail(self._mail(name)))
            case ("GET", ["messages", name, "html"]):
                return self._html(self._mail(name))
            case ("GET", ["messages", name, "source"]):
                return _plain(self.store.raw(self._mail(name)))
            case ("GET", ["messages", name, "attachments", number]) if number.isdecimal():
                return self._attachment(self._mail(name), int(number))
        raise Problem(404, "not_found", f"The mailbox has no {request.path}.")

    def _mail(self, name: str) -> Mail:
        mail = self.store.find(name)
        if mail is None:
            raise Problem(404, "not_found", f"There is no mail {name}.")
        return mail

    def _detail(self, mail: Mail) -> dict[str, Any]:
        message = mail_store.parse(self.store.raw(mail))
        headers = [[name, str(value)] for name, value in message.items()]
        return mail_store.as_json(self.store, mail) | {"name": mail.name, "headers": headers}

    def _html(self, mail: Mail) -> Response:
        message = mail_store.parse(self.store.raw(mail))
        body = mail_store.text_of(message, "html")
        if not body:
            body = f"<pre>{html.escape(mail_store.text_of(message, 'plain'))}</pre>"
        # Links open the local portal in a tab of their own, as in a real mail client.
        base = '<base target="_blank">'
        body, placed = re.subn(r"(<head[^>]*>)", rf"\1{base}", body, count=1, flags=re.IGNORECASE)
        return Response(
            200,
            (body if placed else base + body).encode(),
            (("Content-Type", TYPES[".html"]), ("Content-Security-Policy", MAIL_POLICY), ("Cache-Control", "no-store")),
        )

    def _attachment(self, mail: Mail, number: int) -> Response:
        parts = list(mail_store.parse(self.store.raw(mail)).iter_attachments())
        if number >= len(parts):
            raise Problem(404, "not_found", f"The mail has {len(parts)} attachments.")
        name = (parts[number].get_filename() or "attachment").replace('"', "").replace("\n", "")
        return Response(
            200,
            mail_store.attachment_bytes(parts[number]),
            (
                ("Content-Type", parts[number].get_content_type()),
                ("Content-Disposition", f'attachment; filename="{name.encode("ascii", "replace").decode()}"'),
                ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ),
        )


def _line(mail: Mail) -> dict[str, Any]:
    return {
        "name": mail.name,
        "id": mail.id,
        "to": ", ".join(mail.to),
        "subject": mail.subject,
        "kind": mail.kind,
        "received_at": mail.received_at,
        "events": list(mail.events),
    }


def _asset(name: str) -> Response:
    path = ASSETS / name
    return Response(200, path.read_bytes(), (("Content-Type", TYPES.get(path.suffix, "text/plain")), ("Cache-Control", "no-cache")))


def _plain(raw: bytes) -> Response:
    return Response(200, raw, (("Content-Type", "text/plain; charset=utf-8"), ("Content-Security-Policy", "sandbox")))
