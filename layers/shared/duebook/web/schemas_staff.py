"""What staff and the tenant's own system send, each body bounded and turned into the domain's terms."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from duebook.domain.directory import Contact, Site
from duebook.domain.invoices import Invoice, InvoiceLine
from duebook.domain.money import MAX_MINOR
from duebook.storage.invoice_store import CreditMemo
from duebook.usecases.find_payer import PAY_ONLINE_ID
from duebook.usecases.put_customer import CustomerDetails
from duebook.web.fields import (
    CallerId,
    Currency,
    Day,
    Email,
    LongText,
    Minor,
    PaidMinor,
    PostalCode,
    ShortText,
    Strict,
    Text,
    no_card_number,
)

MOST_INVOICES = 200
"""Invoices one call may name."""
MOST_LINES = 500
"""Lines of one invoice."""
_PLAIN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")


def blank_is_none(value: object) -> object:
    """Take a blank text for none at all."""
    return None if isinstance(value, str) and not value.strip() else value


def plain_digits(value: object) -> object:
    """Refuse a typed quantity that is no plain number: an exponent or digits of another script read as something else (R5)."""
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError("a quantity is digits with at most 4 decimals, such as 1.5")
    return value


Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
PayOnlineId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=f"^{PAY_ONLINE_ID.pattern}$"), AfterValidator(no_card_number)]
OptionalEmail = Annotated[Email | None, BeforeValidator(blank_is_none)]
OptionalText = Annotated[Text | None, BeforeValidator(blank_is_none)]
OptionalLongText = Annotated[LongText | None, BeforeValidator(blank_is_none)]
OptionalPostalCode = Annotated[PostalCode | None, BeforeValidator(blank_is_none)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(no_card_number)]
Quantity = Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=4), BeforeValidator(plain_digits)]
UnitPrice = Annotated[int, Field(strict=True, ge=-MAX_MINOR, le=MAX_MINOR)]


class CustomerBody(Strict):
    """``PUT /api/staff/customers/{id}``; without ``automation`` that switch stays."""

    name: Text
    email: OptionalEmail = None
    phone: OptionalText = None
    address: OptionalLongText = None
    postal_code: OptionalPostalCode = None
    pay_online_id: PayOnlineId | None = None
    locale: Locale | None = None
    enabled: bool = True
    automation: bool | None = None

    def details(self) -> CustomerDetails:
        """Turn the body into what is said of a customer."""
        return CustomerDetails(
            self.name, self.email, self.phone, self.address, self.postal_code, self.locale, self.pay_online_id, self.enabled
        )


class SiteBody(Strict):
    """``PUT …/sites/{site_id}``."""

    name: Text
    number: ShortText
    address: OptionalLongText = None

    def site(self, site_id: str) -> Site:
        """Turn the body into a site."""
        return Site(site_id, self.name, self.number, self.address)


class ContactBody(Strict):
    """``PUT …/contacts/{contact_id}``."""

    name: Text
    email: OptionalEmail = None
    phone: OptionalText = None
    kind: Literal["company", "site"]
    site_ids: Annotated[list[CallerId], Field(max_length=200, default_factory=list)]
    portal_access: bool = False

    def contact(self, contact_id: str) -> Contact:
        """Turn the body into a contact."""
        site_ids = tuple(dict.fromkeys(self.site_ids))
        return Contact(contact_id, self.name, self.kind, self.email, self.phone, site_ids, self.portal_access)


class InvoiceLineBody(Strict):
    """A line of an invoice; a negative price is a discount."""

    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(no_card_number)]
    quantity: Quantity = Decimal(1)
    unit_price: UnitPrice


class InvoiceBody(Strict):
    """``PUT /api/staff/invoices/{id}``."""

    customer_id: CallerId
    number: ShortText
    invoice_date: Day
    due_date: Day | None = None
    currency: Currency
    kind: Literal["single_site", "multi_site"] = "single_site"
    lines: Annotated[list[InvoiceLineBody], Field(max_length=MOST_LINES, default_factory=list)]
    tax: Minor = 0
    pay_online: bool = True
    site_id: CallerId | None = None
    parent_id: CallerId | None = None
    draft: bool = False

    def invoice(self, invoice_id: str, due_with_parent: date | None = None) -> Invoice:
        """Turn the body into an invoice; without a due date it is due with its parent (R6), else on its own date (R3)."""
        return Invoice(
            invoice_id=invoice_id,
            customer_id=self.customer_id,
            number=self.number,
            invoice_on=self.invoice_date,
            due_on=self.due_date or due_with_parent or self.invoice_date,
            currency=self.currency,
            lines=tuple(InvoiceLine(line.description, line.quantity, line.unit_price) for line in self.lines),
            tax=self.tax,
            pay_online=self.pay_online,
            site_id=self.site_id,
            parent_id=self.parent_id,
            multi_site=self.kind == "multi_site",
            draft=self.draft,
        )


class ReasonBody(Strict):
    """A person's words, where one is asked for."""

    reason: Reason


class CreditMemoBody(Strict):
    """``PUT /api/staff/credit-memos/{id}``."""

    customer_id: CallerId
    number: ShortText
    date: Day
    currency: Currency
    amount: PaidMinor
    reason: Reason

    def memo(self, credit_memo_id: str) -> CreditMemo:
        """Turn the body into a credit memo."""
        return CreditMemo(credit_memo_id, self.customer_id, self.number, self.date, self.currency, self.amount, self.reason)


class ApplicationBody(Strict):
    """A part of an amount on one invoice."""

    invoice_id: CallerId
    amount: PaidMinor


Applications = Annotated[list[ApplicationBody], Field(min_length=1, max_length=MOST_INVOICES)]


class ApplyBody(Strict):
    """``POST …/apply``; without applications the oldest invoices are paid first."""

    applications: Applications | None = None
    reason: Reason


class UnapplyBody(Strict):
    """``POST …/unapply``."""

    applications: Applications
    reason: Reason


def pairs(applications: list[ApplicationBody]) -> tuple[tuple[str, int], ...]:
    """Return invoice ids with amounts."""
    return tuple((one.invoice_id, one.amount) for one in applications)
