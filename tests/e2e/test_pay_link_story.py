"""A bill comes by mail, is opened by a scanner, paid in a real browser by its link, and its link is revoked (R74)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import GOOD_CARD, Http, Json, Tenant, eventually, good
from tests.e2e.test_portal_pay_story import fill_card

pytestmark = pytest.mark.usefixtures("quiet_console")


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business that sends past-due notices by itself, and a customer with two invoices past due."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("acme", name="Acme Builders", email="ap@acme.example")
    for number, minor in enumerate((420_00, 199_43), start=1):
        made.invoice("acme", f"inv-{number}", minor, number=f"INV-{number}", due_date="2026-02-04")
    good(made.call("PUT", "/settings/automation", {"past_due_notices": {"enabled": True}}))
    good(made.call("PUT", "/customers/acme/automation", {"enabled": True, "paused_until": None}))
    return made


def notice(business: Tenant) -> Json:
    """Let the notices go out, and return the customer's."""
    good(business.http("POST", "/local/run/past_due_notices", {"tenant_id": business.tenant_id}))
    found = eventually(lambda: [mail for mail in business.mails() if mail["kind"].startswith("past_due")], 60)
    assert found
    return found[-1]


def link_in(mail: Json) -> str:
    (link,) = set(re.findall(r'href="([^"]+/pay#token=[^"]+)"', mail["html"]))
    assert link in mail["text"]
    return str(link)


def test_r74_a_bill_is_paid_by_its_link_and_the_link_can_be_revoked(page: Page, cloud: LocalCloud, http: Http, business: Tenant) -> None:
    mail = notice(business)
    link = link_in(mail)
    assert link.startswith(f"{cloud.origin}/pay#token=pay_")
    shown = good(business.call("GET", f"/email-activity/{mail['id']}"))
    assert "/pay#token=…" in shown["text"]
    assert "token=pay_" not in str(shown)

    for _ in range(3):
        scanned = http("GET", link.removeprefix(cloud.origin).partition("#")[0])
        assert (scanned.status, scanned.headers.get("Set-Cookie")) == (200, None)

    page.goto(link)
    expect(page.locator("tbody tr")).to_have_count(2)
    assert page.url == f"{cloud.origin}/pay"
    expect(page.locator("#overview .card").nth(1)).to_contain_text("$619.43")
    page.get_by_role("checkbox", name="Select INV-1", exact=True).check()
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.get_by_label("Save this for next time")).to_be_hidden()
    fill_card(page, GOOD_CARD)
    page.get_by_role("button", name="Pay $420.00").click()
    receipt = page.get_by_role("region", name="Payment received")
    expect(receipt).to_contain_text("Visa ending 1111")
    page.reload()
    expect(receipt.get_by_role("listitem")).to_contain_text(["INV-1"])
    (paid,) = eventually(lambda: business.mails("receipt"), 60)
    assert paid["to"] == ["ap@acme.example"]
    assert len([one for one in business.calls("charge") if one["outcome"] == "approved"]) == 1

    page.goto(f"{cloud.origin}/methods")
    page.wait_for_url(f"{cloud.origin}/pay")
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("INV-2")

    assert business.call("DELETE", "/customers/acme/pay-links").status == 204
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("This link has ended")
    page.get_by_role("link", name="Use my Pay Online ID").click()
    expect(page.get_by_role("heading", name="Pay my balance")).to_be_visible()
