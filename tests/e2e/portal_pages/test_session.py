"""A session on the page: navigation by permission, its end with input kept, signing out, switching, profile."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.fake_api import problem
from tests.e2e.portal_pages.fake_portal import EMAIL, PASSWORD, FakePortal, membership

MINUTE = 60_000


def open_profile(page: Page, portal: FakePortal) -> None:
    page.goto(f"{portal.origin}/profile")
    expect(page.get_by_role("heading", name="Your details")).to_be_visible()


def switcher(page: Page) -> Locator:
    return page.locator("summary").filter(has_text="Switch customer, now: Halvorsen Construction")


def test_navigation_shows_what_the_contact_may_use(contact: Page, portal: FakePortal) -> None:
    open_profile(contact, portal)

    navigation = contact.get_by_role("navigation", name="Your account")
    expect(navigation.get_by_role("link")).to_have_text(["Pay", "Payments", "Saved methods", "Service requests", "Contacts", "Profile"])
    expect(navigation.get_by_role("link", name="Profile")).to_have_attribute("aria-current", "page")
    expect(contact.get_by_role("banner")).to_contain_text("Halvorsen Construction")
    expect(contact.get_by_role("link", name="Cedar Valley Portables")).to_have_attribute("href", "/pay")


def test_the_dialog_comes_two_minutes_before_the_end_and_staying_asks_the_server(contact: Page, portal: FakePortal) -> None:
    contact.clock.install()
    open_profile(contact, portal)
    reads = len(portal.sent("GET", "/api/session"))
    contact.clock.fast_forward(27 * MINUTE)
    expect(contact.get_by_role("dialog")).to_be_hidden()
    contact.clock.fast_forward(MINUTE + 1000)
    dialog = contact.get_by_role("dialog", name="Stay signed in?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Stay signed in")).to_be_focused()

    dialog.get_by_role("button", name="Stay signed in").click()

    expect(dialog).to_be_hidden()
    assert len(portal.sent("GET", "/api/session")) == reads + 1
    contact.clock.fast_forward(27 * MINUTE)
    expect(dialog).to_be_hidden()
    contact.clock.fast_forward(2 * MINUTE)
    expect(dialog).to_be_visible()


def test_after_the_end_one_signs_in_again_and_finds_what_was_typed(contact: Page, portal: FakePortal) -> None:
    contact.clock.install()
    open_profile(contact, portal)
    contact.get_by_label("Name").fill("Ana Halvorsen-Reyes")
    contact.get_by_label("Current password").fill("not to be kept")
    portal.signed_in = False

    contact.clock.fast_forward(28 * MINUTE + 1000)
    expect(contact.get_by_role("dialog")).to_be_visible()
    contact.clock.fast_forward(2 * MINUTE)

    expect(contact.get_by_text("You were signed out because nothing happened for a while.")).to_be_visible()
    assert "not to be kept" not in contact.evaluate("JSON.stringify(sessionStorage)")
    contact.get_by_label("Email").fill(EMAIL)
    contact.get_by_label("Password", exact=True).fill(PASSWORD)
    contact.get_by_role("button", name="Sign in").click()
    expect(contact.get_by_label("Name")).to_have_value("Ana Halvorsen-Reyes")
    expect(contact.get_by_label("Current password")).to_have_value("")
    expect(contact.locator("#live")).to_have_text("You're signed in again. What you typed is still here.")
    assert contact.evaluate("sessionStorage.getItem('duebook.kept')") is None


@pytest.mark.parametrize("name", ["contacts", "methods", "payments", "profile", "requests"])
def test_what_a_page_offers_is_out_of_reach_until_it_knows_who_is_there(contact: Page, portal: FakePortal, name: str) -> None:
    """A press on a page that is painted and not yet at work would be lost."""
    portal.gate.clear()
    contact.goto(f"{portal.origin}/{name}")
    expect(
        contact.get_by_role("main")
        .locator("button:visible, input:visible, select:visible, [href]:visible")
        .and_(contact.locator(":not([inert] *)"))
    ).to_have_count(0)

    portal.gate.set()

    expect(contact.locator("[data-view=page]:not([inert])")).to_be_visible()


def test_an_ended_session_found_out_by_a_call_also_keeps_the_form(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/contacts")
    contact.get_by_role("button", name="Add contact").click()
    contact.get_by_label("Name", exact=True).fill("Eve Stone")
    contact.get_by_role("radio", name="Site contact").check()
    contact.get_by_label("Harbour Yard (S-40)").check()
    contact.get_by_label("Phone (optional)").fill("4111 1111 1111 1111")
    portal.signed_in = False
    contact.get_by_role("button", name="Save contact").click()
    expect(contact.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "4111" not in contact.evaluate("JSON.stringify(sessionStorage)")

    contact.get_by_label("Email").fill(EMAIL)
    contact.get_by_label("Password", exact=True).fill(PASSWORD)
    contact.get_by_role("button", name="Sign in").click()

    expect(contact.get_by_label("Name", exact=True)).to_have_value("Eve Stone")
    expect(contact.get_by_role("radio", name="Site contact")).to_be_checked()
    expect(contact.get_by_label("Harbour Yard (S-40)")).to_be_checked()
    expect(contact.get_by_label("Phone (optional)")).to_have_value("")


def test_input_kept_for_one_contact_is_not_shown_to_another(contact: Page, portal: FakePortal) -> None:
    open_profile(contact, portal)
    contact.get_by_label("Name").fill("Private")
    portal.signed_in = False
    contact.get_by_role("button", name="Save details").click()
    expect(contact.get_by_role("heading", name="Sign in")).to_be_visible()
    portal.contacts[0]["id"] = "somebody-else"

    portal.signed_in = True
    open_profile(contact, portal)

    expect(contact.get_by_label("Name")).to_have_value("Ana Halvorsen")


def test_another_tab_keeps_the_session_of_this_one(contact: Page, portal: FakePortal) -> None:
    contact.clock.install()
    open_profile(contact, portal)
    contact.clock.fast_forward(20 * MINUTE)
    other = contact.context.new_page()
    other.clock.install()
    other.clock.set_system_time(contact.evaluate("Date.now()"))
    open_profile(other, portal)
    other.get_by_role("button", name="Save details").click()
    expect(other.locator("#details-saved")).to_be_visible()

    contact.clock.fast_forward(10 * MINUTE)

    expect(contact.get_by_role("dialog")).to_be_hidden()


def test_signing_out_ends_every_tab(contact: Page, portal: FakePortal) -> None:
    open_profile(contact, portal)
    other = contact.context.new_page()
    open_profile(other, portal)

    contact.get_by_role("button", name="Sign out", exact=True).click()

    expect(contact.get_by_text("You're signed out.")).to_be_visible()
    expect(other.get_by_text("You're signed out.")).to_be_visible()
    assert contact.url == f"{portal.origin}/login?why=left&company=cedar-valley"
    contact.goto(f"{portal.origin}/profile")
    expect(contact.get_by_role("heading", name="Sign in")).to_be_visible()


def test_r56_one_login_switches_between_customers(contact: Page, portal: FakePortal) -> None:
    portal.memberships = [membership(), membership(2, "site", "Reyes Events", "Marsh Septic")]
    open_profile(contact, portal)

    switcher(contact).click()
    contact.get_by_role("button", name="Reyes Events Marsh Septic").click()

    expect(contact.get_by_role("banner")).to_contain_text("Marsh Septic")
    expect(contact.get_by_role("navigation", name="Your account").get_by_role("link")).to_have_text(["Service requests", "Profile"])
    assert portal.sent("POST", "/api/session/membership") == [{"membership_id": "mem_2"}]


def test_switching_leaves_a_page_that_the_other_customer_does_not_allow(contact: Page, portal: FakePortal) -> None:
    portal.memberships = [membership(), membership(2, "site", "Reyes Events")]
    contact.goto(f"{portal.origin}/contacts")

    switcher(contact).click()
    contact.keyboard.press("Escape")
    expect(contact.get_by_role("button", name="Reyes Events")).to_be_hidden()
    switcher(contact).click()
    contact.get_by_role("button", name="Reyes Events").click()

    expect(contact).to_have_url(f"{portal.origin}/requests")


def test_a_page_whose_session_cannot_be_read_can_be_tried_again(contact: Page, portal: FakePortal) -> None:
    portal.script("GET /api/session", problem(503, "temporarily_unavailable"))
    contact.goto(f"{portal.origin}/profile")
    expect(contact.get_by_role("heading", name="We couldn't open this page")).to_be_visible()

    contact.get_by_role("button", name="Try again").click()

    expect(contact.get_by_role("heading", name="Your details")).to_be_visible()


def test_details_are_saved_and_told(contact: Page, portal: FakePortal) -> None:
    open_profile(contact, portal)

    contact.get_by_label("Phone (optional)").fill("+1 555 0199")
    contact.get_by_role("button", name="Save details").click()

    expect(contact.locator("#details-saved")).to_have_text("Your details are saved.")
    expect(contact.locator("#live")).to_have_text("Your details are saved.")
    assert portal.sent("PATCH", "/api/portal/profile") == [{"name": "Ana Halvorsen", "phone": "+1 555 0199"}]


def test_the_password_is_changed_with_the_current_one(contact: Page, portal: FakePortal) -> None:
    wrong = {"field": "current_password", "message": "wrong"}
    portal.script("POST /api/portal/profile/password", problem(422, "invalid_input", errors=[wrong]))
    open_profile(contact, portal)
    contact.get_by_label("Current password", exact=True).fill("not it")
    contact.get_by_label("New password", exact=True).fill("a long enough one")
    contact.get_by_role("button", name="Change password").click()
    expect(contact.locator("#current_password-error")).to_have_text("That isn't your current password.")

    contact.get_by_label("Current password", exact=True).fill(PASSWORD)
    contact.get_by_role("button", name="Change password").click()

    expect(contact.locator("#change-saved")).to_have_text("Your password is changed. Other devices are signed out.")
    expect(contact.get_by_label("New password", exact=True)).to_have_value("")


def test_signing_out_everywhere_leaves_for_the_sign_in_page(contact: Page, portal: FakePortal) -> None:
    open_profile(contact, portal)

    contact.get_by_role("button", name="Sign out everywhere").click()

    expect(contact).to_have_url(re.compile(r"/login\?why=left"))
    assert portal.sent("DELETE", "/api/session/everywhere") == [None]
