"""PDFs as they are set: pages, tags, languages, and every text as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from duebook.documents.invoice import write_invoice
from duebook.documents.receipt import write_receipt_sheet
from duebook.documents.typesetter import FACES, Printed, Typesetter
from duebook.domain.documents import InvoiceFacts, Sheet
from duebook.domain.invoices import InvoiceLine
from duebook.domain.payments import PaymentState
from duebook.domain.refunds import Refund, StepState
from duebook.errors import InvariantError
from tests.document_samples import (
    NOON,
    ORIGIN,
    billed,
    customer,
    invoice_facts,
    logo_png,
    multi_site,
    part_paid,
    payment,
    receipt_facts,
    tenant,
)

SETTER = Typesetter()


def sheet(facts: InvoiceFacts | None = None) -> Sheet:
    return write_invoice(facts or part_paid(), portal_origin=ORIGIN)


def printed(wanted: Sheet | None = None, logo: bytes | None = None) -> Printed:
    return SETTER.print(wanted or sheet(), logo)


def root_of(reader: PdfReader) -> Any:
    return reader.trailer["/Root"]


def read(one: Printed) -> PdfReader:
    return PdfReader(BytesIO(one.pdf))


def pages(one: Printed) -> list[str]:
    return [re.sub(r"[\s\u00a0\u200b]+", " ", page.extract_text()) for page in read(one).pages]


def structure(reader: PdfReader) -> Iterator[Any]:
    """Yield every element of the tag tree."""
    waiting = [root_of(reader)["/StructTreeRoot"]]
    while waiting:
        element = waiting.pop()
        element = element.get_object() if hasattr(element, "get_object") else element
        if isinstance(element, ArrayObject):
            waiting += list(element)
        elif isinstance(element, DictionaryObject):
            if element.get("/Type") != "/OBJR":
                yield element
            waiting += [element["/K"]] if "/K" in element else []


def tags(reader: PdfReader) -> list[str]:
    return [str(element["/S"]) for element in structure(reader) if "/S" in element]


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize(("lines", "count"), [(1, 1), (7, 1), (50, 2), (400, 12), (500, 15)])
def test_an_invoice_breaks_into_numbered_pages_with_its_head_on_each_and_its_totals_beside_lines(lines: int, count: int):
    found = pages(printed(sheet(part_paid(lines))))

    assert len(found) == count
    for number, page in enumerate(found, 1):
        assert f"Page {number} of {count}" in page
        assert "Description Quantity Unit price Amount (USD)" in page
    assert all("Invoice INV-10145 · Halvorsen Construction LLC" in page for page in found[1:])
    head, totals = found[-1].split("Amount (USD)")[1].split("Subtotal")
    assert head.strip(), "totals without a line above them"
    assert "Balance due" in totals
    assert "Please do not pay it again." in totals


@pytest.mark.parametrize("lines", range(23, 33))
def test_totals_never_stand_alone_wherever_the_page_ends(lines: int):
    last = pages(printed(sheet(part_paid(lines))))[-1]

    above = last.split("Amount (USD)")[1].split("Subtotal")[0]
    assert len(re.findall(r"\d\.\d\d ", above)) >= 4


def test_every_line_of_four_hundred_is_on_paper_once():
    facts = part_paid(400)
    numbered = tuple(replace(line, description=f"Line number {number:03}") for number, line in enumerate(facts.billed.invoice.lines))
    facts = replace(facts, billed=replace(facts.billed, invoice=replace(facts.billed.invoice, lines=numbered)))

    text = " ".join(pages(printed(sheet(facts))))

    assert [int(number) for number in re.findall(r"Line number (\d{3})", text)] == list(range(400))


def test_r6_a_parents_site_is_named_again_on_the_next_page():
    found = pages(printed(sheet(multi_site(3, 30))))

    assert len(found) > 2
    assert sum(page.count("Depot Street Lofts (015)") for page in found) >= 2
    assert "Balance due" in found[-1]


def test_a_short_receipt_is_one_page_and_two_hundred_invoices_flow():
    one, many = (pages(printed(write_receipt_sheet(receipt_facts(count)))) for count in (6, 200))

    assert (len(one), len(many)) == (1, 6)
    assert all("Invoice Paid Amount (USD)" in page for page in many)
    assert sum(len(re.findall(r"INV-\d{5} In ", page)) for page in many) == 200
    assert "Payment $1,847.83" in many[-1]
    assert "In full" in many[-1]


@pytest.mark.parametrize(
    ("state", "refunds"),
    [
        (PaymentState.RETURNED, ()),
        (PaymentState.VOIDED, ()),
        (PaymentState.UNKNOWN, ()),
        (PaymentState.CAPTURED, (Refund("rfd_1", "o1", 1_847_83, "moved", "stf_1", NOON, StepState.MADE),)),
    ],
)
def test_a_receipt_of_money_that_went_again_is_set_too(state: PaymentState, refunds: tuple[Refund, ...]):
    made = printed(write_receipt_sheet(receipt_facts(0, payment(state, refunds=refunds))))

    assert made.is_accessible
    assert len(pages(made)) == 1


@pytest.mark.parametrize(("locale", "width", "height"), [("en-US", 612, 792), ("fr-CA", 612, 792), ("fr-FR", 595, 842)])
def test_the_paper_is_that_of_the_locale(locale: str, width: int, height: int):
    box = read(printed(sheet(invoice_facts(customer=customer(locale=locale))))).pages[0].mediabox

    assert (round(float(box.width)), round(float(box.height))) == (width, height)


# ---------------------------------------------------------------- for everybody


@pytest.mark.parametrize(
    "wanted", [sheet(), sheet(multi_site()), write_receipt_sheet(receipt_facts())], ids=["invoice", "parent", "receipt"]
)
def test_a_document_is_tagged_titled_and_says_its_language(wanted: Sheet):
    made = printed(wanted, logo_png())
    reader = read(made)
    root = root_of(reader)

    assert made.is_accessible
    assert made.has_logo
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a boolean of the PDF
    assert root["/Lang"] == "en-US"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert reader.metadata is not None
    assert reader.metadata.title == wanted.view["title"]
    assert reader.metadata.author == "Blue Ridge Sanitation"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    found = tags(reader)
    assert {"/H1", "/Table", "/TH", "/TD", "/Figure"} <= set(found)
    alternatives = [str(element.get("/Alt", "")) for element in structure(reader) if element.get("/S") == "/Figure"]
    assert "Logo of Blue Ridge Sanitation" in alternatives
    assert all(alternatives)


def test_french_words_are_read_as_french():
    reader = read(printed(sheet(invoice_facts(tenant=tenant(locale="fr-CA")))))

    assert root_of(reader)["/Lang"] == "fr-CA"
    assert "Solde dû" in reader.pages[0].extract_text()


@pytest.mark.parametrize(
    "name",
    [
        "Αθανάσιος Παπαδόπουλος & Υιοί ΑΕ",  # noqa: RUF001 - Greek
        "ООО «Стройка» Щербаков, Ґалаґан Їжак",  # noqa: RUF001 - Cyrillic
        "Société Générale d’Œuvres Ÿ",
        "Łódź Żółć Štěpán Őrség Ğüneş",
        "Nguyễn Thị Ánh Tuyết",
        "Björk & Þór, Straße 5",
    ],
)
def test_every_letter_of_latin_greek_and_cyrillic_names_can_be_read_and_copied(name: str):
    made = printed(sheet(invoice_facts(customer=customer(name=name))))

    assert made.is_accessible
    assert name in pages(made)[0]


def test_the_type_is_our_own():
    fonts = {str(font["/BaseFont"]) for page in read(printed()).pages for font in page["/Resources"]["/Font"].get_object().values()}  # type: ignore[index]

    assert {name.split("+")[1].removesuffix("-Identity-H") for name in fonts} == {Path(face).stem for face in FACES}


# ---------------------------------------------------------------- what strangers wrote


MARKUP = [
    "*bold* _it_ = Heading",
    '#panic("no")',
    "$x^2$ @ref <label> // no comment",
    "`raw` \\u{41} --- ... ~",
    "\"quoted\" 'too'",
    '#import "x"',
]


@pytest.mark.parametrize("text", MARKUP)
def test_what_people_write_is_never_read_as_markup(text: str):
    lines = (InvoiceLine(text, Decimal(1), 1_00),)

    page = pages(printed(sheet(invoice_facts(billed(lines=lines), customer=customer(name=text)))))[0]

    assert page.count(text) >= 2


def test_the_longest_texts_that_are_accepted_fit_on_paper():
    long = billed(lines=tuple(InvoiceLine("W" * 500, Decimal("99999.9999"), -9_999_999_99) for _ in range(3)), number="N" * 64)
    facts = invoice_facts(long, customer=customer(name="W" * 200, address="\n".join(["M" * 200] * 30)), tenant=tenant(name="B" * 200))

    made = printed(sheet(facts))

    assert made.is_accessible
    assert len(pages(made)) <= 4


def test_a_sign_of_no_font_costs_the_claim_not_the_document():
    made = printed(sheet(invoice_facts(customer=customer(name="株式会社 Halvorsen"))))

    assert not made.is_accessible
    assert "Halvorsen" in pages(made)[0]
    assert "/StructTreeRoot" in root_of(read(made))


def test_a_broken_logo_is_left_out():
    made = printed(logo=logo_png()[:200])

    assert (made.is_accessible, made.has_logo) == (True, False)


def test_a_broken_frame_is_told_as_ours():
    with pytest.raises(InvariantError, match="the frame receipt cannot be set"):
        printed(replace(sheet(), frame="receipt"))


def test_the_same_sheet_is_the_same_bytes():
    again = Typesetter()

    assert printed(logo=logo_png()).pdf == again.print(sheet(), logo_png()).pdf
