"""What staff do about mails: send one again, correct an address, release one (R63, R64)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.activity_log import Action, Actor
from duebook.domain.directory import Customer
from duebook.domain.email_activity import CARRY_LINKS, WAITING, Mail, MailKey, MailKind, MailText, mail_caused
from duebook.domain.suppression import AddressRecord, released
from duebook.errors import InvalidInputError, NotFoundError, NotRepeatableError, UnprocessableError
from duebook.ports import MailQueue
from duebook.storage.activity_store import ActivityStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore
from duebook.usecases.ask_for_link import LinkDesk
from duebook.usecases.log_action import log_action
from duebook.usecases.put_contact import put_contact
from duebook.usecases.queue_mail import queue_mail

ANEW = {
    MailKind.INVITATION: "An invitation holds a link that works once. Send a new invitation from the contact.",
    MailKind.PASSWORD_RESET: "This mail held a link that works once. The contact asks for a new one on the sign-in page.",
}


@dataclass(frozen=True, slots=True)
class MailDesk:
    """What these actions take.

    Args:
        links: Asks for invitations, when a corrected contact has access.
        actor: Who does it.
        now: Aware UTC.
    """

    mails: EmailStore
    queue: MailQueue
    directory: DirectoryStore
    links: LinkDesk
    log: ActivityStore
    actor: Actor
    now: datetime


def read_mail(tenant_id: str, mail_id: str, *, mails: EmailStore) -> tuple[Mail, MailText | None]:
    """Read a mail and what it said, None once that is no longer kept.

    Raises:
        NotFoundError: No such mail of this tenant.
    """
    key = MailKey(tenant_id, mail_id)
    try:
        return mails.mail(key), mails.text(key)
    except InvalidInputError as error:
        raise NotFoundError(f"no mail {mail_id}") from error


def send_again(tenant_id: str, mail_id: str, *, to: str | None = None, desk: MailDesk) -> Mail:
    """Queue a mail once more, word for word, as a new mail; to another address when one is given. Twice in a minute is once.

    A suppressed address is not refused here: the new mail is recorded as Suppressed, as any other.

    Raises:
        NotFoundError: No such mail.
        NotRepeatableError: It carried a link, still waits to be sent, or its text is no longer kept.
        TransientError: Run it again.
    """
    mail, text = _repeatable(tenant_id, mail_id, desk)
    return _queued(mail, text, to or mail.to, desk)


def fix_address(tenant_id: str, mail_id: str, to: str, *, desk: MailDesk) -> Mail:
    """Write a mail's right address to the customer and the contacts that have the wrong one, then send it again there.

    Raises:
        NotFoundError: No such mail.
        NotRepeatableError: As ``send_again``.
        UnprocessableError: Nobody of the customer has the old address any more, or the new one cannot be written to a contact.
        ConflictError: Somebody changed them meanwhile.
        TransientError: Run it again.
    """
    mail, text = _repeatable(tenant_id, mail_id, desk)
    if mail.customer_id is None or not _corrected(tenant_id, desk.directory.customer(tenant_id, mail.customer_id), mail.to, to, desk):
        raise UnprocessableError("Neither the customer nor a contact has this address. Send the mail to the new address only.", field="fix")
    again = _queued(mail, text, to, desk)
    log_action(
        tenant_id,
        desk.actor,
        Action.ADDRESS_FIXED,
        customer_id=mail.customer_id,
        subject=("mail", mail_id),
        detail=f"{mail.to} → {to}",
        request=again.key.mail_id,
        now=desk.now,
        log=desk.log,
    )
    return again


def release_address(tenant_id: str, address: str, reason: str | None, *, customer_id: str | None = None, desk: MailDesk) -> AddressRecord:
    """Write to an address again that bounced, complained or unsubscribed (R64).

    Args:
        tenant_id: Whose.
        address: In any spelling of capitals.
        reason: Why it is trusted again, where somebody says so.
        customer_id: In whose log the release stands, too.
        desk: What it takes.

    Raises:
        NotFoundError: The address is not held back.
        ConflictError: What is known of it kept changing.
    """
    written = desk.mails.change_address(tenant_id, address, lambda known: released(known, desk.now) if known.is_listed else None)
    if written is None:
        raise NotFoundError("this address is not suppressed")
    log_action(
        tenant_id,
        desk.actor,
        Action.ADDRESS_RELEASED,
        customer_id=customer_id,
        subject=("address", written.address),
        reason=reason,
        detail=written.address,
        now=desk.now,
        log=desk.log,
    )
    return written


def read_suppressions(tenant_id: str, *, limit: int, after: str | None, mails: EmailStore) -> tuple[list[AddressRecord], str | None]:
    """Read a page of the addresses to which mails are held back, and where the next page begins."""
    found = mails.held_back(tenant_id, limit=limit + 1, after=after)
    return found[:limit], found[limit - 1].address if len(found) > limit else None


def _repeatable(tenant_id: str, mail_id: str, desk: MailDesk) -> tuple[Mail, MailText]:
    mail, text = read_mail(tenant_id, mail_id, mails=desk.mails)
    if mail.kind in CARRY_LINKS:
        raise NotRepeatableError(ANEW[mail.kind])
    if mail.status in WAITING:
        raise NotRepeatableError("This mail still waits to be sent; it will be sent by itself.")
    if text is None:
        raise NotRepeatableError("What this mail said is no longer kept.")
    return mail, text


def _queued(mail: Mail, text: MailText, to: str, desk: MailDesk) -> Mail:
    minute = desk.now.replace(second=0, microsecond=0)
    again = mail_caused(
        mail.key.tenant_id,
        f"{mail.key.mail_id}.again.{to.strip().lower()}.{minute:%Y%m%d%H%M}",
        at=minute,
        to=to,
        subject=mail.subject,
        kind=mail.kind,
        customer_id=mail.customer_id,
        about=mail.about,
    )
    queued = queue_mail(replace(again, again_of=mail.key.mail_id), text, mails=desk.mails, queue=desk.queue, now=desk.now)
    log_action(
        mail.key.tenant_id,
        desk.actor,
        Action.MAIL_SENT_AGAIN,
        customer_id=mail.customer_id,
        subject=("mail", mail.key.mail_id),
        detail=f"{mail.subject} → {to}",
        request=queued.key.mail_id,
        now=desk.now,
        log=desk.log,
    )
    return queued


def _corrected(tenant_id: str, who: Customer, old: str, new: str, desk: MailDesk) -> bool:
    """Write the new address wherever the customer has the old one; tell whether it stands anywhere now (R50, R51)."""
    contacts = desk.directory.contacts(tenant_id, who.customer_id)
    for contact in contacts:
        if _same(contact.email, old):
            put_contact(tenant_id, who.customer_id, replace(contact, email=new), directory=desk.directory, desk=desk.links)
    if _same(who.email, old):
        desk.directory.save_customer(tenant_id, replace(who, email=new), was=who)
    # Whoever has the new one already was corrected before, perhaps by this very request when it came first.
    return any(_same(email, one) for email in (who.email, *(contact.email for contact in contacts)) for one in (old, new))


def _same(email: str | None, other: str) -> bool:
    return (email or "").strip().lower() == other.strip().lower()
