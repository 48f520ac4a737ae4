"""Schedules: five-field cron expressions in a tenant's zone (R73).

What is checked when saving, shown as a preview and run in the end is read here, and only here. A run is a time on the wall clock of the
zone. Where a clock change skips it, it runs once after the gap; where an hour comes twice, it runs the first time only. cronsim tells the
times, as if no clock were ever changed; what a clock change does to them is decided here (docs/decisions/0049).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from duebook.errors import InvariantError, UnprocessableError

LONGEST = 100
"""Characters of an expression."""
MOST_AHEAD = 100
"""Runs that are told ahead at once."""
CLOCK_SKEW = timedelta(minutes=1)
"""Two machines' clocks may differ by so much; more, and the clock was set back."""
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
FIELDS = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day of the month", "1 to 31, or L for the last day"),
    ("month", "1 to 12, or JAN to DEC"),
    ("weekday", "0 to 7 with 0 and 7 for Sunday, or SUN to SAT"),
)
"""In their order, each with what it may hold."""

_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
_LEAP_YEAR = datetime(2000, 1, 1)  # noqa: DTZ001 - a day of the calendar, in no zone
"""Where the search for a first run begins. cronsim looks 50 years ahead; the rarest day, a 29 February on one weekday, comes within 40."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run that is to come.

    Args:
        at: When (UTC).
        local: The same instant in the schedule's zone.
        note: What a clock change does to it, in words; else nothing.
    """

    at: datetime
    local: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is to be done about a schedule at this moment.

    Args:
        run_now: Start one run, the one that was planned, however many were missed.
        next_at: The next run from now on (UTC); to be stored where it differs from what was planned.
    """

    run_now: bool
    next_at: datetime


def check_schedule(expression: str, *, field: str = "schedule") -> str:
    """Return an expression with its blanks squeezed; nothing else of it is changed.

    Args:
        expression: As typed: minute, hour, day of the month, month and weekday, such as ``0 8 * * 1``.
        field: The name that a complaint is to bear.

    Raises:
        UnprocessableError: It is too long, has not five fields, has one that is not understood, would run more often than hourly, or never.
    """
    # The length is measured first: nothing here should work on a megabyte.
    if len(expression) > LONGEST:
        raise UnprocessableError(f"a schedule has at most {LONGEST} characters", field=field)
    complaint = _complaint(expression)
    if complaint:
        raise UnprocessableError(complaint, field=field)
    return " ".join(expression.split())


def next_run(expression: str, zone: str, after: datetime) -> datetime:
    """Return the first run strictly after an instant; aware UTC in and out.

    Args:
        expression: As ``check_schedule`` returns it.
        zone: An IANA zone, such as ``America/New_York``.
        after: Any instant before the year 9900.

    Raises:
        UnprocessableError: The expression is none.
    """
    return next_runs(expression, zone, after, 1)[0].at


def next_runs(expression: str, zone: str, after: datetime, count: int) -> list[PlannedRun]:
    """Return the first runs strictly after an instant, ascending; see ``next_run``.

    Args:
        expression: As ``check_schedule`` returns it.
        zone: An IANA zone.
        after: Aware.
        count: 1 to MOST_AHEAD.

    Raises:
        UnprocessableError: The expression is none.
    """
    if not 1 <= count <= MOST_AHEAD:
        raise InvariantError(f"{count} runs ahead where 1 to {MOST_AHEAD} can be told")
    # A run that stands for a skipped one comes less than an hour after the gap: whoever asks in between is told the same of it.
    runs = _runs(check_schedule(expression), ZoneInfo(zone), after - _HOUR)
    found = list(islice((run for run in runs if run.at > after), count))
    if len(found) < count:
        raise InvariantError(f"the schedule {expression} has no run left")
    return found


def settle_schedule(expression: str, zone: str, *, planned_at: datetime, computed_at: datetime, now: datetime) -> Settlement:
    """Tell whether a schedule is to run now, and when next.

    An outage is made up by one run, whatever it lasted. A clock that was set back runs nothing; the plan made by it is made anew, lest the
    schedule be silent until the clock has caught up.

    Args:
        expression: As ``check_schedule`` returns it.
        zone: An IANA zone.
        planned_at: The next run as stored (UTC).
        computed_at: When that was worked out (UTC).
        now: This moment (UTC).

    Raises:
        UnprocessableError: The expression is none.
    """
    if computed_at - now > CLOCK_SKEW:
        return Settlement(run_now=False, next_at=next_run(expression, zone, now))
    if planned_at <= now:
        return Settlement(run_now=True, next_at=next_run(expression, zone, now))
    return Settlement(run_now=False, next_at=planned_at)


@lru_cache(maxsize=1024)
def _complaint(expression: str) -> str:
    """Return what is wrong with an expression, in words; nothing if it is right."""
    parts = expression.split()
    if len(parts) != len(FIELDS):
        names = ", ".join(name for name, _ in FIELDS)
        return f"a schedule has five fields ({names}), and this one has {len(parts)}"
    for position, (name, allowed) in enumerate(FIELDS):
        if not _is_understood(parts[position], position):
            return f"the {name} “{parts[position]}” is not understood; it goes from {allowed}"
    try:
        times = CronSim(expression, _LEAP_YEAR)
    except CronSimError:
        return "this schedule never runs: no month of it has such a day"
    # Any two minutes of an hour lie less than an hour apart, and one minute is a whole hour away from itself.
    if len(times.minutes) > 1:
        return "a schedule runs hourly at most: give one minute, such as 0 or 30"
    if next(times, None) is None:
        return "this schedule never runs: no such day ever comes"
    return ""


def _is_understood(part: str, position: int) -> bool:
    """Try one field with all others open, since cronsim's complaint should not be read."""
    if not part.isascii():
        return False
    try:
        CronSim(" ".join(part if position == place else "*" for place in range(len(FIELDS))), _LEAP_YEAR)
    except CronSimError:
        return False
    return True


def _runs(expression: str, zone: ZoneInfo, after: datetime) -> Iterator[PlannedRun]:
    """Yield runs from about an instant on, ascending, no instant twice; some of the first may lie before it."""
    skipped: tuple[datetime, datetime] | None = None
    for wall in CronSim(expression, after.astimezone(zone).replace(tzinfo=None)):
        at = _first_instant(wall, zone)
        gap_end = None if _wall(at, zone) == wall else _gap_end(wall, zone)
        if skipped and gap_end == skipped[1]:
            continue
        if skipped and (gap_end or at) - skipped[1] >= _HOUR:
            yield _made_up(skipped[0], skipped[1], zone)
            skipped = None
        if gap_end:
            skipped = wall, gap_end
        elif skipped:
            yield _made_up(skipped[0], at, zone)
            skipped = None
        else:
            yield PlannedRun(at, at.astimezone(zone), _note_of_repeat(wall, zone))
    if skipped:
        yield _made_up(skipped[0], skipped[1], zone)


def _made_up(wall: datetime, at: datetime, zone: ZoneInfo) -> PlannedRun:
    """Return the run that stands for a skipped one, or for several of one gap."""
    runs_at = _wall(at, zone)
    day = "" if runs_at.date() == wall.date() else f" on {_day(runs_at)}"
    return PlannedRun(at, at.astimezone(zone), f"{_clock(wall)} does not exist on {_day(wall)}; runs at {_clock(runs_at)}{day}")


def _note_of_repeat(wall: datetime, zone: ZoneInfo) -> str | None:
    """Return the note of a run whose time comes twice."""
    if wall.replace(tzinfo=zone, fold=0).utcoffset() == wall.replace(tzinfo=zone, fold=1).utcoffset():
        return None
    return f"{_clock(wall)} comes twice on {_day(wall)}; runs the first time only"


def _first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a time on the wall; of one that comes twice the first, of a skipped one some instant after the gap."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock on the wall says at an instant; naive."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _gap_end(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of the clock change that skips a time on the wall (UTC)."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def _clock(wall: datetime) -> str:
    return f"{wall.hour}:{wall.minute:02d}"


def _day(wall: datetime) -> str:
    return f"{MONTHS[wall.month - 1][:3]} {wall.day}"
