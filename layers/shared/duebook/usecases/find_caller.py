"""Find who a session or an API key stands for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from duebook.domain.directory import Caller
from duebook.errors import ConflictError, NotSignedInError, TransientError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.transient_store import Session, TransientStore

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
KEY_USE_NOTED_AFTER = timedelta(hours=1)
PROLONG_AFTER = timedelta(minutes=1)
"""A session in use is written again at most once in this time."""


def current_session(token_hash: str, *, transient: TransientStore, now: datetime) -> Session | None:
    """Return the session of a token that has not ended, prolonged by its use; None when there is none.

    It ends after half an hour without use, and after twelve hours in any case.
    """
    session = transient.session(token_hash, now)
    if session is None or session.idle_until - now > IDLE - PROLONG_AFTER:
        return session
    prolonged = replace(session, idle_until=min(now + IDLE, session.ends_at))
    try:
        transient.touch_session(token_hash, prolonged)
    except ConflictError:
        # Signed out in this very moment.
        return None
    return prolonged


def caller_of_session(token_hash: str, *, directory: DirectoryStore, transient: TransientStore, now: datetime) -> Caller:
    """Return the staff member behind a session, with the role they have now.

    Raises:
        NotSignedInError: The session has ended, or the person is no longer staff, or has another password or role since.
    """
    session = current_session(token_hash, transient=transient, now=now)
    staff = directory.staff(session.tenant_id, session.staff_id) if session else None
    if session is None or staff is None or session.generation != staff.generation:
        raise NotSignedInError("sign in first")
    return Caller(staff.tenant_id, staff.staff_id, staff.role)


def caller_of_key(key_hash: str, *, directory: DirectoryStore, now: datetime) -> Caller:
    """Return whom an API key stands for, and note its use at most once an hour.

    Raises:
        NotSignedInError: No such key.
    """
    found = directory.api_key_caller(key_hash)
    if found is None:
        raise NotSignedInError("this API key is not known")
    caller, used_at = found
    # The local clock can be set back: a note from the future is as old as one from the past.
    if used_at is None or abs(now - used_at) >= KEY_USE_NOTED_AFTER:
        # Revoked in this very moment, or a busy table: no call waits for a note, the next one writes it.
        with suppress(ConflictError, TransientError):
            directory.note_api_key_use(key_hash, now)
    return caller
