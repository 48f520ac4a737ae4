"""Answers in JSON, read with distrust: every field may be missing, of another type, a text or a number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn, TypeAlias

from duebook.domain.money import Money, parse_amount
from duebook.errors import InvalidInputError
from duebook.processors.transport import AnswerLostError

Fields: TypeAlias = Mapping[str, object]


def decoded(body: bytes) -> object:
    """Parse a body; fractions become ``Decimal``.

    Raises:
        AnswerLostError: Not JSON in UTF-8.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        # What came is not repeated in the error: it may echo the request.
        raise AnswerLostError("the answer is not JSON") from None


def decoded_object(body: bytes) -> Fields:
    """Parse a body that must be one object.

    Raises:
        AnswerLostError: Something else.
    """
    parsed = decoded(body)
    if not isinstance(parsed, dict):
        raise AnswerLostError("the answer is not a JSON object")
    return parsed


def objects(value: object) -> tuple[Fields, ...]:
    """Return the objects of a list; a lone object counts as a list of one."""
    found = value if isinstance(value, list) else [value]
    return tuple(item for item in found if isinstance(item, dict))


def text(fields: Fields, *names: str) -> str:
    """Return the first of these fields that holds a text or a number, trimmed, else an empty text."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return str(value)
    return ""


def amount(fields: Fields, name: str, currency: str) -> Money | None:
    """Return an amount, which may be negative, or None when it is missing or none of this currency."""
    written = text(fields, name)
    try:
        size = parse_amount(written.removeprefix("-"), currency)
    except InvalidInputError:
        return None
    return -size if written.startswith("-") else size


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
