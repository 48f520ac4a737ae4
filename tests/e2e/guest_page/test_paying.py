"""Paying: amounts, mistakes and the hosted field."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_api import FakeApi
from tests.e2e.guest_page.conftest import GUEST
from tests.e2e.guest_page.steps import (
    WHOLE,
    expect_receipt,
    field_is_ready,
    open_balance,
    pay_button,
    press_pay,
    ready_to_pay,
    use_this_card,
)
from tests.e2e.patience import hold_time


def test_r14_the_whole_balance_is_the_default_and_only_a_token_is_sent(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    guest.get_by_label("Billing postal code").fill("80302")

    press_pay(guest)

    expect_receipt(guest)
    [asked] = api.asked
    assert asked.body.pop("method").keys() == {"kind", "token", "type"}
    assert asked.body == {
        "amount": 184783,
        "currency": "USD",
        "payer": {"name": "Ana Halvorsen", "email": "ana@halvorsen.example", "postal_code": "80302"},
    }


def test_r5_less_may_be_paid_and_a_short_decimal_means_cents(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)

    guest.get_by_label("Another amount").check()
    guest.get_by_label("Amount", exact=True).fill("425.5")
    expect(pay_button(guest)).to_have_text("Pay $425.50")
    guest.get_by_label("Amount", exact=True).blur()
    expect(guest.get_by_label("Amount", exact=True)).to_have_value("425.50")
    press_pay(guest)

    expect_receipt(guest)
    assert [asked.body["amount"] for asked in api.asked] == [42550]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1847.84", f"You can pay up to {WHOLE}."),
        ("0", f"Enter an amount above zero, up to {WHOLE}."),
        ("1e2", f"Enter an amount like 1,847.83, up to {WHOLE}."),
        ("-5", f"Enter an amount like 1,847.83, up to {WHOLE}."),
        ("10.001", "USD amounts have at most 2 decimals."),
        ("", f"Enter an amount, up to {WHOLE}."),
        ("99999999999999999", f"Enter an amount like 1,847.83, up to {WHOLE}."),
    ],
)
def test_r14_an_amount_that_does_not_fit_is_refused_with_its_limit_before_any_request(
    guest: Page, api: FakeApi, typed: str, said: str
) -> None:
    ready_to_pay(guest, api)
    guest.get_by_label("Another amount").check()
    guest.get_by_label("Amount", exact=True).fill(typed)

    press_pay(guest)

    expect(guest.get_by_role("link", name=said)).to_be_visible()
    expect(guest.get_by_label("Amount", exact=True)).to_have_attribute("aria-invalid", "true")
    assert api.asked == []


def test_a_form_with_mistakes_sums_them_up_and_checks_again_on_change(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)
    field_is_ready(guest)

    press_pay(guest)

    summary = guest.locator("#pay-summary")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(["Enter your name.", "Enter your email, so that we can send the receipt."])
    expect(guest).to_have_title("Error: Pay my balance")
    summary.get_by_role("link").last.click()
    expect(guest.get_by_label("Email")).to_be_focused()
    expect(guest.get_by_label("Email")).to_have_accessible_description(
        "Your receipt goes here. Enter your email, so that we can send the receipt."
    )
    guest.get_by_label("Email").fill("ana@halvorsen.example")
    expect(guest.locator("#email-error")).to_be_hidden()


def test_a_token_from_the_fields_own_button_is_shown_and_charged_on_pay(guest: Page, api: FakeApi) -> None:
    api.field_mode = "own"
    api.found[GUEST]["balances"] = [api.balance()]
    ready_to_pay(guest, api)

    use_this_card(guest)
    expect(guest.get_by_text("Visa ending 4242, expires 12/28")).to_be_visible()
    assert api.asked == []
    press_pay(guest)

    expect_receipt(guest)


def test_another_card_can_be_chosen_before_paying(guest: Page, api: FakeApi) -> None:
    api.field_mode = "own"
    api.found[GUEST]["balances"] = [api.balance()]
    ready_to_pay(guest, api)
    use_this_card(guest)

    guest.get_by_role("button", name="Change").click()

    expect(guest.frame_locator("iframe").get_by_label("Card number")).to_be_visible()
    expect(guest.get_by_text("Visa ending 4242")).to_be_hidden()


def test_what_the_field_finds_wrong_is_said_at_the_field(guest: Page, api: FakeApi) -> None:
    api.field_mode = "error"
    api.found[GUEST]["balances"] = [api.balance()]
    ready_to_pay(guest, api)

    press_pay(guest)

    expect(guest.locator("#method-error")).to_contain_text("Check the card number.")
    expect(pay_button(guest)).to_have_text(f"Pay {WHOLE}")
    assert api.asked == []


def test_the_postal_code_is_asked_for_once(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    expect(guest.get_by_label("Billing postal code")).to_be_visible()
    api.field_mode = "postal"
    api.found[GUEST]["balances"] = [api.balance()]

    guest.reload()

    expect(guest.locator("[data-part=cover]")).to_be_hidden()
    expect(guest.get_by_label("Billing postal code")).to_be_hidden()


def test_a_field_that_says_nothing_gives_the_button_back(guest: Page, api: FakeApi) -> None:
    api.field_mode = "mute"
    api.found[GUEST]["balances"] = [api.balance()]
    hold_time(guest)
    ready_to_pay(guest, api)
    press_pay(guest)
    expect(pay_button(guest)).to_have_attribute("aria-disabled", "true")

    guest.clock.fast_forward(16_000)

    expect(pay_button(guest)).to_have_text(f"Pay {WHOLE}")
    assert api.asked == []


def test_a_field_that_is_not_ready_in_ten_seconds_can_be_tried_again(guest: Page, api: FakeApi) -> None:
    api.field_mode = "silent"
    api.found[GUEST]["balances"] = [api.balance()]
    hold_time(guest)
    open_balance(guest, api)
    guest.clock.fast_forward(9_000)
    expect(guest.get_by_text("The payment form didn't load.")).to_be_hidden()

    guest.clock.fast_forward(2_000)

    expect(guest.get_by_text("The payment form didn't load. Nothing was charged.")).to_be_visible()
    guest.get_by_role("button", name="Try again").click()
    expect(guest.locator("iframe")).to_be_visible()
    expect(guest.get_by_label("Name")).to_be_editable()


def test_the_field_is_boxed_in(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)

    frame = guest.locator("pay-method iframe")
    expect(frame).to_have_attribute("sandbox", "allow-scripts allow-same-origin allow-forms")
    expect(frame).to_have_attribute("title", "Card details, typed straight to the payment processor")


def test_a_forged_message_is_ignored(guest: Page, api: FakeApi) -> None:
    forged = {"type": "duebook.token", "token": "tok_forged", "method_type": "card", "brand": "visa", "last4": "6666"}
    ready_to_pay(guest, api)

    guest.evaluate("message => window.postMessage(message, '*')", forged)
    guest.evaluate(
        """message => {
            const origin = document.querySelector("pay-method iframe").src.split("/field")[0];
            window.dispatchEvent(new MessageEvent("message", { data: message, origin, source: window }));
        }""",
        forged,
    )

    expect(guest.get_by_text("ending 6666")).to_be_hidden()
    press_pay(guest)
    expect_receipt(guest)
    assert [asked.body["method"]["token"] == "tok_forged" for asked in api.asked] == [False]


def test_a_message_from_another_frame_of_the_fields_origin_is_ignored(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)

    guest.evaluate(
        """address => {
            const frame = document.createElement("iframe");
            frame.src = address;
            frame.title = "other";
            document.body.append(frame);
        }""",
        f"{api.fields}/field.html?mode=own",
    )
    use_this_card(guest, "iframe[title=other]")

    expect(guest.get_by_text("Visa ending 4242")).to_be_hidden()


def test_paying_offline_sends_nothing_and_keeps_the_form(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    guest.context.set_offline(offline=True)

    press_pay(guest)

    expect(guest.locator("#pay-note")).to_contain_text("You're offline. You have not been charged.")
    guest.context.set_offline(offline=False)
    expect(guest.get_by_label("Name")).to_have_value("Ana Halvorsen")
    assert api.asked == []
