"""Read one merchant account's books at its processor: bring our payments up to date, then write down what does not agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from duebook.domain.breaks import BY_ITSELF, ONLY_PEOPLE_END, Break, BreakKind, BreakRow, RowState, resolved, seen
from duebook.domain.directory import MerchantAccount
from duebook.domain.identifiers import is_order_id, is_refund_order_id, order_tail
from duebook.domain.money import Money
from duebook.domain.payments import Evidence, Outcome, Payment, moved
from duebook.domain.processing import ProcessorRecord, RecordKind
from duebook.domain.processor_books import Ours, Reading, Theirs, evidence_of, matches, own_charge
from duebook.domain.reconciliation import CLAIMS, SETTLING_IN, compare, doubts, over
from duebook.domain.refunds import Refund, StepState
from duebook.errors import ConflictError, DuebookError, TransientError
from duebook.ports import PaymentProcessor
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.payment_store import PaymentStore
from duebook.storage.reconciliation_store import ReconciliationStore
from duebook.usecases.merchant_accounts import refund_order
from duebook.usecases.record_outcome import MoneyDesk, record_outcome, record_refund_outcome

ASKED_A_READING = 20
"""Charges and refunds asked for one by one; the others' turn comes with the next reading."""
LOOKED_AT = timedelta(days=14)
"""How old a payment may be to be compared although no record speaks of it: longer than any settlement takes."""
LISTED_BY_THEN = timedelta(hours=36)
"""After this long a charge stands in a batch; before, only in books that list what has not settled yet."""
NO_CODE = "C00"
"""A notification of change whose code the processor does not tell."""
FAULTS_A_READING = 2
UNSETTLED = frozenset({Outcome.APPROVED, Outcome.PENDING, Outcome.REVIEW})
NEEDS_ASKING = frozenset({BreakKind.PAYMENT_WITHOUT_CHARGE, BreakKind.REFUND_NOT_MADE, BreakKind.NOT_SETTLED})


@dataclass(frozen=True, slots=True)
class ReadingDesk:
    """All that reading the processors' books needs of the outside.

    ``flag_method`` is told tenant, customer, saved method, code and words of a notification of change; telling it twice is safe.
    """

    directory: DirectoryStore
    books: MoneyDesk
    breaks: ReconciliationStore
    processor_of: Callable[[str, MerchantAccount], PaymentProcessor]
    flag_method: Callable[[str, str, str, str, str | None], object]
    start_application: Callable[[Payment, str], None]
    now: Callable[[], datetime]


@dataclass(slots=True)
class Sheet:
    """A tenant's payments at hand while its books are read, and what came of the reading."""

    tenant_id: str
    store: PaymentStore
    payments: dict[str, Payment] = field(default_factory=dict)
    """By the end that a payment's order ids share."""
    strangers: set[str] = field(default_factory=set)
    records: int = 0
    recorded: int = 0
    found: int = 0
    gone: int = 0
    broken: list[str] = field(default_factory=list)

    def load(self, now: datetime, since: datetime) -> None:
        """Take in the payments of some days."""
        for back in range((now.date() - since.date()).days + 1):
            for payment in self.store.of_day(self.tenant_id, (now - timedelta(days=back)).date().isoformat()):
                self.put(payment)

    def put(self, payment: Payment) -> None:
        """Take in a payment as it stands now."""
        self.payments[order_tail(payment.order_id)] = payment

    def of_order(self, order_id: str | None) -> Payment | None:
        """Find the payment of an order id, in the store if need be."""
        if not order_id or not is_order_id(order_id):
            return None
        tail = order_tail(order_id)
        if tail not in self.payments and tail not in self.strangers:
            key = self.store.find_by_order_id(self.tenant_id, order_id)
            if key is None:
                self.strangers.add(tail)
            else:
                self.payments[tail] = self.store.get(key)
        return self.payments.get(tail)


def read_processor_books(
    account: MerchantAccount,
    span: tuple[datetime, datetime],
    sheet: Sheet,
    desk: ReadingDesk,
    *,
    is_last: bool,
    timeout_seconds: float,
    enough: Callable[[], bool],
    floor: datetime | None = None,
) -> bool:
    """Read a span of a merchant account's books, record what they tell, and compare when the span ends now.

    Args:
        account: Whose books.
        span: From when to when (UTC).
        sheet: The tenant's payments; carries the counts.
        desk: Stores, processors and clock.
        is_last: The span ends now: what is missing in it is missing.
        timeout_seconds: For each call to the processor.
        enough: Asked between steps: whether the time left is too short for another.
        floor: What other systems charged before this instant is none of ours.

    Returns:
        Whether it came to an end; what was recorded stays, and the same again goes on from there.

    Raises:
        TransientError: The processor or the database did not answer; the same again is safe.
    """
    processor = desk.processor_of(sheet.tenant_id, account)
    read = processor.records(*span, timeout_seconds=timeout_seconds)
    records = [record for record in read if not _is_older(record, floor)]
    sheet.records += len(records)
    for record in records:
        sheet.of_order(record.order_id)
    asking = _Asking(processor, timeout_seconds, enough)
    records = _named(records, sheet, account, asking)
    if not _record_all(records, account, sheet, desk, enough):
        return False
    if is_last:
        reading = Reading(account.account_id, records, span[0], desk.now())
        _write_rows(reading, sheet, desk, asking)
    return True


def write_doubts(merchant_account_id: str, sheet: Sheet, desk: ReadingDesk) -> None:
    """Write down what has been in doubt for too long, and what is so no more, while a merchant account's books cannot be read.

    Raises:
        TransientError: The database did not answer; the same again is safe.
    """
    known = _open_rows(merchant_account_id, sheet, desk)
    now = desk.now()
    for one in doubts(sheet.payments.values(), merchant_account_id, now):
        was = known.pop(one.break_id, None) or desk.breaks.resolved_among(sheet.tenant_id, [one.break_id]).get(one.break_id)
        sheet.found += 1
        _write_row(_row_of(was, one, sheet.tenant_id, now), was, desk)
    for row in known.values():
        if row.found.kind is BreakKind.UNKNOWN_TOO_LONG and sheet.of_order(row.found.order_id) is not None:
            sheet.gone += 1
            _write_row(resolved(row, by=BY_ITSELF, note=None, now=now), row, desk)


def _open_rows(merchant_account_id: str, sheet: Sheet, desk: ReadingDesk) -> dict[str, BreakRow]:
    """Read a merchant account's open rows by id, and take in the payments they are about."""
    rows = desk.breaks.rows(sheet.tenant_id, RowState.OPEN)
    known = {row.found.break_id: row for row in rows if row.found.merchant_account_id == merchant_account_id}
    for row in known.values():
        sheet.of_order(row.found.order_id)
    return known


def _is_older(record: ProcessorRecord, floor: datetime | None) -> bool:
    return floor is not None and record.at < floor and not is_order_id(record.order_id or "")


@dataclass(slots=True)
class _Asking:
    """Asks the processor for single charges and refunds, a few a reading."""

    processor: PaymentProcessor
    timeout_seconds: float
    enough: Callable[[], bool]
    left: int = ASKED_A_READING

    def may(self) -> bool:
        """Tell whether there is another question in this reading, and take it."""
        if self.left <= 0 or self.enough():
            return False
        self.left -= 1
        return True


def _named(records: Sequence[ProcessorRecord], sheet: Sheet, account: MerchantAccount, asking: _Asking) -> list[ProcessorRecord]:
    """Give records their order id where the books name only the processor's own id of the charge."""
    ours, theirs = Ours.of(sheet.payments.values(), account.account_id), Theirs.of(records)
    named = []
    for record in records:
        order_id = record.order_id
        if order_id is None and record.charge_reference and ours.of_record(record, theirs) is None and asking.may():
            found = asking.processor.look_up(record.charge_reference, timeout_seconds=asking.timeout_seconds)
            order_id = found.order_id if found is not None and sheet.of_order(found.order_id) else None
        named.append(replace(record, order_id=order_id))
    return named


def _record_all(
    records: Sequence[ProcessorRecord], account: MerchantAccount, sheet: Sheet, desk: ReadingDesk, enough: Callable[[], bool]
) -> bool:
    """Record what each line says of a payment: charges first, then refunds, then what took money back."""
    theirs = Theirs.of(records)
    ours = Ours.of(sheet.payments.values(), account.account_id)
    for order_id, lines in theirs.charges.items():
        payment = ours.of_order(order_id)
        line = own_charge(payment, lines) if payment else None
        if enough():
            return False
        if payment is not None and line is not None:
            _record(payment, evidence_of(line, payment, desk.now()), sheet, desk)
    for line in [*theirs.refunds, *theirs.events]:
        if enough():
            return False
        named = ours.of_record(line, theirs)
        if named is not None:
            _record_line(sheet.payments[order_tail(named.order_id)], line, sheet, desk)
    return True


def _record_line(payment: Payment, line: ProcessorRecord, sheet: Sheet, desk: ReadingDesk) -> None:
    match line.kind:
        case RecordKind.REFUND:
            refund = next((one for one in payment.refunds if matches(line, one)), None)
            if refund is not None and refund.state is not StepState.MADE:
                _record_refund(payment, refund, evidence_of(line, payment, desk.now()), sheet, desk)
        case RecordKind.RETURN | RecordKind.CHARGEBACK:
            _record(payment, evidence_of(line, payment, desk.now()), sheet, desk)
        case RecordKind.NOTIFICATION_OF_CHANGE if payment.method_id is not None:
            desk.flag_method(payment.key.tenant_id, payment.key.customer_id, payment.method_id, line.code or NO_CODE, line.detail)
        case _:
            pass


def _record(payment: Payment, evidence: Evidence, sheet: Sheet, desk: ReadingDesk) -> None:
    if moved(payment, evidence) is None:
        return
    try:
        after = record_outcome(payment.key, evidence, books=desk.books)
        sheet.put(after)
        sheet.recorded += 1
        if payment.captured_at is None and after.captured_at is not None:
            # What cannot be started now is started by the schedule that looks after payments.
            with suppress(TransientError):
                desk.start_application(after, after.key.payment_id)
    except TransientError:
        raise
    except ConflictError:
        # It is being moved on by somebody else; the next reading goes back far enough to say it again.
        return
    except DuebookError as error:
        # One payment that is out of order must not keep the others waiting; the comparison shows it.
        sheet.broken.append(f"{payment.key.payment_id}: {error}")


def _record_refund(payment: Payment, refund: Refund, evidence: Evidence, sheet: Sheet, desk: ReadingDesk) -> None:
    try:
        after = record_refund_outcome(payment.key, refund.refund_id, evidence, books=desk.books)
    except TransientError:
        raise
    except DuebookError as error:
        sheet.broken.append(f"{refund.refund_id}: {error}")
        return
    sheet.recorded += after.version != payment.version
    sheet.put(after)


def _write_rows(reading: Reading, sheet: Sheet, desk: ReadingDesk, asking: _Asking) -> None:
    """Compare, and write what is found, still true, or gone."""
    known = _open_rows(reading.merchant_account_id, sheet, desk)
    reading, unsure = _asked(reading, known.values(), sheet, desk, asking)
    payments = list(sheet.payments.values())
    found = [one for one in compare(payments, reading) if one.kind not in NEEDS_ASKING or one.order_id not in unsure]
    settled = desk.breaks.resolved_among(sheet.tenant_id, [one.break_id for one in found if one.break_id not in known])
    for one in found:
        was = known.pop(one.break_id, None) or settled.get(one.break_id)
        sheet.found += 1
        _write_row(_row_of(was, one, sheet.tenant_id, reading.now), was, desk)
    for one in over([row.found for row in known.values() if row.found.order_id not in unsure], payments, reading):
        was = known[one.break_id]
        sheet.gone += 1
        _write_row(resolved(was, by=BY_ITSELF, note=None, now=reading.now), was, desk)


def _row_of(was: BreakRow | None, found: Break, tenant_id: str, now: datetime) -> BreakRow | None:
    return seen(was, found, now) if was else BreakRow(tenant_id, found, now, now)


def _write_row(row: BreakRow | None, was: BreakRow | None, desk: ReadingDesk) -> None:
    try:
        if row is not None:
            desk.breaks.save(row, was=was)
    except ConflictError:
        # Staff, or another reading, was faster; the next reading sees it as it stands then.
        return


def _asked(reading: Reading, rows: Iterable[BreakRow], sheet: Sheet, desk: ReadingDesk, asking: _Asking) -> tuple[Reading, frozenset[str]]:
    """Ask for what the books should hold and do not, before it is called a break.

    Returns:
        The reading with the answers, and the order ids that could not be asked for this time.
    """
    wanted, unripe = _to_ask(reading, rows, sheet)
    orders = sorted(wanted)
    # Each reading begins elsewhere, so that every one has its turn.
    turn = int(reading.now.timestamp()) // 900 * ASKED_A_READING % len(orders) if orders else 0
    records, asked, unsure, faults = list(reading.records), set(reading.asked), wanted | unripe, 0
    for order_id in [*orders[turn:], *orders[:turn]]:
        payment = sheet.of_order(order_id)
        if payment is None or faults == FAULTS_A_READING or not asking.may():
            continue
        try:
            evidence = _inquired(order_id, payment, asking)
        except TransientError:
            faults += 1
            continue
        if evidence is None:
            asked.add(order_id)
        elif evidence.outcome is Outcome.UNKNOWN:
            continue
        else:
            records.append(_answer(order_id, payment, evidence, reading.now))
            if not is_refund_order_id(order_id):
                _record(payment, evidence, sheet, desk)
        unsure.discard(order_id)
    return replace(reading, records=tuple(records), asked=frozenset(asked)), frozenset(unsure)


def _to_ask(reading: Reading, rows: Iterable[BreakRow], sheet: Sheet) -> tuple[set[str], set[str]]:
    """List order ids of charges and refunds that should stand in the books, or did, and that no record speaks of.

    Returns:
        Those to ask for, and those too young to be missed by now.
    """
    there = {record.order_id for record in reading.records}
    refunds = {record.reference for record in reading.records if record.kind is RecordKind.REFUND}
    is_listed_at_once = any(record.outcome in UNSETTLED and record.batch_id is None for record in reading.records)
    ripe_at = reading.now - (SETTLING_IN if is_listed_at_once else LISTED_BY_THEN)
    wanted: set[str] = set()
    unripe: set[str] = set()
    for payment in sheet.payments.values():
        if payment.merchant_account_id != reading.merchant_account_id:
            continue
        if payment.state in CLAIMS and (payment.created_at >= reading.since or payment.settled_at is None):
            (wanted if payment.created_at <= ripe_at else unripe).add(payment.order_id)
        for refund in payment.refunds:
            if refund.state is StepState.MADE and refund.asked_at >= reading.since and refund.reference not in refunds:
                (wanted if refund.asked_at <= ripe_at else unripe).add(refund.order_id)
    for row in rows:
        if row.found.kind not in ONLY_PEOPLE_END and row.found.payment_id and row.found.order_id:
            wanted.add(row.found.order_id)
    return wanted - there, unripe - there - wanted


def _inquired(order_id: str, payment: Payment, asking: _Asking) -> Evidence | None:
    refund = next((one for one in payment.refunds if one.order_id == order_id), None)
    if refund is None:
        return asking.processor.inquire(payment.order_id, submitted_at=payment.created_at, timeout_seconds=asking.timeout_seconds)
    order = refund_order(payment, refund)
    return asking.processor.inquire_refund(order, submitted_at=refund.asked_at, timeout_seconds=asking.timeout_seconds)


def _answer(order_id: str, payment: Payment, evidence: Evidence, now: datetime) -> ProcessorRecord:
    """Write an answer as a line of the processor's books."""
    refund = next((one for one in payment.refunds if one.order_id == order_id), None)
    known = Money(refund.minor, payment.amount.currency) if refund else payment.amount
    return ProcessorRecord(
        RecordKind.REFUND if refund else RecordKind.CHARGE,
        evidence.reference or (refund.reference if refund else payment.reference) or order_id,
        evidence.amount or known,
        evidence.outcome,
        now,
        order_id,
        charge_reference=payment.reference if refund else None,
        code=evidence.reason_code,
    )
