"""Sign staff in and out: argon2id passwords, opaque sessions, pauses for those who guess and never a lock-out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from duebook.domain.directory import Staff
from duebook.domain.second_factor import STEP_LASTS, SignInStep
from duebook.domain.throttling import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_NAME
from duebook.errors import NotSignedInError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.second_step_store import SecondStepStore
from duebook.storage.transient_store import Session, TransientStore
from duebook.usecases.count_misses import Limits, check_misses, count_misses
from duebook.usecases.find_caller import IDLE, LONGEST
from duebook.usecases.passwords import fits

REFUSED = "Email or password is not right."
LIMITS: Limits = (("sign-in-address", SIGN_IN_BY_ADDRESS), ("sign-in-name", SIGN_IN_BY_NAME))


def sign_in(
    email: str,
    password: str,
    *,
    address: str,
    token: str,
    csrf: str,
    directory: DirectoryStore,
    steps: SecondStepStore,
    transient: TransientStore,
    hashed: Callable[[str], str],
    now: datetime,
) -> Session | None:
    """Check a staff member's email and password and begin a session under a token; None where a code is asked for as well.

    An unknown email takes as long as a wrong password and gets the same answer. Where the second step is on, the token is
    that of a sign-in which waits for the code, and opens nothing by itself.

    Args:
        email: As typed; capitals do not matter.
        password: As typed.
        address: The caller's, for limits on misses.
        token: New and unguessable; only its hash is stored.
        csrf: New and unguessable; form posts must carry it.
        directory: Where staff are kept.
        steps: Second factors, and sign-ins that wait for a code.
        transient: Where sessions and misses are kept.
        hashed: What is stored in place of a token.
        now: Aware UTC.

    Raises:
        NotSignedInError: No such email, or another password.
        TooManyRequestsError: Too many misses; with ``retry_after`` in seconds.
    """
    name = email.strip().lower()
    subjects = (address, hashlib.sha256(name.encode()).hexdigest())
    check_misses(LIMITS, subjects, transient=transient, now=now)
    staff = _find(name, directory)
    if not fits(staff.password_hash if staff else None, password) or staff is None:
        count_misses(LIMITS, subjects, transient=transient, now=now)
        raise NotSignedInError(REFUSED)
    factor = steps.factor(staff.tenant_id, staff.staff_id)
    if factor is not None and factor.on:
        steps.begin(hashed(token), SignInStep(staff.tenant_id, staff.staff_id, now + STEP_LASTS, generation=staff.generation))
        return None
    session = Session(staff.tenant_id, staff.staff_id, csrf, now, now + IDLE, now + LONGEST, staff.generation)
    transient.add_session(hashed(token), session)
    return session


def sign_out(token_hash: str, *, transient: TransientStore) -> None:
    """End a session; one that has ended stays ended."""
    transient.end_session(token_hash)


def _find(name: str, directory: DirectoryStore) -> Staff | None:
    # '#' parts our keys and stands in no login.
    return directory.staff_by_email(name) if name and "#" not in name else None
