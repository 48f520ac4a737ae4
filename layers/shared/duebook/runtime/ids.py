"""Ids of ours: ULIDs with a prefix, and short random codes from characters that cannot be confused."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from duebook.domain.identifiers import ulid_from

CLEAR_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
CLEAR_LOWER = "abcdefghijkmnopqrstuvwxyz"
CLEAR = CLEAR_UPPER + CLEAR_LOWER + "23456789"
"""No 0 O 1 l I: characters on paper that cannot be taken for one another (R11)."""

PAY_ONLINE_ID_LENGTH = 12
RECOVERY_CODE_LENGTH = 12
CUSTOMER_ID_LENGTH = 6


def new_id(prefix: str, at: datetime) -> str:
    """Return a new id such as ``pay_01J…``."""
    return f"{prefix}_{ulid_from(at, secrets.token_bytes(10))}"


def new_pay_online_id() -> str:
    """Return a random Pay Online ID: 12 clear characters with capital and small letters among them (R11)."""
    while True:
        code = "".join(secrets.choice(CLEAR) for _ in range(PAY_ONLINE_ID_LENGTH))
        if any(char in CLEAR_UPPER for char in code) and any(char in CLEAR_LOWER for char in code):
            return code


def new_customer_id() -> str:
    """Return a short id to propose for a new customer, such as ``C-7KQ4MX``."""
    return "C-" + "".join(secrets.choice(CLEAR_UPPER + "23456789") for _ in range(CUSTOMER_ID_LENGTH))


def new_secret(prefix: str) -> str:
    """Return an unguessable token of 256 bits, such as an API key or a session."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def new_short_token() -> str:
    """Return an unguessable token of 128 bits that keeps a link short."""
    return secrets.token_urlsafe(16)


def new_recovery_code() -> str:
    """Return a code to write down, such as ``k7mq-2rtw-xz4n``: twelve clear small letters and digits, some 59 bits."""
    letters = "".join(secrets.choice(CLEAR_LOWER + "23456789") for _ in range(RECOVERY_CODE_LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, RECOVERY_CODE_LENGTH, 4))


def hashed(secret: str) -> str:
    """Return what is stored in place of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
