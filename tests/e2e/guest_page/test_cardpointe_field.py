"""CardPointe's tokenizer on the page: JSON in a string, told by itself; what counts, what is ignored, what is said."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.e2e.fake_api import FakeApi, declined
from tests.e2e.guest_page.conftest import GUEST
from tests.e2e.guest_page.steps import (
    agree,
    by_bank_account,
    expect_receipt,
    field_is_ready,
    fill_payer,
    open_balance,
    press_pay,
    ready_to_pay,
)
from tests.e2e.patience import hold_time

TOKEN = "9411234567891111"
INCOMPLETE = "The card details aren't complete or right yet."


@pytest.fixture(autouse=True)
def _cardpointe(api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [api.cardpointe_balance()]


def tokenizer(page: Page) -> Frame:
    """The frame as it is now."""
    return next(frame for frame in page.frames if "ajax-tokenizer" in frame.url)


def tell(page: Page, message: object) -> None:
    """Let the tokenizer post a message of its own."""
    tokenizer(page).evaluate("text => parent.postMessage(text, '*')", message if isinstance(message, str) else json.dumps(message))


def type_card(page: Page, number: str = "4111 1111 1111 1111") -> None:
    """Type into the tokenizer and leave its field."""
    field = page.frame_locator("iframe").get_by_label("Card number")
    field.fill(number)
    field.blur()


def options(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(str(page.locator("pay-method iframe").get_attribute("src"))).query)


def test_r36_a_card_typed_into_the_tokenizer_is_charged_by_its_token(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    type_card(guest)
    expect(guest.get_by_text("Visa ending 1111, expires 12/30")).to_be_visible()
    expect(guest.locator("pay-method iframe")).to_be_visible()
    assert api.asked == []

    press_pay(guest)

    expect_receipt(guest)
    assert api.asked[0].body["method"] == {"kind": "token", "token": TOKEN, "type": "card"}


def test_pay_pressed_straight_from_the_field_waits_for_the_token(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    guest.frame_locator("iframe").get_by_label("Card number").press_sequentially("4111111111111111")

    press_pay(guest)

    expect_receipt(guest)
    assert len(api.asked) == 1


def test_an_empty_field_is_said_to_be_empty_and_the_button_comes_back(guest: Page, api: FakeApi) -> None:
    hold_time(guest)
    ready_to_pay(guest, api)

    press_pay(guest)
    guest.clock.fast_forward(3_100)

    expect(guest.locator("#method-error")).to_contain_text(INCOMPLETE)
    expect(guest.locator("pay-button button")).not_to_have_attribute("aria-disabled", "true")
    assert api.asked == []


@pytest.mark.parametrize(
    "message",
    [
        {"message": "", "validationError": "Invalid Credit Card Number"},
        {"message": "", "token": "", "errorCode": "1002", "errorMessage": "Invalid CVV"},
        {"message": ""},
        {"cardTyping": True},
    ],
)
def test_a_card_that_is_changed_or_no_longer_right_is_not_charged(guest: Page, api: FakeApi, message: dict[str, object]) -> None:
    hold_time(guest)
    ready_to_pay(guest, api)
    type_card(guest)
    expect(guest.get_by_text("Visa ending 1111")).to_be_visible()

    tell(guest, message)

    expect(guest.get_by_text("Visa ending 1111")).to_be_hidden()
    expect(guest.locator("#method-error")).to_be_hidden()
    press_pay(guest)
    guest.clock.fast_forward(3_100)
    expect(guest.locator("#method-error")).to_contain_text(INCOMPLETE)
    assert api.asked == []


def test_a_fault_found_after_pay_is_said_at_once(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    press_pay(guest)

    tell(guest, {"message": "", "errorCode": "1001", "errorMessage": "Invalid card number"})

    expect(guest.locator("#method-error")).to_contain_text(INCOMPLETE)


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        "null",
        "[1, 2]",
        '"text"',
        {"message": "4111111111111111"},
        {"message": "94111111"},
        {"message": "94112345678911111"},
        {"message": "9411<script>1111"},
        {"token": 9411234567891111},
        {"type": "duebook.token", "token_": "x"},
        "9" * 5000,
    ],
)
def test_a_message_that_holds_no_token_is_none(guest: Page, api: FakeApi, message: object) -> None:
    ready_to_pay(guest, api)

    tell(guest, message)
    type_card(guest)

    expect(guest.get_by_text("Visa ending 1111")).to_be_visible()
    press_pay(guest)
    expect_receipt(guest)
    assert api.asked[0].body["method"]["token"] == TOKEN


def test_a_forged_message_is_ignored(guest: Page, api: FakeApi) -> None:
    forged = json.dumps({"message": "9416666666666666", "errorCode": "0"})
    ready_to_pay(guest, api)

    guest.evaluate("text => window.postMessage(text, '*')", forged)
    guest.evaluate(
        """text => {
            const { origin } = new URL(document.querySelector("pay-method iframe").src);
            window.dispatchEvent(new MessageEvent("message", { data: text, origin, source: window }));
        }""",
        forged,
    )
    guest.evaluate(
        """address => {
            const frame = document.createElement("iframe");
            frame.src = address;
            frame.title = "other";
            document.body.append(frame);
        }""",
        f"{api.cardpointe}/itoke/ajax-tokenizer.html?useexpiry=true",
    )
    other = guest.frame_locator("iframe[title=other]").locator("#ccnumfield")
    other.fill("4666666666666666")
    other.blur()
    guest.evaluate("title => document.querySelector(`iframe[title=${title}]`).remove()", "other")

    expect(guest.get_by_text("ending 6666")).to_be_hidden()
    type_card(guest)
    press_pay(guest)
    expect_receipt(guest)
    assert api.asked[0].body["method"]["token"] == TOKEN


def test_a_frame_that_became_another_origin_is_not_listened_to(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    frame = tokenizer(guest)

    frame.goto(f"{api.fields}/itoke/ajax-tokenizer.html?useexpiry=true&cardlabel=Card+number")
    field_is_ready(guest)
    type_card(guest, "4666666666666666")

    expect(guest.get_by_text("ending 6666")).to_be_hidden()


def test_r39_after_a_decline_the_card_is_typed_anew(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    api.answers.append(declined())
    type_card(guest)
    press_pay(guest)
    expect(guest.locator("#method-error")).to_contain_text("Your bank declined this card.")
    expect(guest.get_by_text("ending 1111")).to_be_hidden()
    expect(guest.frame_locator("iframe").get_by_label("Card number")).to_have_value("")

    type_card(guest, "5454 5454 5454 5454")
    expect(guest.get_by_text("Mastercard ending 5454")).to_be_visible()
    press_pay(guest)

    expect_receipt(guest)
    first, second = api.asked
    assert first.key != second.key
    assert second.body["method"]["token"] == "9541234567895454"


def test_a_card_held_for_two_minutes_is_typed_anew_before_anything_is_sent(guest: Page, api: FakeApi) -> None:
    hold_time(guest)
    ready_to_pay(guest, api)
    type_card(guest)
    expect(guest.get_by_text("Visa ending 1111")).to_be_visible()

    guest.clock.fast_forward(115_000)
    press_pay(guest)

    expect(guest.locator("#method-error")).to_contain_text("Your details were held too long. You have not been charged.")
    assert api.asked == []


def test_r36_a_bank_account_is_typed_in_one_line_with_kind_and_holder_beside_it(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)
    fill_payer(guest)
    by_bank_account(guest)
    expect(guest.get_by_label("Account holder")).to_have_value("Ana Halvorsen")
    guest.get_by_label("Account holder").fill("Halvorsen Construction LLC")
    guest.get_by_label("Account type").select_option("Savings")
    agree(guest)
    line = guest.frame_locator("iframe").get_by_label("Routing number / account number")

    line.fill("021000021/123456789")
    line.blur()
    expect(guest.get_by_text("Bank account ending 6789")).to_be_visible()
    press_pay(guest)

    expect_receipt(guest)
    method = api.asked[0].body["method"]
    assert method.pop("authorization")
    assert method == {
        "kind": "token",
        "token": "9021234567896789",
        "type": "bank_account",
        "account_kind": "savings",
        "account_name": "Halvorsen Construction LLC",
    }
    assert api.asked[0].body["payer"]["name"] == "Ana Halvorsen"
    assert "123456789/" not in json.dumps(api.asked[0].body)


def test_a_bank_account_without_holder_or_number_is_not_sent(guest: Page, api: FakeApi) -> None:
    hold_time(guest)
    ready_to_pay(guest, api)
    by_bank_account(guest)
    guest.get_by_label("Account holder").fill("")
    agree(guest)
    press_pay(guest)
    expect(guest.locator("#pay-summary").get_by_role("link")).to_have_text("Enter the name that the bank account is in.")

    guest.get_by_label("Account holder").fill("Ana Halvorsen")
    press_pay(guest)
    guest.clock.fast_forward(3_100)

    expect(guest.locator("#method-error")).to_contain_text("Type the routing number, a slash, then the account number.")
    assert api.asked == []


def test_the_tokenizer_is_asked_for_what_each_kind_needs(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)
    card = options(guest)
    by_bank_account(guest)
    bank = options(guest)

    assert (card["useexpiry"], card["usecvv"], card["cardlabel"]) == (["true"], ["true"], ["Card number"])
    assert {"useexpiry", "usecvv", "formatinput", "tokenizewheninactive"}.isdisjoint(bank)
    assert (bank["fullmobilekeyboard"], bank["cardlabel"]) == (["true"], ["Routing number / account number"])
    assert "#fff" in card["css"][0]
    expect(guest.locator("pay-method iframe")).to_have_attribute("sandbox", "allow-scripts allow-same-origin allow-forms")
    expect(guest.get_by_text("Type the 9-digit routing number, a slash, then the account number")).to_be_visible()
