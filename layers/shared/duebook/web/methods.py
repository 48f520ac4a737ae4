"""Saved cards and bank accounts at the edge: what staff send to keep one, and what is shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from duebook.domain.charges import CARD, TokenMethod
from duebook.domain.directory import Caller
from duebook.domain.methods import Consent, MethodState, SavedMethod
from duebook.domain.payments import Payer
from duebook.usecases.save_method import CONSENT_VERSION, MethodOrder, consent_words
from duebook.web.fields import Currency, Email, PostalCode, Strict, Text
from duebook.web.guest import Token


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


class MethodPayer(Strict):
    """Whose card or bank account it is."""

    name: Text
    email: Annotated[Email | None, BeforeValidator(_blank_is_none)] = None
    postal_code: Annotated[PostalCode | None, BeforeValidator(_blank_is_none)] = None


class MethodBody(Strict):
    """``POST …/payment-methods``; ``consent`` says that the customer allowed it."""

    token: Token
    type: Literal["card", "bank_account"]
    account_kind: Literal["checking", "savings", "business_checking"] | None = None
    currency: Currency
    payer: MethodPayer
    consent: Literal[True]
    default: bool = False

    @model_validator(mode="after")
    def _card_has_no_account_kind(self) -> Self:
        if self.type == CARD and self.account_kind:
            raise ValueError("account_kind belongs to a bank_account")
        return self

    def order(self, caller: Caller, customer_id: str, now: datetime) -> MethodOrder:
        """Turn the body into what is to be kept, with the consent that the caller vouches for."""
        return MethodOrder(
            caller.tenant_id,
            customer_id,
            TokenMethod(self.token, self.type, self.account_kind),
            self.currency,
            Payer(self.payer.name, self.payer.email or "", self.payer.postal_code),
            Consent(now, caller.caller_id, CONSENT_VERSION, "staff"),
            self.default,
        )


class SavedMethodView(Strict):
    """A saved card or bank account; never the processor's name for it."""

    id: str
    type: str
    brand: str | None
    last4: str | None
    expiry: str | None
    bank_name: str | None
    default: bool
    flagged: bool
    flag_reason: str | None
    currency: str
    created_at: datetime


class SavedMethodPage(Strict):
    """All saved methods of a customer, and the words to be shown or read out before another one is saved."""

    items: list[SavedMethodView]
    consent_text: str
    next_cursor: str | None = None


class RemovalView(Strict):
    """A removal: ``removing`` while the processor has not confirmed it; it cannot be charged any more."""

    id: str
    state: Literal["removed", "removing"]


REMOVED: dict[int, Any] = {
    200: {"description": "Gone", "content": {"application/json": {"model": RemovalView}}},
    202: {"description": "Not confirmed yet", "content": {"application/json": {"model": RemovalView}}},
}


def method_view(method: SavedMethod) -> SavedMethodView:
    """Show a method."""
    return SavedMethodView(
        id=method.method_id,
        type=method.type,
        brand=method.brand,
        last4=method.last4,
        expiry=method.expiry,
        bank_name=method.bank_name,
        default=method.default,
        flagged=method.flagged is not None,
        flag_reason=method.flagged.reason if method.flagged else None,
        currency=method.currency,
        created_at=method.created_at,
    )


def removal_view(method: SavedMethod) -> RemovalView:
    """Show how far a removal is."""
    return RemovalView(id=method.method_id, state="removed" if method.state is MethodState.REMOVED else "removing")


def method_page(methods: Sequence[SavedMethod], business: str) -> SavedMethodPage:
    """Show all methods of a customer."""
    return SavedMethodPage(items=[method_view(method) for method in methods], consent_text=consent_words(business))
