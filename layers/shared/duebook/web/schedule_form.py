"""The schedule editor: a repeat with its fields, and the cron expression that says the same; which of the two was changed tells what is meant.

A page is made with both, and carries with it what they said. So when a form comes back, the one that differs was changed, and the other
follows it. Where both were changed and say different things, somebody is asked; nothing is taken silently (R73).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time

from duebook.domain.schedule_presets import Preset, Repeat, expression_of, preset_of
from duebook.domain.schedule_words import schedule_in_words
from duebook.domain.schedules import LONGEST, check_schedule
from duebook.errors import UnprocessableError
from duebook.mail.formats import BLANK
from duebook.web.page_desk import sentence

REPEATS: Mapping[Repeat, str] = {
    Repeat.EVERY_DAY: "Every day",
    Repeat.WEEKDAYS: "Weekdays, Monday to Friday",
    Repeat.EVERY_WEEK: "Every week",
    Repeat.TWICE_A_MONTH: "Twice a month",
    Repeat.EVERY_MONTH: "Every month",
    Repeat.LAST_DAY: "Last day of the month",
    Repeat.CUSTOM: "Custom",
}
WEEK = ((1, "Monday"), (2, "Tuesday"), (3, "Wednesday"), (4, "Thursday"), (5, "Friday"), (6, "Saturday"), (0, "Sunday"))
DAYS = tuple(str(day) for day in range(1, 32))
"""Days of the month that are offered."""
EXPRESSION, AT, WEEKDAYS, FIRST_DAY, SECOND_DAY, MEANT = "expression", "at", "weekday_1", "day_1", "day_2", "meant"
"""Fields that something can be wrong with; ``weekday_1`` stands for all weekdays."""
BY_FIELDS, BY_EXPRESSION = "fields", "expression"
NO_TIME = "Type a time, such as 08:00 or 5:30 pm."
NO_WEEKDAY = "Tick one weekday at least."
NO_DAY = "Choose a day of the month."
SAME_DAY = "Choose two different days."
BOTH_CHANGED = "The repeat and the cron expression were both changed and say different things. Choose which is meant."
LOOK_AGAIN = "Look at the day and the time that belong to this repeat, then save."
USUAL_TIME = "08:00"
USUAL_WEEKDAYS = frozenset({1})
USUAL_DAYS = ("1", "15")
NOON = 12
_TIME = re.compile(r"(\d{1,2})(?:[:.h ]?(\d{2}))?\s*([ap])?\.?m?\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fields:
    """What stands in the repeat and the fields that belong to it, as typed."""

    repeat: Repeat
    at: str = USUAL_TIME
    weekdays: frozenset[int] = USUAL_WEEKDAYS
    days: tuple[str, str] = USUAL_DAYS


@dataclass(frozen=True, slots=True)
class ScheduleForm:
    """The editor as it is to be shown.

    Args:
        fields: The repeat and its fields.
        expression: What stands in the expression's field.
        schedule: The schedule that is meant; None while something is wrong with it.
        problems: By field, what is wrong.
        made_fields: The expression that the fields said when the page was made; empty for a custom repeat.
        made_expression: What the expression's field said then.
        choices: Where both were changed: what the fields and the expression say, each in words.
        unseen: The repeat was changed to one whose fields nobody has seen yet.
    """

    fields: Fields
    expression: str
    schedule: str | None
    problems: Mapping[str, str] = field(default_factory=dict)
    made_fields: str = ""
    made_expression: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    unseen: bool = False

    def for_saving(self) -> ScheduleForm:
        """Return the form as it stands when it is to be saved: what nobody has seen is shown first."""
        return replace(self, schedule=None, problems={"repeat": LOOK_AGAIN}) if self.unseen and not self.problems else self


def schedule_form(expression: str) -> ScheduleForm:
    """Fill the editor with a schedule that is right."""
    preset = preset_of(expression)
    return _made(fields_of(preset), expression, expression)


def read_schedule_form(sent: Mapping[str, str]) -> ScheduleForm:
    """Read the editor as it was sent, and tell which schedule is meant."""
    fields, typed = _fields(sent), " ".join(sent.get(EXPRESSION, "").split())
    made_fields, made_expression = sent.get("made_fields", ""), " ".join(sent.get("made_expression", "").split())
    repeat_changed = fields.repeat.value != sent.get("made_repeat", fields.repeat.value)
    unseen = repeat_changed and _asks_for_more(fields.repeat, sent.get("made_repeat", ""))
    said, wrong = _said(fields)
    fields_changed, typed_changed = wrong != {} or said != made_fields, typed != made_expression
    if fields.repeat is Repeat.CUSTOM or not fields_changed:
        return _by_expression(typed, fields if fields.repeat is Repeat.CUSTOM and not typed_changed else None)
    if not typed_changed or said == typed or sent.get(MEANT) == BY_FIELDS:
        return _by_fields(fields, said, wrong, typed, (made_fields, made_expression), unseen=unseen)
    if sent.get(MEANT) == BY_EXPRESSION:
        return _by_expression(typed, None)
    choices = ((BY_FIELDS, _in_words(said) if not wrong else next(iter(wrong.values()))), (BY_EXPRESSION, _in_words(typed)))
    return ScheduleForm(fields, typed, None, {MEANT: BOTH_CHANGED}, made_fields, made_expression, choices)


def fields_of(preset: Preset) -> Fields:
    """Return the fields that say a preset; those that it does not ask for are as usual."""
    days = [str(day) for day in sorted(preset.days)]
    return Fields(
        preset.repeat,
        f"{preset.at:%H:%M}",
        preset.weekdays or USUAL_WEEKDAYS,
        (days[0] if days else USUAL_DAYS[0], days[1] if len(days) > 1 else USUAL_DAYS[1]),
    )


def typed_time(text: str) -> time:
    """Read a time of the day as people type it: ``8``, ``08:00``, ``5:30 pm``.

    Raises:
        ValueError: It is none.
    """
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(NO_TIME)
    hour, half = int(found[1]), (found[3] or "").lower()
    if half and not 1 <= hour <= NOON:
        raise ValueError(NO_TIME)
    if half:
        hour = hour % NOON + (NOON if half == "p" else 0)
    try:
        return time(hour, int(found[2] or 0))
    except ValueError as error:
        raise ValueError(NO_TIME) from error


def _fields(sent: Mapping[str, str]) -> Fields:
    repeat = next((one for one in Repeat if one.value == sent.get("repeat")), Repeat.CUSTOM)
    shown_before = sent.get("made_repeat") == repeat.value
    ticked = frozenset(number for number, _ in WEEK if f"weekday_{number}" in sent)
    return Fields(
        repeat,
        sent.get(AT, "" if shown_before else USUAL_TIME)[:LONGEST],
        ticked if shown_before else USUAL_WEEKDAYS,
        (sent.get(FIRST_DAY, USUAL_DAYS[0]), sent.get(SECOND_DAY, USUAL_DAYS[1])),
    )


def _said(fields: Fields) -> tuple[str, dict[str, str]]:
    """Return the expression that the fields say, else what is wrong with them; nothing at all of a custom repeat."""
    if fields.repeat is Repeat.CUSTOM:
        return "", {}
    wrong = dict[str, str]()
    try:
        at = typed_time(fields.at)
    except ValueError as error:
        at, wrong[AT] = time(), str(error)
    weekdays = fields.weekdays if fields.repeat is Repeat.EVERY_WEEK else frozenset[int]()
    if fields.repeat is Repeat.EVERY_WEEK and not weekdays:
        wrong[WEEKDAYS] = NO_WEEKDAY
    days = _days(fields, wrong)
    return ("", wrong) if wrong else (expression_of(Preset(fields.repeat, at, weekdays, days)), {})


def _days(fields: Fields, wrong: dict[str, str]) -> frozenset[int]:
    wanted = {Repeat.EVERY_MONTH: 1, Repeat.TWICE_A_MONTH: 2}.get(fields.repeat, 0)
    typed = fields.days[:wanted]
    for name, day in zip((FIRST_DAY, SECOND_DAY), typed, strict=False):
        if day not in DAYS:
            wrong[name] = NO_DAY
    if len(set(typed)) < len(typed):
        wrong.setdefault(SECOND_DAY, SAME_DAY)
    return frozenset(int(day) for day in typed if day in DAYS)


def _by_fields(fields: Fields, said: str, wrong: Mapping[str, str], typed: str, made: tuple[str, str], *, unseen: bool) -> ScheduleForm:
    """Return the form where the fields are meant; while they are wrong the expression stays, and they still count as changed."""
    if wrong:
        return ScheduleForm(fields, typed, None, wrong, *made)
    return replace(_made(fields, said, said), unseen=unseen)


def _by_expression(typed: str, keep: Fields | None) -> ScheduleForm:
    """Return the form where the expression is meant; who just chose custom sees that, whatever preset would hold the expression."""
    custom = keep or Fields(Repeat.CUSTOM)
    try:
        schedule = check_schedule(typed, field=EXPRESSION)
    except UnprocessableError as error:
        return replace(_made(custom, typed, None), problems={EXPRESSION: sentence(str(error))})
    return _made(keep or fields_of(preset_of(schedule)), typed, schedule)


def _made(fields: Fields, expression: str, schedule: str | None) -> ScheduleForm:
    said, _ = _said(fields)
    return ScheduleForm(fields, expression, schedule, made_fields=said, made_expression=expression)


def _asks_for_more(repeat: Repeat, made: str) -> bool:
    """Tell whether a repeat has fields that the page of another did not show."""
    if repeat is Repeat.CUSTOM:
        return False
    return made == Repeat.CUSTOM.value or repeat in {Repeat.EVERY_WEEK, Repeat.TWICE_A_MONTH, Repeat.EVERY_MONTH}


def _in_words(expression: str) -> str:
    try:
        return f"{schedule_in_words(expression)} ({expression.replace(' ', BLANK)})"
    except UnprocessableError as error:
        return sentence(str(error))
