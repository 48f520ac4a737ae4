"""Ids that follow from their cause: the same cause gives the same id, so a repeat finds what is there."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

from duebook.errors import InvalidInputError, InvariantError

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_LENGTH = 26
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ulid_from(at: datetime, tail: bytes) -> str:
    """Return the ULID of an aware instant and ten bytes: 26 characters that sort by time."""
    number = (int(at.timestamp() * 1000) << 80) | int.from_bytes(tail, "big")
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def derived_ulid(at: datetime, cause: str) -> str:
    """Return the ULID that belongs to a cause at an instant."""
    return ulid_from(at, hashlib.sha256(cause.encode()).digest()[:10])


PAYMENT_PREFIX = "pay_"
"""What our payment ids begin with; no id that a caller gives to money may."""
ORDER_TAIL = 16


def order_tail(text: str) -> str:
    """Return the end that a payment id and all order ids made from it share."""
    return text[-ORDER_TAIL:]


def order_id_of(payment_id: str) -> str:
    """Return the order id a processor is told: 19 characters with letters in front, so it never looks like a card number."""
    return f"DB-{order_tail(payment_id)}"


def refund_order_id_of(payment_id: str, number: int) -> str:
    """Return the order id of a payment's refund: ``R1-…`` for the first.

    Raises:
        InvariantError: More refunds of one payment than its order ids can tell apart.
    """
    if not 0 < number < len(CROCKFORD):
        raise InvariantError(f"refund {number} of payment {payment_id}")
    return f"R{CROCKFORD[number]}-{order_tail(payment_id)}"


def is_order_id(text: str) -> bool:
    """Tell whether an order id has the form of ours: a charge's or a refund's."""
    return re.fullmatch(r"(?:DB|R[0-9A-HJKMNP-TV-Z])-[0-9A-Za-z_]{1,16}", text) is not None


def is_refund_order_id(text: str) -> bool:
    """Tell whether an order id of ours is a refund's."""
    return is_order_id(text) and text[0] == "R"


def time_of_ulid(ulid: str) -> datetime:
    """Return the instant in a ULID (UTC, milliseconds).

    Raises:
        InvalidInputError: Not a ULID.
    """
    if len(ulid) != ULID_LENGTH or not set(ulid) <= set(CROCKFORD) or ulid[0] > "7":
        raise InvalidInputError("not a ULID")
    number = 0
    for char in ulid[:10]:
        number = number * 32 + CROCKFORD.index(char)
    try:
        return EPOCH + timedelta(milliseconds=number)
    except OverflowError as error:
        raise InvalidInputError("not a ULID of our time") from error
