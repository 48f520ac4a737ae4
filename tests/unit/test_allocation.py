from __future__ import annotations

import pytest

from duebook.domain.account import Account, apply
from duebook.domain.allocation import Allocation, allocate_oldest_first, payable_online
from duebook.domain.decisions import (
    AmendInvoice,
    ApplyPayment,
    CapturePayment,
    IssueCreditMemo,
    IssueInvoice,
    ReleaseReservation,
    ReserveOnline,
    UnapplyPayment,
    VoidInvoice,
    decide,
)
from duebook.domain.journal import Line
from duebook.domain.open_items import OpenItem
from duebook.errors import AlreadyPostedError, BalanceChangedError, ConflictError, UnprocessableError
from tests.builders import KEY, NOON, after, open_item


def issued(*items: OpenItem) -> Account:
    return after(Account(KEY), *(IssueInvoice(item.invoice_id, item.open_minor, item) for item in items))


def paid(allocation: Allocation) -> list[tuple[str, int]]:
    return [(line.invoice_id, line.minor) for line in allocation.lines]


def test_r20_the_oldest_invoice_date_is_paid_first() -> None:
    january, february = open_item("b", invoiced_on="2025-01-31"), open_item("a", invoiced_on="2025-02-28")

    assert paid(allocate_oldest_first(150_00, [february, january])) == [("b", 100_00), ("a", 50_00)]


def test_r20_ties_go_by_due_date_then_number_in_natural_order_then_id() -> None:
    items = [
        open_item("d", number="INV-1000"),
        open_item("c", number="INV-999"),
        open_item("b", number="INV-999"),
        open_item("a", number="INV-1", due_on="2025-03-01"),
    ]

    assert [line.invoice_id for line in allocate_oldest_first(400_00, items).lines] == ["b", "c", "d", "a"]


def test_r21_the_last_invoice_touched_stays_partly_paid() -> None:
    allocation = allocate_oldest_first(130_00, [open_item("a"), open_item("b")])

    assert paid(allocation) == [("a", 100_00), ("b", 30_00)]
    assert allocation.unapplied == 0


def test_r25_payment_larger_than_every_open_balance_leaves_unapplied_cash() -> None:
    allocation = allocate_oldest_first(200_00, [open_item("a", open=70_00), open_item("b", open=100_00)])

    assert paid(allocation) == [("a", 70_00), ("b", 100_00)]
    assert allocation.unapplied == 30_00


def test_r2_only_open_invoices_flagged_pay_online_are_payable() -> None:
    account = issued(open_item("a"), open_item("b", pay_online=False))

    assert payable_online(account) == 100_00


def test_r14_r24_a_reservation_above_the_payable_amount_is_refused_with_the_limit() -> None:
    account = issued(open_item("a"))

    with pytest.raises(BalanceChangedError, match=r"At most 100\.00 USD can be paid online now\. You have not been charged\.") as refused:
        decide(account, ReserveOnline("pay_1", 100_01), posted_at=NOON, actor="guest")
    assert refused.value.facts == {"payable": 100_00, "currency": "USD"}
    with pytest.raises(BalanceChangedError, match=r"At most 100\.00 USD is open now\. Nothing was charged\."):
        decide(account, ReserveOnline("pay_1", 100_01, online_only=False), posted_at=NOON, actor="stf_1")


def test_r22_a_guest_amount_reaches_only_pay_online_invoices() -> None:
    account = after(issued(open_item("old", invoiced_on="2024-01-01", pay_online=False), open_item("new")), ReserveOnline("pay_1", 60_00))

    assert [line.invoice_id for line in account.reservations[0].lines] == ["new"]


def test_r27_reserved_money_is_not_payable_again() -> None:
    account = after(issued(open_item("a")), ReserveOnline("pay_1", 60_00))

    assert payable_online(account) == 40_00
    assert payable_online(after(account, ReleaseReservation("pay_1", "declined"))) == 100_00


def test_r22_captured_money_is_applied_as_it_was_reserved() -> None:
    account = after(issued(open_item("a"), open_item("b")), ReserveOnline("pay_1", 130_00))
    older = open_item("older", invoiced_on="2020-01-01")

    account = after(
        account,
        IssueInvoice("older", 100_00, older),
        CapturePayment("pay_1", 130_00, "clearing:ma"),
        ApplyPayment("pay_1", online_only=True),
    )

    assert {item.invoice_id: item.open_minor for item in account.open_items} == {"older": 100_00, "b": 70_00}
    assert account.reservations == ()


def test_r25_money_for_an_invoice_voided_meanwhile_goes_to_the_next_or_stays_unapplied() -> None:
    account = after(issued(open_item("a"), open_item("b", open=10_00)), ReserveOnline("pay_1", 100_00), VoidInvoice("a", 100_00, "wrong"))

    account = after(account, CapturePayment("pay_1", 100_00, "clearing:ma"), ApplyPayment("pay_1", online_only=True))

    assert account.open_items == ()
    assert account.unapplied == {"pay_1": 90_00}


def test_r8_an_invoice_with_applied_money_is_not_voided() -> None:
    account = after(issued(open_item("a")), CapturePayment("pay_1", 40_00, "bank"), ApplyPayment("pay_1", online_only=False))

    with pytest.raises(ConflictError, match="un-apply it first"):
        decide(account, VoidInvoice("a", 100_00, "wrong"), posted_at=NOON, actor="staff")


def test_r26_unapplied_money_reopens_the_invoice_and_can_be_applied_elsewhere() -> None:
    item, other = open_item("a", open=40_00), open_item("b")
    account = after(issued(item, other), CapturePayment("pay_1", 40_00, "bank"), ApplyPayment("pay_1", online_only=False))

    account = after(account, UnapplyPayment("pay_1", (Line("a", "a", 40_00),), (item,), "wrong invoice"))
    account = after(account, ApplyPayment("pay_1", online_only=False, lines=(Line("b", "", 40_00),), reason="right one"))

    assert {item.invoice_id: item.open_minor for item in account.open_items} == {"a": 40_00, "b": 60_00}
    assert account.unapplied == {}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((Line("a", "", 100_01),), "was to be applied"),
        ((Line("a", "", 10_00), Line("a", "", 10_00)), "named twice"),
        ((Line("nope", "", 1),), "open and not reserved"),
    ],
)
def test_r25_named_applications_must_fit(lines: tuple[Line, ...], message: str) -> None:
    account = after(issued(open_item("a")), CapturePayment("pay_1", 100_00, "bank"))

    with pytest.raises(UnprocessableError, match=message):
        decide(account, ApplyPayment("pay_1", online_only=False, lines=lines), posted_at=NOON, actor="staff")


def test_applying_twice_is_done_the_first_time() -> None:
    account = after(issued(open_item("a")), CapturePayment("pay_1", 40_00, "bank"), ApplyPayment("pay_1", online_only=False))

    with pytest.raises(AlreadyPostedError, match="nothing to apply"):
        decide(account, ApplyPayment("pay_1", online_only=False), posted_at=NOON, actor="staff")


def test_r2_switching_pay_online_off_takes_an_open_invoice_out_of_what_is_payable() -> None:
    account = after(issued(open_item("a")), AmendInvoice("a", pay_online=False))

    assert payable_online(account) == 0
    with pytest.raises(AlreadyPostedError, match="needs no amendment"):
        decide(account, AmendInvoice("a", pay_online=False), posted_at=NOON, actor="staff")


def test_a_credit_memo_becomes_unapplied_credit_until_applied() -> None:
    account = after(issued(open_item("a")), IssueCreditMemo("crm_1", 30_00, "late service"))

    assert account.unapplied == {"crm_1": 30_00}
    assert (
        apply(account, decide(account, ApplyPayment("crm_1", online_only=False), posted_at=NOON, actor="s")).open_items[0].open_minor
        == 70_00
    )


def test_an_invoice_that_is_open_is_not_posted_again() -> None:
    account = issued(open_item("a"))

    with pytest.raises(AlreadyPostedError, match="invoice a is posted"):
        decide(account, IssueInvoice("a", 100_00, open_item("a")), posted_at=NOON, actor="staff")
