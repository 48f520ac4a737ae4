"""The only place that knows the time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from duebook.runtime.settings import optional


def utc_now() -> datetime:
    """Return the present instant, aware UTC.

    On the local stage a file may hold a frozen instant (RFC 3339); without one time runs.
    """
    frozen = optional("LOCAL_CLOCK_FILE")
    if frozen:
        try:
            text = Path(frozen).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            text = ""
        if text:
            return datetime.fromisoformat(text).astimezone(UTC)
    return datetime.now(UTC)


def today_in(time_zone: str, now: datetime) -> date:
    """Return the calendar day of an instant in an IANA zone: the tenant's today."""
    return now.astimezone(ZoneInfo(time_zone)).date()
