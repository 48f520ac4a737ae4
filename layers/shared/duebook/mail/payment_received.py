"""The staff's notice of an online payment: one line that tells all (R16)."""

from __future__ import annotations

from dataclasses import replace

from duebook.domain.email_activity import MailText
from duebook.domain.money import Money
from duebook.domain.payment_news import PaymentNews
from duebook.mail.fillings import payment_received_filling
from duebook.mail.formats import list_text, money_text
from duebook.mail.notices import StaffNotice, payment_page, write_staff_notice
from duebook.mail.tenant_texts import TenantWords, own_words
from duebook.mail.words import accent_of, few, method_text, when_paid


def write_payment_received(news: PaymentNews, *, portal_origin: str, words: TenantWords | None = None) -> MailText:
    """Write the staff's notice."""
    amount = money_text(news.payment.amount, news.tenant.locale)
    own = own_words(words, lambda: payment_received_filling(news, portal_origin=portal_origin))
    view = replace(notice_view(news, portal_origin=portal_origin), own=own)
    return write_staff_notice(f"Payment received: {amount} from {news.customer.name}", view)


def notice_view(news: PaymentNews, *, portal_origin: str) -> StaffNotice:
    """Put a payment into the words of a notice. The payer's address is left out: staff find it on the payment."""
    payment, tenant, customer = news.payment, news.tenant, news.customer
    summary = f"{customer.name} paid {money_text(payment.amount, tenant.locale)}: {_split(news)}."
    rest = money_text(Money(news.unapplied, payment.amount.currency), tenant.locale)
    return StaffNotice(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        preheader=summary,
        heading="Payment received",
        tone="ok",
        summary=summary,
        facts=(
            *when_paid(payment, tenant),
            ("Paid with", method_text(payment)),
            ("Reference", payment.order_id),
            ("Customer", f"{customer.name} ({customer.customer_id})"),
        ),
        notes=(f"{rest} is unapplied cash. Apply it on the payment's page.",) if news.unapplied else (),
        advice=None,
        payment_link=payment_page(payment, portal_origin),
    )


def _split(news: PaymentNews) -> str:
    currency, locale = news.payment.amount.currency, news.tenant.locale
    in_full = few([part.number for part in news.paid if not part.still_open])
    in_part = few([f"{money_text(Money(part.minor, currency), locale)} of {part.number}" for part in news.paid if part.still_open])
    parts = [f"{list_text(in_full, locale)} in full"] if in_full else []
    parts += in_part
    if news.unapplied:
        parts.append(f"{money_text(Money(news.unapplied, currency), locale)} unapplied")
    return list_text(parts, locale) or "nothing applied yet"
