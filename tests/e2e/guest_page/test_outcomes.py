"""Outcomes: what a refusal says, what is kept, and the receipt."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.fake_api import Answer, FakeApi, declined, problem
from tests.e2e.guest_page.conftest import GUEST
from tests.e2e.guest_page.steps import WHOLE, expect_receipt, field_is_ready, find, pay_button, press_pay, ready_to_pay, use_this_card


def test_r39_declined_says_so_at_the_card_keeps_the_amount_and_takes_a_new_key(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    guest.get_by_label("Another amount").check()
    guest.get_by_label("Amount", exact=True).fill("100")
    api.answers.append(declined())

    press_pay(guest)

    note = guest.locator("#method-error")
    expect(note).to_be_focused()
    expect(note).to_contain_text("Your bank declined this card. You have not been charged.")
    expect(guest.get_by_label("Amount", exact=True)).to_have_value("100.00")
    expect(guest.get_by_label("Email")).to_have_value("ana@halvorsen.example")
    field_is_ready(guest)
    press_pay(guest)
    expect_receipt(guest)
    first, second = api.asked
    assert first.key != second.key
    assert first.body["method"]["token"] != second.body["method"]["token"]
    assert len(api.charges) == 1


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("expired_card", "This card has expired."),
        ("incorrect_cvc", "The security code doesn't match this card."),
        ("insufficient_funds", "There isn't enough money available on this card."),
        ("lost_or_stolen", "Your bank declined this card."),
        ("fraud", "Your bank declined this card."),
    ],
)
def test_r39_a_decline_gives_a_plain_reason(guest: Page, api: FakeApi, reason: str, said: str) -> None:
    ready_to_pay(guest, api)
    api.answers.append(declined(reason))

    press_pay(guest)

    expect(guest.locator("#method-error")).to_contain_text(f"{said} You have not been charged.")


def test_r24_a_balance_that_changed_shows_the_new_figures_and_charges_nothing(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    api.answers.append(problem(409, "balance_changed", payable=90_000, currency="USD"))

    press_pay(guest)

    expect(guest.locator("#pay-note")).to_contain_text("This balance changed since you opened the page.")
    expect(guest.locator("#pay-note")).to_be_focused()
    expect(pay_button(guest)).to_have_text("Pay $900.00")
    expect(guest.get_by_role("region", name="Your balance")).to_contain_text("$900.00")
    press_pay(guest)
    expect_receipt(guest)
    first, second = api.asked
    assert (first.body["amount"], second.body["amount"]) == (184783, 90_000)
    assert first.key != second.key


def test_r24_a_balance_paid_meanwhile_is_paid_up(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    api.answers.append(problem(409, "balance_changed", payable=0, currency="USD"))

    press_pay(guest)

    expect(guest.get_by_role("heading", name="You're all paid up")).to_be_visible()


def test_r15_a_merchant_account_switched_off_meanwhile_says_how_to_pay(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    api.answers.append(problem(409, "not_payable_online"))

    press_pay(guest)

    expect(guest.get_by_text("Please pay by check.")).to_be_visible()
    expect(guest.locator("pay-button")).to_be_hidden()


def test_a_processor_out_of_reach_was_sent_nothing_and_the_same_card_may_be_tried_anew(guest: Page, api: FakeApi) -> None:
    api.field_mode = "own"
    api.found[GUEST]["balances"] = [api.balance()]
    ready_to_pay(guest, api)
    use_this_card(guest)
    api.answers.append(problem(503, "processor_unavailable"))

    press_pay(guest)
    expect(guest.locator("#pay-note")).to_contain_text("You have not been charged. Try again in a few minutes.")
    press_pay(guest)

    expect_receipt(guest)
    first, second = api.asked
    assert first.key != second.key
    assert first.body["method"] == second.body["method"]


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (problem(429, "too_many_requests", wait=40), "Too many tries. Wait 40 seconds, then try again. You have not been charged."),
        (problem(400, "invalid_input"), "We couldn't take this payment. You have not been charged."),
        (problem(422, "unprocessable", errors=[{"field": "method.type", "message": "no"}]), "You have not been charged."),
    ],
)
def test_any_other_refusal_says_that_nothing_was_charged(guest: Page, api: FakeApi, refusal: Answer, said: str) -> None:
    ready_to_pay(guest, api)
    api.answers.append(refusal)

    press_pay(guest)

    expect(guest.locator("#pay-note")).to_contain_text(said)
    expect(pay_button(guest)).to_have_text(f"Pay {WHOLE}")


def test_the_servers_word_on_a_field_stands_at_that_field(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    errors = [{"field": "payer.email", "message": "This is not an address we can write to."}]
    api.answers.append(problem(422, "unprocessable", errors=errors))

    press_pay(guest)

    expect(guest.locator("#pay-summary")).to_be_focused()
    expect(guest.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    expect(guest.locator("#email-error")).to_have_text("This is not an address we can write to.")


def test_r12_an_id_disabled_meanwhile_is_a_miss_like_any_other(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    api.answers.append(problem(404, "not_found"))

    press_pay(guest)

    expect(guest.get_by_role("alert")).to_contain_text("We couldn't find that Pay Online ID.")


def test_a_decline_after_a_reload_gives_the_form_back_as_it_was(guest: Page, api: FakeApi) -> None:
    guest.on("dialog", lambda dialog: dialog.accept())
    ready_to_pay(guest, api)
    guest.get_by_label("Another amount").check()
    guest.get_by_label("Amount", exact=True).fill("100")
    api.answers.extend([declined(), declined()])
    api.hold()
    press_pay(guest)
    assert api.arrived.wait(15)
    guest.reload()
    expect(guest.get_by_role("heading", name="Checking your payment")).to_be_visible()

    api.release()

    expect(guest.locator("#method-error")).to_contain_text("You have not been charged.")
    expect(guest.get_by_label("Amount", exact=True)).to_have_value("100.00")
    expect(guest.get_by_label("Name")).to_have_value("Ana Halvorsen")


def test_r16_the_receipt_shows_amount_reference_and_what_happens_next(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    guest.get_by_label("Another amount").check()
    guest.get_by_label("Amount", exact=True).fill("847.83")
    press_pay(guest)
    expect_receipt(guest)

    shown = guest.locator("main")
    for words in (
        "$847.83",
        "8F3K-21",
        "Visa ending 4242",
        "Jul 15, 2026, 11:04 AM",
        "Halvorsen Construction",
        "$1,000.00",
        "We're sending a receipt to ana@halvorsen.example.",
        "applied to your oldest invoices first",
    ):
        expect(shown).to_contain_text(words)
    expect(guest).to_have_title("Payment received")


def test_the_receipt_survives_a_reload_and_its_address_names_the_payment_only(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    press_pay(guest)
    expect_receipt(guest)

    guest.reload()

    expect_receipt(guest)
    expect(guest.locator("main")).to_contain_text(WHOLE)
    assert guest.url == f"{api.portal}/receipt#pay_0001"


def test_the_receipt_in_another_tab_asks_who_you_are(guest: Page, api: FakeApi, context: BrowserContext) -> None:
    ready_to_pay(guest, api)
    press_pay(guest)
    expect_receipt(guest)

    other = context.new_page()
    other.goto(guest.url)
    expect(other.get_by_role("heading", name="See your receipt")).to_be_visible()
    other.get_by_label("Pay Online ID").fill(GUEST)
    other.get_by_role("button", name="Show receipt").click()

    expect_receipt(other)
    expect(other.locator("main")).to_contain_text("A receipt goes to the email given with the payment.")


def test_a_receipt_of_somebody_else_is_a_miss(guest: Page, api: FakeApi) -> None:
    api.polls.append(problem(404, "not_found"))
    guest.goto(f"{api.portal}/receipt#pay_0001")

    guest.get_by_label("Pay Online ID").fill("somebody")
    guest.get_by_role("button", name="Show receipt").click()

    expect(guest.get_by_role("alert")).to_contain_text("We couldn't find this receipt for that Pay Online ID.")


@pytest.mark.parametrize(
    ("status", "heading"),
    [("pending", "Payment submitted"), ("review", "Payment submitted"), ("refunded", "Payment refunded"), ("returned", "Payment returned")],
)
def test_r38_the_receipt_says_where_the_payment_stands(guest: Page, api: FakeApi, status: str, heading: str) -> None:
    ready_to_pay(guest, api)
    api.answers.append(Answer(201, {"status": status}, charged=True, kept=True))

    press_pay(guest)

    expect_receipt(guest, heading)


def test_a_receipt_that_does_not_load_keeps_what_this_tab_knows(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    api.polls.extend([problem(500, "invariant_broken")] * 20)
    press_pay(guest)

    expect_receipt(guest)
    guest.reload()

    expect(guest.locator("main")).to_contain_text("8F3K-21")


def test_a_receipt_without_a_payment_says_so(guest: Page, api: FakeApi) -> None:
    guest.goto(f"{api.portal}/receipt")

    expect(guest.get_by_text("This address has no receipt.")).to_be_visible()


def test_the_payer_can_look_at_another_customer_afterwards(guest: Page, api: FakeApi) -> None:
    api.found["zR8nHc5vKp"] = api.found[GUEST] | {"customer_name": "Boulder Builders", "balances": [api.balance(12_00)]}
    ready_to_pay(guest, api)
    press_pay(guest)
    expect_receipt(guest)
    guest.get_by_role("link", name="Back to my balance").click()
    guest.get_by_role("button", name="Use a different Pay Online ID").click()

    find(guest, "zR8nHc5vKp")

    expect(guest.get_by_role("region", name="Your balance")).to_contain_text("Boulder Builders")
