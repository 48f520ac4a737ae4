"""What a guest does on the page, named."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.fake_api import FakeApi
from tests.e2e.guest_page.conftest import GUEST

WHOLE = "$1,847.83"


def open_page(page: Page, api: FakeApi) -> None:
    """Go to the payment page."""
    page.goto(f"{api.portal}/pay-my-balance")


def find(page: Page, pay_online_id: str) -> None:
    """Type an ID and ask for its balance."""
    page.get_by_label("Pay Online ID").fill(pay_online_id)
    page.get_by_role("button", name="Show my balance").click()


def open_balance(page: Page, api: FakeApi, pay_online_id: str = GUEST) -> None:
    """Open the balance of the customer, ready to be paid."""
    open_page(page, api)
    find(page, pay_online_id)
    expect(page.get_by_role("heading", name="How much would you like to pay?")).to_be_visible()


def fill_payer(page: Page) -> None:
    """Say who pays."""
    page.get_by_label("Name").fill("Ana Halvorsen")
    page.get_by_label("Email").fill("ana@halvorsen.example")


def ready_to_pay(page: Page, api: FakeApi) -> None:
    """Everything filled in, the hosted field loaded."""
    open_balance(page, api)
    fill_payer(page)
    field_is_ready(page)


def field_is_ready(page: Page) -> None:
    """The hosted field has said that it works."""
    expect(page.locator("[data-part=cover]")).to_be_hidden()


def pay_button(page: Page) -> Locator:
    """The one button that pays, whatever it says."""
    return page.locator("pay-button button")


def press_pay(page: Page) -> None:
    """Press it."""
    pay_button(page).click()


def expect_receipt(page: Page, heading: str = "Payment received") -> None:
    """The receipt's own page shows."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert "/receipt#pay_" in page.url


def by_bank_account(page: Page) -> None:
    """Choose a bank account and wait for its field."""
    page.get_by_role("radio", name="Bank account", exact=True).check()
    field_is_ready(page)


def agree(page: Page) -> None:
    """Tick the authorization."""
    page.get_by_label("I agree to this one-time payment from my bank account.").check()


def use_this_card(page: Page, frame: str = "iframe") -> None:
    """Let the stand-in's field make a token by itself.

    Without a mouse: the browser moves it only over what is painted, and a frame of another site says that it is ready before.
    """
    page.frame_locator(frame).get_by_role("button", name="Use this card").dispatch_event("click")
