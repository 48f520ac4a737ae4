"""What a contact sees of the account and of open invoices, and what a quote looks like."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from duebook.domain.account import Account
from duebook.domain.directory import Customer, MerchantAccount, merchant_account_for
from duebook.domain.overview import overview
from duebook.domain.selection import ChosenInvoices, CustomAmount, PricedLine, Selection
from duebook.usecases.find_payer import Payable
from duebook.usecases.make_quote import Quoted
from duebook.usecases.read_open_invoices import OpenInvoice, OpenInvoicePage
from duebook.web.fields import CallerId, Currency, PaidMinor, Strict
from duebook.web.guest import FieldSites, HostedFieldView, balance_view

MOST_IDS = 10_000
"""Ids a selection may name; more than 200 invoices are refused with a reason of their own."""


class KindView(Strict):
    """Count and balance of one kind of invoice."""

    count: int
    balance: int


class AccountCurrencyView(Strict):
    """One account: what is owed, and how it can be paid online."""

    currency: str
    balance: int
    overdue: int
    payable_online: int
    unapplied: int
    processing: int
    open_invoices: int
    single_site: KindView
    multi_site: KindView
    can_pay: bool
    reason: str | None
    methods: list[str]
    hosted_field: HostedFieldView | None


class CustomerNameView(Strict):
    """Whose account it is."""

    id: str
    name: str


class PortalAccountView(Strict):
    """``GET /api/portal/account``."""

    customer: CustomerNameView
    currencies: list[AccountCurrencyView]


class SiteNameView(Strict):
    """The place an invoice is for."""

    id: str
    name: str


class PortalInvoiceView(Strict):
    """An open invoice; a multi-site one with its open children."""

    id: str
    number: str
    kind: Literal["single_site", "multi_site"]
    status: Literal["unpaid", "overdue"]
    invoice_date: date
    due_date: date
    currency: str
    total: int
    open_balance: int
    reserved: int
    pay_online: bool
    payable: int
    site: SiteNameView | None
    children: Annotated[list[PortalInvoiceView] | None, Field(exclude_if=lambda children: children is None)] = None


class PortalInvoicePage(Strict):
    """Open invoices, oldest first; ``count`` is how many there are in all."""

    items: list[PortalInvoiceView]
    count: int
    next_cursor: str | None


class ChosenInvoicesBody(Strict):
    """Invoices to be paid in full; a multi-site parent stands for its open children."""

    kind: Literal["invoices"]
    invoice_ids: Annotated[list[CallerId], Field(min_length=1, max_length=MOST_IDS)]


class CustomAmountBody(Strict):
    """An amount for the oldest invoices."""

    kind: Literal["custom_amount"]
    amount: PaidMinor


class QuoteBody(Strict):
    """``POST /api/portal/quotes``."""

    currency: Currency
    selection: Annotated[ChosenInvoicesBody | CustomAmountBody, Field(discriminator="kind")]

    def chosen(self) -> Selection:
        """Turn the body into a selection."""
        if isinstance(self.selection, CustomAmountBody):
            return CustomAmount(self.selection.amount)
        return ChosenInvoices(tuple(dict.fromkeys(self.selection.invoice_ids)))


class QuoteLineView(Strict):
    """What one invoice would get."""

    invoice_id: str
    number: str
    amount: int
    pays: Literal["full", "part"]
    invoice_date: date
    due_date: date


class LeftOutView(Strict):
    """A chosen invoice that cannot be paid now."""

    invoice_id: str
    number: str
    reason: str


class QuoteView(Strict):
    """A price and what it pays, until when it holds."""

    quote_id: str
    currency: str
    total: int
    lines: list[QuoteLineView]
    left_out: list[LeftOutView]
    expires_at: datetime


def portal_account_view(
    customer: Customer, accounts: list[Account], merchants: tuple[MerchantAccount, ...], sites: FieldSites, today: date
) -> PortalAccountView:
    """Show a customer's accounts as of today in the tenant's zone (R4, R15, R30)."""
    shown = [_account(account, merchant_account_for(merchants, account.key.currency), sites, today) for account in accounts]
    return PortalAccountView(customer=CustomerNameView(id=customer.customer_id, name=customer.name), currencies=shown)


def portal_invoice_page(page: OpenInvoicePage) -> PortalInvoicePage:
    """Show a page of open invoices."""
    return PortalInvoicePage(items=[_invoice(one) for one in page.items], count=page.count, next_cursor=page.next_cursor)


def quote_view(quoted: Quoted) -> QuoteView:
    """Show a quote."""
    quote = quoted.quote
    return QuoteView(
        quote_id=quote.quote_id,
        currency=quote.currency,
        total=quote.total.minor,
        lines=[
            QuoteLineView(
                invoice_id=line.invoice_id,
                number=line.number,
                amount=line.minor,
                pays=_pays(line),
                invoice_date=item.invoice_on,
                due_date=item.due_on,
            )
            for line, item in zip(quote.lines, quoted.items, strict=True)
        ],
        left_out=[LeftOutView(invoice_id=one, number=number, reason=why.value) for one, number, why in quoted.left_out],
        expires_at=quote.expires_at,
    )


def _pays(line: PricedLine) -> Literal["full", "part"]:
    return "full" if line.in_full else "part"


def _account(account: Account, merchant: MerchantAccount | None, sites: FieldSites, today: date) -> AccountCurrencyView:
    sums = overview(account, today)
    way = balance_view(Payable(sums.currency, sums.payable_online, merchant), sites)
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
        can_pay=way.can_pay,
        reason=way.reason,
        methods=way.methods,
        hosted_field=way.hosted_field,
    )


def _invoice(one: OpenInvoice) -> PortalInvoiceView:
    return PortalInvoiceView(
        id=one.invoice_id,
        number=one.number,
        kind="multi_site" if one.multi_site else "single_site",
        status="overdue" if one.overdue else "unpaid",
        invoice_date=one.invoice_on,
        due_date=one.due_on,
        currency=one.currency,
        total=one.total,
        open_balance=one.open_balance,
        reserved=one.reserved,
        pay_online=one.pay_online,
        payable=one.payable,
        site=SiteNameView(id=one.site.site_id, name=one.site.name) if one.site else None,
        children=[_invoice(child) for child in one.children] if one.multi_site else None,
    )
