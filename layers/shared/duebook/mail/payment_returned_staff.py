"""The staff's notice that money went again without their doing: a return, a chargeback, a void at the processor (R38, R41)."""

from __future__ import annotations

from duebook.domain.email_activity import MailText
from duebook.domain.methods import blocks_charges
from duebook.domain.money import Money
from duebook.domain.money_back import MoneyBack
from duebook.domain.payments import PaymentState
from duebook.domain.return_codes import AfterReturn, after_return, return_reason
from duebook.mail.formats import day_in_zone, money_text
from duebook.mail.notices import Facts, StaffNotice, open_again, payment_page, write_staff_notice
from duebook.mail.words import accent_of, method_text

HAPPENED = {PaymentState.RETURNED: "Returned", PaymentState.CHARGED_BACK: "Charged back", PaymentState.VOIDED: "Voided"}
TO_DO: dict[AfterReturn, str] = {
    AfterReturn.AGAIN: "Ask the customer when the money will be in the account, or for another way to pay.",
    AfterReturn.OTHER_ACCOUNT: "Ask the customer for another account, or another way to pay. This one takes no debits.",
    AfterReturn.NOT_AUTHORIZED: "Speak with the customer before this account is charged again: another charge needs their new consent.",
    AfterReturn.ASK_PROCESSOR: "Ask the customer to pay again. Nothing is known to be wrong with the account; your processor can say more.",
}
DISPUTE = (
    "You can dispute it in your processor's pages, with the invoices, the proof of the work and the payer's consent. "
    "Banks want an answer within days or a few weeks; the last day stands in the processor's pages. "
    "If you accept it, collect the open invoices another way."
)
VOIDED_ELSEWHERE = (
    "If one of you voided it in the processor's pages, nothing is left to do. If not, ask the processor why it was voided. "
    "Void payments in Duebook, and the reason is kept with them."
)


def write_payment_returned_staff(back: MoneyBack, *, portal_origin: str) -> MailText:
    """Write to staff that the bank or the processor took a payment's money back."""
    amount = money_text(back.amount, back.tenant.locale)
    code = f" ({back.payment.ended_code})" if back.payment.ended_code else ""
    who = f"{amount} from {back.customer.name}{code}"
    match back.payment.state:
        case PaymentState.CHARGED_BACK:
            heading, advice = "Chargeback", DISPUTE
            summary = f"The payer's bank took back {amount}{_of_a_larger(back)} from {back.customer.name}: a chargeback."
        case PaymentState.VOIDED:
            heading, advice = "Payment voided at the processor", VOIDED_ELSEWHERE
            summary = f"A payment of {amount} from {back.customer.name} was voided at the processor, and not in Duebook."
        case _:
            heading, advice = "Payment returned", TO_DO[after_return(back.payment.ended_code)]
            summary = f"The bank sent back {amount} from {back.customer.name}. {return_reason(back.payment.ended_code)}"
    summary = f"{summary} {_what_is_open(back)}".strip()
    view = StaffNotice(
        tenant_name=back.tenant.name,
        accent=accent_of(back.tenant.accent),
        preheader=summary,
        heading=heading,
        tone="danger",
        summary=summary,
        facts=_facts(back),
        notes=_notes(back),
        advice=advice,
        payment_link=payment_page(back.payment, portal_origin),
    )
    return write_staff_notice(f"{heading}: {who}", view)


def _of_a_larger(back: MoneyBack) -> str:
    whole = back.payment.amount
    return f" of a payment of {money_text(whole, back.tenant.locale)}" if back.amount != whole else ""


def _what_is_open(back: MoneyBack) -> str:
    if back.payment.captured_at is None:
        return "It had not been applied yet; the invoices it was meant for can be paid again."
    return open_again(back) or "No invoice opened again."


def _facts(back: MoneyBack) -> Facts:
    payment, tenant, customer = back.payment, back.tenant, back.customer
    code = "Return code" if payment.state is PaymentState.RETURNED else "Reason code"
    return (
        (HAPPENED[payment.state], day_in_zone(back.at, tenant.time_zone, tenant.locale)),
        ("Paid", day_in_zone(payment.created_at, tenant.time_zone, tenant.locale)),
        ("Paid with", method_text(payment)),
        *(((code, payment.ended_code),) if payment.ended_code else ()),
        ("Reference", payment.order_id),
        *((("Processor's reference", payment.reference),) if payment.reference else ()),
        ("Customer", f"{customer.name} ({customer.customer_id})"),
    )


def _notes(back: MoneyBack) -> tuple[str, ...]:
    payment, currency, locale = back.payment, back.amount.currency, back.tenant.locale
    notes = []
    rest = back.amount.minor - back.lost - sum(part.minor for part in back.reopened)
    if payment.captured_at is not None and rest > 0:
        notes.append(f"{money_text(Money(rest, currency), locale)} of it was unapplied cash, which is gone now.")
    if back.lost:
        notes.append(f"{money_text(Money(back.lost, currency), locale)} of it had been refunded before, and is booked as a write-off.")
    if payment.method_id and payment.state is PaymentState.RETURNED:
        blocked = blocks_charges(payment.ended_code or "")
        notes.append(f"The saved account was flagged{' and is not charged again' if blocked else '; it can still be charged'}.")
    return tuple(notes)
