"""A site contact asks for service, and staff answer, in a real browser through the whole local cloud."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import Tenant, eventually, good
from tests.e2e.test_portal_sign_in import PASSWORD, put_contact
from tests.e2e.test_portal_sign_in_story import link_mailed

pytestmark = pytest.mark.usefixtures("quiet_console")


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business with a customer at two sites, whose site contact is invited; nothing can be asked for yet."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("acme", name="Acme Builders")
    for site_id, name, number in (("depot", "Riverside Depot", "S-12"), ("yard", "Harbour Yard", "S-40")):
        good(made.call("PUT", f"/customers/acme/sites/{site_id}", {"name": name, "number": number}))
    good(put_contact(made, kind="site", site_ids=["depot"]))
    return made


def show(business: Tenant, kind: str, entry_id: str, name: str, *, shown: bool = True) -> None:
    good(business.call("PUT", f"/settings/catalog/{kind}/{entry_id}", {"name": name, "shown": shown}))


def open_for_requests(business: Tenant) -> None:
    show(business, "products", "unit", "Standard unit")
    show(business, "products", "ada", "ADA unit")
    show(business, "products", "old", "Wooden unit", shown=False)
    show(business, "services", "delivery", "Delivery")


def enter(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()


def ask(page: Page, site: str) -> None:
    page.get_by_role("button", name="New request").click()
    page.get_by_label("Site", exact=True).select_option(site)
    page.get_by_label("Product").select_option("Standard unit")
    page.get_by_role("button", name="Send request").click()
    expect(page.locator("#done")).to_be_visible()


def test_r81_r82_r83_asked_seen_declined_asked_again_and_accepted(page: Page, cloud: LocalCloud, business: Tenant) -> None:
    enter(page, link_mailed(business, "invitation"))
    expect(page).to_have_url(f"{cloud.origin}/requests")
    expect(page.locator("#closed")).to_contain_text("Service requests are not possible now. Contact Blue Ridge Portables.")
    open_for_requests(business)
    page.reload()

    page.get_by_role("button", name="New request").click()
    expect(page.get_by_label("Site", exact=True).locator("option")).to_have_text(["Choose…", "Riverside Depot (S-12)"])
    expect(page.get_by_label("Product").locator("option")).to_have_text(["Choose…", "ADA unit", "Standard unit"])
    page.get_by_label("Product").select_option("ADA unit")
    page.get_by_label("PO number (optional)").fill("PO-88213")
    page.get_by_label("Note (optional)").fill("Gate code 4411.\nBeside the trailer.")
    page.get_by_role("button", name="Send request").click()

    rows = page.locator("#list tbody tr")
    expect(rows.nth(0)).to_contain_text("ADA unit")
    expect(rows.nth(0).locator(".tag")).to_have_text("Sent")
    assert eventually(lambda: business.mails("request_received"))
    first = good(business.call("GET", "/requests"))
    assert first["new_count"] == 1
    (asked,) = first["items"]

    good(business.call("POST", f"/requests/{asked['id']}/view", {}))
    page.reload()
    expect(rows.nth(0).locator(".tag")).to_have_text("Seen")
    good(business.call("POST", f"/requests/{asked['id']}/decline", {"reason": "Our ADA units are all out until August 10."}))
    page.reload()
    expect(rows.nth(0).locator(".tag")).to_have_text("Declined")
    expect(rows.nth(0)).to_contain_text("Our ADA units are all out until August 10.")

    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_label("Product")).to_have_value("ada")
    expect(page.get_by_label("Note (optional)")).to_have_value("Gate code 4411.\nBeside the trailer.")
    page.get_by_label("Product").select_option("Standard unit")
    page.get_by_role("button", name="Send request").click()
    expect(rows).to_have_count(2)
    again = good(business.call("GET", "/requests?status=new"))["items"][0]["id"]
    good(business.call("POST", f"/requests/{again}/convert", {"kind": "rental", "scheduled_on": "2099-08-05"}))
    page.reload()
    expect(rows.nth(0).locator(".tag")).to_have_text("Accepted")
    expect(rows.nth(0)).to_contain_text("Planned for Aug 5, 2099.")


def test_r54_a_company_contact_asks_for_every_site_and_a_site_contact_sees_its_own(
    page: Page, browser: Browser, cloud: LocalCloud, business: Tenant
) -> None:
    open_for_requests(business)
    enter(page, link_mailed(business, "invitation"))
    ask(page, "Riverside Depot (S-12)")
    expect(page.locator("#list tbody tr")).to_have_count(1)

    good(put_contact(business, "bea", name="Bea Chief", email=f"bea@{business.tenant_id.lower().replace('_', '-')}.example"))
    assert eventually(lambda: len(business.mails("invitation")) == 2)
    chief = browser.new_context().new_page()
    enter(chief, link_mailed(business, "invitation"))
    expect(chief.locator("#account")).to_contain_text("Acme Builders")
    chief.get_by_role("link", name="Service requests").click()
    expect(chief.locator("#list tbody tr")).to_have_count(1)
    expect(chief.locator("#list tbody tr")).to_contain_text("Ana Acme")
    ask(chief, "Harbour Yard (S-40)")
    expect(chief.locator("#list tbody tr")).to_have_count(2)
    chief.context.close()

    page.reload()
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.goto(f"{cloud.origin}/pay")
    expect(page.get_by_role("heading", name="You can't open this page")).to_be_visible()
    page.get_by_role("link", name="Go to service requests").click()
    expect(page).to_have_url(f"{cloud.origin}/requests")


def test_a_request_whose_answer_was_lost_is_on_record_once(page: Page, business: Tenant) -> None:
    open_for_requests(business)
    enter(page, link_mailed(business, "invitation"))
    page.get_by_role("button", name="New request").click()
    page.get_by_label("Product").select_option("Standard unit")

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        assert route.fetch().status == 201
        route.abort()

    page.route("**/api/portal/requests", lose)
    page.get_by_role("button", name="Send request").click()
    expect(page.locator("#request-note")).to_contain_text("We couldn't tell whether your request was sent.")
    page.unroute("**/api/portal/requests")
    page.get_by_role("button", name="Send request").click()

    expect(page.locator("#done")).to_have_text("Your request was sent to Blue Ridge Portables.")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert len(good(business.call("GET", "/requests"))["items"]) == 1


def test_what_is_hidden_or_too_much_meanwhile_is_told_at_its_field(page: Page, business: Tenant) -> None:
    open_for_requests(business)
    enter(page, link_mailed(business, "invitation"))
    page.get_by_role("button", name="New request").click()
    page.get_by_label("Product").select_option("ADA unit")
    show(business, "products", "ada", "ADA unit", shown=False)
    page.get_by_role("button", name="Send request").click()

    expect(page.locator("#product_id-error")).to_have_text("This product cannot be chosen now.")
    expect(page.get_by_label("Product").locator("option")).to_have_text(["Choose…", "Standard unit"])
    show(business, "services", "delivery", "Delivery", shown=False)
    page.get_by_label("Product").select_option("Standard unit")
    page.get_by_role("button", name="Send request").click()

    expect(page.locator("#request-note")).to_have_text("Service requests are not possible now. Contact Blue Ridge Portables.")
    assert good(business.call("GET", "/requests"))["items"] == []
