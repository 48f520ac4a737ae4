"""Every page of signing in and of signed-in contacts, in its states: accessible, within its bytes, at 320 px, zoomed, printed, right to left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.accessibility import violations_in_both_schemes
from tests.e2e.fake_api import Answer, problem
from tests.e2e.portal_pages.fake_portal import GOOD_TOKEN, OLD_TOKEN, FakePortal, contact, membership, request
from tests.e2e.portal_pages.request_states import REQUEST_STATES, REQUESTS

MINUTE = 60_000
SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, input, select, summary, .choice")]
    .filter((one) => one.checkVisibility() && !one.matches(".choice input, .switch input, .skip, .visually-hidden"))
    .map((one) => [one.outerHTML.slice(0, 100), one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([html, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`)"""
"""WCAG 2.2, 2.5.8: nothing to press is smaller than 24 by 24 pixels."""

State = Callable[[Page, FakePortal], None]


def at(path: str, heading: str | None = None) -> State:
    """Open a page and wait for its heading."""

    def show(page: Page, portal: FakePortal) -> None:
        page.goto(f"{portal.origin}/{path}")
        if heading:
            expect(page.get_by_role("heading", name=heading).first).to_be_visible()

    return show


def press(before: State, *buttons: str) -> State:
    """Press buttons on a page."""

    def show(page: Page, portal: FakePortal) -> None:
        before(page, portal)
        for name in buttons:
            page.get_by_role("button", name=name, exact=True).first.click()

    return show


def _wrong_sign_in(page: Page, portal: FakePortal) -> None:
    page.goto(f"{portal.origin}/login")
    page.get_by_label("Email").fill("ana@halvorsen.example")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#login-note")).to_be_visible()


def _link_sent(page: Page, portal: FakePortal) -> None:
    page.goto(f"{portal.origin}/forgot-password")
    page.get_by_role("textbox", name="Email").fill("ana@halvorsen.example")
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()


def _expired(page: Page, portal: FakePortal) -> None:
    page.goto(f"{portal.origin}/set-password#token={OLD_TOKEN}")
    page.get_by_label("New password", exact=True).fill("a long enough one")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()


def _contacts(page: Page, portal: FakePortal) -> None:
    page.goto(f"{portal.origin}/contacts")
    expect(page.get_by_role("rowheader", name="Ana Halvorsen")).to_be_visible()


def _told(page: Page, portal: FakePortal) -> None:
    _contacts(page, portal)
    page.get_by_role("switch", name="Portal access of Cleo Marsh").click()
    page.get_by_role("switch", name="Portal access of Dev Patel").click()
    expect(page.get_by_text("Invitation sent to dev@halvorsen.example.").first).to_be_visible()


def _many(page: Page, portal: FakePortal) -> None:
    portal.contacts += [contact(f"p{n}", f"Person with quite a long name {n}", f"person.{n}@halvorsen.example") for n in range(80)]
    _contacts(page, portal)


def _form(page: Page, portal: FakePortal) -> None:
    portal.sites += [{"id": f"s{n}", "name": f"Site {n}", "number": f"N-{n}", "address": "1 Long Road, Springfield"} for n in range(14)]
    _contacts(page, portal)
    page.get_by_role("button", name="Add contact").click()
    page.get_by_role("radio", name="Site contact").check()
    page.get_by_role("button", name="Save contact").click()
    expect(page.locator("#contact-summary")).to_be_visible()


def _edit(page: Page, portal: FakePortal) -> None:
    _contacts(page, portal)
    page.get_by_role("button", name="Edit Dev Patel").click()
    expect(page.get_by_role("heading", name="Edit Dev Patel")).to_be_visible()


def _delete(page: Page, portal: FakePortal) -> None:
    _contacts(page, portal)
    page.get_by_role("button", name="Delete Ben Ode").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _no_match(page: Page, portal: FakePortal) -> None:
    _contacts(page, portal)
    page.get_by_role("searchbox", name="Search").fill("nobody")
    expect(page.get_by_text("No contact matches.")).to_be_visible()


def _empty(page: Page, portal: FakePortal) -> None:
    portal.script("GET /api/portal/contacts", Answer(200, {"items": [], "next_cursor": None}))
    page.goto(f"{portal.origin}/contacts")
    expect(page.get_by_text("There are no contacts yet.")).to_be_visible()


def _failed(page: Page, portal: FakePortal) -> None:
    portal.script("GET /api/portal/contacts", problem(500, "internal"))
    page.goto(f"{portal.origin}/contacts")
    expect(page.get_by_text("We couldn't load your contacts.")).to_be_visible()


def _loading(page: Page, portal: FakePortal) -> None:
    page.route("**/api/portal/**", lambda _route: None)
    page.goto(f"{portal.origin}/contacts")
    expect(page.locator("#list [data-state=loading]")).to_be_visible()


def _offline(page: Page, portal: FakePortal) -> None:
    _contacts(page, portal)
    page.context.set_offline(True)
    expect(page.get_by_text("You're offline.")).to_be_visible()


def _denied(page: Page, portal: FakePortal) -> None:
    portal.memberships = [membership(kind="site")]
    page.goto(f"{portal.origin}/contacts")
    expect(page.get_by_role("heading", name="You can't open this page")).to_be_visible()


def _no_session(page: Page, portal: FakePortal) -> None:
    portal.script("GET /api/session", problem(503, "temporarily_unavailable"))
    page.goto(f"{portal.origin}/profile")
    expect(page.get_by_role("heading", name="We couldn't open this page")).to_be_visible()


def _ending(page: Page, portal: FakePortal) -> None:
    page.clock.install()
    page.goto(f"{portal.origin}/profile")
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()
    page.clock.fast_forward(28 * MINUTE + 1000)
    expect(page.get_by_role("dialog", name="Stay signed in?")).to_be_visible()


def _switcher(page: Page, portal: FakePortal) -> None:
    portal.memberships = [membership(), membership(2, "site", "Reyes Events and Weddings of the Whole Valley", "Marsh Septic")]
    page.goto(f"{portal.origin}/profile")
    page.locator("#memberships summary").click()
    expect(page.get_by_role("button", name="Reyes Events")).to_be_visible()


def _viewed(page: Page, portal: FakePortal) -> None:
    portal.viewed_by = "Dana Whitlock"
    portal.contacts[0]["name"] = "Anastasia Halvorsen-Montgomery of the Valley"
    page.goto(f"{portal.origin}/profile")
    expect(page.get_by_text("You see the portal as Anastasia")).to_be_visible()


STATES: dict[str, State] = {
    "start": at("", "Bills for field service"),
    "sign in": at("login?company=cedar-valley&why=ended", "Sign in"),
    "sign in, empty": press(at("login", "Sign in"), "Sign in"),
    "sign in, wrong": _wrong_sign_in,
    "forgot": at("forgot-password", "Forgot password"),
    "forgot, sent": _link_sent,
    "set password": at(f"set-password#token={GOOD_TOKEN}", "Choose a password"),
    "set password, short": press(at(f"set-password#token={GOOD_TOKEN}", "Choose a password"), "Save and sign in"),
    "set password, expired": _expired,
    "set password, sent again": press(_expired, "Send me a new link"),
    "set password, no token": at("set-password", "This link isn't complete"),
    "profile": at("profile", "Your details"),
    "profile, saved": press(at("profile", "Your details"), "Save details"),
    "profile, mistakes": press(at("profile", "Your details"), "Change password"),
    "switcher": _switcher,
    "session ends": _ending,
    "viewed by staff": _viewed,
    "session cannot be read": _no_session,
    "contacts": _contacts,
    "contacts, told": _told,
    "contacts, many": _many,
    "contacts, form with mistakes": _form,
    "contacts, edit": _edit,
    "contacts, delete": _delete,
    "contacts, no match": _no_match,
    "contacts, empty": _empty,
    "contacts, failed": _failed,
    "contacts, loading": _loading,
    "contacts, offline": _offline,
    "contacts, no access": _denied,
    **REQUEST_STATES,
}


@pytest.fixture(autouse=True)
def online_again(page: Page) -> None:
    """Nothing moves while it is looked at."""
    page.emulate_media(reduced_motion="reduce")


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_and_fits(contact: Page, portal: FakePortal, state: str) -> None:
    STATES[state](contact, portal)
    expect(contact.locator("[inert]:visible")).to_have_count(0)

    for width in (1280, 320):
        contact.set_viewport_size({"width": width, "height": 800})
        assert (width, violations_in_both_schemes(contact)) == (width, [])
        assert (width, contact.evaluate(SMALL_TARGETS)) == (width, [])
        assert contact.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "state", ["sign in", "profile", "switcher", "contacts, told", "contacts, form with mistakes", "requests, form with mistakes"]
)
def test_pages_hold_in_right_to_left_and_with_large_text(contact: Page, portal: FakePortal, state: str) -> None:
    contact.set_viewport_size({"width": 320, "height": 800})
    STATES[state](contact, portal)

    contact.evaluate("document.documentElement.dir = 'rtl'")
    assert contact.evaluate("document.documentElement.scrollWidth") <= 320
    contact.evaluate("document.documentElement.style.setProperty('font-size', '150%')")

    assert contact.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("state", ["sign in", "profile", "contacts", "requests"])
def test_pages_hold_at_four_hundred_percent(contact: Page, portal: FakePortal, state: str) -> None:
    """A window of 1280 by 1024 zoomed to 400 % is one of 320 by 256."""
    contact.set_viewport_size({"width": 320, "height": 256})
    STATES[state](contact, portal)

    assert contact.evaluate("document.documentElement.scrollWidth") <= 320
    contact.keyboard.press("Tab")
    contact.keyboard.press("Tab")
    box = contact.locator(":focus").bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 256


@pytest.mark.parametrize(
    ("path", "ready"),
    [
        ("login", "Sign in"),
        ("set-password#token=x", "Choose"),
        ("profile", "Your details"),
        ("contacts", "Company"),
        ("requests", "Your requests"),
    ],
)
def test_a_first_visit_stays_within_its_bytes(contact: Page, portal: FakePortal, path: str, ready: str) -> None:
    requests: list[Request] = []
    contact.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - the page marks what it is given
    portal.contacts += [{**portal.contacts[1], "id": f"p{n}", "name": f"Person {n}"} for n in range(50)]
    portal.requests = [request(n, note=f"Beside trailer {n}, please.") for n in range(50)]

    contact.goto(f"{portal.origin}/{path}")
    expect(contact.get_by_role("heading", name=ready).first).to_be_visible()

    sizes = {request.url: request.sizes()["responseBodySize"] for request in requests}
    scripts = sum(size for url, size in sizes.items() if url.endswith(".js"))
    styles = sum(size for url, size in sizes.items() if url.endswith(".css"))
    assert sum(sizes.values()) <= 60_000
    assert 0 < scripts <= 20_000
    assert 0 < styles <= 8_000


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("path", ["contacts", "profile", "requests"])
def test_nothing_jumps_while_a_page_loads(contact: Page, portal: FakePortal, path: str, width: int) -> None:
    contact.set_viewport_size({"width": width, "height": 800})
    contact.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )

    portal.requests = [*REQUESTS]
    contact.goto(f"{portal.origin}/{path}")
    expect(contact.get_by_role("heading", level=2).first).to_be_visible()
    contact.wait_for_timeout(200)

    assert contact.evaluate("window.shift") <= 0.05


def test_contacts_print_without_navigation_and_buttons(contact: Page, portal: FakePortal) -> None:
    _contacts(contact, portal)

    contact.emulate_media(media="print")

    expect(contact.get_by_role("rowheader", name="Ben Ode")).to_be_visible()
    for hidden in (contact.get_by_role("navigation"), contact.get_by_role("button", name="Add contact"), contact.locator("#filters")):
        expect(hidden.first).to_be_hidden()
    assert contact.pdf(format="Letter").startswith(b"%PDF")


def test_pages_of_contacts_load_no_frame_and_no_foreign_script(contact: Page, portal: FakePortal) -> None:
    foreign: list[str] = []
    contact.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(portal.origin) else None)

    _contacts(contact, portal)

    assert foreign == []
    assert len(contact.frames) == 1


@pytest.mark.parametrize("path", ["login", "profile"])
def test_without_javascript_the_page_says_whom_to_call(browser: object, portal: FakePortal, path: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()  # type: ignore[attr-defined]

    page.goto(f"{portal.origin}/{path}")

    assert "call the company on your statement" in page.locator("body").inner_text()
