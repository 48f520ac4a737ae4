"""What a guest sends and sees: the balance behind a Pay Online ID, a payment, and nothing else (R13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self
from urllib.parse import urlencode, urlsplit

from pydantic import StringConstraints, ValidationInfo, field_validator, model_validator

from duebook.domain.charges import BANK_ACCOUNT, CARD, TokenMethod
from duebook.domain.directory import MerchantAccount
from duebook.domain.money import Money
from duebook.domain.payments import Payer, Payment, PaymentState, status_of
from duebook.domain.refunds import refunded
from duebook.domain.return_codes import return_reason
from duebook.usecases.find_payer import Payable
from duebook.usecases.find_payer import Payer as FoundPayer
from duebook.usecases.take_payment import Order, declined_text
from duebook.web.brand_views import TenantView, tenant_view
from duebook.web.fields import Currency, Email, LongText, PaidMinor, PostalCode, Strict, Text

Token = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[\x21-\x7e]+$")]

MESSAGES: Mapping[str, str] = {
    "submitting": "Your payment is being made. Please don't pay again.",
    "unknown": "We're checking whether your payment went through. Please don't pay again.",
    "review": "Payment submitted. It is being reviewed; we will write to you.",
    "pending": "Payment submitted. Bank payments take 3–5 business days.",
    "captured": "Payment received. It is applied to the oldest invoices first.",
    "partly_refunded": "Part of this payment was paid back.",
    "refunded": "This payment was paid back in full.",
    "voided": "This payment was cancelled before it was completed. No money was taken.",
    "returned": "Your bank sent this payment back. What it had paid is open again.",
    "charged_back": "This payment was disputed at the bank and taken back. What it had paid is open again.",
}
"""By status as people see it; what is missing here was declined or failed, and says why."""

ACH_CURRENCY = "USD"
"""Bank accounts are debited through the ACH network, in this currency alone, at both processors.

Source: reference of both processors; the network spans the United States.
"""

TOKENIZER_PATH = "/itoke/ajax-tokenizer.html"
TOKENIZER_OPTIONS = {
    "useexpiry": "true",
    "usecvv": "true",
    "enhancedresponse": "true",
    "tokenizewheninactive": "true",
    "invalidinputevent": "true",
    "sendcardtypingevent": "true",
    "formatinput": "true",
    "cardlabel": "Card number",
    "expirylabel": "Expiry date",
    "cvvlabel": "Security code",
}
"""How CardPointe's hosted field asks for a card. The page sets its own labels, and other options for a bank account."""


@dataclass(frozen=True, slots=True)
class FieldSites:
    """Where hosted fields come from.

    Args:
        fields: Origin of our page around Authorize.Net's form.
        cardpointe: Address of the CardPointe site; None where no tenant may use it.
    """

    fields: str
    cardpointe: str | None = None


class GuestMethod(Strict):
    """An opaque token of the hosted field.

    Of a bank account, the kind and the holder's name where the hosted field does not ask for them, and the words by which
    the payer allowed the debit, as shown.
    """

    kind: Literal["token"]
    token: Token
    type: Literal["card", "bank_account"]
    account_kind: Literal["checking", "savings", "business_checking"] | None = None
    account_name: Text | None = None
    authorization: LongText | None = None

    @model_validator(mode="after")
    def _card_has_no_bank_details(self) -> Self:
        if self.type == CARD and (self.account_kind or self.account_name or self.authorization):
            raise ValueError("account_kind, account_name and authorization belong to a bank_account")
        return self


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

    @field_validator("method")
    @classmethod
    def _bank_accounts_pay_dollars(cls, method: GuestMethod, info: ValidationInfo) -> GuestMethod:
        if method.type == BANK_ACCOUNT and info.data.get("currency") != ACH_CURRENCY:
            raise ValueError(f"bank accounts pay in {ACH_CURRENCY} only; pay by card")
        return method

    def order(self, tenant_id: str, customer_id: str) -> Order:
        """Turn the body into an order of a found customer."""
        return Order(
            tenant_id,
            customer_id,
            Money(self.amount, self.currency),
            TokenMethod(self.method.token, self.method.type, self.method.account_kind),
            # A bank compares the name with the account holder's, so that is the one the processor is told.
            Payer(self.method.account_name or self.payer.name, str(self.payer.email), self.payer.postal_code),
            authorization=self.method.authorization,
        )


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
    created_at: datetime
    applications: list[ApplicationView]
    unapplied: int
    refunded: int
    return_code: str | None
    authorization: str | None
    reference: str
    message: str


def overview_view(payer: FoundPayer, sites: FieldSites) -> PayOverview:
    """Show what a found customer can pay."""
    return PayOverview(
        tenant=tenant_view(payer.tenant),
        customer_name=payer.customer.name,
        balances=[balance_view(payable, sites) for payable in payer.payables],
    )


def payment_view(payment: Payment) -> PaymentView:
    """Show a payment to its guest."""
    return PaymentView(
        id=payment.key.payment_id,
        status=status_of(payment),
        amount=payment.amount.minor,
        currency=payment.amount.currency,
        method=MethodView(type=payment.method_type, brand=payment.brand, last4=payment.last4),
        created_at=payment.created_at,
        applications=[],
        unapplied=0,
        refunded=refunded(payment.refunds),
        return_code=payment.ended_code if payment.state is PaymentState.RETURNED else None,
        authorization=payment.authorization,
        reference=payment.order_id,
        message=payment_message(payment),
    )


def payment_message(payment: Payment) -> str:
    """Say what became of a payment, and whether money moved."""
    said = MESSAGES.get(status_of(payment)) or declined_text(payment)
    return f"{said} {return_reason(payment.ended_code)}" if payment.state is PaymentState.RETURNED else said


def balance_view(payable: Payable, sites: FieldSites) -> BalanceView:
    """Show what is payable in one currency, and what to embed for paying it (R15)."""
    account = payable.merchant_account
    field = _hosted_field(account, sites) if account else None
    if field is None:
        reason = f"Not payable online: online payment is not available in {payable.currency}. Pay by check, or ask us."
        return BalanceView(currency=payable.currency, payable=payable.minor, can_pay=False, reason=reason, methods=[])
    return BalanceView(currency=payable.currency, payable=payable.minor, can_pay=True, methods=field.types, hosted_field=field)


def _hosted_field(account: MerchantAccount, sites: FieldSites) -> HostedFieldView | None:
    types = [CARD, BANK_ACCOUNT] if account.currency == ACH_CURRENCY else [CARD]
    if account.processor == "cardpointe":
        if not sites.cardpointe:
            return None
        split = urlsplit(sites.cardpointe)
        origin = f"{split.scheme}://{split.netloc}"
        url = f"{origin}{TOKENIZER_PATH}?{urlencode(TOKENIZER_OPTIONS)}"
    else:
        origin = sites.fields
        url = f"{origin}/authorize-net.html?{urlencode({'login': account.login, 'key': account.public_key})}"
    return HostedFieldView(processor=account.processor, url=url, origin=origin, types=types)
