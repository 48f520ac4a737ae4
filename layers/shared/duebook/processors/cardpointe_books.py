"""The CardPointe Gateway's books of a span of days: batches (``settlestat``) and deposits (``funding``).

Nothing lists what has not gone to a batch yet; a lost charge is found by its order id instead. A batch's line is a letter and
an amount, a deposit's line tells returns of bank accounts by ``achreturncode``, and by ``parentretref`` whose.

    [{"merchid": "800000000001", "batchid": "1900000001", "hoststat": "GB",
      "txns": [{"retref": "100000000001", "setlstat": "Y", "setlamount": "12.50", "salesdoc": "DB-…"}]}]
    {"fundingdate": "2026-01-08", "txns": [{"retref": "100000000090", "parentretref": "100000000010", "amount": "-25.00",
      "achreturncode": "R01"}], "chargebacks": [{"casenumber": "2026008000001", "retref": "100000000001", "amount": "12.50"}]}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from duebook.domain.identifiers import is_refund_order_id
from duebook.domain.money import Money
from duebook.domain.payments import Outcome
from duebook.domain.processing import ProcessorRecord, RecordKind
from duebook.errors import InvalidInputError, ProcessorUnavailableError
from duebook.processors import cardpointe_answers as answers
from duebook.processors import cardpointe_codes as codes
from duebook.processors import cardpointe_messages as messages
from duebook.processors.cardpointe_messages import Reference, Request
from duebook.processors.credentials import CardPointeCredentials
from duebook.processors.json_answers import Fields, decoded, objects, text
from duebook.processors.transport import AnswerLostError

MAX_DAYS = 100
"""A day of a batch is asked for by month and day, so a span must stay far below a year."""
WEST = timedelta(hours=5)
"""The gateway's days are those of the US East coast."""
_NO_BATCHES = re.compile(rb"\s*\"?null batches\.?\"?\s*", re.IGNORECASE)
_UNSENT = frozenset({"", "ND"})
_NOTIFICATION = "C"
_REVERSED = "REVERS"

Build = Callable[[CardPointeCredentials], Request]
Read = Callable[[Build], tuple[bytes, answers.Seen]]
Record = Callable[[Build], tuple[Fields | None, answers.Seen]]


class Books:
    """Reads a span of days at both merchant ids.

    Args:
        read: Asks and returns the body.
        record: Asks for one record; None when it is not known.
        seen: What answers are read against.
    """

    def __init__(self, read: Read, record: Record, seen: answers.Seen) -> None:
        self._read = read
        self._record = record
        self._seen = seen
        self._records: dict[str, Fields | None] = {}
        self._cases: dict[str, ProcessorRecord] = {}

    def records(self, since: datetime, until: datetime) -> Iterator[ProcessorRecord]:
        """Yield deposits first, then batches, day by day; a line that comes in both is told once.

        In that order, because only a deposit's line tells why a bank refused.

        Raises:
            InvalidInputError: A span of more than ``MAX_DAYS``.
            ProcessorUnavailableError: No usable answer; ask later.
        """
        days = _days(since, until)
        told: set[tuple[RecordKind, str, Outcome]] = set()
        for line in (self._funded, self._settled):
            for merchant_id in messages.merchant_ids(self._seen.credentials):
                for day in days:
                    for record in line(merchant_id, day):
                        key = (record.kind, record.reference, record.outcome)
                        if key not in told:
                            told.add(key)
                            yield record

    def _settled(self, merchant_id: str, day: date) -> Iterator[ProcessorRecord]:
        body, _ = self._read(lambda _: messages.settled_request(merchant_id, day))
        if _NO_BATCHES.fullmatch(body):
            return
        for batch in objects(_parsed(body)):
            if "txns" not in batch:
                raise ProcessorUnavailableError(f"a batch of {day} is not understood")
            for line in objects(batch.get("txns")):
                merged = {"merchid": merchant_id, "respproc": text(batch, "respproc"), **line}
                yield from self._batch_line(merged, batch, day)

    def _batch_line(self, line: Fields, batch: Fields, day: date) -> Iterator[ProcessorRecord]:
        reference, amount = self._seen.reference(line), self._seen.amount(line, "setlamount")
        if reference is None or amount is None:
            raise ProcessorUnavailableError(f"a batch of {day} holds a line that is not understood")
        order_id = text(line, "salesdoc") or self._order_id(reference)
        record = self._records.get(str(reference)) or {}
        refund = amount.minor < 0 or is_refund_order_id(order_id or "") or answers.is_refund(record, self._seen)
        bank = self._seen.is_bank(line) and not refund
        letter = text(line, "setlstat")
        outcome = codes.letter_outcome(letter, bank=bank, sent=text(batch, "hoststat").upper() not in _UNSENT)
        brand, last4 = answers.face(line, bank=self._seen.is_bank(line))
        good = outcome in {Outcome.SETTLED, Outcome.APPROVED, Outcome.PENDING}
        yield ProcessorRecord(
            kind=RecordKind.REFUND if refund else RecordKind.CHARGE,
            reference=str(reference),
            amount=_size(amount),
            outcome=outcome,
            at=_noon(day),
            order_id=order_id,
            code=None if good else text(line, "achreturncode") or _words(outcome, letter),
            batch_id=text(batch, "batchid") or None,
            brand=brand,
            last4=last4,
        )

    def _funded(self, merchant_id: str, day: date) -> Iterator[ProcessorRecord]:
        body, _ = self._read(lambda _: messages.funding_request(merchant_id, day))
        for deposit in objects(_parsed(body)):
            if "txns" not in deposit and not text(deposit, "errormsg"):
                raise ProcessorUnavailableError(f"a deposit of {day} is not understood")
            at = _noon(_date(text(deposit, "fundingdate")) or day)
            for line in objects(deposit.get("txns")):
                yield from self._deposit_line({"merchid": merchant_id, **line}, at)
            for line in objects(deposit.get("chargebacks")):
                yield self._chargeback({"merchid": merchant_id, **line}, at)
            for line in objects(deposit.get("adjustments")):
                yield from self._adjustment(line, at)

    def _deposit_line(self, line: Fields, at: datetime) -> Iterator[ProcessorRecord]:
        code, parent = text(line, "achreturncode"), text(line, "parentretref")
        is_rejected, is_refund = text(line, "status").casefold() == "rejected", text(line, "type").upper() == codes.REFUND_DONE
        if not (code or is_rejected or is_refund):
            # A sale: its batch tells more, and sooner.
            return
        own, base = self._seen.reference(line), self._base(line, _noon(_date(text(line, "date")) or at.date()))
        if own is None or base is None:
            raise ProcessorUnavailableError(f"a deposit of {at.date()} holds a line that is not understood")
        concerns = self._seen.reference({**line, "retref": parent}) if parent else None
        if code.upper().startswith(_NOTIFICATION):
            about = concerns or own
            base = replace(base, kind=RecordKind.NOTIFICATION_OF_CHANGE, outcome=Outcome.APPROVED, amount=Money(0, base.amount.currency))
            yield replace(base, order_id=self._order_id(about), charge_reference=str(about), code=code)
        elif code and concerns is not None:
            yield replace(base, kind=RecordKind.RETURN, order_id=self._order_id(concerns), charge_reference=str(concerns), code=code)
        elif code or is_rejected:
            kind = RecordKind.REFUND if is_refund else RecordKind.CHARGE
            yield replace(base, kind=kind, order_id=self._order_id(own), code=code or answers.REJECTED)
        else:
            about_charge = str(concerns) if concerns else None
            base = replace(base, kind=RecordKind.REFUND, outcome=Outcome.SETTLED)
            yield replace(base, order_id=self._order_id(own), charge_reference=about_charge)

    def _chargeback(self, line: Fields, at: datetime) -> ProcessorRecord:
        concerns, amount = self._seen.reference(line), self._seen.amount(line)
        case = text(line, "casenumber")
        if concerns is None or amount is None or not case:
            raise ProcessorUnavailableError(f"a deposit of {at.date()} holds a chargeback that is not understood")
        self._cases[case] = found = ProcessorRecord(
            kind=RecordKind.CHARGEBACK,
            reference=case[:40],
            amount=_size(amount),
            outcome=Outcome.CHARGED_BACK,
            at=at,
            order_id=self._order_id(concerns),
            charge_reference=str(concerns),
            code=text(line, "reasoncode")[:24] or None,
            detail=text(line, "reasondescription")[:200] or None,
        )
        return found

    def _adjustment(self, line: Fields, at: datetime) -> Iterator[ProcessorRecord]:
        """A dispute that was won; told apart from fees by its case number and its words."""
        case, kind, amount = text(line, "casenumber"), text(line, "type"), self._seen.amount(line)
        if not case or amount is None or _REVERSED not in kind.upper():
            return
        known = self._cases.get(case)
        yield ProcessorRecord(
            kind=RecordKind.CHARGEBACK_REVERSAL,
            reference=case[:40],
            amount=_size(amount),
            outcome=Outcome.APPROVED,
            at=at,
            order_id=known.order_id if known else None,
            charge_reference=known.charge_reference if known else None,
            detail=kind[:200],
        )

    def _base(self, line: Fields, at: datetime) -> ProcessorRecord | None:
        reference, amount = self._seen.reference(line), self._seen.amount(line)
        if reference is None or amount is None or self._seen.in_other_currency(line):
            return None
        brand, last4 = answers.face(line, bank=self._seen.is_bank(line))
        return ProcessorRecord(RecordKind.CHARGE, str(reference), _size(amount), Outcome.RETURNED, at, brand=brand, last4=last4)

    def _order_id(self, reference: Reference) -> str | None:
        """Return the order id of a charge or refund, asked for once; None when the gateway kept none."""
        name = str(reference)
        if name not in self._records:
            self._records[name], _ = self._record(partial(messages.inquire_request, reference=reference))
        record = self._records[name]
        return (text(record, "orderId", "orderid") or None) if record else None


def _words(outcome: Outcome, letter: str) -> str:
    return answers.REJECTED if outcome is Outcome.RETURNED else letter[:24]


def _parsed(body: bytes) -> object:
    try:
        return decoded(body)
    except AnswerLostError as error:
        raise ProcessorUnavailableError(f"no clear word on a day: {error}") from error


def _days(since: datetime, until: datetime) -> list[date]:
    first, last = (since.astimezone(UTC) - WEST).date(), until.astimezone(UTC).date()
    count = (last - first).days + 1
    if count > MAX_DAYS:
        raise InvalidInputError(f"{count} days of a processor's books were asked for, at most {MAX_DAYS} at once")
    return [first + timedelta(days=day) for day in range(count)]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _date(written: str) -> date | None:
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None


def _size(amount: Money) -> Money:
    return Money(abs(amount.minor), amount.currency)
