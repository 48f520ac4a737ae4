"""Reconciliation: compare our payments of a merchant account with its processor's books, and report every break.

Pure and without memory: a break that is gone is simply not found again, and the order of records never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from duebook.domain.breaks import ONLY_PEOPLE_END, Break, BreakKind
from duebook.domain.charges import BANK_ACCOUNT
from duebook.domain.identifiers import is_order_id
from duebook.domain.money import Money
from duebook.domain.payments import Outcome, Payment, PaymentState
from duebook.domain.processing import ProcessorRecord, RecordKind
from duebook.domain.processor_books import STANDS, Ours, Reading, Theirs, matches
from duebook.domain.refunds import IN_FLIGHT, Refund, StepState, refunded

SETTLING_IN = timedelta(hours=1)
"""How long the processor's lists may lag behind an answer before an absent charge or refund is a break."""
UNKNOWN_LIMIT = timedelta(hours=1)
REVIEW_LIMIT = timedelta(days=3)
SETTLES_WITHIN = {BANK_ACCOUNT: 6}
SETTLES_WITHIN_ELSE = 3
"""Business days (Monday to Friday) until a charge settles: six for bank accounts, three for cards.

Source: cards settle with the day's batch; ACH takes two to four banking days, and holidays are not known here.
"""

NEVER_MADE = frozenset({Outcome.DECLINED, Outcome.FAILED, Outcome.VOIDED, Outcome.RETURNED})
CLAIMS = frozenset({PaymentState.CAPTURED, PaymentState.PENDING})
"""States in which a payment says that its charge stands."""


UNTIED = {
    RecordKind.RETURN: BreakKind.RETURN_NOT_BOOKED,
    RecordKind.CHARGEBACK: BreakKind.CHARGEBACK_NOT_BOOKED,
    RecordKind.CHARGEBACK_REVERSAL: BreakKind.CHARGEBACK_REVERSED,
    RecordKind.NOTIFICATION_OF_CHANGE: BreakKind.NOTIFICATION_OF_CHANGE,
}
"""What an event is that can be tied to no payment."""


def compare(payments: Iterable[Payment], reading: Reading) -> tuple[Break, ...]:
    """Report every place where the processor's books and our payments differ, in the order of their ids.

    Args:
        payments: Ours of this merchant account: those of the span, those that a record speaks of, and unsettled ones.
        reading: What the processor told.
    """
    theirs = Theirs.of(reading.records)
    ours = Ours.of(payments, reading.merchant_account_id)
    found = [*_strays(ours, theirs, reading)]
    refunds, events = _by_payment(theirs.refunds, ours, theirs), _by_payment(theirs.events, ours, theirs)
    for payment in ours.by_tail.values():
        found += _charges(payment, theirs, reading)
        found += _refunds(payment, refunds.get(payment.key.payment_id, []), reading)
        found += _ends(payment, events.get(payment.key.payment_id, []), reading)
        found += _waits(payment, theirs, reading)
    return tuple(sorted({one.break_id: one for one in found}.values(), key=lambda one: one.break_id))


def doubts(payments: Iterable[Payment], merchant_account_id: str, now: datetime) -> tuple[Break, ...]:
    """Report what nobody could tell for too long, which takes no books: the doubt lasts longest where they cannot be read."""
    reading, none = Reading(merchant_account_id, (), now, now), Theirs.of(())
    found = [one for payment in Ours.of(payments, merchant_account_id).by_tail.values() for one in _waits(payment, none, reading)]
    return tuple(one for one in found if one.kind is BreakKind.UNKNOWN_TOO_LONG)


def over(earlier: Iterable[Break], payments: Iterable[Payment], reading: Reading) -> tuple[Break, ...]:
    """Return those breaks found earlier, and not by this reading, that are gone rather than out of this reading's sight."""
    ours = Ours.of(payments, reading.merchant_account_id)
    seen = frozenset(record.reference for record in reading.records)
    orders = frozenset(record.order_id for record in reading.records if record.order_id) | reading.asked
    return tuple(one for one in earlier if _is_over(one, ours.by_id.get(one.payment_id or ""), seen, orders))


def _is_over(earlier: Break, payment: Payment | None, seen: frozenset[str], orders: frozenset[str]) -> bool:
    match earlier.kind:
        case kind if kind in ONLY_PEOPLE_END:
            return False
        case BreakKind.NOT_SETTLED | BreakKind.UNKNOWN_TOO_LONG:
            return payment is not None
        case BreakKind.RETURN_NOT_BOOKED if payment is not None and payment.state is PaymentState.RETURNED:
            return True
        case BreakKind.CHARGEBACK_NOT_BOOKED if payment is not None and payment.state is PaymentState.CHARGED_BACK:
            return True
        case BreakKind.RETURN_NOT_BOOKED | BreakKind.CHARGEBACK_NOT_BOOKED | BreakKind.REFUND_WITHOUT_RECORD:
            # Its own line is the only proof: a charge that is seen again says nothing of what came later.
            return earlier.reference in seen
        case _:
            return earlier.order_id in orders or earlier.reference in seen


def _by_payment(lines: Sequence[ProcessorRecord], ours: Ours, theirs: Theirs) -> dict[str, list[ProcessorRecord]]:
    found: dict[str, list[ProcessorRecord]] = {}
    for line in lines:
        payment = ours.of_record(line, theirs)
        if payment is not None:
            found.setdefault(payment.key.payment_id, []).append(line)
    return found


def _strays(ours: Ours, theirs: Theirs, reading: Reading) -> Iterator[Break]:
    """Report lines of theirs that no payment of ours accounts for."""
    for lines in theirs.charges.values():
        for line in lines:
            if line.outcome in STANDS and ours.of_order(line.order_id) is None:
                whose = "Its order id is none of ours" if not is_order_id(line.order_id or "") else "It carries an order id of our form"
                yield _about(BreakKind.CHARGE_WITHOUT_PAYMENT, reading, line, detail=f"{whose}. It is {line.outcome.value} there.")
    for line in theirs.refunds:
        if line.outcome in STANDS and ours.of_record(line, theirs) is None:
            yield _about(BreakKind.REFUND_WITHOUT_RECORD, reading, line, detail="It belongs to no payment known here.")
    for line in theirs.events:
        if ours.of_record(line, theirs) is not None:
            continue
        yield _about(UNTIED[line.kind], reading, line, detail=f"It names no payment known here. {_code(line)}".strip())


def _charges(payment: Payment, theirs: Theirs, reading: Reading) -> Iterator[Break]:
    """Compare a payment with the charges under its order id."""
    lines = [line for line in theirs.charges.get(payment.order_id, ()) if line.kind is RecordKind.CHARGE]
    standing = [line for line in lines if line.outcome in STANDS]
    if len(standing) > 1:
        there = sum(line.amount.minor for line in standing)
        both = ", ".join(sorted(line.reference for line in standing))
        one = next((line for line in standing if line.reference != payment.reference), standing[0])
        yield _of(BreakKind.CHARGED_TWICE, payment, reading, line=one, theirs=there, detail=f"{len(standing)} charges stand: {both}.")
    if not standing:
        yield from _no_charge(payment, lines, reading)
        return
    line = next((one for one in standing if one.reference == payment.reference), standing[-1])
    match payment.state:
        case PaymentState.DECLINED | PaymentState.FAILED:
            detail = f"It is {payment.state.value} here and {line.outcome.value} there."
            yield _of(BreakKind.CHARGED_BUT_GIVEN_UP, payment, reading, line=line, ours=0, detail=detail)
        case PaymentState.VOIDED:
            yield _of(BreakKind.VOIDED_HERE, payment, reading, line=line, ours=0, detail=f"It is {line.outcome.value} there.")
        case PaymentState.RETURNED | PaymentState.CHARGED_BACK:
            return
        case _ if line.amount.currency != payment.amount.currency:
            detail = f"{payment.amount} here, {line.amount} there."
            yield _of(BreakKind.CURRENCY_DIFFERS, payment, reading, line=line, detail=detail)
        case _ if line.amount.minor != payment.amount.minor:
            detail = f"{payment.amount} here, {line.amount} there."
            yield _of(BreakKind.AMOUNT_DIFFERS, payment, reading, line=line, detail=detail)


def _no_charge(payment: Payment, lines: Sequence[ProcessorRecord], reading: Reading) -> Iterator[Break]:
    if payment.state not in CLAIMS:
        return
    if not lines:
        told = payment.created_at >= reading.since or payment.order_id in reading.asked
        if told and reading.now - payment.created_at >= SETTLING_IN:
            yield _of(BreakKind.PAYMENT_WITHOUT_CHARGE, payment, reading, theirs=0, detail="No charge has its order id.")
        return
    last = lines[-1]
    match last.outcome:
        case Outcome.VOIDED:
            yield _of(BreakKind.VOIDED_THERE, payment, reading, line=last, theirs=0, detail=f"It is {payment.state.value} here.")
        case Outcome.DECLINED | Outcome.FAILED:
            detail = f"Its charge is {last.outcome.value} there. {_code(last)}".strip()
            yield _of(BreakKind.PAYMENT_WITHOUT_CHARGE, payment, reading, line=last, theirs=0, detail=detail)
        case Outcome.RETURNED | Outcome.CHARGED_BACK:
            # Rejected before funding: the books tell it on the charge's own line.
            kind = BreakKind.RETURN_NOT_BOOKED if last.outcome is Outcome.RETURNED else BreakKind.CHARGEBACK_NOT_BOOKED
            yield _of(kind, payment, reading, line=last, detail=_code(last))
        case _ if payment.state is PaymentState.CAPTURED:
            detail = f"Its charge is {last.outcome.value} there, nothing was taken yet."
            yield _of(BreakKind.PAYMENT_WITHOUT_CHARGE, payment, reading, line=last, theirs=0, detail=detail)


def _refunds(payment: Payment, lines: Sequence[ProcessorRecord], reading: Reading) -> Iterator[Break]:
    """Compare a payment's refunds with those the processor lists for it."""
    for refund in payment.refunds:
        mine = [line for line in lines if matches(line, refund)]
        standing = [line for line in mine if line.outcome in STANDS]
        if refund.state is StepState.MADE:
            yield from _made_refund(payment, refund, mine, standing, reading)
        elif refund.state is StepState.REFUSED and standing:
            detail = "It counts as refused here."
            yield _of_refund(BreakKind.REFUND_WITHOUT_RECORD, payment, refund, reading, line=standing[-1], ours=0, detail=detail)
    for line in lines:
        if line.outcome in STANDS and not any(matches(line, refund) for refund in payment.refunds):
            yield _of(BreakKind.REFUND_WITHOUT_RECORD, payment, reading, line=line, ours=0, detail="", subject=line.reference)


def _made_refund(
    payment: Payment, refund: Refund, lines: Sequence[ProcessorRecord], standing: Sequence[ProcessorRecord], reading: Reading
) -> Iterator[Break]:
    if not standing:
        told = bool(lines) or refund.asked_at >= reading.since or refund.order_id in reading.asked
        if told and (lines or reading.now - refund.asked_at >= SETTLING_IN):
            detail = f"It is {lines[-1].outcome.value} there." if lines else "No refund has its order id."
            line = lines[-1] if lines else None
            yield _of_refund(BreakKind.REFUND_NOT_MADE, payment, refund, reading, line=line, theirs=0, detail=detail)
        return
    there = sum(line.amount.minor for line in standing)
    if there != refund.minor or any(line.amount.currency != payment.amount.currency for line in standing):
        detail = f"{Money(refund.minor, payment.amount.currency)} here, {' and '.join(str(line.amount) for line in standing)} there."
        yield _of_refund(BreakKind.REFUND_AMOUNT_DIFFERS, payment, refund, reading, line=standing[-1], theirs=there, detail=detail)


def _ends(payment: Payment, lines: Sequence[ProcessorRecord], reading: Reading) -> Iterator[Break]:
    """Compare how a payment's money was taken back: returns, chargebacks, their reversals."""
    ends = [line for line in lines if line.kind in {RecordKind.RETURN, RecordKind.CHARGEBACK}]
    for line in ends:
        is_return = line.kind is RecordKind.RETURN
        booked = PaymentState.RETURNED if is_return else PaymentState.CHARGED_BACK
        if payment.state is booked:
            continue
        kind = BreakKind.RETURN_NOT_BOOKED if is_return else BreakKind.CHARGEBACK_NOT_BOOKED
        if payment.state in {PaymentState.VOIDED, PaymentState.RETURNED, PaymentState.CHARGED_BACK}:
            kind = BreakKind.PAYMENT_ENDED_TWICE
        detail = f"It is {payment.state.value} here. {_code(line)}".strip()
        yield _of(kind, payment, reading, line=line, ours=_left(payment), detail=detail)
    for way in (RecordKind.RETURN, RecordKind.CHARGEBACK):
        same = [line for line in ends if line.kind is way]
        if len(same) > 1 and sum(line.amount.minor for line in same) > payment.amount.minor:
            there = sum(line.amount.minor for line in same)
            detail = f"It counts {len(same)} times as {way.value} there."
            yield _of(
                BreakKind.PAYMENT_ENDED_TWICE, payment, reading, line=same[-1], ours=payment.amount.minor, theirs=there, detail=detail
            )
    yield from _late_return(payment, [line for line in ends if line.kind is RecordKind.RETURN], reading)
    for line in lines:
        if line.kind is RecordKind.CHARGEBACK_REVERSAL:
            yield _of(BreakKind.CHARGEBACK_REVERSED, payment, reading, line=line, ours=_left(payment), detail=_code(line))


def _late_return(payment: Payment, lines: Sequence[ProcessorRecord], reading: Reading) -> Iterator[Break]:
    if payment.state is not PaymentState.RETURNED:
        return
    back = refunded(payment.refunds)
    why = "after it had settled" if payment.settled_at else ""
    if back:
        why = f"after {Money(back, payment.amount.currency)} of it had been refunded"
    if why:
        line = lines[-1] if lines else None
        came = line.amount.minor if line else payment.amount.minor
        detail = f"It came back {why}. {payment.ended_code or ''}".strip()
        left = payment.amount.minor - back
        yield _of(BreakKind.LATE_RETURN, payment, reading, line=line, ours=left, theirs=came, detail=detail)


def _waits(payment: Payment, theirs: Theirs, reading: Reading) -> Iterator[Break]:
    """Report what has been waiting for too long."""
    age = reading.now - payment.created_at
    if payment.state in {PaymentState.SUBMITTING, PaymentState.UNKNOWN} and age >= UNKNOWN_LIMIT:
        yield _of(BreakKind.UNKNOWN_TOO_LONG, payment, reading, detail=f"It is {payment.state.value} since it was made.")
    if payment.state is PaymentState.REVIEW and age >= REVIEW_LIMIT:
        yield _of(BreakKind.UNKNOWN_TOO_LONG, payment, reading, detail="The processor holds it for review.")
    for refund in payment.refunds:
        if refund.state in IN_FLIGHT and reading.now - refund.asked_at >= UNKNOWN_LIMIT:
            detail = f"Its refund is {refund.state.value}."
            yield _of_refund(BreakKind.UNKNOWN_TOO_LONG, payment, refund, reading, detail=detail)
    if payment.void and payment.void.state in IN_FLIGHT and reading.now - payment.void.asked_at >= UNKNOWN_LIMIT:
        detail = f"Its void is {payment.void.state.value}."
        yield _of(BreakKind.UNKNOWN_TOO_LONG, payment, reading, detail=detail, subject=f"{payment.order_id}.void")
    if payment.state in CLAIMS and payment.settled_at is None:
        yield from _unsettled(payment, theirs.charges.get(payment.order_id, ()), reading)


def _unsettled(payment: Payment, lines: Sequence[ProcessorRecord], reading: Reading) -> Iterator[Break]:
    within = SETTLES_WITHIN.get(payment.method_type, SETTLES_WITHIN_ELSE)
    days = business_days(payment.created_at.date(), reading.now.date())
    if days > within and not any(line.outcome in NEVER_MADE or line.outcome is Outcome.SETTLED for line in lines):
        if not lines and (payment.created_at >= reading.since or payment.order_id in reading.asked):
            return  # It is a payment without a charge.
        line = lines[-1] if lines else None
        yield _of(BreakKind.NOT_SETTLED, payment, reading, line=line, detail=f"{days} business days have passed.")


def business_days(first: date, last: date) -> int:
    """Count the days from Monday to Friday after a day, up to and with another."""
    weeks, rest = divmod(max((last - first).days, 0), 7)
    return weeks * 5 + sum((first + timedelta(days=number)).weekday() < 5 for number in range(1, rest + 1))  # noqa: PLR2004


def _left(payment: Payment) -> int:
    """Say how much of a payment counts here now."""
    return payment.amount.minor - refunded(payment.refunds) if payment.state in CLAIMS else 0


def _code(line: ProcessorRecord) -> str:
    return " ".join(part for part in (line.code, line.detail) if part)


def _about(kind: BreakKind, reading: Reading, line: ProcessorRecord, *, detail: str) -> Break:
    """Make a break about a line of theirs that has no payment here."""
    theirs, subject = line.amount, line.reference
    return Break(
        kind, reading.merchant_account_id, subject, theirs.currency,
        order_id=line.order_id, reference=line.reference, ours=0, theirs=theirs.minor, detail=detail,
    )  # fmt: skip


def _of(
    kind: BreakKind,
    payment: Payment,
    reading: Reading,
    *,
    line: ProcessorRecord | None = None,
    ours: int | None = None,
    theirs: int | None = None,
    detail: str,
    subject: str | None = None,
) -> Break:
    """Make a break about a payment of ours."""
    there = theirs if theirs is not None or line is None else line.amount.minor
    return Break(
        kind,
        reading.merchant_account_id,
        subject or payment.order_id,
        payment.amount.currency,
        payment_id=payment.key.payment_id,
        customer_id=payment.key.customer_id,
        order_id=payment.order_id,
        reference=line.reference if line else payment.reference,
        ours=payment.amount.minor if ours is None else ours,
        theirs=there,
        detail=detail,
    )


def _of_refund(
    kind: BreakKind,
    payment: Payment,
    refund: Refund,
    reading: Reading,
    *,
    line: ProcessorRecord | None = None,
    ours: int | None = None,
    theirs: int | None = None,
    detail: str,
) -> Break:
    """Make a break about a refund of ours."""
    return Break(
        kind,
        reading.merchant_account_id,
        refund.order_id,
        payment.amount.currency,
        payment_id=payment.key.payment_id,
        customer_id=payment.key.customer_id,
        order_id=refund.order_id,
        reference=line.reference if line else refund.reference,
        ours=refund.minor if ours is None else ours,
        theirs=line.amount.minor if theirs is None and line else theirs,
        detail=detail,
    )
