"""The page of service requests in its states, to be looked at."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.fake_api import problem
from tests.e2e.portal_pages.fake_portal import YARD, FakePortal, membership, request

REQUESTS = [
    request(9, wanted_on="2026-08-03", po_number="PO-88213", note="Beside the north trailer. Gate code 4411."),
    request(8, "read", product_name="Hand-wash station", service_name="Weekly service", site=YARD),
    request(7, "completed", wanted_on="2026-07-20", scheduled_on="2026-07-21", service_name="Pickup"),
    request(
        5,
        "declined",
        product_id="ada",
        product_name="ADA unit",
        wanted_on="2026-07-11",
        po_number="PO-87990",
        decline_reason="Our ADA units are all out until August 10. Please ask again for a day after that.",
    ),
]


def _requests(page: Page, portal: FakePortal) -> None:
    portal.requests = [one for one in REQUESTS if one["site"]["id"] in {site["id"] for site in portal.sites}]
    page.goto(f"{portal.origin}/requests")
    expect(page.get_by_role("heading", name="Your requests")).to_be_visible()


def _requests_of_a_site(page: Page, portal: FakePortal) -> None:
    portal.memberships = [membership(kind="site")]
    portal.sites = portal.sites[:1]
    _requests(page, portal)


def _request_form(page: Page, portal: FakePortal) -> None:
    _requests(page, portal)
    page.get_by_role("button", name="New request").click()
    expect(page.get_by_role("heading", name="New request")).to_be_focused()


def _request_mistakes(page: Page, portal: FakePortal) -> None:
    _request_form(page, portal)
    page.get_by_label("When (optional)").fill("2020-01-01")
    page.get_by_label("Note (optional)").fill("Card 4111 1111 1111 1111")
    page.get_by_role("button", name="Send request").click()
    expect(page.locator("#request-summary")).to_be_visible()


def _request_sent(page: Page, portal: FakePortal) -> None:
    _requests_of_a_site(page, portal)
    page.get_by_role("button", name="New request").click()
    page.get_by_label("Product").select_option("Standard unit")
    page.get_by_label("Service", exact=True).select_option("Delivery")
    page.get_by_role("button", name="Send request").click()
    expect(page.locator("#done")).to_be_visible()


def _request_copied(page: Page, portal: FakePortal) -> None:
    portal.catalog["products"] = portal.catalog["products"][:1]
    _requests(page, portal)
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("No longer available: ADA unit.")).to_be_visible()


def _requests_empty(page: Page, portal: FakePortal) -> None:
    page.goto(f"{portal.origin}/requests")
    expect(page.get_by_text("You haven't asked for service yet.")).to_be_visible()


def _requests_closed(page: Page, portal: FakePortal) -> None:
    portal.catalog["services"] = []
    _requests(page, portal)
    expect(page.get_by_text("Service requests are not possible now.")).to_be_visible()


def _requests_failed(page: Page, portal: FakePortal) -> None:
    portal.script("GET /api/portal/requests", problem(500, "internal"))
    page.goto(f"{portal.origin}/requests")
    expect(page.get_by_text("We couldn't load your service requests.")).to_be_visible()


def _requests_loading(page: Page, portal: FakePortal) -> None:
    page.route("**/api/portal/**", lambda _route: None)
    page.goto(f"{portal.origin}/requests")
    expect(page.locator("#list [data-state=loading]")).to_be_visible()


def _requests_offline(page: Page, portal: FakePortal) -> None:
    _request_form(page, portal)
    page.context.set_offline(True)
    expect(page.get_by_text("You're offline. What you typed is kept.")).to_be_visible()


def _requests_denied(page: Page, portal: FakePortal) -> None:
    portal.script("GET /api/portal/requests", problem(403, "access_denied"))
    page.goto(f"{portal.origin}/requests")
    expect(page.get_by_text("Your access doesn't cover service requests.")).to_be_visible()


REQUEST_STATES: dict[str, Callable[[Page, FakePortal], None]] = {
    "requests": _requests,
    "requests of a site contact": _requests_of_a_site,
    "requests, form": _request_form,
    "requests, form with mistakes": _request_mistakes,
    "requests, sent": _request_sent,
    "requests, asked again": _request_copied,
    "requests, empty": _requests_empty,
    "requests, not possible": _requests_closed,
    "requests, failed": _requests_failed,
    "requests, loading": _requests_loading,
    "requests, offline": _requests_offline,
    "requests, no access": _requests_denied,
}
