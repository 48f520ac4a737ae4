"""Whatever order, number and mixture in which answers, webhooks and reports come: the payment and the books end alike (R38, R39, R41)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations

import pytest

from duebook.domain.account import Account, AccountKey, apply, balance, find_reservation, unapplied_cash
from duebook.domain.audit import Documents, check
from duebook.domain.decisions import ApplyPayment, IssueInvoice, ReleaseReservation, ReserveOnline, decide
from duebook.domain.invoices import Invoice, InvoiceLine, open_item_of
from duebook.domain.journal import BANK, JournalEntry, clearing
from duebook.domain.money import Money
from duebook.domain.outcomes import Books, Recorded, outcome_recorded, refund_recorded
from duebook.domain.payments import Evidence, Outcome, Payment, PaymentKey, PaymentState
from duebook.domain.refunds import Refund, with_refund
from duebook.domain.reversals import newest_first
from duebook.errors import AlreadyPostedError

AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
KEY = PaymentKey("ten_1", "cus_1", "pay_1")
INVOICES = {
    one: Invoice(one, "cus_1", one, date(2025, month, 1), date(2025, month, 28), "USD", (InvoiceLine("Service", Decimal(1), minor),))
    for one, month, minor in (("inv_1", 1, 5_000), ("inv_2", 2, 4_000), ("inv_3", 3, 7_000))
}
PAID = 12_000
WHOLE = Money(PAID, "USD")
REFUND = Refund("rfd_1", "R1-pay_1", 2_500, "too much", "stf_1", AT)


def said(outcome: Outcome, *, code: str | None = None, minor: int | None = None) -> Evidence:
    amount = WHOLE if minor is None else Money(minor, "USD")
    return Evidence(outcome, AT, reference="600", reason_code=code, amount=amount)


APPROVED, PENDING, REVIEW, SETTLED = (said(one) for one in (Outcome.APPROVED, Outcome.PENDING, Outcome.REVIEW, Outcome.SETTLED))
DECLINED, VOIDED, UNKNOWN = (said(one) for one in (Outcome.DECLINED, Outcome.VOIDED, Outcome.UNKNOWN))
RETURNED = said(Outcome.RETURNED, code="R01")
CHARGED_BACK = said(Outcome.CHARGED_BACK, code="10.4", minor=4_500)
OTHER_AMOUNT = said(Outcome.SETTLED, minor=PAID + 1)
REFUNDED = "the refund is made"

STORIES: dict[str, tuple[tuple[Evidence | str, ...], PaymentState, int]] = {
    "card": ((UNKNOWN, APPROVED, APPROVED, SETTLED, SETTLED, OTHER_AMOUNT), PaymentState.CAPTURED, 4_000),
    "card held, then approved": ((REVIEW, UNKNOWN, APPROVED, REVIEW, SETTLED, APPROVED), PaymentState.CAPTURED, 4_000),
    "card held, then refused": ((REVIEW, UNKNOWN, DECLINED, REVIEW, DECLINED, UNKNOWN), PaymentState.DECLINED, 16_000),
    "voided": ((UNKNOWN, APPROVED, APPROVED, VOIDED, VOIDED, UNKNOWN), PaymentState.VOIDED, 16_000),
    "charged back in part": ((APPROVED, SETTLED, SETTLED, CHARGED_BACK, CHARGED_BACK, UNKNOWN), PaymentState.CHARGED_BACK, 8_500),
    "bank account": ((PENDING, UNKNOWN, PENDING, SETTLED, SETTLED, OTHER_AMOUNT), PaymentState.CAPTURED, 4_000),
    "returned after settlement": ((PENDING, PENDING, SETTLED, SETTLED, RETURNED, RETURNED), PaymentState.RETURNED, 16_000),
    "returned before settlement": ((PENDING, UNKNOWN, PENDING, RETURNED, RETURNED, UNKNOWN), PaymentState.RETURNED, 16_000),
    "refunded in part": ((APPROVED, SETTLED, SETTLED, REFUNDED, REFUNDED, UNKNOWN), PaymentState.CAPTURED, 6_500),
    "refunded, then charged back": ((SETTLED, REFUNDED, REFUNDED, CHARGED_BACK, CHARGED_BACK, UNKNOWN), PaymentState.CHARGED_BACK, 11_000),
}


@dataclass
class Ground:
    """An account with three invoices, and a payment over two of them that is on its way; in memory, by the domain alone."""

    payment: Payment
    account: Account
    entries: list[JournalEntry] = field(default_factory=list)

    @classmethod
    def laid(cls) -> Ground:
        ground = cls(
            Payment(KEY, WHOLE, PaymentState.SUBMITTING, "guest", "card", AT, "DB-pay_1", "ma_1"),
            Account(AccountKey("ten_1", "cus_1", "USD")),
        )
        for one, invoice in INVOICES.items():
            item = open_item_of(invoice)
            assert item is not None
            ground.post(decide(ground.account, IssueInvoice(one, item.open_minor, item), posted_at=AT, actor="test"))
        ground.post(decide(ground.account, ReserveOnline("pay_1", PAID), posted_at=AT, actor="guest"))
        return ground

    def post(self, *entries: JournalEntry) -> None:
        for entry in entries:
            self.account = apply(self.account, entry)
            self.entries.append(entry)

    def hear(self, fact: Evidence | str) -> None:
        if isinstance(fact, str):
            if self.payment.captured_at is None:
                return  # nobody can have asked for it yet
            if not self.payment.refunds:
                self.payment = replace(self.payment, refunds=with_refund((), REFUND))
            self.take(refund_recorded(self.payment, self.payment.refunds[0], said(Outcome.APPROVED, minor=REFUND.minor), self.books()))
        else:
            self.take(outcome_recorded(self.payment, fact, self.books()))

    def take(self, recorded: Recorded | None) -> None:
        if recorded is not None:
            self.payment = recorded.payment
            self.post(*recorded.entries)

    def books(self) -> Books:
        issued = {one: item for one, invoice in INVOICES.items() if (item := open_item_of(invoice))}
        return Books(self.account, newest_first(self.entries[number - 1] for number in self.payment.applied_in), issued)

    def apply_captured(self) -> None:
        """Do as apply_payment does, once."""
        if self.payment.captured_at is None or self.payment.applied:
            return
        numbers = self.payment.applied_in
        try:
            self.post(decide(self.account, ApplyPayment("pay_1", online_only=True), posted_at=AT, actor="duebook"))
            numbers = (*numbers, self.account.version)
        except AlreadyPostedError:
            pass
        if find_reservation(self.account, "pay_1"):
            self.post(decide(self.account, ReleaseReservation("pay_1", "applied"), posted_at=AT, actor="duebook"))
        self.payment = replace(self.payment, applied=True, applied_in=numbers)

    def result(self) -> tuple[PaymentState, int, int, tuple[tuple[str, int], ...], int, tuple[int, int]]:
        opens = tuple((item.invoice_id, item.open_minor) for item in self.account.open_items)
        return self.payment.state, balance(self.account), unapplied_cash(self.account), opens, len(self.account.reservations), self.where()

    def where(self) -> tuple[int, int]:
        """Return what lies in clearing and in the bank."""
        postings = [posting for entry in self.entries for posting in entry.postings]
        return tuple(sum(one.minor for one in postings if one.account == account) for account in (clearing("ma_1"), BANK))  # type: ignore[return-value]


def told(facts: tuple[Evidence | str, ...], *, apply_at: int) -> Ground:
    ground = Ground.laid()
    for place, fact in enumerate(facts):
        if place == apply_at:
            ground.apply_captured()
        ground.hear(fact)
    # What never came at the right time comes again with the next report.
    for fact in facts:
        ground.hear(fact)
    ground.apply_captured()
    return ground


@pytest.mark.parametrize("name", STORIES)
def test_r38_r39_r41_every_order_of_the_same_facts_ends_alike(name: str, record_property: Callable[[str, object], None]) -> None:
    facts, state, owed = STORIES[name]
    rng = random.Random(name)
    orders = set(permutations(range(len(facts))))
    results = set()
    for order in orders:
        ground = told(tuple(facts[place] for place in order), apply_at=rng.randrange(len(facts) + 1))
        documents = Documents(INVOICES, {"pay_1": replace(ground.payment, due_at=AT)})
        assert check(ground.account, list(enumerate(ground.entries, start=1)), documents) == [], [facts[place] for place in order]
        results.add(ground.result())
    assert len(results) == 1, results
    assert (next(iter(results))[:2]) == (state, owed)
    assert next(iter(results))[4] == 0
    record_property("orders of evidence", f"{name}: {len(orders)} orders, one end")


def test_the_orders_told_are_more_than_five_thousand() -> None:
    assert sum(len(set(permutations(range(len(facts))))) for facts, _, _ in STORIES.values()) >= 5_000
