"""What a contact sends to pay, and what payments look like in the portal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from duebook.domain.charges import CARD, TokenMethod
from duebook.domain.journal import Line
from duebook.domain.methods import Consent
from duebook.domain.payments import Payer, PaymentState, status_of
from duebook.domain.portal_access import ContactCaller
from duebook.domain.refunds import refunded
from duebook.domain.return_codes import return_reason
from duebook.usecases.pay_quote import NewMethod, SavedChoice, WayToPay
from duebook.usecases.read_payments import PaidPayment
from duebook.usecases.read_portal_payments import CustomerPayment
from duebook.usecases.save_method import CONSENT_VERSION, MethodOrder
from duebook.web.fields import Currency, LongText, PostalCode, Strict, Text
from duebook.web.guest import MethodView, Token, payment_message

OurId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,64}$")]
AccountKind = Literal["checking", "savings", "business_checking"]


class SavedMethodBody(Strict):
    """A card or bank account that is on record; of a bank account, the words by which its debit was allowed, as shown."""

    kind: Literal["saved"]
    method_id: OurId
    authorization: LongText | None = None


class NewMethodBody(Strict):
    """An opaque token of the hosted field, to be charged once, or kept for next time as well."""

    kind: Literal["token"]
    token: Token
    type: Literal["card", "bank_account"]
    save: bool = False
    postal_code: PostalCode | None = None
    account_kind: AccountKind | None = None
    account_name: Text | None = None
    authorization: LongText | None = None

    @model_validator(mode="after")
    def _card_has_no_bank_details(self) -> Self:
        if self.type == CARD and (self.account_kind or self.account_name or self.authorization):
            raise ValueError("account_kind, account_name and authorization belong to a bank_account")
        return self


class PortalPaymentBody(Strict):
    """``POST /api/portal/payments``."""

    quote_id: OurId
    method: Annotated[SavedMethodBody | NewMethodBody, Field(discriminator="kind")]

    def way(self) -> WayToPay:
        """Turn the body into how it is to be paid."""
        method = self.method
        if isinstance(method, SavedMethodBody):
            return SavedChoice(method.method_id, method.authorization)
        token = TokenMethod(method.token, method.type, method.account_kind)
        return NewMethod(token, method.save, method.account_name, method.postal_code, method.authorization)


class PortalMethodBody(Strict):
    """``POST /api/portal/payment-methods``; ``consent`` says that the contact allowed it."""

    token: Token
    type: Literal["card", "bank_account"]
    account_kind: AccountKind | None = None
    account_name: Text | None = None
    currency: Currency
    postal_code: PostalCode | None = None
    consent: Literal[True]
    default: bool = False

    @model_validator(mode="after")
    def _card_has_no_bank_details(self) -> Self:
        if self.type == CARD and (self.account_kind or self.account_name):
            raise ValueError("account_kind and account_name belong to a bank_account")
        return self

    def order(self, caller: ContactCaller, payer: Payer, now: datetime) -> MethodOrder:
        """Turn the body into what is to be kept for the contact's customer."""
        return MethodOrder(
            caller.tenant_id,
            caller.customer_id,
            TokenMethod(self.token, self.type, self.account_kind),
            self.currency,
            Payer(self.account_name or payer.name, payer.email, self.postal_code or payer.postal_code),
            Consent(now, caller.contact_id, CONSENT_VERSION, "portal"),
            self.default,
        )


class AppliedView(Strict):
    """A part of a payment on one invoice; ``open`` is what the invoice still has open after it, zero when it is paid."""

    invoice_id: str
    number: str
    amount: int
    open: int | None = None


class PortalPaymentView(Strict):
    """A payment as its customer sees it.

    Of a payment under way, ``applications`` is what it will pay. ``remaining_balance`` is the account's as it stands.
    """

    id: str
    status: str
    amount: int
    currency: str
    method: MethodView
    channel: str
    created_at: datetime
    received_on: str | None
    applications: list[AppliedView]
    unapplied: int
    refunded: int
    return_code: str | None
    reason: str | None
    reference: str
    message: str
    authorization: str | None
    remaining_balance: int | None = None


class PortalPaymentPage(Strict):
    """Payments, newest first."""

    items: list[PortalPaymentView]
    next_cursor: str | None


def portal_payment_view(found: CustomerPayment) -> PortalPaymentView:
    """Show one payment with what its invoices still have open."""
    lines = found.paid.applications
    applied = [_applied(line, found.still_open.get(line.invoice_id, 0)) for line in lines]
    return _payment(found.paid, applied, found.remaining)


def portal_payment_page(found: Sequence[PaidPayment], following: str | None) -> PortalPaymentPage:
    """Show a page of payments."""
    items = [_payment(paid, [_applied(line, None) for line in paid.applications], None) for paid in found]
    return PortalPaymentPage(items=items, next_cursor=following)


def _applied(line: Line, still_open: int | None) -> AppliedView:
    return AppliedView(invoice_id=line.invoice_id, number=line.number, amount=line.minor, open=still_open)


def _payment(paid: PaidPayment, applied: list[AppliedView], remaining: int | None) -> PortalPaymentView:
    payment = paid.payment
    is_returned = payment.state is PaymentState.RETURNED
    return PortalPaymentView(
        id=payment.key.payment_id,
        status=status_of(payment),
        amount=payment.amount.minor,
        currency=payment.amount.currency,
        method=MethodView(type=payment.method_type, brand=payment.brand, last4=payment.last4),
        channel=payment.channel,
        created_at=payment.created_at,
        received_on=payment.received_on,
        applications=applied,
        unapplied=paid.unapplied,
        refunded=refunded(payment.refunds),
        return_code=payment.ended_code if is_returned else None,
        reason=return_reason(payment.ended_code) if is_returned and payment.ended_code else None,
        reference=payment.order_id,
        message=payment_message(payment),
        authorization=payment.authorization,
        remaining_balance=remaining,
    )
