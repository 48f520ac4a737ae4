"""Reads the JSON of Authorize.Net, which comes behind a byte order mark and changes its types from call to call.

Nothing here knows what an answer means. A value that is missing or of another type reads as empty; whoever needs it says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn

from duebook.domain.money import MAX_MINOR, Money, minor_digits
from duebook.errors import InvalidInputError
from duebook.processors.transport import AnswerLostError

NOTHING_FOUND = "I00004"


def decoded(answer: bytes) -> Mapping[str, object]:
    """Parse an answer's body.

    Raises:
        AnswerLostError: Not a JSON object in UTF-8.
    """
    try:
        parsed = json.loads(answer.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        # What came is not repeated in the error: it may echo the request.
        raise AnswerLostError("the answer is not JSON") from None
    if not isinstance(parsed, dict):
        raise AnswerLostError("the answer is not a JSON object")
    return parsed


def message_codes(answer: Mapping[str, object]) -> tuple[str, ...]:
    """Return the codes of the outer messages, such as ``I00001``."""
    return tuple(text(message, "code") for message in items(child(answer, "messages"), "message"))


def succeeded(answer: Mapping[str, object]) -> bool:
    """Say whether a read was carried out (whatever it found)."""
    return text(child(answer, "messages"), "resultCode") == "Ok"


def child(parent: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return an object inside another, empty when it is missing or something else."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def items(parent: Mapping[str, object], name: str) -> tuple[Mapping[str, object], ...]:
    """Return a list of objects; a lone object counts as a list of one, as in older answers."""
    value = parent.get(name)
    found = value if isinstance(value, list) else [value]
    return tuple(item for item in found if isinstance(item, dict))


def lines(answer: Mapping[str, object], name: str) -> tuple[Mapping[str, object], ...]:
    """Return the lines of a report.

    Raises:
        AnswerLostError: Neither lines nor the word that there are none, or one that is no line.
    """
    # An answer of some other shape must not pass for "no such charge".
    value = answer.get(name)
    if value is None and NOTHING_FOUND not in message_codes(answer):
        raise AnswerLostError(f"the answer holds no {name}")
    found = items(answer, name)
    if value is not None and len(found) != (len(value) if isinstance(value, list) else 1):
        raise AnswerLostError(f"{name} holds something that is no line")
    return found


def text(parent: Mapping[str, object], name: str) -> str:
    """Return a scalar as text: charges answer with strings, reports with numbers."""
    value = parent.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def flag(parent: Mapping[str, object], name: str) -> bool:
    """Return whether something is said to be so, as a JSON boolean or as text."""
    value = parent.get(name)
    return value is True or (isinstance(value, str) and value.lower() == "true")


def count(parent: Mapping[str, object], name: str) -> int:
    """Return a count; a missing one is zero.

    Raises:
        AnswerLostError: Not a whole number of zero or more.
    """
    written = text(parent, name)
    if not written:
        return 0
    if not (written.isascii() and written.isdigit()) or len(written) > len(str(MAX_MINOR)):
        raise AnswerLostError(f"{name} is no count")
    return int(written)


def money(parent: Mapping[str, object], name: str, currency: str) -> Money | None:
    """Return an amount in the merchant account's currency, or None when none is told.

    Raises:
        AnswerLostError: Not a number, finer than the currency, below zero, or beyond all measure.
    """
    value = parent.get(name)
    if value in (None, ""):
        return None
    try:
        minor = Decimal(text(parent, name)).scaleb(minor_digits(currency))
        whole = minor.to_integral_value()
    except (ArithmeticError, InvalidInputError):
        raise AnswerLostError(f"{name} is no amount") from None
    if not minor.is_finite() or minor != whole or not 0 <= whole <= MAX_MINOR:
        raise AnswerLostError(f"{name} is no amount in {currency}")
    return Money(int(whole), currency)


def instant(written: str) -> datetime | None:
    """Read a UTC instant with any number of decimals, or None."""
    try:
        moment = datetime.fromisoformat(written)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
