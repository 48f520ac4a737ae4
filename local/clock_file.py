"""The local cloud's time: a file with a frozen instant, or none while time runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path


def local_now(clock_file: Path) -> datetime:
    """Return the frozen instant, else the real time (UTC)."""
    frozen = frozen_at(clock_file)
    return frozen or datetime.now(UTC)


def frozen_at(clock_file: Path) -> datetime | None:
    """Return the instant at which time stands, if it does."""
    try:
        text = clock_file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return parse_instant(text) if text else None


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant with its offset.

    Raises:
        ValueError: Not an instant, or without an offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"{text!r} has no offset from UTC"
        raise ValueError(message)
    return moment.astimezone(UTC)


def set_clock(clock_file: Path, moment: datetime | None) -> None:
    """Freeze time, or let it run. Readers never see half a file."""
    written = clock_file.with_suffix(".new")
    written.write_text(rfc3339(moment) if moment else "", encoding="utf-8")
    written.replace(clock_file)


def rfc3339(moment: datetime) -> str:
    """Return the instant as ``2026-01-31T08:00:00.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
