"""Ids that follow from their cause: the same cause gives the same id, so a repeat finds what is there."""

from __future__ import annotations

import hashlib
from datetime import datetime

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid_from(at: datetime, tail: bytes) -> str:
    """Return the ULID of an aware instant and ten bytes: 26 characters that sort by time."""
    number = (int(at.timestamp() * 1000) << 80) | int.from_bytes(tail, "big")
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def derived_ulid(at: datetime, cause: str) -> str:
    """Return the ULID that belongs to a cause at an instant."""
    return ulid_from(at, hashlib.sha256(cause.encode()).digest()[:10])


def order_id_of(payment_id: str) -> str:
    """Return the order id a processor is told: 19 characters with letters in front, so it never looks like a card number."""
    return f"DB-{payment_id[-16:]}"
