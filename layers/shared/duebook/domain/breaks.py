"""Breaks: where a processor's books and ours do not say the same, and what an operator does about each kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class BreakKind(StrEnum):
    """What does not agree. ``ADVICE`` tells what an operator does about it."""

    CHARGE_WITHOUT_PAYMENT = "charge_without_payment"
    PAYMENT_WITHOUT_CHARGE = "payment_without_charge"
    CHARGED_TWICE = "charged_twice"
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    CHARGED_BUT_GIVEN_UP = "charged_but_given_up"
    VOIDED_THERE = "voided_there"
    VOIDED_HERE = "voided_here"
    REFUND_WITHOUT_RECORD = "refund_without_record"
    REFUND_NOT_MADE = "refund_not_made"
    REFUND_AMOUNT_DIFFERS = "refund_amount_differs"
    RETURN_NOT_BOOKED = "return_not_booked"
    LATE_RETURN = "late_return"
    CHARGEBACK_NOT_BOOKED = "chargeback_not_booked"
    CHARGEBACK_REVERSED = "chargeback_reversed"
    NOT_SETTLED = "not_settled"
    UNKNOWN_TOO_LONG = "unknown_too_long"
    NOTIFICATION_OF_CHANGE = "notification_of_change"
    PAYMENT_ENDED_TWICE = "payment_ended_twice"


ADVICE: dict[BreakKind, str] = {
    BreakKind.CHARGE_WITHOUT_PAYMENT: (
        "The processor took money that no payment here accounts for. Find out who made the charge (a terminal, another system). If the "
        "customer owes it, record it as other money received; if not, void or refund it in the processor's own pages."
    ),
    BreakKind.PAYMENT_WITHOUT_CHARGE: (
        "Invoices are paid here, but the processor knows of no charge that stands. Look for the order id in the processor's own pages. "
        "If it is not there, un-apply the payment, so that its invoices are open again, and ask the customer to pay anew."
    ),
    BreakKind.CHARGED_TWICE: (
        "Two charges of one order stand at the processor; one of them is booked. Void or refund the other one in the processor's own pages."
    ),
    BreakKind.AMOUNT_DIFFERS: (
        "The charge stands with another amount than the payment. More there: refund the difference in the processor's own pages. "
        "Less there: un-apply the difference and ask the customer for it."
    ),
    BreakKind.CURRENCY_DIFFERS: (
        "The charge stands in another currency than the payment. Void or refund it in the processor's own pages, un-apply the payment, "
        "and check the currency of the merchant account before the customer pays again."
    ),
    BreakKind.CHARGED_BUT_GIVEN_UP: (
        "The payer was told that the payment was not made, but its charge stands. Void or refund it in the processor's own pages, "
        "or record it as other money received if the customer wants it kept."
    ),
    BreakKind.VOIDED_THERE: (
        "The charge was voided at the processor after its money was booked and could not be taken back here by itself. "
        "Un-apply what the payment paid and tell the customer."
    ),
    BreakKind.VOIDED_HERE: (
        "The payment is voided here, but its charge stands at the processor. Void it there, or refund it once it has settled."
    ),
    BreakKind.REFUND_WITHOUT_RECORD: (
        "The processor gave money back that no refund here accounts for, or one that counts as refused here. If the refund was meant, "
        "un-apply that much of the payment; if not, ask the processor."
    ),
    BreakKind.REFUND_NOT_MADE: (
        "A refund is booked here, but the processor did not make it, or voided it. Make it in the processor's own pages, "
        "or the customer is still owed the money."
    ),
    BreakKind.REFUND_AMOUNT_DIFFERS: (
        "A refund stands with another amount than here. Give back or ask back the difference outside of Duebook and note how."
    ),
    BreakKind.RETURN_NOT_BOOKED: (
        "The bank sent the money back, and the payment still counts here. Duebook could not take it back by itself: look at the payment, "
        "un-apply what it paid and ask the customer to pay anew."
    ),
    BreakKind.LATE_RETURN: (
        "The bank sent money back after the payment had settled or had been refunded in part. The invoices are open again by themselves. "
        "If more came back than was left, the difference is a loss to collect from the customer."
    ),
    BreakKind.CHARGEBACK_NOT_BOOKED: (
        "The card's bank took money back, and the payment still counts here, or counts for another amount. Look at the payment and "
        "un-apply what was taken; contest the chargeback with the processor in time."
    ),
    BreakKind.CHARGEBACK_REVERSED: (
        "A chargeback was decided for you and the money is back. Record it as other money received, so that the invoices are paid again."
    ),
    BreakKind.NOT_SETTLED: (
        "The charge has not settled for days. Ask the processor why it is held; until then, count on neither the money nor its loss."
    ),
    BreakKind.UNKNOWN_TOO_LONG: (
        "Nobody could tell for too long what became of it. Look for the order id in the processor's own pages and check that the "
        "processor's reports can be read (credentials, permissions)."
    ),
    BreakKind.NOTIFICATION_OF_CHANGE: (
        "A bank reported changed account details for a payment that is not known here. Ask the customer for the new details if they pay by "
        "bank account."
    ),
    BreakKind.PAYMENT_ENDED_TWICE: (
        "The money of one payment was taken back twice: returned, charged back or voided more than once. Here it counts once. "
        "Contest the second one with the processor."
    ),
}
"""What an operator does about each kind; docs/payments.md tells the same at more length."""

ONLY_PEOPLE_END = frozenset(
    {
        BreakKind.LATE_RETURN,
        BreakKind.CHARGEBACK_REVERSED,
        BreakKind.NOTIFICATION_OF_CHANGE,
        BreakKind.PAYMENT_ENDED_TWICE,
    }
)
"""Facts of the past: they stay open until a person has dealt with them."""


LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""No digit stands in a row's id, so it never looks like a card number."""


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the books differ.

    Args:
        kind: What differs.
        merchant_account_id: In whose books.
        subject: What makes it the same break at the next reading: our order id where there is one, else the processor's id.
        payment_id: Whose payment, when known.
        customer_id: Whose customer, when known.
        order_id: Ours, of the charge or the refund.
        reference: The processor's id of what stands there.
        currency: Of both amounts, ours where they differ.
        ours: What stands here (minor units), when anything does.
        theirs: What stands there (minor units), when anything does.
        detail: Words for staff.
    """

    kind: BreakKind
    merchant_account_id: str
    subject: str
    currency: str
    payment_id: str | None = None
    customer_id: str | None = None
    order_id: str | None = None
    reference: str | None = None
    ours: int | None = None
    theirs: int | None = None
    detail: str = ""

    @property
    def break_id(self) -> str:
        """Name it: the same kind about the same thing is the same break, however often it is found."""
        cause = f"{self.kind.value}\n{self.merchant_account_id}\n{self.subject}"
        return f"brk_{hashlib.sha256(cause.encode()).hexdigest()[:24].translate(LETTERS)}"


class RowState(StrEnum):
    """Where a row of the worklist stands."""

    OPEN = "open"
    RESOLVED = "resolved"


BY_ITSELF = "duebook"
"""Who resolves a row whose break is gone."""


@dataclass(frozen=True, slots=True)
class BreakRow:
    """A break as staff see it: one row, however often it is found.

    Args:
        tenant_id: Whose.
        found: As the latest reading found it.
        first_seen_at: When it was found first (UTC); its age counts from here.
        last_seen_at: When a reading found it last (UTC).
        state: Open or resolved.
        resolved_by: A member of staff, or ``duebook`` once it was gone by itself.
        resolved_at: When (UTC).
        note: What the person did about it.
        version: Counts the writes of this item.
    """

    tenant_id: str
    found: Break
    first_seen_at: datetime
    last_seen_at: datetime
    state: RowState = RowState.OPEN
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    note: str | None = None
    version: int = 0


def seen(row: BreakRow, found: Break, now: datetime) -> BreakRow | None:
    """Return a row after its break was found again, or None when it stays as it is.

    What a person has resolved opens again only if other figures stand there now; what went by itself opens when it is back.
    """
    if row.state is RowState.OPEN:
        return replace(row, found=found, last_seen_at=now)
    if row.resolved_by != BY_ITSELF and _figures(row.found) == _figures(found):
        return None
    return replace(row, found=found, last_seen_at=now, state=RowState.OPEN, resolved_by=None, resolved_at=None, note=None)


def resolved(row: BreakRow, *, by: str, note: str | None, now: datetime) -> BreakRow:
    """Return a row that somebody, or the next reading, has resolved."""
    return replace(row, state=RowState.RESOLVED, resolved_by=by, resolved_at=now, note=note)


def _figures(found: Break) -> tuple[object, ...]:
    return (found.ours, found.theirs, found.currency, found.reference)
