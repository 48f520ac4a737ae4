"""Staff in a real browser over the local cloud: sign in, find a customer, see what is open and what each payment paid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from playwright.sync_api import Browser, BrowserContext, Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import DECLINED_CARD, Http, Tenant, eventually, good


class Office:
    """A tenant with a customer that has paid a part, and one whose card was declined."""

    def __init__(self, cloud: LocalCloud, name: str = "Blue Ridge Rentals") -> None:
        self.origin = cloud.origin
        made = good(Http(cloud.origin)("POST", "/local/tenants", {"name": name, "time_zone": "America/New_York"}))
        self.tenant = Tenant(Http(cloud.origin), made["tenant_id"], made["api_key"], made["staff"])
        customer = self.tenant.customer("halvorsen", name="Halvorsen Construction")
        self.tenant.customer("pine-ridge", name="Pine Ridge Camp")
        self.tenant.invoice("halvorsen", "inv-1", 100_00, invoice_date="2025-01-10", due_date="2025-02-09")
        self.tenant.invoice("halvorsen", "inv-2", 250_00, invoice_date="2025-02-10", due_date="2025-03-12")
        self.tenant.invoice("pine-ridge", "inv-3", 75_00)
        self.payment_id = good(self.tenant.pay(customer["pay_online_id"], 130_00))["id"]
        method = {"kind": "token", "token": self.tenant.token(DECLINED_CARD), "type": "card"}
        assert self.tenant.pay(customer["pay_online_id"], 40_00, method=method).status == 402
        assert eventually(lambda: len(good(self.tenant.call("GET", f"/payments/{self.payment_id}"))["applications"]) == 2)
        self.customer, self.payment = "/admin/customers/halvorsen", f"/admin/payments/{self.payment_id}"

    def cookie(self) -> str:
        """Sign in without a browser and return the session's cookie."""
        form = urlencode({"email": self.tenant.staff["email"], "password": self.tenant.staff["password"]})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        answer = urllib3.request("POST", f"{self.origin}/admin/sign-in", body=form, headers=headers, redirect=False, retries=False)
        return answer.headers["Set-Cookie"].split(";")[0]

    def sign_in(self, page: Page, then: str = "/admin") -> None:
        """Ask for a page and sign in on the way."""
        page.goto(self.origin + then)
        page.get_by_label("Email").fill(self.tenant.staff["email"])
        page.get_by_label("Password").fill(self.tenant.staff["password"])
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(self.origin + then)


@pytest.fixture(scope="module")
def office(cloud: LocalCloud) -> Office:
    return Office(cloud)


@pytest.fixture(scope="module")
def cookies(office: Office, browser: Browser) -> Any:
    """Sign in once; the other tests take over the cookie."""
    context = browser.new_context()
    office.sign_in(context.new_page())
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def signed_in(browser: Browser, cookies: Any) -> Iterator[Page]:
    context = browser.new_context(storage_state=cookies)
    yield context.new_page()
    context.close()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def anyone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(java_script_enabled=request.param)
    yield context
    context.close()


def test_r16_staff_find_the_customer_and_see_what_the_payment_paid(anyone: BrowserContext, office: Office):
    page = anyone.new_page()
    office.sign_in(page, "/admin/customers")

    page.get_by_label("Search name").fill("halvor")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("row", name="Pine Ridge Camp")).to_have_count(0)
    page.get_by_role("link", name="Halvorsen Construction").click()
    expect(page.get_by_role("row", name=re.compile(r"INV-2 .*Overdue.*\$220\.00"))).to_be_visible()
    page.get_by_role("navigation", name="Customer").get_by_role("link", name="Payments").click()
    row = page.get_by_role("row", name=re.compile(r"Received Visa ending 1111 \$130\.00"))
    expect(row).to_contain_text(re.compile(r"INV-1\s*\$100\.00\s*INV-2\s*\$30\.00"))
    page.get_by_role("link", name=re.compile("Declined or failed")).click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile(r"Declined .*\$40\.00"))).to_be_visible()
    page.get_by_role("link", name=re.compile("Declined or failed")).click()
    row.get_by_role("link").first.click()

    expect(page.get_by_role("heading", name="Payment of $130.00")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\$130\.00 applied to 2 invoices"))).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(office.origin + office.payment)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_password_is_refused_without_saying_which_was_wrong(anyone: BrowserContext, office: Office):
    page = anyone.new_page()
    page.goto(f"{office.origin}/admin")

    page.get_by_label("Email").fill(office.tenant.staff["email"])
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_have_text("That email and password don't match.")
    expect(page.get_by_label("Email")).to_have_value(office.tenant.staff["email"])
    expect(page).to_have_title("Error: Sign in – Duebook")


def test_typing_a_search_swaps_the_list_and_keeps_focus_address_and_reload(signed_in: Page, office: Office):
    signed_in.goto(f"{office.origin}/admin/customers")
    field = signed_in.get_by_label("Search name")

    field.press_sequentially("pine")

    expect(signed_in).to_have_url(f"{office.origin}/admin/customers?q=pine")
    expect(signed_in.get_by_role("row", name=re.compile("Halvorsen"))).to_have_count(0)
    expect(field).to_be_focused()
    expect(signed_in.get_by_role("status")).to_have_text("1 customer")
    signed_in.reload()
    expect(field).to_have_value("pine")
    expect(signed_in.get_by_role("row", name=re.compile("Pine Ridge"))).to_be_visible()


def test_a_session_that_ended_leads_to_sign_in_and_back(browser: Browser, office: Office):
    context = browser.new_context()
    page = context.new_page()
    office.sign_in(page, "/admin/customers")
    context.clear_cookies()

    page.get_by_label("Search name").fill("pine")

    expect(page).to_have_url(re.compile(r"/admin/sign-in\?next=%2Fadmin%2Fcustomers"))
    context.close()


def test_the_pay_online_link_opens_the_guest_page_of_that_customer(signed_in: Page, office: Office):
    signed_in.goto(office.origin + office.customer)
    link = signed_in.get_by_label("Link to the payment page").input_value()
    expect(signed_in.get_by_role("button", name="Copy link")).to_be_visible()

    signed_in.goto(link)

    expect(signed_in.get_by_text("$220.00").first).to_be_visible()


def test_r62_a_payment_names_the_mails_that_told_of_it(signed_in: Page, office: Office):
    assert eventually(lambda: {mail["kind"] for mail in office.tenant.mails()} >= {"receipt", "payment_received"})

    signed_in.goto(office.origin + office.payment)

    mails = signed_in.get_by_role("region", name="Mails about it").get_by_role("listitem")
    expect(mails.filter(has_text="ana@halvorsen.example")).to_have_count(1)
    expect(mails).to_have_count(2)


def test_two_tenants_at_the_same_moment_never_get_each_others_pages(cloud: LocalCloud, office: Office):
    other = Office(cloud, "Cedar Fork Septic")
    sessions = {one.tenant.tenant_id: one.cookie() for one in (office, other)}

    def name_seen(tenant_id: str) -> tuple[str, set[str]]:
        page = Http(cloud.origin)("GET", "/admin/customers", headers={"Cookie": sessions[tenant_id]}).raw.decode()
        return tenant_id, {name for name in ("Blue Ridge Rentals", "Cedar Fork Septic") if name in page}

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(name_seen, [*sessions] * 30))

    own = {office.tenant.tenant_id: {"Blue Ridge Rentals"}, other.tenant.tenant_id: {"Cedar Fork Septic"}}
    assert [names for tenant_id, names in seen if names != own[tenant_id]] == []


def test_a_link_in_a_mail_opens_its_page_for_who_is_signed_in(signed_in: Page, office: Office):
    mail = f'<a href="{office.origin}{office.payment}">Look at the payment</a>'
    signed_in.route("http://mail.example/**", lambda route: route.fulfill(content_type="text/html", body=mail))
    signed_in.goto("http://mail.example/inbox")

    signed_in.get_by_role("link", name="Look at the payment").click()

    expect(signed_in.get_by_role("heading", name="Payment of $130.00")).to_be_visible()


def test_files_download_what_is_shown(signed_in: Page, office: Office):
    signed_in.goto(f"{office.origin}/admin/customers?q=pine")

    with signed_in.expect_download() as started:
        signed_in.get_by_role("link", name="Download CSV").click()

    assert started.value.suggested_filename == "customers.csv"
    lines = started.value.path().read_text("utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["customer_id", "pine-ridge"]


def test_the_first_tab_skips_to_the_content(signed_in: Page, office: Office):
    signed_in.goto(f"{office.origin}/admin/customers")

    signed_in.keyboard.press("Tab")

    expect(signed_in.get_by_role("link", name="Skip to main content")).to_be_focused()
