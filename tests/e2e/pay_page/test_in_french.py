"""The pages on which contacts pay, in Canadian French: words, money and dates, and nothing wider than a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import violations
from tests.e2e.pay_page.fake_payments import FakePayments


def test_money_dates_and_counts_are_written_as_in_quebec(ana: Page, api: FakePayments) -> None:
    ana.goto(f"{api.origin}/fr-CA/pay")
    boxes = ana.get_by_role("checkbox", name=re.compile("^Choisir INV"))
    boxes.nth(0).check()
    boxes.nth(1).check()

    expect(ana.get_by_text("2 factures choisies").first).to_be_visible()
    main = ana.get_by_role("main")
    expect(main).to_contain_text(re.compile(r"\d{2}\s\$"))
    expect(main).to_contain_text(re.compile(r"\d+ (janv|févr|mars|avr|mai|juin|juill|août|sept|oct|nov|déc)\.? 20\d\d"))


@pytest.mark.parametrize("page_name", ["pay", "payments", "methods"])
def test_french_pages_are_accessible_and_fit(ana: Page, api: FakePayments, page_name: str) -> None:
    ana.emulate_media(reduced_motion="reduce")
    ana.goto(f"{api.origin}/fr-CA/{page_name}")
    expect(ana.locator("html")).to_have_attribute("lang", "fr-CA")
    expect(ana.locator("[aria-busy=true]:visible")).to_have_count(0)

    for width in (1280, 320):
        ana.set_viewport_size({"width": width, "height": 800})
        assert (width, violations(ana)) == (width, [])
        assert ana.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_an_amount_with_its_sign_stays_on_one_line(ana: Page, api: FakePayments) -> None:
    ana.set_viewport_size({"width": 320, "height": 800})
    ana.goto(f"{api.origin}/fr-CA/pay")
    expect(ana.get_by_role("checkbox", name=re.compile("^Choisir INV")).first).to_be_visible()

    heights = ana.locator("#overview [data-f=balance]").evaluate_all("all => all.map((one) => one.offsetHeight)")

    assert [height for height in heights if height > 40] == []
