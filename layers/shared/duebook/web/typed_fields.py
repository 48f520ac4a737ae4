"""What people type into staff pages' forms: amounts in the business's locale, days, reasons, ids of forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from babel.numbers import get_decimal_symbol, get_group_symbol

from duebook.domain.card_numbers import is_card_like
from duebook.domain.identifiers import time_of_ulid
from duebook.domain.money import Money, decimal_text, minor_digits, parse_amount
from duebook.errors import InvalidInputError, UnprocessableError
from duebook.mail.formats import locale_of

MOST_REASON = 500
MOST_LINE = 64
FIRST_CONTROL = 32
_BLANKS = re.compile(r"[\s\u00a0\u202f\u2009]+")
FORM_KEY = "form"
"""What the keys of forms begin with; a ULID follows."""
LONGEST_SESSION = timedelta(hours=13)
CLOCKS_DIFFER = timedelta(minutes=1)


def typed_amount(text: str, currency: str, locale: str, *, field: str = "amount") -> Money:
    """Read an amount as people of a locale type it: ``1,234.50`` in American English, ``1.234,50`` in German; above zero.

    Digits may be grouped by three as the locale does it, or not at all; nothing else is forgiven.

    Raises:
        UnprocessableError: It is no such amount; the words give an example and name the limit.
    """
    found = locale_of(locale)
    point, group = get_decimal_symbol(found), get_group_symbol(found)
    plain = _ungrouped(_BLANKS.sub(" ", text.strip()), point, " " if group.isspace() else group)
    try:
        amount = parse_amount(plain, currency) if plain else None
    except InvalidInputError:
        amount = None
    if amount is None:
        raise UnprocessableError(f"Type an amount such as {_example(currency, locale)}.", field=field)
    if amount.minor == 0:
        raise UnprocessableError("The amount must be above zero.", field=field)
    return amount


def amount_text(minor: int, currency: str, locale: str) -> str:
    """Write an amount as it is typed: the locale's decimal sign, no grouping, no currency."""
    return decimal_text(Money(minor, currency)).replace(".", get_decimal_symbol(locale_of(locale)))


def typed_reason(text: str, *, field: str = "reason") -> str:
    """Read a reason or a note: one to 500 characters.

    Raises:
        UnprocessableError: It is empty, too long, or looks as if it held a card number.
    """
    said = " ".join(text.split())
    if not said:
        raise UnprocessableError("Say why: others read it in the history.", field=field)
    if len(said) > MOST_REASON:
        raise UnprocessableError(f"At most {MOST_REASON} characters.", field=field)
    return _harmless(said, field)


def typed_line(text: str, *, field: str) -> str | None:
    """Read a short text such as a check's number; None when nothing was typed.

    Raises:
        UnprocessableError: It is too long, or looks like a card number.
    """
    said = " ".join(text.split())
    if len(said) > MOST_LINE:
        raise UnprocessableError(f"At most {MOST_LINE} characters.", field=field)
    return _harmless(said, field) if said else None


def typed_day(text: str, *, field: str) -> date:
    """Read a day as the browser's date field sends it.

    Raises:
        UnprocessableError: It is no day.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UnprocessableError("Type a day, such as 2025-07-15.", field=field) from error


def form_key(form: Mapping[str, str], now: datetime) -> tuple[str, datetime]:
    """Return the key by which a form counts once, however often it is sent, and when the form was made.

    Raises:
        UnprocessableError: It carries none of ours, or one that is older than a session can be.
    """
    key = form.get("key", "")
    prefix, _, ulid = key.partition("_")
    try:
        made_at = time_of_ulid(ulid)
    except InvalidInputError:
        made_at = None
    if prefix != FORM_KEY or made_at is None or not timedelta(0) <= now - made_at + CLOCKS_DIFFER <= LONGEST_SESSION:
        raise UnprocessableError("This form is out of date. Nothing was done. Open the page again.", field="key")
    return key, made_at


def _ungrouped(text: str, point: str, group: str) -> str:
    whole, _, fraction = text.partition(point)
    grouped = re.compile(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+")
    if grouped.fullmatch(whole):
        whole = whole.replace(group, "")
    if not whole.isdigit() or (point in text and not fraction.isdigit()):
        return ""
    return f"{whole}.{fraction}" if fraction else whole


def _example(currency: str, locale: str) -> str:
    digits = minor_digits(currency)
    return amount_text(4255 * 10 ** (digits - 1) if digits else 425, currency, locale)


def _harmless(text: str, field: str) -> str:
    if is_card_like(text):
        raise UnprocessableError("This looks like a card number. Card numbers do not belong here.", field=field)
    if any(ord(char) < FIRST_CONTROL for char in text):
        raise UnprocessableError("There is a character here that cannot be kept.", field=field)
    return text
