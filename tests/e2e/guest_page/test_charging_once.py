"""One attempt, one charge: whatever the fingers, the tabs and the network do (R40)."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from tests.e2e.fake_api import LOST, NEVER_ARRIVED, Answer, FakeApi, problem
from tests.e2e.guest_page.steps import expect_receipt, field_is_ready, fill_payer, pay_button, press_pay, ready_to_pay
from tests.e2e.local_http import eventually
from tests.e2e.patience import hold_time, let_it_give_up, let_time_pass

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
    hold_time(guest)
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
    hold_time(guest)
    ready_to_pay(guest, api)
    api.hold()
    press_pay(guest)
    assert api.arrived.wait(15)

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
    assert api.arrived.wait(15)

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
    hold_time(guest)
    ready_to_pay(guest, api)
    api.answers.extend([NEVER_ARRIVED] * 7)
    press_pay(guest)
    expect(guest.get_by_text(CHECKING)).to_be_visible()

    let_it_give_up(guest)

    message = guest.get_by_text("We could not confirm your payment yet.")
    expect(message).to_contain_text("We will email ana@halvorsen.example within 15 minutes. Reference ")
    expect(guest.locator("pay-button")).to_be_hidden()
    api.answers.clear()
    guest.reload()
    expect_receipt(guest)
    assert len({asked.key for asked in api.asked}) == 1
    assert len(api.charges) == 1


def test_r39_check_again_asks_with_the_same_key(guest: Page, api: FakeApi) -> None:
    hold_time(guest)
    ready_to_pay(guest, api)
    api.hold()
    press_pay(guest)
    assert api.arrived.wait(15)
    let_it_give_up(guest)
    expect(guest.get_by_role("heading", name="Not confirmed yet")).to_be_focused()

    guest.get_by_role("button", name="Check again").click()

    expect(guest.get_by_text(CHECKING)).to_be_visible()
    api.release()
    let_time_pass(guest, guest.get_by_role("heading", name="Payment received"))
    expect_receipt(guest)
    assert len({asked.key for asked in api.asked}) == 1


def test_a_try_from_long_ago_is_not_sent_again_by_itself(guest: Page, api: FakeApi) -> None:
    hold_time(guest)
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
    hold_time(guest)
    ready_to_pay(guest, api)
    api.answers.append(Answer(202, {"status": "unknown"}, charged=True, kept=True))
    press_pay(guest)
    expect(guest.get_by_text(CHECKING)).to_be_visible()
    api.payments["pay_0001"]["status"] = "captured"

    guest.clock.fast_forward(1_100)

    expect_receipt(guest)
    assert len(api.asked) == 1


def test_r40_a_payment_under_way_is_asked_for_by_its_id_once_that_is_known(guest: Page, api: FakeApi) -> None:
    hold_time(guest)
    ready_to_pay(guest, api)
    api.answers.append(problem(409, "payment_in_progress", payment_id="pay_0009"))
    api.polls.append(problem(404, "not_found"))
    press_pay(guest)
    expect(guest.get_by_text(CHECKING)).to_be_visible()
    guest.clock.fast_forward(1_100)
    assert eventually(lambda: not api.polls)
    api.payments["pay_0009"] = {**PAYMENT, "id": "pay_0009", "status": "captured"}

    let_time_pass(guest, guest.get_by_role("heading", name="Payment received"))

    expect_receipt(guest)
    assert len(api.asked) == 1


def test_r40_a_second_tab_does_not_pay_while_the_first_one_does(guest: Page, api: FakeApi, context: BrowserContext) -> None:
    ready_to_pay(guest, api)
    second = context.new_page()
    ready_to_pay(second, api)
    api.hold()
    guest.bring_to_front()
    press_pay(guest)
    assert api.arrived.wait(15)

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
