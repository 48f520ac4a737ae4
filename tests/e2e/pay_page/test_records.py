"""Payments and saved methods: lists in their six states, filters, file, add, make default, remove."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_api import Answer, problem
from tests.e2e.pay_page.fake_payments import FakePayments, payment, saved_method
from tests.e2e.pay_page.steps import field_is_ready

CALLS = {"payments": "GET /api/portal/payments", "methods": "GET /api/portal/payment-methods"}
FAILED = {"payments": "We couldn't load your payments.", "methods": "We couldn't load your saved methods."}
EMPTY = {"payments": "No payments yet.", "methods": "No card or bank account is saved yet."}


def _history(api: FakePayments) -> None:
    statuses = ("captured", "pending", "returned", "partly_refunded", "unknown")
    for number, status in enumerate(statuses):
        lines: list[Any] = [{"invoice_id": "i", "number": f"INV-{10_000 + one}", "amount": 1, "open": None} for one in range(number)]
        api.payments[f"pay_{number}"] = payment(
            f"pay_{number}", 100_00 * (number + 1), status=status, applications=lines, refunded=10_00 * (number == 3)
        )


@pytest.mark.parametrize("name", ["payments", "methods"])
def test_a_list_says_when_it_is_empty_fails_and_comes_back(ana: Page, api: FakePayments, name: str) -> None:
    api.script(CALLS[name], problem(503, "temporarily_unavailable"))
    ana.goto(f"{api.origin}/{name}")
    expect(ana.get_by_text(FAILED[name])).to_be_visible()

    ana.get_by_role("button", name="Try again").click()

    expect(ana.get_by_text(EMPTY[name])).to_be_visible()


@pytest.mark.parametrize("name", ["payments", "methods"])
def test_a_list_is_offline_and_back(ana: Page, api: FakePayments, name: str) -> None:
    ana.goto(f"{api.origin}/profile")
    expect(ana.get_by_role("heading", name="Profile")).to_be_visible()
    ana.goto(f"{api.origin}/{name}")
    expect(ana.get_by_text(EMPTY[name])).to_be_visible()

    ana.context.set_offline(offline=True)
    expect(ana.locator("#offline")).to_be_visible()
    ana.context.set_offline(offline=False)

    expect(ana.locator("#offline")).to_be_hidden()
    expect(ana.get_by_text(EMPTY[name])).to_be_visible()


@pytest.mark.parametrize("name", ["payments", "methods"])
def test_r54_a_site_contact_is_told_whom_to_ask(ana: Page, api: FakePayments, name: str) -> None:
    api.kind = "site"

    ana.goto(f"{api.origin}/{name}")

    expect(ana.get_by_text("Ask a company contact at Halvorsen Construction to pay invoices.")).to_be_visible()


def test_payments_are_listed_newest_first_with_their_receipts(ana: Page, api: FakePayments) -> None:
    _history(api)
    ana.goto(f"{api.origin}/payments")

    rows = ana.locator("tbody tr")
    expect(rows).to_have_count(5)
    expect(rows.nth(0)).to_contain_text("Being checked")
    expect(rows.nth(1)).to_contain_text("$10.00 paid back")
    expect(rows.nth(2)).to_contain_text("INV-10000 and 1 more")
    expect(rows.nth(4)).to_contain_text("On account")
    expect(rows.nth(4).get_by_role("link")).to_have_attribute("href", "/receipt?id=pay_0")


def test_payments_are_found_by_status_and_text(ana: Page, api: FakePayments) -> None:
    _history(api)
    ana.goto(f"{api.origin}/payments")

    ana.get_by_label("Status").select_option("Returned")
    expect(ana.locator("tbody tr")).to_have_count(1)
    ana.get_by_label("Status").select_option("All")
    ana.get_by_label("Find a payment").fill("inv-10002")
    expect(ana.locator("tbody tr")).to_have_count(2)
    ana.get_by_label("Find a payment").fill("nothing")
    ana.get_by_role("button", name="Show all payments").click()

    expect(ana.locator("tbody tr")).to_have_count(5)


def test_older_payments_come_by_a_button_and_all_of_them_as_a_file(ana: Page, api: FakePayments) -> None:
    first, second = ([payment(f"pay_{number}") for number in range(start, start + 3)] for start in (0, 3))
    api.script(
        CALLS["payments"], Answer(200, {"items": first, "next_cursor": "older"}), Answer(200, {"items": second, "next_cursor": None})
    )
    ana.goto(f"{api.origin}/payments")

    ana.get_by_role("button", name="Show older payments").click()
    expect(ana.locator("tbody tr")).to_have_count(6)
    expect(ana.get_by_role("button", name="Show older payments")).to_be_hidden()
    with ana.expect_download() as file:
        ana.get_by_role("button", name="Download list (CSV)").click()

    rows = list(csv.DictReader(io.StringIO(Path(file.value.path()).read_text("utf-8-sig"))))
    assert [row["amount"] for row in rows] == ["1847.83"] * 6


def test_r35_a_card_is_added_with_the_words_that_allow_it(ana: Page, api: FakePayments) -> None:
    ana.goto(f"{api.origin}/methods")
    ana.get_by_role("button", name="Add a card or bank account").click()
    expect(ana.get_by_role("heading", name="Add a card or bank account")).to_be_focused()
    field_is_ready(ana)
    expect(ana.get_by_text("allows Cedar Valley Portables to have this card or bank account kept")).to_be_visible()
    save = ana.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(ana.locator("#consent-error")).to_have_text("Tick the box to allow keeping it.")

    ana.get_by_label("I agree that this is kept for later payments.").check()
    save.click()

    expect(ana.locator("#done")).to_contain_text("Visa ending 4242, expires 12/30 was saved.")
    expect(ana.locator("#list-heading")).to_be_focused()
    expect(ana.get_by_role("listitem").filter(has_text="Visa ending 4242")).to_be_visible()
    sent = api.sent("POST", "/api/portal/payment-methods")[0] or {}
    assert {key: sent[key] for key in ("type", "currency", "consent", "default")} == {
        "type": "card",
        "currency": "USD",
        "consent": True,
        "default": False,
    }
    expect(ana.get_by_role("button", name="Add a card or bank account")).to_be_visible()


def test_r35_a_bank_account_is_added_too(ana: Page, api: FakePayments) -> None:
    ana.goto(f"{api.origin}/methods")
    ana.get_by_role("button", name="Add a card or bank account").click()
    ana.get_by_role("radio", name="Bank account").check()
    field_is_ready(ana)
    ana.get_by_label("I agree that this is kept for later payments.").check()

    ana.get_by_role("button", name="Save", exact=True).click()

    expect(ana.locator("#done")).to_contain_text("Bank account ending 6789 was saved.")


def test_a_card_that_is_refused_says_why_and_nothing_is_saved(ana: Page, api: FakePayments) -> None:
    api.script("POST /api/portal/payment-methods", problem(422, "method_refused", reason="expired_card"))
    ana.goto(f"{api.origin}/methods")
    ana.get_by_role("button", name="Add a card or bank account").click()
    field_is_ready(ana)
    ana.get_by_label("I agree that this is kept for later payments.").check()
    ana.get_by_role("button", name="Save", exact=True).click()

    expect(ana.locator("#method-error")).to_contain_text("This card has expired.")
    field_is_ready(ana)
    ana.get_by_role("button", name="Save", exact=True).click()

    expect(ana.locator("#done")).to_contain_text("was saved.")


def test_a_method_is_made_the_default(ana: Page, api: FakePayments) -> None:
    api.methods += [saved_method("mth_1", default=True), saved_method("mth_2", last4="1881")]
    ana.goto(f"{api.origin}/methods")

    ana.get_by_role("button", name="Make Visa ending 1881, expires 12/30 the default").click()

    expect(ana.locator("#done")).to_contain_text("Visa ending 1881, expires 12/30 is the default now.")
    expect(ana.get_by_role("listitem").filter(has_text="1881")).to_contain_text("Default")


def test_a_method_is_removed_after_a_question(ana: Page, api: FakePayments) -> None:
    api.methods += [saved_method("mth_1", default=True), saved_method("mth_2", last4="1881")]
    ana.goto(f"{api.origin}/methods")
    remove = ana.get_by_role("button", name="Remove Visa ending 1881, expires 12/30")
    remove.click()
    dialog = ana.get_by_role("dialog", name="Remove Visa ending 1881, expires 12/30?")
    dialog.get_by_role("button", name="Keep it").click()
    expect(remove).to_be_focused()
    remove.click()

    dialog.get_by_role("button", name="Remove", exact=True).click()

    expect(ana.locator("#done")).to_contain_text("Visa ending 1881, expires 12/30 was removed.")
    expect(ana.locator("#methods > li")).to_have_count(1)
    expect(ana.locator("#list-heading")).to_be_focused()


def test_a_removal_that_fails_says_so_in_the_dialog(ana: Page, api: FakePayments) -> None:
    api.methods.append(saved_method("mth_1"))
    api.script("DELETE /api/portal/payment-methods/mth_1", problem(503, "processor_unavailable"))
    ana.goto(f"{api.origin}/methods")
    ana.get_by_role("button", name="Remove Visa").click()
    dialog = ana.get_by_role("dialog")
    dialog.get_by_role("button", name="Remove", exact=True).click()

    expect(dialog.get_by_role("alert")).to_contain_text("Something went wrong on our side.")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(ana.get_by_text(EMPTY["methods"])).to_be_visible()
