"""Types of strangers' fields, each bounded once: ids, texts, addresses, money, dates."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, ClassVar
from urllib.parse import unquote

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from duebook.domain.card_numbers import is_card_like
from duebook.domain.money import CURRENCIES, MAX_MINOR
from duebook.usecases.normal_address import normal_address

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def no_card_number(text: str) -> str:
    """Refuse a text that looks like it holds a card number: it must never reach our tables or logs."""
    if is_card_like(text):
        raise ValueError("this looks like a card number; type card numbers only into the card field")
    if any(ord(char) < 32 and char not in "\n\t" for char in text):  # noqa: PLR2004 - the control characters
        raise ValueError("control characters are not allowed")
    return text


def _decoded(told: object) -> object:
    # A parameter that comes twice is a list, which the type refuses.
    return unquote(told) if isinstance(told, str) else told


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("not a currency code of ISO 4217")
    return code


def _written_day(told: object) -> object:
    if isinstance(told, str) and not _DAY.fullmatch(told):
        raise ValueError("write a day as YYYY-MM-DD")
    if isinstance(told, int | float):
        raise ValueError("write a day as a text, YYYY-MM-DD")  # noqa: TRY004 - pydantic tells of ValueError alone
    return told


def one_line(longest: int, shortest: int = 1) -> StringConstraints:
    """Bound a one-line text, outer blanks trimmed."""
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest, pattern=r"^[^\r\n]*$")


CallerId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"), AfterValidator(no_card_number)]
"""An id given by the caller."""
Text = Annotated[str, one_line(200), AfterValidator(no_card_number)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(no_card_number)]
ShortText = Annotated[str, one_line(64), AfterValidator(no_card_number)]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(normal_address), AfterValidator(no_card_number)
]
MailAddress = Annotated[str, BeforeValidator(_decoded), StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")]
"""An address as it stands in a path or a cursor, where ``@`` may be written ``%40``; it only names, so it need not be one that works."""
PostalCode = Annotated[str, one_line(12), AfterValidator(no_card_number)]
Currency = Annotated[str, StringConstraints(min_length=3, max_length=3), AfterValidator(_currency)]
Minor = Annotated[int, Field(strict=True, ge=0, le=MAX_MINOR)]
"""Money in minor units, zero or more; a JSON integer, never a float or a text."""
PaidMinor = Annotated[int, Field(strict=True, gt=0, le=MAX_MINOR)]
"""Money in minor units above zero."""
AnyDay = Annotated[date, BeforeValidator(_written_day)]
"""A day as ``YYYY-MM-DD`` and in no other form: pydantic alone would read instants and counts of seconds as well."""
Day = Annotated[AnyDay, Field(ge=date(1990, 1, 1), le=date(2100, 1, 1))]


class Strict(BaseModel):
    """A body from outside: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AsAnswered(Strict):
    """A body that may be sent as it was answered before: what only we say there is left unread."""

    OURS: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _without_ours(cls, sent: object) -> object:
        return {name: value for name, value in sent.items() if name not in cls.OURS} if isinstance(sent, dict) else sent
