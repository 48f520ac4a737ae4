"""Which invoices a return, chargeback, void or refund opened again, read from the journal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duebook.domain.account import Account
from duebook.domain.directory import Customer, Tenant
from duebook.domain.journal import BANK, UNAPPLIED_CASH, WRITE_OFF, EntryKind, JournalEntry, Line, Posting
from duebook.domain.money_back import MoneyBack, ReopenedInvoice, entry_behind, money_back
from duebook.domain.payments import Payment, PaymentKey, PaymentState
from duebook.domain.refunds import Refund, StepState
from duebook.domain.reversals import MAX_REOPENED
from tests.builders import KEY, NOON, open_item, usd

PAYMENT = Payment(PaymentKey("t1", "c1", "pay_1"), usd(120_00), PaymentState.RETURNED, "guest", "card", NOON, "DB-1", captured_at=NOON)
REFUND = Refund("rfd_1", "R1-1", 50_00, "broken", "stf_1", NOON, StepState.MADE)
ACCOUNT = Account(KEY, open_items=(open_item("inv_1", open=70_00), open_item("inv_2", open=20_00)))


def entry(kind: EntryKind, *lines: tuple[str, int], reason: str | None = "returned R01", entry_id: str = "e") -> JournalEntry:
    return JournalEntry(entry_id, kind, NOON, "pay_1", lines=tuple(Line(name, name, minor) for name, minor in lines), reason=reason)


def booked(minor: int = 120_00, lost: int = 0, *, entry_id: str = "pay_1.returned", reason: str = "returned R01") -> JournalEntry:
    postings = (Posting(UNAPPLIED_CASH, minor - lost), Posting(WRITE_OFF, lost), Posting(BANK, -minor))
    used = tuple(posting for posting in postings if posting.minor)
    return JournalEntry(entry_id, EntryKind.PAYMENT_RETURNED, NOON, "pay_1", minor - lost, used, reason=reason)


def read(entries: dict[int, JournalEntry], payment: Payment = PAYMENT, notice: str = "returned") -> MoneyBack:
    return money_back(payment, notice, entries, ACCOUNT, Tenant("t1", "Blue Ridge", "UTC"), Customer("c1", "Acme", "x", NOON))


APPLIED = entry(EntryKind.PAYMENT_APPLIED, ("inv_1", 100_00), ("inv_2", 20_00), reason=None)
UNAPPLIED = entry(EntryKind.PAYMENT_UNAPPLIED, ("inv_2", 20_00), ("inv_1", 100_00))
OPENED = (ReopenedInvoice("inv_2", "inv_2", 20_00, 20_00), ReopenedInvoice("inv_1", "inv_1", 100_00, 70_00))


@pytest.mark.parametrize(
    ("entries", "reopened"),
    [
        ({3: APPLIED, 7: UNAPPLIED, 8: booked()}, OPENED),
        ({3: APPLIED, 7: UNAPPLIED, 9: booked()}, OPENED),
        ({3: APPLIED, 7: UNAPPLIED, 10: booked()}, ()),
        ({3: APPLIED, 7: replace(UNAPPLIED, reason="wrong invoice"), 8: booked()}, ()),
        ({3: APPLIED, 7: UNAPPLIED, 8: booked(50_00, entry_id="rfd_1.refunded"), 9: booked()}, ()),
        ({7: APPLIED, 8: booked()}, ()),
        ({8: booked()}, ()),
    ],
    ids=["right before", "a release between", "long before", "by hand", "for another fact", "nothing", "never applied"],
)
def test_r38_what_opened_again_is_what_was_un_applied_for_the_fact(entries: dict[int, JournalEntry], reopened: tuple[ReopenedInvoice, ...]):
    assert read(entries).reopened == reopened


def test_r38_very_many_invoices_open_again_in_several_entries():
    full = entry(EntryKind.PAYMENT_UNAPPLIED, *((f"inv_{number}", 1_00) for number in range(10, 10 + MAX_REOPENED)))
    by_hand = entry(EntryKind.PAYMENT_UNAPPLIED, ("inv_9", 1_00))

    found = read({3: APPLIED, 4: by_hand, 5: full, 6: full, 7: UNAPPLIED, 8: booked()}).reopened

    assert len(found) == 2 * MAX_REOPENED + 2
    assert found[-1].invoice_id == "inv_1"


def test_r41_the_amount_is_the_one_booked_and_the_loss_is_told_apart():
    news = read({8: booked(100_00, 40_00)})

    assert (news.amount, news.lost, news.at) == (usd(100_00), 40_00, NOON)


def test_r41_a_refund_is_told_by_its_own_entry():
    payment = replace(PAYMENT, state=PaymentState.CAPTURED, refunds=(REFUND,))
    part = entry(EntryKind.PAYMENT_UNAPPLIED, ("inv_1", 50_00), reason="broken")

    news = read({3: APPLIED, 4: part, 5: booked(50_00, entry_id="rfd_1.refunded", reason="broken")}, payment, "rfd_1")

    assert (news.amount, news.refund) == (usd(50_00), REFUND)
    assert [one.minor for one in news.reopened] == [50_00]


def test_money_that_never_came_in_is_told_by_the_release_of_its_promise():
    payment = replace(PAYMENT, captured_at=None)

    assert entry_behind(payment, "returned") == "pay_1.released"
    assert entry_behind(PAYMENT, "returned") == "pay_1.returned"
    assert (read({}, payment).amount, read({}, payment).reopened) == (usd(120_00), ())
