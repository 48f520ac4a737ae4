"""The payer's news that money comes back, or was never taken: a refund, or a void (R41)."""

from __future__ import annotations

from duebook.domain.email_activity import MailText
from duebook.domain.money_back import MoneyBack
from duebook.mail.fillings import refund_filling
from duebook.mail.formats import day_in_zone, moment_in_zone, money_text
from duebook.mail.notices import write_payer_notice
from duebook.mail.tenant_texts import TenantWords, own_words
from duebook.mail.words import method_text


def write_refund_notice(back: MoneyBack, *, portal_origin: str, words: TenantWords | None = None) -> MailText:
    """Write to the payer of a refund or a void. Why it was made is the business's own affair and not told here.

    The business's words are about refunds; a void, which took nothing, is told in ours.
    """
    return _refunded(back, portal_origin, words) if back.refund else _voided(back, portal_origin)


def _refunded(back: MoneyBack, portal_origin: str, words: TenantWords | None) -> MailText:
    payment, tenant = back.payment, back.tenant
    amount, whole = money_text(back.amount, tenant.locale), money_text(payment.amount, tenant.locale)
    method = method_text(payment)
    part = "all" if back.amount == payment.amount else amount
    opening = f"{tenant.name} gave back {part} of your payment of {whole}."
    if back.reopened:
        opening += " What that money had paid is open again."
    return write_payer_notice(
        payment,
        tenant,
        subject=f"Refund of {amount} from {tenant.name}",
        heading="Refund",
        opening=opening,
        advice=f"The money goes back the way it came: {method}. Banks take some days to show it.",
        facts=(
            ("Refunded", day_in_zone(back.at, tenant.time_zone, tenant.locale)),
            ("Refunded to", method),
            ("Refund reference", back.refund.order_id if back.refund else payment.order_id),
            ("Paid", moment_in_zone(payment.created_at, tenant.time_zone, tenant.locale)),
            ("Payment reference", payment.order_id),
            ("For", back.customer.name),
        ),
        portal_origin=portal_origin,
        back=back,
        can_pay=bool(back.reopened),
        own=own_words(words, lambda: refund_filling(back, portal_origin=portal_origin)),
    )


def _voided(back: MoneyBack, portal_origin: str) -> MailText:
    payment, tenant = back.payment, back.tenant
    amount = money_text(back.amount, tenant.locale)
    took_back = f"{tenant.name} took this payment back" if payment.void else f"This payment to {tenant.name} was taken back"
    charged = "nothing is taken from your bank account" if payment.method_type == "bank_account" else "your card is not charged"
    opening = f"{took_back} before it was settled, so {charged}."
    if back.reopened:
        opening += " What it had paid is open again."
    return write_payer_notice(
        payment,
        tenant,
        subject=f"Your payment of {amount} to {tenant.name} was voided",
        heading="Payment voided",
        opening=opening,
        advice="Should your bank show the amount as pending, it drops out by itself within days.",
        facts=(
            ("Voided", day_in_zone(back.at, tenant.time_zone, tenant.locale)),
            ("Paid", moment_in_zone(payment.created_at, tenant.time_zone, tenant.locale)),
            ("Paid with", method_text(payment)),
            ("Reference", payment.order_id),
            ("For", back.customer.name),
        ),
        portal_origin=portal_origin,
        back=back,
        can_pay=bool(back.reopened),
    )
