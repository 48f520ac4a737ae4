"""What an activity statement tells of voids, credit memos, refunds and unapplied cash (R60)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from duebook.domain.account import Account, apply
from duebook.domain.account_activity import activity
from duebook.domain.decisions import (
    ApplyPayment,
    CapturePayment,
    Command,
    IssueCreditMemo,
    IssueInvoice,
    UnapplyPayment,
    VoidInvoice,
    decide,
)
from duebook.domain.journal import EntryKind, JournalEntry, Line
from duebook.domain.reversals import TakeBack, take_back
from tests.builders import KEY, NOON, open_item

UTC_ZONE = ZoneInfo("UTC")
DAY = date(2025, 6, 2)


class Book:
    """An account and its journal, one fact an hour."""

    def __init__(self) -> None:
        self.account = Account(KEY)
        self.entries: list[JournalEntry] = []
        self.at: datetime = NOON

    def post(self, *commands: Command) -> None:
        for command in commands:
            self.add(decide(self.account, command, posted_at=self.at, actor="test"))

    def add(self, *entries: JournalEntry) -> None:
        for entry in entries:
            self.account = apply(self.account, entry)
            self.entries.append(entry)
        self.at += timedelta(hours=1)

    def receive(self, payment_id: str, minor: int, on: date) -> None:
        """Enter money that came on another day, as staff do: what it pays is booked with it."""
        captured = decide(self.account, CapturePayment(payment_id, minor, "bank", on), posted_at=self.at, actor="test")
        applied = decide(apply(self.account, captured), ApplyPayment(payment_id, online_only=False), posted_at=self.at, actor="test")
        self.add(captured, applied)

    def told(self, first: date = DAY, last: date = DAY):
        return activity(KEY, self.entries, first, last, UTC_ZONE)[0]


def issue(invoice_id: str, minor: int) -> IssueInvoice:
    return IssueInvoice(invoice_id, minor, open_item(invoice_id, invoiced_on="2025-06-02", open=minor))


def test_a_void_takes_back_what_the_invoice_added():
    book = Book()
    book.post(issue("inv_1", 70_00), VoidInvoice("inv_1", 70_00, "wrong site"))

    told = book.told()

    assert [(one.kind.value, one.minor, one.balance, one.reason) for one in told.movements] == [
        ("invoice", 70_00, 70_00, None),
        ("invoice_voided", -70_00, 0, "wrong site"),
    ]
    assert told.movements[1].item == told.movements[0].item


def test_a_credit_memo_that_is_applied_later_moves_first_unapplied_cash_then_the_balance():
    book = Book()
    book.post(issue("inv_1", 70_00), IssueCreditMemo("crm_1", 20_00, "late truck"))
    book.at += timedelta(days=1)
    book.post(ApplyPayment("crm_1", online_only=False))

    told = book.told(last=DAY + timedelta(days=1))

    assert [(one.kind.value, one.minor, one.owed, one.unapplied) for one in told.movements] == [
        ("invoice", 70_00, 70_00, 0),
        ("credit_memo", -20_00, 0, 20_00),
        ("applied", 0, -20_00, -20_00),
    ]
    assert (told.closing, told.unapplied_closing) == (50_00, 0)


def test_a_payment_larger_than_what_is_owed_counts_whole_and_its_rest_is_unapplied_cash():
    book = Book()
    book.post(issue("inv_1", 70_00), CapturePayment("pay_1", 100_00, "bank"), ApplyPayment("pay_1", online_only=False))

    told = book.told()

    (_, payment) = told.movements
    assert (payment.minor, payment.owed, payment.unapplied, payment.lines) == (-100_00, -70_00, 30_00, (Line("inv_1", "inv_1", 70_00),))
    assert (told.closing, told.unapplied_closing) == (0, 30_00)


def test_a_refund_is_one_movement_with_what_it_reopens():
    book = Book()
    book.post(issue("inv_1", 70_00), CapturePayment("pay_1", 70_00, "bank"), ApplyPayment("pay_1", online_only=False))
    wish = TakeBack(
        "pay_1",
        EntryKind.PAYMENT_REFUNDED,
        "re_1.refunded",
        30_00,
        "bank",
        (Line("inv_1", "inv_1", 30_00),),
        (open_item(open=70_00),),
        "sorry",
    )
    book.add(*take_back(book.account, wish, posted_at=book.at, actor="test"))

    told = book.told()

    refund = told.movements[-1]
    assert (refund.kind.value, refund.minor, refund.owed, refund.balance) == ("refund", 30_00, 30_00, 30_00)


def test_an_application_by_hand_with_a_reason_stands_by_itself():
    book = Book()
    book.post(issue("inv_1", 70_00), CapturePayment("pay_1", 50_00, "bank"))
    book.post(ApplyPayment("pay_1", online_only=False, reason="as she asked"))

    assert [one.kind.value for one in book.told().movements] == ["invoice", "payment", "applied"]


def test_promises_and_settlements_are_no_movements_and_an_empty_period_has_none():
    book = Book()
    book.post(issue("inv_1", 70_00))

    told = book.told(DAY + timedelta(days=1), DAY + timedelta(days=5))

    assert (told.opening, told.movements, told.closing) == (70_00, (), 70_00)


def test_r61_an_invoice_counts_from_its_date_and_a_check_from_the_day_it_was_received_though_both_were_entered_later():
    book = Book()
    book.post(IssueInvoice("inv_1", 70_00, open_item("inv_1", invoiced_on="2025-05-10", open=70_00)))
    book.receive("pay_1", 70_00, date(2025, 5, 30))

    may = book.told(date(2025, 5, 1), date(2025, 5, 31))
    june = book.told(date(2025, 6, 1), DAY)

    assert [(one.kind.value, one.on.isoformat(), one.minor, one.balance) for one in may.movements] == [
        ("invoice", "2025-05-10", 70_00, 70_00),
        ("payment", "2025-05-30", -70_00, 0),
    ]
    assert (june.opening, june.movements, june.closing) == (0, (), 0)


def test_r61_a_check_received_before_its_invoice_is_unapplied_cash_until_then():
    book = Book()
    book.post(IssueInvoice("inv_1", 70_00, open_item("inv_1", invoiced_on="2025-05-10", open=70_00)))
    book.receive("pay_1", 70_00, date(2025, 5, 1))

    told = book.told(date(2025, 5, 1), date(2025, 5, 9))

    assert (told.closing, told.unapplied_closing) == (0, 70_00)
    assert [(one.kind.value, one.on.isoformat()) for one in book.told(date(2025, 5, 10), DAY).movements] == [
        ("invoice", "2025-05-10"),
        ("applied", "2025-05-10"),
    ]


def test_r61_a_check_that_was_received_before_another_was_taken_off_its_invoice_pays_it_from_then_on():
    """The books of no day may have an invoice paid twice."""
    book = Book()
    item = open_item("inv_1", invoiced_on="2025-05-10", open=70_00)
    book.post(IssueInvoice("inv_1", 70_00, item), CapturePayment("pay_1", 70_00, "bank"), ApplyPayment("pay_1", online_only=False))
    book.at += timedelta(days=1)
    book.post(UnapplyPayment("pay_1", (Line("inv_1", "inv_1", 70_00),), (item,), "another customer's"))
    book.at += timedelta(days=1)
    book.receive("pay_2", 70_00, date(2025, 5, 20))

    told = book.told(date(2025, 5, 1), DAY + timedelta(days=3))

    assert [(one.kind.value, one.source_id, one.on.isoformat()) for one in told.movements] == [
        ("invoice", "inv_1", "2025-05-10"),
        ("payment", "pay_2", "2025-05-20"),
        ("payment", "pay_1", "2025-06-02"),
        ("unapplied", "pay_1", "2025-06-03"),
        ("applied", "pay_2", "2025-06-03"),
    ]
    assert (told.closing, told.unapplied_closing) == (0, 70_00)


def test_r61_an_invoice_that_is_posted_in_advance_counts_at_once_as_it_does_everywhere():
    book = Book()
    book.post(IssueInvoice("inv_1", 70_00, open_item("inv_1", invoiced_on="2025-07-01", open=70_00)))

    assert book.told().closing == 70_00
