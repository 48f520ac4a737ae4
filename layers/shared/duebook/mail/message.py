"""A mail as bytes: text and HTML, logo, files, one recipient, headers that nobody can break out of."""

from __future__ import annotations

import re
import struct
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import cast

from idna import IDNAError, encode

from duebook.domain.email_activity import AttachedFile, OutgoingMail
from duebook.errors import InvalidInputError

_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{3,254}}$)(?P<local>(?=[^@]{{1,64}}@){_WORD}(?:\.{_WORD})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})+)")
"""The plain form of RFC 5321: no comments, quotes or routes. SES takes ASCII only."""

_LINK = re.compile(r"https?://[A-Za-z0-9._:/-]{1,400}")
_MEDIA_TYPE = re.compile(r"([a-z]+)/([a-z0-9.+-]+)")
_PNG = b"\x89PNG\r\n\x1a\n"
PNG_HEAD_BYTES = 24
"""Signature, then the first chunk up to its width and height.

Source: W3C PNG Specification, 11.2.1 IHDR.
"""
LOGO_BOX = (200, 48)
"""The widest and the highest a logo is shown, in pixels."""
LOGO_CID = "logo@duebook"
LOGO_MARK = "<!-- logo -->"
"""Stands in the frames where the logo goes, so that a text can be written before anybody knows whether there is one."""
LEAVE_MARK = "<!-- leave -->"
"""Stands in the frames where the link to unsubscribe goes: it is a secret of the mail that is sent, and no part of the text that is kept."""
LEAVE_WORDS = "Unsubscribe from statements and reminders"
LEAVE_STYLE = "margin:12px 0 0;font-size:14px;line-height:20px;color:#4a5763;"
LOGO_STYLE = "display:block;margin:0 0 12px;border:0;max-width:200px;height:auto;background-color:#ffffff;border-radius:4px;"
MAX_NAME = 120
MAX_SUBJECT = 250


def one_line(text: str, longest: int) -> str:
    """Return a text without control characters, line breaks and encoded words, so that it stays in its header as it is."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())[:longest].replace("=?", "= ?")


def address_of(text: str) -> Address:
    """Read one bare address such as ``ana@acme.example``; a domain in other letters is written as mail servers know it (IDNA).

    Raises:
        InvalidInputError: It is no single address that can be written to.
    """
    match = _ADDRESS.fullmatch(in_ascii(text))
    if match is None:
        raise InvalidInputError("not an email address")
    return Address(username=match["local"], domain=match["domain"])


def in_ascii(text: str) -> str:
    """Return an address with its domain in ASCII letters; what is no domain stays as it is.

    Source: RFC 5891, 4.4 (A-labels).
    """
    local, at, domain = text.rpartition("@")
    if domain.isascii():
        return text
    try:
        return f"{local}{at}{encode(domain).decode('ascii')}"
    except IDNAError:
        return text


def built(mail: OutgoingMail, sender: str) -> bytes:
    """Write a mail with CRLF line ends. SES adds the Message-ID.

    Args:
        mail: What goes to whom.
        sender: The bare address all mails come from; the tenant's name stands before it.

    Raises:
        InvalidInputError: The recipient is no single address, or an attachment cannot be written.
    """
    message = EmailMessage(policy=SMTP)
    from_address = address_of(sender)
    message["From"] = Address(one_line(mail.sender_name, MAX_NAME), from_address.username, from_address.domain)
    message["To"] = address_of(mail.to)
    if mail.reply_to and (answers_to := _usable(mail.reply_to)):
        message["Reply-To"] = answers_to
    message["Subject"] = one_line(mail.content.subject, MAX_SUBJECT)
    message["Date"] = format_datetime(mail.at)
    message["X-Duebook-Mail-Id"] = f"{mail.key.tenant_id}/{mail.key.mail_id}"
    message["X-Duebook-Kind"] = mail.kind.value
    # Answering machines stay silent to mails that say they come from a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_with_leave_line(mail.content.text, mail.leave_link), cte="quoted-printable")
    _add_html(message, _with_leave_link(mail.content.html, mail.leave_link), mail.logo)
    for file in mail.files:
        _attach(message, file)
    return _leave_headers(mail.leave_link) + message.as_bytes()


def _leave_headers(link: str | None) -> bytes:
    """Write the headers of one click to unsubscribe, whole: folded by the library, a long link would be encoded and no link any more.

    Source: RFC 8058, 3.1; RFC 2369, 3.2.
    """
    if link is None:
        return b""
    if not _LINK.fullmatch(link):
        raise InvalidInputError("not a link to unsubscribe")
    return f"List-Unsubscribe: <{link}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode("ascii")


def _with_leave_line(text: str, link: str | None) -> str:
    return f"{text.rstrip()}\n\n{LEAVE_WORDS}:\n{link}\n" if link else text


def _with_leave_link(html: str, link: str | None) -> str:
    line = (
        f'<p class="soft" style="{LEAVE_STYLE}"><a class="link" href="{escape(link)}" style="color:#28506b;">{LEAVE_WORDS}</a></p>'
        if link
        else ""
    )
    return html.replace(LEAVE_MARK, line)


def with_logo(html: str, source: str | None, *, size: tuple[int, int] | None = None) -> str:
    """Return a frame's HTML with the sender's logo above its name, or without one.

    Args:
        html: As rendered by ``duebook.mail.rendering``.
        source: Where the picture is, such as ``cid:…``; None shows none.
        size: In pixels, for mail clients that know no style sheets.
    """
    if source is None:
        return html.replace(LOGO_MARK, "")
    sized = f' width="{size[0]}" height="{size[1]}"' if size else ""
    # The sender's name follows in words, so the picture itself says nothing.
    return html.replace(LOGO_MARK, f'<img src="{escape(source)}" alt=""{sized} style="{LOGO_STYLE}">')


def _add_html(message: EmailMessage, html: str, logo: bytes | None) -> None:
    size = _shown_size(logo) if logo else None
    shown = with_logo(html, f"cid:{LOGO_CID}" if size else None, size=size)
    message.add_alternative(shown, subtype="html", cte="quoted-printable")
    if logo and size and LOGO_MARK in html:
        part = cast("EmailMessage", list(message.iter_parts())[-1])
        part.add_related(logo, "image", "png", cid=f"<{LOGO_CID}>", disposition="inline", filename="logo.png")


def _attach(message: EmailMessage, file: AttachedFile) -> None:
    match = _MEDIA_TYPE.fullmatch(file.attachment.content_type)
    if match is None:
        raise InvalidInputError("an attachment has no media type that can be written")
    name = one_line(file.attachment.name, MAX_NAME).replace("/", "-").replace("\\", "-").replace('"', "'") or "attachment"
    message.add_attachment(file.content, match[1], match[2], filename=name)


def _shown_size(png: bytes) -> tuple[int, int] | None:
    """Return a picture's width and height in the mail, or None when it is no PNG with a size."""
    if not png.startswith(_PNG) or len(png) < PNG_HEAD_BYTES:
        return None
    width, height = struct.unpack(">II", png[16:PNG_HEAD_BYTES])
    if not width or not height:
        return None
    # Whole numbers: the larger of both ratios decides, and nothing is made larger than it is.
    across, down = max(width * LOGO_BOX[1], 1), max(height * LOGO_BOX[0], 1)
    if across >= down:
        shown = min(width, LOGO_BOX[0])
        return shown, max(1, height * shown // width)
    shown = min(height, LOGO_BOX[1])
    return max(1, width * shown // height), shown


def _usable(text: str) -> Address | None:
    try:
        return address_of(text)
    except InvalidInputError:
        return None
