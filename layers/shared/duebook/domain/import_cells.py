"""The cells of an imported file: what each may hold."""

from __future__ import annotations

import re
from datetime import date

from duebook.domain.card_numbers import is_card_like
from duebook.domain.csv_files import LOST_CHARACTER
from duebook.domain.money import CURRENCIES, Money, parse_amount
from duebook.errors import InvalidInputError

CALLER_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
PAY_ONLINE_ID = re.compile(r"[A-Za-z0-9._-]{4,64}")
_EMAIL = re.compile(r"[^@\s,;<>()\"]{1,64}@(?:[^@\s.,;<>()\"]{1,63}\.)+[^@\s.,;<>()\"]{2,63}")
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")

LONGEST = {
    "customer_id": 64,
    "name": 200,
    "customer_name": 200,
    "email": 254,
    "phone": 64,
    "address": 2000,
    "postal_code": 12,
    "pay_online_id": 64,
    "locale": 35,
    "invoice_id": 64,
    "number": 64,
    "invoice_date": 20,
    "due_date": 20,
    "currency": 3,
    "amount": 40,
}
SEVERAL_LINES = frozenset({"address"})
IDS = frozenset({"customer_id", "invoice_id"})

_DAY, _MONTH, _YEAR = r"(?P<day>\d\d?)", r"(?P<month>\d\d?)", r"(?P<year>\d{4})"
_DAY_2, _MONTH_2 = r"(?P<day>\d\d)", r"(?P<month>\d\d)"
DATE_FORMATS: dict[str, re.Pattern[str]] = {
    "YYYY-MM-DD": re.compile(f"{_YEAR}-{_MONTH_2}-{_DAY_2}", re.ASCII),
    "YYYY/MM/DD": re.compile(f"{_YEAR}/{_MONTH_2}/{_DAY_2}", re.ASCII),
    "YYYYMMDD": re.compile(f"{_YEAR}{_MONTH_2}{_DAY_2}", re.ASCII),
    "M/D/YYYY": re.compile(f"{_MONTH}/{_DAY}/{_YEAR}", re.ASCII),
    "MM/DD/YYYY": re.compile(f"{_MONTH_2}/{_DAY_2}/{_YEAR}", re.ASCII),
    "D/M/YYYY": re.compile(f"{_DAY}/{_MONTH}/{_YEAR}", re.ASCII),
    "DD/MM/YYYY": re.compile(f"{_DAY_2}/{_MONTH_2}/{_YEAR}", re.ASCII),
    "D.M.YYYY": re.compile(rf"{_DAY}\.{_MONTH}\.{_YEAR}", re.ASCII),
    "DD.MM.YYYY": re.compile(rf"{_DAY_2}\.{_MONTH_2}\.{_YEAR}", re.ASCII),
}
"""How dates may be written; M and D take one digit or two. Two digits for a year are never read."""

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 1, 1)


def checked_cell(name: str, cell: str, *, required: bool) -> None:
    """Check the text of one cell, outer blanks gone.

    Raises:
        InvalidInputError: Missing, too long, not allowed in this field, or what looks like a card number.
    """
    if not cell:
        if required:
            raise InvalidInputError(f"{name} is missing")
        return
    if len(cell) > LONGEST[name]:
        raise InvalidInputError(f"{name} has {len(cell)} characters, at most {LONGEST[name]} are kept")
    if LOST_CHARACTER in cell:
        raise InvalidInputError(f"{name} holds a character that was lost when the file was saved")
    if _CONTROL.search(re.sub(r"\r?\n", " ", cell) if name in SEVERAL_LINES else cell):
        raise InvalidInputError(f"{name} holds a control character or an end of line")
    if is_card_like(cell):
        raise InvalidInputError(f"{name} looks like a card number; card numbers are never stored")
    if name in IDS and not CALLER_ID.fullmatch(cell):
        raise InvalidInputError(f"{name} is 1 to 64 of A-Z a-z 0-9 . _ -")
    if name == "currency" and cell not in CURRENCIES:
        raise InvalidInputError(f"{cell!r} is not a currency code of ISO 4217 such as USD")
    if name == "email" and not _EMAIL.fullmatch(cell):
        raise InvalidInputError("email is not an email address")
    if name == "locale" and not _LOCALE.fullmatch(cell):
        raise InvalidInputError("locale is a language tag such as en-US")
    if name == "pay_online_id" and not PAY_ONLINE_ID.fullmatch(cell):
        raise InvalidInputError("a Pay Online ID is 4 to 64 of A-Z a-z 0-9 . _ -")


def cell_date(cell: str, date_format: str) -> date:
    """Read a date written in one named way.

    Raises:
        InvalidInputError: Another way of writing, no such day, or out of bounds.
    """
    match = DATE_FORMATS[date_format].fullmatch(cell)
    if match is None:
        raise InvalidInputError(f"{cell!r} is not a date written {date_format}; for another way of writing say date_format")
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError as error:
        raise InvalidInputError(f"there is no day {cell!r} (read as {date_format})") from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInputError(f"{cell!r} is not between {FIRST_DAY} and {LAST_DAY}")
    return day


def cell_amount(cell: str, currency: str) -> Money:
    """Read an open amount in typed decimals: above zero, no grouping, no sign.

    Raises:
        InvalidInputError: Not such an amount.
    """
    amount = parse_amount(cell, currency)
    if amount.minor == 0:
        raise InvalidInputError("an open invoice has an amount above zero")
    return amount
