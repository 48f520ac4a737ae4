"""Documents for people: what an invoice and a receipt tell, and the sheet that is typeset from it (R23, R37)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from duebook.domain.directory import Customer, Site, Tenant
from duebook.domain.invoices import Invoice, InvoiceStatus
from duebook.domain.payment_news import PaidInvoice
from duebook.domain.payments import Payment


class CreditKind(StrEnum):
    """What lowered an invoice's open balance."""

    PAYMENT = "payment"
    CREDIT_MEMO = "credit_memo"
    EARLIER = "earlier"
    """Several, summed up; or found in no payment that was looked through."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What was taken off an invoice; minor units.

    Args:
        kind: A payment, a credit memo, or what is told as a sum.
        minor: Above zero.
        on: The day, in the tenant's zone; None for a sum.
        payment: Of a payment.
        number: Of a credit memo.
    """

    kind: CreditKind
    minor: int
    on: date | None = None
    payment: Payment | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice as it was issued, with its site and figures (minor units)."""

    invoice: Invoice
    total: int
    open_balance: int
    reserved: int
    site: Site | None = None


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """All that an invoice's document tells.

    Args:
        tenant: Who bills.
        customer: Who owes.
        billed: The invoice; a parent's figures are those of its children below (R6, R7).
        children: A parent's open children, oldest first; of one that is settled, all that are not void.
        credits: What was taken off, oldest first; together the total less the open balance. Of a draft and a void invoice nothing.
        status: As people see it; customers see open ones alone (R7).
        as_of: Today in the tenant's zone.
    """

    tenant: Tenant
    customer: Customer
    billed: Billed
    children: tuple[Billed, ...]
    credits: tuple[Credit, ...]
    status: InvoiceStatus
    as_of: date


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """All that a receipt tells; minor units of the payment's currency.

    Args:
        tenant: To whom it was paid.
        customer: For whom it was paid.
        payment: The payment as it stands.
        paid: What it pays; of a payment under way, what it will pay.
        unapplied: Its rest that no invoice took (R25).
        remaining: The account's balance as it stands.
        as_of: Today in the tenant's zone.
    """

    tenant: Tenant
    customer: Customer
    payment: Payment
    paid: tuple[PaidInvoice, ...]
    unapplied: int
    remaining: int
    as_of: date


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document in words, ready to be typeset.

    Args:
        frame: Which of our frames it fills.
        edition: Of the frames and words; another one makes another document of the same facts.
        view: Texts as they will be read, by the names the frame knows; plain JSON.
        file_name: Under which it is saved, plain ASCII.
        dated_on: Written into the file as the day it was made, so that the same words are the same bytes.
        logo_url: Of the sender's logo, or None.
    """

    frame: str
    edition: str
    view: Mapping[str, Any]
    file_name: str
    dated_on: date
    logo_url: str | None


def fingerprint(sheet: Sheet) -> str:
    """Return a name that two sheets share only when they read and look alike."""
    told = [sheet.frame, sheet.edition, sheet.view, sheet.file_name, sheet.dated_on.isoformat(), sheet.logo_url]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
