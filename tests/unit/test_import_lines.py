"""Reading imported files: what a line says, where it stands, and that nothing is guessed."""

from __future__ import annotations

from datetime import date

import pytest

from duebook.domain.csv_files import csv_text, decoded, physical_lines
from duebook.domain.import_cells import DATE_FORMATS, cell_amount, cell_date, checked_cell
from duebook.domain.imports import MAX_LINES, ImportForm, ImportKind, OpenInvoice, columns_of, derived_invoice_id, read_lines
from duebook.domain.money import Money
from duebook.errors import InvalidInputError, UnprocessableError

INVOICES = ImportForm(ImportKind.OPEN_INVOICES)
HEADER = "customer_id,customer_name,invoice_id,number,invoice_date,due_date,currency,amount\n"


def read(text: str, form: ImportForm = INVOICES):
    return list(read_lines(form, physical_lines(text)))


def found(text: str, form: ImportForm = INVOICES) -> list[tuple[int, str | None]]:
    return [(error.line, error.field) for line in read(text, form) for error in line.errors]


# ---------------------------------------------------------------- lines


def test_a_good_line_is_read_as_it_stands():
    (line,) = read(HEADER + 'c1,"Smith, Anna",inv_1,1001,2025-01-31,2025-03-02,USD,425.5\n')

    assert line.good == OpenInvoice(2, "c1", "Smith, Anna", "inv_1", "1001", date(2025, 1, 31), date(2025, 3, 2), Money(425_50, "USD"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_numbers_are_those_of_the_file_whatever_ends_a_line(end):
    text = (HEADER + "c1,A,i1,1,2025-01-31,,USD,5\n\nc1,A,i2,2,2025-02-30,,USD,5").replace("\n", end)

    assert [line.line for line in read(text)] == [2, 4]
    assert found(text) == [(4, "invoice_date")]


def test_a_cell_of_several_lines_counts_them_all():
    text = 'customer_id,name,address\nc1,Anna,"1 Main St\nSpringfield\nIL"\nc2,,x\n'

    lines = read(text, ImportForm(ImportKind.CUSTOMERS))

    assert [line.line for line in lines] == [2, 5]
    assert found(text, ImportForm(ImportKind.CUSTOMERS)) == [(5, "name")]


def test_a_quotation_mark_left_open_costs_its_line_only():
    body = 'c1,"Anna,i1,1,2025-01-31,,USD,5\n' + "".join(f"c1,A,j{number},{number},2025-01-31,,USD,5\n" for number in range(2, 90))

    lines = read(HEADER + body)

    assert [line.line for line in lines if line.errors] == [2]
    assert sum(line.good is not None for line in lines) == 88


def test_a_separator_of_unicode_does_not_end_a_line():
    assert [line.line for line in read(HEADER + "c1,A\x85,i1,1,2025-02-30,,USD,5\nc1,A,i2,2,2025-02-30,,USD,5\n")] == [2, 3]


def test_every_bad_cell_of_a_line_is_named():
    assert found(HEADER + "c 1,A\x00,i#,,yesterday,never,EURO,lots\n") == [
        (2, "customer_id"),
        (2, "customer_name"),
        (2, "invoice_id"),
        (2, "number"),
        (2, "invoice_date"),
        (2, "due_date"),
        (2, "currency"),
    ]


def test_the_second_to_use_a_number_or_an_id_is_refused_and_names_the_first():
    lines = read(HEADER + "c1,A,i1,1,2025-01-31,,USD,5\nc2,B,i2,1,2025-01-31,,USD,5\nc1,A,i1,1,2025-01-31,,USD,5\n")

    assert [error.message for error in lines[2].errors] == [
        "invoice_id i1 stands on line 2 already",
        "number 1 of this customer stands on line 2 already",
    ]
    assert lines[1].good is not None


def test_what_may_be_a_card_number_is_not_kept_beside_its_error():
    (line,) = read(HEADER + "c1,4111 1111 1111 1111,i1,1,2025-01-31,,USD,5\n")

    assert "4111" not in line.text
    assert all("4111" not in error.message + error.text for error in line.errors)


def test_blank_lines_and_lines_of_empty_cells_say_nothing():
    assert [line.line for line in read(HEADER + "\n,,,,,,,\n  \nc1,A,i1,1,2025-01-31,,USD,5\n")] == [5]


def test_too_many_lines_are_refused_before_any_is_read():
    with pytest.raises(UnprocessableError, match="at most 100,000"):
        read(HEADER + "x\n" * (MAX_LINES + 1))


# ---------------------------------------------------------------- columns


def test_columns_without_a_mapping_are_found_by_name_in_any_order():
    columns = columns_of(INVOICES, ["amount", " number ", "currency", "invoice_date", "customer_id"])

    assert columns == {"customer_id": 4, "number": 1, "invoice_date": 3, "currency": 2, "amount": 0}


def test_a_mapping_wins_and_leaves_other_columns_alone():
    form = ImportForm(ImportKind.OPEN_INVOICES, {"number": "Doc", "amount": "Open"}, currency="USD")

    columns = columns_of(form, ["customer_id", "Doc", "invoice_date", "Open", "Region"])

    assert columns == {"customer_id": 0, "number": 1, "invoice_date": 2, "amount": 3}


def test_a_column_that_is_mapped_to_one_field_is_not_taken_for_another_by_its_name():
    form = ImportForm(ImportKind.OPEN_INVOICES, {"invoice_id": "number"}, currency="USD")

    with pytest.raises(UnprocessableError, match="no column for number"):
        columns_of(form, ["customer_id", "number", "invoice_date", "amount"])


# ---------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("text", "date_format"),
    [
        ("2025-01-31", "YYYY-MM-DD"),
        ("1/31/2025", "M/D/YYYY"),
        ("01/31/2025", "M/D/YYYY"),
        ("01/31/2025", "MM/DD/YYYY"),
        ("31/1/2025", "D/M/YYYY"),
        ("31.1.2025", "D.M.YYYY"),
        ("31.01.2025", "DD.MM.YYYY"),
        ("20250131", "YYYYMMDD"),
        ("2025/01/31", "YYYY/MM/DD"),
        ("31/01/2025", "DD/MM/YYYY"),
    ],
)
def test_a_date_is_read_in_the_named_way(text, date_format):
    assert cell_date(text, date_format) == date(2025, 1, 31)


def test_every_way_of_writing_dates_is_tried_above():
    assert len(DATE_FORMATS) == 9


@pytest.mark.parametrize(
    ("text", "date_format"),
    [
        ("31/1/2025", "M/D/YYYY"),
        ("1/31/2025", "MM/DD/YYYY"),
        ("1/31/25", "M/D/YYYY"),
        ("2025-02-29", "YYYY-MM-DD"),
        ("2025-1-31", "YYYY-MM-DD"),
        ("\u0662\u0660\u0662\u0665-01-31", "YYYY-MM-DD"),
        ("1889-01-31", "YYYY-MM-DD"),
        ("2025-01-31 00:00", "YYYY-MM-DD"),
    ],
)
def test_a_date_in_another_way_is_refused_not_guessed(text, date_format):
    with pytest.raises(InvalidInputError, match=r"date|day|between"):
        cell_date(text, date_format)


@pytest.mark.parametrize(("text", "currency", "minor"), [("425.5", "USD", 425_50), ("425", "JPY", 425), ("0.125", "KWD", 125)])
def test_r5_an_amount_has_its_currencys_decimals(text, currency, minor):
    assert cell_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text", ["1,234.00", "1.234,00", "1 234", "-5", "+5", "5-", "(5)", "$5", "1e3", "5.001", "0", "0.00", "five", "\u0665"]
)
def test_r5_an_amount_written_otherwise_is_refused(text):
    with pytest.raises(InvalidInputError, match=r"amount|decimals"):
        cell_amount(text, "USD")


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("email", "anna@"),
        ("email", "a b@example.com"),
        ("locale", "english please"),
        ("pay_online_id", "a#bcd"),
        ("pay_online_id", "abc"),
        ("postal_code", "1234567890123"),
        ("name", "Anna\ufffd"),
        ("name", "Anna\nLtd"),
        ("name", "Anna\x9f"),
    ],
)
def test_a_cell_that_its_field_cannot_hold_is_refused(name, cell):
    with pytest.raises(InvalidInputError, match=r"\w"):
        checked_cell(name, cell, required=False)


@pytest.mark.parametrize(
    ("name", "cell"), [("name", "Zoë\u00a0Żuk"), ("address", "1 Main St\nTown"), ("locale", "en-US"), ("email", "a.b+c@ex-ample.co")]
)
def test_a_cell_that_its_field_can_hold_is_taken(name, cell):
    checked_cell(name, cell, required=True)


def test_an_invoice_without_id_gets_the_same_one_each_time_and_another_for_each_customer():
    assert derived_invoice_id("c1", "A/17") == derived_invoice_id("c1", "A/17")
    assert derived_invoice_id("c1", "A/17") != derived_invoice_id("c2", "A/17")
    assert derived_invoice_id("c1", "0000611365").startswith("0000611365.x")
    checked_cell("invoice_id", derived_invoice_id("c1", "№ 7 / 2025 " * 5), required=True)


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf_8_is_read_with_and_without_a_byte_order_mark(mark):
    assert decoded(mark + "Zoë".encode()) == "Zoë"


def test_windows_1252_is_refused_with_byte_and_line():
    with pytest.raises(UnprocessableError, match=r"byte 0xEB on line 3, byte 4 of the line") as refused:
        decoded(b"a\nb\nx,Zo\xeb\n".replace(b"x,Zo", b"Zo ", 1))

    assert refused.value.facts["line"] == 3


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(cell):
    assert csv_text(("a",), [(cell,)]).splitlines()[1].lstrip('"').startswith("'")
