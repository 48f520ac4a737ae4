"""The books of a merchant at Authorize.Net as records: charges, refunds, returns, chargebacks, notifications of change.

The gateway tells of settlement, returns and chargebacks in its batches only, never by webhook, so they are read regularly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from duebook.domain.identifiers import is_refund_order_id
from duebook.domain.money import Money
from duebook.domain.payments import Outcome
from duebook.domain.processing import ProcessorRecord, RecordKind
from duebook.processors import authorize_net_codes as codes
from duebook.processors.authorize_net_answers import reference_in
from duebook.processors.authorize_net_reports import Batch, Details, Line, ReturnedItem
from duebook.processors.authorize_net_search import Reading, doubt

MAX_BATCHES = 400
_EVENTS = {
    "returnedItem": (RecordKind.RETURN, Outcome.RETURNED),
    "chargeback": (RecordKind.CHARGEBACK, Outcome.CHARGED_BACK),
    "chargebackReversal": (RecordKind.CHARGEBACK_REVERSAL, Outcome.APPROVED),
}
_MONEY = frozenset({Outcome.APPROVED, Outcome.PENDING, Outcome.SETTLED, Outcome.RETURNED})
_IN_SETTLEMENT = frozenset({Outcome.SETTLED, Outcome.RETURNED})


def read_records(reading: Reading, since: datetime, until: datetime) -> Iterator[ProcessorRecord]:
    """Read what stands unsettled now, then what was settled in the span.

    In that order, because a charge only ever moves from the first to the second. A line seen twice comes twice only when it
    changed meanwhile.

    Raises:
        AnswerLostError: Anything that leaves a doubt; what came before it is true all the same.
    """
    seen: set[tuple[RecordKind, str, Outcome]] = set()
    for record in _records(reading, since, until):
        mark = (record.kind, record.reference, record.outcome)
        if mark not in seen:
            seen.add(mark)
            yield record


def _records(reading: Reading, since: datetime, until: datetime) -> Iterator[ProcessorRecord]:
    for line in reading.unsettled():
        yield from _line_records(reading, line, None)
    for number, batch in enumerate(reading.batches(since, until, statistics=True), 1):
        if number > MAX_BATCHES:
            doubt(f"more than {MAX_BATCHES} batches in the span")
        yield from _batch_records(reading, batch)


def _batch_records(reading: Reading, batch: Batch) -> Iterator[ProcessorRecord]:
    bank_charges = []
    for line in reading.content(batch):
        for record in _line_records(reading, line, batch):
            if record.kind is RecordKind.CHARGE and line.face.bank:
                bank_charges.append(record)
            yield record
    if batch.correction_notices:
        yield _notification_of_change(reading, batch, bank_charges)


def _line_records(reading: Reading, line: Line, batch: Batch | None) -> Iterator[ProcessorRecord]:
    if reference_in(line.reference) is None:
        doubt("a line without a transaction id")
    event = _EVENTS.get(line.status)
    if event is not None:
        yield _event(reading, line, batch, *event)
        return
    yield _own(reading, line, batch)
    if line.has_returned_items:
        yield from _returns(reading, line, batch)


def _own(reading: Reading, line: Line, batch: Batch | None) -> ProcessorRecord:
    """Make the record of a charge or refund itself."""
    is_refund = line.status in codes.REFUND_ONLY or is_refund_order_id(line.order_id or "")
    outcome = (codes.REFUND_STATUSES if is_refund else codes.STATUSES).get(line.status, Outcome.REVIEW)
    if outcome is Outcome.APPROVED and line.face.bank and not is_refund:
        outcome = Outcome.PENDING
    if outcome in _MONEY and line.amount is not None and not line.amount.minor:
        # What failed to settle settles with nothing; what it was charged for stands in its details alone.
        line = replace(line, amount=reading.listed_details(line.reference).amount)
    told = {Outcome.RETURNED: codes.SETTLEMENT_ERROR, Outcome.REVIEW: line.status[:40], Outcome.FAILED: line.status}
    return _record(
        line,
        batch,
        kind=RecordKind.REFUND if is_refund else RecordKind.CHARGE,
        outcome=outcome,
        at=_settled_at(batch) if outcome in _IN_SETTLEMENT else None,
        code=told.get(outcome),
    )


def _event(reading: Reading, line: Line, batch: Batch | None, kind: RecordKind, outcome: Outcome) -> ProcessorRecord:
    """Make the record of something that the bank did to a charge; its line names the charge, and the charge names the reason."""
    own = reading.listed_details(line.reference)
    about = own if own.charge_reference is None else reading.listed_details(own.charge_reference)
    item = _item_of(line, about) if kind is RecordKind.RETURN else None
    return replace(
        _record(line, batch, kind=kind, outcome=outcome, at=(item.at if item else None) or _settled_at(batch)),
        order_id=about.order_id or line.order_id,
        charge_reference=_charge_of(about),
        code=item.code if item else None,
        detail=(item.description if item else None) or own.description,
    )


def _returns(reading: Reading, line: Line, batch: Batch | None) -> Iterator[ProcessorRecord]:
    """Make the records of a charge's returns from the charge itself, as its returned items' own lines would say."""
    about = reading.listed_details(line.reference)
    for item in about.returned_items:
        if item.reference is None:
            continue
        record = _record(line, None, kind=RecordKind.RETURN, outcome=Outcome.RETURNED, at=item.at or _settled_at(batch))
        yield replace(
            record,
            reference=item.reference,
            order_id=about.order_id,
            charge_reference=_charge_of(about),
            code=item.code,
            detail=item.description,
        )


def _record(
    line: Line, batch: Batch | None, *, kind: RecordKind, outcome: Outcome, at: datetime | None, code: str | None = None
) -> ProcessorRecord:
    amount = line.amount
    at = at or line.submitted_at
    if amount is None or at is None:
        doubt(f"{line.reference} has no amount or no time")
    return ProcessorRecord(
        kind=kind,
        reference=line.reference,
        amount=amount,
        outcome=outcome,
        at=at,
        order_id=line.order_id,
        code=code,
        batch_id=batch.id if batch else None,
        brand=line.face.brand,
        last4=line.face.last4,
    )


def _notification_of_change(reading: Reading, batch: Batch, bank_charges: list[ProcessorRecord]) -> ProcessorRecord:
    """Make the one record there can be: the gateway counts notices per batch and says neither whose nor what they are."""
    only = bank_charges[0] if len(bank_charges) == 1 else None
    return ProcessorRecord(
        kind=RecordKind.NOTIFICATION_OF_CHANGE,
        reference=batch.id,
        amount=Money(0, reading.currency),
        outcome=Outcome.APPROVED,
        at=batch.settled_at or doubt(f"batch {batch.id} has no time"),
        order_id=only.order_id if only else None,
        charge_reference=only.reference if only else None,
        detail=f"notices in the batch: {batch.correction_notices}",
        batch_id=batch.id,
        last4=only.last4 if only else None,
    )


def _item_of(line: Line, about: Details) -> ReturnedItem | None:
    """Find what the bank said of this very return; of another one only when there is no other."""
    items = about.returned_items
    same = next((item for item in items if item.reference == line.reference), None)
    return same or (items[0] if len(items) == 1 else None)


def _charge_of(about: Details) -> str | None:
    return about.reference if about.is_charge else about.charge_reference


def _settled_at(batch: Batch | None) -> datetime | None:
    return batch.settled_at if batch else None
