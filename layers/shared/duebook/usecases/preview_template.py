"""Show a mail text as it would read for a customer, and send it to oneself (R65)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import TypeAlias

from duebook.domain.account import Account, AccountKey
from duebook.domain.account_letters import AccountLetter
from duebook.domain.automation_letters import InvoiceNews, PastDueLetter, due_sections
from duebook.domain.directory import Customer, Staff, Tenant
from duebook.domain.email_activity import Mail, MailKind, MailText, mail_caused
from duebook.domain.identity import Access
from duebook.domain.invoices import invoice_total
from duebook.domain.mail_samples import (
    REQUEST_STATUSES,
    TIERS,
    sample_access,
    sample_back,
    sample_customer,
    sample_invoice_news,
    sample_letter,
    sample_news,
    sample_past_due,
    sample_request,
)
from duebook.domain.mail_templates import Cleaner, OwnText, checked, default_text
from duebook.domain.money import Money
from duebook.domain.money_back import MoneyBack
from duebook.domain.open_items import age_key
from duebook.domain.payment_news import PaymentNews
from duebook.domain.payments import ENDED, NOT_MADE, Payment, PaymentState
from duebook.domain.placeholders import Problem
from duebook.domain.portal_access import COMPANY
from duebook.domain.refunds import StepState
from duebook.domain.request_news import RequestNews
from duebook.domain.service_requests import RequestStatus
from duebook.errors import ConflictError
from duebook.storage.invoice_store import InvoiceStore
from duebook.storage.request_store import RequestStore
from duebook.usecases.notify_payment import Post, Records, read_news
from duebook.usecases.queue_mail import queue_mail
from duebook.usecases.save_template import TextRefusedError
from duebook.usecases.tell_payment_news import read_money_back

LATEST = 50
"""So many of a customer's payments, or requests, are looked through for one that such a mail could be about."""
CURRENCY = "USD"

Material: TypeAlias = PaymentNews | MoneyBack | Access | RequestNews | AccountLetter | InvoiceNews | PastDueLetter
PreviewWriter: TypeAlias = Callable[[MailKind, Material, OwnText | None], MailText]
"""Writes a mail of a kind, with a text of the business or in our words, by the code that writes the real ones."""

ABOUT_ACCESS = frozenset({MailKind.INVITATION, MailKind.PASSWORD_RESET})
ABOUT_REQUESTS = frozenset(REQUEST_STATUSES)
ABOUT_MONEY_BACK = frozenset({MailKind.PAYMENT_RETURNED, MailKind.REFUND_NOTICE})
ABOUT_PAYMENTS = frozenset({MailKind.RECEIPT, MailKind.PAYMENT_RECEIVED, MailKind.PAYMENT_SUBMITTED, MailKind.PAYMENT_NOT_MADE})


@dataclass(frozen=True, slots=True)
class PreviewDesk:
    """What previews take.

    Args:
        records: Where the figures are read.
        invoices: Where invoices are read.
        requests: Where service requests are read.
        clean: Takes out of HTML what a mail may not hold.
        write: Writes the mail.
        today: In the tenant's zone.
        now: When.
    """

    records: Records
    invoices: InvoiceStore
    requests: RequestStore
    clean: Cleaner
    write: PreviewWriter
    today: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """A text as it would read.

    Args:
        mail: None when the text cannot be used.
        problems: Why.
        is_example: The figures are examples: there is no such payment, contact or invoice of the customer yet.
        cleaned: Whether the text will be kept otherwise than it was typed.
    """

    mail: MailText | None
    problems: tuple[Problem, ...] = ()
    is_example: bool = False
    cleaned: bool = False


def preview_text(tenant_id: str, kind: MailKind, typed: OwnText, customer_id: str | None, *, desk: PreviewDesk) -> Preview:
    """Show how a text would read for a customer, with its own figures wherever it has some.

    Raises:
        NotFoundError: No such customer.
    """
    known = checked(kind, typed, desk.clean)
    if known.problems:
        return Preview(None, known.problems)
    tenant = desk.records.directory.tenant(tenant_id)
    customer = desk.records.directory.customer(tenant_id, customer_id) if customer_id else None
    material = _real(kind, tenant, customer, desk) if customer else None
    shown = material or _example(kind, tenant, customer, desk)
    text = None if known.text == default_text(kind) else known.text
    return Preview(desk.write(kind, shown, text), is_example=material is None, cleaned=known.text != typed)


def send_test(
    tenant_id: str, kind: MailKind, typed: OwnText, customer_id: str | None, staff: Staff | None, *, desk: PreviewDesk, post: Post
) -> Mail:
    """Mail a text to who wrote it, with a customer's figures and without a link that lets anybody in; once a minute.

    Raises:
        ConflictError: An API key has no address to send it to.
        NotFoundError: No such customer.
        UnprocessableError: The text cannot be used, as its ``errors`` tell.
        TransientError: Say it again.
    """
    if staff is None:
        raise ConflictError("a test goes to the address of who is signed in; an API key has none")
    preview = preview_text(tenant_id, kind, typed, customer_id, desk=desk)
    if preview.mail is None:
        raise TextRefusedError(preview.problems)
    text = replace(preview.mail, subject=f"Test: {preview.mail.subject}")
    minute = desk.now.replace(second=0, microsecond=0)
    cause = f"test\n{staff.staff_id}\n{kind.value}\n{text.subject}\n{text.text}"
    mail = mail_caused(tenant_id, cause, at=minute, to=staff.email, subject=text.subject, kind=MailKind.TEST, customer_id=None, about=None)
    return queue_mail(mail, text, mails=post.mails, queue=post.queue, now=desk.now)


def _real(kind: MailKind, tenant: Tenant, customer: Customer, desk: PreviewDesk) -> Material | None:
    """Read what such a mail would tell of a customer, or None when there is nothing of the kind."""
    if kind in ABOUT_ACCESS:
        return _access(tenant, customer, desk)
    if kind in ABOUT_REQUESTS:
        return _request(kind, tenant, customer, desk)
    if kind in ABOUT_PAYMENTS | ABOUT_MONEY_BACK:
        return _payment(kind, tenant, customer, desk)
    accounts = tuple(
        account for currency in sorted(customer.currencies) if (account := _account(tenant, customer, currency, desk)).open_items
    )
    if not accounts:
        return None
    letter = AccountLetter(tenant, customer, accounts, desk.today)
    if kind is MailKind.NEW_INVOICE:
        return _newest(letter, desk)
    return _past_due(TIERS[kind], letter) if kind in TIERS else letter


def _newest(letter: AccountLetter, desk: PreviewDesk) -> InvoiceNews | None:
    """Tell of the newest open invoice as if it had just appeared."""
    open_items = [(item, account.key.currency) for account in letter.accounts for item in account.open_items]
    item, currency = max(open_items, key=lambda pair: age_key(pair[0]))
    invoice = desk.invoices.get(letter.tenant.tenant_id, letter.customer.customer_id, item.invoice_id)
    if invoice is None:
        return None
    return InvoiceNews(replace(letter, invoice=(item, currency)), invoice, Money(invoice_total(invoice), currency), item.open_minor)


def _past_due(tier: int, letter: AccountLetter) -> PastDueLetter | None:
    """Tell of what is past due, in the words of a tier, of whatever age it is."""
    sections = due_sections(letter.accounts, letter.today)
    return PastDueLetter(letter, tier, sections) if sections else None


def _account(tenant: Tenant, customer: Customer, currency: str, desk: PreviewDesk) -> Account:
    return desk.records.accounts.read(AccountKey(tenant.tenant_id, customer.customer_id, currency)).account


def _access(tenant: Tenant, customer: Customer, desk: PreviewDesk) -> Access | None:
    contacts = [one for one in desk.records.directory.contacts(tenant.tenant_id, customer.customer_id) if one.email]
    contacts.sort(key=lambda one: (not one.portal_access, one.kind != COMPANY, one.contact_id))
    return Access(tenant, customer, contacts[0]) if contacts else None


def _request(kind: MailKind, tenant: Tenant, customer: Customer, desk: PreviewDesk) -> RequestNews | None:
    """Tell of the latest request that such a mail could be about; any was received once."""
    status = REQUEST_STATUSES[kind]
    for request in islice(desk.requests.of_customer(tenant.tenant_id, customer.customer_id), LATEST):
        if status in {RequestStatus.NEW, request.status}:
            contact = desk.records.directory.contact(tenant.tenant_id, customer.customer_id, request.contact.contact_id)
            return RequestNews(tenant, customer, contact, request) if contact else None
    return None


def _payment(kind: MailKind, tenant: Tenant, customer: Customer, desk: PreviewDesk) -> PaymentNews | MoneyBack | None:
    for payment in desk.records.payments.of_customer(tenant.tenant_id, customer.customer_id, limit=LATEST):
        notice = _notice(kind, payment)
        if notice and kind in ABOUT_MONEY_BACK:
            return read_money_back(payment, notice, tenant, desk.records)
        if notice:
            return read_news(payment.key, desk.records)
    return None


def _notice(kind: MailKind, payment: Payment) -> str | None:
    """Return what such a mail would tell of a payment, or None when it could not be about it."""
    match kind:
        case MailKind.PAYMENT_RETURNED:
            return payment.state.value if payment.state is PaymentState.RETURNED else None
        case MailKind.REFUND_NOTICE:
            made = [refund.refund_id for refund in payment.refunds if refund.state is StepState.MADE]
            return made[-1] if made else None
        case MailKind.PAYMENT_SUBMITTED:
            return payment.state.value if payment.state is PaymentState.PENDING else None
        case MailKind.PAYMENT_NOT_MADE:
            return payment.state.value if payment.state in NOT_MADE else None
        case _:
            return payment.state.value if payment.captured_at and payment.state not in ENDED else None


def _example(kind: MailKind, tenant: Tenant, customer: Customer | None, desk: PreviewDesk) -> Material:
    who = customer or sample_customer(desk.now)
    currency = min(who.currencies, default=CURRENCY)
    if kind in ABOUT_PAYMENTS:
        return sample_news(kind, who, tenant, desk.now, currency)
    if kind in ABOUT_MONEY_BACK:
        return sample_back(kind, who, tenant, desk.now, currency)
    if kind in ABOUT_ACCESS:
        return sample_access(who, tenant)
    if kind in ABOUT_REQUESTS:
        return sample_request(kind, (_access(tenant, customer, desk) if customer else None) or sample_access(who, tenant), desk.now)
    if kind is MailKind.NEW_INVOICE:
        return sample_invoice_news(who, tenant, desk.today, currency)
    if kind in TIERS:
        return sample_past_due(kind, who, tenant, desk.today, currency)
    return sample_letter(who, tenant, desk.today, currency)
