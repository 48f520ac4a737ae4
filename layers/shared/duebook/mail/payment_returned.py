"""The payer's news that the bank sent a payment back: why, what is open again, what to do (R38)."""

from __future__ import annotations

from duebook.domain.email_activity import MailText
from duebook.domain.money_back import MoneyBack
from duebook.domain.return_codes import AfterReturn, after_return, return_reason
from duebook.mail.fillings import returned_filling
from duebook.mail.formats import day_in_zone, moment_in_zone, money_text
from duebook.mail.notices import write_payer_notice
from duebook.mail.tenant_texts import TenantWords, own_words
from duebook.mail.words import method_text

ADVICE: dict[AfterReturn, str] = {
    AfterReturn.AGAIN: "You can pay again once the money is in the account, or pay another way.",
    AfterReturn.OTHER_ACCOUNT: "Please pay from another account, or another way.",
    AfterReturn.NOT_AUTHORIZED: "If you did not mean to stop it, contact {tenant} before you pay again.",
    AfterReturn.ASK_PROCESSOR: "Please pay again, or another way.",
}


def write_payment_returned(back: MoneyBack, *, portal_origin: str, words: TenantWords | None = None) -> MailText:
    """Write to the payer that the bank sent a payment back."""
    payment, tenant, customer = back.payment, back.tenant, back.customer
    amount = money_text(back.amount, tenant.locale)
    reason = return_reason(payment.ended_code)
    where = f"it is no longer on the account of {customer.name}" if payment.captured_at else f"{tenant.name} has not received it"
    advice = ADVICE[after_return(payment.ended_code)].format(tenant=tenant.name)
    if payment.method_id:
        advice += " Your saved bank account is marked as returned."
    return write_payer_notice(
        payment,
        tenant,
        subject=f"Your payment of {amount} to {tenant.name} was returned",
        preheader=f"{reason} Reference {payment.order_id}.",
        heading="Payment returned",
        opening=f"Your bank sent back this payment to {tenant.name}, so {where}. {reason}",
        advice=advice,
        facts=(
            ("Returned", day_in_zone(back.at, tenant.time_zone, tenant.locale)),
            ("Paid", moment_in_zone(payment.created_at, tenant.time_zone, tenant.locale)),
            ("Paid with", method_text(payment)),
            *((("Return code", payment.ended_code),) if payment.ended_code else ()),
            ("Reference", payment.order_id),
            ("For", customer.name),
        ),
        portal_origin=portal_origin,
        back=back,
        own=own_words(words, lambda: returned_filling(back, portal_origin=portal_origin)),
    )
