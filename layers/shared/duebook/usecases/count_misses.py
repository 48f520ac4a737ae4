"""Count failed tries under several keys, and refuse who failed too often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from duebook.domain.throttling import Throttle, wait
from duebook.errors import TooManyRequestsError
from duebook.storage.transient_store import TransientStore

Limits: TypeAlias = tuple[tuple[str, Throttle], ...]
"""Kinds of keys with their limits."""


def longest_wait(limits: Limits, subjects: Sequence[str], *, transient: TransientStore, now: datetime) -> timedelta:
    """Return how long the next try must wait under any of the keys; zero when it may come at once."""
    waits = [wait(limit, transient.tries(kind, subject), now) for (kind, limit), subject in zip(limits, subjects, strict=True)]
    return max(waits, default=timedelta(0))


def check_misses(limits: Limits, subjects: Sequence[str], *, transient: TransientStore, now: datetime) -> None:
    """Refuse who failed too often.

    Raises:
        TooManyRequestsError: With ``retry_after`` in seconds.
    """
    pause = longest_wait(limits, subjects, transient=transient, now=now)
    if pause > timedelta(0):
        seconds = max(1, round(pause.total_seconds()))
        raise TooManyRequestsError(f"Too many tries. Wait {seconds} seconds, then try again.", retry_after=seconds)


def count_misses(limits: Limits, subjects: Sequence[str], *, transient: TransientStore, now: datetime) -> None:
    """Count a failed try under each key."""
    for (kind, limit), subject in zip(limits, subjects, strict=True):
        transient.count_try(kind, subject, now, limit.forget)
