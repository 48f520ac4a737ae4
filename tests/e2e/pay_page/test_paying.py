"""Paying what was chosen: by keyboard, with a saved or a new method, declined then paid, figures that changed (R24, R35 to R39)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_api import declined, problem
from tests.e2e.patience import hold_time, tab
from tests.e2e.pay_page.fake_payments import FakePayments, saved_method
from tests.e2e.pay_page.steps import (
    agree,
    box,
    by_bank_account,
    card,
    expect_receipt,
    field_is_ready,
    go_on,
    open_pay,
    pay_button,
    press_pay,
    ready_to_pay,
    tick,
)

CHANGED = "This balance changed since you opened the page. Check the new total, then pay. You have not been charged."


def test_r32_r35_four_invoices_are_paid_from_the_keyboard(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)
    press = ana.keyboard.press
    box(ana, "INV-10001").focus()
    press("Space")
    for _ in range(6):  # box and PDF of each row
        press("Tab")
    press("Shift+Space")
    for _ in range(2):  # the last PDF, the button
        press("Tab")
    expect(ana.get_by_role("button", name="Continue to payment")).to_be_focused()
    press("Enter")
    expect(ana.locator("#how-heading")).to_be_focused()
    field_is_ready(ana)

    tab(ana, 6)  # the kind of method, three fields in the frame, the postal code, the box to save
    expect(ana.get_by_label("Save this for next time")).to_be_focused()
    expect(ana.get_by_label("Save this for next time")).not_to_be_checked()
    press("Tab")
    expect(pay_button(ana)).to_be_focused()
    expect(pay_button(ana)).to_have_text("Pay $1,847.83")
    press("Enter")

    expect_receipt(ana)
    assert [asked.body["quote_id"] for asked in api.asked] == ["quo_0001"]
    assert set(api.asked[0].body["method"]) == {"kind", "token", "type"}


def test_r23_what_is_paid_and_how_stands_beside_the_button(ana: Page, api: FakePayments) -> None:
    ready_to_pay(ana, api, "INV-10001", "INV-10003")

    check = ana.get_by_role("region", name="Check and pay")
    expect(check).to_contain_text("$619.43")
    expect(check.get_by_role("listitem")).to_have_text(["INV-10001 $420.00", "INV-10003 $199.43"])
    expect(check).to_contain_text("Paid toCedar Valley Portables")
    expect(check).to_contain_text("Paid withCard")


def test_r35_a_card_is_saved_and_used_next_time(ana: Page, api: FakePayments) -> None:
    ready_to_pay(ana, api, "INV-10001")
    ana.get_by_label("Save this for next time").check()
    expect(ana.get_by_text("allows Cedar Valley Portables to have this card or bank account kept")).to_be_visible()
    press_pay(ana)
    expect_receipt(ana)
    assert api.charges[0]["save"] is True

    open_pay(ana, api)
    tick(ana, "INV-10002")
    go_on(ana)
    expect(ana.get_by_role("radio", name="Visa ending 4242")).to_be_checked()
    expect(ana.locator("pay-method iframe")).to_have_count(0)
    press_pay(ana)

    expect_receipt(ana)
    assert api.charges[1] == {"kind": "saved", "method_id": "mth_1"}


def test_r35_expired_and_flagged_methods_are_shown_with_the_reason_and_cannot_be_chosen(ana: Page, api: FakePayments) -> None:
    reason = "The bank says this account is closed."
    api.methods += [
        saved_method("mth_1", expiry="2020-01", default=True),
        saved_method("mth_2", type="bank_account", flagged=True, flag_reason=reason),
        saved_method("mth_3", brand="mastercard", last4="5454"),
        saved_method("mth_4", currency="CAD", last4="1111"),
    ]
    open_pay(ana, api)
    tick(ana, "INV-10001")
    go_on(ana)

    expect(ana.get_by_role("radio", name="Visa ending 4242, expires 01/20")).to_be_disabled()
    expect(ana.get_by_role("radio", name="Bank account ending 6789")).to_be_disabled()
    expect(ana.get_by_text("This card has expired.")).to_be_visible()
    expect(ana.get_by_text(reason)).to_be_visible()
    expect(ana.get_by_role("radio", name="Mastercard ending 5454")).to_be_checked()
    expect(ana.get_by_text("ending 1111")).to_have_count(0)


def test_r35_r38_a_bank_account_shows_its_authorization_and_is_pending(ana: Page, api: FakePayments) -> None:
    ready_to_pay(ana, api, "INV-10001", "INV-10004")
    by_bank_account(ana)
    words = ana.locator("pay-method [data-part=words]")
    expect(words).to_contain_text("I authorize Cedar Valley Portables to debit my bank account electronically, one time, for $520.00 on ")
    press_pay(ana)
    expect(ana.locator("#consent-error")).to_have_text("Tick the box to authorize this payment.")
    expect(ana.locator("#pay-summary")).to_be_focused()

    agree(ana)
    press_pay(ana)

    expect_receipt(ana, "Payment submitted")
    expect(ana.get_by_text("Bank payments take 3–5 business days.")).to_be_visible()
    sent = api.charges[0]
    assert (sent["type"], "authorization" in sent) == ("bank_account", True)
    open_pay(ana, api)
    expect(ana.locator("tbody tr").first).to_contain_text("Processing")


def test_r35_a_saved_bank_account_asks_for_its_authorization_each_time(ana: Page, api: FakePayments) -> None:
    api.methods.append(saved_method("mth_1", type="bank_account"))
    open_pay(ana, api)
    tick(ana, "INV-10001")
    go_on(ana)
    press_pay(ana)
    expect(ana.locator("#consent-error")).to_be_visible()

    agree(ana)
    press_pay(ana)

    expect_receipt(ana, "Payment submitted")
    assert "for $420.00 on" in api.charges[0]["authorization"]


def test_r39_declined_is_said_at_the_method_and_the_next_try_is_a_new_one(ana: Page, api: FakePayments) -> None:
    api.answers.append(declined())
    ready_to_pay(ana, api)
    press_pay(ana)

    error = ana.locator("#method-error")
    expect(error).to_contain_text("Your bank declined this card. You have not been charged.")
    expect(error).to_be_focused()
    expect(box(ana, "INV-10001")).to_be_checked()
    field_is_ready(ana)
    press_pay(ana)

    expect_receipt(ana)
    assert len({asked.key for asked in api.asked}) == len({asked.body["quote_id"] for asked in api.asked}) == 2
    assert len(api.charges) == 1


def test_r39_a_declined_saved_card_stays_offered_beside_the_others(ana: Page, api: FakePayments) -> None:
    api.methods.append(saved_method("mth_1"))
    api.answers.append(declined("insufficient_funds"))
    open_pay(ana, api)
    tick(ana, "INV-10001")
    go_on(ana)
    press_pay(ana)

    expect(ana.locator("#method-error")).to_contain_text("There isn't enough money available on this card.")
    ana.get_by_role("radio", name="New card").check()
    field_is_ready(ana)
    press_pay(ana)

    expect_receipt(ana)


def test_r24_an_invoice_paid_meanwhile_is_left_out_with_new_figures_before_paying(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)
    tick(ana, "INV-10001", "INV-10002", "INV-10003")
    api.invoices[1]["open"] = 0

    go_on(ana)

    note = ana.locator("#pay-note")
    expect(note).to_be_focused()
    expect(note).to_contain_text(CHANGED)
    expect(note).to_contain_text("The total was $1,747.83. It is $619.43 now.")
    expect(note).to_contain_text("INV-10002 is left out: already paid.")
    expect(pay_button(ana)).to_have_text("Pay $619.43")
    expect(ana.locator("tbody tr")).to_have_count(3)
    expect(card(ana, "Amount selected")).to_have_text("$619.43")


def test_r24_a_stale_selection_is_refused_with_new_figures_and_charges_nothing(ana: Page, api: FakePayments) -> None:
    ready_to_pay(ana, api)
    api.invoices[1]["open"] = 0
    press_pay(ana)

    note = ana.locator("#pay-note")
    expect(note).to_contain_text(CHANGED)
    expect(note).to_contain_text("The total was $1,847.83. It is $719.43 now.")
    expect(note).to_contain_text("INV-10002 is left out: already paid.")
    assert api.charges == []
    expect(ana.locator("tbody tr")).to_have_count(3)
    press_pay(ana)

    expect_receipt(ana)
    assert len(api.charges) == 1


def test_r24_nothing_of_it_left_to_pay_goes_back_to_choosing(ana: Page, api: FakePayments) -> None:
    ready_to_pay(ana, api, "INV-10001")
    api.invoices[0]["open"] = 0
    press_pay(ana)

    expect(ana.locator("#bar-problem")).to_have_text(CHANGED)
    expect(ana.locator("#how-heading")).to_be_hidden()
    expect(ana.locator("tbody tr")).to_have_count(3)
    assert api.charges == []


def test_r24_a_price_that_ran_out_is_renewed_quietly(ana: Page, api: FakePayments) -> None:
    hold_time(ana)
    ready_to_pay(ana, api, "INV-10001")
    ana.clock.fast_forward("16:00")
    press_pay(ana)

    expect_receipt(ana)
    assert [asked.body["quote_id"] for asked in api.asked] == ["quo_0002"]


def test_r24_a_price_the_server_finds_too_old_is_renewed_and_paid(ana: Page, api: FakePayments) -> None:
    api.answers.append(problem(409, "quote_expired"))
    ready_to_pay(ana, api, "INV-10001")
    press_pay(ana)

    expect_receipt(ana)
    assert [asked.body["quote_id"] for asked in api.asked] == ["quo_0001", "quo_0002"]
    assert len(api.charges) == 1


def test_r24_a_price_that_ran_out_and_changed_is_shown_before_it_is_paid(ana: Page, api: FakePayments) -> None:
    hold_time(ana)
    ready_to_pay(ana, api, "INV-10001", "INV-10003")
    ana.clock.fast_forward("16:00")
    api.invoices[0]["open"] = 0
    press_pay(ana)

    expect(ana.locator("#pay-note")).to_contain_text("The total was $619.43. It is $199.43 now.")
    assert api.asked == []


def test_r35_a_method_flagged_meanwhile_is_not_offered_any_more(ana: Page, api: FakePayments) -> None:
    api.methods += [saved_method("mth_1"), saved_method("mth_2", last4="1881")]
    api.answers.append(problem(409, "method_flagged"))
    open_pay(ana, api)
    tick(ana, "INV-10001")
    go_on(ana)
    api.methods[0] |= {"flagged": True, "flag_reason": "The card was reported lost."}
    press_pay(ana)

    expect(ana.get_by_text("This saved method can't be used any more. You have not been charged.")).to_be_visible()
    expect(ana.get_by_role("radio", name="Visa ending 4242")).to_be_disabled()
    expect(ana.get_by_role("radio", name="Visa ending 1881")).to_be_checked()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (problem(503, "processor_unavailable"), "We couldn't reach the payment processor. You have not been charged."),
        (problem(429, "too_many_requests", wait=30), "Too many tries. Wait 30 seconds, then try again. You have not been charged."),
        (
            problem(422, "invalid_input", errors=[{"field": "method", "message": "Not this one."}]),
            "You have not been charged. Not this one.",
        ),
    ],
)
def test_a_refusal_says_that_nothing_was_charged(ana: Page, api: FakePayments, answer: object, said: str) -> None:
    api.answers.append(answer)  # type: ignore[arg-type]
    ready_to_pay(ana, api)
    press_pay(ana)

    expect(ana.locator("#pay-note")).to_contain_text(said)
    expect(pay_button(ana)).to_have_text("Pay $1,847.83")


def test_r36_a_forged_message_is_ignored(ana: Page, api: FakePayments) -> None:
    ready_to_pay(ana, api)
    forged = '{ type: "duebook.token", token: "tok_forged", method_type: "card", brand: "visa", last4: "6666", expiry: "12/28" }'

    ana.evaluate(f"postMessage({forged}, '*')")
    ana.evaluate(f"document.querySelector('pay-method').receive({{ data: {forged}, origin: 'http://evil.example', source: null }})")
    ana.wait_for_timeout(200)

    expect(ana.get_by_text("6666")).to_have_count(0)
    assert api.asked == []
    press_pay(ana)
    expect_receipt(ana)
    assert api.charges[0]["token"] != "tok_forged"


def test_a_field_that_does_not_answer_can_be_tried_again_and_the_page_stays_usable(ana: Page, api: FakePayments) -> None:
    api.field_mode = "silent"
    hold_time(ana)
    open_pay(ana, api)
    tick(ana, "INV-10001")
    go_on(ana)
    ana.clock.fast_forward(10_100)

    expect(ana.get_by_text("The payment form didn't load. Nothing was charged.")).to_be_visible()
    expect(ana.get_by_role("button", name="Try again").last).to_be_visible()
    box(ana, "INV-10002").check()
    expect(ana.locator("#bar")).to_contain_text("2 invoices selected")


def test_changing_what_is_paid_goes_back_and_keeps_what_was_ticked(ana: Page, api: FakePayments) -> None:
    ready_to_pay(ana, api, "INV-10001")

    ana.get_by_role("button", name="Change what you're paying").click()
    expect(ana.locator("#what-heading")).to_be_focused()
    tick(ana, "INV-10004")
    go_on(ana)

    expect(pay_button(ana)).to_have_text("Pay $520.00")
