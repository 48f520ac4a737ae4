"""The page of service requests in its six states, printed, and what asking again copies."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.fake_api import problem
from tests.e2e.local_http import eventually
from tests.e2e.portal_pages.fake_portal import FakePortal, request
from tests.e2e.portal_pages.test_requests import LIST, POST, declined, fill, open_requests, row, send

IN_MODULE = """async ({ cases, days }) => {
    const address = document.querySelector('link[rel=modulepreload][href$="request-copy.js"]').href;
    const { copyOf, todayIn } = await import(address);
    return {
        copies: cases.map(([request, offered, today]) => copyOf(request, offered, today)),
        days: days.map(([zone, at]) => todayIn(zone, new Date(at))),
    };
}"""


def test_loading_is_told_and_then_one_line_and_the_button(contact: Page, portal: FakePortal) -> None:
    portal.gate.clear()
    contact.route("**/api/session", lambda route: route.fulfill(json=portal.session()))
    contact.goto(f"{portal.origin}/requests")
    expect(contact.locator("#list [data-state=loading]")).to_be_visible()
    expect(contact.locator("#list")).to_have_attribute("aria-busy", "true")

    portal.gate.set()

    empty = contact.locator("#list [data-state=empty]")
    expect(empty).to_have_text(re.compile(r"^\s*You haven't asked for service yet\.\s*New request\s*$"))
    expect(contact.get_by_role("button", name="New request")).to_have_count(1)


@pytest.mark.parametrize("call", [LIST, "GET /api/portal/catalog", "GET /api/portal/sites"])
def test_a_page_that_could_not_be_loaded_can_be_tried_again(contact: Page, portal: FakePortal, call: str) -> None:
    portal.script(call, problem(500, "internal"))
    portal.requests = [request(9)]
    contact.goto(f"{portal.origin}/requests")
    expect(contact.get_by_role("alert")).to_contain_text("We couldn't load your service requests.")
    expect(contact.get_by_role("button", name="New request")).to_have_count(0)

    contact.get_by_role("button", name="Try again").click()

    expect(row(contact, "Standard unit")).to_be_visible()
    expect(contact.get_by_role("button", name="New request")).to_be_visible()


def test_offline_and_back_reads_once_keeps_the_form_and_sends_then(contact: Page, portal: FakePortal) -> None:
    open_requests(contact, portal)
    fill(contact)
    contact.context.set_offline(True)
    expect(contact.get_by_text("You're offline. What you typed is kept. This page")).to_be_visible()
    send(contact)
    expect(contact.locator("#request-note")).to_contain_text("Send it when you're back online")
    reads = len(portal.sent("GET", POST))

    contact.context.set_offline(False)

    assert eventually(lambda: len(portal.sent("GET", POST)) > reads)
    contact.wait_for_timeout(300)
    assert len(portal.sent("GET", POST)) == reads + 1
    expect(contact.get_by_label("Product")).to_have_value("ada")
    expect(contact.get_by_label("Site", exact=True)).to_have_value("depot")
    send(contact)
    expect(row(contact, "ADA unit Delivery")).to_be_visible()


def test_a_page_that_could_not_load_offline_says_so_and_loads_once_back(contact: Page, portal: FakePortal) -> None:
    def cut(route: Route) -> None:
        contact.context.set_offline(True)
        route.abort()

    contact.route("**/api/portal/requests*", cut)
    contact.goto(f"{portal.origin}/requests")
    expect(contact.get_by_text("You're offline, so we couldn't load this.")).to_be_visible()

    contact.unroute("**/api/portal/requests*")
    contact.context.set_offline(False)

    expect(contact.get_by_role("button", name="New request")).to_be_visible()


def test_who_may_not_ask_is_told_whom_to_ask(contact: Page, portal: FakePortal) -> None:
    portal.script(LIST, problem(403, "access_denied"))
    contact.goto(f"{portal.origin}/requests")

    expect(
        contact.get_by_text("Your access doesn't cover service requests. Ask a company contact at Halvorsen Construction.")
    ).to_be_visible()
    expect(contact.get_by_role("button", name="New request")).to_have_count(0)


def test_requests_print_without_form_navigation_and_buttons(contact: Page, portal: FakePortal) -> None:
    portal.requests = [declined()]
    open_requests(contact, portal)

    contact.emulate_media(media="print")

    expect(row(contact, "ADA unit")).to_contain_text("Our ADA units are all out until August 10.")
    for hidden in (contact.get_by_role("navigation"), contact.locator("#add"), contact.locator("[data-part=again]").first):
        expect(hidden.first).to_be_hidden()


def test_copies_hold_what_can_still_be_asked_for_and_days_are_the_companys(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/requests")
    one = {
        "site": {"id": "depot", "name": "Depot"},
        "product_id": "p",
        "product_name": "Unit",
        "service_id": "s",
        "service_name": "Pickup",
        "wanted_on": "2026-08-01",
        "po_number": None,
        "note": "Call.",
    }
    offered = {"sites": [{"id": "depot"}], "products": [{"id": "p", "name": "Renamed"}], "services": [{"id": "s", "name": "Pickup"}]}
    cases = [
        [one, offered, "2026-08-01"],
        [one, offered, "2026-08-02"],
        [{**one, "wanted_on": None, "product_id": "old"}, {**offered, "sites": [], "services": []}, "2026-08-01"],
    ]
    days = [
        ["America/Denver", "2026-08-02T05:59:00Z"],
        ["America/Denver", "2026-08-02T06:00:00Z"],
        ["Pacific/Kiritimati", "2025-12-31T10:00:00Z"],
    ]

    found = contact.evaluate(IN_MODULE, {"cases": cases, "days": days})

    whole = {"site_id": "depot", "product_id": "p", "service_id": "s", "wanted_on": "2026-08-01", "po_number": "", "note": "Call."}
    assert found["copies"] == [
        {"values": whole, "gone": []},
        {"values": {**whole, "wanted_on": ""}, "gone": []},
        {"values": {**whole, "site_id": "", "product_id": "", "service_id": "", "wanted_on": ""}, "gone": ["Depot", "Unit", "Pickup"]},
    ]
    assert found["days"] == ["2026-08-01", "2026-08-02", "2026-01-01"]
