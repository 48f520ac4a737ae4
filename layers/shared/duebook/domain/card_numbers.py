"""Card numbers where none belong: typed into a name or a note they must never reach our tables or logs."""

from __future__ import annotations

import re

DIGIT_RUN = re.compile(r"(?:\d[ -]?){12,18}\d")
CARD_DIGITS = range(13, 20)


def is_card_like(text: str) -> bool:
    """Tell whether a text holds 13 to 19 digits (blanks and hyphens between them) that pass the Luhn check.

    Source: ISO/IEC 7812-1, annex B.
    """
    for match in DIGIT_RUN.finditer(text):
        digits = [int(char) for char in match[0] if char.isdigit()]
        if len(digits) in CARD_DIGITS and _luhn_sum(digits) % 10 == 0:
            return True
    return False


def _luhn_sum(digits: list[int]) -> int:
    return sum(digit if index % 2 == 0 else sum(divmod(digit * 2, 10)) for index, digit in enumerate(reversed(digits)))
