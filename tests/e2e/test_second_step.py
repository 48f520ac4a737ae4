"""Staff turn the second step on, sign in with a code and turn it off, in a real browser with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pyotp import TOTP

from local.cloud import LocalCloud
from tests.e2e.accessibility import SIDEWAYS, violations_in_both_schemes
from tests.e2e.local_http import Http, Tenant, good

PROFILE = "/admin/profile"


@pytest.fixture
def tenant(cloud: LocalCloud) -> Tenant:
    made = good(Http(cloud.origin)("POST", "/local/tenants", {"name": "Blue Ridge Rentals", "time_zone": "America/New_York"}))
    return Tenant(Http(cloud.origin), made["tenant_id"], made["api_key"], made["staff"])


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def anyone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(java_script_enabled=request.param)
    yield context
    context.close()


def give_password(page: Page, cloud: LocalCloud, tenant: Tenant, then: str = PROFILE) -> None:
    page.goto(cloud.origin + then)
    page.get_by_label("Email", exact=True).fill(tenant.staff["email"])
    page.get_by_label("Password").fill(tenant.staff["password"])
    page.get_by_role("button", name="Sign in").click()


def set_up(page: Page, tenant: Tenant) -> TOTP:
    """Ask for the second step; return the app that has scanned the picture."""
    page.get_by_label("Your password").fill(tenant.staff["password"])
    page.get_by_role("button", name="Set up the second step").click()
    key = page.get_by_text(re.compile("No camera")).inner_text().partition(":")[2]
    return TOTP(re.sub(r"\s", "", key))


def test_staff_turn_it_on_sign_in_with_a_code_and_turn_it_off(anyone: BrowserContext, cloud: LocalCloud, tenant: Tenant):
    page = anyone.new_page()
    give_password(page, cloud, tenant)
    app = set_up(page, tenant)
    expect(page.get_by_role("img", name=re.compile("QR code"))).to_be_visible()
    page.get_by_label("Code", exact=True).fill("12345")
    page.get_by_role("button", name="Turn on the second step").click()
    expect(page.get_by_role("alert")).to_contain_text("That code isn't right")
    page.get_by_label("Code", exact=True).fill(app.at(cloud.now()))
    page.get_by_role("button", name="Turn on the second step").click()
    expect(page.get_by_text("The second step is on.")).to_be_visible()
    codes = page.get_by_role("listitem").filter(has_text=re.compile("^[a-z2-9]{4}-")).all_inner_texts()
    page.get_by_role("link", name="I have written them down").click()
    expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()

    give_password(page, cloud, tenant, "/admin/customers")
    expect(page.get_by_role("heading", name="Type your code")).to_be_visible()
    page.get_by_label("Code", exact=True).fill("nonsense")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("Error: Type your code – Duebook")
    page.get_by_label("Code", exact=True).fill(app.at(cloud.now(), counter_offset=1))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{cloud.origin}/admin/customers")

    page.get_by_role("link", name="Sam Office").click()
    page.locator("summary", has_text="Turn it off").click()
    page.get_by_label("Your password").fill(tenant.staff["password"])
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.get_by_role("button", name="Turn off the second step").click()
    expect(page.get_by_role("button", name="Set up the second step")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 320])
def test_its_pages_have_no_accessibility_fault_no_complaint_and_no_sideways_scroll(
    browser: Browser, cloud: LocalCloud, tenant: Tenant, width: int
):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "422" not in message.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    faults: dict[str, list[tuple[str, str]]] = {}

    def look(name: str) -> None:
        faults[name] = violations_in_both_schemes(page)
        assert not page.evaluate(SIDEWAYS), name

    give_password(page, cloud, tenant)
    look("off")
    app = set_up(page, tenant)
    look("picture")
    page.get_by_label("Code", exact=True).fill("1")
    page.get_by_role("button", name="Turn on the second step").click()
    look("wrong")
    page.get_by_label("Code", exact=True).fill(app.at(cloud.now()))
    page.get_by_role("button", name="Turn on the second step").click()
    look("codes")
    page.goto(cloud.origin + PROFILE)
    page.locator("summary", has_text="Turn it off").click()
    look("on")
    context.clear_cookies()
    give_password(page, cloud, tenant)
    look("asked")

    context.close()
    assert {name: found for name, found in faults.items() if found} == {}
    assert said == []
