"""CSV files from outside and for outside: UTF-8 only, true line numbers, cells that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from duebook.errors import UnprocessableError

BYTE_ORDER_MARK = "\ufeff"
LOST_CHARACTER = "\ufffd"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
LONGEST_RECORD = 50
"""Physical lines of one record; more mean a quotation mark that was never closed."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file.

    Args:
        line: Where it begins, counting the file's lines from 1.
        cells: As written, quotes removed.
        text: The record as it stands in the file, without its end of line.
        broken: Why it cannot be read; it has no cells then.
    """

    line: int
    cells: tuple[str, ...]
    text: str
    broken: str | None = None


def decoded(content: bytes) -> str:
    """Read a file's bytes as UTF-8, with or without a byte order mark; nothing else is guessed.

    Raises:
        UnprocessableError: Another encoding. It names the first wrong byte and its line.
    """
    if content.startswith(UTF_16_MARKS):
        raise UnprocessableError("the file is UTF-16; save it as CSV UTF-8", field="csv", line=1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise UnprocessableError(
            f"the file is not UTF-8: byte 0x{content[error.start]:02X} on line {line}, byte {column} of the line"
            " (Windows-1252 perhaps); save it as CSV UTF-8 and import it again",
            field="csv",
            line=line,
        ) from error


def physical_lines(text: str) -> list[str]:
    """Cut a text into its lines, their ends kept; other separators of Unicode are not ends of lines."""
    return list(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""))


def records(lines: Sequence[str]) -> Iterator[Record]:
    """Read records from physical lines, quoted ends of lines included; blank ones are passed over.

    A record that cannot be read costs its first line only: reading goes on with the line after it.
    """
    at = 0
    while at < len(lines):
        reader = csv.reader(lines[at : at + LONGEST_RECORD], strict=True)
        try:
            cells = next(reader)
        except csv.Error:
            yield Record(at + 1, (), lines[at].rstrip("\r\n"), "the quotation marks on this line do not pair")
            at += 1
            continue
        if any(not cell.isspace() for cell in cells if cell):
            yield Record(at + 1, tuple(cells), "".join(lines[at : at + reader.line_num]).rstrip("\r\n"))
        at += reader.line_num


def harmless(cell: str) -> str:
    """Return a cell that a spreadsheet shows as text: one that could be a formula gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a CSV file for people and spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()
