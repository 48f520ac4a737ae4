"""What staff pages say about a payment: method, status, why it needs a look, what happened when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.journal import MONEY_OUT, EntryKind, JournalEntry, lines_total
from duebook.domain.methods import SavedMethod
from duebook.domain.money import Money, decimal_text
from duebook.domain.payments import ENDED, DeclineReason, Payment, PaymentState
from duebook.domain.refunds import IN_FLIGHT, Refund, StepState, in_flight, refunded
from duebook.domain.return_codes import return_reason
from duebook.usecases.read_payments import PaidPayment
from duebook.web.pages import Formats, status_words

FILTERS: Mapping[str, tuple[str, frozenset[PaymentState]]] = {
    "": ("All", frozenset(PaymentState)),
    "received": ("Received", frozenset({PaymentState.CAPTURED})),
    "processing": ("Processing", frozenset({PaymentState.SUBMITTING, PaymentState.PENDING, PaymentState.REVIEW, PaymentState.UNKNOWN})),
    "declined": ("Declined or failed", frozenset({PaymentState.DECLINED, PaymentState.FAILED})),
    "ended": ("Voided, returned or charged back", ENDED),
}
"""The chips above a list of payments: name in the address, words, states."""

CSV_NAMES = (
    "date", "payment_id", "reference", "status", "method", "currency", "amount", "applied_to", "unapplied", "processor_reference",
)  # fmt: skip
BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
}
METHODS = {"card": "Card", "bank_account": "Bank account", "check": "Check", "cash": "Cash", "other": "Other"}
PROCESSORS = {"authorize_net": "Authorize.Net", "cardpointe": "CardConnect"}

REASONS: Mapping[DeclineReason, str] = {
    DeclineReason.DO_NOT_HONOR: "The bank refused the charge without a reason.",
    DeclineReason.INSUFFICIENT_FUNDS: "The card or account had not enough funds.",
    DeclineReason.EXPIRED_CARD: "The card has expired.",
    DeclineReason.INCORRECT_NUMBER: "The card or account number was not right.",
    DeclineReason.INCORRECT_CVC: "The security code did not match the card.",
    DeclineReason.AVS_FAILED: "The postal code did not match the card's billing address.",
    DeclineReason.LOST_OR_STOLEN: "The card is reported lost or stolen.",
    DeclineReason.DUPLICATE: "The processor took it for a duplicate of another charge.",
    DeclineReason.INVALID_BANK_ACCOUNT: "The routing or account number is not right, or the bank does not know the account.",
    DeclineReason.FRAUD: "The processor's fraud filter stopped it.",
    DeclineReason.AMOUNT_LIMIT: "The amount was above the limit of the card or account.",
    DeclineReason.TOKEN_EXPIRED: "The details were entered too long before paying.",
    DeclineReason.PROCESSOR_ERROR: "The processor did not carry out the charge.",
    DeclineReason.CONFIGURATION: "The merchant account does not take this charge; check its settings.",
}
ACTORS = {"guest": "the payer", "payer": "the payer", "duebook": "Duebook"}
GONE = {
    EntryKind.PAYMENT_VOIDED: "voided",
    EntryKind.PAYMENT_REFUNDED: "given back",
    EntryKind.PAYMENT_RETURNED: "sent back by the bank",
    EntryKind.CHARGED_BACK: "charged back",
}
DONE: Mapping[str, tuple[str, str]] = {
    "recorded": ("success", "The payment is recorded."),
    "charged": ("success", "The charge went through. The money is in and is being applied."),
    "charging": ("info", "The charge was sent, and its result is not known yet. It is being checked; do not charge again."),
    "refunded": ("success", "The refund is made."),
    "refunding": ("info", "The refund was asked for, and its result is not known yet. It is being checked; do not refund again."),
    "voided": ("success", "The payment is voided. What it had paid is open again."),
    "voiding": ("info", "The void was asked for, and its result is not known yet. It is being checked; nothing more is to be done."),
    "applied": ("success", "The unapplied cash is applied."),
    "unapplied": ("success", "The applications are taken back; the invoices are open again. The money is unapplied cash now."),
    "receipt": ("success", "The receipt is on its way. What becomes of it stands below and in Email activity."),
}
"""What a payment's page says after an action that led to it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a payment."""

    at: datetime
    words: str
    detail: str = ""
    by: str = ""


def in_filter(payments: Iterable[Payment], name: str) -> list[Payment]:
    """Return the payments of one chip."""
    return [payment for payment in payments if payment.state in FILTERS[name][1]]


def chips(payments: Sequence[Payment], on: str) -> list[tuple[str, str, int]]:
    """Return each chip's name, words and count; chips without a payment are left out, except for All and the one that is on."""
    counted = [(name, words, len(in_filter(payments, name))) for name, (words, _) in FILTERS.items()]
    return [chip for chip in counted if chip[2] or chip[0] in {"", on}]


def csv_row(paid: PaidPayment, formats: Formats) -> tuple[object, ...]:
    """Write a payment as a row of a file: exact amounts, days as YYYY-MM-DD in the business's zone."""
    payment = paid.payment
    currency = payment.amount.currency
    return (
        payment.received_on or formats.iso_day_of(payment.created_at),
        payment.key.payment_id,
        payment.order_id,
        status_words(payment)[0],
        method_words(payment),
        currency,
        decimal_text(payment.amount),
        "; ".join(f"{one.number}: {decimal_text(Money(one.minor, currency))}" for one in paid.applications),
        decimal_text(Money(paid.unapplied, currency)),
        payment.reference or "",
    )


def method_words(payment: Payment) -> str:
    """Say how a payment was made: ``Visa ending 4242``, ``Check 1017``, ``Cash``."""
    if payment.method_type == "check" and payment.check_number:
        return f"Check {payment.check_number}"
    kind = BRANDS.get((payment.brand or "").lower(), payment.brand or METHODS.get(payment.method_type, payment.method_type))
    return f"{kind} ending {payment.last4}" if payment.last4 else kind


def why_it_needs_a_look(payment: Payment) -> str:
    """Say in a few words why a payment waits."""
    if payment.parked is not None:
        return "Its follow-up stopped. The money is booked, but may not be applied yet, and mails may be missing."
    if payment.state is PaymentState.REVIEW:
        return "The processor holds it for review. Accept or void it there."
    if payment.state is PaymentState.UNKNOWN:
        return "The processor's answer was lost. We keep asking; nobody is charged again."
    return "It was left half-way. We ask the processor what became of it."


def is_under_way(payment: Payment) -> bool:
    """Tell whether a payment will look different in a moment: being charged, or received and not applied yet."""
    received = payment.state is PaymentState.CAPTURED and not payment.applied and payment.parked is None
    return received or payment.state is PaymentState.SUBMITTING or bool(_step_under_way(payment))


def explanation(payment: Payment) -> str | None:
    """Say what stands above a payment that needs words, or nothing."""
    if payment.parked is not None:
        return f"{why_it_needs_a_look(payment)} It is tried again by itself. Reason: {payment.parked}"
    if payment.state not in ENDED and (said := _step_under_way(payment)):
        return said
    if payment.state in {PaymentState.DECLINED, PaymentState.FAILED}:
        reason = REASONS[payment.reason] if payment.reason else "No reason was told."
        code = f" Code {payment.reason_code}." if payment.reason_code else ""
        return f"{reason}{code} The payer has not been charged."
    if payment.state in {PaymentState.REVIEW, PaymentState.UNKNOWN}:
        return why_it_needs_a_look(payment)
    if payment.state is PaymentState.PENDING:
        return "The bank has not settled it yet. Bank payments take 3–5 business days; the invoices are paid then."
    if payment.state in ENDED:
        return _end(payment)
    if payment.state is PaymentState.CAPTURED and not payment.applied:
        return "The money is in. It is being applied to the invoices."
    return None


def gone(paid: PaidPayment) -> int:
    """Add up what was given or taken back of a payment's money, minor units."""
    return sum(entry.minor for entry in paid.entries if entry.kind in MONEY_OUT)


def why_nothing_paid(payment: Payment) -> str:
    """Say why a payment pays nothing now."""
    if payment.captured_at is None:
        return "No money has come in."
    if payment.state in ENDED or refunded(payment.refunds):
        return "The money is gone again."
    return "It is about to be applied." if not payment.applied else ""


def _step_under_way(payment: Payment) -> str:
    """Say that a refund or a void is under way; empty when none is."""
    if in_flight(payment.refunds) is not None:
        return "A refund is under way. The processor is asked what became of it; the money is given back once, and no more."
    if payment.void is not None and payment.void.state in IN_FLIGHT and payment.state not in ENDED:
        return "This payment is being voided. The processor is asked what became of it; its invoices open again once that is known."
    return ""


def _end(payment: Payment) -> str:
    code = f" Code {payment.ended_code}." if payment.ended_code else ""
    if payment.state is PaymentState.RETURNED:
        return f"{return_reason(payment.ended_code)}{code} What it had paid is open again."
    if payment.state is PaymentState.CHARGED_BACK:
        return f"The payer disputed it at the bank, and the money was taken back.{code} What it had paid is open again."
    return "It was voided before settlement. The payer is not charged."


def facts(payment: Payment, processors: Mapping[str, str], formats: Formats) -> list[tuple[str, str, bool]]:
    """List a payment's details as term, words and whether they are a code."""
    payer = payment.payer
    processor = processors.get(payment.merchant_account_id or "", "")
    found = [
        ("Method", method_words(payment), False),
        ("Paid by", {"guest": "Pay my balance", "staff": "Taken by staff"}.get(payment.channel, payment.channel), False),
        ("Put in" if payment.channel == "staff" else "Asked for", formats.moment(payment.created_at), False),
        ("Received on", formats.day(payment.received_on) if payment.received_on else "", False),
        ("Payer", payer.name if payer else "", False),
        ("Email", payer.email if payer else "", False),
        ("Reference", payment.order_id, True),
        ("Processor", PROCESSORS.get(processor, processor), False),
        ("Processor's reference", payment.reference or "", True),
        ("Payment ID", payment.key.payment_id, True),
    ]
    return [one for one in found if one[1]]


def timeline(paid: PaidPayment, names: Mapping[str, str], formats: Formats) -> list[Step]:
    """Tell what happened to a payment, oldest first, from its document and the journal."""
    payment = paid.payment
    steps = [Step(payment.created_at, "Payment asked for", by="the payer")] if payment.channel == "guest" else []
    if payment.captured_at is not None:
        steps.append(Step(payment.captured_at, "Money received", formats.money(payment.amount.minor, payment.amount.currency)))
    if payment.settled_at is not None:
        steps.append(Step(payment.settled_at, "Settled at the processor"))
    steps += [_refund_step(refund, payment, names, formats) for refund in payment.refunds if refund.state is not StepState.MADE]
    steps += [_entry_step(entry, payment.amount.currency, names, formats) for entry in paid.entries]
    return sorted(steps, key=lambda step: step.at)


def actors(paid: PaidPayment) -> Sequence[str]:
    """List the staff who had a hand in a payment, by id."""
    known = {entry.actor or "" for entry in paid.entries} | {refund.actor for refund in paid.payment.refunds}
    return sorted(actor for actor in known if actor.startswith("stf_"))


def actor_words(actor: str | None, names: Mapping[str, str]) -> str:
    """Say who did it: a person by name, the payer, the API, or Duebook itself."""
    known = actor or ""
    return ACTORS.get(known) or names.get(known) or ("the API" if known.startswith("key_") else known)


def saved_method_words(method: SavedMethod) -> str:
    """Name a saved method: ``Visa ending 4242``, ``Bank account ending 6789``."""
    kind = BRANDS.get((method.brand or "").lower(), method.brand or METHODS.get(method.type, method.type))
    return f"{kind} ending {method.last4}" if method.last4 else kind


def _refund_step(refund: Refund, payment: Payment, names: Mapping[str, str], formats: Formats) -> Step:
    amount = formats.money(refund.minor, payment.amount.currency)
    code = f" Code {refund.reason_code}." if refund.reason_code else ""
    words = f"Refund of {amount} asked for" if refund.state in IN_FLIGHT else f"Refund of {amount} refused; no money moved"
    return Step(refund.asked_at, words, f"Reason: {refund.reason}.{code}", actor_words(refund.actor, names))


def _entry_step(entry: JournalEntry, currency: str, names: Mapping[str, str], formats: Formats) -> Step:
    by = actor_words(entry.actor, names)
    detail = f"Reason: {entry.reason}" if entry.reason else ""
    if entry.kind in GONE:
        return Step(entry.posted_at, f"{formats.money(entry.minor, currency)} {GONE[entry.kind]}", detail, by)
    amount = formats.money(lines_total(entry.lines), currency)
    count = "1 invoice" if len(entry.lines) == 1 else f"{formats.count(len(entry.lines))} invoices"
    words = f"{amount} un-applied from {count}" if entry.kind is EntryKind.PAYMENT_UNAPPLIED else f"{amount} applied to {count}"
    return Step(entry.posted_at, words, detail, by)
