"""Finds card numbers, security codes, bank account numbers and tokens of cards in texts where none may stand.

The simulated processors are the processors: what they keep is theirs and is not looked at.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

BANK_ACCOUNTS = frozenset(
    {"0123456789", "12345678", "123456789", "1234567890", "6091137", "87654321", "987654321", "9876543210"},
)
"""Account numbers that the suites type; ``test_leaks`` keeps the list whole."""
SECURITY_CODES = ("112", "123", "900", "901")
"""Typed beside the cards; looked for where a text holds nothing else, as any three digits may be an amount."""
HARMLESS = frozenset({"123456789012"})
"""Digits that look like a number of ours and are none: the account number of AWS in the tests."""

# Fifteen signs of equality and dice digits mark the parts of a mail: a boundary is no number of anybody.
_CARD = re.compile(r"(?<![0-9A-Za-z])(?<!={15})(?<!\d\.)\d{13,19}(?![0-9A-Za-z])")
_GROUPED = re.compile(r"(?<![0-9A-Za-z-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![0-9A-Za-z-])")
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z.])(?:" + "|".join(sorted(BANK_ACCOUNTS)) + r")(?![0-9A-Za-z])")
_NAMED_CODE = re.compile(r"""(?:cvv2?|cvc2?|card_?code|security.?code)["'\\]*\s*[:=>]\s*["'\\]*\d{3,4}(?!\d)""", re.IGNORECASE)
_LONE_CODE = re.compile(r"""(?<!"N": )(?<!"N":)\\?"(?:""" + "|".join(SECURITY_CODES) + r""")\\?"(?!:)""")


@dataclass(frozen=True, slots=True)
class Leak:
    """A number where none may stand."""

    place: str
    kind: str
    near: str
    """The text around it, its digits but the last four masked: the report of a leak is none itself."""


def in_text(place: str, text: str, tokens: Iterable[str] = ()) -> list[Leak]:
    """List what a text tells that it must not.

    Args:
        place: Named with a find.
        text: Any text: JSON, a log, a mail's body.
        tokens: Tokens that were made and may be found nowhere; those of CardPointe are found without being known.
    """
    told = [token for token in tokens if token in text]
    for token in told:
        text = text.replace(token, f"…{token[-4:]}")
    found = [Leak(place, "token", f"…{token[-4:]}") for token in told]
    found += [Leak(place, "card", _near(text, hit)) for hit in _CARD.finditer(text) if is_card(hit[0])]
    found += [Leak(place, "card", _near(text, hit)) for hit in _GROUPED.finditer(text) if is_card(re.sub("[ -]", "", hit[0]))]
    found += [Leak(place, "bank account", _near(text, hit)) for hit in _ACCOUNT.finditer(text)]
    found += [Leak(place, "security code", _near(text, hit)) for pattern in (_NAMED_CODE, _LONE_CODE) for hit in pattern.finditer(text)]
    return found


def is_card(digits: str) -> bool:
    """Tell whether a run of digits can be a card number or a CardPointe token: its length and its check digit say so.

    Source: ISO/IEC 7812-1, annex B.
    """
    if not 13 <= len(digits) <= 19 or digits in HARMLESS or _is_instant(digits):
        return False
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0 and len(set(digits)) > 1


def _is_instant(digits: str) -> bool:
    """Milli-, micro- and nanoseconds since 1970, of the years 2020 to 2033: no card begins so."""
    return len(digits) in {13, 16, 19} and 1_577 <= int(digits[:4]) < 2_000


def in_mail(place: str, raw: bytes, tokens: Iterable[str] = ()) -> list[Leak]:
    """List what a mail tells that it must not: headers, every text in it, names of attachments and their bytes."""
    found: list[Leak] = []
    message = message_from_bytes(raw)
    for part in message.walk():
        head = "\n".join(f"{name}: {value}" for name, value in part.items() if name.lower() not in {"message-id", "content-type"})
        found += in_text(f"{place}, headers", head, tokens)
        if not part.is_multipart():
            body = part.get_payload(decode=True)
            found += in_text(place, body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body), tokens)
    return found


def in_json(place: str, value: Any, tokens: Iterable[str] = ()) -> list[Leak]:
    """List what a value tells that it must not, its JSON-in-JSON opened."""
    text = json.dumps(value, default=_plain, ensure_ascii=False)
    return in_text(place, text.replace('\\"', '"'), tokens)


def _plain(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _near(text: str, hit: re.Match[str]) -> str:
    around = text[max(0, hit.start() - 60) : hit.end() + 30]
    return re.sub(r"\d(?=(?:[ -]?\d){4})", "X", around)


@dataclass
class Scan:
    """Texts looked through, counted by where they were found."""

    tokens: set[str] = field(default_factory=set)
    looked_at: Counter[str] = field(default_factory=Counter)
    found: list[Leak] = field(default_factory=list)

    def text(self, where: str, text: str) -> None:
        """Look through a text."""
        self.looked_at[where] += 1
        self.found += in_text(where, text, self.tokens)

    def json(self, where: str, value: Any) -> None:
        """Look through a value."""
        self.looked_at[where] += 1
        self.found += in_json(where, value, self.tokens)

    def mail(self, where: str, raw: bytes) -> None:
        """Look through a mail."""
        self.looked_at[where] += 1
        self.found += in_mail(where, raw, self.tokens)

    def counts(self) -> Iterator[str]:
        """Say how much was looked at, and what was found."""
        yield from (f"{number} {where}" for where, number in sorted(self.looked_at.items()))
        yield f"{len(self.found)} found"
