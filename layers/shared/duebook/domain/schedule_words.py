"""What a schedule says, in words: "At 08:00 on Monday" (R73).

The words are made of the times and days that an expression stands for, not of its characters. So expressions that mean the same read the
same, and what none of the shorter forms fits is listed in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from cronsim import CronSim

from duebook.domain.schedules import MONTHS, check_schedule

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
"""By their number in an expression."""

_MONDAY_FIRST = (*WEEKDAYS[1:], WEEKDAYS[0])
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", CronSim.LAST: "last"}
_SPECIAL_DAYS = {CronSim.LAST: "the last day of the month", CronSim.LAST_WEEKDAY: "the last weekday (Monday through Friday) of the month"}
_ENDINGS = {2: "nd", 3: "rd"}
_FEW = 4
"""Up to so many are listed; more of equal distance are told by their first and last."""
_SHORTEST_RANGE = 3
_NO_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - cronsim wants one to begin with; the fields do not depend on it


def schedule_in_words(expression: str) -> str:
    """Say when a schedule runs, as a sentence without its full stop, in American English.

    Raises:
        UnprocessableError: The expression is none; see ``check_schedule``.
    """
    fields = CronSim(check_schedule(expression), _NO_DAY)
    times = _times(min(fields.minutes), sorted(fields.hours))
    days = _days(fields)
    if not days and len(fields.hours) < len(range(24)):
        days = " every day"
    return f"{times}{days}{_months(sorted(fields.months))}"


def _times(minute: int, hours: Sequence[int]) -> str:
    """Say at which times of a day."""
    if len(hours) == len(range(24)):
        return f"At minute {minute} of every hour"
    clocks = [f"{hour:02d}:{minute:02d}" for hour in hours]
    step = _step(hours)
    if len(hours) <= _FEW or step is None:
        return f"At {_joined(clocks)}"
    every = "hour" if step == 1 else f"{step} hours"
    return f"Every {every} from {clocks[0]} through {clocks[-1]}"


def _days(fields: CronSim) -> str:
    """Say on which days of a month or week; nothing if on all."""
    any_day = fields.days.issuperset(range(1, 32))
    weekdays = {day % 7 for day in fields.weekdays if isinstance(day, int)}
    any_weekday = len(weekdays) == len(WEEKDAYS)
    # Given both, either is enough; one that begins with a star is not given, and narrows the other down.
    if (any_day and any_weekday) or (not fields.day_and and (any_day or any_weekday)):
        return ""
    dates = _dates(fields.days)
    of_month = {(day[0] % 7, day[1]) for day in fields.weekdays if not isinstance(day, int)}
    if any_day:
        return f" on {' and on '.join(_weekday_names(weekdays, of_month))}"
    if any_weekday:
        return f" on {' and on '.join(dates)}"
    if fields.day_and:
        names = _weekday_names(weekdays, of_month, last=" or ")
        return f" on {' and on '.join(dates)}, but only if that day is {' or '.join(names)}"
    return f" on {' and on '.join(dates)} or on {' and on '.join(_weekday_names(weekdays, of_month))}"


def _dates(days: set[int]) -> list[str]:
    """Name days of a month."""
    numbers = sorted(day for day in days if day not in _SPECIAL_DAYS)
    named = [words for day, words in _SPECIAL_DAYS.items() if day in days]
    if not numbers:
        return named
    step = _step(numbers)
    if len(numbers) > _FEW and step is not None and step > 1:
        return [f"every {step}{_ENDINGS.get(step, 'th')} day of the month from {numbers[0]} through {numbers[-1]}", *named]
    listed = _listed(numbers, {number: str(number) for number in numbers})
    return [f"day {listed} of the month", *named]


def _weekday_names(weekdays: set[int], of_month: set[tuple[int, int]], last: str = " and ") -> list[str]:
    """Name weekdays, then those that are counted in a month."""
    counted = sorted(of_month, key=lambda one: (one[1] == CronSim.LAST, one[1], one[0]))
    named = [f"the {_ORDINALS[nth]} {WEEKDAYS[day]} of the month" for day, nth in counted]
    # Monday is 1 and Sunday 7, so that a week-end is a range.
    numbers = sorted(day or 7 for day in weekdays)
    return [_listed(numbers, dict(enumerate(_MONDAY_FIRST, start=1)), last), *named] if numbers else named


def _months(months: Sequence[int]) -> str:
    """Say in which months; nothing if in all."""
    if len(months) == len(MONTHS):
        return ""
    return f", in {_listed(months, dict(enumerate(MONTHS, start=1)))}"


def _listed(numbers: Sequence[int], names: dict[int, str], last: str = " and ") -> str:
    """List ascending numbers by their names, three and more in a row as a range."""
    rows: list[list[int]] = []
    for number in numbers:
        if rows and rows[-1][-1] == number - 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    parts: list[str] = []
    for row in rows:
        if len(row) >= _SHORTEST_RANGE:
            parts.append(f"{names[row[0]]} through {names[row[-1]]}")
        else:
            parts.extend(names[number] for number in row)
    return _joined(parts, last)


def _joined(parts: Sequence[str], last: str = " and ") -> str:
    """Join words as a sentence does."""
    return last.join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _step(numbers: Sequence[int]) -> int | None:
    """Return the distance of ascending numbers if it is always the same."""
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    return steps.pop() if len(steps) == 1 else None
