"""What a password must be: long enough, and not one that is guessed early. Any characters, no rules of composition."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence

SHORTEST = 12
LONGEST = 200
LONGEST_TYPED = 1000
"""Characters of a body that are looked at: in their one form they may be fewer."""
FEWEST_GUESSES = 10**8
"""What a password must at least withstand where each guess costs an argon2id hash.

Source: NIST SP 800-63B, 3.1.1.2 (length, no composition rules, compare with what is commonly used or expected).
"""

Guesses = Callable[[str, Sequence[str]], int]
"""Tells after about how many guesses a password is found by who knows common ones and these words."""


def normal(password: str) -> str:
    """Return a password in the one form that is hashed: keyboards write the same letter in several ways.

    Source: NIST SP 800-63B, 3.1.1.2 (NFKC before hashing).
    """
    return unicodedata.normalize("NFKC", password)


def refusal(password: str, own_words: Iterable[str], guesses: Guesses) -> str | None:
    """Tell why a password is refused, or None.

    Args:
        password: As typed.
        own_words: What others know of the person: address, name, business.
        guesses: Estimates how early it is guessed.
    """
    text = normal(password)
    if len(text) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Three or four words are easy to remember."
    if len(text) > LONGEST:
        return f"Use at most {LONGEST} characters."
    known = sorted({word.casefold() for word in own_words if word})
    if text.strip().casefold() in known:
        return "Don't use your own name or email address."
    if guesses(text, known) < FEWEST_GUESSES:
        return "This password is too common, or too easy to guess. Try three or four words that have nothing to do with each other."
    return None
