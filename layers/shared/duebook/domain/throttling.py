"""Slow down those who guess: free tries first, then growing pauses, then a block."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Tries:
    """Failed tries under one key: how many, and when the last one was."""

    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Throttle:
    """A limit on failed tries.

    Args:
        free: Tries without a pause.
        block_at: From this many on, each pause is ``block``.
        block: The longest pause.
        forget: After this long without a failed try all is forgotten.
    """

    free: int
    block_at: int
    block: timedelta
    forget: timedelta


GUEST_BY_ADDRESS = Throttle(free=10, block_at=20, block=timedelta(minutes=15), forget=timedelta(hours=1))
GUEST_OVERALL = Throttle(free=2_000, block_at=4_000, block=timedelta(minutes=5), forget=timedelta(minutes=5))
SIGN_IN_BY_ADDRESS = Throttle(free=20, block_at=40, block=timedelta(minutes=15), forget=timedelta(hours=1))
SIGN_IN_BY_NAME = Throttle(free=5, block_at=1_000, block=timedelta(seconds=30), forget=timedelta(hours=1))
"""Never a lock-out: a stranger's wrong passwords cost the owner of the name at most half a minute."""

CODES_BY_STAFF = Throttle(free=5, block_at=10, block=timedelta(minutes=15), forget=timedelta(hours=24))
"""Wrong codes at the second step. Only who knows the password comes here, so a stranger cannot keep anybody out."""

LINKS_BY_ADDRESS = Throttle(free=60, block_at=60, block=timedelta(minutes=15), forget=timedelta(hours=1))
LINKS_BY_LOGIN = Throttle(free=10, block_at=10, block=timedelta(minutes=15), forget=timedelta(hours=1))
"""Mails with links, asked for from one address and written to one: who asks in somebody else's name fills no mailbox."""

REQUESTS_BY_CONTACT = Throttle(free=100, block_at=100, block=timedelta(minutes=15), forget=timedelta(hours=1))
"""Service requests that one contact makes; every good one counts."""

NOTICE_BY_ADDRESS = Throttle(free=20, block_at=40, block=timedelta(minutes=15), forget=timedelta(hours=1))
"""Wrong signatures, counted by tenant and address: one tenant's wrong key must not shut out another's notifications, which come
from the same addresses of the processor."""


def wait(throttle: Throttle, tries: Tries | None, now: datetime) -> timedelta:
    """Return how long the next try must wait; zero when it may come at once.

    A clock that was set back does not prolong a pause beyond its own length.
    """
    if tries is None or now - tries.last_at >= throttle.forget or tries.count < throttle.free:
        return timedelta(0)
    step = min(tries.count - throttle.free, 20)
    pause = throttle.block if tries.count >= throttle.block_at else min(timedelta(seconds=2**step), throttle.block)
    passed = max(timedelta(0), now - tries.last_at)
    return max(timedelta(0), pause - passed)
