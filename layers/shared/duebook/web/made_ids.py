"""Ids that a page gave its form, so that the form sent twice is one thing."""

from __future__ import annotations

import re

from duebook.errors import InvalidInputError

_ID = re.compile(r"([a-z]{2,4})_[0-9A-HJKMNP-TV-Z]{26}")


def checked_id(prefix: str, sent: str) -> str:
    """Return the id that a form carries.

    Raises:
        InvalidInputError: It is none that our pages made.
    """
    found = _ID.fullmatch(sent)
    if found is None or found[1] != prefix:
        raise InvalidInputError("the form is not complete")
    return sent
