"""Two sides of a reconciliation: what was read of a processor's books, each line once, and our payments it may speak of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.charges import BANK_ACCOUNT
from duebook.domain.identifiers import is_order_id, is_refund_order_id, order_tail
from duebook.domain.payments import NOT_MADE, DeclineReason, Evidence, Outcome, Payment
from duebook.domain.processing import ProcessorRecord, RecordKind
from duebook.domain.refunds import Refund

STRENGTH: dict[Outcome, int] = {
    outcome: rank
    for rank, outcome in enumerate(
        (
            Outcome.UNKNOWN,
            Outcome.REVIEW,
            Outcome.PENDING,
            Outcome.APPROVED,
            Outcome.DECLINED,
            Outcome.FAILED,
            Outcome.SETTLED,
            Outcome.VOIDED,
            Outcome.CHARGED_BACK,
            Outcome.RETURNED,
        )
    )
}
"""How one line of a processor's books moves on; of several readings of it, the strongest is the latest."""
STANDS = frozenset({Outcome.APPROVED, Outcome.PENDING, Outcome.SETTLED})
"""Outcomes of a charge or refund whose money has moved or is on its way."""
EVENTS = frozenset({RecordKind.RETURN, RecordKind.CHARGEBACK, RecordKind.CHARGEBACK_REVERSAL, RecordKind.NOTIFICATION_OF_CHANGE})


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a processor's books.

    Args:
        merchant_account_id: Whose books.
        records: In any order, the same line as often as it was read.
        since: Where the span begins (UTC): what is younger would stand in it.
        now: When it was read (UTC).
        asked: Order ids that the processor was asked for one by one; an answer is among the records.
    """

    merchant_account_id: str
    records: Sequence[ProcessorRecord]
    since: datetime
    now: datetime
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ours:
    """Our payments by the end that their order ids share, and by id."""

    by_tail: Mapping[str, Payment]
    by_id: Mapping[str, Payment]
    by_reference: Mapping[str, Payment]

    @classmethod
    def of(cls, payments: Iterable[Payment], merchant_account_id: str) -> Ours:
        """Sort payments, leaving out those of other merchant accounts."""
        mine = [payment for payment in payments if payment.merchant_account_id == merchant_account_id]
        return cls(
            {order_tail(payment.order_id): payment for payment in mine},
            {payment.key.payment_id: payment for payment in mine},
            {payment.reference: payment for payment in mine if payment.reference},
        )

    def of_order(self, order_id: str | None) -> Payment | None:
        """Find the payment of a charge's or refund's order id."""
        return self.by_tail.get(order_tail(order_id)) if order_id and is_order_id(order_id) else None

    def of_record(self, record: ProcessorRecord, theirs: Theirs) -> Payment | None:
        """Find the payment a record speaks of: by order id, by the charge's reference, or by the charge's own order id."""
        named = self.of_order(record.order_id) or self.by_reference.get(record.charge_reference or "")
        if named is not None:
            return named
        charge = theirs.by_reference.get(record.charge_reference or "")
        return self.of_order(charge.order_id) if charge is not None else None


@dataclass(frozen=True, slots=True)
class Theirs:
    """The processor's lines, each once, in its latest state."""

    charges: Mapping[str, Sequence[ProcessorRecord]]
    """By order id; those without one under their own reference."""
    by_reference: Mapping[str, ProcessorRecord]
    refunds: Sequence[ProcessorRecord]
    events: Sequence[ProcessorRecord]

    @classmethod
    def of(cls, records: Iterable[ProcessorRecord]) -> Theirs:
        """Fold records, in any order and number."""
        latest: dict[tuple[RecordKind, str], ProcessorRecord] = {}
        for record in records:
            known = latest.get((record.kind, record.reference))
            if known is None or _order(record) > _order(known):
                latest[record.kind, record.reference] = record
        lines = sorted(latest.values(), key=_order)
        charges: dict[str, list[ProcessorRecord]] = defaultdict(list)
        for line in lines:
            if line.kind is RecordKind.CHARGE:
                charges[line.order_id or line.reference].append(line)
        return cls(
            charges,
            {line.reference: line for line in lines if line.kind is RecordKind.CHARGE},
            [line for line in lines if line.kind is RecordKind.REFUND],
            [line for line in lines if line.kind in EVENTS],
        )


def _order(record: ProcessorRecord) -> tuple[object, ...]:
    """Sort whole, so that the same records always give the same lines."""
    amount, code = (record.amount.currency, record.amount.minor), record.code or ""
    return (STRENGTH[record.outcome], record.at, record.kind, record.reference, record.order_id or "", amount, code)


def matches(line: ProcessorRecord, refund: Refund) -> bool:
    """Tell whether a refund of theirs is this one of ours."""
    # A processor may file a refund under the charge's order id; then only its own id tells which one it is.
    if line.order_id and is_refund_order_id(line.order_id):
        return line.order_id == refund.order_id
    return refund.reference is not None and line.reference == refund.reference


def own_charge(payment: Payment, lines: Sequence[ProcessorRecord]) -> ProcessorRecord | None:
    """Find the line that tells how a payment's charge stands; None when none of them speaks of the charge we know.

    Args:
        payment: Ours.
        lines: The charges under its order id, the weakest outcome first.
    """
    standing = [line for line in lines if line.outcome in STANDS]
    known = next((line for line in lines if line.reference == payment.reference), None)
    if known is not None and (known.outcome in STANDS or not standing):
        return known
    # A charge that was given up and turns up under another id is the payment's all the same.
    takes_any = payment.reference is None or payment.state in NOT_MADE or len(lines) == 1
    found = standing or lines
    return found[-1] if found and takes_any else None


def evidence_of(line: ProcessorRecord, payment: Payment, now: datetime) -> Evidence:
    """Turn a line of the processor's books into evidence of a payment.

    A bank account's charge that stands unsettled is pending, whatever the processor calls it (R38).
    """
    outcome = line.outcome
    if line.kind is RecordKind.CHARGE and outcome is Outcome.APPROVED and payment.method_type == BANK_ACCOUNT:
        outcome = Outcome.PENDING
    reasons = {Outcome.DECLINED: DeclineReason.DO_NOT_HONOR, Outcome.FAILED: DeclineReason.PROCESSOR_ERROR}
    return Evidence(
        outcome,
        now,
        reference=line.reference if line.kind in {RecordKind.CHARGE, RecordKind.REFUND} else None,
        reason=reasons.get(outcome),
        reason_code=line.code,
        brand=line.brand if line.kind is RecordKind.CHARGE else None,
        last4=line.last4 if line.kind is RecordKind.CHARGE else None,
        amount=line.amount,
    )
