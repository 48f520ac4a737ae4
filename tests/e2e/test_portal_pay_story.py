"""A contact signs in and pays in a real browser through the whole local cloud: a new card, the saved one, a bank account, the receipts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import DECLINED_CARD, GOOD_CARD, Json, Tenant, eventually, good
from tests.e2e.test_portal_sign_in import PASSWORD, put_contact
from tests.e2e.test_portal_sign_in_story import link_mailed

pytestmark = pytest.mark.usefixtures("quiet_console")


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business with one customer that owes six invoices, two of them bundled."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("acme", name="Acme Builders")
    for number, minor in enumerate((420_00, 1_128_40, 199_43, 100_00), start=1):
        made.invoice("acme", f"inv-{number}", minor, number=f"INV-{number}", invoice_date=f"2026-01-{number:02}")
    parent = {"customer_id": "acme", "number": "MS-700", "invoice_date": "2026-02-01", "currency": "USD", "kind": "multi_site", "lines": []}
    good(made.call("PUT", "/invoices/ms-700", parent))
    for number in (5, 6):
        made.invoice("acme", f"inv-{number}", 150_00, number=f"INV-{number}", invoice_date="2026-02-01", parent_id="ms-700")
    good(put_contact(made))
    return made


def sign_in(page: Page, business: Tenant) -> None:
    """Follow the invitation, which leads to the payment page."""
    page.goto(link_mailed(business, "invitation"))
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.locator("#set button.wide").click()
    expect(page.get_by_role("heading", name="Make a payment")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(4)


def fill_card(page: Page, card: Json) -> None:
    year, month = card["expiry"].split("-")
    field = page.frame_locator("pay-method iframe")
    field.get_by_label("Card number").fill(card["number"])
    field.get_by_label("Expiry date").fill(f"{month}/{year[2:]}")
    field.get_by_label("Security code").fill(card["cvv"])
    field.get_by_label("ZIP or postal code").fill(card["postal_code"])


def choose(page: Page, *numbers: str) -> None:
    for number in numbers:
        page.get_by_role("checkbox", name=f"Select {number}", exact=True).check()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("#how-heading")).to_be_focused()


def back_to_pay(page: Page, cloud: LocalCloud, rows: int) -> None:
    page.goto(f"{cloud.origin}/pay")
    expect(page.locator("tbody tr")).to_have_count(rows)


def test_r30_r40_a_contact_pays_by_new_card_by_saved_card_and_by_bank_account(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    sign_in(page, business)
    expect(page.locator("#overview .card").nth(1)).to_contain_text("$2,147.83")

    choose(page, "INV-1", "INV-2")
    fill_card(page, DECLINED_CARD)
    page.get_by_label("Save this for next time").check()
    page.get_by_role("button", name="Pay $1,548.40").click()
    expect(page.locator("#method-error")).to_contain_text("You have not been charged.")
    fill_card(page, GOOD_CARD)
    page.get_by_role("button", name="Pay $1,548.40").dblclick()
    receipt = page.get_by_role("region", name="Payment received")
    expect(receipt).to_contain_text("Visa ending 1111")
    page.reload()
    expect(receipt.get_by_role("listitem")).to_contain_text(["INV-1", "INV-2"])
    page.get_by_role("button", name="Email me a copy").click()
    expect(page.locator("#mailed")).to_contain_text("Sent to ")
    assert len([one for one in business.calls("charge") if one["outcome"] == "approved"]) == 1
    assert eventually(lambda: business.mails("receipt"))

    back_to_pay(page, cloud, 2)
    page.get_by_role("radio", name="Select multi-site invoices").check()
    page.get_by_role("checkbox", name="Select all of MS-700", exact=True).check()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_role("radio", name=re.compile("Visa ending 1111"))).to_be_checked()
    page.get_by_role("button", name="Pay $300.00").click()
    expect(receipt).to_contain_text("Visa ending 1111")

    back_to_pay(page, cloud, 2)
    choose(page, "INV-4")
    page.get_by_role("radio", name="New bank account").check()
    field = page.frame_locator("pay-method iframe")
    field.get_by_label("Name on the account").fill("Acme Builders")
    field.get_by_label("Routing number").fill("121042882")
    field.get_by_label("Account number").fill("123456789")
    page.get_by_label("I agree to this one-time payment from my bank account.").check()
    page.get_by_role("button", name="Pay $100.00").click()
    pending = page.get_by_role("region", name="Payment submitted")
    expect(pending).to_contain_text("Bank payments take 3–5 business days.")
    back_to_pay(page, cloud, 2)
    expect(page.locator("tbody tr").last).to_contain_text("Processing")

    page.goto(f"{cloud.origin}/payments")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.goto(f"{cloud.origin}/methods")
    expect(page.get_by_role("listitem").filter(has_text="Visa ending 1111")).to_be_visible()


def test_r22_r24_a_custom_amount_and_a_selection_that_staff_were_faster_with(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    sign_in(page, business)
    page.get_by_role("radio", name="Pay a custom amount").check()
    page.get_by_label("Amount", exact=True).fill("540")
    expect(page.locator("#split")).to_contain_text("Pays INV-1 in full and $120.00 of INV-2.")
    page.get_by_role("button", name="Continue to payment").click()
    fill_card(page, GOOD_CARD)
    page.get_by_role("button", name="Pay $540.00").click()
    lines = page.get_by_role("region", name="Payment received").get_by_role("listitem")
    expect(lines).to_contain_text(["INV-1 in full", "INV-2 in part, $1,008.40 still open"])

    back_to_pay(page, cloud, 3)
    choose(page, "INV-2", "INV-3")
    body = {"customer_id": "acme", "amount": 199_43, "currency": "USD", "method": {"kind": "check", "number": "77"}}
    paid = {**body, "applications": [{"invoice_id": "inv-3", "amount": 199_43}]}
    good(business.call("POST", "/payments", paid, {"Idempotency-Key": "staff-1"}))
    fill_card(page, GOOD_CARD)
    page.get_by_role("button", name="Pay $1,207.83").click()

    note = page.locator("#pay-note")
    expect(note).to_contain_text("The total was $1,207.83. It is $1,008.40 now.")
    expect(note).to_contain_text("INV-3 is left out: already paid.")
    assert len(business.calls("charge")) == 1
