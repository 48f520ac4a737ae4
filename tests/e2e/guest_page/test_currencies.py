"""One customer, several currencies: each balance has its own way to pay, or says that it has none."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_api import FakeApi
from tests.e2e.guest_page.conftest import GUEST
from tests.e2e.guest_page.steps import (
    agree,
    by_bank_account,
    expect_receipt,
    field_is_ready,
    open_balance,
    pay_button,
    press_pay,
    ready_to_pay,
)


@pytest.fixture(autouse=True)
def _three_currencies(api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [
        api.cardpointe_balance(250_00, "CAD"),
        api.balance(9000, "JPY", can_pay=False, methods=[], hosted_field=None, reason="Not payable online"),
        api.bank_balance(50_00),
    ]


def test_r42_each_currency_is_paid_through_its_own_processor(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    expect(guest.get_by_label("Canadian Dollar")).to_be_checked()
    expect(guest.get_by_role("radiogroup")).to_be_hidden()
    expect(pay_button(guest)).to_have_text("Pay CA$250.00")
    field = guest.frame_locator("iframe").get_by_label("Card number")
    field.fill("4111111111111111")
    field.blur()
    expect(guest.get_by_text("Visa ending 1111")).to_be_visible()

    press_pay(guest)

    expect_receipt(guest)
    assert [(asked.body["currency"], asked.body["amount"]) for asked in api.asked] == [("CAD", 250_00)]
    guest.go_back()
    expect(guest.get_by_label("US Dollar")).to_be_checked()
    field_is_ready(guest)
    press_pay(guest)
    expect_receipt(guest)
    assert [(asked.body["currency"], asked.body["method"]["token"][:4]) for asked in api.asked][1] == ("USD", "tok_")


def test_r42_a_card_typed_for_one_currency_is_not_charged_for_another(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    field = guest.frame_locator("iframe").get_by_label("Card number")
    field.fill("4111111111111111")
    field.blur()
    expect(guest.get_by_text("Visa ending 1111")).to_be_visible()

    guest.get_by_label("US Dollar").check()

    expect(guest.get_by_text("Visa ending 1111")).to_be_hidden()
    field_is_ready(guest)
    press_pay(guest)
    expect_receipt(guest)
    assert api.asked[0].body["method"]["token"].startswith("tok_")


def test_a_bank_account_pays_dollars_and_is_not_offered_for_other_currencies(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    guest.get_by_label("US Dollar").check()
    by_bank_account(guest)
    agree(guest)

    guest.get_by_label("Canadian Dollar").check()

    expect(guest.get_by_role("radiogroup")).to_be_hidden()
    expect(guest.get_by_role("heading", name="Your authorization")).to_be_hidden()
    guest.get_by_label("US Dollar").check()
    expect(guest.get_by_label("I agree")).not_to_be_checked()


def test_r15_a_currency_without_merchant_account_is_not_payable_online(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)
    expect(guest.locator("label", has_text="Japanese Yen").get_by_text("Not payable online")).to_be_visible()
    expect(guest.locator("label", has_text="Canadian Dollar").get_by_text("Not payable online")).to_be_hidden()

    guest.get_by_label("Japanese Yen").check()

    expect(guest.get_by_text("Online payment is not available")).to_be_visible()
    expect(guest.get_by_text("Please pay by check.")).to_be_visible()
    expect(guest.locator("pay-button")).to_be_hidden()
    expect(guest.get_by_role("region", name="Your balance")).to_contain_text("¥9,000")
