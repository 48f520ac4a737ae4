"""Record what became of a mail."""

from __future__ import annotations

from duebook.domain.email_activity import MailEvent, MailKey, MailStatus, record
from duebook.domain.suppression import after_event
from duebook.errors import NotFoundError
from duebook.storage.email_store import EmailStore


def record_email_event(mail_key: MailKey, event: MailEvent, *, mails: EmailStore) -> MailStatus | None:
    """Write an event to its mail, and draw from it what the mail's address is worth (R62, R63, R64).

    Safe to run again: an event counts once. The address is looked at each time, so a crash between the two writes is made good.

    Returns:
        The mail's status, or None when there is no such mail (any more).
    """
    try:
        mail = mails.change(mail_key, lambda known: record(known, event)) or mails.mail(mail_key)
    except NotFoundError:
        return None
    # A repeat may tell another time: what happened before staff released the address stays before it.
    first = next((one for one in mail.events if (one.type, one.reference) == (event.type, event.reference)), event)
    mails.change_address(mail_key.tenant_id, mail.to, lambda known: after_event(known, mail, first))
    return mail.status
