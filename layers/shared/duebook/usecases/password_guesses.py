"""Estimate how early a password is guessed: common ones, names, words, keyboard rows, dates, repeats."""

from __future__ import annotations

from collections.abc import Sequence

from zxcvbn import zxcvbn

LOOKED_AT = 40
"""Characters that are looked at; what is longer is not guessed sooner, and some texts would take long."""


def password_guesses(password: str, own_words: Sequence[str]) -> int:
    """Return after about how many guesses a password is found by who knows these words, too."""
    return int(zxcvbn(password[:LOOKED_AT], user_inputs=list(own_words))["guesses"])
