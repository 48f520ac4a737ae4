"""A person pays by bank account in a real browser through the whole local cloud, and dollars beside Canadian dollars."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import Tenant, good

CARD = "4788250000121443"
"""Approved by the CardPointe Gateway's test system."""


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page that fails its test if the console shows an error."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    assert problems == []


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Callable[..., Tenant]:
    """A factory of businesses with one customer that owes in dollars, Canadian dollars and yen."""

    def make(*accounts: tuple[str, str]) -> Tenant:
        made = tenant(name="Prairie Fencing", merchant_accounts=[{"processor": name, "currency": currency} for name, currency in accounts])
        made.customer("halvorsen", name="Halvorsen Construction")
        made.invoice("halvorsen", "inv-usd", 120_00)
        made.invoice("halvorsen", "inv-cad", 80_00, currency="CAD")
        made.invoice("halvorsen", "inv-jpy", 9_000, currency="JPY")
        return made

    return make


def open_balance(page: Page, cloud: LocalCloud, business: Tenant, currency: str) -> FrameLocator:
    customer = good(business.call("GET", "/customers/halvorsen"))
    page.goto(f"{cloud.origin}/pay-my-balance#id={customer['pay_online_id']}")
    page.get_by_label(currency).check()
    page.get_by_label("Name").fill("Ana Halvorsen")
    page.get_by_label("Email").fill("ana@halvorsen.example")
    expect(page.locator("[data-part=cover]")).to_be_hidden()
    return page.frame_locator("pay-method iframe")


def choose_bank(page: Page) -> None:
    page.get_by_role("radio", name="Bank account", exact=True).check()
    page.get_by_label("I agree to this one-time payment from my bank account.").check()
    expect(page.locator("[data-part=cover]")).to_be_hidden()


def expect_submitted(page: Page, business: Tenant) -> None:
    expect(page.get_by_role("heading", name="Payment submitted")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Bank payments take 3–5 business days.")
    expect(page.get_by_role("main")).to_contain_text(
        "I authorize Prairie Fencing to debit my bank account electronically, one time, for $120.00"
    )
    [payment] = good(business.call("GET", "/customers/halvorsen/payments"))["items"]
    assert (payment["status"], payment["amount"], payment["method"]["type"]) == ("pending", 120_00, "bank_account")


def test_r35_r38_a_bank_account_pays_through_authorize_net(page: Page, cloud: LocalCloud, business: Callable[..., Tenant]) -> None:
    made = business(("authorize_net", "USD"))
    field = open_balance(page, cloud, made, "US Dollar")
    choose_bank(page)
    field.get_by_label("Name on the account").fill("Halvorsen Construction")
    field.get_by_label("Routing number").fill("121042882")
    field.get_by_label("Account number").fill("123456789")

    page.get_by_role("button", name="Pay $120.00").click()

    expect_submitted(page, made)
    expect(page.get_by_role("main")).to_contain_text("Bank account ending 6789")


def test_r36_a_routing_number_with_a_wrong_check_digit_is_found_in_authorize_nets_field(
    page: Page, cloud: LocalCloud, business: Callable[..., Tenant]
) -> None:
    made = business(("authorize_net", "USD"))
    field = open_balance(page, cloud, made, "US Dollar")
    choose_bank(page)
    field.get_by_label("Name on the account").fill("Halvorsen Construction")
    field.get_by_label("Routing number").fill("121042883")
    field.get_by_label("Account number").fill("123456789")

    page.get_by_role("button", name="Pay $120.00").click()

    expect(field.locator("#routing")).to_have_attribute("aria-invalid", "true")
    assert good(made.call("GET", "/customers/halvorsen/payments"))["items"] == []


def test_r35_r38_a_bank_account_pays_through_cardpointe(page: Page, cloud: LocalCloud, business: Callable[..., Tenant]) -> None:
    made = business(("cardpointe", "USD"))
    field = open_balance(page, cloud, made, "US Dollar")
    choose_bank(page)
    page.get_by_label("Account holder").fill("Halvorsen Construction")
    field.get_by_label("Routing number / account number").fill("036001808/123456789")

    page.get_by_role("button", name="Pay $120.00").click()

    expect_submitted(page, made)


def test_r42_canadian_dollars_go_through_cardpointe_beside_dollars_through_authorize_net(
    page: Page, cloud: LocalCloud, business: Callable[..., Tenant]
) -> None:
    made = business(("authorize_net", "USD"), ("cardpointe", "CAD"))
    field = open_balance(page, cloud, made, "Canadian Dollar")
    expect(page.get_by_role("radio", name="Bank account", exact=True)).to_be_hidden()
    field.get_by_label("Card number").fill(CARD)
    field.locator("#ccexpirymonth").select_option("12")
    field.locator("#ccexpiryyear").select_option(index=5)
    field.get_by_label("Security code").fill("112")
    expect(page.get_by_text("Visa ending 1443")).to_be_visible()

    page.get_by_role("button", name="Pay CA$80.00").click()

    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    page.get_by_role("link", name="Back to my balance").click()
    page.get_by_label("Japanese Yen").check()
    expect(page.get_by_text("Online payment is not available")).to_be_visible()
    page.get_by_label("US Dollar").check()
    expect(page.get_by_role("radio", name="Bank account", exact=True)).to_be_visible()
    assert [payment["currency"] for payment in good(made.call("GET", "/customers/halvorsen/payments"))["items"]] == ["CAD"]
