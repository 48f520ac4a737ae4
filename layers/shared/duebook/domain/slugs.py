"""The short name of a business in its sign-in address: ``/login?company=blue-ridge-sanitation``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from duebook.errors import UnprocessableError

SHORTEST, LONGEST = 3, 40
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
WORD = "company"
NUMBERED = 30
"""So many businesses of one name are numbered; the next one's address ends in its id."""


def checked_slug(text: str) -> str:
    """Return a slug as it is kept.

    Raises:
        UnprocessableError: It is no slug; field ``slug``.
    """
    if SLUG.fullmatch(text) is None:
        limits = f"{SHORTEST} to {LONGEST} small letters, digits and hyphens, with a letter or digit at both ends"
        raise UnprocessableError(f"The short name takes {limits}.", field="slug")
    return text


def slug_from(name: str) -> str:
    """Make a slug from a name: accents dropped, everything but letters and digits a hyphen."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:LONGEST].strip("-")
    return words if len(words) >= SHORTEST else f"{WORD}-{words}".strip("-")


def slugs_for(name: str, tenant_id: str) -> Iterator[str]:
    """Give slugs to try for a new business, the plain one first, then ``…-2``, ``…-3``; the last one is its own for sure."""
    plain = slug_from(name)
    yield plain
    for number in range(2, NUMBERED + 1):
        yield _with_ending(plain, str(number))
    yield _with_ending(plain, re.sub(r"[^a-z0-9]", "", tenant_id.lower())[-12:])


def _with_ending(plain: str, ending: str) -> str:
    return f"{plain[: LONGEST - len(ending) - 1].rstrip('-')}-{ending}"
