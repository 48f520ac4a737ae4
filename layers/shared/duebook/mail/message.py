"""A mail as bytes: text and HTML, one recipient, headers that nobody can break out of."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from duebook.domain.email_activity import OutgoingMail
from duebook.errors import InvalidInputError

_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{3,254}}$)(?P<local>(?=[^@]{{1,64}}@){_WORD}(?:\.{_WORD})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})+)")
"""The plain form of RFC 5321: no comments, quotes or routes. SES takes ASCII only."""

MAX_NAME = 120
MAX_SUBJECT = 250


def one_line(text: str, longest: int) -> str:
    """Return a text without control characters, line breaks and encoded words, so that it stays in its header as it is."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())[:longest].replace("=?", "= ?")


def address_of(text: str) -> Address:
    """Read one bare address such as ``ana@acme.example``.

    Raises:
        InvalidInputError: It is no single address that can be written to.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise InvalidInputError("not an email address")
    return Address(username=match["local"], domain=match["domain"])


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
