"""Examples of what mails tell, for a preview where there is no such thing of a real customer yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from duebook.domain.account import Account, AccountKey
from duebook.domain.account_letters import AccountLetter
from duebook.domain.automation_letters import InvoiceNews, PastDueLetter, due_sections
from duebook.domain.directory import Contact, Customer, Tenant
from duebook.domain.email_activity import MailKind
from duebook.domain.identity import Access
from duebook.domain.invoices import Invoice
from duebook.domain.money import Money
from duebook.domain.money_back import MoneyBack, ReopenedInvoice
from duebook.domain.open_items import OpenItem
from duebook.domain.payment_news import PaidInvoice, PaymentNews
from duebook.domain.payments import Payer, Payment, PaymentKey, PaymentState
from duebook.domain.portal_access import COMPANY
from duebook.domain.refunds import Refund, StepState
from duebook.domain.request_news import RequestNews
from duebook.domain.service_requests import Chosen, Job, JobKind, Place, Requester, RequestStatus, ServiceRequest

TIERS = {MailKind.PAST_DUE_1: 1, MailKind.PAST_DUE_2: 2, MailKind.PAST_DUE_3: 3}
PAID = (PaidInvoice("INV-2041", "INV-2041", 412_00, 0), PaidInvoice("INV-2057", "INV-2057", 88_00, 120_00))


def sample_customer(now: datetime) -> Customer:
    """Return a customer that does not exist."""
    return Customer("C-1042", "Riverside Builders", "hT7kPm3xWq", now, email="office@riverside.example")


def sample_payment(customer: Customer, tenant: Tenant, now: datetime, currency: str) -> Payment:
    """Return a payment that was never made."""
    paid_at = now - timedelta(days=1)
    return Payment(
        PaymentKey(tenant.tenant_id, customer.customer_id, "pay_example"),
        Money(500_00, currency),
        PaymentState.CAPTURED,
        "guest",
        "card",
        paid_at,
        "DB-EXAMPLE",
        brand="visa",
        last4="4242",
        payer=Payer("Ana Ruiz", "ana@riverside.example"),
        captured_at=paid_at,
    )


def sample_news(kind: MailKind, customer: Customer, tenant: Tenant, now: datetime, currency: str) -> PaymentNews:
    """Return the news of a payment that was never made."""
    payment = sample_payment(customer, tenant, now, currency)
    if kind is MailKind.PAYMENT_NOT_MADE:
        payment = replace(payment, state=PaymentState.DECLINED, captured_at=None)
        return PaymentNews(payment, tenant, customer, (), 0, 620_00, nothing_owed=False)
    if kind is MailKind.PAYMENT_SUBMITTED:
        payment = replace(payment, state=PaymentState.PENDING, method_type="bank_account", brand=None, last4="6789", captured_at=None)
        return PaymentNews(payment, tenant, customer, (), 0, 120_00, nothing_owed=False)
    return PaymentNews(payment, tenant, customer, PAID, 0, 120_00, nothing_owed=False)


def sample_back(kind: MailKind, customer: Customer, tenant: Tenant, now: datetime, currency: str) -> MoneyBack:
    """Return the news of such a payment whose money went again."""
    payment = sample_payment(customer, tenant, now, currency)
    if kind is MailKind.PAYMENT_RETURNED:
        payment = replace(payment, state=PaymentState.RETURNED, ended_code="R01", method_type="bank_account", brand=None, last4="6789")
        opened = tuple(ReopenedInvoice(one.invoice_id, one.number, one.minor, one.minor + one.still_open) for one in PAID)
        return MoneyBack(payment, tenant, customer, payment.amount, now, opened)
    refund = Refund("rfd_example", "DB-REFUND", 88_00, "An example", "", now, StepState.MADE)
    opened = (ReopenedInvoice("INV-2057", "INV-2057", 88_00, 208_00),)
    return MoneyBack(replace(payment, refunds=(refund,)), tenant, customer, Money(88_00, currency), now, opened, refund=refund)


def sample_access(customer: Customer, tenant: Tenant) -> Access:
    """Return the access of a contact that does not exist."""
    return Access(tenant, customer, Contact("con_example", "Ana Ruiz", COMPANY, "ana@riverside.example", portal_access=True))


REQUEST_STATUSES = {
    MailKind.REQUEST_RECEIVED: RequestStatus.NEW,
    MailKind.REQUEST_COMPLETED: RequestStatus.COMPLETED,
    MailKind.REQUEST_DECLINED: RequestStatus.DECLINED,
}


def sample_request(kind: MailKind, access: Access, now: datetime) -> RequestNews:
    """Return the news of a service request that was never made."""
    contact, status = access.contact, REQUEST_STATUSES[kind]
    request = ServiceRequest(
        "req_example",
        access.customer.customer_id,
        Place("site_example", "North yard", "002"),
        Requester(contact.contact_id, contact.name, contact.email),
        Chosen("prd_example", "Standard unit"),
        Chosen("svc_example", "Weekly service"),
        now,
        wanted_on=(now + timedelta(days=5)).date(),
        po_number="PO-7781",
        status=status,
    )
    if status is RequestStatus.DECLINED:
        request = replace(request, ended_at=now, decline_reason="We do not serve that area yet.")
    if status is RequestStatus.COMPLETED:
        request = replace(request, ended_at=now, job=Job("job_example", JobKind.JOB, "J-118", (now + timedelta(days=6)).date()))
    return RequestNews(access.tenant, access.customer, contact, request)


def sample_letter(customer: Customer, tenant: Tenant, today: date, currency: str, *, days_past_due: int = 34) -> AccountLetter:
    """Return an account with three open invoices that do not exist, the newest of them not due yet.

    Args:
        customer: Whose.
        tenant: Who bills.
        today: In the tenant's zone.
        currency: ISO 4217.
        days_past_due: Of the oldest.
    """
    late = {"INV-2041": (days_past_due, 412_00), "INV-2057": (days_past_due - 31, 208_00), "INV-2063": (-25, 96_50)}
    items = tuple(
        OpenItem(number, number, today - timedelta(days=days + 30), today - timedelta(days=days), minor)
        for number, (days, minor) in late.items()
    )
    account = Account(AccountKey(tenant.tenant_id, customer.customer_id, currency), open_items=items)
    return AccountLetter(tenant, customer, (account,), today, (items[-1], currency))


def sample_invoice_news(customer: Customer, tenant: Tenant, today: date, currency: str) -> InvoiceNews:
    """Return the news of the newest of them."""
    letter = sample_letter(customer, tenant, today, currency)
    item = letter.accounts[0].open_items[-1]
    invoice = Invoice(item.invoice_id, customer.customer_id, item.number, item.invoice_on, item.due_on, currency)
    return InvoiceNews(letter, invoice, Money(item.open_minor, currency), item.open_minor)


def sample_past_due(kind: MailKind, customer: Customer, tenant: Tenant, today: date, currency: str) -> PastDueLetter:
    """Return a notice about those of them that are past due, as old as its tier takes."""
    tier = TIERS[kind]
    letter = sample_letter(customer, tenant, today, currency, days_past_due=31 * tier - 17)
    return PastDueLetter(letter, tier, due_sections(letter.accounts, today))
