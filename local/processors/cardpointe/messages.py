"""What requests and answers are made of: amounts as strings, Eastern dates, one result with its code."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.processors.cardpointe import codes
from local.processors.cardpointe.ledger import Ledger, Mid, Transaction

GATEWAY_ZONE = ZoneInfo("America/New_York")
_AMOUNT = re.compile(r"-?(\d{1,10}\.\d{1,2}|\d{1,12})", re.ASCII)


class BadRequestError(Exception):
    """HTTP 400: not JSON, or a field of the wrong kind."""


class UnauthorizedError(Exception):
    """HTTP 401: wrong credentials or an unknown merchant id."""


class NotFoundError(Exception):
    """HTTP 404: no such endpoint."""


class InvalidAmountError(ValueError):
    """An amount that cannot be read."""


@dataclass(frozen=True, slots=True)
class Call:
    """A checked request on its way to the code that answers it.

    Args:
        ledger: The books.
        mid: The merchant id of the request.
        parts: Of the path, behind the endpoint's name.
        body: The request's JSON, or the query of a reading call.
        now: When it came.
        forced: A fault that shall decide the result: its kind and code.
    """

    ledger: Ledger
    mid: Mid
    parts: tuple[str, ...]
    body: Mapping[str, Any]
    now: datetime
    forced: tuple[str, str | None] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The options that were set."""
        return self.ledger.options()

    def text(self, name: str) -> str:
        """Return a field as text; empty when it is left out.

        Raises:
            BadRequestError: It is no text or number.
        """
        value = self.body.get(name, "")
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise BadRequestError(name)
        written = str(value).strip()
        if any("\ud800" <= char <= "\udfff" for char in written):
            # Half of a pair is no text in any encoding.
            raise BadRequestError(name)
        return written

    def yes(self, name: str) -> bool:
        """Tell whether a flag is ``Y``."""
        return self.text(name).upper() == "Y"


@dataclass(slots=True)
class Answered:
    """What an endpoint answers.

    Args:
        content: JSON, or a text.
        outcome: ``approved``, ``declined`` or ``error``, for the list of calls.
        amount_minor: Of what was asked, for the list of calls.
        order_id: The same.
        wait_seconds: How long the gateway thinks before it answers.
    """

    content: Any
    outcome: str = "approved"
    amount_minor: int | None = None
    order_id: str | None = None
    wait_seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)


def minor(written: str) -> int:
    """Read an amount: ``12.50``, and ``1250`` without a point, are 1250 minor units.

    Raises:
        InvalidAmountError: Neither.
    """
    if len(written) > 14 or not _AMOUNT.fullmatch(written):
        raise InvalidAmountError(written[:20])
    if "." not in written:
        return int(written)
    whole, _, cents = written.lstrip("-").partition(".")
    value = int(whole) * 100 + int(cents.ljust(2, "0"))
    return -value if written.startswith("-") else value


def shown(amount_minor: int) -> str:
    """Return an amount as the gateway writes it."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100}.{abs(amount_minor) % 100:02d}"


def result(respproc: str, respcode: str, **more: str) -> dict[str, str]:
    """Return the four fields that every answer carries, and more."""
    return {
        "respstat": codes.respstat(respproc, respcode),
        "respcode": respcode,
        "resptext": codes.text_of(respproc, respcode),
        "respproc": respproc,
        **more,
    }


def refused(code: str, **more: str) -> Answered:
    """Return a refusal by the gateway itself."""
    return Answered({**result("PPS", code), "respstat": codes.DECLINED, **more}, "declined")


def result_of(transaction: Transaction) -> dict[str, str]:
    """Return the result of a transaction as it was given first."""
    return {
        "respstat": transaction.respstat,
        "respcode": transaction.respcode,
        "resptext": transaction.resptext,
        "respproc": transaction.respproc,
    }


def moment(at: str | None) -> str:
    """Return an instant as ``YYYYMMDDHHMMSS``, Eastern; empty without one."""
    return datetime.fromisoformat(at).astimezone(GATEWAY_ZONE).strftime("%Y%m%d%H%M%S") if at else ""


def day(at: str) -> str:
    """Return an instant's day as ``YYYYMMDD``, Eastern."""
    return datetime.fromisoformat(at).astimezone(GATEWAY_ZONE).strftime("%Y%m%d")


def jumbled(content: Any, chance: random.Random) -> Any:
    """Return JSON with its keys in another order and unknown fields among them, as the sandbox does to keep clients honest."""
    if isinstance(content, list):
        return [jumbled(item, chance) for item in content]
    if not isinstance(content, dict):
        return content
    items = [(name, jumbled(value, chance)) for name, value in content.items()]
    for _ in range(chance.randint(1, 2)):
        tail = f"{chance.randrange(16**6):06x}"
        extra: Any = chance.choice([tail, {"nested": tail}, [tail], [{"id": tail}]])
        items.append((f"x{tail}", extra))
    chance.shuffle(items)
    return dict(items)
