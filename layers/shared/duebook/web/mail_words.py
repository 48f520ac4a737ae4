"""What staff pages say of mails: kinds, statuses, what happened in plain words, why an address is held back."""

from __future__ import annotations

from collections.abc import Mapping

from duebook.domain.email_activity import EventType, Mail, MailKind, MailStatus, shown_status
from duebook.domain.suppression import SuppressedFor

KINDS: Mapping[MailKind, str] = {
    MailKind.RECEIPT: "Receipt",
    MailKind.PAYMENT_RECEIVED: "Payment received (to staff)",
    MailKind.PAYMENT_SUBMITTED: "Bank payment submitted",
    MailKind.PAYMENT_NOT_MADE: "Payment not made",
    MailKind.PAYMENT_RETURNED: "Payment returned",
    MailKind.REFUND_NOTICE: "Refund",
    MailKind.INVITATION: "Invitation",
    MailKind.PASSWORD_RESET: "New password",
    MailKind.NEW_INVOICE: "New invoice",
    MailKind.ACCOUNT_SUMMARY: "Account summary",
    MailKind.PAST_DUE_1: "Past-due notice, tier 1",
    MailKind.PAST_DUE_2: "Past-due notice, tier 2",
    MailKind.PAST_DUE_3: "Past-due notice, tier 3",
    MailKind.STATEMENT: "Statement",
    MailKind.REQUEST_RECEIVED: "Service request received",
    MailKind.REQUEST_DECLINED: "Service request declined",
    MailKind.REQUEST_COMPLETED: "Service request completed",
    MailKind.TEST: "Test",
}
"""Each kind of mail in words."""

STATUSES: Mapping[MailStatus, tuple[str, str]] = {
    MailStatus.DELIVERED: ("Delivered", "ok"),
    MailStatus.BOUNCED: ("Bounced", "danger"),
    MailStatus.REJECTED: ("Rejected", "danger"),
    MailStatus.COMPLAINT: ("Complaint", "danger"),
    MailStatus.DELAYED: ("Delayed", "warn"),
    MailStatus.SENT: ("Sent", ""),
    MailStatus.SUPPRESSED: ("Suppressed", "warn"),
    MailStatus.FAILED: ("Failed", "danger"),
    MailStatus.QUEUED: ("Queued", ""),
}
"""Each status that people see, in the order of the chips: words and the tone of its tag."""

SELDOM = frozenset({MailStatus.FAILED, MailStatus.QUEUED})
"""Statuses whose chip stands there only when a mail has it."""

MEANINGS: Mapping[MailStatus, str] = {
    MailStatus.QUEUED: "It waits to be handed to the mail service.",
    MailStatus.SENT: "It was handed to the mail service. That is not yet delivered: the receiving server has not answered.",
    MailStatus.DELAYED: "The receiving server asked us to wait. It is tried again by itself for some hours.",
    MailStatus.DELIVERED: "The receiving server took it. Whether somebody read it, nobody can tell.",
    MailStatus.BOUNCED: "The receiving server sent it back.",
    MailStatus.REJECTED: "The mail service did not take it.",
    MailStatus.COMPLAINT: "It arrived, and somebody there marked it as spam.",
    MailStatus.SUPPRESSED: "It was not sent, because the address is on the suppression list.",
    MailStatus.FAILED: "It could not be sent.",
}
"""What a status means, for the head of a mail's page."""

EVENTS: Mapping[EventType, tuple[str, str]] = {
    EventType.QUEUED: ("Queued", ""),
    EventType.HELD_BACK: ("Held back: the address is on the suppression list", "warn"),
    EventType.GAVE_UP: ("Given up after many tries", "danger"),
    EventType.REFUSED: ("Could not be sent as it is", "danger"),
    EventType.SENT: ("Sent: handed to the mail service", ""),
    EventType.DELAYED: ("Delayed: the receiving server asked us to wait", "warn"),
    EventType.DELIVERED: ("Delivered: the receiving server took it", "ok"),
    EventType.NOT_RENDERED: ("Could not be written", "danger"),
    EventType.REJECTED: ("Rejected by the mail service", "danger"),
    EventType.SUPPRESSED: ("Held back by the mail service, which no longer writes to this address", "warn"),
    EventType.SOFT_BOUNCE: ("Bounced for now", "danger"),
    EventType.HARD_BOUNCE: ("Bounced for good", "danger"),
    EventType.NOT_SPAM: ("Marked as not spam by the recipient", "ok"),
    EventType.COMPLAINT: ("Complaint: marked as spam by the recipient", "danger"),
}
"""Each event in plain words, and the tone of its tag."""

SUPPRESSED: Mapping[SuppressedFor, str] = {
    SuppressedFor.BOUNCE: "A mail bounced for good: the mailbox does not exist or takes no mail.",
    SuppressedFor.SOFT_BOUNCES: "Three mails in a row bounced.",
    SuppressedFor.COMPLAINT: "Somebody there marked a mail as spam.",
    SuppressedFor.PROVIDER: "The mail service no longer writes to it.",
}
"""Why an address is on the suppression list."""

ABOUT: Mapping[str, tuple[str, str]] = {
    "payment": ("Payment", "/admin/payments/"),
    "invoice": ("Invoice", "/admin/invoices/"),
    "statement_run": ("Run", "/admin/statements/"),
    "automation_run": ("Run", "/admin/automation/runs/"),
    "request": ("Service request", "/admin/requests/"),
}
"""Documents that mails are about and that have a page: words, and its address up to the id."""


def kind_words(kind: MailKind) -> str:
    """Say what a mail is for."""
    return KINDS[kind]


def status_name(status: MailStatus) -> str:
    """Say where a mail stands in one word."""
    return STATUSES[MailStatus.QUEUED if status is MailStatus.SENDING else status][0]


def last_event(mail: Mail) -> str:
    """Say in a word what happened last."""
    return EVENTS[mail.events[-1].type][0].split(":")[0] if mail.events else status_name(shown_status(mail))


def status_of(text: str) -> MailStatus | None:
    """Read a status of the address; anything else asks for all."""
    return next((status for status in STATUSES if status.value == text), None)


def kind_of(text: str) -> MailKind | None:
    """Read a kind of the address; anything else asks for all."""
    return next((kind for kind in KINDS if kind.value == text), None)
