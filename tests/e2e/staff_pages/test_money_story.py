"""Staff move money in a real browser over the local cloud, with JavaScript and without: refund a part, record a check that is too large."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from local.cloud import LocalCloud
from tests.e2e.accessibility import violations
from tests.e2e.local_http import Http, Tenant, good

SCRIPTED = pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])


@pytest.fixture
def tenant(cloud: LocalCloud) -> Tenant:
    """Open a business with a customer who owes two invoices."""
    made = good(Http(cloud.origin)("POST", "/local/tenants", {"name": "Blue Ridge Rentals", "time_zone": "America/New_York"}))
    opened = Tenant(Http(cloud.origin), made["tenant_id"], made["api_key"], made["staff"])
    opened.customer("halvorsen", name="Halvorsen Construction")
    opened.invoice("halvorsen", "inv-1", 100_00, invoice_date="2025-01-10", due_date="2025-02-09")
    opened.invoice("halvorsen", "inv-2", 250_00, invoice_date="2025-02-10", due_date="2025-03-12")
    return opened


def opened(browser: Browser, cloud: LocalCloud, tenant: Tenant, path: str, *, scripts: bool) -> Page:
    """Sign in on the way to a page."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=scripts).new_page()
    page.goto(cloud.origin + path)
    page.get_by_label("Email").fill(tenant.staff["email"])
    page.get_by_label("Password").fill(tenant.staff["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(cloud.origin + path)
    return page


def record(page: Page, amount: str) -> None:
    """Record a check of today from the customer's payments."""
    page.get_by_role("link", name="Record a payment").click()
    page.get_by_label("Amount (USD)").fill(amount)
    page.get_by_label("Check number or reference").fill("1017")
    page.get_by_role("button", name="Show what it pays").click()


@SCRIPTED
def test_r41_a_part_is_refunded_and_the_invoice_opens_again(browser: Browser, cloud: LocalCloud, tenant: Tenant, scripts: bool):
    page = opened(browser, cloud, tenant, "/admin/customers/halvorsen/payments", scripts=scripts)
    record(page, "350")
    page.get_by_role("button", name="Record $350.00").click()
    expect(page.get_by_role("status").filter(has_text="The payment is recorded.")).to_be_visible()

    page.get_by_role("link", name="Refund", exact=True).click()
    page.get_by_label("Amount (USD)").fill("60.5")
    page.get_by_label("The invoices ticked below first").check()
    page.get_by_text("2 invoices it pays").click()
    page.get_by_label("Invoice inv-1").check()
    page.get_by_label("Reason").fill("Half a day late")
    page.get_by_role("button", name="Show what happens").click()
    expect(page.get_by_role("heading", name="Give $60.50 back?")).to_be_visible()
    expect(page.get_by_role("row", name="inv-1 $60.50 $60.50")).to_be_visible()
    page.get_by_role("button", name="Refund $60.50").click()

    expect(page.get_by_text("The refund is made.")).to_be_visible()
    expect(page.get_by_text("Partly refunded")).to_be_visible()
    page.get_by_role("link", name="inv-1").first.click()
    expect(page.get_by_text("$60.50 un-applied")).to_be_visible()
    page.goto(f"{cloud.origin}/admin/customers/halvorsen/invoices?status=overdue")
    expect(page.get_by_role("row", name="inv-1")).to_contain_text("$60.50")
    page.goto(f"{cloud.origin}/admin/customers/halvorsen/activity")
    expect(page.get_by_text("Half a day late").first).to_be_visible()
    page.context.close()


@SCRIPTED
def test_r25_a_check_larger_than_the_balance_is_kept_and_applied_later(browser: Browser, cloud: LocalCloud, tenant: Tenant, scripts: bool):
    page = opened(browser, cloud, tenant, "/admin/customers/halvorsen/payments", scripts=scripts)
    record(page, "1,000.75")
    expect(page.get_by_text("$650.75 is more than is open and stays as unapplied cash.")).to_be_visible()
    page.get_by_role("button", name="Record $1,000.75").click()
    expect(page.get_by_role("status").filter(has_text="$650.75 is unapplied cash")).to_be_visible()
    payment = page.url.partition("?")[0]

    tenant.invoice("halvorsen", "inv-3", 200_00, invoice_date="2025-03-10", due_date="2025-04-09")
    page.goto(payment)
    page.get_by_role("link", name="Apply unapplied cash").click()
    if scripts:
        assert violations(page) == []
    page.get_by_label("The amounts typed below").check()
    page.get_by_text("1 open invoice", exact=True).click()
    page.get_by_label("What invoice inv-3 is paid").fill("200.01")
    page.get_by_label("Reason").fill("New invoice")
    page.get_by_role("button", name="Show what it pays").click()
    expect(page.get_by_role("alert")).to_contain_text("Invoice INV-3 can take at most $200.00.")
    page.get_by_label("What invoice inv-3 is paid").fill("200")
    page.get_by_role("button", name="Show what it pays").click()
    expect(page.get_by_text("$450.75 stays unapplied cash.")).to_be_visible()
    if scripts:
        assert violations(page) == []
    page.get_by_role("button", name="Apply $200.00").click()

    expect(page.get_by_text("The unapplied cash is applied.")).to_be_visible()
    expect(page.get_by_role("row", name="inv-3 $200.00")).to_be_visible()
    expect(page.get_by_role("row", name="Unapplied cash $450.75")).to_be_visible()
    page.context.close()
