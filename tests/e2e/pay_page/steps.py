"""What a contact does on the payment page, named."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.pay_page.fake_payments import GOOD_LINK, FakePayments


def open_pay(page: Page, api: FakePayments) -> None:
    """Go to the payment page and wait for its invoices."""
    page.goto(f"{api.origin}/pay")
    expect(page.get_by_role("heading", name="What are you paying today?")).to_be_visible()
    expect(page.locator("[data-part=rows]")).to_have_attribute("aria-busy", "false")


def open_by_link(page: Page, api: FakePayments, token: str = GOOD_LINK) -> None:
    """Follow a bill's link as somebody who is not signed in, and wait for the invoices."""
    api.signed_in = False
    page.goto(f"{api.origin}/pay#token={token}")
    expect(page.get_by_role("heading", name="What are you paying today?")).to_be_visible()
    expect(page.locator("[data-part=rows]")).to_have_attribute("aria-busy", "false")


def box(page: Page, number: str) -> Locator:
    """The box of one invoice or parent."""
    return page.get_by_role("checkbox", name=f"Select {number}", exact=True).or_(
        page.get_by_role("checkbox", name=f"Select all of {number}", exact=True)
    )


def tick(page: Page, *numbers: str) -> None:
    """Tick invoices by their numbers."""
    for number in numbers:
        box(page, number).check()


def card(page: Page, label: str) -> Locator:
    """The figure under one label of the overview."""
    return page.locator(".card", has=page.get_by_text(label, exact=True)).locator("dd").first


def bar(page: Page) -> Locator:
    """The bar that goes on to payment."""
    return page.locator("#bar")


def go_on(page: Page) -> None:
    """Have it priced, and wait for the ways to pay."""
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("heading", name="How will you be paying today?")).to_be_visible()


def field_is_ready(page: Page) -> None:
    """The hosted field has said that it works."""
    expect(page.locator("[data-part=cover]")).to_be_hidden()


def ready_to_pay(page: Page, api: FakePayments, *numbers: str) -> None:
    """Invoices ticked, priced, and a new card's field loaded."""
    open_pay(page, api)
    tick(page, *(numbers or ("INV-10001", "INV-10002", "INV-10003", "INV-10004")))
    go_on(page)
    field_is_ready(page)


def pay_button(page: Page) -> Locator:
    """The one button that pays, whatever it says."""
    return page.locator("#pay-button button")


def press_pay(page: Page) -> None:
    """Press it."""
    pay_button(page).click()


def expect_receipt(page: Page, heading: str = "Payment received") -> None:
    """The receipt's own page shows."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert "/receipt?id=pay_" in page.url


def by_bank_account(page: Page) -> None:
    """Choose a new bank account and wait for its field."""
    page.get_by_role("radio", name="New bank account").check()
    field_is_ready(page)


def agree(page: Page) -> None:
    """Tick the authorization."""
    page.get_by_label("I agree to this one-time payment from my bank account.").check()
