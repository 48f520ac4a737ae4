"""The news that a payment left in doubt was not made: nothing was charged, and it may be tried again (R39)."""

from __future__ import annotations

from duebook.domain.email_activity import MailText
from duebook.domain.payment_news import PaymentNews
from duebook.mail.fillings import not_made_filling
from duebook.mail.formats import moment_in_zone, money_text
from duebook.mail.notices import write_payer_notice
from duebook.mail.tenant_texts import TenantWords, own_words


def write_payment_not_made(news: PaymentNews, *, portal_origin: str, words: TenantWords | None = None) -> MailText:
    """Write to a payer who was told to wait that no money moved."""
    payment, tenant = news.payment, news.tenant
    amount = money_text(payment.amount, tenant.locale)
    return write_payer_notice(
        payment,
        tenant,
        subject=f"Your payment of {amount} to {tenant.name} was not made",
        preheader=f"You have not been charged {amount}. Reference {payment.order_id}.",
        heading="Payment not made",
        opening=f"We asked the payment service about your payment to {tenant.name}. It was not made, and you have not been charged.",
        advice="You can pay again now. Should your bank show this amount as pending all the same, it drops out by itself within days.",
        facts=(
            ("Tried", moment_in_zone(payment.created_at, tenant.time_zone, tenant.locale)),
            ("Reference", payment.order_id),
            ("For", news.customer.name),
        ),
        portal_origin=portal_origin,
        own=own_words(words, lambda: not_made_filling(news, portal_origin=portal_origin)),
    )
