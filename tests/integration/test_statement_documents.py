"""Statements as they are set: every figure on paper, pages of their own, readable aloud (R60, R61)."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from duebook.documents.statement import write_statements
from duebook.documents.typesetter import Typesetter
from tests.document_samples import ORIGIN
from tests.statement_samples import mixed_statement, open_statement, period_statement

SETTER = Typesetter()


def pages(*told) -> list[str]:
    printed = SETTER.print(write_statements(told, portal_origin=ORIGIN))
    assert printed.is_accessible
    return [re.sub(r"[\s\u00a0\u200b]+", " ", page.extract_text()) for page in PdfReader(BytesIO(printed.pdf)).pages]


def codes_on_first_page(*told) -> list[str]:
    printed = SETTER.print(write_statements(told, portal_origin=ORIGIN))
    picture = pypdfium2.PdfDocument(printed.pdf)[0].render(scale=2).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def test_r10_the_code_on_a_statement_opens_the_page_with_the_pay_online_id():
    assert codes_on_first_page(open_statement(3)) == [f"{ORIGIN}/pay-my-balance#id=kT7mWq4x1c"]


@pytest.mark.parametrize("count", [1, 60, 400])
def test_r60_a_statement_of_open_items_has_the_pay_online_id_at_its_top_and_every_invoice_in_it(count):
    facts = open_statement(count)

    found = pages(facts)

    assert "kT7mWq4x1c" in found[0]
    text = " ".join(found)
    assert all(item.number in text for item in facts.sections[0].account.open_items)
    assert all("Open (USD)" in page and "Days past due" in page for page in found), "the head of the table stands on each page"
    assert f"Page {len(found)} of {len(found)}" in found[-1]
    assert "Balance $" in found[-1]


def test_r61_the_ageing_block_stands_above_and_unapplied_cash_is_a_line_of_its_own():
    (first, *_) = pages(open_statement(60))

    assert "Current 1–30 days 31–60 days 61–90 days Over 90 days Balance" in first
    assert "Unapplied cash -80.00" in first
    assert "Of the balance being processed 141.83" in first


def test_r60_with_details_every_line_of_every_invoice_is_told():
    text = " ".join(pages(open_statement(3, detail=True)))

    assert text.count("Hand-wash station, weekly service") == 3
    assert "4 × 92.50 370.00" in text


def test_r4_r6_currencies_follow_one_another_and_children_stand_below_their_parent_once():
    text = " ".join(pages(mixed_statement()))

    assert text.index("EU-10001") < text.index("INV-10001") < text.index("Invoice MS-700: 5 open") < text.index("CH-10001")
    assert "€240.37" in text
    assert "$1,085.92" in text


def test_r60_activity_tells_every_movement_from_opening_to_closing():
    facts = period_statement()
    told = facts.sections[0].activity
    assert told is not None

    text = " ".join(pages(facts))

    assert text.index("Opening balance $603.70") < text.index("Invoice INV-10005 voided") < text.index("Closing balance $121.85 ", 400)
    for words in ("Refund (Bank account ending in 6789)", "Payment returned by the bank", "Credit memo CM-17", "Kept as unapplied cash"):
        assert words in text


def test_r60_statements_printed_together_have_pages_of_their_own_in_the_order_given():
    french = open_statement(12)
    french = replace(french, customer=replace(french.customer, locale="fr-CA", name="Béton Nord"))

    found = pages(open_statement(60), french, period_statement())

    heads = [number for number, page in enumerate(found) if "kT7mWq4x1c" in page]
    assert len(heads) == 3
    assert "Page 3 of 3" in found[heads[1] - 1]
    assert "Relevé de compte" in found[heads[1]]


def test_a_customer_who_is_switched_off_is_led_to_no_page():
    facts = open_statement(1)

    (page,) = pages(replace(facts, customer=replace(facts.customer, enabled=False)))

    assert "Pay Online ID" not in page
