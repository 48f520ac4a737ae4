"""Mails and what became of them: one record a mail, its events inside (R62)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from duebook.domain.identifiers import derived_ulid, time_of_ulid


class MailKind(StrEnum):
    """What a mail is for."""

    RECEIPT = "receipt"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_SUBMITTED = "payment_submitted"
    PAYMENT_NOT_MADE = "payment_not_made"
    PAYMENT_RETURNED = "payment_returned"
    REFUND_NOTICE = "refund_notice"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a kind of mail, not a secret
    NEW_INVOICE = "new_invoice"
    ACCOUNT_SUMMARY = "account_summary"
    PAST_DUE_1 = "past_due_1"
    PAST_DUE_2 = "past_due_2"
    PAST_DUE_3 = "past_due_3"
    STATEMENT = "statement"
    REQUEST_RECEIVED = "request_received"
    REQUEST_DECLINED = "request_declined"
    REQUEST_COMPLETED = "request_completed"
    TEST = "test"


PAST_DUE_TIERS = (MailKind.PAST_DUE_1, MailKind.PAST_DUE_2, MailKind.PAST_DUE_3)
"""The kinds of past-due notices by tier, the first one first."""
AT_MOST_ONCE = frozenset(PAST_DUE_TIERS)
"""Kinds that are rather lost than sent twice; all others are rather sent twice than lost."""


CARRY_LINKS = frozenset({MailKind.INVITATION, MailKind.PASSWORD_RESET})
"""Kinds whose text holds a token that lets somebody in: it is kept no longer than the mail waits."""
MAY_BE_LEFT = frozenset(
    {
        MailKind.NEW_INVOICE,
        MailKind.ACCOUNT_SUMMARY,
        MailKind.PAST_DUE_1,
        MailKind.PAST_DUE_2,
        MailKind.PAST_DUE_3,
        MailKind.STATEMENT,
    }
)
"""Kinds that come by themselves and that a recipient may unsubscribe from; a receipt or an invitation answers what somebody did."""
_TOKEN = re.compile(r"#token=[^\s\"'<>&]+")


class MailStatus(StrEnum):
    """Where a mail stands. ``sending`` is ours alone and shown as Queued; Sent is not Delivered."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    COMPLAINT = "complaint"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


WAITING = frozenset({MailStatus.QUEUED, MailStatus.SENDING})
"""Statuses of a mail that was not handed over yet."""


class EventType(StrEnum):
    """What happened to a mail: the first four are ours, the others are told by SES."""

    QUEUED = "queued"
    HELD_BACK = "held_back"
    GAVE_UP = "gave_up"
    REFUSED = "refused"
    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    NOT_RENDERED = "not_rendered"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    SOFT_BOUNCE = "soft_bounce"
    HARD_BOUNCE = "hard_bounce"
    NOT_SPAM = "not_spam"
    COMPLAINT = "complaint"


STATUS_AFTER: dict[EventType, MailStatus | None] = {
    EventType.QUEUED: None,
    EventType.NOT_SPAM: None,
    EventType.GAVE_UP: MailStatus.FAILED,
    EventType.REFUSED: MailStatus.FAILED,
    EventType.HELD_BACK: MailStatus.SUPPRESSED,
    EventType.SENT: MailStatus.SENT,
    EventType.DELAYED: MailStatus.DELAYED,
    EventType.DELIVERED: MailStatus.DELIVERED,
    EventType.NOT_RENDERED: MailStatus.FAILED,
    EventType.REJECTED: MailStatus.REJECTED,
    EventType.SUPPRESSED: MailStatus.SUPPRESSED,
    EventType.SOFT_BOUNCE: MailStatus.BOUNCED,
    EventType.HARD_BOUNCE: MailStatus.BOUNCED,
    EventType.COMPLAINT: MailStatus.COMPLAINT,
}
"""The status an event stands for, in rising rank: of all events seen the highest decides, in whatever order they came (R63)."""

RANK = {event: rank for rank, event in enumerate(STATUS_AFTER)}

STALE_AFTER = timedelta(minutes=5)
"""A sender that has not reported back for this long has crashed."""

MAX_EVENTS = 40
MAX_WORDS = 500


@dataclass(frozen=True, slots=True)
class MailKey:
    """Which mail of which tenant. The id is a ULID, so the month of its partition stands in it."""

    tenant_id: str
    mail_id: str

    @property
    def month(self) -> str:
        """Month of the mail (UTC), ``yyyy-mm``."""
        return f"{time_of_ulid(self.mail_id):%Y-%m}"


@dataclass(frozen=True, slots=True)
class About:
    """The document a mail is about, such as ``payment`` and its id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One thing that happened to a mail.

    Args:
        type: What.
        at: When, as told by the one it happened at (UTC).
        reference: The teller's own id of it, or its timestamp; with the type it says whether an event is new.
        words: The receiving server's words, or ours.
    """

    type: EventType
    at: datetime
    reference: str = ""
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail's row in Email activity.

    Args:
        key: Whose, which.
        to: The one address it goes to.
        subject: As sent.
        kind: What it is for.
        created_at: When its cause happened (UTC); the instant in its id.
        customer_id: Whom it concerns, if anybody.
        about: The document it is about, if one.
        status: The highest of its events, or where it waits.
        events: Oldest first, each once.
        claimed_at: When the sender took it, while it is being sent.
        message_id: Given by SES.
        day: The day of ``created_at`` in the tenant's zone, told when it is put on record; it is counted there.
        again_of: The mail that this one repeats, if one.
        version: Counts the writes of this item.
    """

    key: MailKey
    to: str
    subject: str
    kind: MailKind
    created_at: datetime
    customer_id: str | None = None
    about: About | None = None
    status: MailStatus = MailStatus.QUEUED
    events: tuple[MailEvent, ...] = ()
    claimed_at: datetime | None = None
    message_id: str | None = None
    day: date | None = None
    again_of: str | None = None
    version: int = 0


MOST_ATTACHED_BYTES = 7_000_000
"""Of all files of a mail together; written in base64 they stay below the 10 MB that SES takes.

Source: Amazon SES Developer Guide, "Service quotas": 10 MB a message for the first API, after encoding.
"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail: its name there, its media type, and where it lies in the documents bucket."""

    name: str
    content_type: str
    path: str


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """An attachment with its bytes."""

    attachment: Attachment
    content: bytes


@dataclass(frozen=True, slots=True)
class MailText:
    """What a mail says, rendered, and the files that go with it."""

    subject: str
    html: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail as it is handed over.

    Args:
        key: Travels as tags and as a header, so that events find their mail.
        kind: For a header.
        to: One address.
        sender_name: The tenant's name, shown as the sender.
        reply_to: The tenant's support address, if it has one.
        content: What it says.
        at: For the Date header.
        files: Its attachments as they were loaded.
        logo: The sender's picture (PNG), shown above the text.
        leave_link: Where a recipient unsubscribes with one click, for kinds that may be left.
    """

    key: MailKey
    kind: MailKind
    to: str
    sender_name: str
    reply_to: str | None
    content: MailText
    at: datetime
    files: tuple[AttachedFile, ...] = ()
    logo: bytes | None = None
    leave_link: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The mail was handed over; the id is SES's."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The mail will never be taken as it is."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nothing was sent; the same mail may be taken later."""

    reason: str


HandOver = Accepted | Refused | NotNow


def mail_caused(
    tenant_id: str, cause: str, *, at: datetime, to: str, subject: str, kind: MailKind, customer_id: str | None, about: About | None
) -> Mail:
    """Return the mail that belongs to a cause: the same cause is the same mail, however often it is asked for.

    Args:
        tenant_id: Whose.
        cause: What it follows from and to whom, such as ``pay_1.receipt``.
        at: When the cause happened (UTC); it never changes between repeats.
        to: One address.
        subject: As rendered.
        kind: What it is for.
        customer_id: Whom it concerns, if anybody.
        about: The document it is about, if one.
    """
    mail_id = derived_ulid(at, cause)
    return Mail(MailKey(tenant_id, mail_id), to.strip(), subject, kind, time_of_ulid(mail_id), customer_id, about)


def without_token(text: MailText) -> MailText:
    """Return a text as it is kept and shown: with a link that opens nothing."""
    return replace(text, html=_TOKEN.sub("#token=…", text.html), text=_TOKEN.sub("#token=…", text.text))


def record(mail: Mail, event: MailEvent) -> Mail | None:
    """Return the mail after one more event, or None when the event is on record already.

    Any order and any number of repeats end in the same record: a late Delivered never hides a Bounce (R63).
    """
    if any((known.type, known.reference) == (event.type, event.reference) for known in mail.events):
        return None
    if len(mail.events) >= MAX_EVENTS and RANK[event.type] <= max(RANK[known.type] for known in mail.events):
        return None
    words = event.words[:MAX_WORDS] if event.words else None
    events = tuple(sorted((*mail.events, replace(event, words=words)), key=lambda one: (one.at, RANK[one.type], one.reference)))
    decisive = max(RANK[one.type] for one in events)
    status = next(status for one, status in STATUS_AFTER.items() if RANK[one] == decisive) or mail.status
    return replace(mail, events=events, status=status, claimed_at=mail.claimed_at if status in WAITING else None)


def claimed(mail: Mail, now: datetime) -> Mail | None:
    """Return the mail as taken by a sender, or None when it is not (or no longer) to be sent.

    A sender that has crashed loses its mail to the next one, unless the mail's kind is sent at most once.
    """
    if mail.status is MailStatus.QUEUED or (mail.status is MailStatus.SENDING and _is_stale(mail, now) and mail.kind not in AT_MOST_ONCE):
        return replace(mail, status=MailStatus.SENDING, claimed_at=now)
    return None


def released(mail: Mail) -> Mail | None:
    """Return the mail as waiting again after nothing was sent, or None when something else became of it."""
    return replace(mail, status=MailStatus.QUEUED, claimed_at=None) if mail.status is MailStatus.SENDING else None


def handed_over(mail: Mail, accepted: Accepted, now: datetime) -> Mail:
    """Return the mail as sent. SES may have reported on it already: then its status stays as reported."""
    known = replace(mail, message_id=accepted.message_id)
    return record(known, MailEvent(EventType.SENT, now, accepted.message_id)) or known


def shown_status(mail: Mail) -> MailStatus:
    """Return the status people see."""
    return MailStatus.QUEUED if mail.status is MailStatus.SENDING else mail.status


def _is_stale(mail: Mail, now: datetime) -> bool:
    # The local clock can be set back: a claim from the future is as old as one from the past.
    return mail.claimed_at is None or abs(now - mail.claimed_at) >= STALE_AFTER
