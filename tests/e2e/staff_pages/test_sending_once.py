"""Forms of the staff pages that lead to another page: sent once, with all they held, while their button says what is under way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.staff_pages.fake_staff import HOME, ORIGIN, Staff

PART = """<form method="post" action="/admin/refund"><input type="hidden" name="key" value="k1">
    <label>Reason <input name="reason" value="Too late"></label>
    <button class="button danger" name="do" value="confirm" data-busy="Refunding…">Refund <bdi>$40.00</bdi></button>
    <button class="button quiet" name="do" value="edit">Change</button>
    <button class="button second" formaction="/admin/preview" formtarget="preview">Preview</button></form>
  <form method="post" action="/admin/swap" data-swap="#part"><div id="part">A part</div><button class="button">Try out</button></form>
  <form action="/admin/form" target="preview"><button class="button">Look</button></form>
  <iframe name="preview" title="Preview"></iframe>"""
MINUTE = 60_000


@pytest.fixture
def staff(page: Page) -> Staff:
    """Open the page; its forms get no answer that leads away."""
    opened = Staff(page, PART)
    opened.stays = True
    opened.open()
    return opened


def named(page: Page, words: str) -> Locator:
    """Find a button by its words."""
    return page.get_by_role("button", name=words, exact=True)


def test_the_button_says_what_is_under_way_and_a_second_press_sends_nothing(page: Page, staff: Staff):
    named(page, "Refund $40.00").click()
    expect(named(page, "Refunding…")).to_have_attribute("aria-disabled", "true")
    expect(named(page, "Refunding…")).to_be_focused()
    expect(page.locator("#live")).to_have_text("Refunding…")

    named(page, "Refunding…").click(force=True)
    named(page, "Change").click()
    page.get_by_label("Reason").press("Enter")

    expect(named(page, "Change")).not_to_have_attribute("aria-disabled", "true")
    assert staff.sent == [("/admin/refund", {"key": ["k1"], "reason": ["Too late"], "do": ["confirm"]})]


def test_enter_in_a_field_is_the_first_buttons_press(page: Page, staff: Staff):
    page.get_by_label("Reason").press("Enter")

    expect(named(page, "Refunding…")).to_be_visible()
    assert staff.sent[0][1]["do"] == ["confirm"]


def test_a_button_without_words_of_its_own_is_working(page: Page, staff: Staff):
    named(page, "Change").click()

    expect(named(page, "Working…")).to_be_visible()
    assert staff.sent[0][1]["do"] == ["edit"]


def test_back_puts_the_button_as_it_was(page: Page, staff: Staff):
    named(page, "Refund $40.00").click()
    expect(named(page, "Refunding…")).to_be_visible()

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(named(page, "Refund $40.00")).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator("bdi", has_text="$40.00")).to_be_visible()
    named(page, "Refund $40.00").click()
    expect(named(page, "Refunding…")).to_be_visible()
    assert len(staff.sent) == 2


def test_who_stopped_the_browser_can_send_again_after_a_minute(page: Page, staff: Staff):
    named(page, "Refund $40.00").click()
    expect(named(page, "Refunding…")).to_be_visible()

    page.clock.fast_forward(MINUTE)

    expect(named(page, "Refund $40.00")).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator("#live")).to_have_text("")
    assert len(staff.sent) == 1


@pytest.mark.parametrize("words", ["Preview", "Try out", "Look"])
def test_what_leaves_the_page_where_it_is_keeps_its_button(page: Page, staff: Staff, words: str):
    staff.stays = False

    for _ in range(2):
        named(page, words).click()

    expect(page).to_have_url(ORIGIN + HOME)
    expect(named(page, words)).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator("#live")).to_have_text("")
