"""The auditor: re-fold a journal and report every invariant that does not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duebook.domain.account import Account, apply, balance, reserved_by_invoice, unapplied_cash
from duebook.domain.invoices import Invoice, invoice_total
from duebook.domain.journal import MONEY_OUT, RECEIVABLE, UNAPPLIED_CASH, EntryKind, JournalEntry, lines_total
from duebook.domain.open_items import age_key
from duebook.domain.payments import ENDED, NOT_MADE, Payment, PaymentState
from duebook.domain.refunds import StepState, in_flight
from duebook.errors import InvariantError

MONEY_IN = frozenset({EntryKind.PAYMENT_CAPTURED, EntryKind.CREDIT_MEMO_ISSUED})


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one account: its invoices and payments by id."""

    invoices: Mapping[str, Invoice]
    payments: Mapping[str, Payment]


def check(account: Account, entries: Sequence[tuple[int, JournalEntry]], documents: Documents) -> list[str]:
    """Report what is wrong with an account; an empty list is a clean one.

    Args:
        account: The stored snapshot.
        entries: The stored journal with its entry numbers, ascending.
        documents: The stored invoices and payments of the account's currency.
    """
    found: list[str] = []
    numbers = [number for number, _ in entries]
    if numbers != list(range(1, len(numbers) + 1)):
        found.append("entry numbers have gaps")
    folded = Account(account.key)
    for number, entry in entries:
        try:
            folded = apply(folded, entry)
        except InvariantError as error:
            return [*found, f"entry {number} does not fit: {error}"]
    if folded != account:
        found.append(f"fold of the journal differs from the snapshot at version {account.version}")
    found += _account(account, entries)
    found += _invoices(account, entries, documents)
    found += _payments(account, entries, documents)
    return found


def _account(account: Account, entries: Sequence[tuple[int, JournalEntry]]) -> list[str]:
    found = []
    ids = [entry.id for _, entry in entries]
    if len(set(ids)) != len(ids):
        found.append(f"facts posted twice: {sorted({i for i in ids if ids.count(i) > 1})}")
    if list(account.open_items) != sorted(account.open_items, key=age_key):
        found.append("open items are not oldest first")
    opens = {item.invoice_id: item.open_minor for item in account.open_items}
    found += [
        f"invoice {invoice_id} has {opens[invoice_id]} open and {reserved} reserved"
        for invoice_id, reserved in reserved_by_invoice(account).items()
        if reserved > opens.get(invoice_id, reserved)
    ]
    books: dict[str, int] = {}
    for _, entry in entries:
        for posting in entry.postings:
            books[posting.account] = books.get(posting.account, 0) + posting.minor
    if sum(books.values()) != 0:
        found.append("the books do not add up to zero")
    if books.get(RECEIVABLE, 0) != balance(account):
        found.append(f"receivable {books.get(RECEIVABLE, 0)} differs from the balance {balance(account)}")
    if -books.get(UNAPPLIED_CASH, 0) != unapplied_cash(account):
        found.append("unapplied cash in the books differs from the account's")
    return found


def _invoices(account: Account, entries: Sequence[tuple[int, JournalEntry]], documents: Documents) -> list[str]:
    found = []
    issued = {entry.source_id for _, entry in entries if entry.kind is EntryKind.INVOICE_ISSUED}
    voided = {entry.source_id for _, entry in entries if entry.kind is EntryKind.INVOICE_VOIDED}
    for item in account.open_items:
        invoice = documents.invoices.get(item.invoice_id)
        if invoice is None:
            found.append(f"open item {item.invoice_id} has no invoice")
        elif item.open_minor > invoice_total(invoice):
            found.append(f"invoice {item.invoice_id} is open with more than its total")
    for invoice in documents.invoices.values():
        posted = invoice.invoice_id in issued
        if posted == (invoice.draft or invoice.multi_site):
            found.append(f"invoice {invoice.invoice_id} and the journal disagree whether it is posted")
        if (invoice.invoice_id in voided) != (invoice.void_reason is not None and posted):
            found.append(f"invoice {invoice.invoice_id} and the journal disagree whether it is void")
    return found


def _payments(account: Account, entries: Sequence[tuple[int, JournalEntry]], documents: Documents) -> list[str]:
    found = []
    captured: dict[str, int] = {}
    applied: dict[str, int] = {}
    touched: dict[str, list[int]] = {}
    gone: dict[str, int] = {}
    out: dict[str, list[JournalEntry]] = {}
    for number, entry in entries:
        if entry.kind in MONEY_IN:
            captured[entry.source_id] = captured.get(entry.source_id, 0) + entry.minor
        elif entry.kind is EntryKind.PAYMENT_APPLIED:
            applied[entry.source_id] = applied.get(entry.source_id, 0) + lines_total(entry.lines)
            touched.setdefault(entry.source_id, []).append(number)
        elif entry.kind is EntryKind.PAYMENT_UNAPPLIED:
            applied[entry.source_id] = applied.get(entry.source_id, 0) - lines_total(entry.lines)
            touched.setdefault(entry.source_id, []).append(number)
        elif entry.kind in MONEY_OUT:
            gone[entry.source_id] = gone.get(entry.source_id, 0) + entry.minor
            out.setdefault(entry.source_id, []).append(entry)
            touched.setdefault(entry.source_id, []).append(number)
    found += [
        f"{source_id}: captured is not applied plus unapplied plus what is gone again"
        for source_id in sorted({*captured, *applied, *gone})
        if captured.get(source_id, 0) != applied.get(source_id, 0) + account.unapplied.get(source_id, 0) + gone.get(source_id, 0)
    ]
    reserved = {held.payment_id for held in account.reservations}
    for payment in documents.payments.values():
        payment_id = payment.key.payment_id
        money_in = payment.captured_at is not None
        if captured.get(payment_id, 0) != (payment.amount.minor if money_in else 0):
            found.append(f"payment {payment_id} is {payment.state} with {captured.get(payment_id, 0)} captured")
        if tuple(touched.get(payment_id, [])) != payment.applied_in:
            found.append(f"payment {payment_id} does not name the entries that applied it")
        found += _gone(payment, out.get(payment_id, []))
        if payment.state in NOT_MADE and payment_id in reserved:
            found.append(f"payment {payment_id} is {payment.state} and still reserves")
        waits = payment.state in {PaymentState.SUBMITTING, PaymentState.UNKNOWN} or in_flight(payment.refunds) or payment.news
        if payment.due_at is None and waits:
            found.append(f"payment {payment_id} is {payment.state} and nobody looks at it")
    return found + [f"{source_id} has a reservation and no payment" for source_id in reserved - set(documents.payments)]


def _gone(payment: Payment, entries: Sequence[JournalEntry]) -> list[str]:
    """Check that what left a payment's money is what its document says: each made refund, and its end, once."""
    payment_id = payment.key.payment_id
    found = []
    refunds = {f"{refund.refund_id}.refunded": refund.minor for refund in payment.refunds if refund.state is StepState.MADE}
    booked = {entry.id: entry for entry in entries}
    for entry_id, minor in refunds.items():
        entry = booked.pop(entry_id, None)
        if entry is None or -sum(posting.minor for posting in entry.postings if posting.minor < 0) != minor:
            found.append(f"payment {payment_id}: refund {entry_id} is made and not booked so")
    ended = payment.state in ENDED and payment.captured_at is not None
    taken = sum(entry.minor for entry in booked.values())
    if len(booked) != int(ended) or taken != payment.taken_back:
        found.append(
            f"payment {payment_id} is {payment.state} with {taken} taken back in {len(booked)} entries, {payment.taken_back} on record"
        )
    return found
