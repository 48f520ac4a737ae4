"""The script of the staff pages in a browser, over pages that answer what they were asked: what a person did last wins, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from duebook.web.pages import link

SCRIPTS = Path(__file__).resolve().parents[3] / "portal/js"
ORIGIN = "http://staff.test"
LIST = "/admin/list"


class Lists:
    """Stands in for a list with a search field, chips and a part that looks again by itself; ``hold`` keeps answers back."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.by_itself: list[bool] = []
        self.poll = ""
        self.version = 1
        self.hold: Callable[[str], bool] = lambda _: False
        self.held: list[Route] = []
        self.is_offline = False
        page.route(f"{ORIGIN}/**", self.answer)

    def answer(self, route: Route) -> None:
        """Answer with a script, or with the list as its address asks for it."""
        address = route.request.url.removeprefix(ORIGIN)
        if address.endswith(".js"):
            route.fulfill(path=SCRIPTS / address[1:])
            return
        if self.is_offline:
            route.abort("internetdisconnected")
            return
        self.asked.append(address)
        self.by_itself.append("x-by-itself" in route.request.headers)
        if self.hold(address):
            self.held.append(route)
            return
        route.fulfill(body=self.html(address), content_type="text/html")

    def release(self) -> None:
        """Give out the answers that were kept back; those that nobody waits for any more go nowhere."""
        for route in self.held:
            route.fulfill(body=self.html(route.request.url.removeprefix(ORIGIN)), content_type="text/html")
        self.held.clear()

    def network(self, *, on: bool) -> None:
        """Take the network away, or give it back."""
        self.is_offline = not on
        self.page.context.set_offline(not on)

    def html(self, address: str) -> str:
        """Write the page; everything in its part tells what was asked."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        status, text, since = query.get("status", ""), query.get("q", ""), query.get("from", "2025-06-01")
        url = escape(link(LIST, **{"from": since, "status": None if status == "bounced" else "bounced", "q": text}))
        return f"""<!doctype html><title>List</title><main><div id="offline" hidden>You are offline.</div>
        <form id="filters" action="{LIST}" data-swap="#results" data-auto>
          <label>From <input name="from" value="{since}"></label><label>Search <input id="q" name="q" value="{escape(text)}"></label>
        </form>
        <div id="results" {self.poll}><h2 tabindex="-1">Mails</h2><input type="hidden" form="filters" name="status" value="{status}">
          <a id="chip" href="{url}" data-swap="#results">Bounced</a> <a href="/admin/one">A mail</a> <a href="{LIST}">Clear</a>
          <label><input type="radio" name="who" checked> Everyone</label> <label><input type="radio" name="who" id="ticked"> Those ticked</label>
          <label><input type="checkbox" data-chooses="#ticked"> Pine Ridge</label>
          <details><summary>As a table</summary><p>Unfolded</p></details>
          <p>Shown: {escape(text) or "all"}, {status or "any status"}, {self.version}</p></div></main><p id="live" role="status"></p>
        <script type="module" src="/partial.js"></script>"""

    def shows(self, words: str) -> None:
        """Wait until the part says so."""
        expect(self.page.get_by_text(f"Shown: {words}, {self.version}")).to_be_visible()


@pytest.fixture
def lists(page: Page) -> Lists:
    """Open the list, its script at work, the clock in the test's hand."""
    page.clock.install()
    found = Lists(page)
    page.goto(ORIGIN + LIST)
    return found


def test_a_chip_pressed_while_a_search_waits_wins_and_takes_the_search_along(page: Page, lists: Lists):
    page.get_by_label("Search").press_sequentially("pine")
    page.get_by_role("link", name="Bounced").click()
    lists.shows("pine, bounced")

    page.clock.run_for(1_000)

    lists.shows("pine, bounced")
    assert lists.asked[1:] == [f"{LIST}?from=2025-06-01&status=bounced&q=pine"]
    expect(page).to_have_url(f"{ORIGIN}{LIST}?from=2025-06-01&status=bounced&q=pine")


def test_typing_while_a_chips_answer_is_awaited_keeps_the_chip(page: Page, lists: Lists):
    lists.hold = lambda address: "status=bounced" in address and "q=" not in address
    page.get_by_role("link", name="Bounced").click()
    page.get_by_label("Search").press_sequentially("pine")
    page.clock.run_for(1_000)
    expect(page.get_by_text("any status")).to_be_visible()

    lists.release()

    lists.shows("pine, bounced")


def test_a_link_that_clears_the_list_is_not_undone_by_a_search_that_was_asked_before(page: Page, lists: Lists):
    page.get_by_label("Search").press_sequentially("pine")
    page.clock.run_for(300)
    lists.shows("pine, any status")

    page.get_by_role("link", name="Clear").click()

    lists.shows("all, any status")


def test_who_ticks_a_row_means_the_rows_that_are_ticked(page: Page, lists: Lists):
    assert lists.asked

    page.get_by_label("Pine Ridge").check()
    expect(page.get_by_label("Those ticked")).to_be_checked()
    page.get_by_label("Everyone").check()
    page.get_by_label("Pine Ridge").uncheck()

    expect(page.get_by_label("Everyone")).to_be_checked()


def test_a_look_by_itself_gives_way_to_what_a_person_asks_for(page: Page, lists: Lists):
    lists.poll = 'data-poll="3"'
    page.reload()
    lists.hold = lambda address: "status" in address
    page.get_by_role("link", name="Bounced").click()

    page.clock.run_for(10_000)
    lists.release()

    lists.shows("all, bounced")
    assert [address for address in lists.asked[2:] if "status" not in address] == []


def test_a_look_by_itself_says_that_nobody_asked_and_a_filter_does_not(page: Page, lists: Lists):
    lists.poll = 'data-poll="3"'
    page.reload()
    lists.version = 2
    page.clock.run_for(3_000)
    lists.shows("all, any status")

    page.get_by_role("link", name="Bounced").click()
    lists.shows("all, bounced")

    assert lists.by_itself == [False, False, True, False]


def test_a_look_by_itself_keeps_the_focus_and_what_was_unfolded(page: Page, lists: Lists):
    lists.poll = 'data-poll="3"'
    page.reload()
    page.locator("summary").click()
    page.get_by_role("link", name="A mail").focus()

    lists.version = 2
    page.clock.run_for(3_000)

    lists.shows("all, any status")
    expect(page.get_by_role("link", name="A mail")).to_be_focused()
    expect(page.get_by_text("Unfolded")).to_be_visible()


def test_a_look_that_fails_leaves_the_page_and_is_made_once_more(page: Page, lists: Lists):
    lists.poll = 'data-poll="3"'
    page.reload()
    lists.network(on=False)
    with page.expect_event("requestfailed"):
        page.clock.run_for(3_000)
    expect(page.get_by_text("You are offline.")).to_be_visible()

    lists.version = 2
    lists.network(on=True)
    page.clock.run_for(6_000)

    lists.shows("all, any status")
    expect(page.get_by_text("You are offline.")).to_be_hidden()


def test_a_list_asked_for_while_offline_is_there_when_the_network_is_back(page: Page, lists: Lists):
    lists.network(on=False)
    page.get_by_label("Search").press_sequentially("pine")
    page.clock.run_for(300)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    expect(page.get_by_label("Search")).to_have_value("pine")

    lists.network(on=True)

    lists.shows("pine, any status")


# The badge of New requests


class Badge:
    """Stands in for pages with the badge, and for the address that tells its number."""

    def __init__(self, page: Page) -> None:
        self.number, self.asked, self.on_page, self.status = "3", 0, "", 200
        self.page = page
        page.route(f"{ORIGIN}/**", self.answer)

    def answer(self, route: Route) -> None:
        """Answer with a script, the number or a page."""
        address = route.request.url.removeprefix(ORIGIN)
        if address.endswith(".js"):
            route.fulfill(path=SCRIPTS / address[1:])
        elif address == "/admin/requests/new-count":
            self.asked += 1
            route.fulfill(body=self.number, content_type="text/plain", status=self.status)
        else:
            badge = f'<a href="/admin/requests">Requests <span data-badge="/admin/requests/new-count" {self.on_page} hidden><span></span> unread</span></a>'
            html = f"""<!doctype html><title>Page</title>{"" if "sign-in" in address else badge}<div id="offline" hidden></div>
            <p id="live" role="status"></p><script type="module" src="/partial.js"></script>"""
            route.fulfill(body=html, content_type="text/html")

    def half_a_minute_later(self, *, status: int = 200) -> None:
        """Let the time pass; what is asked by then is answered so, and taken in by the page."""
        self.status = status
        self.page.clock.run_for(31_000)
        self.page.evaluate("fetch('/partial.js').then((answer) => answer.text())")  # what was asked before has its answer when this one has


@pytest.fixture
def badge(page: Page) -> Badge:
    """Open a page, the clock in the test's hand."""
    page.clock.install()
    found = Badge(page)
    page.goto(f"{ORIGIN}/admin")
    expect(page.get_by_role("link", name="Requests 3 unread")).to_be_visible()
    return found


def test_the_badge_follows_twice_a_minute_and_is_gone_at_zero(page: Page, badge: Badge):
    badge.number = "12"
    badge.half_a_minute_later()
    expect(page.get_by_role("link", name="Requests 12 unread")).to_be_visible()

    badge.number = "0"
    badge.half_a_minute_later()

    expect(page.get_by_role("link", name="Requests", exact=True)).to_be_visible()
    assert badge.asked == 3


def test_a_page_opened_meanwhile_shows_what_was_told_and_asks_nothing(page: Page, badge: Badge):
    page.goto(f"{ORIGIN}/admin/customers")
    expect(page.get_by_role("link", name="Requests 3 unread")).to_be_visible()
    assert badge.asked == 1

    badge.on_page = 'data-number="2"'
    page.goto(f"{ORIGIN}/admin/requests")

    expect(page.get_by_role("link", name="Requests 2 unread")).to_be_visible()
    assert badge.asked == 1


def test_a_failed_look_at_the_badge_is_made_again_and_a_session_that_ended_ends_them(page: Page, badge: Badge):
    badge.half_a_minute_later(status=503)
    badge.number = "4"
    badge.half_a_minute_later()
    expect(page.get_by_role("link", name="Requests 4 unread")).to_be_visible()

    badge.status = 401
    page.clock.run_for(31_000)

    expect(page).to_have_url(f"{ORIGIN}/admin/sign-in?next=%2Fadmin&ended=1")
    assert badge.asked == 4


def test_whoever_signs_in_next_is_not_shown_the_number_of_the_one_before(page: Page, badge: Badge):
    page.goto(f"{ORIGIN}/admin/sign-in")
    badge.number = "0"
    page.goto(f"{ORIGIN}/admin")

    expect(page.get_by_role("link", name="Requests", exact=True)).to_be_visible()
    assert badge.asked == 2
