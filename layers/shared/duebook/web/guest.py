"""What a guest sends and sees: the balance behind a Pay Online ID, a payment, and nothing else (R13)."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import StringConstraints

from duebook.domain.charges import TokenMethod
from duebook.domain.directory import MerchantAccount, Tenant
from duebook.domain.money import Money
from duebook.domain.payments import Payer, Payment, PaymentState
from duebook.usecases.find_payer import Payable
from duebook.usecases.find_payer import Payer as FoundPayer
from duebook.usecases.take_payment import Order, declined_text
from duebook.web.fields import Currency, Email, PaidMinor, PostalCode, Strict, Text

Token = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[\x21-\x7e]+$")]

MESSAGES: dict[PaymentState, str] = {
    PaymentState.CAPTURED: "Payment received. It is applied to the oldest invoices first.",
    PaymentState.PENDING: "Payment submitted. Bank payments take 3–5 business days.",
    PaymentState.REVIEW: "Payment submitted. It is being reviewed; we will write to you.",
    PaymentState.UNKNOWN: "We're checking whether your payment went through. Please don't pay again.",
    PaymentState.SUBMITTING: "Your payment is being made. Please don't pay again.",
}


class GuestMethod(Strict):
    """An opaque token of the hosted field."""

    kind: Literal["token"]
    token: Token
    type: Literal["card"]


class GuestPayer(Strict):
    """Who pays, and where the receipt goes."""

    name: Text
    email: Email
    postal_code: PostalCode | None = None


class GuestPayment(Strict):
    """``POST /api/pay/{pay_online_id}/payments``."""

    amount: PaidMinor
    currency: Currency
    method: GuestMethod
    payer: GuestPayer

    def order(self, tenant_id: str, customer_id: str) -> Order:
        """Turn the body into an order of a found customer."""
        return Order(
            tenant_id,
            customer_id,
            Money(self.amount, self.currency),
            TokenMethod(self.method.token, self.method.type),
            Payer(self.payer.name, str(self.payer.email), self.payer.postal_code),
        )


class SupportView(Strict):
    """Whom a customer asks."""

    email: str | None
    phone: str | None


class TenantView(Strict):
    """The business a guest pays."""

    name: str
    logo_url: str | None
    accent: str | None
    support: SupportView
    locale: str
    time_zone: str


class HostedFieldView(Strict):
    """What to embed for typing a card: an iframe of another origin."""

    processor: str
    url: str
    origin: str
    types: list[str]


class BalanceView(Strict):
    """What is payable in one currency, and how."""

    currency: str
    payable: int
    can_pay: bool
    reason: str | None = None
    methods: list[str]
    hosted_field: HostedFieldView | None = None


class PayOverview(Strict):
    """``GET /api/pay/{pay_online_id}``."""

    tenant: TenantView
    customer_name: str
    balances: list[BalanceView]


class MethodView(Strict):
    """How a payment was made."""

    type: str
    brand: str | None
    last4: str | None


class ApplicationView(Strict):
    """A part of a payment on one invoice."""

    invoice_id: str
    number: str
    amount: int


class PaymentView(Strict):
    """A payment as a guest sees it: without invoices."""

    id: str
    status: str
    amount: int
    currency: str
    method: MethodView
    created_at: str
    applications: list[ApplicationView]
    unapplied: int
    reference: str
    message: str


def overview_view(payer: FoundPayer, fields_origin: str) -> PayOverview:
    """Show what a found customer can pay."""
    return PayOverview(
        tenant=_tenant(payer.tenant),
        customer_name=payer.customer.name,
        balances=[_balance(payable, fields_origin) for payable in payer.payables],
    )


def payment_view(payment: Payment) -> PaymentView:
    """Show a payment to its guest."""
    return PaymentView(
        id=payment.key.payment_id,
        status=payment.state.value,
        amount=payment.amount.minor,
        currency=payment.amount.currency,
        method=MethodView(type=payment.method_type, brand=payment.brand, last4=payment.last4),
        created_at=payment.created_at.isoformat(),
        applications=[],
        unapplied=0,
        reference=payment.order_id,
        message=MESSAGES.get(payment.state) or declined_text(payment),
    )


def _tenant(tenant: Tenant) -> TenantView:
    return TenantView(
        name=tenant.name,
        logo_url=tenant.logo_url,
        accent=tenant.accent,
        support=SupportView(email=tenant.support.email, phone=tenant.support.phone),
        locale=tenant.locale,
        time_zone=tenant.time_zone,
    )


def _balance(payable: Payable, fields_origin: str) -> BalanceView:
    account = payable.merchant_account
    if account is None:
        reason = f"Online payment is not available in {payable.currency}. Pay by check, or ask us."
        return BalanceView(currency=payable.currency, payable=payable.minor, can_pay=False, reason=reason, methods=[])
    field = _hosted_field(account, fields_origin)
    return BalanceView(currency=payable.currency, payable=payable.minor, can_pay=True, methods=field.types, hosted_field=field)


def _hosted_field(account: MerchantAccount, fields_origin: str) -> HostedFieldView:
    query = urlencode({"login": account.login, "key": account.public_key})
    return HostedFieldView(
        processor=account.processor, url=f"{fields_origin}/authorize-net.html?{query}", origin=fields_origin, types=["card"]
    )
