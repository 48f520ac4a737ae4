"""Tell payer and staff what became of a payment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.account import AccountKey
from duebook.domain.email_activity import About, MailKind, MailText, mail_caused
from duebook.domain.payment_news import PaymentNews, payment_news
from duebook.domain.payments import ENDED, PaymentKey, PaymentState
from duebook.errors import InvariantError
from duebook.ports import MailQueue
from duebook.storage.account_store import AccountStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore
from duebook.storage.payment_store import PaymentStore
from duebook.usecases.queue_mail import queue_mail
from duebook.usecases.read_payments import with_applications

WITHOUT_MONEY = frozenset({MailKind.PAYMENT_SUBMITTED, MailKind.PAYMENT_NOT_MADE})
"""Kinds that tell of a payment whose money has not come in."""


@dataclass(frozen=True, slots=True)
class Records:
    """Where a payment's news are read."""

    accounts: AccountStore
    payments: PaymentStore
    directory: DirectoryStore


@dataclass(frozen=True, slots=True)
class Post:
    """Where mails are recorded and queued."""

    mails: EmailStore
    queue: MailQueue


Writer = Callable[[PaymentNews], MailText]


def send_receipt(key: PaymentKey, *, records: Records, post: Post, write: Writer, now: datetime) -> str:
    """Queue the payer's receipt to the address they gave (R16). Safe to run again: one payment has one receipt.

    Returns:
        ``queued``, ``no_address`` when nobody asked for one, or ``outdated`` when the payment has ended meanwhile.

    Raises:
        NotFoundError: No such payment, customer or tenant.
        InvariantError: Its money has not come in.
        TransientError: Run it again.
    """
    payer = records.payments.get(key).payer
    recipients = {f"{key.payment_id}.receipt": payer.email} if payer and payer.email else {}
    return _tell(key, MailKind.RECEIPT, recipients, records=records, post=post, write=write, now=now)


def send_staff_notice(key: PaymentKey, *, records: Records, post: Post, write: Writer, now: datetime) -> str:
    """Queue *payment received* to each address the tenant named (R16). Safe to run again: one notice a payment and address.

    Money that staff received themselves is no news to them.

    Returns:
        ``queued``, or ``no_address`` when there is nobody to tell.

    Raises:
        NotFoundError: No such payment, customer or tenant.
        InvariantError: Its money has not come in.
        TransientError: Run it again.
    """
    notify = () if records.payments.get(key).channel == "staff" else records.directory.tenant(key.tenant_id).notify
    recipients = {f"{key.payment_id}.payment_received.{address.strip().lower()}": address for address in notify if address.strip()}
    return _tell(key, MailKind.PAYMENT_RECEIVED, recipients, records=records, post=post, write=write, now=now)


def send_submitted_notice(key: PaymentKey, *, records: Records, post: Post, write: Writer, now: datetime) -> str:
    """Queue the news that a bank payment is on its way (R16, R38). Safe to run again: one such mail a payment.

    Returns:
        ``queued``, ``no_address`` when nobody asked for one, or ``outdated`` when its outcome is known by now.

    Raises:
        NotFoundError: No such payment, customer or tenant.
        TransientError: Run it again.
    """
    payment = records.payments.get(key)
    if payment.state is not PaymentState.PENDING:
        return "outdated"
    recipients = {f"{key.payment_id}.submitted": payment.payer.email} if payment.payer and payment.payer.email else {}
    return _tell(key, MailKind.PAYMENT_SUBMITTED, recipients, records=records, post=post, write=write, now=now)


def send_not_made_notice(key: PaymentKey, *, records: Records, post: Post, write: Writer, now: datetime) -> str:
    """Queue the news that a payment left in doubt was not made (R39). Safe to run again: one such mail a payment.

    Returns:
        ``queued``, or ``no_address`` when nobody asked for one.

    Raises:
        NotFoundError: No such payment, customer or tenant.
        TransientError: Run it again.
    """
    payer = records.payments.get(key).payer
    recipients = {f"{key.payment_id}.not_made": payer.email} if payer and payer.email else {}
    return _tell(key, MailKind.PAYMENT_NOT_MADE, recipients, records=records, post=post, write=write, now=now)


def read_news(key: PaymentKey, records: Records) -> PaymentNews:
    """Read what is told of a payment.

    Raises:
        NotFoundError: No such payment, customer or tenant.
    """
    payment = records.payments.get(key)
    applications = with_applications([payment], accounts=records.accounts)[0].applications
    account = records.accounts.read(AccountKey(key.tenant_id, key.customer_id, payment.amount.currency)).account
    tenant, customer = records.directory.tenant(key.tenant_id), records.directory.customer(key.tenant_id, key.customer_id)
    return payment_news(payment, applications, account, tenant, customer)


def _tell(
    key: PaymentKey, kind: MailKind, recipients: Mapping[str, str], *, records: Records, post: Post, write: Writer, now: datetime
) -> str:
    if not recipients:
        return "no_address"
    news = read_news(key, records)
    payment = news.payment
    if payment.state in ENDED or (kind is MailKind.PAYMENT_SUBMITTED and payment.state is not PaymentState.PENDING):
        # Its end, or its outcome, is known before anybody was told: that news follows by itself, and this one is no longer true.
        return "outdated"
    told_at = payment.created_at if kind in WITHOUT_MONEY else payment.captured_at
    if told_at is None or (kind in WITHOUT_MONEY) == (payment.captured_at is not None):
        raise InvariantError(f"payment {key.payment_id} is {payment.state}; a {kind} mail would not be true")
    text = write(news)
    about = About("payment", key.payment_id)
    for cause, address in recipients.items():
        mail = mail_caused(
            key.tenant_id, cause, at=told_at, to=address, subject=text.subject, kind=kind, customer_id=key.customer_id, about=about
        )
        queue_mail(mail, text, mails=post.mails, queue=post.queue, now=now)
    return "queued"
