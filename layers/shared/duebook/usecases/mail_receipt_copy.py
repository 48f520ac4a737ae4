"""Mail a copy of a receipt to who asks for it: a contact, or a payer at the address of the link (R37, R74)."""

from __future__ import annotations

from datetime import datetime

from duebook.domain.email_activity import About, MailKind, mail_caused
from duebook.domain.payments import ENDED, NOT_MADE, PaymentKey, PaymentState
from duebook.domain.portal_access import PAYER, ContactCaller
from duebook.errors import ConflictError, NotFoundError
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.notify_payment import Post, Records, Writer, read_news
from duebook.usecases.queue_mail import queue_mail
from duebook.usecases.read_portal_payments import own_payment

NOT_KNOWN_YET = frozenset({PaymentState.SUBMITTING, PaymentState.UNKNOWN})


def mail_receipt_copy(caller: ContactCaller, payment_id: str, *, records: Records, post: Post, write: Writer, now: datetime) -> str:
    """Queue the receipt of a payment of the caller's own customer to the caller; one a minute, however often it is asked for.

    Returns:
        The address it goes to.

    Raises:
        NotFoundError: No such payment, another customer's, or an attempt that was not made.
        ConflictError: The payment has no receipt that would be true, or the contact no address.
        TransientError: Ask again.
    """
    key = PaymentKey(caller.tenant_id, caller.customer_id, payment_id)
    payment = own_payment(caller, payment_id, payments=records.payments)
    if payment.state in NOT_MADE:
        raise NotFoundError(f"no payment {payment_id}")
    if payment.state in NOT_KNOWN_YET:
        raise ConflictError("We are still checking this payment. Ask for its receipt once it is received.")
    if payment.state in ENDED:
        raise ConflictError("This payment was taken back, so there is no receipt to mail. Its document tells what became of it.")
    to = _address(caller, records.directory)
    text = write(read_news(key, records))
    minute = now.replace(second=0, microsecond=0)
    mail = mail_caused(
        caller.tenant_id,
        f"{payment_id}.copy.{caller.contact_id}.{minute:%Y%m%d%H%M}",
        at=minute,
        to=to,
        subject=text.subject,
        kind=MailKind.RECEIPT,
        customer_id=caller.customer_id,
        about=About("payment", payment_id),
    )
    return queue_mail(mail, text, mails=post.mails, queue=post.queue, now=now).to


def _address(caller: ContactCaller, directory: DirectoryStore) -> str:
    if caller.kind == PAYER:
        return caller.address
    contact = directory.contact(caller.tenant_id, caller.customer_id, caller.contact_id)
    if contact is None or not contact.email:
        raise ConflictError("You have no email address on record. Ask a company contact to add it.")
    return contact.email
