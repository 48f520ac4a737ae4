"""A payment's life: its states, the evidence that moves it, and what the processor is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from duebook.domain.money import Money
from duebook.domain.refunds import IN_FLIGHT, Refund, StepState, Void, in_flight, refunded
from duebook.errors import InvariantError


class PaymentState(StrEnum):
    """Where a payment stands, in the order in which evidence moves it. ``captured`` is the first in which money has moved."""

    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    REVIEW = "review"
    PENDING = "pending"
    FAILED = "failed"
    DECLINED = "declined"
    CAPTURED = "captured"
    VOIDED = "voided"
    RETURNED = "returned"
    CHARGED_BACK = "charged_back"


class Outcome(StrEnum):
    """What an answer, a look-up or a report says of a charge."""

    APPROVED = "approved"
    PENDING = "pending"
    REVIEW = "review"
    DECLINED = "declined"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    VOIDED = "voided"
    RETURNED = "returned"
    CHARGED_BACK = "charged_back"


UNATTENDED = timedelta(minutes=2)
"""A charge, refund or void still ``submitting`` after this long was left by a crash; the schedule asks the processor."""


class DeclineReason(StrEnum):
    """Why a charge was refused, in classes that a payer can act on.

    Source: docs of both processors, folded to the classes in docs/processors.md.
    """

    DO_NOT_HONOR = "do_not_honor"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    INCORRECT_NUMBER = "incorrect_number"
    INCORRECT_CVC = "incorrect_cvc"
    AVS_FAILED = "avs_failed"
    LOST_OR_STOLEN = "lost_or_stolen"
    DUPLICATE = "duplicate"
    INVALID_BANK_ACCOUNT = "invalid_bank_account"
    FRAUD = "fraud"
    AMOUNT_LIMIT = "amount_limit"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a reason, not a secret
    PROCESSOR_ERROR = "processor_error"
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a charge, from whichever source, at one moment.

    Args:
        outcome: The verdict.
        observed_at: When we learnt it (UTC).
        reference: The processor's own id of the charge, if it gave one.
        reason: For declined and failed.
        reason_code: The processor's code behind the reason, for staff ("2", "E00114"); for a return or chargeback its code ("R01").
        brand: Card brand in lower case such as ``visa``, when told.
        last4: Last four digits, when told.
        amount: What stands at the processor, or what was charged back, when told.
        is_answer: The payer gets it as the answer to their own call; whoever hears of a refusal otherwise is owed a mail.
    """

    outcome: Outcome
    observed_at: datetime
    reference: str | None = None
    reason: DeclineReason | None = None
    reason_code: str | None = None
    brand: str | None = None
    last4: str | None = None
    amount: Money | None = None
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: told to the processor and written to."""

    name: str
    email: str
    postal_code: str | None = None


RANK: dict[PaymentState, int] = {state: rank for rank, state in enumerate(PaymentState)} | {
    PaymentState.RETURNED: list(PaymentState).index(PaymentState.VOIDED),
    PaymentState.CHARGED_BACK: list(PaymentState).index(PaymentState.VOIDED),
}
"""Evidence moves a payment up, never down, so any order of the same evidence ends in the same state. The last three are equal:
a payment ends in one of them."""

EDGES: dict[PaymentState, frozenset[PaymentState]] = {
    before: frozenset(after for after in PaymentState if RANK[after] > RANK[before]) for before in PaymentState
}
"""The allowed changes of state; anything else is old or repeated evidence and changes nothing.

Declined and failed are left upwards too: a charge that turns up after we gave it up is real money, booked and never lost.
"""

STATE_AFTER: dict[Outcome, PaymentState] = {
    Outcome.APPROVED: PaymentState.CAPTURED,
    Outcome.PENDING: PaymentState.PENDING,
    Outcome.REVIEW: PaymentState.REVIEW,
    Outcome.DECLINED: PaymentState.DECLINED,
    Outcome.FAILED: PaymentState.FAILED,
    Outcome.UNKNOWN: PaymentState.UNKNOWN,
    Outcome.SETTLED: PaymentState.CAPTURED,
    Outcome.VOIDED: PaymentState.VOIDED,
    Outcome.RETURNED: PaymentState.RETURNED,
    Outcome.CHARGED_BACK: PaymentState.CHARGED_BACK,
}

SUBMITTED = "submitted"
"""News of a bank payment that was accepted and is on its way; gone once its outcome is known."""
RETURN_CODE = "return_code"
"""News of a payment that is for the saved account alone: the bank's code came after the return was told."""
RETURN_CODE_LENGTH = 3

ENDED = frozenset({PaymentState.VOIDED, PaymentState.RETURNED, PaymentState.CHARGED_BACK})
"""States in which money that had come in, or was on its way, is gone again."""
NOT_MADE = frozenset({PaymentState.DECLINED, PaymentState.FAILED})
IN_DOUBT = frozenset({PaymentState.SUBMITTING, PaymentState.UNKNOWN, PaymentState.PENDING, PaymentState.REVIEW})
"""States whose outcome the processor is asked for; their money is reserved (R27)."""

ASK_AGAIN: dict[PaymentState, timedelta] = {PaymentState.PENDING: timedelta(hours=6), PaymentState.REVIEW: timedelta(minutes=10)}
"""Pauses between look-ups where the processor knows the charge and has not decided; its reports mostly come first."""

LOOK_AFTER = (timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=10))
"""Pauses between look-ups of an unknown charge; the last one repeats."""

GIVE_UP_LOOKS = 3
GIVE_UP_AFTER = timedelta(minutes=10)
"""An unknown charge counts as never made once the processor has not known it this many times over this long.

Source: Authorize.Net lists a charge within seconds; docs/payments.md tells why minutes are waited all the same.
"""


@dataclass(frozen=True, slots=True)
class PaymentKey:
    """Which payment of which customer."""

    tenant_id: str
    customer_id: str
    payment_id: str

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> PaymentKey:
        """Read a key out of a task's input, which may tell more of the payment."""
        return cls(fields["tenant_id"], fields["customer_id"], fields["payment_id"])


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment and what became of it. What it paid stands in the journal (``applied_in``).

    Args:
        key: Whose.
        amount: Asked for; the charge is for exactly this.
        state: One of the table's.
        channel: ``guest``, ``portal`` or ``staff``.
        method_type: ``card``, ``bank_account``, ``check``, ``cash`` or ``other``.
        created_at: When it was asked for (UTC).
        order_id: Ours, as the processor knows it; also the reference people are told.
        merchant_account_id: Where the money goes; None for checks and cash.
        brand: Card brand, when told.
        last4: Last four digits, when told.
        check_number: For checks, when given.
        received_on: For money received by staff.
        payer: Who paid on the web.
        reference: The processor's id of the charge.
        reason: Why it was declined or failed.
        reason_code: The processor's code for it.
        captured_at: When the money was booked (UTC); stays when it is gone again.
        settled_at: When the processor's settlement of it was seen (UTC); from then on it is refunded, before it is voided.
        ended_code: Return code (``R01``) or chargeback reason, once returned or charged back.
        taken_back: What a void, return or chargeback took of the booked money, minor units.
        method_id: The saved method it was charged from.
        authorization: Words by which the payer allowed a bank account to be debited, as shown then.
        refunds: In the order they were asked for; at most one is in flight.
        void: The latest wish to void it.
        news: What people are still to be told of it: ``submitted``, ``not_made``, ``returned``, ``charged_back``, ``voided``, ``return_code``, or a refund id.
        applied_in: Numbers of the journal entries that applied it, un-applied it or took its money back, ascending.
        applied: Its application is done; what is left over then stays unapplied until staff apply it (R25).
        closed: Applied, and the mails that follow are queued; nothing more happens to it by itself.
        looks: How often the processor was asked and did not know it.
        due_at: When the schedule looks at it next; None once nothing is left to do.
        parked: Why its follow-up stopped and waits for staff.
        fingerprint: Of the request it came with, for the Idempotency-Key.
        version: Counts the writes of this item.
    """

    key: PaymentKey
    amount: Money
    state: PaymentState
    channel: str
    method_type: str
    created_at: datetime
    order_id: str
    merchant_account_id: str | None = None
    brand: str | None = None
    last4: str | None = None
    check_number: str | None = None
    received_on: str | None = None
    payer: Payer | None = None
    reference: str | None = None
    reason: DeclineReason | None = None
    reason_code: str | None = None
    captured_at: datetime | None = None
    settled_at: datetime | None = None
    ended_code: str | None = None
    taken_back: int = 0
    method_id: str | None = None
    authorization: str | None = None
    refunds: tuple[Refund, ...] = ()
    void: Void | None = None
    news: tuple[str, ...] = ()
    applied_in: tuple[int, ...] = ()
    applied: bool = False
    closed: bool = False
    looks: int = 0
    due_at: datetime | None = None
    parked: str | None = None
    fingerprint: str = ""
    version: int = 0


def status_of(payment: Payment) -> str:
    """Return the state as people see it: captured money that was given back is *partly refunded* or *refunded*."""
    given_back = refunded(payment.refunds)
    if payment.state is not PaymentState.CAPTURED or not given_back:
        return payment.state.value
    return "refunded" if given_back >= payment.amount.minor else "partly_refunded"


def refundable(payment: Payment) -> int:
    """Return how much can still be given back now (minor units): booked, not gone again, not in flight."""
    if payment.state is not PaymentState.CAPTURED:
        return 0
    under_way = in_flight(payment.refunds)
    if payment.void is not None and payment.void.state in IN_FLIGHT:
        return 0
    return payment.amount.minor - refunded(payment.refunds) - (under_way.minor if under_way else 0)


def fits(payment: Payment, evidence: Evidence) -> bool:
    """Tell whether evidence can be about this payment: its amount is the whole one, or a part of it charged back."""
    if evidence.amount is None:
        return True
    if evidence.amount.currency != payment.amount.currency:
        return False
    if evidence.outcome is Outcome.CHARGED_BACK:
        return 0 < evidence.amount.minor <= payment.amount.minor
    carries_money = evidence.outcome not in {Outcome.DECLINED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.VOIDED}
    return not carries_money or evidence.amount == payment.amount


def moved(payment: Payment, evidence: Evidence) -> Payment | None:
    """Return the payment after new evidence, or None when the evidence is old, repeated, about another amount, or says nothing new.

    The next look is due soon in every state that still needs work, so a crash after this write is repaired by the schedule.
    """
    if not fits(payment, evidence):
        return None
    state = STATE_AFTER[evidence.outcome]
    is_unsettled = payment.settled_at is None and payment.state in {PaymentState.CAPTURED, PaymentState.CHARGED_BACK}
    if evidence.outcome is Outcome.SETTLED and is_unsettled:
        return replace(payment, settled_at=evidence.observed_at)
    if _names_the_return(payment, evidence):
        return replace(payment, ended_code=evidence.reason_code, news=(*payment.news, RETURN_CODE), due_at=evidence.observed_at)
    if state not in EDGES[payment.state]:
        return None
    is_booked = payment.captured_at is not None
    books = state is PaymentState.CAPTURED or (state is PaymentState.CHARGED_BACK and not is_booked)
    after = replace(
        payment,
        state=state,
        reference=evidence.reference or payment.reference,
        reason=evidence.reason if state in NOT_MADE else None,
        reason_code=evidence.reason_code if state in NOT_MADE else None,
        ended_code=evidence.reason_code if state in ENDED else None,
        method_type=_method_charged(payment, evidence),
        brand=evidence.brand or payment.brand,
        last4=evidence.last4 or payment.last4,
        captured_at=evidence.observed_at if books else payment.captured_at,
        settled_at=evidence.observed_at if evidence.outcome is Outcome.SETTLED else payment.settled_at,
        void=replace(payment.void, state=StepState.MADE) if payment.void and state is PaymentState.VOIDED else payment.void,
        news=_news_after(payment, state, is_answer=evidence.is_answer),
    )
    return replace(after, due_at=_due_after(after, evidence.observed_at))


def _method_charged(payment: Payment, evidence: Evidence) -> str:
    """Say what was charged: a token does not show its kind, and whoever sent it may have named another. Cards alone have a brand, bank accounts alone are pending."""
    if evidence.brand is not None:
        return "card"
    return "bank_account" if evidence.outcome is Outcome.PENDING else payment.method_type


def is_return_code(code: str | None) -> bool:
    """Tell whether a code is a bank's: ``R01`` and so on, not only a processor's word that money did not come."""
    return code is not None and len(code) == RETURN_CODE_LENGTH and code[0] == "R" and code[1:].isdigit()


def _names_the_return(payment: Payment, evidence: Evidence) -> bool:
    """Tell whether evidence brings the bank's code of a return that was known without one."""
    is_return = payment.state is PaymentState.RETURNED and evidence.outcome is Outcome.RETURNED
    return is_return and is_return_code(evidence.reason_code) and not is_return_code(payment.ended_code)


def _news_after(before: Payment, state: PaymentState, *, is_answer: bool) -> tuple[str, ...]:
    """Say who is owed word. Who gets a refusal as an answer knows it; who was left waiting does not."""
    if state is PaymentState.PENDING:
        return (*before.news, SUBMITTED)
    is_booked = before.captured_at is not None
    if state in NOT_MADE or (
        state is PaymentState.VOIDED and not is_booked and before.state in {PaymentState.SUBMITTING, PaymentState.UNKNOWN}
    ):
        return () if is_answer else ("not_made",)
    kept = tuple(notice for notice in before.news if notice != SUBMITTED)
    return (*kept, state.value) if state in ENDED else kept


def _due_after(after: Payment, now: datetime) -> datetime | None:
    if after.state in NOT_MADE or after.state in ENDED:
        return now if after.news else None
    if after.state is PaymentState.PENDING and after.news:
        return now
    return now + ASK_AGAIN.get(after.state, LOOK_AFTER[0])


def next_due(payment: Payment, now: datetime) -> datetime | None:
    """Return when a payment whose application is done is to be looked at again; None when nothing is left to do."""
    step = in_flight(payment.refunds) or payment.void
    if step is not None and step.state in IN_FLIGHT:
        return now + LOOK_AFTER[min(step.looks, len(LOOK_AFTER) - 1)]
    return now if payment.news else None


def looked_in_vain(payment: Payment, *, now: datetime) -> Payment:
    """Return the payment after the processor did not know it: due again later, or given up as never made.

    Raises:
        InvariantError: Its outcome is known already.
    """
    if payment.state not in {PaymentState.SUBMITTING, PaymentState.UNKNOWN}:
        raise InvariantError(f"payment {payment.key.payment_id} is {payment.state}")
    looks = payment.looks + 1
    if looks >= GIVE_UP_LOOKS and now - payment.created_at >= GIVE_UP_AFTER:
        return replace(
            payment, state=PaymentState.FAILED, looks=looks, reason=DeclineReason.PROCESSOR_ERROR, news=("not_made",), due_at=now
        )
    pause = LOOK_AFTER[min(looks, len(LOOK_AFTER) - 1)]
    return replace(payment, state=PaymentState.UNKNOWN, looks=looks, due_at=now + pause)
