"""Every page and state, at two widths, light and dark: accessible, within its bytes, no sideways scroll, printable, quick."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import violations_in_both_schemes
from tests.e2e.fake_api import NEVER_ARRIVED, declined, problem
from tests.e2e.patience import hold_time, let_it_give_up
from tests.e2e.pay_page.fake_payments import FakePayments, payment, saved_method
from tests.e2e.pay_page.invoices import family, invoice, many
from tests.e2e.pay_page.steps import (
    agree,
    box,
    by_bank_account,
    expect_receipt,
    field_is_ready,
    go_on,
    open_by_link,
    open_pay,
    pay_button,
    press_pay,
    ready_to_pay,
    tick,
)

SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, input, .choice, summary")]
    .filter((one) => one.checkVisibility() && !one.matches(".choice input, .tick-box input, .skip"))
    .map((one) => [one.outerHTML.slice(0, 100), one.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([html, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`)"""
"""WCAG 2.2, 2.5.8: nothing to press is smaller than 24 by 24 pixels (a choice is pressed anywhere in its box)."""

CUT_OFF = """() => [...document.querySelectorAll(".stacked")].filter((one) => one.scrollWidth > one.clientWidth)
    .map((one) => [...one.querySelectorAll("*")].filter((part) => part.getBoundingClientRect().right > one.getBoundingClientRect().right + 1)
        .map((part) => part.outerHTML.slice(0, 100)))"""
"""On a phone a table is a list of cards: nothing stands beside them."""

State = Callable[[Page, FakePayments], None]


def _loading(page: Page, api: FakePayments) -> None:
    page.route("**/api/portal/account", lambda _route: None)
    page.goto(f"{api.origin}/pay")
    expect(page.locator("[data-panel=loading]")).to_be_visible()


def _rows_loading(page: Page, api: FakePayments) -> None:
    page.route("**/api/portal/invoices*", lambda _route: None)
    page.goto(f"{api.origin}/pay")
    expect(page.locator("tbody .skeleton").first).to_be_visible()


def _account_failed(page: Page, api: FakePayments) -> None:
    api.script("GET /api/portal/account", problem(503, "temporarily_unavailable"))
    page.goto(f"{api.origin}/pay")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def _rows_failed(page: Page, api: FakePayments) -> None:
    api.script("GET /api/portal/invoices", problem(503, "temporarily_unavailable"))
    page.goto(f"{api.origin}/pay")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def _denied(page: Page, api: FakePayments) -> None:
    api.kind = "site"
    page.goto(f"{api.origin}/pay")
    expect(page.locator("#denied-heading")).to_be_visible()


def _paid_up(page: Page, api: FakePayments) -> None:
    api.invoices.clear()
    api.unapplied["USD"] = 50_00
    page.goto(f"{api.origin}/pay")
    expect(page.get_by_role("heading", name="You're all paid up")).to_be_visible()


def _by_link(page: Page, api: FakePayments) -> None:
    open_by_link(page, api)
    tick(page, "INV-10001")
    go_on(page)
    field_is_ready(page)


def _paid_by_link(page: Page, api: FakePayments) -> None:
    _by_link(page, api)
    press_pay(page)
    expect_receipt(page)


def _ended_link(page: Page, api: FakePayments) -> None:
    api.signed_in = False
    page.goto(f"{api.origin}/pay#token=pay_old")
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()


def _all_kinds(page: Page, api: FakePayments) -> None:
    api.invoices[:] = many(231)
    api.invoices[1]["pay_online"] = False
    api.invoices[2]["reserved"] = api.invoices[2]["open"]
    api.invoices[3]["reserved"] = 10_00
    api.unapplied["USD"] = 50_00
    open_pay(page, api)
    page.get_by_role("checkbox", name="Select all invoices on this page").check()


def _oldest(page: Page, api: FakePayments) -> None:
    _all_kinds(page, api)
    page.get_by_role("button", name="Select the 200 oldest invoices").click()


def _families(page: Page, api: FakePayments) -> None:
    api.invoices.extend([*family("MS-700", range(20, 24)), *family("MS-701", range(30, 33))])
    open_pay(page, api)
    page.get_by_role("radio", name="Select multi-site invoices").check()
    page.get_by_role("button", name="Show invoices in MS-700").click()
    tick(page, "INV-10021")


def _custom(page: Page, api: FakePayments) -> None:
    open_pay(page, api)
    page.get_by_role("radio", name="Pay a custom amount").check()
    page.get_by_label("Amount", exact=True).fill("1668.40")
    expect(page.locator("#split")).to_be_visible()


def _wrong_amount(page: Page, api: FakePayments) -> None:
    _custom(page, api)
    page.get_by_label("Amount", exact=True).fill("9999")
    page.get_by_role("button", name="Continue to payment").click()
    expect(page.locator("#amount-error")).to_be_visible()


def _nothing_found(page: Page, api: FakePayments) -> None:
    open_pay(page, api)
    page.get_by_label("Find an invoice or site").fill("nothing like it")
    expect(page.get_by_role("button", name="Show all invoices")).to_be_visible()


def _currencies(page: Page, api: FakePayments) -> None:
    api.invoices.append(invoice(9, 9000, currency="JPY"))
    api.cannot_pay.add("JPY")
    open_pay(page, api)
    page.get_by_role("button", name="Japanese Yen ¥9,000").click()
    expect(page.locator("#cannot")).to_be_visible()


def _saved(page: Page, api: FakePayments) -> None:
    api.methods += [
        saved_method("mth_1", default=True),
        saved_method("mth_2", brand="mastercard", last4="5454", expiry="2020-02"),
        saved_method("mth_3", type="bank_account", flagged=True, flag_reason="The bank says this account is closed."),
    ]
    open_pay(page, api)
    tick(page, "INV-10001")
    go_on(page)


def _new_card(page: Page, api: FakePayments) -> None:
    ready_to_pay(page, api)
    page.get_by_label("Save this for next time").check()


def _bank_account(page: Page, api: FakePayments) -> None:
    ready_to_pay(page, api)
    by_bank_account(page)
    press_pay(page)
    expect(page.locator("#consent-error")).to_be_visible()


def _declined(page: Page, api: FakePayments) -> None:
    api.answers.append(declined())
    ready_to_pay(page, api)
    press_pay(page)
    expect(page.locator("#method-error")).to_be_visible()


def _changed(page: Page, api: FakePayments) -> None:
    open_pay(page, api)
    tick(page, "INV-10001", "INV-10002")
    api.invoices[1]["open"] = 0
    go_on(page)
    expect(page.locator("#pay-note")).to_be_visible()


def _paying(page: Page, api: FakePayments) -> None:
    ready_to_pay(page, api)
    api.hold()
    press_pay(page)
    expect(pay_button(page)).to_have_text("Paying…")


def _checking(page: Page, api: FakePayments) -> None:
    hold_time(page)
    ready_to_pay(page, api)
    api.answers.extend([NEVER_ARRIVED] * 20)
    press_pay(page)
    expect(page.get_by_role("heading", name="Checking your payment")).to_be_visible()
    page.clock.resume()  # axe takes its turns by timers


def _unknown(page: Page, api: FakePayments) -> None:
    _checking(page, api)
    let_it_give_up(page)


def _receipt(page: Page, api: FakePayments) -> None:
    ready_to_pay(page, api)
    press_pay(page)
    expect_receipt(page)


def _pending(page: Page, api: FakePayments) -> None:
    ready_to_pay(page, api)
    by_bank_account(page)
    agree(page)
    press_pay(page)
    expect_receipt(page, "Payment submitted")


def _no_receipt(page: Page, api: FakePayments) -> None:
    page.goto(f"{api.origin}/receipt?id=pay_9999")
    expect(page.get_by_text("We couldn't find this payment.")).to_be_visible()


def _payments(page: Page, api: FakePayments) -> None:
    for number, status in enumerate(("captured", "pending", "returned", "partly_refunded", "voided", "charged_back", "unknown")):
        api.payments[f"pay_{number}"] = payment(f"pay_{number}", status=status, refunded=10_00)
    page.goto(f"{api.origin}/payments")
    expect(page.locator("tbody tr")).to_have_count(7)


def _no_payments(page: Page, api: FakePayments) -> None:
    page.goto(f"{api.origin}/payments")
    expect(page.get_by_text("No payments yet.")).to_be_visible()


def _payments_failed(page: Page, api: FakePayments) -> None:
    api.script("GET /api/portal/payments", problem(503, "temporarily_unavailable"))
    page.goto(f"{api.origin}/payments")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def _methods(page: Page, api: FakePayments) -> None:
    api.methods += [
        saved_method("mth_1", default=True),
        saved_method("mth_2", brand="mastercard", last4="5454", expiry="2020-02"),
        saved_method("mth_3", type="bank_account"),
    ]
    page.goto(f"{api.origin}/methods")
    expect(page.locator("#methods > li")).to_have_count(3)


def _adding(page: Page, api: FakePayments) -> None:
    _methods(page, api)
    page.get_by_role("button", name="Add a card or bank account").click()
    field_is_ready(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#consent-error")).to_be_visible()


def _removing(page: Page, api: FakePayments) -> None:
    _methods(page, api)
    page.get_by_role("button", name="Remove Visa").click()
    expect(page.get_by_role("dialog")).to_be_visible()


STATES: dict[str, State] = {
    "loading": _loading,
    "rows loading": _rows_loading,
    "account failed": _account_failed,
    "rows failed": _rows_failed,
    "denied": _denied,
    "paid up": _paid_up,
    "by a bill's link": _by_link,
    "receipt, by a bill's link": _paid_by_link,
    "a link that has ended": _ended_link,
    "a page ticked": _all_kinds,
    "the 200 oldest": _oldest,
    "families": _families,
    "custom amount": _custom,
    "wrong amount": _wrong_amount,
    "nothing found": _nothing_found,
    "currencies": _currencies,
    "saved methods": _saved,
    "new card": _new_card,
    "bank account": _bank_account,
    "declined": _declined,
    "changed": _changed,
    "paying": _paying,
    "checking": _checking,
    "unknown": _unknown,
    "receipt": _receipt,
    "receipt, pending": _pending,
    "no receipt": _no_receipt,
    "payments": _payments,
    "no payments": _no_payments,
    "payments failed": _payments_failed,
    "methods": _methods,
    "adding a method": _adding,
    "removing a method": _removing,
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_accessible_and_fits(ana: Page, api: FakePayments, state: str) -> None:
    ana.emulate_media(reduced_motion="reduce")
    STATES[state](ana, api)

    for width in (1280, 320):
        ana.set_viewport_size({"width": width, "height": 800})
        assert (width, violations_in_both_schemes(ana)) == (width, [])
        assert (width, ana.evaluate(SMALL_TARGETS)) == (width, [])
        assert ana.evaluate("document.documentElement.scrollWidth") <= width
    assert ana.evaluate(CUT_OFF) == []


def test_on_a_phone_a_tag_leaves_the_invoice_number_its_room(ana: Page, api: FakePayments) -> None:
    ana.set_viewport_size({"width": 320, "height": 800})
    _all_kinds(ana, api)

    for row in (1, 2, 3):  # not payable online, processing, processed in part
        number = ana.locator("tbody tr").nth(row).get_by_role("rowheader")
        assert number.evaluate("cell => cell.offsetHeight") < 60


@pytest.mark.parametrize(
    "state", ["the 200 oldest", "families", "custom amount", "saved methods", "bank account", "receipt", "payments", "methods"]
)
def test_pages_hold_in_right_to_left_and_with_large_text(ana: Page, api: FakePayments, state: str) -> None:
    ana.set_viewport_size({"width": 320, "height": 800})
    STATES[state](ana, api)

    ana.evaluate("document.documentElement.dir = 'rtl'")
    ana.evaluate("document.documentElement.style.setProperty('font-size', '150%')")

    assert ana.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("width", [1280, 320])
def test_little_jumps_while_the_page_loads(ana: Page, api: FakePayments, width: int) -> None:
    api.invoices[:] = many(50)
    ana.set_viewport_size({"width": width, "height": 800})
    ana.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )

    open_pay(ana, api)

    assert ana.evaluate("window.shift") <= 0.05


def test_the_focus_is_always_seen_and_clear_of_the_bar(ana: Page, api: FakePayments) -> None:
    api.invoices[:] = many(50)
    open_pay(ana, api)
    box(ana, "INV-10001").focus()

    for _ in range(30):
        ana.keyboard.press("Tab")

    focused = ana.evaluate("document.activeElement.getBoundingClientRect().bottom")
    top = ana.locator("#bar").evaluate("bar => bar.getBoundingClientRect().top")
    assert focused <= top
