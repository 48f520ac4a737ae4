"""Which actions on a payment are offered to whom, and why another one is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from duebook.domain.payments import ENDED, NOT_MADE, Payment, PaymentState, refundable
from duebook.domain.refunds import IN_FLIGHT, StepState, in_flight, refunded
from duebook.usecases.read_payments import PaidPayment
from duebook.usecases.void_payment import CAN_BE_VOIDED
from duebook.web.visits import Visit

SETTLES_WITHIN = timedelta(days=1)
"""A card payment older than this has mostly settled, even if its settlement was not seen: the processor is asked."""

NEEDED_ROLE = {"refund": "manager", "void": "manager", "apply": "collector", "unapply": "collector", "receipt": "collector"}
LABELS = {
    "apply": "Apply unapplied cash",
    "receipt": "Send receipt again",
    "refund": "Refund",
    "unapply": "Un-apply",
    "void": "Void",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One action on a payment; ``why_not`` says why it cannot be done now, and is empty when it can."""

    name: str
    label: str
    why_not: str = ""


def offers(paid: PaidPayment, visit: Visit, now: datetime) -> tuple[list[Offer], list[Offer]]:
    """Return the actions this person may do now, and those that somebody of their role could but not now, with the reason."""
    judged = [Offer(name, LABELS[name], why_not) for name in LABELS for why_not in [_why_not(name, paid, now)] if why_not is not None]
    mine = [offer for offer in judged if visit.may(NEEDED_ROLE[offer.name])]
    others = [
        Offer(offer.name, offer.label, f"This takes the role {NEEDED_ROLE[offer.name]}; yours is {visit.staff.role.value}.")
        for offer in judged
        if not visit.may(NEEDED_ROLE[offer.name]) and not offer.why_not
    ]
    return [offer for offer in mine if not offer.why_not], [offer for offer in mine if offer.why_not] + others


def why_not(name: str, paid: PaidPayment, now: datetime) -> str:
    """Say why an action cannot be done to a payment now; empty when it can."""
    found = _why_not(name, paid, now)
    return "There is nothing of this payment to do that with." if found is None else found


def _why_not(name: str, paid: PaidPayment, now: datetime) -> str | None:
    """Say why not; None where the action has no meaning for this payment, so that nobody need read of it."""
    payment = paid.payment
    if payment.state in NOT_MADE or payment.state in ENDED:
        return None
    under_way = _under_way(payment)
    match name:
        case "apply":
            if not paid.unapplied:
                return None
            return under_way or ("" if payment.applied else "It is being applied by itself at this moment.")
        case "unapply":
            return (under_way or "") if paid.applications and payment.applied else None
        case "receipt":
            return "" if payment.captured_at else "There is a receipt once the money is in."
        case "void":
            return _no_void(payment, under_way)
        case _:
            return _no_refund(payment, under_way, now)


def _under_way(payment: Payment) -> str:
    if in_flight(payment.refunds) is not None:
        return "A refund of it is under way; its result is being asked for."
    if payment.void is not None and payment.void.state in IN_FLIGHT:
        return "It is being voided; the result is being asked for."
    return ""


def _no_void(payment: Payment, under_way: str) -> str | None:
    if payment.state not in CAN_BE_VOIDED:
        return "The result of the charge is not known yet."
    if under_way:
        return under_way
    if refunded(payment.refunds):
        return "A part of it was given back, so what is left can be refunded, no longer voided."
    if payment.settled_at is not None and payment.merchant_account_id is not None:
        return "It has settled, so it can be refunded, no longer voided."
    return ""


def _no_refund(payment: Payment, under_way: str, now: datetime) -> str | None:
    if payment.state is not PaymentState.CAPTURED:
        return "The money is not in yet. It can be refunded once it has settled."
    if under_way:
        return under_way
    if not refundable(payment):
        return "All of it was given back."
    settling = payment.merchant_account_id is not None and payment.settled_at is None
    if settling and now - payment.created_at < SETTLES_WITHIN:
        return "It has not settled yet, mostly until the next day. Void it whole now, or refund it once it has settled."
    return ""


def refund_words(state: StepState) -> tuple[str, str]:
    """Return a refund's state as people read it, and the tone of its tag."""
    return {
        StepState.SUBMITTING: ("Being made", "info"),
        StepState.UNKNOWN: ("Being checked", "warn"),
        StepState.MADE: ("Given back", "ok"),
        StepState.REFUSED: ("Refused", "danger"),
    }[state]
