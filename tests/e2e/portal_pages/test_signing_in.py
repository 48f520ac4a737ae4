"""Signing in, forgotten passwords and links from mails: what is said, where one lands, and what leaves the address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.fake_api import problem
from tests.e2e.portal_pages.fake_portal import EMAIL, GOOD_TOKEN, OLD_TOKEN, PASSWORD, FakePortal, membership

WRONG = "That email and password don't match."


@pytest.fixture(autouse=True)
def signed_out(portal: FakePortal) -> None:
    """Nobody is signed in yet."""
    portal.signed_in = False


def sign_in(page: Page, email: str = EMAIL, password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_r50_signing_in_by_keyboard_alone_leads_to_the_page_asked_for(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/contacts?from=mail#top")
    contact.wait_for_url("**/login?*")
    press = contact.keyboard.press

    press("Tab")
    expect(contact.get_by_role("link", name="Skip to main content")).to_be_focused()
    press("Enter")
    expect(contact.locator("#main")).to_be_focused()
    press("Tab")
    contact.keyboard.type(EMAIL)
    press("Tab")
    contact.keyboard.type(PASSWORD)
    press("Enter")

    expect(contact.get_by_role("heading", name="Contacts", exact=True)).to_be_visible()
    assert contact.url == f"{portal.origin}/contacts?from=mail#top"


def test_the_way_past_the_header_takes_nobody_back_once_the_page_is_loaded(contact: Page, portal: FakePortal) -> None:
    """A browser follows a link within a page that is loading once more at the end, whoever types elsewhere by then."""
    held: list[Route] = []
    contact.route("**/js/login.js", lambda route: held.append(route))  # noqa: PLW0108 - the page marks what it is given
    contact.goto(f"{portal.origin}/login", wait_until="commit")

    contact.get_by_role("link", name="Skip to main content").press("Enter")
    expect(contact.locator("#main")).to_be_focused()
    contact.get_by_label("Email").focus()
    contact.wait_for_timeout(100)  # the browser comes by with a frame
    held[0].continue_()
    contact.wait_for_load_state()
    contact.wait_for_timeout(100)

    expect(contact.get_by_label("Email")).to_be_focused()


def test_a_form_sent_before_its_script_is_there_is_sent_once_it_is(contact: Page, portal: FakePortal) -> None:
    held: list[Route] = []
    contact.route("**/js/login.js", lambda route: held.append(route))  # noqa: PLW0108 - the page marks what it is given
    contact.goto(f"{portal.origin}/login?next=%2Fcontacts", wait_until="commit")
    sign_in(contact, EMAIL, PASSWORD)
    assert contact.url == f"{portal.origin}/login?next=%2Fcontacts"
    assert portal.sent("POST", "/api/session") == []

    held[0].continue_()

    expect(contact.get_by_role("heading", name="Contacts", exact=True)).to_be_visible()
    assert len(portal.sent("POST", "/api/session")) == 1


def test_a_password_never_stands_in_an_address_though_no_script_came(page: Page, portal: FakePortal) -> None:
    page.route("**/js/*.js", lambda route: route.abort())
    page.goto(f"{portal.origin}/login")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)

    with page.expect_console_message(lambda message: "form-action 'none'" in message.text):
        page.get_by_role("button", name="Sign in").click(no_wait_after=True)

    assert page.url == f"{portal.origin}/login"


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("nobody@halvorsen.example", PASSWORD)])
def test_a_wrong_sign_in_never_says_which(contact: Page, portal: FakePortal, email: str, password: str) -> None:
    contact.goto(f"{portal.origin}/login")

    sign_in(contact, email, password)

    note = contact.locator("#login-note")
    expect(note).to_have_text(WRONG)
    expect(note).to_be_focused()
    expect(contact.get_by_label("Email")).to_have_value(email)
    expect(contact.get_by_label("Password", exact=True)).to_have_value(password)


def test_too_many_tries_say_how_long_to_wait(contact: Page, portal: FakePortal) -> None:
    portal.script("POST /api/session", problem(429, "too_many_requests", wait=120))
    contact.goto(f"{portal.origin}/login")

    sign_in(contact)

    expect(contact.locator("#login-note")).to_have_text("Too many tries. Wait 2 minutes, then try again.")


def test_an_empty_form_names_both_fields(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/login")

    contact.get_by_role("button", name="Sign in").click()

    expect(contact.locator("#login-summary").get_by_role("link")).to_have_text(["Enter your email.", "Enter your password."])
    expect(contact.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    expect(contact).to_have_title("Error: Sign in")
    contact.get_by_label("Email").fill(EMAIL)
    expect(contact.get_by_label("Email")).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(
    "next_page",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "/\t/elsewhere.example",
        "/api/session",
        "/admin/customers",
        "profile",
        "/login",
    ],
)
def test_only_pages_of_ours_may_come_next(contact: Page, portal: FakePortal, next_page: str) -> None:
    portal.memberships = [membership(kind="site")]
    contact.goto(f"{portal.origin}/login")
    contact.evaluate("next => history.replaceState(null, '', '?' + new URLSearchParams({ next }))", next_page)
    contact.reload()

    sign_in(contact)

    expect(contact).to_have_url(f"{portal.origin}/requests")


def test_r54_a_site_contact_lands_on_service_requests(contact: Page, portal: FakePortal) -> None:
    portal.memberships = [membership(kind="site")]
    contact.goto(f"{portal.origin}/login")

    sign_in(contact)

    expect(contact).to_have_url(f"{portal.origin}/requests")


def test_the_password_can_be_shown_and_is_hidden_when_sent(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/login")
    field = contact.get_by_label("Password", exact=True)
    field.fill("wrong")

    contact.get_by_role("button", name="Show Password").click()
    expect(field).to_have_attribute("type", "text")
    expect(contact.locator("#live")).to_have_text("The password is shown.")
    contact.get_by_label("Email").fill(EMAIL)
    contact.get_by_role("button", name="Sign in").click()

    expect(contact.locator("#login-note")).to_have_text(WRONG)
    expect(field).to_have_attribute("type", "password")


def test_r57_a_companys_sign_in_page_carries_its_brand(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/login?company=cedar-valley")

    expect(contact.get_by_role("banner")).to_contain_text("Cedar Valley Portables")
    expect(contact.get_by_role("contentinfo")).to_contain_text("+1 555 0142")
    contact.get_by_role("link", name="Forgot password?").click()
    expect(contact).to_have_url(f"{portal.origin}/forgot-password?company=cedar-valley")


def test_paying_needs_no_sign_in(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/login")

    contact.get_by_role("link", name="Pay without signing in").click()

    expect(contact).to_have_url(f"{portal.origin}/pay-my-balance")


@pytest.mark.parametrize("email", [EMAIL, "nobody@halvorsen.example"])
def test_r52_a_forgotten_password_is_answered_the_same_for_every_email(contact: Page, portal: FakePortal, email: str) -> None:
    contact.goto(f"{portal.origin}/forgot-password")

    contact.get_by_label("Email", exact=True).fill(email)
    contact.get_by_role("button", name="Send link").click()

    expect(contact.get_by_role("heading", name="Check your email")).to_be_focused()
    expect(contact.get_by_role("main")).to_contain_text("If that email has portal access, we sent a link. It works for 30 minutes.")
    assert portal.sent("POST", "/api/password/forgot") == [{"email": email}]


def test_r50_a_link_from_a_mail_sets_the_password_and_signs_in(contact: Page, portal: FakePortal) -> None:
    addresses: list[str] = []
    contact.on("request", lambda request: addresses.append(request.url))

    contact.goto(f"{portal.origin}/set-password#token={GOOD_TOKEN}")
    assert contact.url == f"{portal.origin}/set-password"
    contact.get_by_label("New password", exact=True).fill("a long enough one")
    contact.get_by_role("button", name="Save and sign in").click()

    expect(contact).to_have_url(re.compile(r"/pay$"))
    assert portal.sent("POST", "/api/password/set") == [{"token": GOOD_TOKEN, "password": "a long enough one"}]
    assert [url for url in addresses if GOOD_TOKEN in url] == []


@pytest.mark.parametrize(("password", "said"), [("", "Enter a password."), ("eleven chars"[:11], "Use 12 characters or more.")])
def test_a_password_that_is_too_short_is_told_before_it_is_sent(contact: Page, portal: FakePortal, password: str, said: str) -> None:
    contact.goto(f"{portal.origin}/set-password#token={GOOD_TOKEN}")

    contact.get_by_label("New password", exact=True).fill(password)
    contact.get_by_role("button", name="Save and sign in").click()

    expect(contact.locator("#password-error")).to_have_text(said)
    assert portal.sent("POST", "/api/password/set") == []


def test_a_common_password_is_refused_with_the_servers_reason(contact: Page, portal: FakePortal) -> None:
    refusal = {"field": "password", "message": "This password is well known. Choose another one."}
    portal.script("POST /api/password/set", problem(422, "invalid_input", errors=[refusal]))
    contact.goto(f"{portal.origin}/set-password#token={GOOD_TOKEN}")

    contact.get_by_label("New password", exact=True).fill("password password")
    contact.get_by_role("button", name="Save and sign in").click()

    expect(contact.locator("#password-error")).to_have_text(refusal["message"])


def test_r52_an_expired_link_is_replaced_in_place(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/set-password#token={OLD_TOKEN}")
    contact.get_by_label("New password", exact=True).fill("a long enough one")
    contact.get_by_role("button", name="Save and sign in").click()
    expect(contact.get_by_role("heading", name="This link no longer works")).to_be_focused()

    contact.get_by_role("button", name="Send me a new link").click()

    expect(contact.get_by_role("heading", name="Check your email")).to_be_focused()
    assert portal.sent("POST", "/api/password/resend") == [{"token": OLD_TOKEN}]


def test_a_link_that_lost_its_end_asks_for_a_new_one(contact: Page, portal: FakePortal) -> None:
    contact.goto(f"{portal.origin}/set-password")

    expect(contact.get_by_role("heading", name="This link isn't complete")).to_be_visible()
    expect(contact.get_by_role("link", name="Ask for a new link")).to_be_visible()


def test_an_outage_while_signing_in_keeps_what_was_typed(contact: Page, portal: FakePortal) -> None:
    portal.script("POST /api/session", problem(503, "temporarily_unavailable"))
    contact.goto(f"{portal.origin}/login")

    sign_in(contact)

    expect(contact.locator("#login-note")).to_contain_text("Something went wrong on our side.")
    expect(contact.get_by_label("Email")).to_have_value(EMAIL)
    contact.get_by_role("button", name="Sign in").click()
    expect(contact).to_have_url(re.compile(r"/pay$"))
