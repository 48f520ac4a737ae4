"""The schedule editor: repeat and expression stay in step both ways, and what somebody changed is never taken silently (R73)."""

from __future__ import annotations

from datetime import time

import pytest

from duebook.domain.schedule_presets import Repeat
from duebook.web import schedule_form as editor
from duebook.web.schedule_form import ScheduleForm, read_schedule_form, schedule_form, typed_time


def sent(form: ScheduleForm, **changes: str) -> dict[str, str]:
    """Write the fields that a browser sends of a page made with a form, with changes; an empty change leaves the field out."""
    fields = form.fields
    found = {
        "made_repeat": fields.repeat.value,
        "made_fields": form.made_fields,
        "made_expression": form.made_expression,
        "repeat": fields.repeat.value,
        "expression": form.expression,
    }
    if fields.repeat is not Repeat.CUSTOM:
        found["at"] = fields.at
    if fields.repeat is Repeat.EVERY_WEEK:
        found |= {f"weekday_{number}": "1" for number in fields.weekdays}
    if fields.repeat in {Repeat.EVERY_MONTH, Repeat.TWICE_A_MONTH}:
        found["day_1"] = fields.days[0]
    if fields.repeat is Repeat.TWICE_A_MONTH:
        found["day_2"] = fields.days[1]
    return {name: value for name, value in (found | changes).items() if value}


def changed(made_with: str, /, **changes: str) -> ScheduleForm:
    return read_schedule_form(sent(schedule_form(made_with), **changes))


@pytest.mark.parametrize(
    "expression",
    ["0 8 * * *", "0 9 * * 1-5", "30 7 * * 1,4", "0 8 1,15 * *", "0 8 31 * *", "0 18 L * *", "0 */4 * * *", "0 8 * * MON", "00 8 * * *"],
)
def test_a_page_that_nobody_changed_says_the_schedule_it_was_made_with(expression: str):
    form = changed(expression)

    assert (form.schedule, form.expression, dict(form.problems)) == (expression, expression, {})


@pytest.mark.parametrize(
    ("changes", "expression"),
    [
        ({"at": "17:30"}, "30 17 * * 1-5"),
        ({"at": "5:30 pm"}, "30 17 * * 1-5"),
        ({"repeat": "every_day"}, "0 9 * * *"),
        ({"repeat": "every_week"}, "0 9 * * 1"),
        ({"repeat": "twice_a_month"}, "0 9 1,15 * *"),
        ({"repeat": "every_month"}, "0 9 1 * *"),
        ({"repeat": "last_day_of_month"}, "0 9 L * *"),
    ],
)
def test_the_expression_follows_the_repeat(changes: dict[str, str], expression: str):
    form = changed("0 9 * * 1-5", **changes)

    assert (form.schedule, form.expression, form.made_expression) == (expression, expression, expression)


@pytest.mark.parametrize(
    ("typed", "repeat"),
    [
        ("0 8 * * *", Repeat.EVERY_DAY),
        ("0 8 * * 2,5", Repeat.EVERY_WEEK),
        ("0 8 1,15 * *", Repeat.TWICE_A_MONTH),
        ("0 8 7 * *", Repeat.EVERY_MONTH),
        ("0 8 L * *", Repeat.LAST_DAY),
        ("0 8 1 1 *", Repeat.CUSTOM),
        ("0 8 * * MON-FRI", Repeat.CUSTOM),
    ],
)
def test_the_repeat_follows_the_expression_which_is_never_rewritten(typed: str, repeat: Repeat):
    form = changed("0 9 * * 1-5", expression=typed)

    assert (form.fields.repeat, form.expression, form.schedule) == (repeat, typed, typed)


def test_the_fields_follow_the_expression():
    form = changed("0 9 * * 1-5", expression="45 6 * * 0,3")

    assert (form.fields.at, form.fields.weekdays) == ("06:45", frozenset({0, 3}))


def test_blanks_alone_are_no_change():
    assert changed("0 9 * * 1-5", expression="  0  9 * * 1-5 ").schedule == "0 9 * * 1-5"


def test_an_expression_that_is_none_says_why_and_stays_as_typed():
    form = changed("0 9 * * 1-5", expression="0 9 31 2 *")

    assert form.schedule is None
    assert form.expression == "0 9 31 2 *"
    assert form.problems == {"expression": "This schedule never runs: no month of it has such a day."}


def test_more_often_than_hourly_is_refused_with_the_reason():
    assert "hourly at most" in changed("0 9 * * 1-5", expression="*/15 * * * *").problems["expression"]


def test_a_wrong_expression_gives_way_to_a_repeat_that_is_chosen_then():
    wrong = changed("0 9 * * 1-5", expression="nonsense")

    form = read_schedule_form(sent(wrong, repeat="every_day"))

    assert (form.schedule, form.expression) == ("0 8 * * *", "0 8 * * *")


def test_fields_that_are_wrong_say_so_and_count_as_changed_until_they_are_right():
    wrong = changed("30 7 * * 1,4", weekday_1="", weekday_4="")
    mended = read_schedule_form(sent(wrong, weekday_2="1"))

    assert (wrong.schedule, wrong.problems) == (None, {"weekday_1": editor.NO_WEEKDAY})
    assert (mended.schedule, mended.expression) == ("30 7 * * 2", "30 7 * * 2")


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"at": "25:00"}, {"at": editor.NO_TIME}),
        ({"at": ""}, {"at": editor.NO_TIME}),
        ({"day_1": "15"}, {"day_2": editor.SAME_DAY}),
        ({"day_1": "0"}, {"day_1": editor.NO_DAY}),
    ],
)
def test_each_field_tells_what_is_wrong_with_it(changes: dict[str, str], problems: dict[str, str]):
    assert changed("0 8 1,15 * *", **changes).problems == problems


def test_both_changed_to_the_same_is_no_question():
    assert changed("0 9 * * 1-5", repeat="every_day", expression="0 9 * * *").schedule == "0 9 * * *"


def test_both_changed_asks_which_is_meant_and_keeps_both():
    form = changed("0 9 * * 1-5", repeat="every_day", expression="0 10 1 * *")

    assert (form.schedule, form.fields.repeat, form.expression) == (None, Repeat.EVERY_DAY, "0 10 1 * *")
    assert form.problems == {"meant": editor.BOTH_CHANGED}
    assert form.choices == (
        ("fields", "At 09:00 every day (0\u00a09\u00a0*\u00a0*\u00a0*)"),
        ("expression", "At 10:00 on day 1 of the month (0\u00a010\u00a01\u00a0*\u00a0*)"),
    )


@pytest.mark.parametrize(("meant", "schedule"), [("fields", "0 9 * * *"), ("expression", "0 10 1 * *"), ("", None)])
def test_the_answer_to_that_question_decides_and_without_one_it_is_asked_again(meant: str, schedule: str | None):
    asked = changed("0 9 * * 1-5", repeat="every_day", expression="0 10 1 * *")

    form = read_schedule_form(sent(asked, meant=meant))

    assert form.schedule == schedule
    assert bool(form.choices) == (schedule is None)


def test_who_chooses_custom_keeps_the_expression_and_sees_custom():
    form = changed("0 9 * * 1-5", repeat="custom")

    assert (form.fields.repeat, form.schedule) == (Repeat.CUSTOM, "0 9 * * 1-5")


def test_custom_with_another_expression_is_that_expression():
    assert changed("0 9 * * 1-5", repeat="custom", expression="0 9 1 1 *").schedule == "0 9 1 1 *"


@pytest.mark.parametrize(
    ("expression", "repeat", "unseen"),
    [
        ("0 9 * * 1-5", "every_day", False),
        ("0 9 * * 1-5", "every_week", True),
        ("0 9 * * 1-5", "every_month", True),
        ("0 */4 * * *", "every_day", True),
        ("0 */4 * * *", "custom", False),
    ],
)
def test_a_repeat_whose_fields_nobody_has_seen_is_shown_before_it_is_saved(expression: str, repeat: str, *, unseen: bool):
    form = changed(expression, repeat=repeat).for_saving()

    assert (form.schedule is None) == unseen
    assert (form.problems == {"repeat": editor.LOOK_AGAIN}) == unseen


def test_once_they_were_seen_they_are_saved():
    shown = changed("0 9 * * 1-5", repeat="every_week").for_saving()

    assert read_schedule_form(sent(shown)).for_saving().schedule == "0 9 * * 1"


@pytest.mark.parametrize(
    ("text", "at"),
    [("8", time(8)), ("08:00", time(8)), ("8.15", time(8, 15)), ("1730", time(17, 30)), ("12 am", time(0)), ("12:05 PM", time(12, 5)),
     ("5 p.m.", time(17)), ("23:59", time(23, 59))],
)  # fmt: skip
def test_times_are_read_as_people_type_them(text: str, at: time):
    assert typed_time(text) == at


@pytest.mark.parametrize("text", ["", "noon", "24:00", "8:60", "13 pm", "0 am", "8:0", "8:00pmm"])
def test_what_is_no_time_is_told(text: str):
    with pytest.raises(ValueError, match="such as 08:00"):
        typed_time(text)


def test_a_form_that_says_nothing_is_asked_for_its_expression():
    assert list(read_schedule_form({}).problems) == ["expression"]
