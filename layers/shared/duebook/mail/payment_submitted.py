"""The news that a bank payment was accepted and is on its way: nothing more to do, and nothing to pay again (R16, R38)."""

from __future__ import annotations

from duebook.domain.email_activity import MailText
from duebook.domain.payment_news import PaymentNews
from duebook.mail.fillings import submitted_filling
from duebook.mail.formats import moment_in_zone, money_text
from duebook.mail.notices import write_payer_notice
from duebook.mail.tenant_texts import TenantWords, own_words
from duebook.mail.words import method_text


def write_payment_submitted(news: PaymentNews, *, portal_origin: str, words: TenantWords | None = None) -> MailText:
    """Write to a payer that a bank payment is being processed; whether it came in is told later."""
    payment, tenant = news.payment, news.tenant
    amount = money_text(payment.amount, tenant.locale)
    return write_payer_notice(
        payment,
        tenant,
        subject=f"Your payment of {amount} to {tenant.name} is being processed",
        preheader=f"Bank payments take 3–5 business days. Reference {payment.order_id}.",
        heading="Payment submitted",
        opening=f"We have your bank payment to {tenant.name}, and it is being processed. Bank payments take 3–5 business days.",
        advice=(
            "There is nothing more to do: please don't pay again. "
            "We will send a receipt when the money has come in, or write to you if your bank sends it back."
        ),
        facts=(
            ("Submitted", moment_in_zone(payment.created_at, tenant.time_zone, tenant.locale)),
            ("Paid with", method_text(payment)),
            ("Reference", payment.order_id),
            ("For", news.customer.name),
        ),
        portal_origin=portal_origin,
        can_pay=False,
        own=own_words(words, lambda: submitted_filling(news, portal_origin=portal_origin)),
    )
