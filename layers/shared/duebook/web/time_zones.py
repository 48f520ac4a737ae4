"""Time zones as people find them: by city, with the time it is there."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
UNKNOWN = "Choose a time zone of the list: type the nearest large city, such as New York."


@cache
def zone_names() -> tuple[str, ...]:
    """Return the IANA names that name a place, and UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if name.split("/")[0] in AREAS))


def zone_choices(now: datetime) -> list[tuple[str, str]]:
    """Return each zone with its city and the time there: ``("America/New_York", "New York, now 04:18")``."""
    return [(name, f"{city_of(name)}, now {now.astimezone(ZoneInfo(name)):%H:%M}") for name in zone_names()]


def city_of(name: str) -> str:
    """Return the place that a zone is named after."""
    return name.split("/", 1)[-1].replace("_", " ").replace("/", ", ")


def zone_named(typed: str) -> str:
    """Return the zone that somebody typed: its IANA name in any capitals, or the city alone where only one zone has it.

    Raises:
        ValueError: None, or more than one.
    """
    wanted = typed.strip().replace(" ", "_").casefold()
    names = zone_names()
    exact = [name for name in names if name.casefold() == wanted]
    found = exact or [name for name in names if name.casefold().rpartition("/")[2] == wanted]
    if len(found) != 1:
        raise ValueError(UNKNOWN)
    return found[0]
