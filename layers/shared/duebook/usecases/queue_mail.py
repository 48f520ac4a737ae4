"""Queue a mail: on record first, then to the sender."""

from __future__ import annotations

from datetime import datetime

from duebook.domain.email_activity import Mail, MailStatus, MailText
from duebook.errors import AlreadyPostedError
from duebook.ports import MailQueue
from duebook.storage.email_store import EmailStore


def queue_mail(mail: Mail, text: MailText, *, mails: EmailStore, queue: MailQueue, now: datetime) -> Mail:
    """Write a mail to Email activity and ask the sender to send it.

    Safe to run again: the same mail is written once, and the sender is asked again only while it is still queued.

    Raises:
        TransientError: Run it again; should nobody do so, the minute tick asks the sender.
    """
    try:
        queued = mails.add(mail, text, now)
    except AlreadyPostedError:
        queued = mails.mail(mail.key)
    if queued.status is MailStatus.QUEUED:
        queue.put(queued.key)
    return queued
