"""The page's own arithmetic against the same table that the API's passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from duebook.domain.money import CURRENCIES, minor_digits
from tests.e2e.fake_api import FakeApi
from tests.e2e.guest_page.steps import open_page

TABLE: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parents[2] / "shared" / "amounts.json").read_text("utf-8"))
IN_MODULE = """async ([name, rows]) => {
    const address = document.querySelector('link[rel=modulepreload][href$="money.js"]').href;
    const money = await import(address);
    return rows.map((row) => money[name](...row));
}"""


def _run(page: Page, name: str, rows: list[list[object]]) -> list[Any]:
    answers: list[Any] = page.evaluate(IN_MODULE, [name, rows])
    return answers


def test_r5_the_page_reads_typed_amounts_as_the_table_says(guest: Page, api: FakeApi) -> None:
    open_page(guest, api)
    cases = TABLE["cases"]

    read = _run(guest, "parseAmount", [[case["text"], case["currency"], case.get("locale", "en")] for case in cases])

    got = [(case["text"], case["currency"], answer.get("minor")) for case, answer in zip(cases, read, strict=True)]
    assert got == [(case["text"], case["currency"], case["minor"]) for case in cases]


def test_r5_the_page_writes_amounts_as_the_table_says(guest: Page, api: FakeApi) -> None:
    open_page(guest, api)
    rows = TABLE["written"]

    texts = _run(guest, "formatMoney", [[row["minor"], row["currency"], row["locale"]] for row in rows])

    plain = [text.replace("\u00a0", " ").replace("\u202f", " ") for text in texts]
    assert plain == [row["text"] for row in rows]


def test_r5_the_page_knows_the_digits_of_every_currency_the_api_knows(guest: Page, api: FakeApi) -> None:
    open_page(guest, api)
    currencies = sorted(CURRENCIES)

    digits = _run(guest, "minorDigits", [[currency] for currency in currencies])

    assert dict(zip(currencies, digits, strict=True)) == {one: minor_digits(one) for one in currencies}
