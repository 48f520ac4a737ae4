"""Imports: reading files of customers and of open invoices line by line, guessing nothing.

A file is refused whole when its columns or its encoding are not understood. After that every line stands for itself:
a good one is imported, a bad one is reported by line and field.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from duebook.domain.card_numbers import is_card_like
from duebook.domain.csv_files import Record, records
from duebook.domain.import_cells import DATE_FORMATS, cell_amount, cell_date, checked_cell
from duebook.domain.money import CURRENCIES, Money
from duebook.errors import InvalidInputError, UnprocessableError

MAX_BYTES = 25_000_000
MAX_LINES = 100_000
SHOWN_TEXT = 200
"""Characters of a bad line that are kept beside its error."""


class ImportKind(StrEnum):
    """What a file holds."""

    CUSTOMERS = "customers"
    OPEN_INVOICES = "open_invoices"


REQUIRED: dict[ImportKind, tuple[str, ...]] = {
    ImportKind.CUSTOMERS: ("customer_id", "name"),
    ImportKind.OPEN_INVOICES: ("customer_id", "number", "invoice_date", "currency", "amount"),
}
OPTIONAL: dict[ImportKind, tuple[str, ...]] = {
    ImportKind.CUSTOMERS: ("email", "phone", "address", "postal_code", "pay_online_id", "locale"),
    ImportKind.OPEN_INVOICES: ("customer_name", "invoice_id", "due_date"),
}


@dataclass(frozen=True, slots=True)
class ImportForm:
    """How a file is to be read.

    Args:
        kind: What it holds.
        mapping: Field to column, for columns whose name is not the field's.
        date_format: One of DATE_FORMATS.
        currency: Of all lines, for a file that has no such column.
    """

    kind: ImportKind
    mapping: Mapping[str, str] = field(default_factory=dict)
    date_format: str = "YYYY-MM-DD"
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with a line: one field of it, or the whole line when ``field`` is None."""

    line: int
    field: str | None
    message: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class NamedCustomer:
    """A line of a customers file; ``facts`` holds the fields that have a column, blank cells as None."""

    line: int
    customer_id: str
    facts: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """A line of an open-invoices file."""

    line: int
    customer_id: str
    customer_name: str | None
    invoice_id: str
    number: str
    invoice_on: date
    due_on: date
    amount: Money


GoodLine: TypeAlias = NamedCustomer | OpenInvoice


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line as read: what it says, or what is wrong with it."""

    line: int
    text: str
    good: GoodLine | None
    errors: tuple[LineError, ...] = ()


def check_form(form: ImportForm) -> None:
    """Check what can be checked before the file is there.

    Raises:
        UnprocessableError: A mapped field that is none, an unknown date format or currency.
    """
    fields = (*REQUIRED[form.kind], *OPTIONAL[form.kind])
    for name in form.mapping:
        if name not in fields:
            raise UnprocessableError(f"{_quoted(name)} is no field of {form.kind}; the fields are {', '.join(fields)}", field="mapping")
    if form.date_format not in DATE_FORMATS:
        raise UnprocessableError(f"date_format is one of {', '.join(DATE_FORMATS)}", field="date_format")
    if form.currency is not None and form.currency not in CURRENCIES:
        raise UnprocessableError(f"{form.currency[:8]!r} is not a currency code", field="currency")
    if form.currency is not None and form.kind is not ImportKind.OPEN_INVOICES:
        raise UnprocessableError("customers have no currency", field="currency")


def columns_of(form: ImportForm, header: Sequence[str]) -> dict[str, int]:
    """Find the column of each field: as mapped, else by the same name.

    Without a mapping every column must be a field; with one, columns that nobody asked for are left alone.

    Raises:
        UnprocessableError: An unknown or doubled column, or a required field without one.
    """
    names = [name.strip() for name in header]
    fields = (*REQUIRED[form.kind], *OPTIONAL[form.kind])
    if len(names) == 1 and names[0].count(";") + names[0].count("\t") > 1:
        raise UnprocessableError("the columns must be separated by commas", field="csv", line=1)
    for name, column in form.mapping.items():
        if column not in names:
            raise UnprocessableError(f"the file has no column {_quoted(column)}, which mapping names for {name}", field="mapping", line=1)
    if not form.mapping:
        strange = [name for name in names if name not in fields]
        if strange:
            listed = ", ".join(_quoted(name) for name in strange[:10])
            raise UnprocessableError(
                f"unknown column: {listed}; name the columns in mapping, or use {', '.join(fields)}", field="csv", line=1
            )
    taken = set(form.mapping.values())
    wanted = {name: name for name in fields if name in names and name not in taken} | dict(form.mapping)
    doubled = [column for column in wanted.values() if names.count(column) > 1]
    if doubled:
        raise UnprocessableError(f"the column {_quoted(doubled[0])} is there twice", field="csv", line=1)
    given = {"currency"} if form.currency else set()
    missing = [name for name in REQUIRED[form.kind] if name not in wanted and name not in given]
    if missing:
        raise UnprocessableError(f"no column for {', '.join(missing)}", field="csv", line=1)
    if "currency" in wanted and form.currency:
        raise UnprocessableError("the file has a column for currency already", field="currency", line=1)
    return dict(sorted(((name, names.index(column)) for name, column in wanted.items()), key=lambda one: one[1]))


def header_of(lines: Sequence[str]) -> Record:
    """Return a file's first record, which names its columns.

    Raises:
        UnprocessableError: The file is empty, too long, or its first line cannot be read.
    """
    if len(lines) > MAX_LINES + 1:
        raise UnprocessableError(f"the file has {len(lines):,} lines; at most {MAX_LINES:,} are imported at once", field="csv")
    first = next(records(lines), None)
    if first is None:
        raise UnprocessableError("the file is empty", field="csv", line=1)
    if first.broken:
        raise UnprocessableError(f"the line of column names cannot be read: {first.broken}", field="csv", line=first.line)
    return first


def read_lines(form: ImportForm, lines: Sequence[str]) -> Iterator[ReadLine]:
    """Read a file's lines after the first, each good or with its errors.

    Raises:
        UnprocessableError: The columns are not understood (before the first line is given).
    """
    first = header_of(lines)
    columns = columns_of(form, first.cells)
    seen: dict[tuple[str, ...], int] = {}
    for record in records(lines):
        if record.line == first.line:
            continue
        if record.broken or len(record.cells) != len(first.cells):
            counted = f"{len(record.cells)} columns where the first line has {len(first.cells)}"
            shown = _shown(record.text)
            yield ReadLine(record.line, shown, None, (LineError(record.line, None, record.broken or counted, shown),))
        else:
            yield _read(form, record, {name: record.cells[index].strip() for name, index in columns.items()}, seen)


def derived_invoice_id(customer_id: str, number: str) -> str:
    """Return the id of an invoice that came without one: the same customer and number give the same id.

    A letter parts number and check sum, so that their digits never add up to what looks like a card number.
    """
    digest = hashlib.sha256(f"{customer_id}\n{number}".encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9._-]', '-', number)[:40]}.x{digest}"


def _read(form: ImportForm, record: Record, cells: Mapping[str, str], seen: dict[tuple[str, ...], int]) -> ReadLine:
    errors: dict[str, str] = {}
    if form.currency:
        cells = {**cells, "currency": form.currency}
    for name, cell in cells.items():
        try:
            checked_cell(name, cell, required=name in REQUIRED[form.kind])
        except InvalidInputError as error:
            errors[name] = str(error)
    _find_doubles(form.kind, record.line, cells, seen, errors)
    good = _customer(record.line, cells) if form.kind is ImportKind.CUSTOMERS else _invoice(form, record.line, cells, errors)
    shown = _shown(record.text)
    found = tuple(LineError(record.line, name, errors[name], shown) for name in cells if name in errors)
    return ReadLine(record.line, shown, None if found else good, found)


def _shown(text: str) -> str:
    """Return what is kept of a line for its errors: never what may be a card number."""
    return "(left out: it holds what looks like a card number)" if is_card_like(text) else text[:SHOWN_TEXT]


def _quoted(name: str) -> str:
    """Quote the name of a column; a file without column names may begin with anything."""
    return "'…'" if is_card_like(name) else repr(name[:64])


def _customer(line: int, cells: Mapping[str, str]) -> NamedCustomer:
    return NamedCustomer(line, cells["customer_id"], {name: cell or None for name, cell in cells.items() if name != "customer_id"})


def _invoice(form: ImportForm, line: int, cells: Mapping[str, str], errors: dict[str, str]) -> OpenInvoice | None:
    invoice_on = due_on = amount = None
    try:
        if "invoice_date" not in errors:
            invoice_on = cell_date(cells["invoice_date"], form.date_format)
    except InvalidInputError as error:
        errors["invoice_date"] = str(error)
    try:
        if "due_date" not in errors:
            due_on = cell_date(cells["due_date"], form.date_format) if cells.get("due_date") else invoice_on
    except InvalidInputError as error:
        errors["due_date"] = str(error)
    try:
        if not errors.keys() & {"amount", "currency"}:
            amount = cell_amount(cells["amount"], cells["currency"])
    except InvalidInputError as error:
        errors["amount"] = str(error)
    if invoice_on is None or due_on is None or amount is None:
        return None
    invoice_id = cells.get("invoice_id") or derived_invoice_id(cells["customer_id"], cells["number"])
    return OpenInvoice(
        line, cells["customer_id"], cells.get("customer_name") or None, invoice_id, cells["number"], invoice_on, due_on, amount
    )


def _find_doubles(kind: ImportKind, line: int, cells: Mapping[str, str], seen: dict[tuple[str, ...], int], errors: dict[str, str]) -> None:
    """Note what must be unique in a file; the second to say it is refused, since nobody can tell which is right."""
    customer_id = cells["customer_id"]
    unique: dict[str, tuple[str, ...]] = {"customer_id": ("customer_id",), "pay_online_id": ("pay_online_id",)}
    if kind is ImportKind.OPEN_INVOICES:
        unique = {"invoice_id": ("invoice_id",), "number": ("number", customer_id)}
    for name, scope in unique.items():
        cell = cells.get(name)
        if not cell or name in errors:
            continue
        first = seen.setdefault((*scope, cell), line)
        if first != line:
            whose = " of this customer" if name == "number" else ""
            errors[name] = f"{name} {cell}{whose} stands on line {first} already"
