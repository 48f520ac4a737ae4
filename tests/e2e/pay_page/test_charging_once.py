"""One attempt, one charge: whatever the fingers, the tabs and the network do (R40)."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from tests.e2e.fake_api import LOST, NEVER_ARRIVED, Answer, declined, problem
from tests.e2e.patience import hold_time, let_it_give_up
from tests.e2e.pay_page.fake_payments import FakePayments
from tests.e2e.pay_page.steps import box, expect_receipt, field_is_ready, pay_button, press_pay, ready_to_pay

CHECKING = "We're checking whether your payment went through. Please don't pay again."


def test_r40_a_double_click_and_a_lost_answer_are_one_charge(ana: Page, api: FakePayments) -> None:
    hold_time(ana)
    ready_to_pay(ana, api)
    api.answers.append(LOST)
    pay_button(ana).dblclick()

    expect(ana.get_by_text(CHECKING)).to_be_visible()
    expect(ana.get_by_role("heading", name="Checking your payment")).to_be_focused()
    ana.clock.fast_forward(1_100)

    expect_receipt(ana)
    assert len(api.charges) == 1
    assert len({asked.key for asked in api.asked}) == len({json.dumps(asked.body) for asked in api.asked}) == 1


@pytest.mark.parametrize("fingers", ["double click", "enter twice", "click while paying"])
def test_r40_a_second_press_pays_nothing_more(ana: Page, api: FakePayments, fingers: str) -> None:
    ready_to_pay(ana, api)
    api.hold()
    if fingers == "double click":
        pay_button(ana).dblclick()
    elif fingers == "enter twice":
        pay_button(ana).press("Enter")
        pay_button(ana).press("Enter")
    else:
        press_pay(ana)
        expect(pay_button(ana)).to_have_text("Paying…")
        pay_button(ana).click(force=True)
    expect(pay_button(ana)).to_have_text("Paying…")
    expect(pay_button(ana)).to_be_focused()
    expect(pay_button(ana)).to_have_attribute("aria-disabled", "true")
    api.release()

    expect_receipt(ana)
    assert len(api.asked) == len(api.charges) == 1


@pytest.mark.parametrize("lost", [NEVER_ARRIVED, problem(500, "invariant_broken"), problem(409, "payment_in_progress")])
def test_r40_an_answer_that_got_lost_is_asked_for_again_under_the_same_key(ana: Page, api: FakePayments, lost: Answer) -> None:
    hold_time(ana)
    ready_to_pay(ana, api)
    api.answers.append(lost)
    press_pay(ana)
    expect(ana.get_by_text(CHECKING)).to_be_visible()
    ana.clock.fast_forward(1_100)

    expect_receipt(ana)
    assert len(api.charges) == 1
    assert len({asked.key for asked in api.asked}) == 1


def test_r39_r40_a_payment_that_stays_unknown_keeps_pay_out_of_reach(ana: Page, api: FakePayments) -> None:
    hold_time(ana)
    ready_to_pay(ana, api)
    api.answers.extend([NEVER_ARRIVED] * 20)
    press_pay(ana)
    let_it_give_up(ana)

    unknown = ana.get_by_role("region", name="Not confirmed yet")
    expect(unknown).to_contain_text(
        "We could not confirm your payment yet. We will email ana@halvorsen.example within 15 minutes. Reference "
    )
    expect(pay_button(ana)).to_be_hidden()
    key = api.asked[0].key
    api.answers.clear()
    ana.get_by_role("button", name="Check again").click()

    expect_receipt(ana)
    assert {asked.key for asked in api.asked} == {key}


def test_r39_an_unknown_answer_is_asked_for_by_its_id(ana: Page, api: FakePayments) -> None:
    hold_time(ana)
    ready_to_pay(ana, api)
    api.answers.append(Answer(202, {"status": "unknown"}, charged=True, kept=True))
    press_pay(ana)
    expect(ana.get_by_text(CHECKING)).to_be_visible()
    api.payments["pay_0001"]["status"] = "captured"
    ana.clock.fast_forward(1_100)

    expect_receipt(ana)
    assert len(api.asked) == 1


def test_r40_a_reload_while_paying_goes_on_with_the_same_key(ana: Page, api: FakePayments) -> None:
    ana.on("dialog", lambda dialog: dialog.accept())
    ready_to_pay(ana, api)
    api.hold()
    press_pay(ana)
    assert api.arrived.wait(15)

    ana.reload()
    expect(ana.get_by_text(CHECKING)).to_be_visible()
    api.release()

    expect_receipt(ana)
    assert len(api.charges) == 1
    assert len({asked.key for asked in api.asked}) == 1


def test_r39_declined_after_a_reload_brings_back_what_was_chosen(ana: Page, api: FakePayments) -> None:
    ana.on("dialog", lambda dialog: dialog.accept())
    ready_to_pay(ana, api, "INV-10001", "INV-10004")
    api.answers.extend([declined(), declined()])
    api.hold()
    press_pay(ana)
    assert api.arrived.wait(15)

    ana.reload()
    expect(ana.get_by_text(CHECKING)).to_be_visible()
    api.release()

    expect(ana.locator("#method-error")).to_contain_text("You have not been charged.")
    expect(box(ana, "INV-10004")).to_be_checked()
    field_is_ready(ana)
    press_pay(ana)
    expect_receipt(ana)
    assert len(api.charges) == 1


def test_r40_a_second_tab_hears_that_it_is_paid_and_leads_to_the_receipt(ana: Page, api: FakePayments, context: BrowserContext) -> None:
    second = context.new_page()
    ready_to_pay(second, api, "INV-10001", "INV-10004")
    ready_to_pay(ana, api, "INV-10001", "INV-10002")
    press_pay(ana)
    expect_receipt(ana)

    expect(second.get_by_text("You paid in another tab. This is what is left now.")).to_be_visible()
    expect(second.get_by_role("link", name="See the receipt")).to_have_attribute("href", "/receipt?id=pay_0001")
    expect(second.locator("#bar")).to_contain_text("1 invoice selected $100.00")
    assert len(api.charges) == 1


def test_r40_a_second_tab_does_not_pay_while_the_first_one_does(ana: Page, api: FakePayments, context: BrowserContext) -> None:
    second = context.new_page()
    ready_to_pay(second, api)
    ready_to_pay(ana, api)
    api.hold()
    press_pay(ana)
    assert api.arrived.wait(15)

    second.bring_to_front()
    press_pay(second)
    expect(second.get_by_text("in another tab. Finish there.")).to_be_visible()
    api.release()

    expect(second.get_by_role("heading", name="You're all paid up")).to_be_visible()
    assert len(api.charges) == 1


def test_r40_back_from_the_receipt_shows_what_is_left(ana: Page, api: FakePayments) -> None:
    ready_to_pay(ana, api, "INV-10001")
    press_pay(ana)
    expect_receipt(ana)

    ana.go_back()

    expect(ana.locator("tbody tr")).to_have_count(3)
    expect(ana.locator("#bar")).to_contain_text("Nothing selected yet")
    assert len(api.charges) == 1


def test_leaving_is_questioned_only_while_paying(ana: Page, api: FakePayments) -> None:
    questions: list[str] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.dismiss()

    ana.on("dialog", stay)
    ready_to_pay(ana, api)
    ana.evaluate("location.assign('/payments')")
    expect(ana.get_by_role("heading", name="Payments", exact=True)).to_be_visible()
    assert questions == []

    ready_to_pay(ana, api, "INV-10003")
    api.hold()
    press_pay(ana)
    assert api.arrived.wait(15)
    ana.evaluate("location.assign('/payments')")
    api.release()

    expect_receipt(ana)
    assert questions == ["beforeunload"]
