"""A list filtered by a customer's name in a real browser over the local cloud, with JavaScript and without: type, choose, look, remove, keep the file."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from local.cloud import LocalCloud
from tests.e2e.accessibility import violations
from tests.e2e.local_http import Http, Tenant, good
from tests.e2e.staff_pages.test_money_story import SCRIPTED, opened

NAMES = {"c-hill": "Pine Hill Camp", "c-ridge": "Pine Ridge Camp", "c-quarry": "Quarry Works"}


@pytest.fixture
def tenant(cloud: LocalCloud) -> Tenant:
    """Open a business with three customers, two of them alike, each of whom paid an invoice by check."""
    made = good(Http(cloud.origin)("POST", "/local/tenants", {"name": "Blue Ridge Rentals", "time_zone": "America/New_York"}))
    business = Tenant(Http(cloud.origin), made["tenant_id"], made["api_key"], made["staff"])
    for number, (customer_id, name) in enumerate(NAMES.items(), 1):
        business.customer(customer_id, name=name)
        business.invoice(customer_id, f"inv-{number}", number * 100_00, invoice_date="2025-01-10", due_date="2025-02-09")
        paid = {"customer_id": customer_id, "amount": number * 100_00, "currency": "USD", "method": {"kind": "check", "number": "1017"}}
        good(business.call("POST", "/payments", paid, {"Idempotency-Key": f"check-{number}"}))
    return business


def expect_listed(page: Page, *names: str) -> None:
    """Wait until the list holds payments of these customers and no others."""
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(len(names))
    for name in names:
        expect(rows.filter(has_text=name)).to_have_count(1)


def chip(customer_id: str) -> re.Pattern[str]:
    """Name the filter by a customer as it is read aloud."""
    return re.compile(f"^{NAMES[customer_id]} {customer_id} ?×? ?, on; press to show all customers$")


def type_customer(page: Page, text: str, *, scripts: bool) -> None:
    """Type into the filter; without JavaScript the button sends it."""
    page.get_by_label("Customer name or ID").fill(text)
    if not scripts:
        page.get_by_role("button", name="Show").click()


@SCRIPTED
def test_a_customer_is_found_by_a_piece_of_its_name_chosen_and_let_go(
    browser: Browser, cloud: LocalCloud, tenant: Tenant, tmp_path: Path, scripts: bool
):
    page = opened(browser, cloud, tenant, "/admin/payments", scripts=scripts)
    page.get_by_label("Paid by").select_option(label="Check")
    type_customer(page, "pine", scripts=scripts)
    expect(page.get_by_text("Which customer do you mean by “pine”?")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
    if scripts:
        assert violations(page) == []

    page.get_by_role("link", name="Pine Ridge Camp").click()
    expect_listed(page, "Pine Ridge Camp")
    expect(page).to_have_url(re.compile(r"method=check.*customer=c-ridge|customer=c-ridge.*method=check"))
    expect(page.get_by_label("Paid by")).to_have_value("check")
    chosen = page.get_by_role("link", name=chip("c-ridge"))
    expect(chosen).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    download.value.save_as(tmp_path / "payments.csv")
    assert [row["customer"] for row in csv.DictReader((tmp_path / "payments.csv").open())] == ["Pine Ridge Camp"]

    page.get_by_role("link", name=re.compile("^Received")).click()
    expect_listed(page, "Pine Ridge Camp")
    expect(page.get_by_role("link", name=re.compile("^Received"))).to_have_attribute("aria-current", "true")
    chosen.click()
    expect_listed(page, *NAMES.values())
    expect(page.get_by_label("Customer name or ID")).to_have_value("")
    expect(page).to_have_url(re.compile(r"/admin/payments\?.*status=received"))
    assert "customer=" not in page.url
    page.context.close()


@SCRIPTED
def test_a_name_that_fits_one_customer_only_is_taken_at_once_and_one_that_fits_nobody_says_so(
    browser: Browser, cloud: LocalCloud, tenant: Tenant, scripts: bool
):
    page = opened(browser, cloud, tenant, "/admin/payments", scripts=scripts)
    type_customer(page, "quar", scripts=scripts)
    expect_listed(page, "Quarry Works")
    expect(page).to_have_url(re.compile("customer=c-quarry"))
    expect(page.get_by_role("link", name=chip("c-quarry"))).to_be_visible()

    type_customer(page, "zebra", scripts=scripts)
    expect(page.get_by_text("No customer matches “zebra”.")).to_be_visible()
    page.get_by_role("link", name="Clear the customer").click()
    expect_listed(page, *NAMES.values())

    page.goto(f"{cloud.origin}/admin/invoices?customer=c-hill")
    expect(page.get_by_role("link", name=chip("c-hill"))).to_be_visible()
    expect(page.get_by_role("link", name="Paid 1")).to_be_visible()
    page.context.close()
