"""The models of the staff API's answers, so that the OpenAPI document is whole."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, TypeAlias

from pydantic import Field

from duebook.web.fields import Strict

CalendarDay: TypeAlias = date


class CustomerView(Strict):
    """A customer; ``automation`` tells whether anything goes to it by itself."""

    id: str
    name: str
    email: str | None
    phone: str | None
    address: str | None
    postal_code: str | None
    locale: str | None
    pay_online_id: str
    imported_pay_online_id: bool
    enabled: bool
    automation: bool
    created_at: datetime


class BalanceView(Strict):
    """The sums of one account in a list."""

    currency: str
    balance: int
    open_invoices: int
    unapplied: int
    oldest_due_date: date | None


class CustomerRow(CustomerView):
    """A customer in a list, with the sums of its accounts."""

    balances: list[BalanceView]


class CustomerPage(Strict):
    """Some customers."""

    items: list[CustomerRow]
    next_cursor: str | None


class SiteView(Strict):
    """A site."""

    id: str
    name: str
    number: str
    address: str | None


class SitePage(Strict):
    """All sites of a customer."""

    items: list[SiteView]
    next_cursor: str | None = None


class ContactView(Strict):
    """A contact."""

    id: str
    name: str
    email: str | None
    phone: str | None
    kind: str
    site_ids: list[str]
    portal_access: bool
    invited_at: datetime | None = None
    last_sign_in_at: datetime | None = None


class ContactPage(Strict):
    """All contacts of a customer."""

    items: list[ContactView]
    next_cursor: str | None = None


class InvoiceLineView(Strict):
    """A line of an invoice."""

    description: str
    quantity: int | float
    unit_price: int
    amount: int


class SiteNameView(Strict):
    """The site an invoice is for."""

    id: str
    name: str


class InvoiceView(Strict):
    """An invoice with what became of it; a multi-site parent's figures are those of its children."""

    id: str
    customer_id: str
    number: str
    kind: str
    status: str
    invoice_date: date
    due_date: date
    currency: str
    total: int
    open_balance: int
    reserved: int
    pay_online: bool
    site_id: str | None
    site: SiteNameView | None
    parent_id: str | None
    draft: bool
    tax: int
    lines: list[InvoiceLineView]
    void_reason: str | None
    children: Annotated[list[InvoiceView] | None, Field(exclude_if=lambda children: children is None)] = None


class InvoicePage(Strict):
    """Some invoices."""

    items: list[InvoiceView]
    next_cursor: str | None


class KindView(Strict):
    """Count and balance of one kind of invoices."""

    count: int
    balance: int


class AccountCurrencyView(Strict):
    """An account in one currency."""

    currency: str
    balance: int
    overdue: int
    payable_online: int
    unapplied: int
    processing: int
    open_invoices: int
    single_site: KindView
    multi_site: KindView


class AccountView(Strict):
    """A customer's accounts."""

    currencies: list[AccountCurrencyView]


class AgeingCurrencyView(Strict):
    """One account's open balances by days past due."""

    currency: str
    current: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    days_over_90: int
    total: int
    unapplied: int


class AgeingView(Strict):
    """Ageing as of the end of a day."""

    as_of: date
    currencies: list[AgeingCurrencyView]


class AgeingCustomerView(Strict):
    """One customer's open balances by days past due."""

    customer_id: str
    customer_name: str
    currencies: list[AgeingCurrencyView]


class AgeingPage(Strict):
    """Ageing by customer as of the end of a day; ``currencies`` adds up the customers of this page."""

    as_of: date
    items: list[AgeingCustomerView]
    currencies: list[AgeingCurrencyView]
    next_cursor: str | None


class ApplicationView(Strict):
    """A part of an amount on one invoice."""

    invoice_id: str
    number: str
    amount: int


class MethodView(Strict):
    """How a payment was made."""

    type: str
    brand: str | None
    last4: str | None
    number: str | None


class PayerView(Strict):
    """Who paid on the web."""

    name: str
    email: str


class HistoryView(Strict):
    """One step of a payment's life."""

    at: datetime
    kind: str
    amount: int
    by: str | None
    reason: str | None


class RefundView(Strict):
    """A refund of a payment: ``submitting``, ``unknown``, ``made`` or ``refused``."""

    id: str
    amount: int
    status: str
    reason: str
    by: str
    created_at: datetime
    reference: str
    processor_reference: str | None
    reason_code: str | None


class StaffPaymentView(Strict):
    """A payment as staff see it."""

    id: str
    customer_id: str
    status: str
    amount: int
    currency: str
    method: MethodView
    channel: str
    created_at: datetime
    received_on: str | None
    applications: list[ApplicationView]
    unapplied: int
    reference: str
    message: str
    payer: PayerView | None
    refunded: int
    refundable: int
    refunds: list[RefundView]
    voiding: bool
    settled_at: datetime | None
    method_id: str | None
    return_code: str | None
    reason: str | None
    reason_code: str | None
    processor_reference: str | None
    merchant_account_id: str | None
    parked: str | None
    history: list[HistoryView]


class PaymentPage(Strict):
    """Some payments, newest first."""

    items: list[StaffPaymentView]
    next_cursor: str | None


class CreditMemoView(Strict):
    """A credit memo and what became of it."""

    id: str
    customer_id: str
    number: str
    date: CalendarDay
    currency: str
    amount: int
    reason: str
    applications: list[ApplicationView]
    unapplied: int
