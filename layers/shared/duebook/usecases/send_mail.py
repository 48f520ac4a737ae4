"""Send one queued mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from duebook.domain.email_activity import (
    CARRY_LINKS,
    MOST_ATTACHED_BYTES,
    Accepted,
    AttachedFile,
    EventType,
    Mail,
    MailEvent,
    MailKey,
    MailStatus,
    MailText,
    NotNow,
    OutgoingMail,
    Refused,
    claimed,
    handed_over,
    record,
    released,
    without_token,
)
from duebook.domain.suppression import held_back
from duebook.errors import TransientError
from duebook.ports import Mailer
from duebook.storage.attachment_store import AttachmentStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore


@dataclass(frozen=True, slots=True)
class Desk:
    """What sending takes: where mails and their senders stand, what goes with them, and who takes them.

    Args:
        mails: Where they stand.
        directory: Whose they are.
        attachments: Files that go with them.
        logo: Reads a sender's picture.
        leave_link: Makes the link to unsubscribe, for kinds that may be left.
        pay_link: Puts the token into a link to pay, in what leaves and nowhere else.
        mailer: Who takes them.
    """

    mails: EmailStore
    directory: DirectoryStore
    attachments: AttachmentStore
    logo: Callable[[str | None], bytes | None]
    leave_link: Callable[[Mail, datetime], str | None]
    pay_link: Callable[[Mail, MailText, datetime], MailText]
    mailer: Mailer


def send_mail(mail_key: MailKey, *, desk: Desk, now: datetime) -> MailStatus | None:
    """Hand a mail over, unless somebody has it already or its address is suppressed (R64).

    All that goes with it is read first; then the claim is written, so two messages for one mail lead to one call. When the sender
    crashes between claim and answer, the mail is sent again after a while; kinds that are sent at most once are not. A token in its
    text goes with the hand-over.

    Returns:
        Its status now, or None when nothing was to do.

    Raises:
        TransientError: Not sent, or the answer was lost; run it again.
    """
    mail = desk.mails.find(mail_key)
    if mail is None or claimed(mail, now) is None:
        return None
    content = desk.mails.text(mail_key)
    keep = without_token(content) if content and mail.kind in CARRY_LINKS else None
    outgoing = _outgoing(mail, content, desk, now)
    if isinstance(outgoing, MailEvent):
        return _set_aside(mail, outgoing, keep, desk, now)
    mail = desk.mails.change(mail_key, lambda known: claimed(known, now), known=mail)
    if mail is None:
        return None
    outcome = desk.mailer.send(outgoing)
    match outcome:
        case Accepted():
            sent = desk.mails.change(mail_key, lambda known: handed_over(known, outcome, now), known=mail, keep=keep)
            return sent.status if sent else None
        case Refused():
            refused = MailEvent(EventType.REFUSED, now, words=outcome.reason)
            changed = desk.mails.change(mail_key, lambda known: record(known, refused), known=mail, keep=keep)
            return changed.status if changed else None
        case NotNow():
            desk.mails.change(mail_key, released, known=mail)
            raise TransientError(f"mail {mail_key.mail_id} was not taken: {outcome.reason}")
        case _:
            assert_never(outcome)


def _outgoing(mail: Mail, content: MailText | None, desk: Desk, now: datetime) -> OutgoingMail | MailEvent:
    """Put together what is handed over, or say why nothing will be."""
    why = held_back(desk.mails.address(mail.key.tenant_id, mail.to), mail.kind)
    if why:
        return MailEvent(EventType.HELD_BACK, now, words=why)
    if content is None:
        return MailEvent(EventType.REFUSED, now, words="what this mail said is no longer kept")
    files: list[AttachedFile] = []
    for attachment in content.attachments:
        loaded = desk.attachments.get(mail.key.tenant_id, attachment)
        if loaded is None:
            return MailEvent(EventType.REFUSED, now, words=f"the attached file {attachment.name} is no longer kept")
        files.append(AttachedFile(attachment, loaded))
    if sum(len(file.content) for file in files) > MOST_ATTACHED_BYTES:
        return MailEvent(EventType.REFUSED, now, words="the attached files are together too large for a mail")
    tenant = desk.directory.tenant(mail.key.tenant_id)
    logo = desk.logo(tenant.logo_url)
    leave = desk.leave_link(mail, now)
    leaves = desk.pay_link(mail, content, now)
    return OutgoingMail(mail.key, mail.kind, mail.to, tenant.name, tenant.support.email, leaves, now, tuple(files), logo, leave)


def _set_aside(mail: Mail, event: MailEvent, keep: MailText | None, desk: Desk, now: datetime) -> MailStatus | None:
    changed = desk.mails.change(mail.key, lambda known: record(known, event) if claimed(known, now) else None, known=mail, keep=keep)
    return changed.status if changed else None
