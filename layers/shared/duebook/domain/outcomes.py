"""What new evidence of a payment, or of one of its refunds, means for the books: the one place where outcomes become entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.account import Account, apply, find_open_item, find_reservation
from duebook.domain.decisions import CapturePayment, ReleaseReservation, decide
from duebook.domain.journal import BANK, MONEY_OUT, EntryKind, JournalEntry, Line, clearing, transfer
from duebook.domain.open_items import OpenItem
from duebook.domain.payments import ENDED, NOT_MADE, Evidence, Outcome, Payment, PaymentState, moved, next_due
from duebook.domain.refunds import Refund, StepState, refunded, with_refund
from duebook.domain.reversals import MAX_REOPENED, TakeBack, first_part, take_back, to_reopen

ACTOR = "duebook"
KINDS = {
    PaymentState.VOIDED: EntryKind.PAYMENT_VOIDED,
    PaymentState.RETURNED: EntryKind.PAYMENT_RETURNED,
    PaymentState.CHARGED_BACK: EntryKind.CHARGED_BACK,
}
MADE = frozenset({Outcome.APPROVED, Outcome.PENDING, Outcome.SETTLED})
REFUSED = frozenset({Outcome.DECLINED, Outcome.FAILED, Outcome.VOIDED})


@dataclass(frozen=True, slots=True)
class Books:
    """What a decision about a payment's money looks at.

    Args:
        account: As it stands.
        applied: What the payment pays now, the newest application first.
        issued: As first issued, the open items of the invoices in ``applied`` that are not open now, by invoice id.
    """

    account: Account
    applied: Sequence[Line] = ()
    issued: Mapping[str, OpenItem] | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is to be written: the payment, and the entries of the same fact.

    ``is_whole`` is False when so many invoices open again that the rest takes another commit: decide anew after this one.
    """

    payment: Payment
    entries: tuple[JournalEntry, ...] = ()
    is_whole: bool = True


def touches_money(before: Payment, after: Payment) -> bool:
    """Tell whether a change of a payment is one of the account too: money booked, settled, gone, or its promise released."""
    settles = before.settled_at is None and after.settled_at is not None
    return settles or (before.state is not after.state and after.state in {PaymentState.CAPTURED, *NOT_MADE, *ENDED})


def outcome_recorded(before: Payment, evidence: Evidence, books: Books) -> Recorded | None:
    """Decide what new evidence of a charge changes; None when it is old, repeated or about another amount."""
    after = moved(before, evidence)
    if after is None:
        return None
    if not touches_money(before, after):
        return Recorded(after)
    at = evidence.observed_at
    account = books.account
    entries: list[JournalEntry] = []
    if before.captured_at is None and after.captured_at is not None:
        into = clearing(after.merchant_account_id or "none")
        captured = CapturePayment(after.key.payment_id, after.amount.minor, into)
        entries.append(decide(account, captured, posted_at=at, actor=ACTOR))
        account = apply(account, entries[-1])
    if before.settled_at is None and after.settled_at is not None:
        entries.append(_settled(after, at))
        account = apply(account, entries[-1])
    if after.state in ENDED and after.state is not before.state and after.captured_at is not None:
        return _taken_back(before, after, evidence, replace(books, account=account), entries)
    if after.captured_at is None and find_reservation(account, after.key.payment_id):
        release = ReleaseReservation(after.key.payment_id, after.state.value)
        entries.append(decide(account, release, posted_at=at, actor=ACTOR))
    return Recorded(after, tuple(entries))


def refund_recorded(before: Payment, refund: Refund, evidence: Evidence, books: Books) -> Recorded | None:
    """Decide what new evidence of a refund changes; None when it is old, repeated or about another amount."""
    if refund.state is StepState.MADE or (evidence.amount is not None and evidence.amount.minor != refund.minor):
        return None
    if evidence.outcome in MADE:
        return _refund_made(before, refund, evidence, books)
    if refund.state is StepState.REFUSED:
        return None
    if evidence.outcome in REFUSED:
        changed = replace(refund, state=StepState.REFUSED, reason_code=evidence.reason_code)
    elif refund.state is StepState.UNKNOWN:
        return None
    else:
        changed = replace(refund, state=StepState.UNKNOWN)
    after = replace(before, refunds=with_refund(before.refunds, changed))
    return Recorded(replace(after, due_at=next_due(after, evidence.observed_at)))


def _refund_made(before: Payment, refund: Refund, evidence: Evidence, books: Books) -> Recorded:
    at = evidence.observed_at
    account, payment_id = books.account, before.key.payment_id
    reopen = to_reopen(account, payment_id, books.applied, refund.minor, named=refund.invoice_ids)
    if len(reopen) > MAX_REOPENED:
        return _first_part(before, reopen, books, refund.reason, at)
    entry_id = f"{refund.refund_id}.refunded"
    command = TakeBack(payment_id, EntryKind.PAYMENT_REFUNDED, entry_id, refund.minor, BANK, reopen, _closed(books, reopen), refund.reason)
    entries = take_back(account, command, posted_at=at, actor=refund.actor)
    made = replace(refund, state=StepState.MADE, reference=evidence.reference or refund.reference, reason_code=None)
    after = replace(
        before,
        refunds=with_refund(before.refunds, made),
        applied_in=_applied_in(before, account, entries),
        news=(*before.news, refund.refund_id),
        due_at=at,
    )
    return Recorded(after, entries)


def _taken_back(before: Payment, after: Payment, evidence: Evidence, books: Books, entries: list[JournalEntry]) -> Recorded:
    at = evidence.observed_at
    account, payment_id = books.account, after.key.payment_id
    charged_back = evidence.amount.minor if after.state is PaymentState.CHARGED_BACK and evidence.amount else None
    gone = charged_back or after.amount.minor
    left = after.amount.minor - refunded(after.refunds)
    reason = _reason(after)
    reopen = to_reopen(account, payment_id, books.applied, min(gone, left))
    if len(reopen) > MAX_REOPENED and not entries:
        return _first_part(before, reopen, books, reason, at)
    out_of = _gone_from(after)
    command = TakeBack(
        payment_id, KINDS[after.state], f"{payment_id}.{after.state.value}", gone, out_of, reopen, _closed(books, reopen), reason
    )
    taken = take_back(
        account, command, posted_at=at, actor=after.void.actor if after.void and after.state is PaymentState.VOIDED else ACTOR
    )
    changed = replace(after, applied_in=_applied_in(after, account, taken), taken_back=taken[-1].minor)
    return Recorded(changed, (*entries, *taken))


def _first_part(before: Payment, reopen: tuple[Line, ...], books: Books, reason: str, at: datetime) -> Recorded:
    command = first_part(before.key.payment_id, reopen, _closed(books, reopen), reason)
    entry = decide(books.account, command, posted_at=at, actor=ACTOR)
    return Recorded(replace(before, applied_in=_applied_in(before, books.account, (entry,))), (entry,), is_whole=False)


def _gone_from(payment: Payment) -> str:
    """Name the posting account that loses the money: clearing for what never settles, the bank for all that did or will."""
    never_settles = payment.settled_at is None and payment.state is not PaymentState.CHARGED_BACK
    if never_settles and payment.merchant_account_id is not None:
        return clearing(payment.merchant_account_id)
    return BANK


def _settled(payment: Payment, at: datetime) -> JournalEntry:
    """Book what settles: the whole payment; a refund or chargeback is debited apart."""
    payment_id, minor = payment.key.payment_id, payment.amount.minor
    postings = transfer(BANK, clearing(payment.merchant_account_id or "none"), minor)
    return JournalEntry(f"{payment_id}.settled", EntryKind.SETTLED, at, payment_id, minor, postings, actor=ACTOR)


def _reason(payment: Payment) -> str:
    if payment.state is PaymentState.VOIDED and payment.void is not None:
        return payment.void.reason
    return f"{payment.state.value} {payment.ended_code}" if payment.ended_code else payment.state.value


def _closed(books: Books, lines: Sequence[Line]) -> tuple[OpenItem, ...]:
    issued = books.issued or {}
    return tuple(issued[line.invoice_id] for line in lines if find_open_item(books.account, line.invoice_id) is None)


def _applied_in(payment: Payment, account: Account, entries: Sequence[JournalEntry]) -> tuple[int, ...]:
    told = {EntryKind.PAYMENT_UNAPPLIED, *MONEY_OUT}
    numbers = [account.version + place for place, entry in enumerate(entries, start=1) if entry.kind in told]
    return (*payment.applied_in, *numbers)
