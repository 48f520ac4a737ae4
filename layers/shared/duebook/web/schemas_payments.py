"""Bodies of the staff API that move money: what is received, charged and given back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from duebook.domain.money import Money
from duebook.errors import UnprocessableError
from duebook.usecases.charge_saved_method import SavedCharge
from duebook.usecases.receive_payment import ReceivedMoney
from duebook.usecases.refund_payment import RefundWish
from duebook.web.fields import CallerId, Currency, Day, PaidMinor, ShortText, Strict
from duebook.web.schemas_staff import MOST_INVOICES, ApplicationBody, Reason, blank_is_none, pairs


class MoneyMethod(Strict):
    """How money came that is not charged by us; ``number`` is the check's."""

    kind: Literal["check", "cash", "other"]
    number: Annotated[ShortText | None, BeforeValidator(blank_is_none)] = None


class SavedMethod(Strict):
    """A saved card or bank account."""

    kind: Literal["saved"]
    method_id: CallerId


class PaymentBody(Strict):
    """``POST /api/staff/payments``; without applications the oldest invoices are paid first."""

    customer_id: CallerId
    amount: PaidMinor
    currency: Currency
    method: Annotated[MoneyMethod | SavedMethod, Field(discriminator="kind")]
    received_on: Day | None = None
    applications: Annotated[list[ApplicationBody], Field(max_length=MOST_INVOICES)] | None = None

    def money(self) -> ReceivedMoney | SavedCharge:
        """Turn the body into money that came in, or into a charge of a saved method.

        Raises:
            UnprocessableError: A charge is of today, and names its invoices or leaves them out.
        """
        amount = Money(self.amount, self.currency)
        named = None if self.applications is None else pairs(self.applications)
        if isinstance(self.method, MoneyMethod):
            return ReceivedMoney(self.customer_id, amount, self.method.kind, self.method.number, self.received_on, named)
        if self.received_on is not None:
            raise UnprocessableError("a saved method is charged today; leave the day out", field="received_on")
        if named == ():
            raise UnprocessableError("name the invoices to pay, or leave applications out", field="applications")
        return SavedCharge(self.customer_id, amount, self.method.method_id, named)


class RefundBody(Strict):
    """``POST …/refund``; ``invoice_ids`` are those to reopen, without them the newest application first."""

    amount: PaidMinor
    invoice_ids: Annotated[list[CallerId], Field(min_length=1, max_length=MOST_INVOICES)] | None = None
    reason: Reason

    def wish(self) -> RefundWish:
        """Turn the body into what staff ask for.

        Raises:
            UnprocessableError: An invoice is named twice.
        """
        if self.invoice_ids is None:
            return RefundWish(self.amount, self.reason)
        if len(set(self.invoice_ids)) != len(self.invoice_ids):
            raise UnprocessableError("an invoice is named twice", field="invoice_ids")
        return RefundWish(self.amount, self.reason, tuple(self.invoice_ids))
