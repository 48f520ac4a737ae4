"""Settings: what a function is told through its environment. Read when used, never at import."""

from __future__ import annotations

import os


class MissingSettingError(RuntimeError):
    """A function uses a setting that its template entry does not state."""


def setting(name: str) -> str:
    """Return a setting of this function.

    Raises:
        MissingSettingError: The environment does not state it.
    """
    value = os.environ.get(name)
    if not value:
        raise MissingSettingError(name)
    return value


def optional(name: str) -> str | None:
    """Return a setting that may be absent."""
    return os.environ.get(name) or None
