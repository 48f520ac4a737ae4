"""An admin changes how the business looks, in a real browser over the local cloud; customers see it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, expect

from local.cloud import LocalCloud
from tests.e2e.accessibility import SIDEWAYS, violations_in_both_schemes
from tests.e2e.local_http import Http, Tenant, good

PATH = "/admin/settings/branding"
COLOUR = "getComputedStyle(document.documentElement).getPropertyValue('--action-light')"


def logo(kind: str = "PNG") -> bytes:
    """A picture wider than high, as logos are."""
    picture = Image.new("RGBA", (640, 200), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 0, 190, 190), 40, fill="#0b7a5c")
    draw.rectangle((230, 60, 620, 130), fill="#16202a")
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


@pytest.fixture
def tenant(cloud: LocalCloud) -> Tenant:
    made = good(Http(cloud.origin)("POST", "/local/tenants", {"name": "Blue Ridge Rentals", "time_zone": "America/New_York"}))
    return Tenant(Http(cloud.origin), made["tenant_id"], made["api_key"], made["staff"])


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def anyone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(java_script_enabled=request.param)
    yield context
    context.close()


def opened(page: Page, cloud: LocalCloud, tenant: Tenant) -> Page:
    page.goto(cloud.origin + PATH)
    page.get_by_label("Email", exact=True).fill(tenant.staff["email"])
    page.get_by_label("Password").fill(tenant.staff["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Branding", level=2)).to_be_visible()
    return page


def test_r57_an_admin_brands_the_business_and_its_customers_see_it(
    anyone: BrowserContext, browser: Browser, cloud: LocalCloud, tenant: Tenant, tmp_path: Path
):
    customer = tenant.customer("halvorsen", name="Halvorsen Construction")
    tenant.invoice("halvorsen", "inv-1", 100_00)
    picture = tmp_path / "logo.webp"
    picture.write_bytes(logo("WEBP"))
    page = opened(anyone.new_page(), cloud, tenant)

    page.get_by_label("Name", exact=True).fill("Blue Ridge Sanitation")
    page.get_by_label("Colour (optional)").fill("#ffd400")
    page.get_by_label("Short name").fill(f"blue-{tenant.tenant_id[-10:].lower()}")
    page.get_by_label("Support phone").fill("+1 540 555 0142")
    page.get_by_label("Picture").set_input_files(picture)
    page.get_by_role("button", name="Save branding").click()

    expect(page.get_by_text("Saved. Pages show it within five minutes.")).to_be_visible()
    expect(page.get_by_text("Buttons use #806a00 so that text can be read.")).to_be_visible()
    expect(page.get_by_role("img", name="Your logo now")).to_have_js_property("naturalWidth", 512)
    slug = page.get_by_label("Sign-in address").input_value().rpartition("=")[2]
    told = good(Http(cloud.origin)("GET", f"/api/brand?company={slug}"))
    assert (told["name"], told["colours"]["action_light"]) == ("Blue Ridge Sanitation", "#806a00")
    served = Http(cloud.origin)("GET", told["logo_url"])
    assert (served.status, served.headers["Content-Type"]) == (200, "image/png")
    assert "immutable" in served.headers["Cache-Control"]
    guest = browser.new_page()
    guest.goto(f"{cloud.origin}/pay-my-balance#id={customer['pay_online_id']}")
    expect(guest.get_by_text("Blue Ridge Sanitation").first).to_be_visible()
    assert guest.evaluate(COLOUR).strip() == "#806a00"
    expect(guest.locator(".brand-logo")).to_have_js_property("naturalWidth", 512)
    guest.close()


def test_a_wrong_form_keeps_what_was_typed_and_names_each_field(anyone: BrowserContext, cloud: LocalCloud, tenant: Tenant, tmp_path: Path):
    drawing = tmp_path / "logo.png"
    drawing.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    page = opened(anyone.new_page(), cloud, tenant)

    page.get_by_label("Colour (optional)").fill("mustard")
    page.get_by_label("Support phone").fill("+1 540 555 0142")
    page.get_by_role("button", name="Save branding").click()
    expect(page.get_by_role("alert")).to_contain_text("One thing needs correcting. Nothing was saved.")
    expect(page).to_have_title("Error: Branding – Duebook")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Colour (optional)")).to_be_focused()
    expect(page.get_by_label("Colour (optional)")).to_have_value("mustard")
    expect(page.get_by_label("Support phone")).to_have_value("+1 540 555 0142")

    page.get_by_label("Colour (optional)").fill("#2f6f4f")
    page.get_by_label("Picture").set_input_files(drawing)
    page.get_by_role("button", name="Save branding").click()
    expect(page.get_by_role("alert")).to_contain_text("SVG drawings can carry programs and are not taken.")
    assert good(tenant.call("GET", "/settings/profile"))["accent"] is None


def test_r57_a_typed_or_picked_colour_is_shown_at_once_and_nothing_typed_is_lost(page: Page, cloud: LocalCloud, tenant: Tenant):
    opened(page, cloud, tenant)
    page.get_by_label("Support phone").fill("+1 540 555 0142")
    look = page.get_by_role("region", name="How it looks")

    page.get_by_label("Colour (optional)").fill("#808080")
    expect(look).to_contain_text("Your grey #808080 is used for the bar.")
    expect(page.get_by_role("status").filter(has_text="grey")).to_have_count(1)
    page.get_by_label("Choose the colour").fill("#ff7a00")
    expect(look).to_contain_text("Your orange #ff7a00 is used for the bar.")
    expect(page.get_by_label("Colour (optional)")).to_have_value("#ff7a00")
    page.get_by_label("Colour (optional)").fill("#ff7")
    expect(look).to_contain_text("Your yellow #ffff77")
    page.get_by_label("Colour (optional)").fill("#f")
    expect(look).to_contain_text("Type the colour as # and six digits")

    expect(page.get_by_label("Support phone")).to_have_value("+1 540 555 0142")
    assert page.url.endswith(PATH)


@pytest.mark.parametrize("width", [1280, 320])
def test_the_page_has_no_accessibility_fault_no_complaint_and_no_sideways_scroll(
    browser: Browser, cloud: LocalCloud, tenant: Tenant, tmp_path: Path, width: int
):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "422" not in message.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    picture = tmp_path / "logo.png"
    picture.write_bytes(logo())
    opened(page, cloud, tenant)

    faults: dict[str, Any] = {"plain": violations_in_both_schemes(page)}
    page.get_by_label("Colour (optional)").fill("#ffd400")
    page.get_by_label("Picture").set_input_files(picture)
    page.get_by_role("button", name="Save branding").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    faults["saved"] = violations_in_both_schemes(page)
    page.get_by_label("Name", exact=True).fill(" ")
    page.get_by_label("Colour (optional)").fill("red")
    page.get_by_role("button", name="Save branding").click()
    expect(page.get_by_role("alert")).to_be_visible()
    faults["wrong"] = violations_in_both_schemes(page)

    assert faults == {"plain": [], "saved": [], "wrong": []}
    assert not page.evaluate(SIDEWAYS)
    assert said == []
    context.close()
