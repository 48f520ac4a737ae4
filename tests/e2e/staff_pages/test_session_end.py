"""The end of a staff session in a browser: asked for before it comes, put off by people alone, and nothing that was typed is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.staff_pages.fake_staff import HOME, ORIGIN, Staff

FORM = f"""<form method="post" action="{HOME}" data-keep>
  <input type="hidden" name="version" value="7">
  <label>Subject <input name="subject" value="Your invoice"></label><label>Text <textarea name="text"></textarea></label>
  <label>Password <input type="password" name="password"></label><label>Code <input name="code" autocomplete="one-time-code"></label>
  <label>Note <input name="note"></label>
  <label><input type="radio" name="to" value="all" checked> All</label> <label><input type="radio" name="to" value="some"> Some</label>
  <label><input type="checkbox" name="copy" value="1" checked> Copy to me</label>
  <button name="do" value="save">Save</button></form>
  <form method="post" action="/admin/other" data-keep><label>Other <input name="subject" value="Theirs"></label><button>Send</button></form>"""
ENDED = f"{ORIGIN}/admin/sign-in?next=%2Fadmin%2Fform&ended=1"


@pytest.fixture
def staff(page: Page) -> Staff:
    """Open a form at 3:14 PM in the business's zone, the clock in the test's hand."""
    opened = Staff(page, FORM)
    opened.open()
    return opened


@pytest.fixture
def dialog(page: Page) -> Locator:
    """Find the dialog before the end."""
    return page.get_by_role("dialog", name="Stay signed in?")


def test_the_dialog_comes_two_minutes_before_the_end_and_staying_puts_it_off(staff: Staff, dialog: Locator):
    staff.after(27)
    expect(dialog).to_be_hidden()
    staff.after(1)
    expect(dialog).to_contain_text("Your session ends at 3:44\u202fPM.")
    expect(dialog.get_by_role("button", name="Stay signed in")).to_be_focused()
    assert all(staff.by_itself())

    dialog.get_by_role("button", name="Stay signed in").click()

    expect(dialog).to_be_hidden()
    assert staff.by_itself().count(False) == 1
    staff.after(27)
    expect(dialog).to_be_hidden()
    staff.after(1.5)
    expect(dialog).to_be_visible()


def test_escape_stays_signed_in_too(page: Page, staff: Staff, dialog: Locator):
    staff.after(28)
    expect(dialog).to_be_visible()

    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    assert staff.left == 30 * 60


def test_who_types_is_there_and_is_not_asked(page: Page, staff: Staff, dialog: Locator):
    for _ in range(4):
        staff.after(14)
        page.get_by_label("Text").press_sequentially("Dear all, ")
        staff.after(0.6)

    expect(dialog).to_be_hidden()
    assert staff.by_itself().count(False) == 4


def test_what_was_typed_long_ago_is_no_use_of_the_session_now(page: Page, staff: Staff, dialog: Locator):
    page.get_by_label("Text").fill("Dear all")

    staff.after(28)

    expect(dialog).to_be_visible()
    assert all(staff.by_itself())


def test_use_in_another_tab_keeps_this_one_and_takes_its_dialog_away(staff: Staff, dialog: Locator):
    staff.after(20)
    staff.left = 30 * 60
    staff.after(8)
    expect(dialog).to_be_hidden()
    staff.after(20)
    expect(dialog).to_be_visible()

    staff.left = 30 * 60
    staff.after(0.5)

    expect(dialog).to_be_hidden()


def test_without_an_answer_the_dialog_stays_and_says_so(staff: Staff, dialog: Locator):
    staff.after(28)
    staff.is_broken = True
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog.get_by_role("alert")).to_have_text("We could not reach Duebook. Try again in a moment.")

    staff.is_broken = False
    dialog.get_by_role("button", name="Stay signed in").click()

    expect(dialog).to_be_hidden()


def test_the_end_after_twelve_hours_is_told_once_and_cannot_be_put_off(page: Page, staff: Staff):
    staff.most = 29 * 60
    staff.open()
    staff.after(27.5)
    last = page.get_by_role("dialog", name="Sign in again soon")
    expect(last).to_contain_text("Your session ends at 3:43\u202fPM: nobody stays signed in for more than twelve hours.")

    last.get_by_role("button", name="Go on").click()
    staff.after(0.5)

    expect(last).to_be_hidden()
    staff.after(1)
    expect(page).to_have_url(ENDED)


def test_signing_out_from_the_dialog_is_the_form_of_the_page(page: Page, staff: Staff, dialog: Locator):
    staff.after(28)

    dialog.get_by_role("button", name="Sign out").click()

    expect(page).to_have_title("Saved – Duebook")
    assert staff.sent == [("/admin/sign-out", {"csrf": ["csrf_1"]})]


def test_after_the_end_one_signs_in_again_and_finds_what_was_typed(page: Page, staff: Staff):
    page.get_by_label("Text").fill("Dear all,\nthank you.")
    page.get_by_label("Password").fill("lantern gravel harvest")
    page.get_by_label("Code").fill("123456")
    page.get_by_label("Note").fill("4111 1111 1111 1111")
    page.get_by_label("Some").check()
    page.get_by_label("Copy to me").uncheck()
    staff.after(30)
    expect(page).to_have_url(ENDED)
    kept = str(page.evaluate("JSON.stringify(sessionStorage)"))
    assert [secret for secret in ("lantern", "123456", "4111", "version", "Theirs") if secret in kept] == []

    staff.sign_in()

    expect(page.get_by_label("Text")).to_have_value("Dear all,\nthank you.")
    expect(page.get_by_label("Subject")).to_have_value("Your invoice")
    expect(page.get_by_label("Some")).to_be_checked()
    expect(page.get_by_label("Copy to me")).not_to_be_checked()
    for secret in ("Password", "Code", "Note"):
        expect(page.get_by_label(secret)).to_have_value("")
    expect(page.locator("#live")).to_have_text("What you typed is still here.")
    assert page.evaluate("sessionStorage.getItem('duebook.staff-kept')") is None


def test_a_form_sent_after_the_end_is_not_lost_either(page: Page, staff: Staff):
    page.get_by_label("Text").fill("Dear all")
    staff.is_over = True
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    staff.sign_in()

    expect(page.get_by_label("Text")).to_have_value("Dear all")
    assert staff.sent == []


def test_a_form_that_arrived_is_not_filled_in_again(page: Page, staff: Staff):
    page.get_by_label("Text").fill("Dear all")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_title("Saved – Duebook")

    staff.open()

    expect(page.get_by_label("Text")).to_have_value("")
    assert [fields["text"] for _, fields in staff.sent] == [["Dear all"]]


@pytest.mark.parametrize(("who", "address"), [("stf_2", HOME), ("stf_1", "/admin/form?customer=c2")])
def test_what_was_typed_is_for_the_same_person_on_the_same_page(page: Page, staff: Staff, who: str, address: str):
    page.get_by_label("Text").fill("Dear all")
    staff.after(30)
    expect(page).to_have_url(ENDED)
    staff.is_over, staff.who = False, who

    staff.open(address)

    expect(page.get_by_label("Text")).to_have_value("")
    assert page.evaluate("sessionStorage.getItem('duebook.staff-kept')") is None


def test_a_page_that_back_brings_as_it_was_asks_how_the_session_stands(page: Page, staff: Staff):
    staff.is_over = True

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(page).to_have_url(ENDED)
