"""Send one queued mail."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from duebook.domain.email_activity import (
    CARRY_LINKS,
    Accepted,
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
from duebook.errors import NotFoundError, TransientError
from duebook.ports import Mailer
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore


def send_mail(mail_key: MailKey, *, mails: EmailStore, directory: DirectoryStore, mailer: Mailer, now: datetime) -> MailStatus | None:
    """Hand a mail over, unless somebody has it already or its address is suppressed (R64).

    The claim is written before the call, so two messages for one mail lead to one call. When the sender crashes in between,
    the mail is sent again after a while; kinds that are sent at most once are not. A token in its text goes with the hand-over.

    Returns:
        Its status now, or None when nothing was to do.

    Raises:
        TransientError: Not sent, or the answer was lost; run it again.
    """
    try:
        mail = mails.change(mail_key, lambda known: claimed(known, now))
    except NotFoundError:
        return None
    if mail is None:
        return None
    content = mails.text(mail_key)
    keep = without_token(content) if content and mail.kind in CARRY_LINKS else None
    suppressed_for = mails.address(mail_key.tenant_id, mail.to).suppressed_for
    if suppressed_for:
        return _note(mails, mail, MailEvent(EventType.HELD_BACK, now, words=f"this address is suppressed: {suppressed_for.value}"), keep)
    if content is None:
        return _note(mails, mail, MailEvent(EventType.REFUSED, now, words="what this mail said is no longer kept"))
    tenant = directory.tenant(mail_key.tenant_id)
    outcome = mailer.send(OutgoingMail(mail_key, mail.kind, mail.to, tenant.name, tenant.support.email, content, now))
    match outcome:
        case Accepted():
            sent = mails.change(mail_key, lambda known: handed_over(known, outcome, now), keep=keep)
            return sent.status if sent else None
        case Refused():
            return _note(mails, mail, MailEvent(EventType.REFUSED, now, words=outcome.reason), keep)
        case NotNow():
            mails.change(mail_key, released)
            raise TransientError(f"mail {mail_key.mail_id} was not taken: {outcome.reason}")
        case _:
            assert_never(outcome)


def _note(mails: EmailStore, mail: Mail, event: MailEvent, keep: MailText | None = None) -> MailStatus | None:
    changed = mails.change(mail.key, lambda known: record(known, event), keep=keep)
    return changed.status if changed else None
