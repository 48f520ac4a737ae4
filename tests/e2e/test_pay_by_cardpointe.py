"""A person pays through CardPointe's hosted tokenizer in a real browser: a card in CAD, a bank account in USD."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import FrameLocator, Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import Tenant, eventually, good


def a_business(tenant: Callable[..., Tenant], currency: str) -> tuple[Tenant, str]:
    made = tenant(name="Maple Site Services", merchant_accounts=[{"processor": "cardpointe", "currency": currency}])
    made.customer("halvorsen", name="Halvorsen Construction")
    made.invoice("halvorsen", "inv-1", 250_00, currency=currency)
    return made, str(good(made.call("GET", "/customers/halvorsen"))["pay_online_id"])


def open_balance(page: Page, cloud: LocalCloud, pay_online_id: str) -> FrameLocator:
    page.goto(f"{cloud.origin}/pay-my-balance")
    page.get_by_label("Pay Online ID").fill(pay_online_id)
    page.get_by_role("button", name="Show my balance").click()
    expect(page.get_by_role("region", name="Your balance")).to_contain_text("250.00")
    expect(page.locator("[data-part=cover]")).to_be_hidden()
    page.get_by_label("Name", exact=True).fill("Ana Halvorsen")
    page.get_by_label("Email").fill("ana@halvorsen.example")
    return page.frame_locator("pay-method iframe")


def test_r15_r36_a_card_in_cad_is_paid_through_the_tokenizer(page: Page, cloud: LocalCloud, tenant: Callable[..., Tenant]) -> None:
    business, pay_online_id = a_business(tenant, "CAD")
    field = open_balance(page, cloud, pay_online_id)

    field.get_by_label("Card number").fill("4111 1111 1111 1111")
    field.locator("#ccexpirymonth").select_option("12")
    field.locator("#ccexpiryyear").select_option("2030")
    field.get_by_label("Security code").fill("112")
    expect(page.get_by_role("main")).to_contain_text("Visa ending 1111")
    page.get_by_role("button", name="Pay CA$250.00").click()

    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    [charge] = business.calls("charge", "cardpointe")
    assert (charge["amount"], charge["currency"], charge["outcome"]) == (250_00, "CAD", "approved")
    assert eventually(lambda: business.mails("receipt"))


def test_r15_r36_a_bank_account_in_usd_is_paid_through_the_tokenizer(page: Page, cloud: LocalCloud, tenant: Callable[..., Tenant]) -> None:
    business, pay_online_id = a_business(tenant, "USD")
    open_balance(page, cloud, pay_online_id)
    page.get_by_role("radio", name="Bank account").check()
    page.get_by_label("Account holder").fill("Ana Halvorsen")
    number = page.frame_locator("pay-method iframe").locator("#ccnumfield")

    number.fill("031000503/9876543210")
    number.blur()
    expect(page.get_by_role("main")).to_contain_text("ending 3210")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Pay $250.00").click()

    expect(page.get_by_role("heading", name="Payment submitted")).to_be_visible()
    [charge] = business.calls("charge", "cardpointe")
    assert (charge["amount"], charge["outcome"]) == (250_00, "approved")
