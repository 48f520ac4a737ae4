"""Schedules in words, which must be true of every expression (R73)."""

from __future__ import annotations

import pytest

from duebook.domain.schedule_words import schedule_in_words
from duebook.domain.schedules import check_schedule
from duebook.errors import UnprocessableError


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 8 * * 1", "At 08:00 on Monday"),
        ("0 8 * * MON", "At 08:00 on Monday"),
        ("0 8 * * 7", "At 08:00 on Sunday"),
        ("0 8 * * 1-5", "At 08:00 on Monday through Friday"),
        ("5 8 * * 6,0", "At 08:05 on Saturday and Sunday"),
        ("0 8 * * 1,3,5", "At 08:00 on Monday, Wednesday and Friday"),
        ("0 8 * * *", "At 08:00 every day"),
        ("0 8 * * 0-6", "At 08:00 every day"),
        ("0 * * * *", "At minute 0 of every hour"),
        ("30 * * * 1", "At minute 30 of every hour on Monday"),
        ("30 9-17 * * 1-5", "Every hour from 09:30 through 17:30 on Monday through Friday"),
        ("15 */2 * * *", "Every 2 hours from 00:15 through 22:15 every day"),
        ("0 8,12,16 * * *", "At 08:00, 12:00 and 16:00 every day"),
        ("0 0-4,9 * * *", "At 00:00, 01:00, 02:00, 03:00, 04:00 and 09:00 every day"),
        ("0 8 1,15 * *", "At 08:00 on day 1 and 15 of the month"),
        ("0 8 1-5,10 * *", "At 08:00 on day 1 through 5 and 10 of the month"),
        ("0 8 */3 * *", "At 08:00 on every 3rd day of the month from 1 through 31"),
        ("0 8 L * *", "At 08:00 on the last day of the month"),
        ("0 8 15,L * *", "At 08:00 on day 15 of the month and on the last day of the month"),
        ("0 8 LW 3-5 *", "At 08:00 on the last weekday (Monday through Friday) of the month, in March through May"),
        ("0 8 * * 5L,2#2", "At 08:00 on the second Tuesday of the month and on the last Friday of the month"),
        ("0 8 * 1,7 *", "At 08:00 every day, in January and July"),
        ("0 * * 1 *", "At minute 0 of every hour, in January"),
    ],
)
def test_a_schedule_is_told_in_words(expression: str, words: str):
    assert schedule_in_words(expression) == words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 8 1 * 1", "At 08:00 on day 1 of the month or on Monday"),
        ("0 8 1,15 1,7 1,5", "At 08:00 on day 1 and 15 of the month or on Monday and Friday, in January and July"),
        ("0 8 31 2 1", "At 08:00 on day 31 of the month or on Monday, in February"),
        ("0 8 L * 1#1,3", "At 08:00 on the last day of the month or on Wednesday and on the first Monday of the month"),
        ("0 8 1-31 * 1", "At 08:00 every day"),
        ("0 8 1 * 0-6", "At 08:00 every day"),
    ],
)
def test_a_day_of_the_month_and_a_weekday_are_told_with_or(expression: str, words: str):
    assert schedule_in_words(expression) == words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 8 */1 * 1", "At 08:00 on Monday"),
        ("0 8 */2 * 1", "At 08:00 on every 2nd day of the month from 1 through 31, but only if that day is Monday"),
        ("0 8 1 * */2", "At 08:00 on day 1 of the month, but only if that day is Tuesday, Thursday, Saturday or Sunday"),
    ],
)
def test_a_field_that_begins_with_a_star_is_told_as_a_condition(expression: str, words: str):
    assert schedule_in_words(expression) == words


def test_what_is_no_schedule_has_no_words():
    with pytest.raises(UnprocessableError, match="hourly at most"):
        schedule_in_words("* * * * *")


def test_the_words_are_told_of_what_was_typed_with_its_blanks():
    typed = "  0   8 * *  1"

    assert schedule_in_words(typed) == schedule_in_words(check_schedule(typed))
