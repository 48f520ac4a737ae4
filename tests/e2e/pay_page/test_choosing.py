"""Choosing what to pay: one, a range, a page, the 200 oldest; parents and children; a custom amount (R30 to R34)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.fake_api import problem
from tests.e2e.pay_page.fake_payments import FakePayments
from tests.e2e.pay_page.invoices import family, invoice, many
from tests.e2e.pay_page.steps import bar, box, card, go_on, open_pay, tick
from tests.shared.selections import TABLE, as_rows, expand

IN_MODULE = """async ([cases]) => {
    const address = document.querySelector('link[rel=modulepreload][href$="selection.js"]').href;
    const { Selection, allocate } = await import(address);
    const find = (rows, id) => rows.flatMap((row) => [row, ...(row.children ?? [])]).find((row) => row.id === id);
    return cases.map(({ rows, amount, steps, states }) => {
        if (steps === undefined) return allocate(amount, rows).lines.map(({ id, amount, pays }) => [id, amount, pays]);
        const selection = new Selection();
        let missed = 0;
        for (const [verb, ...ids] of steps) {
            const chosen = ids.length ? ids.map((id) => find(rows, id)) : rows;
            if (verb === "untick") selection.untick(...chosen);
            else missed = selection.tick(...chosen);
        }
        const shown = Object.fromEntries(Object.keys(states ?? {}).map((id) => [id, selection.stateOf(find(rows, id))]));
        return { count: selection.count, total: selection.total, missed, states: shown };
    });
}"""


def _run(page: Page, cases: list[dict[str, Any]]) -> list[Any]:
    plain = [{**case, "rows": as_rows(expand(case))} for case in cases]
    answers: list[Any] = page.evaluate(IN_MODULE, [json.loads(json.dumps(plain))])
    return answers


def test_r20_r21_r22_the_page_splits_amounts_as_the_table_says(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)

    lines = _run(ana, TABLE["amounts"])

    assert dict(zip((case["name"] for case in TABLE["amounts"]), lines, strict=True)) == {
        case["name"]: case["lines"] for case in TABLE["amounts"]
    }


def test_r32_r33_r34_the_page_selects_as_the_table_says(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)

    found = _run(ana, TABLE["selections"])

    wanted = [
        {"missed": 0, "states": {}} | {key: case[key] for key in ("count", "total", "missed", "states") if key in case}
        for case in TABLE["selections"]
    ]
    assert found == wanted


def test_r30_r34_cards_and_bar_follow_each_tick(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)
    expect(card(ana, "Overdue balance")).to_have_text("$1,548.40")
    expect(card(ana, "Balance")).to_have_text("$1,847.83")

    tick(ana, "INV-10002", "INV-10004")

    expect(card(ana, "Amount selected")).to_have_text("$1,228.40")
    expect(card(ana, "Invoices to pay")).to_have_text("2")
    expect(bar(ana)).to_contain_text("2 invoices selected $1,228.40")
    expect(ana.locator("#live")).to_have_text("2 invoices selected, total $1,228.40.")
    box(ana, "INV-10002").uncheck()
    expect(card(ana, "Amount selected")).to_have_text("$100.00")


def test_r32_a_range_is_ticked_from_the_keyboard(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)

    box(ana, "INV-10001").focus()
    ana.keyboard.press("Space")
    for _ in range(6):  # box and PDF of each row
        ana.keyboard.press("Tab")
    expect(box(ana, "INV-10004")).to_be_focused()
    ana.keyboard.press("Shift+Space")

    expect(bar(ana)).to_contain_text("4 invoices selected $1,847.83")
    expect(box(ana, "INV-10003")).to_be_checked()


def test_r32_a_range_is_ticked_with_the_mouse_and_unticked_again(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)
    box(ana, "INV-10004").click()

    box(ana, "INV-10002").click(modifiers=["Shift"])
    expect(bar(ana)).to_contain_text("3 invoices selected $1,427.83")
    box(ana, "INV-10004").click(modifiers=["Shift"])

    expect(bar(ana)).to_contain_text("Nothing selected yet")


def test_r32_the_header_box_ticks_the_page_and_is_half_ticked_in_between(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)
    header = ana.get_by_role("checkbox", name="Select all invoices on this page")
    tick(ana, "INV-10001")
    assert header.evaluate("box => box.indeterminate")

    header.check()

    expect(bar(ana)).to_contain_text("4 invoices selected $1,847.83")
    expect(ana.get_by_text("All 4 invoices are selected.")).to_be_visible()
    header.uncheck()
    expect(bar(ana)).to_contain_text("Nothing selected yet")


def test_r32_all_200_of_231_and_what_is_left_out(ana: Page, api: FakePayments) -> None:
    api.invoices[:] = many(231)
    open_pay(ana, api)
    expect(ana.locator("tbody tr")).to_have_count(50)
    ana.get_by_role("checkbox", name="Select all invoices on this page").check()

    ana.get_by_role("button", name="Select the 200 oldest invoices").click()

    expect(bar(ana)).to_contain_text("200 invoices selected $9,393.00")
    told = "You can pay up to 200 invoices at a time. We selected the 200 oldest of 231. Left for another payment: 31 invoices, $1,706.55."
    expect(ana.get_by_text(told)).to_be_visible()
    ana.get_by_role("button", name="Next").click()
    expect(ana.get_by_text("51–100 of 231")).to_be_visible()
    expect(ana.locator("#invoices-heading")).to_be_focused()
    expect(box(ana, "INV-10051")).to_be_checked()
    for _ in range(3):
        ana.get_by_role("button", name="Next").click()
    expect(box(ana, "INV-10201")).not_to_be_checked()
    box(ana, "INV-10201").click()
    expect(ana.locator("#bar-problem")).to_have_text("You can pay up to 200 invoices at a time. 1 invoice could not be added.")
    go_on(ana)
    sent = api.sent("POST", "/api/portal/quotes")[-1]
    assert sent is not None
    assert sent["selection"]["invoice_ids"] == [f"inv_{number + 1}" for number in range(200)]


def test_r32_exactly_all_when_they_are_fewer(ana: Page, api: FakePayments) -> None:
    api.invoices[:] = many(120)
    open_pay(ana, api)
    ana.get_by_role("checkbox", name="Select all invoices on this page").check()

    ana.get_by_role("button", name="Select all 120 invoices").click()
    expect(bar(ana)).to_contain_text("120 invoices selected")
    ana.get_by_role("button", name="Clear selection").click()

    expect(bar(ana)).to_contain_text("Nothing selected yet")
    expect(ana.locator("#invoices-heading")).to_be_focused()


def test_r33_a_parent_its_children_and_partly_ticked(ana: Page, api: FakePayments) -> None:
    api.invoices.extend([*family("MS-700", range(20, 24)), *family("MS-701", range(30, 33))])
    open_pay(ana, api)
    ana.get_by_role("radio", name="Select multi-site invoices").check()
    expect(ana.locator("tbody tr")).to_have_count(2)

    box(ana, "MS-700").check()
    expect(bar(ana)).to_contain_text("4 invoices selected $600.00")
    fold = ana.get_by_role("button", name="Show invoices in MS-700")
    fold.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(ana.locator("tbody tr")).to_have_count(6)
    box(ana, "INV-10021").uncheck()

    expect(bar(ana)).to_contain_text("3 invoices selected $450.00")
    assert box(ana, "MS-700").evaluate("box => box.indeterminate")
    expect(box(ana, "MS-701")).not_to_be_checked()
    fold.press("Enter")
    expect(ana.locator("tbody tr")).to_have_count(2)
    go_on(ana)
    sent = api.sent("POST", "/api/portal/quotes")[-1]
    assert sent is not None
    assert sent["selection"]["invoice_ids"] == ["inv_20", "inv_22", "inv_23"]


def test_r33_a_parent_that_would_pass_200_ticks_none_and_says_why(ana: Page, api: FakePayments) -> None:
    api.invoices.extend([*family("MS-700", range(20, 170), 100), *family("MS-701", range(200, 260), 100)])
    open_pay(ana, api)
    ana.get_by_role("radio", name="Select multi-site invoices").check()
    box(ana, "MS-700").check()

    box(ana, "MS-701").click()

    expect(box(ana, "MS-701")).not_to_be_checked()
    said = "You can pay up to 200 invoices at a time. MS-701 would pass that, so none of it was selected."
    expect(ana.locator("#bar-problem")).to_have_text(said)
    expect(bar(ana)).to_contain_text("150 invoices selected")


def test_r31_changing_the_way_clears_the_selection_and_says_so(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)
    tick(ana, "INV-10001")

    ana.get_by_role("radio", name="Pay a custom amount").check()

    expect(ana.locator("#live")).to_have_text("Your selection was cleared.")
    expect(card(ana, "Amount selected")).to_have_text("$0.00")
    ana.get_by_role("radio", name="Select single-site invoices").check()
    expect(box(ana, "INV-10001")).not_to_be_checked()


def test_r22_r23_a_custom_amount_shows_its_split_as_it_is_typed(ana: Page, api: FakePayments) -> None:
    api.invoices.extend(family("MS-700", range(20, 22)))
    open_pay(ana, api)
    ana.get_by_role("radio", name="Pay a custom amount").check()
    amount = ana.get_by_label("Amount", exact=True)

    amount.fill("1668.40")
    split = ana.locator("#split")
    expect(split).to_contain_text("Pays INV-10001 and INV-10002 in full and $120.00 of INV-10003.")
    expect(card(ana, "Invoices to pay")).to_have_text("3")
    amount.fill("100")
    expect(split).to_contain_text("Pays $100.00 of INV-10001.")
    amount.fill("2147.83")
    expect(split).to_contain_text("Pays INV-10001, INV-10002, INV-10003, INV-10004, INV-10020, and INV-10021 in full.")
    amount.press("Enter")

    expect(ana.locator("#how-heading")).to_be_focused()
    assert api.sent("POST", "/api/portal/quotes") == [{"currency": "USD", "selection": {"kind": "custom_amount", "amount": 214783}}]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Enter an amount, up to $1,847.83."), ("9999", "You can pay up to $1,847.83."), ("1.234", "at most 2 decimals")],
)
def test_r31_a_wrong_amount_is_said_at_its_field(ana: Page, api: FakePayments, typed: str, said: str) -> None:
    open_pay(ana, api)
    ana.get_by_role("radio", name="Pay a custom amount").check()
    ana.get_by_label("Amount", exact=True).fill(typed)

    ana.get_by_role("button", name="Continue to payment").click()

    expect(ana.locator("#amount-error")).to_contain_text(said)
    expect(ana.get_by_label("Amount", exact=True)).to_be_focused()
    assert api.sent("POST", "/api/portal/quotes") == []


def test_r2_r27_what_cannot_be_paid_is_listed_and_downloadable_and_not_tickable(ana: Page, api: FakePayments) -> None:
    api.invoices[0]["pay_online"] = False
    api.invoices[1]["reserved"] = api.invoices[1]["open"]
    open_pay(ana, api)

    rows = ana.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("Not payable online")
    expect(rows.nth(1)).to_contain_text("Processing")
    expect(rows.nth(0).get_by_role("checkbox")).to_have_count(0)
    expect(rows.nth(1).get_by_role("checkbox")).to_have_count(0)
    expect(ana.get_by_role("link", name="PDF, INV-10001")).to_have_attribute("href", "/api/portal/invoices/inv_1/pdf")
    expect(ana.get_by_text("$299.43 can be paid online. $1,128.40 is being processed.")).to_be_visible()


def test_invoices_are_found_by_number_or_site_and_stay_ticked(ana: Page, api: FakePayments) -> None:
    api.invoices[:] = many(60)
    open_pay(ana, api)
    tick(ana, "INV-10001")

    ana.get_by_label("Find an invoice or site").fill("northgate")
    expect(ana.locator("tbody tr")).to_have_count(15)
    expect(ana.locator("#live")).to_have_text("15 found")
    ana.get_by_label("Find an invoice or site").fill("nothing like it")
    ana.get_by_role("button", name="Show all invoices").click()

    expect(box(ana, "INV-10001")).to_be_checked()
    expect(bar(ana)).to_contain_text("1 invoice selected")


def test_the_list_is_a_csv_file_that_no_spreadsheet_takes_for_formulas(ana: Page, api: FakePayments) -> None:
    api.invoices.append(invoice(9, 12_34) | {"number": "=1+1"})
    open_pay(ana, api)

    with ana.expect_download() as file:
        ana.get_by_role("button", name="Download list (CSV)").click()

    text = Path(file.value.path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["invoice"] for row in rows] == ["INV-10001", "INV-10002", "INV-10003", "INV-10004", "'=1+1"]
    assert (rows[0]["balance"], rows[0]["status"], rows[0]["due"]) == ("420.00", "overdue", "2026-02-05")


def test_nothing_chosen_is_said_beside_the_button(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)

    ana.get_by_role("button", name="Continue to payment").click()

    expect(ana.locator("#bar-problem")).to_have_text("Select at least one invoice first.")


def test_r4_each_currency_has_a_tab(ana: Page, api: FakePayments) -> None:
    api.invoices.append(invoice(9, 9000, currency="JPY"))
    api.invoices.append(invoice(10, 75_10, currency="CAD"))
    api.cannot_pay.add("JPY")
    open_pay(ana, api)
    tick(ana, "INV-10001")

    ana.get_by_role("button", name="Canadian Dollar CA$75.10").click()
    expect(card(ana, "Balance")).to_have_text("CA$75.10")
    expect(bar(ana)).to_contain_text("Nothing selected yet")
    ana.get_by_role("button", name="Japanese Yen ¥9,000").click()

    expect(ana.get_by_text("doesn't take online payments in this currency")).to_be_visible()
    expect(ana.get_by_role("link", name="PDF, INV-10009")).to_be_visible()
    expect(ana.locator("tbody").get_by_role("checkbox")).to_have_count(0)
    expect(bar(ana)).to_be_hidden()


def test_nothing_owed_is_good_news(ana: Page, api: FakePayments) -> None:
    api.invoices.clear()

    ana.goto(f"{api.origin}/pay")

    expect(ana.get_by_role("heading", name="You're all paid up")).to_be_visible()
    expect(ana.get_by_text("New invoices will appear here.")).to_be_visible()


def test_what_is_chosen_survives_a_reload(ana: Page, api: FakePayments) -> None:
    open_pay(ana, api)
    tick(ana, "INV-10002", "INV-10003")

    ana.reload()

    expect(bar(ana)).to_contain_text("2 invoices selected $1,327.83")
    expect(box(ana, "INV-10002")).to_be_checked()


def test_invoices_that_do_not_load_can_be_asked_for_again(ana: Page, api: FakePayments) -> None:
    api.script("GET /api/portal/invoices", problem(503, "temporarily_unavailable"))
    ana.goto(f"{api.origin}/pay")
    expect(ana.get_by_text("We couldn't load your invoices.")).to_be_visible()

    ana.get_by_role("button", name="Try again").click()

    expect(ana.locator("tbody tr")).to_have_count(4)


def test_an_account_that_does_not_load_can_be_asked_for_again(ana: Page, api: FakePayments) -> None:
    api.script("GET /api/portal/account", problem(503, "temporarily_unavailable"))
    ana.goto(f"{api.origin}/pay")
    expect(ana.get_by_text("We couldn't load your account.")).to_be_visible()

    ana.get_by_role("button", name="Try again").click()

    expect(ana.locator("tbody tr")).to_have_count(4)


def test_r54_a_site_contact_is_told_whom_to_ask(ana: Page, api: FakePayments) -> None:
    api.kind = "site"

    ana.goto(f"{api.origin}/pay")

    said = "Your access covers service requests. Ask a company contact at Halvorsen Construction to pay invoices."
    expect(ana.get_by_text(said)).to_be_visible()
    assert [path for _, path, _ in api.calls if path.startswith("/api/portal/")] == []


def test_invoices_that_come_late_do_not_take_back_who_has_gone_on_with_an_amount(ana: Page, api: FakePayments) -> None:
    held: list[Route] = []
    ana.route("**/api/portal/invoices*multi*", lambda route: held.append(route))  # noqa: PLW0108 - the page marks what it is given
    open_pay(ana, api)
    ana.get_by_role("radio", name="Pay a custom amount").check()
    ana.get_by_label("Amount", exact=True).fill("100")
    go_on(ana)

    with ana.expect_response("**/api/portal/invoices*multi*"):
        held[0].continue_()

    ana.wait_for_timeout(200)
    expect(ana.locator("#how-heading")).to_be_visible()
    expect(ana.get_by_role("button", name="Continue to payment")).to_be_hidden()
