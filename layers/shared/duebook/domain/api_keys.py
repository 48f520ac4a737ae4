"""API keys: what a business's own system shows instead of a password. The key itself is known to its holder alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duebook.domain.directory import Role

SHOWN_CHARACTERS = 8
"""Of a key, so that people can tell which one they hold; 28 bits less for who guesses at 256."""
MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What staff know of a key.

    Args:
        key_id: Ours, ``key_…``; calls made with the key carry it.
        name: What it is for, as its maker said.
        role: What it may do.
        starts_with: Its first characters.
        created_at: UTC.
        created_by: Staff or API key id.
        maker: The maker's name then; empty where only the id was at hand.
        used_at: When a call was made with it last, to the hour; None of one that was never used.
    """

    key_id: str
    name: str
    role: Role
    starts_with: str
    created_at: datetime
    created_by: str
    maker: str = ""
    used_at: datetime | None = None


def api_key_id(key_hash: str) -> str:
    """Return the id of a key, made from what is stored in place of it."""
    return f"key_{key_hash[:12]}"
