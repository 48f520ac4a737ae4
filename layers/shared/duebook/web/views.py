"""Turn the domain's records into the staff API's answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from duebook.domain.account import Account
from duebook.domain.ageing import Ageing, ageing, summed
from duebook.domain.automation import CustomerAutomation
from duebook.domain.directory import Contact, Customer, Site
from duebook.domain.invoices import InvoiceLine, line_amount
from duebook.domain.journal import EntryKind, JournalEntry, Line
from duebook.domain.overview import overview
from duebook.domain.payments import ENDED, NOT_MADE, Payment, PaymentState, refundable, status_of
from duebook.domain.refunds import IN_FLIGHT, Refund, refunded
from duebook.domain.return_codes import return_reason
from duebook.storage.account_store import HeadFigures
from duebook.usecases.read_ageing import AgedCustomer
from duebook.usecases.read_credit_memo import AppliedMemo
from duebook.usecases.read_customers import CustomerFigures
from duebook.usecases.read_invoices import InvoiceFigures
from duebook.usecases.read_payments import PaidPayment
from duebook.usecases.take_payment import declined_text
from duebook.web.staff_answers import (
    AccountCurrencyView,
    AccountView,
    AgeingCurrencyView,
    AgeingCustomerView,
    AgeingPage,
    AgeingView,
    ApplicationView,
    BalanceView,
    ContactView,
    CreditMemoView,
    CustomerRow,
    CustomerView,
    HistoryView,
    InvoiceLineView,
    InvoiceView,
    KindView,
    MethodView,
    PayerView,
    RefundView,
    SiteNameView,
    SiteView,
    StaffPaymentView,
)

MESSAGES: dict[PaymentState, str] = {
    PaymentState.CAPTURED: "Received.",
    PaymentState.PENDING: "Submitted; bank payments take 3–5 business days.",
    PaymentState.REVIEW: "Held by the processor for review.",
    PaymentState.UNKNOWN: "The processor's answer was lost; it is being asked.",
    PaymentState.SUBMITTING: "Being submitted.",
    PaymentState.VOIDED: "Voided; nothing was charged in the end.",
    PaymentState.RETURNED: "Returned by the bank; what it had paid is open again.",
    PaymentState.CHARGED_BACK: "Charged back by the card's bank; what it had paid is open again.",
}
STEPS = {
    EntryKind.PAYMENT_APPLIED: "applied",
    EntryKind.PAYMENT_UNAPPLIED: "unapplied",
    EntryKind.PAYMENT_VOIDED: "voided",
    EntryKind.PAYMENT_REFUNDED: "refunded",
    EntryKind.PAYMENT_RETURNED: "returned",
    EntryKind.CHARGED_BACK: "charged_back",
}


def customer_view(customer: Customer, switch: CustomerAutomation) -> CustomerView:
    """Show a customer."""
    return CustomerView(**_customer(customer, switch))


def customer_row(found: CustomerFigures, switches: Mapping[str, CustomerAutomation]) -> CustomerRow:
    """Show a customer in a list, given all switches by customer."""
    about = _customer(found.customer, switches[found.customer.customer_id])
    return CustomerRow(**about, balances=[_balance(figures) for figures in found.figures])


def site_view(site: Site) -> SiteView:
    """Show a site."""
    return SiteView(id=site.site_id, name=site.name, number=site.number, address=site.address)


def contact_view(contact: Contact) -> ContactView:
    """Show a contact."""
    return ContactView(
        id=contact.contact_id,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        kind=contact.kind,
        site_ids=list(contact.site_ids),
        portal_access=contact.portal_access,
        invited_at=contact.invited_at,
        last_sign_in_at=contact.last_sign_in_at,
    )


def invoice_view(figures: InvoiceFigures) -> InvoiceView:
    """Show an invoice; a multi-site parent with its children."""
    invoice = figures.invoice
    return InvoiceView(
        id=invoice.invoice_id,
        customer_id=invoice.customer_id,
        number=invoice.number,
        kind="multi_site" if invoice.multi_site else "single_site",
        status=figures.status.value,
        invoice_date=invoice.invoice_on,
        due_date=invoice.due_on,
        currency=invoice.currency,
        total=figures.total,
        open_balance=figures.open_balance,
        reserved=figures.reserved,
        pay_online=invoice.pay_online,
        site_id=invoice.site_id,
        site=SiteNameView(id=figures.site.site_id, name=figures.site.name) if figures.site else None,
        parent_id=invoice.parent_id,
        draft=invoice.draft,
        tax=invoice.tax,
        lines=[_line(line) for line in invoice.lines],
        void_reason=invoice.void_reason,
        children=[invoice_view(child) for child in figures.children] if invoice.multi_site else None,
    )


def account_view(accounts: Iterable[Account], today: date) -> AccountView:
    """Show a customer's accounts as of today in the tenant's zone."""
    return AccountView(currencies=[_account(account, today) for account in accounts])


def ageing_view(accounts: Iterable[Account], as_of: date) -> AgeingView:
    """Show the ageing of a customer's accounts as they stood at the end of a day."""
    return AgeingView(as_of=as_of, currencies=[_aged(ageing(account, as_of)) for account in accounts])


def ageing_page(found: Sequence[AgedCustomer], as_of: date, next_cursor: str | None) -> AgeingPage:
    """Show the ageing of some customers, and its sums."""
    aged = [[ageing(account, as_of) for account in one.accounts] for one in found]
    items = [
        AgeingCustomerView(
            customer_id=one.customer.customer_id, customer_name=one.customer.name, currencies=[_aged(part) for part in parts]
        )
        for one, parts in zip(found, aged, strict=True)
    ]
    sums = summed(part for parts in aged for part in parts)
    return AgeingPage(as_of=as_of, items=items, currencies=[_aged(part) for part in sums], next_cursor=next_cursor)


def payment_view(paid: PaidPayment) -> StaffPaymentView:
    """Show a payment to staff, with what it pays and every step of its life (R16, R23, R26)."""
    payment = paid.payment
    return StaffPaymentView(
        id=payment.key.payment_id,
        customer_id=payment.key.customer_id,
        status=status_of(payment),
        amount=payment.amount.minor,
        currency=payment.amount.currency,
        method=MethodView(type=payment.method_type, brand=payment.brand, last4=payment.last4, number=payment.check_number),
        channel=payment.channel,
        created_at=payment.created_at,
        received_on=payment.received_on,
        applications=application_views(paid.applications),
        unapplied=paid.unapplied,
        reference=payment.order_id,
        message=_message(payment),
        payer=PayerView(name=payment.payer.name, email=payment.payer.email) if payment.payer else None,
        refunded=refunded(payment.refunds),
        refundable=refundable(payment),
        refunds=[_refund(refund) for refund in payment.refunds],
        voiding=payment.void is not None and payment.void.state in IN_FLIGHT,
        settled_at=payment.settled_at,
        method_id=payment.method_id,
        return_code=payment.ended_code,
        reason=_reason(payment),
        reason_code=payment.reason_code,
        processor_reference=payment.reference,
        merchant_account_id=payment.merchant_account_id,
        parked=payment.parked,
        history=_history(payment, paid.entries),
    )


def credit_memo_view(found: AppliedMemo) -> CreditMemoView:
    """Show a credit memo with what it pays."""
    memo = found.memo
    return CreditMemoView(
        id=memo.credit_memo_id,
        customer_id=memo.customer_id,
        number=memo.number,
        date=memo.issued_on,
        currency=memo.currency,
        amount=memo.minor,
        reason=memo.reason,
        applications=application_views(found.applications),
        unapplied=found.unapplied,
    )


def application_views(lines: Sequence[Line]) -> list[ApplicationView]:
    """Show what an amount pays."""
    return [ApplicationView(invoice_id=line.invoice_id, number=line.number, amount=line.minor) for line in lines]


def _customer(customer: Customer, switch: CustomerAutomation) -> dict[str, Any]:
    names = (
        "name",
        "email",
        "phone",
        "address",
        "postal_code",
        "locale",
        "pay_online_id",
        "imported_pay_online_id",
        "enabled",
        "created_at",
    )
    return {"id": customer.customer_id, "automation": switch.enabled} | {name: getattr(customer, name) for name in names}


def _aged(part: Ageing) -> AgeingCurrencyView:
    return AgeingCurrencyView(**asdict(part))


def _balance(figures: HeadFigures) -> BalanceView:
    return BalanceView(
        currency=figures.currency,
        balance=figures.balance,
        open_invoices=figures.open_invoices,
        unapplied=figures.unapplied,
        oldest_due_date=date.fromisoformat(figures.oldest_due_on) if figures.oldest_due_on else None,
    )


def _line(line: InvoiceLine) -> InvoiceLineView:
    return InvoiceLineView(
        description=line.description, quantity=_number(line.quantity), unit_price=line.unit_price, amount=line_amount(line)
    )


def _number(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)


def _account(account: Account, today: date) -> AccountCurrencyView:
    sums = overview(account, today)
    return AccountCurrencyView(
        currency=sums.currency,
        balance=sums.balance,
        overdue=sums.overdue,
        payable_online=sums.payable_online,
        unapplied=sums.unapplied,
        processing=sums.processing,
        open_invoices=sums.open_invoices,
        single_site=KindView(count=sums.single_site.count, balance=sums.single_site.balance),
        multi_site=KindView(count=sums.multi_site.count, balance=sums.multi_site.balance),
    )


def _history(payment: Payment, entries: Sequence[JournalEntry]) -> list[HistoryView]:
    minor = payment.amount.minor
    payer = payment.payer.name if payment.payer else None
    steps = [HistoryView(at=payment.created_at, kind="submitted", amount=minor, by=payer or payment.channel, reason=None)]
    if payment.captured_at is not None:
        steps.append(HistoryView(at=payment.captured_at, kind="captured", amount=minor, by=None, reason=None))
    elif payment.state in NOT_MADE:
        reason = payment.reason.value if payment.reason else None
        steps.append(HistoryView(at=payment.created_at, kind=payment.state.value, amount=minor, by=None, reason=reason))
    if payment.settled_at is not None:
        steps.append(HistoryView(at=payment.settled_at, kind="settled", amount=minor, by=None, reason=None))
    steps += [
        HistoryView(at=entry.posted_at, kind=STEPS[entry.kind], amount=entry.minor, by=entry.actor, reason=entry.reason)
        for entry in entries
        if entry.kind in STEPS
    ]
    if payment.state in ENDED and payment.captured_at is None:
        steps.append(HistoryView(at=payment.created_at, kind=payment.state.value, amount=minor, by=None, reason=payment.ended_code))
    return steps


def _message(payment: Payment) -> str:
    said = MESSAGES.get(payment.state) or declined_text(payment)
    why = _reason(payment) if payment.state is PaymentState.RETURNED else None
    return f"{said} {why}" if why else said


def _reason(payment: Payment) -> str | None:
    """Return why a payment was not made, as a class, or why its bank sent it back, in plain words (R38)."""
    if payment.state is PaymentState.RETURNED and payment.ended_code:
        return return_reason(payment.ended_code)
    return payment.reason.value if payment.reason else None


def _refund(refund: Refund) -> RefundView:
    return RefundView(
        id=refund.refund_id,
        amount=refund.minor,
        status=refund.state.value,
        reason=refund.reason,
        by=refund.actor,
        created_at=refund.asked_at,
        reference=refund.order_id,
        processor_reference=refund.reference,
        reason_code=refund.reason_code,
    )
