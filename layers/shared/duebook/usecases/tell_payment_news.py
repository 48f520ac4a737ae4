"""Tell people what has become of a payment after the click: submitted, not made, returned, charged back, voided, refunded (R38, R39, R41)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.account import AccountKey
from duebook.domain.directory import Tenant
from duebook.domain.email_activity import About, MailKind, MailText, mail_caused
from duebook.domain.journal import JournalEntry
from duebook.domain.money_back import MoneyBack, entry_behind, money_back
from duebook.domain.payments import SUBMITTED, Payment, PaymentKey, PaymentState
from duebook.domain.refunds import StepState
from duebook.errors import InvariantError
from duebook.storage.account_store import AccountStore
from duebook.usecases.notify_payment import Post, Records, Writer, send_not_made_notice, send_submitted_notice
from duebook.usecases.queue_mail import queue_mail

NOT_MADE = "not_made"
STATES = {state.value: state for state in (PaymentState.RETURNED, PaymentState.CHARGED_BACK, PaymentState.VOIDED)}
A_READ = 100
"""So many journal entries are read at once, backwards, where a number is not known."""

BackWriter = Callable[[MoneyBack], MailText]


@dataclass(frozen=True, slots=True)
class Writers:
    """Who puts the news into words."""

    submitted: Writer
    not_made: Writer
    returned: BackWriter
    returned_staff: BackWriter
    refund_notice: BackWriter


@dataclass(frozen=True, slots=True)
class _Letter:
    """Mails of one text: kind, writer, and addresses by the cause that makes each the only one."""

    kind: MailKind
    write: BackWriter
    recipients: Mapping[str, str]


def tell_payment_news(key: PaymentKey, notice: str, *, records: Records, post: Post, writers: Writers, now: datetime) -> str:
    """Queue the mails that one piece of news of a payment calls for. Safe to run again: one mail a cause and address.

    Submitted: to the payer. Returned: to payer and staff. Charged back: to staff. Voided or refunded: to the payer, and to staff what they did not do.

    Args:
        key: Which payment.
        notice: As in ``Payment.news``.
        records: Where the news are read.
        post: Where mails are recorded and queued.
        writers: Who puts them into words.
        now: When.

    Returns:
        ``queued``; ``no_address`` when there is nobody to tell; ``outdated`` when the outcome of one told as submitted is known, or one told as
        not made was made after all.

    Raises:
        NotFoundError: No such payment, customer or tenant.
        InvariantError: The news is not true of the payment.
        TransientError: Run it again.
    """
    if notice == SUBMITTED:
        return send_submitted_notice(key, records=records, post=post, write=writers.submitted, now=now)
    payment = records.payments.get(key)
    if notice == NOT_MADE:
        if payment.captured_at is not None:
            return "outdated"
        return send_not_made_notice(key, records=records, post=post, write=writers.not_made, now=now)
    _check(payment, notice)
    tenant = records.directory.tenant(key.tenant_id)
    letters = [letter for letter in _letters(payment, notice, tenant, writers) if letter.recipients]
    if not letters:
        return "no_address"
    back = read_money_back(payment, notice, tenant, records)
    for letter in letters:
        text = letter.write(back)
        for cause, address in letter.recipients.items():
            mail = mail_caused(
                key.tenant_id,
                cause,
                at=back.at,
                to=address,
                subject=text.subject,
                kind=letter.kind,
                customer_id=key.customer_id,
                about=About("payment", key.payment_id),
            )
            queue_mail(mail, text, mails=post.mails, queue=post.queue, now=now)
    return "queued"


def _letters(payment: Payment, notice: str, tenant: Tenant, writers: Writers) -> Iterable[_Letter]:
    cause = f"{payment.key.payment_id}.{notice}"
    payer = {cause: payment.payer.email} if payment.payer and payment.payer.email else {}
    staff = {f"{cause}.staff.{address.strip().lower()}": address for address in tenant.notify if address.strip()}
    if notice == PaymentState.RETURNED.value:
        yield _Letter(MailKind.PAYMENT_RETURNED, writers.returned, payer)
    elif notice != PaymentState.CHARGED_BACK.value:
        yield _Letter(MailKind.REFUND_NOTICE, writers.refund_notice, payer)
    if notice in STATES and not (notice == PaymentState.VOIDED.value and payment.void):
        yield _Letter(MailKind.PAYMENT_RETURNED, writers.returned_staff, staff)


def _check(payment: Payment, notice: str) -> None:
    made = {refund.refund_id for refund in payment.refunds if refund.state is StepState.MADE}
    if notice not in made and STATES.get(notice) is not payment.state:
        raise InvariantError(f"payment {payment.key.payment_id} is {payment.state}; the news {notice} would not be true")


def read_money_back(payment: Payment, notice: str, tenant: Tenant, records: Records) -> MoneyBack:
    """Read what is told of money that left a payment again; ``notice`` as in ``entry_behind``."""
    key = payment.key
    account_key = AccountKey(key.tenant_id, key.customer_id, payment.amount.currency)
    account = records.accounts.read(account_key).account
    found = records.accounts.entries([(account_key, number) for number in payment.applied_in])
    entries = {number: entry for (_, number), entry in found.items()}
    if payment.captured_at is None:
        entries |= _released(payment, notice, account_key, account.version, records.accounts)
    customer = records.directory.customer(key.tenant_id, key.customer_id)
    return money_back(payment, notice, entries, account, tenant, customer)


def _released(payment: Payment, notice: str, account_key: AccountKey, last: int, accounts: AccountStore) -> dict[int, JournalEntry]:
    """Find when the promise of money that never came was released, mostly among the newest entries."""
    entry_id = entry_behind(payment, notice)
    for end in range(last, 0, -A_READ):
        block = accounts.entries([(account_key, number) for number in range(max(1, end - A_READ + 1), end + 1)])
        found = {number: entry for (_, number), entry in block.items() if entry.id == entry_id}
        if found:
            return found
    return {}
