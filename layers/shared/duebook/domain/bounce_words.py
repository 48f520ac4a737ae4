"""What a receiving server said of a mail, in plain words: why it did not arrive and what to do about it (R64)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from duebook.domain.email_activity import EventType, MailEvent

_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
MAILBOX_GONE = "There is no such mailbox. Ask for the right address."
DOMAIN_GONE = "The part after @ receives no mail. Look for a typing mistake, and ask for the right address."
FULL = "The mailbox is full. It may work again once the recipient has made room."
SWITCHED_OFF = "The mailbox is switched off. Ask for another address."
TOO_LARGE = "The mail is too large for this mailbox. Send it again without attachments, or to another address."
NOT_WANTED = (
    "The receiving server refused the mail, for instance as spam. Ask the recipient to let our mails through, or for another address."
)
SLOW = "The receiving server could not be reached or was busy. It may work when it is sent again."
FOR_GOOD = "The receiving server sent it back for good. Ask for the right address."
FOR_NOW = "The receiving server sent it back for now. It may work when it is sent again."
MARKED = "Somebody there marked the mail as spam. Ask before you write to this address again."
NO_LONGER_WRITTEN_TO = "The mail service no longer writes to this address, because earlier mails bounced or were marked as spam."
NOT_TAKEN = "The mail service found something harmful in the mail and did not send it."
WAITING = "The receiving server asked us to wait. It is tried again by itself for some hours; there is nothing to do."

CODES: Sequence[tuple[str, str]] = (
    ("5.1.2", DOMAIN_GONE),
    ("5.1.8", NOT_WANTED),
    ("5.1.10", DOMAIN_GONE),
    ("5.1.", MAILBOX_GONE),
    ("5.2.1", SWITCHED_OFF),
    ("5.2.2", FULL),
    ("4.2.2", FULL),
    ("5.2.3", TOO_LARGE),
    ("5.3.4", TOO_LARGE),
    ("5.4.4", DOMAIN_GONE),
    ("5.4.", SLOW),
    ("4.4.", SLOW),
    ("4.3.", SLOW),
    ("5.7.", NOT_WANTED),
    ("4.7.", NOT_WANTED),
)
"""What a code means, by its beginning; the first that fits counts.

Source: RFC 3463, "Enhanced Mail System Status Codes", and IANA's registry of them (RFC 7505 for 5.1.10).
"""
BY_WORDS: Sequence[tuple[str, str]] = (
    ("mailboxfull", FULL),
    ("mailbox full", FULL),
    ("over quota", FULL),
    ("messagetoolarge", TOO_LARGE),
    ("too large", TOO_LARGE),
    ("noemail", MAILBOX_GONE),
    ("user unknown", MAILBOX_GONE),
    ("no such user", MAILBOX_GONE),
    ("contentrejected", NOT_WANTED),
    ("attachmentrejected", NOT_WANTED),
    ("spam", NOT_WANTED),
    ("domain not found", DOMAIN_GONE),
    ("timed out", SLOW),
    ("timeout", SLOW),
)
"""What servers write that give no code, in small letters."""
OTHERWISE = {
    EventType.SOFT_BOUNCE: FOR_NOW,
    EventType.HARD_BOUNCE: FOR_GOOD,
    EventType.DELAYED: WAITING,
    EventType.COMPLAINT: MARKED,
    EventType.SUPPRESSED: NO_LONGER_WRITTEN_TO,
    EventType.REJECTED: NOT_TAKEN,
}
READ = frozenset({EventType.SOFT_BOUNCE, EventType.HARD_BOUNCE})
"""Events whose reason stands in the server's words; those of the others say nothing that helps."""


def reason_words(event: MailEvent) -> str | None:
    """Say in a sentence why a mail did not arrive, or None for an event that needs no reason.

    What we said ourselves, such as of a file that is gone, is told as it is.
    """
    if event.type in READ and event.words:
        said = _of_server(event.words)
        if said:
            return said
    if event.type in {EventType.HELD_BACK, EventType.REFUSED, EventType.GAVE_UP, EventType.NOT_RENDERED} and event.words:
        return f"{event.words[0].upper()}{event.words[1:]}."
    return OTHERWISE.get(event.type)


def _of_server(words: str) -> str | None:
    code = _CODE.search(words)
    if code:
        found = next((meaning for start, meaning in CODES if code[1].startswith(start)), None)
        if found:
            return found
    small = words.lower()
    return next((meaning for part, meaning in BY_WORDS if part in small), None)
