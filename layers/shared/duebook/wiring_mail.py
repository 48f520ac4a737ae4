"""Builds what mails take, each dependency once and on first use, beside ``wiring``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from duebook import wiring
from duebook.runtime.settings import setting

if TYPE_CHECKING:
    from datetime import datetime

    from duebook.domain.email_activity import Mail, MailText
    from duebook.domain.payments import PaymentKey
    from duebook.ports import Mailer, MailQueue
    from duebook.storage.attachment_store import AttachmentStore
    from duebook.usecases.notify_payment import Post, Records, Writer
    from duebook.usecases.send_mail import Desk
    from duebook.usecases.unsubscribe import LeaveDesk


LOGOS_KEPT = 50


@cache
def mail_queue() -> MailQueue:
    """Return the queue of mails to send."""
    from duebook.mail.queue import SqsMailQueue

    return SqsMailQueue(wiring.client("sqs"), setting("MAIL_QUEUE_URL"))


@cache
def mailer() -> Mailer:
    """Return who takes our mails: SES, no faster than it allows."""
    from duebook.mail.pacing import PacedMailer
    from duebook.mail.ses import SesMailer

    ses = SesMailer(wiring.client("ses"), sender=setting("MAIL_FROM"), configuration_set=setting("SES_CONFIGURATION_SET"))
    return PacedMailer(ses, per_second=int(setting("MAILS_PER_SECOND")), senders=int(setting("MAIL_SENDERS")))


@cache
def attachment_store() -> AttachmentStore:
    """Return the store of files that go with mails."""
    from duebook.storage.attachment_store import AttachmentStore

    return AttachmentStore(wiring.client("s3"), setting("DOCUMENTS_BUCKET"))


@cache
def sending_desk() -> Desk:
    """Return what sending takes. A logo's address shows one picture for ever, so each is read once a process."""
    from duebook.usecases.send_mail import Desk
    from duebook.usecases.unsubscribe import leave_link

    kept: dict[str, bytes] = {}

    def logo(url: str | None) -> bytes | None:
        found = kept.get(url or "") or wiring.logo_store().get(url)
        if found and url and len(kept) < LOGOS_KEPT:
            kept[url] = found
        return found

    def leave(mail: Mail, now: datetime) -> str | None:
        return leave_link(mail, portal_origin=setting("PORTAL_ORIGIN"), desk=leave_desk(now))

    return Desk(wiring.email_store(), wiring.directory_store(), attachment_store(), logo, leave, pay_link, mailer())


def pay_link(mail: Mail, text: MailText, now: datetime) -> MailText:
    """Put a link to pay into a mail that leaves, where it has the place of one."""
    from functools import partial

    from duebook.runtime.ids import hashed, new_secret
    from duebook.storage.pay_link_store import PayLinkStore
    from duebook.usecases.pay_links import PayLinkDesk, with_pay_link

    links = PayLinkStore(wiring.client("dynamodb"), wiring.tables())
    desk = PayLinkDesk(links, wiring.directory_store(), partial(new_secret, "pay"), hashed, setting("PORTAL_ORIGIN"))
    return with_pay_link(mail, text, desk=desk, now=now)


def leave_desk(now: datetime) -> LeaveDesk:
    """Return what links to unsubscribe take, at an instant."""
    from duebook.runtime.ids import hashed, new_short_token
    from duebook.usecases.unsubscribe import LeaveDesk

    return LeaveDesk(wiring.email_store(), new_short_token, hashed, now)


def payment_records() -> Records:
    """Return where the news of a payment are read."""
    from duebook.usecases.notify_payment import Records

    return Records(wiring.account_store(), wiring.payment_store(), wiring.directory_store())


def post() -> Post:
    """Return where mails are recorded and queued."""
    from duebook.usecases.notify_payment import Post

    return Post(wiring.email_store(), mail_queue())


def receipt_writer() -> Writer:
    """Return the writer of receipts, in the business's words where it has some, with links to this deployment's portal."""
    from duebook import wiring_texts
    from duebook.domain.email_activity import MailKind
    from duebook.mail.receipt import write_receipt

    return wiring_texts.worded(write_receipt, MailKind.RECEIPT)


def tell_news(key: PaymentKey, notice: str) -> None:
    """Tell what people are owed to hear of a payment."""
    from functools import partial

    from duebook import wiring_texts
    from duebook.domain.email_activity import MailKind
    from duebook.mail.payment_not_made import write_payment_not_made
    from duebook.mail.payment_returned import write_payment_returned
    from duebook.mail.payment_returned_staff import write_payment_returned_staff
    from duebook.mail.payment_submitted import write_payment_submitted
    from duebook.mail.refund_notice import write_refund_notice
    from duebook.runtime.clock import utc_now
    from duebook.usecases.tell_payment_news import Writers, tell_payment_news

    origin = setting("PORTAL_ORIGIN")
    writers = Writers(
        submitted=wiring_texts.worded(write_payment_submitted, MailKind.PAYMENT_SUBMITTED),
        not_made=wiring_texts.worded(write_payment_not_made, MailKind.PAYMENT_NOT_MADE),
        returned=wiring_texts.worded(write_payment_returned, MailKind.PAYMENT_RETURNED),
        returned_staff=partial(write_payment_returned_staff, portal_origin=origin),
        refund_notice=wiring_texts.worded(write_refund_notice, MailKind.REFUND_NOTICE),
    )
    tell_payment_news(key, notice, records=payment_records(), post=post(), writers=writers, now=utc_now())


def staff_notice_writer() -> Writer:
    """Return the writer of *payment received* mails, worded as receipts are, with links to this deployment's staff pages."""
    from duebook import wiring_texts
    from duebook.domain.email_activity import MailKind
    from duebook.mail.payment_received import write_payment_received

    return wiring_texts.worded(write_payment_received, MailKind.PAYMENT_RECEIVED)
