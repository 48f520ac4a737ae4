"""Presets and expressions in step, both ways; nothing is ever rewritten (R73)."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from duebook.domain.schedule_presets import Preset, Repeat, expression_of, preset_of
from duebook.errors import UnprocessableError

AT = time(8, 30)


@pytest.mark.parametrize(
    ("preset", "expression"),
    [
        (Preset(Repeat.EVERY_DAY, AT), "30 8 * * *"),
        (Preset(Repeat.WEEKDAYS, AT), "30 8 * * 1-5"),
        (Preset(Repeat.EVERY_WEEK, AT, weekdays=frozenset({1})), "30 8 * * 1"),
        (Preset(Repeat.EVERY_WEEK, AT, weekdays=frozenset({5, 0, 3})), "30 8 * * 0,3,5"),
        (Preset(Repeat.EVERY_WEEK, AT, weekdays=frozenset({1, 2, 3, 4, 5})), "30 8 * * 1,2,3,4,5"),
        (Preset(Repeat.TWICE_A_MONTH, AT, days=frozenset({15, 1})), "30 8 1,15 * *"),
        (Preset(Repeat.EVERY_MONTH, AT, days=frozenset({31})), "30 8 31 * *"),
        (Preset(Repeat.LAST_DAY, time(0)), "0 0 L * *"),
        (Preset(Repeat.CUSTOM, expression="0 8 1 * 1"), "0 8 1 * 1"),
    ],
)
def test_a_preset_has_one_expression_and_is_found_by_it(preset: Preset, expression: str):
    assert expression_of(preset) == expression
    assert preset_of(expression) == preset


@pytest.mark.parametrize(
    "expression",
    [
        "00 8 * * *",
        "0 08 * * 1",
        "0 * * * *",
        "0 8,12 * * *",
        "0 8 * 1 *",
        "0 8 * * MON",
        "0 8 * * mon-fri",
        "0 8 * * 7",
        "0 8 * * 3,1",
        "0 8 * * 1,1",
        "0 8 15,1 * *",
        "0 8 01 * *",
        "0 8 1,1 * *",
        "0 8 1,10,20 * *",
        "0 8 1 * 1",
        "0 8 L * 1",
        "0 8 l * *",
        "0 8 LW * *",
        "0 8 * * 5L",
        "0 8 */2 * *",
    ],
)
def test_what_no_preset_would_write_is_custom_and_stays_as_it_is(expression: str):
    assert preset_of(expression) == Preset(Repeat.CUSTOM, expression=expression)
    assert expression_of(preset_of(expression)) == expression


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"repeat": Repeat.EVERY_WEEK}, "weekdays"),
        ({"repeat": Repeat.EVERY_WEEK, "weekdays": frozenset({7})}, "weekdays"),
        ({"repeat": Repeat.EVERY_DAY, "weekdays": frozenset({1})}, "weekdays"),
        ({"repeat": Repeat.EVERY_MONTH}, "days"),
        ({"repeat": Repeat.EVERY_MONTH, "days": frozenset({0})}, "days"),
        ({"repeat": Repeat.EVERY_MONTH, "days": frozenset({32})}, "days"),
        ({"repeat": Repeat.TWICE_A_MONTH, "days": frozenset({1})}, "days"),
        ({"repeat": Repeat.TWICE_A_MONTH, "days": frozenset({1, 2, 3})}, "days"),
        ({"repeat": Repeat.LAST_DAY, "days": frozenset({1})}, "days"),
        ({"repeat": Repeat.EVERY_DAY, "at": time(8, 0, 1)}, "time"),
        ({"repeat": Repeat.CUSTOM}, "expression"),
        ({"repeat": Repeat.EVERY_DAY, "expression": "0 8 * * *"}, "expression"),
    ],
)
def test_a_preset_without_what_its_repeat_asks_for_is_refused(fields: dict[str, Any], named: str):
    with pytest.raises(UnprocessableError, match=r"^(every|a) ") as refused:
        Preset(**fields)

    assert refused.value.facts["field"] == named


@pytest.mark.parametrize("read", [preset_of, lambda expression: expression_of(Preset(Repeat.CUSTOM, expression=expression))])
def test_an_expression_that_is_none_is_refused(read: Any):
    with pytest.raises(UnprocessableError, match="the hour “25” is not understood"):
        read("0 25 * * *")
