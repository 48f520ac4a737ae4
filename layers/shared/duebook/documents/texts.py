"""Texts of documents: which words a locale reads, and people's own texts made fit for paper."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_decimal

from duebook.documents.words_en import WORDS as ENGLISH
from duebook.documents.words_fr import WORDS as FRENCH
from duebook.domain.money import Money, minor_digits
from duebook.mail.formats import FALLBACK, NARROW_BLANK, day_text, locale_of, money_text

LETTER = frozenset("BZ CA CL CO CR GT MX NI PA PH PR SV US VE".split())
"""Where people print on US Letter; all others on A4. Source: CLDR, paperSize."""
LONGEST_TEXT = 500
LONGEST_WORD = 24
PIECE = 12
"""A longer word may be broken after so many characters: twelve wide ones fit the narrowest column."""
MOST_LINES = 8
"""Lines of an address or a description; what is longer is cut."""
BREAK_HERE = "\u200b"
CUT = "…"
_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Language:
    """Words in one language, and money, numbers and days as a locale writes them.

    Args:
        locale: BCP 47, of the customer or else of the tenant.
        words: The table.
        lang: ISO 639 of the words, told to screen readers.
        region: ISO 3166 of the locale where it speaks that language, or None.
        paper: As the typesetter calls it.
    """

    locale: str
    words: dict[str, str]
    lang: str
    region: str | None
    paper: str

    def say(self, words: str, /, **parts: str) -> str:
        """Return words of the table, with parts filled in."""
        return self.words[words].format(**parts) if parts else self.words[words]

    def money(self, minor: int, currency: str) -> str:
        """Write an amount with its currency."""
        return money_text(Money(minor, currency), self.locale)

    def figure(self, minor: int, currency: str) -> str:
        """Write an amount without its currency, as columns do."""
        digits = minor_digits(currency)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        text = format_decimal(Decimal(minor).scaleb(-digits), pattern, locale=locale_of(self.locale))
        return text.replace(NARROW_BLANK, "\u00a0")

    def quantity(self, quantity: Decimal) -> str:
        """Write a quantity with the decimals it has, at most four."""
        return format_decimal(quantity, "#,##0.####", locale=locale_of(self.locale)).replace(NARROW_BLANK, "\u00a0")

    def day(self, day: object) -> str:
        """Write a calendar day."""
        return day_text(day, self.locale)  # type: ignore[arg-type]


def language_of(locale: str | None) -> Language:
    """Return the words and forms of a locale; where no words are in its language, English ones."""
    tag = locale or FALLBACK
    found = locale_of(tag)
    table, lang = (FRENCH, "fr") if found.language == "fr" else (ENGLISH, "en")
    speaks_it = found.language == lang
    territory = found.territory or ("US" if found.language == "en" else None)
    return Language(
        tag,
        table,
        lang,
        territory if speaks_it and territory and territory.isalpha() else None,
        "us-letter" if territory in LETTER else "a4",
    )


def one_line(text: str | None, longest: int = LONGEST_TEXT) -> str:
    """Return a person's text as one line: unseen characters left out, blanks folded, cut when it is too long, long words breakable."""
    seen = "".join(" " if char.isspace() else char for char in text or "" if char.isspace() or not _is_unseen(char))
    folded = " ".join(unicodedata.normalize("NFC", seen).split())
    cut = folded if len(folded) <= longest else folded[: longest - 1].rstrip() + CUT
    return _WORD.sub(lambda found: BREAK_HERE.join(_pieces(found[0])), cut)


def some_lines(text: str | None, most: int = MOST_LINES, longest: int = LONGEST_TEXT) -> list[str]:
    """Return a person's text line by line, empty ones left out; what is too much is cut."""
    found = [line for line in (one_line(part, longest) for part in (text or "").splitlines()) if line]
    return found if len(found) <= most else [*found[: most - 1], CUT]


def file_name(*words: str) -> str:
    """Return a file name of plain characters: ``INV-10145.pdf``."""
    plain = (_NOT_IN_A_NAME.sub("-", unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()).strip("-.") for word in words)
    return ("-".join(part for part in plain if part)[:80] or "document") + ".pdf"


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS


def _pieces(word: str) -> Iterable[str]:
    return (word[start : start + PIECE] for start in range(0, len(word), PIECE))
