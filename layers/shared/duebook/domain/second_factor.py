"""Staff's second step at sign-in: an authenticator app that knows a secret, and recovery codes for when it is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

STEP_LASTS = timedelta(minutes=5)
"""So long after the password the code may be typed."""
TRIES_A_STEP = 5
SET_UP_LASTS = timedelta(minutes=30)
"""So long a secret that was shown may be confirmed."""
RECOVERY_CODES = 10
DRIFT = 1
"""Steps of half a minute by which a telephone's clock may be off, either way. Source: RFC 6238, section 5.2."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What a staff member's authenticator app knows.

    Args:
        staff_id: Whose.
        secret: Base32, shared with the app. It is never shown again once it is on, and never logged.
        created_at: When the secret was made.
        on: Asked for at sign-in; False until a code has confirmed that the app knows the secret.
        last_step: Number of the half minute whose code was taken last; it and those before it are not taken again.
        recovery: Hashes of the recovery codes that are left.
        version: Counts the writes of this item; 0 before it exists.
    """

    staff_id: str
    secret: str
    created_at: datetime
    on: bool = False
    last_step: int = 0
    recovery: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class SignInStep:
    """Somebody whose password was right, and whose code is awaited.

    Args:
        tenant_id: Of the staff member.
        staff_id: Who.
        ends_at: UTC.
        tries: Codes typed so far.
        generation: Of the staff member when the password was right.
    """

    tenant_id: str
    staff_id: str
    ends_at: datetime
    tries: int = 0
    generation: int = 0


def may_be_confirmed(factor: SecondFactor | None, now: datetime) -> bool:
    """Tell whether a secret was shown lately and waits for its first code."""
    return factor is not None and not factor.on and now < factor.created_at + SET_UP_LASTS


def plain_code(typed: str) -> str:
    """Return a typed code without the blanks and hyphens that people put into it, in small letters."""
    return "".join(char for char in typed.lower() if char.isalnum())[:40]
