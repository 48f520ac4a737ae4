"""Presets of the schedule editor: the repeats that people ask for, each held by one cron expression, both ways (R73)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import assert_never

from duebook.domain.schedules import check_schedule
from duebook.errors import UnprocessableError

LAST_DAY_OF_MONTH = 31
_EIGHT = time(8)
_WEEKDAY_LIST = re.compile(r"[0-6](,[0-6])*")
_DAY_LIST = re.compile(r"[0-9]+(,[0-9]+)?")


class Repeat(StrEnum):
    """How often, in the editor's order."""

    EVERY_DAY = "every_day"
    WEEKDAYS = "weekdays"
    """Monday through Friday."""
    EVERY_WEEK = "every_week"
    TWICE_A_MONTH = "twice_a_month"
    EVERY_MONTH = "every_month"
    LAST_DAY = "last_day_of_month"
    CUSTOM = "custom"
    """The expression alone tells."""


@dataclass(frozen=True, slots=True)
class Preset:
    """What the editor's fields say; what a repeat does not ask for is empty.

    Args:
        repeat: How often.
        at: Time of the day in hours and minutes, in the schedule's zone; of a custom one the editor's default.
        weekdays: 0 (Sunday) to 6, one at least; every week only.
        days: 1 to 31; one every month, two twice a month. A month without such a day has no such run.
        expression: Custom only: one that no other preset holds, as ``preset_of`` found it.
    """

    repeat: Repeat
    at: time = _EIGHT
    weekdays: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    expression: str = ""

    def __post_init__(self) -> None:
        if self.at != time(self.at.hour, self.at.minute):
            raise UnprocessableError("a time of the day has hours and minutes", field="time")
        if not self.weekdays <= set(range(7)):
            raise UnprocessableError("a weekday is a number from 0 (Sunday) to 6 (Saturday)", field="weekdays")
        if not self.days <= set(range(1, LAST_DAY_OF_MONTH + 1)):
            raise UnprocessableError(f"a day of the month is a number from 1 to {LAST_DAY_OF_MONTH}", field="days")
        if bool(self.weekdays) != (self.repeat is Repeat.EVERY_WEEK):
            raise UnprocessableError("every week asks for one weekday at least, and no other repeat for any", field="weekdays")
        wanted = {Repeat.EVERY_MONTH: 1, Repeat.TWICE_A_MONTH: 2}.get(self.repeat, 0)
        if len(self.days) != wanted:
            raise UnprocessableError(
                "every month asks for one day, twice a month for two different ones, no other repeat for any", field="days"
            )
        if bool(self.expression) != (self.repeat is Repeat.CUSTOM):
            raise UnprocessableError("a custom schedule has an expression, and no other repeat has one", field="expression")


def expression_of(preset: Preset) -> str:
    """Return the expression that holds a preset.

    Raises:
        UnprocessableError: That of a custom one is none.
    """
    at = f"{preset.at.minute} {preset.at.hour}"
    days, weekdays = (",".join(str(one) for one in sorted(some)) for some in (preset.days, preset.weekdays))
    match preset.repeat:
        case Repeat.EVERY_DAY:
            return f"{at} * * *"
        case Repeat.WEEKDAYS:
            return f"{at} * * 1-5"
        case Repeat.EVERY_WEEK:
            return f"{at} * * {weekdays}"
        case Repeat.TWICE_A_MONTH | Repeat.EVERY_MONTH:
            return f"{at} {days} * *"
        case Repeat.LAST_DAY:
            return f"{at} L * *"
        case Repeat.CUSTOM:
            return check_schedule(preset.expression)
        case _:
            assert_never(preset.repeat)


def preset_of(expression: str) -> Preset:
    """Return the preset that would write this very expression, else a custom one with it; so nothing is ever rewritten.

    Raises:
        UnprocessableError: The expression is none; see ``check_schedule``.
    """
    checked = check_schedule(expression)
    held = _held(checked)
    return held if held and expression_of(held) == checked else Preset(Repeat.CUSTOM, expression=checked)


def _held(checked: str) -> Preset | None:
    """Return the preset that comes nearest, if any does."""
    minute, hour, day, month, weekday = checked.split(" ")
    if month != "*" or not minute.isdecimal() or not hour.isdecimal():
        return None
    at = time(int(hour), int(minute))
    if weekday == "*":
        if day in {"*", "L"}:
            return Preset(Repeat.EVERY_DAY if day == "*" else Repeat.LAST_DAY, at)
        if _DAY_LIST.fullmatch(day):
            days = frozenset(int(one) for one in day.split(","))
            return Preset(Repeat.EVERY_MONTH if len(days) == 1 else Repeat.TWICE_A_MONTH, at, days=days)
    elif day == "*":
        if weekday == "1-5":
            return Preset(Repeat.WEEKDAYS, at)
        if _WEEKDAY_LIST.fullmatch(weekday):
            return Preset(Repeat.EVERY_WEEK, at, weekdays=frozenset(int(one) for one in weekday.split(",")))
    return None
