"""Schedules against a plain model that walks a zone minute by minute, over clock changes of many kinds (R73)."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import pairwise, product
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.domain.schedule_presets import Preset, Repeat, expression_of, preset_of
from duebook.domain.schedule_words import schedule_in_words
from duebook.domain.schedules import LONGEST, PlannedRun, check_schedule, next_run, next_runs, settle_schedule
from duebook.errors import UnprocessableError

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LAST = 99
ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Havana",
    "Europe/Berlin",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)


def clock_changes(zone: str) -> list[tuple[str, datetime]]:
    """Return the days of a zone on which the clock is changed, and one on which it is not."""
    days = [datetime(2011, 12, 1, tzinfo=UTC) + DAY * number for number in range(500)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    changed = [day for day, (before, after) in zip(days, pairwise(offsets), strict=False) if before != after]
    return [(zone, day) for day in [*changed, days[0]]]


PLACES = [place for zone in ZONES for place in clock_changes(zone)]


@dataclass(frozen=True, slots=True)
class Field:
    """One field as text, and what it stands for."""

    text: str
    values: frozenset[int]


def fields(first: int, last: int) -> st.SearchStrategy[Field]:
    numbers = st.integers(first, last)
    every = frozenset(range(first, last + 1))
    return st.one_of(
        st.just(Field("*", every)),
        st.integers(1, last).map(lambda step: Field(f"*/{step}", frozenset(range(first, last + 1, step)))),
        st.sets(numbers, min_size=1, max_size=5).map(lambda some: Field(",".join(map(str, sorted(some))), frozenset(some))),
        st.tuples(numbers, numbers).map(sorted).map(lambda ends: Field(f"{ends[0]}-{ends[1]}", frozenset(range(ends[0], ends[1] + 1)))),
    )


@dataclass(frozen=True, slots=True)
class Model:
    """What an expression means, by the book."""

    minute: int
    hours: Field
    days: Field
    weekdays: Field

    @property
    def expression(self) -> str:
        return f"{self.minute} {self.hours.text} {self.days.text} * {self.weekdays.text}"

    def fits(self, wall: datetime) -> bool:
        if wall.minute != self.minute or wall.hour not in self.hours.values:
            return False
        last = calendar.monthrange(wall.year, wall.month)[1]
        by_day = wall.day in self.days.values or (LAST in self.days.values and wall.day == last)
        by_weekday = wall.isoweekday() % 7 in self.weekdays.values
        if self.days.text.startswith("*") or self.weekdays.text.startswith("*"):
            return by_day and by_weekday
        return by_day or by_weekday

    def runs(self, zone: str, day: datetime) -> list[datetime]:
        """Walk the minutes on the wall; one that no instant has is made up at the first instant after it, or by a run within the hour."""
        first_instants = walk(zone, day)
        own, skipped, gap = set(), set(), []
        wall, end = min(first_instants), max(first_instants)
        while wall <= end:
            if wall not in first_instants:
                gap.append(wall)
            else:
                at = first_instants[wall]
                if any(self.fits(one) for one in gap):
                    skipped.add(at)
                if self.fits(wall):
                    own.add(at)
                gap = []
            wall += MINUTE
        return sorted(own | {back for back in skipped if not any(back <= run < back + HOUR for run in own)})


@cache
def walk(zone: str, day: datetime) -> dict[datetime, datetime]:
    """Tell when each minute on the wall comes first, from half a day before a day until three days after."""
    found: dict[datetime, datetime] = {}
    at = day - DAY / 2
    while at < day + 3 * DAY:
        found.setdefault(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None), at)
        at += MINUTE
    return found


models = st.builds(
    Model,
    st.integers(0, 59),
    fields(0, 23),
    st.one_of(fields(1, 31), st.just(Field("L", frozenset({LAST})))),
    fields(0, 6),
)


@settings(deadline=None)
@given(model=models, place=st.sampled_from(PLACES), moved=st.integers(-6 * 60, 24 * 60))
def test_schedules_run_when_a_walk_along_the_wall_says_so(model: Model, place: tuple[str, datetime], moved: int):
    zone, day = place
    start, end = day + MINUTE * moved, day + 2 * DAY

    expected = [at for at in model.runs(zone, day) if start < at <= end]

    found = [run.at for run in next_runs(model.expression, zone, start, len(expected) + 1)]
    assert found[:-1] == expected
    assert found[-1] > end


@given(model=models, place=st.sampled_from(PLACES))
def test_runs_lie_an_hour_apart_unless_the_clock_was_set_forward_between_them(model: Model, place: tuple[str, datetime]):
    zone, day = place

    found = next_runs(model.expression, zone, day, 60)

    for earlier, later in pairwise(found):
        set_forward = wall(later) - wall(earlier) - (later.at - earlier.at)
        assert later.at - earlier.at >= HOUR or (later.at > earlier.at and set_forward > timedelta(0))


def wall(run: PlannedRun) -> datetime:
    return run.local.replace(tzinfo=None)


@given(model=models, place=st.sampled_from(PLACES), later=st.integers(0, 60 * 24 * 60))
def test_an_outage_is_made_up_once_and_the_plan_goes_on_as_if_it_had_not_been(model: Model, place: tuple[str, datetime], later: int):
    zone, day = place
    planned_at = next_run(model.expression, zone, day)
    now = planned_at + MINUTE * later

    settled = settle_schedule(model.expression, zone, planned_at=planned_at, computed_at=day, now=now)

    assert settled.run_now
    assert settled.next_at == next_run(model.expression, zone, now) > now


@given(st.text(alphabet="0123456789*/,-LW#? \tMONJAFEB٣\u017f", max_size=LONGEST + 5))
def test_any_text_is_refused_in_words_or_runs_and_can_be_told(text: str):
    try:
        expression = check_schedule(text)
    except UnprocessableError:
        return

    assert expression == " ".join(text.split()) == check_schedule(expression)
    assert expression_of(preset_of(expression)) == expression
    assert schedule_in_words(expression)
    assert len(next_runs(expression, "America/New_York", datetime(2026, 1, 1, tzinfo=UTC), 3)) == 3


WEEK = st.sets(st.sampled_from([*map(str, range(8)), "MON", "sun", "1-5", "5L", "2#1", "*", "*/2"]), min_size=1).map(",".join)
MONTH_DAYS = st.sets(st.sampled_from([*map(str, range(1, 32)), "L", "LW", "*", "*/7", "5-9", "1-31/4", "07"]), min_size=1).map(",".join)


@given(minute=st.integers(0, 59), hour=st.integers(0, 23), day=MONTH_DAYS, month=st.sampled_from(["*", "2", "JAN-MAR"]), weekday=WEEK)
def test_a_valid_expression_is_never_rewritten_by_the_editor(minute: int, hour: int, day: str, month: str, weekday: str):
    expression = f"{minute} {hour} {day} {month} {weekday}"
    try:
        check_schedule(expression)
    except UnprocessableError:
        return

    assert expression_of(preset_of(expression)) == expression
    assert schedule_in_words(expression).startswith(f"At {hour:02d}:{minute:02d} ")


days_of_month = st.integers(1, 31)
presets = st.one_of(
    st.builds(
        Preset,
        st.sampled_from([Repeat.EVERY_DAY, Repeat.WEEKDAYS, Repeat.LAST_DAY]),
        st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    ),
    st.builds(Preset, st.just(Repeat.EVERY_WEEK), weekdays=st.frozensets(st.integers(0, 6), min_size=1)),
    st.builds(Preset, st.just(Repeat.TWICE_A_MONTH), days=st.frozensets(days_of_month, min_size=2, max_size=2)),
    st.builds(Preset, st.just(Repeat.EVERY_MONTH), days=st.frozensets(days_of_month, min_size=1, max_size=1)),
)


@given(presets)
def test_a_preset_is_found_again_by_its_expression(preset: Preset):
    assert preset_of(check_schedule(expression_of(preset))) == preset


DAYS = ["*", "1", "01", "1-31", "1,15", "*/2", "1-31/2", "*/15", "L", "LW", "L,15", "*/1", "*,L"]
MONTHS = ["*", "FEB", "2", "1-12"]
WEEKDAYS = ["*", "1", "MON", "0", "7", "1-5", "0-6", "*/2", "0,2,4,6", "5L", "1#1", "1#1,1", "MON-FRI"]
NEVER = {f"0 8 */15 {month} 5L" for month in ("FEB", "2")}


def test_two_schedules_that_read_the_same_run_the_same():
    read = defaultdict(list)
    for day, month, weekday in product(DAYS, MONTHS, WEEKDAYS):
        expression = f"0 8 {day} {month} {weekday}"
        if expression in NEVER:
            continue
        read[schedule_in_words(expression)].append(expression)

    for words, expressions in read.items():
        found = {tuple(run.at for run in next_runs(one, "UTC", datetime(2026, 1, 1, tzinfo=UTC), 12)) for one in expressions}
        assert len(found) == 1, f"{words}: {expressions}"
    assert len(read) < len(DAYS) * len(MONTHS) * len(WEEKDAYS) / 2
