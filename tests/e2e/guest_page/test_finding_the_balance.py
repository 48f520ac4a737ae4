"""Finding the balance: what a Pay Online ID shows, and what is said when it shows nothing."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from playwright.sync_api import Page, expect

from duebook.web.branding import colours_of
from tests.e2e.fake_api import Answer, FakeApi, problem
from tests.e2e.guest_page.conftest import GUEST
from tests.e2e.guest_page.steps import WHOLE, field_is_ready, fill_payer, find, open_balance, open_page, press_pay

MISS = "We couldn't find that Pay Online ID. Check capital letters."


def test_r13_the_id_shows_company_customer_and_balance(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)

    summary = guest.get_by_role("region", name="Your balance")
    expect(summary).to_contain_text("Cedar Valley Portables")
    expect(summary).to_contain_text("Halvorsen Construction")
    expect(summary).to_contain_text(WHOLE)
    expect(guest.get_by_role("banner")).to_contain_text("Cedar Valley Portables")
    expect(guest.get_by_role("link", name="billing@cedar-valley.example")).to_be_visible()
    expect(guest.get_by_role("heading", name="Your balance")).to_be_focused()


def test_r11_blanks_around_the_id_are_trimmed_and_case_is_kept(guest: Page, api: FakeApi) -> None:
    open_page(guest, api)

    with guest.expect_request("**/api/pay/*") as asked:
        find(guest, f"  {GUEST} ")

    assert asked.value.url.endswith(f"/api/pay/{GUEST}")


@pytest.mark.parametrize("typed", [GUEST.lower(), "nobody", "..", "../admin", "a b", "%2e%2e"])
def test_r12_every_miss_gives_the_same_sentence(guest: Page, api: FakeApi, typed: str) -> None:
    open_page(guest, api)

    find(guest, typed)

    expect(guest.get_by_role("alert")).to_contain_text(MISS)
    expect(guest.get_by_label("Pay Online ID")).to_have_value(typed)
    expect(guest.get_by_label("Pay Online ID")).to_have_attribute("aria-invalid", "true")
    expect(guest).to_have_title("Error: Pay my balance")


def test_a_card_number_typed_as_the_id_is_not_sent_anywhere(guest: Page, api: FakeApi) -> None:
    asked: list[str] = []
    guest.on("request", lambda request: asked.append(request.url))
    open_page(guest, api)

    find(guest, "4242 4242 4242 4242")

    expect(guest.get_by_role("alert")).to_contain_text("This looks like a card number.")
    assert not [url for url in asked if "4242" in url]


def test_no_id_is_said_without_asking(guest: Page, api: FakeApi) -> None:
    open_page(guest, api)

    guest.get_by_role("button", name="Show my balance").click()

    expect(guest.get_by_role("alert")).to_be_focused()
    guest.get_by_role("link", name="Enter your Pay Online ID.").click()
    expect(guest.get_by_label("Pay Online ID")).to_be_focused()


def test_r11_an_imported_id_asks_for_a_second_fact_and_sends_it_with_the_payment_too(guest: Page, api: FakeApi) -> None:
    api.proofs[GUEST] = "80302"
    open_page(guest, api)
    find(guest, GUEST)

    proof = guest.get_by_label("ZIP code or an open invoice number")
    expect(proof).to_be_focused()
    proof.fill("11111")
    guest.get_by_role("button", name="Show my balance").click()
    expect(guest.get_by_role("alert")).to_contain_text("That doesn't match this Pay Online ID.")
    proof.fill("80302")
    guest.get_by_role("button", name="Show my balance").click()
    fill_payer(guest)
    field_is_ready(guest)
    press_pay(guest)

    expect(guest.get_by_role("heading", name="Payment received")).to_be_visible()
    assert [asked.proof for asked in api.asked] == ["80302"]


@pytest.mark.parametrize(("wait", "said"), [(30, "Wait 30 seconds"), (1, "Wait 1 second,"), (600, "Wait 10 minutes")])
def test_r12_too_many_tries_says_how_long_to_wait(guest: Page, api: FakeApi, wait: int, said: str) -> None:
    api.lookups.append(problem(429, "too_many_requests", wait=wait))
    open_page(guest, api)

    find(guest, GUEST)

    expect(guest.get_by_role("alert")).to_contain_text(said)


@pytest.mark.parametrize("failure", [Answer(0, {}), problem(500, "invariant_broken"), problem(503, "temporarily_unavailable")])
def test_a_balance_that_does_not_load_can_be_asked_for_again(guest: Page, api: FakeApi, failure: Answer) -> None:
    # A browser repeats a GET by itself when the connection is cut, so a few cuts go unseen.
    api.lookups.extend([failure] * 20)
    open_page(guest, api)
    find(guest, GUEST)
    expect(guest.locator("#failed-note")).to_be_focused()
    expect(guest.locator("#failed-note")).to_contain_text("We couldn't load your balance.")

    api.lookups.clear()
    guest.get_by_role("button", name="Try again").click()

    expect(guest.get_by_role("region", name="Your balance")).to_contain_text(WHOLE)


def test_loading_from_a_link_shows_the_shape_of_the_page(guest: Page, api: FakeApi) -> None:
    guest.route("**/api/pay/*", lambda _route: None)

    guest.goto(f"{api.portal}/pay-my-balance#id={GUEST}")

    expect(guest.locator("[data-panel=loading]")).to_be_visible()
    expect(guest.locator("[data-panel=loading]")).to_have_attribute("aria-busy", "true")


def test_offline_is_said_and_taken_back_with_one_new_look(guest: Page, api: FakeApi) -> None:
    open_page(guest, api)
    guest.context.set_offline(offline=True)
    expect(guest.locator("#offline")).to_be_visible()
    find(guest, GUEST)
    expect(guest.get_by_text("You're offline, so we couldn't load this.")).to_be_visible()

    guest.context.set_offline(offline=False)

    expect(guest.locator("#offline")).to_be_hidden()
    expect(guest.get_by_role("region", name="Your balance")).to_contain_text(WHOLE)


def test_nothing_owed_is_good_news(guest: Page, api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [api.balance(0)]
    open_page(guest, api)

    find(guest, GUEST)

    expect(guest.get_by_role("heading", name="You're all paid up")).to_be_focused()
    expect(guest.get_by_text("New invoices will appear here.")).to_be_visible()


def test_r4_each_currency_is_a_balance_of_its_own(guest: Page, api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [
        api.balance(50_00),
        api.balance(75_10, "CAD"),
        api.balance(9000, "JPY", can_pay=False, hosted_field=None),
    ]
    open_balance(guest, api)
    expect(guest.get_by_role("button", name="Pay $50.00")).to_be_visible()

    guest.get_by_label("Canadian Dollar").check()

    expect(guest.get_by_role("button", name="Pay CA$75.10")).to_be_visible()


def test_r15_a_currency_that_cannot_be_paid_online_says_so_and_how_to_pay(guest: Page, api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [api.balance(50_00), api.balance(9000, "JPY", can_pay=False, hosted_field=None)]
    open_balance(guest, api)

    guest.get_by_label("Japanese Yen").check()

    expect(guest.get_by_text("Please pay by check.")).to_be_visible()
    expect(guest.get_by_role("region", name="Your balance")).to_contain_text("¥9,000")
    expect(guest.locator("pay-button")).to_be_hidden()


@pytest.mark.parametrize("address", [f"#id={GUEST}", f"?id={GUEST}", f"#id=%20{GUEST}"])
def test_r10_a_link_opens_the_balance_and_leaves_no_id_in_the_address(guest: Page, api: FakeApi, address: str) -> None:
    guest.goto(f"{api.portal}/pay-my-balance{address}")

    expect(guest.get_by_role("region", name="Your balance")).to_contain_text(WHOLE)
    expect(guest).to_have_url(f"{api.portal}/pay-my-balance")
    guest.reload()
    expect(guest.get_by_role("region", name="Your balance")).to_contain_text(WHOLE)


def test_a_different_id_starts_over(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)

    guest.get_by_role("button", name="Use a different Pay Online ID").first.click()

    expect(guest.get_by_role("heading", name="Pay my balance")).to_be_focused()
    expect(guest.get_by_label("Pay Online ID")).to_have_value("")
    guest.reload()
    expect(guest.get_by_label("Pay Online ID")).to_be_visible()


def test_r57_the_companys_colour_stays_readable(guest: Page, api: FakeApi) -> None:
    api.found[GUEST]["tenant"] |= {"accent": "#ffd400", "colours": asdict(colours_of("#ffd400"))}

    open_balance(guest, api)

    bar = guest.get_by_role("banner").evaluate("header => getComputedStyle(header).borderTopColor")
    button = guest.locator("pay-button button").evaluate("button => getComputedStyle(button).backgroundColor")
    assert (bar, button) == ("rgb(255, 212, 0)", "rgb(128, 106, 0)")
