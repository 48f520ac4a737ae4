"""Paying by bank account through Authorize.Net's field: the choice, the authorization, what pending, refused and returned say."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_api import LOST, Answer, FakeApi, declined
from tests.e2e.guest_page.conftest import GUEST
from tests.e2e.guest_page.steps import (
    WHOLE,
    agree,
    by_bank_account,
    expect_receipt,
    field_is_ready,
    fill_payer,
    open_balance,
    pay_button,
    press_pay,
    ready_to_pay,
)
from tests.e2e.patience import hold_time


@pytest.fixture(autouse=True)
def _both_ways(api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [api.bank_balance()]


def ready_by_bank(page: Page, api: FakeApi) -> None:
    """Everything filled in, bank account chosen, the authorization given."""
    ready_to_pay(page, api)
    by_bank_account(page)
    agree(page)


def test_r35_card_and_bank_account_are_a_choice_with_the_keyboard_too(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)
    ways = guest.get_by_role("radiogroup", name="How will you be paying today?")
    expect(ways.get_by_role("radio")).to_have_count(2)
    expect(ways.get_by_label("Card")).to_be_checked()
    expect(guest.get_by_role("heading", name="Your authorization")).to_be_hidden()

    ways.get_by_label("Card").press("ArrowDown")

    expect(ways.get_by_label("Bank account")).to_be_checked()
    expect(guest.get_by_text("Bank payments take 3–5 business days.")).to_be_visible()
    expect(guest.locator("pay-method iframe")).to_have_attribute("src", re.compile("type=bank_account"))
    expect(guest.locator("pay-method iframe")).to_have_attribute("title", "Bank account details, typed straight to the payment processor")
    expect(guest.get_by_label("Account holder")).to_be_hidden()
    expect(guest.get_by_label("Billing postal code")).to_be_hidden()


def test_one_way_to_pay_is_no_choice(guest: Page, api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [api.balance()]

    open_balance(guest, api)

    expect(guest.get_by_role("radiogroup")).to_be_hidden()


def test_r38_a_bank_payment_is_submitted_with_its_authorization_and_is_pending(guest: Page, api: FakeApi) -> None:
    ready_by_bank(guest, api)
    api.answers.append(Answer(201, {"status": "pending"}, charged=True, kept=True))

    press_pay(guest)

    expect_receipt(guest, "Payment submitted")
    shown = guest.locator("main")
    expect(shown).to_contain_text("Bank payments take 3–5 business days.")
    expect(shown).to_contain_text("Bank account ending 6789")
    expect(shown).to_contain_text("We'll send the receipt to ana@halvorsen.example once the payment is complete.")
    expect(shown).to_contain_text(f"debit my bank account electronically, one time, for {WHOLE}")
    [asked] = api.asked
    method = asked.body["method"]
    assert method.keys() == {"kind", "token", "type", "authorization"}
    assert (method["kind"], method["type"]) == ("token", "bank_account")
    for words in (WHOLE, "Cedar Valley Portables", "+1 555 0142, billing@cedar-valley.example", "revoke", "2026"):
        assert words in method["authorization"] or words == "2026"
    assert re.search(r" on [A-Z][a-z]+ \d{1,2}, 20\d\d or the next business day", method["authorization"])


def test_without_the_authorization_nothing_is_sent(guest: Page, api: FakeApi) -> None:
    ready_to_pay(guest, api)
    by_bank_account(guest)

    press_pay(guest)

    expect(guest.locator("#pay-summary").get_by_role("link")).to_have_text("Tick the box to authorize this payment.")
    box = guest.get_by_label("I agree to this one-time payment from my bank account.")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(re.compile("I authorize Cedar Valley Portables .* Tick the box"))
    guest.locator("#pay-summary").get_by_role("link").click()
    expect(box).to_be_focused()
    box.check()
    expect(guest.locator("#consent-error")).to_be_hidden()
    assert api.asked == []


def test_another_amount_needs_another_authorization(guest: Page, api: FakeApi) -> None:
    ready_by_bank(guest, api)

    guest.get_by_label("Another amount").check()
    guest.get_by_label("Amount", exact=True).fill("120.5")

    expect(guest.locator("#consent-hint")).to_contain_text("one time, for $120.50 on")
    expect(guest.get_by_label("I agree")).not_to_be_checked()
    expect(pay_button(guest)).to_have_text("Pay $120.50")
    agree(guest)
    press_pay(guest)
    expect_receipt(guest)
    assert "$120.50" in api.asked[0].body["method"]["authorization"]


def test_r39_a_refused_bank_account_says_so_and_a_fresh_token_is_taken(guest: Page, api: FakeApi) -> None:
    ready_by_bank(guest, api)
    api.answers.append(declined("invalid_bank_account"))

    press_pay(guest)

    note = guest.locator("#method-error")
    expect(note).to_be_focused()
    expect(note).to_contain_text(
        "The routing or account number isn't right, or the bank doesn't know the account. You have not been charged."
    )
    expect(guest.get_by_label("Bank account", exact=True)).to_be_checked()
    field_is_ready(guest)
    press_pay(guest)
    expect_receipt(guest)
    first, second = api.asked
    assert first.key != second.key
    assert first.body["method"]["token"] != second.body["method"]["token"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("insufficient_funds", "There isn't enough money available in this account."),
        ("amount_limit", "This is more than can be paid from a bank account at once."),
        ("token_expired", "Your details were held too long."),
        ("configuration", "The payment processor couldn't take this payment."),
        ("do_not_honor", "This payment from your bank account was declined."),
    ],
)
def test_r39_no_refusal_of_a_bank_account_speaks_of_a_card(guest: Page, api: FakeApi, reason: str, said: str) -> None:
    ready_by_bank(guest, api)
    api.answers.append(declined(reason))

    press_pay(guest)

    note = guest.locator("#method-error")
    expect(note).to_contain_text(f"{said} You have not been charged.")
    expect(note).not_to_contain_text("card")


def test_r40_a_lost_answer_is_asked_for_with_the_same_authorization(guest: Page, api: FakeApi) -> None:
    hold_time(guest)
    ready_by_bank(guest, api)
    api.answers.append(LOST)

    press_pay(guest)
    expect(guest.get_by_role("heading", name="Checking your payment")).to_be_visible()
    guest.clock.fast_forward(1_100)

    expect_receipt(guest)
    first, second = api.asked
    assert first.key == second.key
    assert first.body == second.body
    assert len(api.charges) == 1


def test_a_refusal_after_a_reload_comes_back_at_the_bank_account(guest: Page, api: FakeApi) -> None:
    guest.on("dialog", lambda dialog: dialog.accept())
    ready_by_bank(guest, api)
    api.answers.extend([declined(), declined()])
    api.hold()
    press_pay(guest)
    assert api.arrived.wait(15)
    guest.reload()
    expect(guest.get_by_role("heading", name="Checking your payment")).to_be_visible()

    api.release()

    expect(guest.locator("#method-error")).to_contain_text("This payment from your bank account was declined.")
    expect(guest.get_by_label("Bank account", exact=True)).to_be_checked()
    expect(guest.get_by_label("I agree")).not_to_be_checked()


def test_a_token_of_the_other_kind_is_not_taken(guest: Page, api: FakeApi) -> None:
    ready_by_bank(guest, api)
    frame = guest.frames[1]

    frame.evaluate("() => parent.postMessage({ type: 'duebook.token', token: 'tok_card', method_type: 'card', last4: '4242' }, '*')")
    press_pay(guest)

    expect_receipt(guest)
    assert api.asked[0].body["method"]["token"] != "tok_card"


@pytest.mark.parametrize(
    ("status", "code", "heading", "said"),
    [
        ("returned", "R01", "Payment returned", "there wasn't enough money available in the account"),
        ("returned", "R02", "Payment returned", "the account is closed"),
        ("returned", "R03", "Payment returned", "it found no account with this number and name"),
        ("returned", "R13", "Payment returned", "the routing number isn't right"),
        ("returned", "R10", "Payment returned", "the account holder stopped it or didn't authorize it"),
        ("returned", "R99", "Payment returned", "Your bank sent this payment back."),
        ("voided", None, "Payment cancelled", "cancelled before your bank completed it"),
        ("charged_back", None, "Payment disputed", "disputed at the bank"),
        ("partly_refunded", None, "Payment partly refunded", "Part of this payment was paid back."),
    ],
)
def test_r38_the_receipt_tells_what_became_of_a_payment(
    guest: Page, api: FakeApi, status: str, code: str | None, heading: str, said: str
) -> None:
    ready_by_bank(guest, api)
    api.answers.append(Answer(201, {"status": status, "return_code": code}, charged=True, kept=True))

    press_pay(guest)

    expect_receipt(guest, heading)
    expect(guest.locator("main")).to_contain_text(said)
    expect(guest.get_by_text("sending a receipt")).to_be_hidden()


def test_switching_back_to_the_card_needs_no_authorization(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)
    fill_payer(guest)
    by_bank_account(guest)

    guest.get_by_role("radio", name="Card", exact=True).check()
    field_is_ready(guest)
    press_pay(guest)

    expect_receipt(guest)
    assert api.asked[0].body["method"].keys() == {"kind", "token", "type"}
