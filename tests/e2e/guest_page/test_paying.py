"""Paying: amounts, the hosted field, and one charge whatever the fingers, tabs and network do."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from tests.e2e.fake_api import LOST, NEVER_ARRIVED, Answer, FakeApi, problem
from tests.e2e.guest_page.conftest import GUEST
from tests.e2e.guest_page.steps import (
    WHOLE,
    expect_receipt,
    field_is_ready,
    fill_payer,
    open_balance,
    pay_button,
    press_pay,
    ready_to_pay,
)

PAYMENT = {
    "status": "submitting",
    "amount": 184783,
    "currency": "USD",
    "method": {"type": "card", "brand": "visa", "last4": "4242"},
    "created_at": "2026-07-15T17:04:00Z",
    "applications": [],
    "unapplied": 0,
    "reference": "8F3K-22",
    "message": "",
}
CHECKING = "We're checking whether your payment went through. Please don't pay again."


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

    guest.frame_locator("iframe").get_by_role("button", name="Use this card").click()
    expect(guest.get_by_text("Visa ending 4242, expires 12/28")).to_be_visible()
    assert api.asked == []
    press_pay(guest)

    expect_receipt(guest)


def test_another_card_can_be_chosen_before_paying(guest: Page, api: FakeApi) -> None:
    api.field_mode = "own"
    api.found[GUEST]["balances"] = [api.balance()]
    ready_to_pay(guest, api)
    guest.frame_locator("iframe").get_by_role("button", name="Use this card").click()

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
    guest.clock.install()
    ready_to_pay(guest, api)
    press_pay(guest)
    expect(pay_button(guest)).to_have_attribute("aria-disabled", "true")

    guest.clock.fast_forward(16_000)

    expect(pay_button(guest)).to_have_text(f"Pay {WHOLE}")
    assert api.asked == []


def test_a_field_that_is_not_ready_in_ten_seconds_can_be_tried_again(guest: Page, api: FakeApi) -> None:
    api.field_mode = "silent"
    api.found[GUEST]["balances"] = [api.balance()]
    guest.clock.install()
    open_balance(guest, api)
    guest.clock.fast_forward(9_000)
    expect(guest.get_by_text("The card form didn't load.")).to_be_hidden()

    guest.clock.fast_forward(2_000)

    expect(guest.get_by_text("The card form didn't load. Nothing was charged.")).to_be_visible()
    guest.get_by_role("button", name="Try again").click()
    expect(guest.locator("iframe")).to_be_visible()
    expect(guest.get_by_label("Name")).to_be_editable()


def test_the_field_is_boxed_in(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)

    frame = guest.locator("pay-method iframe")
    expect(frame).to_have_attribute("sandbox", "allow-scripts allow-same-origin allow-forms")
    expect(frame).to_have_attribute("title", "Card details, typed straight to the card processor")


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
    guest.frame_locator("iframe[title=other]").get_by_role("button", name="Use this card").click()

    expect(guest.get_by_text("Visa ending 4242")).to_be_hidden()


@pytest.mark.parametrize("fingers", ["double click", "enter twice", "click while paying"])
def test_r40_a_second_press_pays_nothing_more(guest: Page, api: FakeApi, fingers: str) -> None:
    ready_to_pay(guest, api)
    api.hold()

    if fingers == "double click":
        pay_button(guest).dblclick()
    elif fingers == "enter twice":
        guest.get_by_label("Email").press("Enter")
        pay_button(guest).press("Enter")
    else:
        press_pay(guest)
        expect(pay_button(guest)).to_have_text("Paying…")
        pay_button(guest).click(force=True)
    expect(pay_button(guest)).to_have_text("Paying…")
    expect(pay_button(guest)).to_be_focused()
    api.release()

    expect_receipt(guest)
    assert len(api.asked) == len(api.charges) == 1


def test_r40_a_press_between_token_and_request_pays_nothing_more(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    api.hold()
    guest.evaluate(
        """() => document.getElementById("method").addEventListener("method-token", () => {
            document.getElementById("pay").requestSubmit();
        })"""
    )

    press_pay(guest)
    expect(pay_button(guest)).to_have_text("Paying…")
    expect(guest.locator("#pay-note")).to_be_hidden()
    api.release()

    expect_receipt(guest)
    assert len(api.asked) == 1


@pytest.mark.parametrize("lost", [LOST, NEVER_ARRIVED, problem(500, "invariant_broken"), problem(409, "payment_in_progress")])
def test_r40_an_answer_that_got_lost_is_asked_for_again_under_the_same_key(guest: Page, api: FakeApi, lost: Answer) -> None:
    guest.clock.install()
    ready_to_pay(guest, api)
    api.answers.append(lost)

    press_pay(guest)
    expect(guest.get_by_text(CHECKING)).to_be_visible()
    expect(guest.get_by_role("heading", name="Checking your payment")).to_be_focused()
    guest.clock.fast_forward(1_100)

    expect_receipt(guest)
    assert len(api.charges) == 1
    assert len({asked.key for asked in api.asked}) == 1
    assert len({json.dumps(asked.body) for asked in api.asked}) == 1


def test_r40_no_answer_in_thirty_seconds_counts_as_lost(guest: Page, api: FakeApi) -> None:
    guest.clock.install()
    ready_to_pay(guest, api)
    api.hold()
    press_pay(guest)
    assert api.arrived.wait(5)

    guest.clock.fast_forward(30_100)
    expect(guest.get_by_text(CHECKING)).to_be_visible()
    api.release()
    guest.clock.fast_forward(1_100)

    expect_receipt(guest)
    assert len(api.charges) == 1


def test_r40_a_reload_while_paying_goes_on_with_the_same_key(guest: Page, api: FakeApi) -> None:
    guest.on("dialog", lambda dialog: dialog.accept())
    ready_to_pay(guest, api)
    api.hold()
    press_pay(guest)
    assert api.arrived.wait(5)

    guest.reload()
    expect(guest.get_by_text(CHECKING)).to_be_visible()
    api.release()

    expect_receipt(guest)
    assert len(api.charges) == 1
    assert len({asked.key for asked in api.asked}) == 1


def test_leaving_is_questioned_only_while_paying(guest: Page, api: FakeApi) -> None:
    questions: list[str] = []

    def stay_or_go(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    guest.on("dialog", stay_or_go)
    ready_to_pay(guest, api)
    guest.reload()
    assert questions == []
    fill_payer(guest)
    field_is_ready(guest)
    api.hold()
    press_pay(guest)
    expect(pay_button(guest)).to_have_text("Paying…")

    guest.reload()

    assert questions == ["beforeunload"]


def test_r39_an_outcome_nobody_learns_blocks_paying_and_says_who_will_write(guest: Page, api: FakeApi) -> None:
    guest.clock.install()
    ready_to_pay(guest, api)
    api.answers.extend([NEVER_ARRIVED] * 7)
    press_pay(guest)
    expect(guest.get_by_text(CHECKING)).to_be_visible()

    _let_it_give_up(guest)

    message = guest.get_by_text("We could not confirm your payment yet.")
    expect(message).to_contain_text("We will email ana@halvorsen.example within 15 minutes. Reference ")
    expect(guest.locator("pay-button")).to_be_hidden()
    api.answers.clear()
    guest.reload()
    expect_receipt(guest)
    assert len({asked.key for asked in api.asked}) == 1
    assert len(api.charges) == 1


def test_r39_check_again_asks_with_the_same_key(guest: Page, api: FakeApi) -> None:
    guest.clock.install()
    ready_to_pay(guest, api)
    api.hold()
    press_pay(guest)
    assert api.arrived.wait(5)
    _let_it_give_up(guest)
    expect(guest.get_by_role("heading", name="Not confirmed yet")).to_be_focused()
    api.release()

    guest.get_by_role("button", name="Check again").click()

    expect(guest.get_by_text(CHECKING)).to_be_visible()
    guest.clock.fast_forward(2_000)
    expect_receipt(guest)
    assert len({asked.key for asked in api.asked}) == 1


def test_a_try_from_long_ago_is_not_sent_again_by_itself(guest: Page, api: FakeApi) -> None:
    guest.clock.install()
    guest.on("dialog", lambda dialog: dialog.accept())
    ready_to_pay(guest, api)
    api.answers.append(NEVER_ARRIVED)
    press_pay(guest)
    expect(guest.get_by_text(CHECKING)).to_be_visible()

    guest.evaluate(
        """() => {
            const attempt = JSON.parse(sessionStorage.getItem("duebook.attempt"));
            sessionStorage.setItem("duebook.attempt", JSON.stringify({ ...attempt, startedAt: attempt.startedAt - 16 * 60000 }));
        }"""
    )
    guest.reload()

    expect(guest.get_by_role("heading", name="Not confirmed yet")).to_be_visible()
    assert len(api.asked) == 1


def test_r39_an_unknown_payment_is_asked_for_by_its_id(guest: Page, api: FakeApi) -> None:
    guest.clock.install()
    ready_to_pay(guest, api)
    api.answers.append(Answer(202, {"status": "unknown"}, charged=True, kept=True))
    press_pay(guest)
    expect(guest.get_by_text(CHECKING)).to_be_visible()
    api.payments["pay_0001"]["status"] = "captured"

    guest.clock.fast_forward(1_100)

    expect_receipt(guest)
    assert len(api.asked) == 1


def test_r40_a_payment_under_way_is_asked_for_by_its_id_once_that_is_known(guest: Page, api: FakeApi) -> None:
    guest.clock.install()
    ready_to_pay(guest, api)
    api.answers.append(problem(409, "payment_in_progress", payment_id="pay_0009"))
    api.polls.append(problem(404, "not_found"))
    press_pay(guest)
    expect(guest.get_by_text(CHECKING)).to_be_visible()
    guest.clock.fast_forward(1_100)
    _until(guest, lambda: not api.polls)
    api.payments["pay_0009"] = {**PAYMENT, "id": "pay_0009", "status": "captured"}

    guest.clock.fast_forward(2_100)

    expect_receipt(guest)
    assert len(api.asked) == 1


def test_r40_a_second_tab_does_not_pay_while_the_first_one_does(guest: Page, api: FakeApi, context: BrowserContext) -> None:
    ready_to_pay(guest, api)
    second = context.new_page()
    ready_to_pay(second, api)
    api.hold()
    guest.bring_to_front()
    press_pay(guest)
    assert api.arrived.wait(5)

    second.bring_to_front()
    press_pay(second)
    expect(second.get_by_text("You're already paying this balance in another tab.")).to_be_visible()
    api.release()

    expect_receipt(guest)
    expect(second.get_by_role("heading", name="You're all paid up")).to_be_visible()
    assert len(api.charges) == 1


def test_r40_a_second_tab_hears_of_a_part_payment(guest: Page, api: FakeApi, context: BrowserContext) -> None:
    second = context.new_page()
    ready_to_pay(second, api)
    ready_to_pay(guest, api)
    guest.get_by_label("Another amount").check()
    guest.get_by_label("Amount", exact=True).fill("47.83")
    press_pay(guest)
    expect_receipt(guest)

    expect(second.get_by_text("You paid in another tab. This is your balance now.")).to_be_visible()
    expect(pay_button(second)).to_have_text("Pay $1,800.00")


def test_r40_back_from_the_receipt_shows_what_is_left(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    press_pay(guest)
    expect_receipt(guest)

    guest.go_back()

    expect(guest.get_by_role("heading", name="You're all paid up")).to_be_visible()
    assert len(api.charges) == 1


def test_paying_offline_sends_nothing_and_keeps_the_form(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    guest.context.set_offline(offline=True)

    press_pay(guest)

    expect(guest.locator("#pay-note")).to_contain_text("You're offline. You have not been charged.")
    guest.context.set_offline(offline=False)
    expect(guest.get_by_label("Name")).to_have_value("Ana Halvorsen")
    assert api.asked == []


def _let_it_give_up(page: Page) -> None:
    """Let time pass until the page has asked as often as it will."""
    for _ in range(60):
        if page.get_by_role("heading", name="Not confirmed yet").is_visible():
            return
        page.clock.fast_forward(31_000)
        page.wait_for_timeout(50)


def _until(page: Page, arrived: object) -> None:
    for _ in range(100):
        if callable(arrived) and arrived():
            return
        page.wait_for_timeout(20)
    raise AssertionError("no further request came")
