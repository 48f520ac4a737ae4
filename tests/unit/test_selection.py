"""What a selection costs: chosen invoices, families, limits, amounts, what is left out."""

from __future__ import annotations

from datetime import date

import pytest

from duebook.domain.account import Account, AccountKey, Reservation
from duebook.domain.journal import Line
from duebook.domain.open_items import OpenItem
from duebook.domain.selection import ChosenInvoices, CustomAmount, LeftOut, price
from duebook.errors import BalanceChangedError, TooManyInvoicesError

KEY = AccountKey("ten_1", "c1", "USD")


def item(number: int, minor: int = 10_00, **more: object) -> OpenItem:
    return OpenItem(f"i{number}", f"INV-{number}", date(2025, 1, 1), date(2025, 1, 31), minor, **more)  # type: ignore[arg-type]


def account(*items: OpenItem, reserved: tuple[Line, ...] = ()) -> Account:
    held = (Reservation("pay_other", reserved),) if reserved else ()
    return Account(KEY, 1, items, reservations=held)


def test_r22_chosen_invoices_are_paid_in_their_full_open_balance():
    priced = price(account(item(1), item(2, 5_00)), ChosenInvoices(("i2", "i1")))

    assert [(line.invoice_id, line.minor, line.in_full) for line in priced.lines] == [("i1", 10_00, True), ("i2", 5_00, True)]
    assert priced.total == 15_00


def test_r27_what_another_payment_has_reserved_is_not_paid_twice():
    priced = price(
        account(item(1), item(2), reserved=(Line("i1", "INV-1", 10_00), Line("i2", "INV-2", 4_00))), ChosenInvoices(("i1", "i2"))
    )

    assert [(line.invoice_id, line.minor, line.in_full) for line in priced.lines] == [("i2", 6_00, False)]
    assert priced.left_out == (("i1", "INV-1", LeftOut.PROCESSING),)


def test_r2_an_invoice_not_payable_online_is_left_out():
    priced = price(account(item(1, pay_online=False), item(2)), ChosenInvoices(("i1", "i2")))

    assert priced.left_out == (("i1", "INV-1", LeftOut.NOT_PAYABLE_ONLINE),)


def test_r33_a_parent_is_its_open_children_and_counts_as_them():
    family = [item(number, parent_id="p") for number in range(3)]

    assert [line.invoice_id for line in price(account(*family, item(9)), ChosenInvoices(("p",))).lines] == ["i0", "i1", "i2"]


def test_r32_r33_two_hundred_fit_and_two_hundred_and_one_do_not():
    many = [item(number) for number in range(200)]
    assert price(account(*many), ChosenInvoices(tuple(one.invoice_id for one in many))).total == 200 * 10_00

    with pytest.raises(TooManyInvoicesError, match="201 were chosen"):
        price(account(), ChosenInvoices(tuple(f"x{number}" for number in range(201))))
    family = [item(number, parent_id="p") for number in range(201)]
    with pytest.raises(TooManyInvoicesError, match="201 were chosen"):
        price(account(*family), ChosenInvoices(("p",)))


def test_ids_that_are_not_open_are_named():
    assert price(account(item(1)), ChosenInvoices(("i1", "gone", "gone"))).not_open == ("gone",)


def test_r21_r22_an_amount_goes_oldest_first_and_the_last_one_in_part():
    priced = price(account(item(1), item(2, pay_online=False), item(3)), CustomAmount(15_00))

    assert [(line.invoice_id, line.minor, line.in_full) for line in priced.lines] == [("i1", 10_00, True), ("i3", 5_00, False)]


def test_r24_an_amount_above_what_is_payable_is_refused_with_the_limit():
    with pytest.raises(BalanceChangedError) as refused:
        price(account(item(1), item(2, pay_online=False)), CustomAmount(10_01))

    assert refused.value.facts == {"payable": 10_00, "currency": "USD"}
