"""Every page and state, at two widths, light and dark: accessible, within its bytes, no sideways scroll, printable."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.accessibility import violations_in_both_schemes
from tests.e2e.fake_api import NEVER_ARRIVED, Answer, FakeApi, declined
from tests.e2e.guest_page.conftest import GUEST
from tests.e2e.guest_page.steps import (
    agree,
    by_bank_account,
    expect_receipt,
    field_is_ready,
    fill_payer,
    find,
    open_balance,
    open_page,
    pay_button,
    press_pay,
    ready_to_pay,
)
from tests.e2e.patience import hold_time, let_it_give_up, tab

SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, input, .choice")]
    .filter((one) => one.checkVisibility() && !one.matches(".choice input, .skip"))
    .map((one) => [one.outerHTML.slice(0, 100), one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([html, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`)"""
"""WCAG 2.2, 2.5.8: nothing to press is smaller than 24 by 24 pixels (a choice is pressed anywhere in its box)."""

State = Callable[[Page, FakeApi], None]


def _static(path: str) -> State:
    def show(page: Page, api: FakeApi) -> None:
        page.goto(f"{api.portal}/{path}")

    return show


def _miss(page: Page, api: FakeApi) -> None:
    open_page(page, api)
    find(page, "nobody")
    expect(page.get_by_role("alert")).to_be_visible()


def _proof(page: Page, api: FakeApi) -> None:
    api.proofs[GUEST] = "80302"
    open_page(page, api)
    find(page, GUEST)
    expect(page.get_by_label("ZIP code")).to_be_visible()


def _loading(page: Page, api: FakeApi) -> None:
    page.route("**/api/pay/*", lambda _route: None)
    page.goto(f"{api.portal}/pay-my-balance#id={GUEST}")
    expect(page.locator("[data-panel=loading]")).to_be_visible()


def _failed(page: Page, api: FakeApi) -> None:
    page.route("**/api/pay/*", lambda route: route.abort())
    open_page(page, api)
    find(page, GUEST)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def _paid_up(page: Page, api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [api.balance(0)]
    open_page(page, api)
    find(page, GUEST)
    expect(page.get_by_role("heading", name="You're all paid up")).to_be_visible()


def _ready(page: Page, api: FakeApi) -> None:
    open_balance(page, api)
    field_is_ready(page)


def _currencies(page: Page, api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [api.balance(50_00), api.balance(9000, "JPY", can_pay=False, hosted_field=None)]
    open_balance(page, api)
    page.get_by_label("Japanese Yen").check()


def _mistakes(page: Page, api: FakeApi) -> None:
    _ready(page, api)
    page.get_by_label("Another amount").check()
    page.get_by_label("Amount", exact=True).fill("9999")
    press_pay(page)
    expect(page.locator("#pay-summary")).to_be_visible()


def _declined(page: Page, api: FakeApi) -> None:
    ready_to_pay(page, api)
    api.answers.append(declined())
    press_pay(page)
    expect(page.locator("#method-error")).to_be_visible()


def _bank_account(page: Page, api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [api.bank_balance()]
    ready_to_pay(page, api)
    by_bank_account(page)
    press_pay(page)
    expect(page.locator("#consent-error")).to_be_visible()


def _tokenizer(page: Page, api: FakeApi) -> None:
    api.found[GUEST]["balances"] = [api.cardpointe_balance()]
    ready_to_pay(page, api)


def _tokenizer_bank(page: Page, api: FakeApi) -> None:
    _tokenizer(page, api)
    by_bank_account(page)
    agree(page)


def _became(status: str, heading: str) -> State:
    def show(page: Page, api: FakeApi) -> None:
        api.found[GUEST]["balances"] = [api.bank_balance()]
        ready_to_pay(page, api)
        by_bank_account(page)
        agree(page)
        api.answers.append(Answer(201, {"status": status, "return_code": "R01"}, charged=True, kept=True))
        press_pay(page)
        expect_receipt(page, heading)

    return show


def _paying(page: Page, api: FakeApi) -> None:
    ready_to_pay(page, api)
    api.hold()
    press_pay(page)
    expect(pay_button(page)).to_have_text("Paying…")


def _checking(page: Page, api: FakeApi) -> None:
    hold_time(page)
    ready_to_pay(page, api)
    api.answers.extend([NEVER_ARRIVED] * 10)
    press_pay(page)
    expect(page.get_by_role("heading", name="Checking your payment")).to_be_visible()
    page.clock.resume()  # axe takes its turns by timers


def _unknown(page: Page, api: FakeApi) -> None:
    _checking(page, api)
    let_it_give_up(page)


def _receipt(page: Page, api: FakeApi) -> None:
    ready_to_pay(page, api)
    press_pay(page)
    expect_receipt(page)


def _ask(page: Page, api: FakeApi) -> None:
    page.goto(f"{api.portal}/receipt#pay_0001")
    expect(page.get_by_role("heading", name="See your receipt")).to_be_visible()


STATES: dict[str, State] = {
    "start": _static(""),
    "not found": _static("nowhere"),
    "no access": _static("403"),
    "maintenance": _static("maintenance"),
    "find": open_page,
    "miss": _miss,
    "proof": _proof,
    "loading": _loading,
    "failed": _failed,
    "paid up": _paid_up,
    "ready": _ready,
    "currencies": _currencies,
    "mistakes": _mistakes,
    "declined": _declined,
    "bank account": _bank_account,
    "tokenizer": _tokenizer,
    "tokenizer, bank account": _tokenizer_bank,
    "paying": _paying,
    "checking": _checking,
    "unknown": _unknown,
    "receipt": _receipt,
    "receipt, pending": _became("pending", "Payment submitted"),
    "receipt, returned": _became("returned", "Payment returned"),
    "receipt asks": _ask,
    "no receipt": _static("receipt"),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_and_fits(guest: Page, api: FakeApi, state: str) -> None:
    guest.emulate_media(reduced_motion="reduce")
    STATES[state](guest, api)

    for width in (1280, 320):
        guest.set_viewport_size({"width": width, "height": 800})
        assert (width, violations_in_both_schemes(guest)) == (width, [])
        assert (width, guest.evaluate(SMALL_TARGETS)) == (width, [])
        assert guest.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("state", ["ready", "mistakes", "bank account", "tokenizer, bank account", "receipt, pending"])
def test_pages_hold_in_right_to_left_and_with_large_text(guest: Page, api: FakeApi, state: str) -> None:
    guest.set_viewport_size({"width": 320, "height": 800})
    STATES[state](guest, api)

    guest.evaluate("document.documentElement.dir = 'rtl'")
    guest.evaluate("document.documentElement.style.setProperty('font-size', '150%')")

    assert guest.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_first_visit_with_a_payment_stays_within_its_bytes(guest: Page, api: FakeApi) -> None:
    requests: list[Request] = []
    guest.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - the page marks what it is given

    ready_to_pay(guest, api)

    sizes = {request.url: request.sizes()["responseBodySize"] for request in requests if request.url.startswith(api.portal)}
    scripts = sum(size for url, size in sizes.items() if url.endswith(".js"))
    styles = sum(size for url, size in sizes.items() if url.endswith(".css"))
    assert sum(sizes.values()) <= 60_000
    assert 0 < scripts <= 20_000
    assert 0 < styles <= 8_000


def test_a_page_loads_the_scripts_of_its_inventory_and_no_other(guest: Page, api: FakeApi) -> None:
    loaded: set[str] = set()
    guest.on("request", lambda request: loaded.add(request.url) if request.resource_type == "script" else None)

    open_balance(guest, api)

    inventory = guest.request.get(f"{api.portal}/script-inventory.json").json()
    listed = {api.portal + row["url"] for row in inventory["scripts"] if "pay-my-balance.html" in row["pages"]}
    assert {url for url in loaded if url.startswith(api.portal)} == listed


@pytest.mark.parametrize("width", [1280, 320])
def test_nothing_jumps_while_the_page_loads(guest: Page, api: FakeApi, width: int) -> None:
    guest.set_viewport_size({"width": width, "height": 800})
    guest.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )

    open_balance(guest, api)
    field_is_ready(guest)

    assert guest.evaluate("window.shift") <= 0.05


def test_a_guests_receipt_has_no_room_for_the_ways_of_contacts_and_does_not_jump(guest: Page, api: FakeApi) -> None:
    guest.set_viewport_size({"width": 320, "height": 800})
    guest.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )

    _ask(guest, api)

    assert guest.get_by_role("banner").evaluate("header => header.offsetHeight") < 90
    assert guest.evaluate("window.shift") <= 0.05


def test_everything_works_from_the_keyboard(guest: Page, api: FakeApi) -> None:
    open_page(guest, api)
    press = guest.keyboard.press
    press("Tab")
    expect(guest.get_by_role("link", name="Skip to main content")).to_be_focused()
    press("Enter")
    press("Tab")
    guest.keyboard.type(GUEST)
    press("Enter")
    expect(guest.get_by_role("heading", name="Your balance")).to_be_focused()
    field_is_ready(guest)

    for _ in range(2):
        press("Tab")
    press("ArrowDown")
    expect(guest.get_by_label("Another amount")).to_be_checked()
    press("Tab")
    guest.keyboard.type("847.83")
    press("Tab")
    guest.keyboard.type("Ana Halvorsen")
    press("Tab")
    guest.keyboard.type("ana@halvorsen.example")
    tab(guest, 5)  # three fields in the frame, the postal code, the button
    expect(pay_button(guest)).to_be_focused()
    press("Enter")

    expect_receipt(guest)
    assert [asked.body["amount"] for asked in api.asked] == [84783]


def test_the_focus_is_always_seen(guest: Page, api: FakeApi) -> None:
    open_balance(guest, api)
    fill_payer(guest)

    guest.keyboard.press("Tab")

    width = guest.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
    assert width >= 3


def test_the_receipt_prints_on_one_page_without_buttons(guest: Page, api: FakeApi) -> None:
    _receipt(guest, api)

    guest.emulate_media(media="print")

    expect(guest.get_by_role("banner")).to_contain_text("Cedar Valley Portables")
    expect(guest.get_by_role("button", name="Print")).to_be_hidden()
    expect(guest.get_by_role("link", name="Back to my balance")).to_be_hidden()
    assert len(re.findall(rb"/Type\s*/Page\b", guest.pdf(format="Letter"))) == 1


def test_without_javascript_the_page_says_whom_to_call(browser: Any, api: FakeApi) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()

    page.goto(f"{api.portal}/pay-my-balance")

    assert "call the company on your statement" in page.locator("body").inner_text()
