"""A payment's life: its states, the evidence that moves it, and what the processor is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from duebook.domain.money import Money
from duebook.errors import InvariantError


class PaymentState(StrEnum):
    """Where a payment stands. ``captured`` is the first state in which money has moved."""

    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    PENDING = "pending"
    REVIEW = "review"
    CAPTURED = "captured"
    DECLINED = "declined"
    FAILED = "failed"


class Outcome(StrEnum):
    """What an answer, a look-up or a report says of a charge."""

    APPROVED = "approved"
    PENDING = "pending"
    REVIEW = "review"
    DECLINED = "declined"
    FAILED = "failed"
    UNKNOWN = "unknown"


class DeclineReason(StrEnum):
    """Why a charge was refused, in classes that a payer can act on.

    Source: docs of both processors, folded to the classes in docs/payments.md.
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
        reason_code: The processor's code behind the reason, for staff ("2", "E00114").
        brand: Card brand in lower case such as ``visa``, when told.
        last4: Last four digits, when told.
    """

    outcome: Outcome
    observed_at: datetime
    reference: str | None = None
    reason: DeclineReason | None = None
    reason_code: str | None = None
    brand: str | None = None
    last4: str | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: told to the processor and written to."""

    name: str
    email: str
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class TokenMethod:
    """An opaque token from the hosted field, used once; ``type`` is ``card`` or ``bank_account``."""

    token: str
    type: str


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge as we ask for it.

    Args:
        order_id: Ours, unique, at most 20 of ``A-Z a-z 0-9 -``, holds a letter so that it cannot look like a card number.
        amount: Above zero, in the merchant account's currency.
        method: The token.
        payer: For billing name, postal code and the processor's records.
        customer_id: Short reference shown in the processor's own pages (at most 20 characters are sent).
    """

    order_id: str
    amount: Money
    method: TokenMethod
    payer: Payer
    customer_id: str


EDGES: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.SUBMITTING: frozenset(PaymentState) - {PaymentState.SUBMITTING},
    PaymentState.UNKNOWN: frozenset(PaymentState) - {PaymentState.SUBMITTING, PaymentState.UNKNOWN},
    PaymentState.PENDING: frozenset({PaymentState.CAPTURED, PaymentState.DECLINED, PaymentState.FAILED}),
    PaymentState.REVIEW: frozenset({PaymentState.CAPTURED, PaymentState.PENDING, PaymentState.DECLINED, PaymentState.FAILED}),
    # A charge that turns up after we gave it up is real money: it is booked, never lost.
    PaymentState.FAILED: frozenset({PaymentState.CAPTURED}),
    PaymentState.DECLINED: frozenset({PaymentState.CAPTURED}),
    PaymentState.CAPTURED: frozenset(),
}
"""The allowed changes of state; anything else is old or repeated evidence and changes nothing."""

STATE_AFTER: dict[Outcome, PaymentState] = {
    Outcome.APPROVED: PaymentState.CAPTURED,
    Outcome.PENDING: PaymentState.PENDING,
    Outcome.REVIEW: PaymentState.REVIEW,
    Outcome.DECLINED: PaymentState.DECLINED,
    Outcome.FAILED: PaymentState.FAILED,
    Outcome.UNKNOWN: PaymentState.UNKNOWN,
}

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
        channel: ``guest`` or ``staff``.
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
        captured_at: When the money was booked (UTC).
        applied_in: Numbers of the journal entries that applied or un-applied it, ascending.
        applied: Its application is done; what is left over then stays unapplied until staff apply it (R25).
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
    applied_in: tuple[int, ...] = ()
    applied: bool = False
    looks: int = 0
    due_at: datetime | None = None
    parked: str | None = None
    fingerprint: str = ""
    version: int = 0


def moved(payment: Payment, evidence: Evidence) -> Payment | None:
    """Return the payment after new evidence, or None when the evidence is old, repeated or says nothing new.

    The next look is due soon in every state that still needs work, so a crash after this write is repaired by the schedule.
    """
    state = STATE_AFTER[evidence.outcome]
    if state not in EDGES[payment.state]:
        return None
    settled_now = state in {PaymentState.DECLINED, PaymentState.FAILED}
    return replace(
        payment,
        state=state,
        reference=evidence.reference or payment.reference,
        reason=evidence.reason if settled_now else None,
        reason_code=evidence.reason_code if settled_now else None,
        brand=evidence.brand or payment.brand,
        last4=evidence.last4 or payment.last4,
        captured_at=evidence.observed_at if state is PaymentState.CAPTURED else payment.captured_at,
        due_at=_due_after(payment.state, state, evidence.observed_at),
    )


def _due_after(before: PaymentState, after: PaymentState, now: datetime) -> datetime | None:
    if after not in {PaymentState.DECLINED, PaymentState.FAILED}:
        return now + LOOK_AFTER[0]
    # Who got the refusal as an answer knows it; who was left waiting is owed a word, so the schedule looks once more.
    return None if before is PaymentState.SUBMITTING else now


def looked_in_vain(payment: Payment, *, now: datetime) -> Payment:
    """Return the payment after the processor did not know it: due again later, or given up as never made.

    Raises:
        InvariantError: Its outcome is known already.
    """
    if payment.state not in {PaymentState.SUBMITTING, PaymentState.UNKNOWN}:
        raise InvariantError(f"payment {payment.key.payment_id} is {payment.state}")
    looks = payment.looks + 1
    if looks >= GIVE_UP_LOOKS and now - payment.created_at >= GIVE_UP_AFTER:
        return replace(payment, state=PaymentState.FAILED, looks=looks, reason=DeclineReason.PROCESSOR_ERROR, due_at=now)
    pause = LOOK_AFTER[min(looks, len(LOOK_AFTER) - 1)]
    return replace(payment, state=PaymentState.UNKNOWN, looks=looks, due_at=now + pause)
