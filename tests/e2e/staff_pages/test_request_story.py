"""Staff work off service requests in a real browser through the whole local cloud: seen by the badge, read, completed, declined (R80 to R83)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from local.cloud import LocalCloud
from tests.e2e.local_http import Tenant, eventually, good
from tests.e2e.staff_pages.test_mail_story import SOON, signed_in
from tests.e2e.test_portal_sign_in import ana_of, put_contact
from tests.e2e.test_portal_sign_in_story import link_mailed
from tests.e2e.test_service_request_story import ask, enter

DEPOT = "Riverside Depot (S-12)"


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """A business with one customer, a site and an invited contact; nothing can be asked for yet."""
    made = tenant(name="Blue Ridge Portables")
    made.customer("acme", name="Acme Builders")
    good(made.call("PUT", "/customers/acme/sites/depot", {"name": "Riverside Depot", "number": "S-12"}))
    good(put_contact(made))
    return made


def contact(browser: Browser, cloud: LocalCloud, business: Tenant) -> Page:
    """Let the contact in, where requests are sent."""
    page = browser.new_context().new_page()
    page.set_default_timeout(SOON)
    enter(page, link_mailed(business, "invitation"))
    expect(page.locator("#account")).to_contain_text("Acme Builders", timeout=SOON)
    page.goto(f"{cloud.origin}/requests")
    return page


def add(office: Page, cloud: LocalCloud, kind: str, name: str) -> None:
    """Add a product or a service in the settings."""
    office.goto(f"{cloud.origin}/admin/settings/catalog")
    office.get_by_label(f"New {kind}").fill(name)
    office.get_by_role("button", name=f"Add {kind}").click()
    expect(office.get_by_role("status").filter(has_text="Added.")).to_be_visible(timeout=SOON)


def test_r82_r83_a_request_shows_by_the_badge_is_read_completed_and_another_declined_with_a_mail(
    page: Page, browser: Browser, cloud: LocalCloud, business: Tenant
):
    office = signed_in(page, cloud, business)
    add(office, cloud, "product", "Standard unit")
    add(office, cloud, "service", "Delivery")
    portal = contact(browser, cloud, business)
    office.clock.install()
    office.goto(f"{cloud.origin}/admin/customers")
    badge = office.locator(".side-nav .badge")
    expect(badge).to_be_hidden()

    ask(portal, DEPOT)
    office.clock.run_for(31_000)
    expect(badge).to_have_text("1 unread")
    office.get_by_role("link", name="Requests 1 unread").click()
    row = office.get_by_role("row").filter(has_text="Acme Builders")
    expect(row).to_contain_text("New")
    row.get_by_role("link", name="View details").click()
    expect(office.get_by_role("heading", name="Standard unit, Delivery")).to_be_visible(timeout=SOON)
    expect(office.get_by_role("main")).to_contain_text("Read")
    expect(badge).to_be_hidden()

    office.get_by_role("link", name="Create job").click()
    expect(office.get_by_role("main")).to_contain_text(DEPOT)
    office.get_by_label("Job number").fill("J-4711")
    office.get_by_role("button", name="Save job").click()
    expect(office.get_by_role("status").filter(has_text="Saved: Job J-4711. The request is completed.")).to_be_visible(timeout=SOON)
    expect(office.get_by_role("link", name="Create job")).to_have_count(0)
    portal.reload()
    expect(portal.locator("#list tbody tr").first.locator(".tag")).to_have_text("Accepted")

    ask(portal, DEPOT)
    office.get_by_role("link", name="Requests", exact=False).first.click()
    office.get_by_role("row").filter(has_text="New").get_by_role("link", name="View details").click()
    office.get_by_role("link", name="Decline").click()
    office.get_by_label("Reason").fill("All units are out until Friday.")
    office.get_by_role("button", name="Show the mail").click()
    expect(office.get_by_role("group", name="Text of the mail")).to_contain_text("All units are out until Friday.", timeout=SOON)
    assert business.mails("request_declined") == []
    office.get_by_role("button", name="Decline and send the mail").click()
    expect(office.get_by_role("status").filter(has_text="The request is declined.")).to_be_visible(timeout=SOON)
    [mail] = eventually(lambda: business.mails("request_declined"), 40)
    assert mail["to"] == [ana_of(business)]
    assert "All units are out until Friday." in mail["text"]
    portal.context.close()


def test_r80_r83_without_a_script_all_of_it_works_and_who_comes_second_does_nothing_twice(
    browser: Browser, cloud: LocalCloud, business: Tenant
):
    office = signed_in(browser.new_context(java_script_enabled=False).new_page(), cloud, business)
    add(office, cloud, "product", "Standard unit")
    add(office, cloud, "service", "Delivery")
    portal = contact(browser, cloud, business)
    ask(portal, DEPOT)

    office.goto(f"{cloud.origin}/admin/requests?q=acme&status=new")
    expect(office.locator(".side-nav .badge")).to_have_text("1 unread")
    office.get_by_role("link", name="View details").click()
    office.get_by_role("link", name="Create rental").click()
    second = office.context.new_page()
    second.goto(office.url)
    for one in (office, second):
        one.get_by_role("button", name="Save rental").click()
    expect(office.get_by_role("status").filter(has_text="Saved: Rental. The request is completed.")).to_be_visible(timeout=SOON)
    expect(second.get_by_role("alert").filter(has_text="Nothing was done by what you just sent")).to_be_visible(timeout=SOON)
    assert len(eventually(lambda: business.mails("request_completed"), 40)) == 1

    office.goto(f"{cloud.origin}/admin/settings/catalog")
    office.get_by_role("row").filter(has_text="Delivery").get_by_role("link", name="Change").click()
    office.get_by_label("Hidden").check()
    office.get_by_role("button", name="Save").click()
    office.get_by_role("button", name="Hide it, and close requests").click()
    expect(office.get_by_role("main")).to_contain_text("Customers cannot send requests now.", timeout=SOON)
    portal.reload()
    expect(portal.locator("#closed")).to_contain_text("Service requests are not possible now.")
    portal.context.close()
    office.context.close()
