"""A mail as bytes: text and HTML, one recipient, headers that nobody can break out of."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from duebook.domain.email_activity import OutgoingMail
from duebook.errors import InvalidInputError

MAX_NAME = 120
MAX_SUBJECT = 250


def one_line(text: str, longest: int) -> str:
    """Return a text without control characters and line breaks, so that it stays in its header."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())[:longest]


def address_of(text: str) -> Address:
    """Read one bare address such as ``ana@acme.example``.

    Raises:
        InvalidInputError: It is no single address that can be written to.
    """
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError) as error:
        raise InvalidInputError("not an email address") from error
    local, domain = address.username, address.domain
    if address.addr_spec != text or not text.isascii() or not text.isprintable() or not local or "." not in domain or " " in text:
        raise InvalidInputError("not an email address")
    return address


def built(mail: OutgoingMail, sender: str) -> bytes:
    """Write a mail with CRLF line ends. SES adds the Message-ID.

    Args:
        mail: What goes to whom.
        sender: The bare address all mails come from; the tenant's name stands before it.

    Raises:
        InvalidInputError: The recipient is no single address.
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
    message.set_content(mail.content.text, cte="quoted-printable")
    message.add_alternative(mail.content.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _usable(text: str) -> Address | None:
    try:
        return address_of(text)
    except InvalidInputError:
        return None
