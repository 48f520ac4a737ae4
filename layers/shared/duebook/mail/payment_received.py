"""The staff's notice of an online payment: one line that tells all (R16)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from duebook.domain.email_activity import MailText
from duebook.domain.money import Money
from duebook.domain.payment_news import PaymentNews
from duebook.mail.formats import list_text, moment_in_zone, money_text
from duebook.mail.receipt import accent_of, method_text
from duebook.mail.rendering import rendered

NAMED = 5
"""So many invoices are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice in words, as its frames show it."""

    tenant_name: str
    accent: str
    preheader: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    unapplied_note: str | None
    payment_link: str


def write_payment_received(news: PaymentNews, *, portal_origin: str) -> MailText:
    """Write the staff's notice."""
    amount = money_text(news.payment.amount, news.tenant.locale)
    return rendered(
        "payment_received", f"Payment received: {amount} from {news.customer.name}", notice_view(news, portal_origin=portal_origin)
    )


def notice_view(news: PaymentNews, *, portal_origin: str) -> NoticeView:
    """Put a payment into the words of a notice. The payer's address is left out: staff find it on the payment."""
    payment, tenant, customer = news.payment, news.tenant, news.customer
    summary = f"{customer.name} paid {money_text(payment.amount, tenant.locale)}: {_split(news)}."
    rest = money_text(Money(news.unapplied, payment.amount.currency), tenant.locale)
    return NoticeView(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        preheader=summary,
        summary=summary,
        facts=(
            ("Date", moment_in_zone(payment.captured_at or payment.created_at, tenant.time_zone, tenant.locale)),
            ("Paid with", method_text(news)),
            ("Reference", payment.order_id),
            ("Customer", f"{customer.name} ({customer.customer_id})"),
        ),
        unapplied_note=f"{rest} is unapplied cash. Apply it on the payment's page." if news.unapplied else None,
        payment_link=f"{portal_origin}/admin/payments/{quote(payment.key.payment_id, safe='')}",
    )


def _split(news: PaymentNews) -> str:
    currency, locale = news.payment.amount.currency, news.tenant.locale
    in_full = _named([part.number for part in news.paid if not part.still_open])
    in_part = _named([f"{money_text(Money(part.minor, currency), locale)} of {part.number}" for part in news.paid if part.still_open])
    parts = [f"{list_text(in_full, locale)} in full"] if in_full else []
    parts += in_part
    if news.unapplied:
        parts.append(f"{money_text(Money(news.unapplied, currency), locale)} unapplied")
    return list_text(parts, locale) or "nothing applied yet"


def _named(invoices: list[str]) -> list[str]:
    return invoices if len(invoices) <= NAMED else [*invoices[:NAMED], f"{len(invoices) - NAMED} more invoices"]
