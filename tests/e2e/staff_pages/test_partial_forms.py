"""The script of the staff pages over a form whose answer replaces its own fields: what somebody types stays, and saving is a page."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route, expect

SCRIPTS = Path(__file__).resolve().parents[3] / "portal/js"
ORIGIN = "http://staff.test"
FORM = "/admin/form"


class Editor:
    """Stands in for a form that is answered with itself, in capitals; ``hold`` keeps answers back."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sent: list[dict[str, str]] = []
        self.parts = 0
        self.hold: Callable[[dict[str, str]], bool] = lambda _: False
        self.held: list[tuple[Route, dict[str, str]]] = []
        page.route(f"{ORIGIN}/**", self.answer)

    def answer(self, route: Route) -> None:
        """Answer with a script, or with the form as it was sent."""
        if route.request.url.endswith(".js"):
            route.fulfill(path=SCRIPTS / route.request.url.removeprefix(f"{ORIGIN}/"))
            return
        fields = {name: values[-1] for name, values in parse_qs(route.request.post_data or "").items()}
        if route.request.method == "POST":
            self.sent.append(fields)
            self.parts += "x-partial" in route.request.headers
        if self.hold(fields):
            self.held.append((route, fields))
            return
        route.fulfill(body=self.html(fields), content_type="text/html")

    def release(self) -> None:
        """Give out the answers that were kept back."""
        for route, fields in self.held:
            route.fulfill(body=self.html(fields), content_type="text/html")
        self.held.clear()

    def html(self, fields: dict[str, str]) -> str:
        """Write the page: the part tells what was sent, in capitals, and holds the field itself."""
        typed = fields.get("typed", "one")
        title = "Saved" if fields.get("do") == "save" else "Editor"
        return f"""<!doctype html><title>{title}</title><script type="module" src="/partial.js"></script>
            <p id="live"></p><div id="offline" hidden></div>
            <form method="post" action="{FORM}" data-swap="#part" data-auto>
              <fieldset id="part"><input id="typed" name="typed" value="{escape(typed.upper())}"><output>{escape(typed.upper())}</output></fieldset>
              <input id="other" name="other"><button name="do" value="save" formaction="{FORM}">Save</button>
            </form>"""


@pytest.fixture
def editor(page: Page) -> Editor:
    """Open the form, the clock in the test's hand."""
    page.clock.install()
    made = Editor(page)
    page.goto(ORIGIN + FORM)
    return made


def test_what_is_being_typed_stays_as_typed_with_its_caret(page: Page, editor: Editor):
    field = page.locator("#typed")
    field.fill("ac")
    field.press("ArrowLeft")
    page.clock.run_for(300)
    expect(page.locator("output")).to_have_text("AC")

    field.press("b")
    page.clock.run_for(300)
    expect(page.locator("output")).to_have_text("ABC")

    expect(field).to_have_value("abc")
    expect(field).to_be_focused()
    assert editor.sent[-1]["typed"] == "abc"


def test_an_answer_that_knows_nothing_of_what_was_typed_meanwhile_is_passed_over(page: Page, editor: Editor):
    editor.hold = lambda fields: fields.get("typed") == "first"
    page.locator("#typed").fill("first")
    page.clock.run_for(300)
    page.locator("#typed").fill("second")
    page.locator("#other").focus()

    editor.release()
    page.clock.run_for(300)

    expect(page.locator("output")).to_have_text("SECOND")
    assert [fields["typed"] for fields in editor.sent] == ["first", "second"]


def test_a_button_with_an_address_of_its_own_leads_to_a_page(page: Page, editor: Editor):
    page.locator("#typed").fill("done")

    page.get_by_role("button", name="Save").click()

    expect(page).to_have_title("Saved")
    assert (editor.sent, editor.parts) == ([{"typed": "done", "do": "save"}], 0)
