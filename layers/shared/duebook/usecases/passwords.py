"""Hash and check passwords: argon2id."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from duebook.domain.passwords import LONGEST, LONGEST_TYPED, normal


def hash_password(password: str) -> str:
    """Return what is stored of a password: argon2id with a salt of its own.

    Source: OWASP Password Storage Cheat Sheet (argon2id, at least 19 MiB and two passes).
    """
    return _hasher().hash(normal(password))


def fits(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one that was hashed. Nobody's takes as long as somebody's."""
    text = normal(password[:LONGEST_TYPED])
    try:
        _hasher().verify(password_hash or _nobody(), text if len(text) <= LONGEST else "")
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")
