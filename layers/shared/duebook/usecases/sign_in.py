"""Sign staff in and out: argon2id passwords, opaque sessions, pauses for those who guess and never a lock-out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from duebook.domain.directory import Staff
from duebook.domain.throttling import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_NAME, Throttle, wait
from duebook.errors import NotSignedInError, TooManyRequestsError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.transient_store import Session, TransientStore
from duebook.usecases.find_caller import IDLE, LONGEST

LONGEST_PASSWORD = 200
REFUSED = "Email or password is not right."
LIMITS: tuple[tuple[str, Throttle], ...] = (("sign-in-address", SIGN_IN_BY_ADDRESS), ("sign-in-name", SIGN_IN_BY_NAME))


def hash_password(password: str) -> str:
    """Return what is stored of a password: argon2id with a salt of its own.

    Source: OWASP Password Storage Cheat Sheet (argon2id, at least 19 MiB and two passes).
    """
    return _hasher().hash(password)


def sign_in(
    email: str,
    password: str,
    *,
    address: str,
    token: str,
    csrf: str,
    directory: DirectoryStore,
    transient: TransientStore,
    hashed: Callable[[str], str],
    now: datetime,
) -> Session:
    """Check a staff member's email and password and begin a session under a token.

    An unknown email takes as long as a wrong password and gets the same answer.

    Args:
        email: As typed; capitals do not matter.
        password: As typed.
        address: The caller's, for limits on misses.
        token: New and unguessable; only its hash is stored.
        csrf: New and unguessable; form posts must carry it.
        directory: Where staff are kept.
        transient: Where sessions and misses are kept.
        hashed: What is stored in place of a token.
        now: Aware UTC.

    Raises:
        NotSignedInError: No such email, or another password.
        TooManyRequestsError: Too many misses; with ``retry_after`` in seconds.
    """
    name = email.strip().lower()
    subjects = (address, hashlib.sha256(name.encode()).hexdigest())
    _check_misses(subjects, transient, now)
    staff = _find(name, directory)
    if not _fits(staff, password) or staff is None:
        for (kind, limit), subject in zip(LIMITS, subjects, strict=True):
            transient.count_try(kind, subject, now, limit.forget)
        raise NotSignedInError(REFUSED)
    session = Session(staff.tenant_id, staff.staff_id, csrf, now, now + IDLE, now + LONGEST)
    transient.add_session(hashed(token), session)
    return session


def sign_out(token_hash: str, *, transient: TransientStore) -> None:
    """End a session; one that has ended stays ended."""
    transient.end_session(token_hash)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")


def _find(name: str, directory: DirectoryStore) -> Staff | None:
    # '#' parts our keys and stands in no login.
    return directory.staff_by_email(name) if name and "#" not in name else None


def _fits(staff: Staff | None, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        password = ""
    try:
        _hasher().verify(staff.password_hash if staff else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return staff is not None


def _check_misses(subjects: tuple[str, str], transient: TransientStore, now: datetime) -> None:
    for (kind, limit), subject in zip(LIMITS, subjects, strict=True):
        pause = wait(limit, transient.tries(kind, subject), now)
        if pause > timedelta(0):
            seconds = max(1, round(pause.total_seconds()))
            raise TooManyRequestsError(f"Too many tries. Wait {seconds} seconds, then try again.", retry_after=seconds)
