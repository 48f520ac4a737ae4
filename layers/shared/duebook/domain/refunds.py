"""What staff take back or give back of a payment: refunds after settlement, a void before it (R41)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

GIVE_UP_LOOKS = 3
GIVE_UP_AFTER = timedelta(minutes=10)
"""A refund or void without an answer counts as never made after this many look-ups over this long; see docs/payments.md."""


class StepState(StrEnum):
    """Where a refund or a void stands. Only ``made`` has moved money."""

    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    MADE = "made"
    REFUSED = "refused"


IN_FLIGHT = frozenset({StepState.SUBMITTING, StepState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund of a payment.

    Args:
        refund_id: Ours, ``rfd_…``.
        order_id: As the processor knows it.
        minor: Above zero, in the payment's currency.
        reason: A person's words.
        actor: Who asked for it.
        asked_at: When (UTC).
        state: Only ``made`` counts.
        invoice_ids: Those to reopen first; None for unapplied cash, then the newest application first.
        looks: How often the processor was asked and did not know it.
        reference: The processor's id of it.
        reason_code: Why the processor refused it.
    """

    refund_id: str
    order_id: str
    minor: int
    reason: str
    actor: str
    asked_at: datetime
    state: StepState = StepState.SUBMITTING
    invoice_ids: tuple[str, ...] | None = None
    looks: int = 0
    reference: str | None = None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Void:
    """The wish to take an unsettled payment back whole; ``made`` once the processor says so."""

    reason: str
    actor: str
    asked_at: datetime
    state: StepState = StepState.SUBMITTING
    looks: int = 0
    reason_code: str | None = None


def in_flight(refunds: Iterable[Refund]) -> Refund | None:
    """Return the refund whose outcome is not known yet; there is at most one of a payment."""
    return next((refund for refund in refunds if refund.state in IN_FLIGHT), None)


def refunded(refunds: Iterable[Refund]) -> int:
    """Add up what was given back (minor units)."""
    return sum(refund.minor for refund in refunds if refund.state is StepState.MADE)


def with_refund(refunds: tuple[Refund, ...], changed: Refund) -> tuple[Refund, ...]:
    """Return the refunds with one changed, or added at the end."""
    if all(refund.refund_id != changed.refund_id for refund in refunds):
        return (*refunds, changed)
    return tuple(changed if refund.refund_id == changed.refund_id else refund for refund in refunds)


def looked_for_in_vain(step: Refund, *, now: datetime) -> Refund:
    """Return a refund after the processor did not know it: still unknown, or given up as never made."""
    looks = step.looks + 1
    given_up = looks >= GIVE_UP_LOOKS and now - step.asked_at >= GIVE_UP_AFTER
    return replace(
        step, looks=looks, state=StepState.REFUSED if given_up else StepState.UNKNOWN, reason_code="never_arrived" if given_up else None
    )


def void_not_seen(void: Void, *, now: datetime) -> Void:
    """Return a void whose charge still stands: perhaps on its way, or given up as never made."""
    looks = void.looks + 1
    given_up = looks >= GIVE_UP_LOOKS and now - void.asked_at >= GIVE_UP_AFTER
    return replace(
        void, looks=looks, state=StepState.REFUSED if given_up else StepState.UNKNOWN, reason_code="never_arrived" if given_up else None
    )
