"""Mail a payment's receipt again, when staff ask for it: to the payer, or to another address they name."""

from __future__ import annotations

from datetime import datetime

from duebook.domain.email_activity import About, Mail, MailKind, mail_caused
from duebook.domain.payments import ENDED, PaymentState
from duebook.errors import ConflictError
from duebook.usecases.notify_payment import Post, Records, Writer, read_news
from duebook.usecases.queue_mail import queue_mail


def send_receipt_again(
    tenant_id: str, payment_id: str, to: str, *, key: str, asked_at: datetime, records: Records, post: Post, write: Writer, now: datetime
) -> Mail:
    """Queue the receipt of a payment to an address; the same key and instant of asking queue it once.

    Returns:
        The mail, as it is on record.

    Raises:
        NotFoundError: No such payment of this tenant.
        ConflictError: There is no receipt that would be true: the money is not in, or gone again.
        TransientError: Ask again.
    """
    payment_key = records.payments.find(tenant_id, payment_id)
    payment = records.payments.get(payment_key)
    if payment.state in ENDED:
        raise ConflictError("This payment was taken back, so a receipt of it would not be true. No mail was sent.")
    if payment.state is not PaymentState.CAPTURED or payment.captured_at is None:
        raise ConflictError("The money of this payment is not in, so there is no receipt yet. No mail was sent.")
    text = write(read_news(payment_key, records))
    mail = mail_caused(
        tenant_id,
        f"{payment_id}.again.{key}",
        at=asked_at,
        to=to,
        subject=text.subject,
        kind=MailKind.RECEIPT,
        customer_id=payment_key.customer_id,
        about=About("payment", payment_id),
    )
    return queue_mail(mail, text, mails=post.mails, queue=post.queue, now=now)
