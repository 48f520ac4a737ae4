"""A session that ends while somebody writes, through the whole local cloud: nothing is saved, nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import Tenant

TEXT = "Dear {{contact.first_name}},\nthank you for {{payment.amount}}."


def sign_in(page: Page, business: Tenant) -> None:
    """Fill in the form of the sign-in page."""
    page.get_by_label("Email").fill(business.staff["email"])
    page.get_by_label("Password", exact=True).fill(business.staff["password"])
    page.get_by_role("button", name="Sign in").click()


def test_a_text_that_was_typed_for_too_long_is_still_there_after_signing_in(page: Page, cloud: LocalCloud, tenant: Callable[..., Tenant]):
    business, address = tenant(), f"{cloud.origin}/admin/settings/templates/receipt"
    page.goto(address)
    sign_in(page, business)
    page.get_by_label("Text", exact=True).fill(TEXT)
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("what you sent was not carried out: nothing was changed")).to_be_visible()

    sign_in(page, business)

    expect(page).to_have_url(address)
    expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    expect(page.get_by_text("This text was never changed.")).to_be_visible()
