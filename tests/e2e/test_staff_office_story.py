"""An admin and a new colleague in a real browser over the local cloud: an import, an invitation, a test call. Without JavaScript, too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import Http, Tenant, eventually, good

FILE = "Customer No,Company,E-mail\nc_1,Ruiz Paving,ana@ruiz.example\nc_2,,x\nc_3,Pine Camp,not an address\n"
WORDS = "quiet maple anchor river"


@pytest.fixture
def tenant(cloud: LocalCloud) -> Tenant:
    made = good(Http(cloud.origin)("POST", "/local/tenants", {"name": "Blue Ridge Rentals", "time_zone": "America/New_York"}))
    return Tenant(Http(cloud.origin), made["tenant_id"], made["api_key"], made["staff"])


@pytest.fixture
def plain(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield context
    context.close()


def signed_in(page: Page, cloud: LocalCloud, path: str, email: str, password: str) -> Page:
    page.goto(cloud.origin + path)
    page.get_by_label("Email", exact=True).fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    return page


def as_admin(page: Page, cloud: LocalCloud, tenant: Tenant, path: str) -> Page:
    return signed_in(page, cloud, path, tenant.staff["email"], tenant.staff["password"])


def looked_at_again(page: Page, words: str) -> None:
    """Look again, as a person does, until a page says it."""
    for _ in range(40):
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text(words).first).to_be_visible()


def mail_to(cloud: LocalCloud, address: str) -> Any:
    def found() -> Any:
        items = good(Http(cloud.origin)("GET", "/local/mail"))["items"]
        return next((one for one in items if address in one["to"] and one["kind"] == "invitation"), None)

    return eventually(found)


def test_a_file_is_tried_before_it_is_imported_without_any_script(plain: BrowserContext, cloud: LocalCloud, tenant: Tenant):
    page = as_admin(plain.new_page(), cloud, tenant, "/admin/imports/new")

    page.get_by_label("CSV file").set_input_files({"name": "customers.csv", "mimeType": "text/csv", "buffer": FILE.encode()})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Name the columns")).to_be_visible()
    expect(page.get_by_label("Customer ID")).to_have_value("Customer No")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Company")
    page.get_by_role("button", name="Begin the dry run").click()

    looked_at_again(page, "Nothing was written.")
    rows = page.get_by_role("table", name="Errors by line").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("3")
    expect(rows.nth(1)).to_contain_text("Name")
    expect(rows.nth(3)).to_contain_text("not an address")
    assert tenant.call("GET", "/customers/c_1").status == 404
    page.get_by_role("button", name="Import 1 line for good").click()

    looked_at_again(page, "2 lines were left out.")
    assert good(tenant.call("GET", "/customers/c_1"))["name"] == "Ruiz Paving"
    page.get_by_role("link", name="Look at the customers").click()
    expect(page.get_by_text("Ruiz Paving")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_r85_a_colleague_sets_a_password_by_the_mailed_link_and_is_refused_what_is_not_theirs(
    browser: Browser, cloud: LocalCloud, tenant: Tenant, script: bool
):
    address = f"lee-{tenant.tenant_id[-8:].lower()}@blue-ridge.example"
    context = browser.new_context(java_script_enabled=script)
    page = as_admin(context.new_page(), cloud, tenant, "/admin/settings/staff/new")
    page.get_by_label("Name", exact=True).fill("Lee Ortega")
    page.get_by_label("Email", exact=True).fill(address)
    page.get_by_label("Role").select_option("viewer")
    page.get_by_role("button", name="Add and send the mail").click()
    expect(page.get_by_text("A mail with a link to set a password is on its way")).to_be_visible()
    expect(page.get_by_role("row", name="Lee Ortega")).to_contain_text("Invited")
    context.close()

    link = re.search(r"http\S+#token=\S+", mail_to(cloud, address)["text"])
    assert link
    context = browser.new_context(java_script_enabled=script)
    page = context.new_page()
    page.goto(link[0])
    if script:
        expect(page.get_by_label("Link from the mail")).to_be_hidden()
        assert "token" not in page.url
    else:
        page.get_by_label("Link from the mail").fill(link[0])
    page.get_by_label("New password").fill(WORDS)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    signed_in(page, cloud, "/admin/settings/staff", address, WORDS)
    expect(page.get_by_text("Only an admin can change this.")).to_be_visible()
    expect(page.get_by_role("link", name="Add a staff member")).to_have_count(0)
    answer = page.goto(f"{cloud.origin}/admin/settings/staff/new")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_text("This takes the role admin, yours is viewer.")).to_be_visible()
    context.close()


def test_r42_the_credentials_of_a_merchant_account_are_tried_and_nothing_is_charged(
    plain: BrowserContext, cloud: LocalCloud, tenant: Tenant
):
    page = as_admin(plain.new_page(), cloud, tenant, "/admin/settings/processors")

    page.get_by_role("button", name="Test the credentials").first.click()
    expect(page.get_by_text(re.compile("The credentials work: .* let us in. Nothing was charged."))).to_be_visible()

    page.get_by_role("link", name="Back to the processors").click()
    page.get_by_role("link", name="Replace the credentials").first.click()
    expect(page.get_by_role("heading", name="Replace the credentials")).to_be_visible()
