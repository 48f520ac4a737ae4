"""A receipt in words: what was paid, how, for which invoices, and what became of it since (R23, R37, R38, R41)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from duebook.documents.sender import day_received, edition, method_words, page_view
from duebook.documents.texts import Language, file_name, language_of, one_line, some_lines
from duebook.domain.documents import ReceiptFacts, Sheet
from duebook.domain.payment_news import PaidInvoice
from duebook.domain.payments import Payment, PaymentState, is_return_code, status_of
from duebook.domain.refunds import IN_FLIGHT, StepState, in_flight, refunded

HEADINGS: dict[str, str] = {
    "captured": "received",
    "partly_refunded": "partly_refunded",
    "refunded": "refunded",
    "pending": "submitted",
    "review": "review",
    "submitting": "checking",
    "unknown": "checking",
    "returned": "returned",
    "charged_back": "charged_back",
    "voided": "voided",
}
"""By status as people see it; attempts that were declined or failed have no receipt."""
TONES = {"received": "good", "partly_refunded": "good", "submitted": "wait", "review": "wait", "checking": "wait", "refunded": "wait"}
UNDER_WAY = frozenset({"submitted", "review", "checking"})

Row = tuple[str, str, str]


def write_receipt_sheet(facts: ReceiptFacts) -> Sheet:
    """Write the receipt of a payment that was made, or is being made."""
    language = language_of(facts.customer.locale or facts.tenant.locale)
    payment, heading = facts.payment, HEADINGS[status_of(facts.payment)]
    amount = language.money(payment.amount.minor, payment.amount.currency)
    tenant = one_line(facts.tenant.name, 120)
    view = page_view(
        facts.tenant,
        language,
        title=language.say("receipt_title", heading=language.say(heading), amount=amount, tenant=tenant),
        running=language.say("receipt_running", reference=one_line(payment.order_id), customer=one_line(facts.customer.name, 120)),
    ) | {
        "heading": language.say(heading),
        "tone": TONES.get(heading, "bad"),
        "amount": amount,
        "opening": _opening(facts, heading, tenant, language),
        "facts": [(label, some_lines(value)) for label, value in _facts(facts, language)],
        "table": _table(facts, heading, language),
        "notes": list(_notes(facts, heading, language)),
    }
    made_on = _day(payment.created_at, facts)
    return Sheet("receipt", edition(), view, file_name("Receipt", payment.order_id), made_on, facts.tenant.logo_url)


def _opening(facts: ReceiptFacts, heading: str, tenant: str, language: Language) -> str:
    code = facts.payment.ended_code
    if heading == "returned" and code and is_return_code(code):
        return language.say("returned_code_text", code=code)
    given_back = language.money(refunded(facts.payment.refunds), facts.payment.amount.currency)
    return language.words[f"{heading}_text"].format(tenant=tenant, amount=given_back)


def _facts(facts: ReceiptFacts, language: Language) -> Iterator[tuple[str, str]]:
    payment = facts.payment
    asked_on = day_received(payment, _day(payment.created_at, facts))
    yield language.say("date"), language.day(asked_on)
    if payment.captured_at and not payment.received_on and _day(payment.captured_at, facts) != asked_on:
        yield language.say("arrived"), language.day(_day(payment.captured_at, facts))
    yield language.say("reference"), payment.order_id
    yield language.say("paid_with"), method_words(payment, language)
    if payment.payer and payment.payer.name:
        yield language.say("paid_by"), one_line(payment.payer.name)
    yield language.say("for_customer"), one_line(facts.customer.name, 120)


def _table(facts: ReceiptFacts, heading: str, language: Language) -> dict[str, Any] | None:
    """Write what the payment pays, to its last part: the rows and what is below them add up to the payment."""
    payment, currency = facts.payment, facts.payment.amount.currency
    if payment.state in {PaymentState.RETURNED, PaymentState.CHARGED_BACK, PaymentState.VOIDED} and not facts.paid:
        return None
    rows = [_row(part, heading, currency, language) for part in facts.paid]
    below = list(_below(facts, language))
    if not rows and not below:
        return None
    caption, how_far = ("what_it_will_pay", "how_far_pending") if heading in UNDER_WAY else ("what_it_paid", "how_far")
    return {
        "caption": language.say(caption),
        "columns": [language.say("applied_to"), language.say(how_far), language.say("amount_in", currency=currency)],
        "rows": rows,
        "below": below,
        "total": (language.say("payment_total"), language.money(payment.amount.minor, currency)),
    }


def _row(part: PaidInvoice, heading: str, currency: str, language: Language) -> Row:
    if heading in UNDER_WAY:
        # Nothing is paid yet, so what the invoice still has open is the part that will be paid, and more.
        how_far = language.say("in_full" if part.still_open <= part.minor else "in_part_pending")
    elif part.still_open:
        how_far = language.say("in_part", amount=language.money(part.still_open, currency))
    else:
        how_far = language.say("in_full")
    return one_line(part.number), how_far, language.figure(part.minor, currency)


def _below(facts: ReceiptFacts, language: Language) -> Iterator[tuple[str, str]]:
    currency = facts.payment.amount.currency
    if facts.unapplied > 0:
        yield language.say("unapplied"), language.figure(facts.unapplied, currency)
    for refund in facts.payment.refunds:
        if refund.state is StepState.MADE:
            words = language.say("refund_of", day=language.day(_day(refund.asked_at, facts)))
            yield words, language.figure(refund.minor, currency)


def _notes(facts: ReceiptFacts, heading: str, language: Language) -> Iterator[str]:
    currency, day = facts.payment.amount.currency, language.day(facts.as_of)
    under_way = in_flight(facts.payment.refunds)
    if under_way is not None and under_way.state in IN_FLIGHT:
        words = language.say("refund_under_way", day=language.day(_day(under_way.asked_at, facts)))
        yield f"{words}: {language.money(under_way.minor, currency)}."
    if not facts.paid and heading in {"received", "partly_refunded"}:
        yield language.say("nothing_paid")
    if not facts.remaining:
        yield language.say("nothing_remaining", day=day)
        return
    remaining = language.say("remaining_as_of", day=day, amount=language.money(facts.remaining, currency))
    yield f"{remaining} {language.say('not_taken_off')}" if heading in UNDER_WAY else remaining


def _day(at: datetime, facts: ReceiptFacts) -> date:
    return at.astimezone(ZoneInfo(facts.tenant.time_zone)).date()


def has_receipt(payment: Payment) -> bool:
    """Tell whether a payment has a receipt: attempts that were declined or failed have none."""
    return status_of(payment) in HEADINGS
