"""Words that several mails share: how it was paid, whom to ask, which colour."""

from __future__ import annotations

import re
from collections.abc import Sequence

from duebook.domain.directory import Tenant
from duebook.domain.payments import Payment
from duebook.mail.formats import BLANK, day_in_zone, moment_in_zone

NEUTRAL_ACCENT = "#36566e"
NAMED = 5
"""So many invoices are named; the others are counted."""
METHODS = {"card": "Card", "bank_account": "Bank account", "check": "Check", "cash": "Cash", "other": "Other"}
BRANDS = {
    "visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "american_express": "American Express", "discover": "Discover",
    "diners": "Diners Club", "diners_club": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay",
}  # fmt: skip
_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")


def method_text(payment: Payment) -> str:
    """Name how it was paid: ``Visa ending in 4242``, ``Bank account ending in 6789``."""
    brand = BRANDS.get((payment.brand or "").lower().replace(" ", "_")) if payment.method_type == "card" else None
    name = brand or METHODS.get(payment.method_type, "Card")
    return f"{name} ending in {payment.last4}" if payment.last4 else name


def when_paid(payment: Payment, tenant: Tenant) -> tuple[tuple[str, str], ...]:
    """Say when it was paid, and of a bank account, whose money takes days, when it arrived as well."""
    arrived = payment.captured_at or payment.created_at
    if payment.method_type == "bank_account" and arrived.date() != payment.created_at.date():
        paid_at = moment_in_zone(payment.created_at, tenant.time_zone, tenant.locale)
        return ("Paid", paid_at), ("Arrived", day_in_zone(arrived, tenant.time_zone, tenant.locale))
    return (("Date", moment_in_zone(arrived, tenant.time_zone, tenant.locale)),)


def accent_of(accent: str | None) -> str:
    """Return a tenant's colour, or the neutral one when it has none that can stand in a style."""
    return accent if accent and _ACCENT.fullmatch(accent) else NEUTRAL_ACCENT


def support_note(tenant: Tenant) -> str:
    """Say whom to ask about a payment."""
    return f"Questions about this payment? Contact {tenant.name}{support_ways(tenant)}."


def support_ways(tenant: Tenant) -> str:
    """Return what follows the name of whom to ask: ``: help@blue.example or 555 0100``; nothing where nothing is known."""
    phone = (tenant.support.phone or "").replace(" ", BLANK)
    ways = [way for way in (tenant.support.email, phone) if way]
    return f"{': ' if ways else ''}{' or '.join(ways)}"


def few(words: Sequence[str]) -> list[str]:
    """Return the first few of many, and how many more there are."""
    more = len(words) - NAMED
    return list(words) if more <= 0 else [*words[:NAMED], f"{more} more invoice{'' if more == 1 else 's'}"]
