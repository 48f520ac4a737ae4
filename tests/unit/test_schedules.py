"""When schedules run: what is refused, clock changes in many zones, and what the runner does about a stored plan (R73)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duebook.domain.schedules import LONGEST, Settlement, check_schedule, next_run, next_runs, settle_schedule
from duebook.errors import UnprocessableError

NEW_YORK = "America/New_York"
MONDAYS = "0 8 * * 1"


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def runs(expression: str, zone: str, after: str, count: int) -> list[str]:
    return [f"{run.local:%Y-%m-%d %H:%M %z}" for run in next_runs(expression, zone, local(after, zone), count)]


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ("0 8 * * 1", "0 8 * * 1"),
        ("  0\t8  * *   1 \n", "0 8 * * 1"),
        ("00 08 * * mon", "00 08 * * mon"),
        ("0 * * * *", "0 * * * *"),
        ("0 8 29 2 *", "0 8 29 2 *"),
        ("0 8 31 2 1", "0 8 31 2 1"),
        ("0 8 L * *", "0 8 L * *"),
        ("0 8 LW * *", "0 8 LW * *"),
        ("0 8 * * 5L", "0 8 * * 5L"),
        ("0 8 * * TUE#2", "0 8 * * TUE#2"),
        ("*/60 9-17/2 * JAN-MAR MON-FRI", "*/60 9-17/2 * JAN-MAR MON-FRI"),
        ("30,30 8 * * *", "30,30 8 * * *"),
    ],
)
def test_a_valid_schedule_is_kept_as_typed_but_for_its_blanks(typed: str, expression: str):
    assert check_schedule(typed) == expression


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "five fields .* this one has 0"),
        ("0 8 * *", "five fields .* this one has 4"),
        ("0 0 8 * * 1", "five fields .* this one has 6"),
        ("@daily", "five fields .* this one has 1"),
        ("60 8 * * *", "the minute “60” is not understood; it goes from 0 to 59"),
        ("0 24 * * *", "the hour “24” is not understood"),
        ("0 -1 * * *", "the hour “-1” is not understood"),
        ("0 8 0 * *", "the day of the month “0” is not understood"),
        ("0 8 ? * *", r"the day of the month “\?” is not understood"),
        ("0 8 * 13 *", "the month “13” is not understood"),
        ("0 8 * January *", "the month “January” is not understood"),
        ("0 8 * * 8", "the weekday “8” is not understood"),
        ("0 8 * * FRI-SUN", "the weekday “FRI-SUN” is not understood"),
        ("0 8 * * 1#6", "the weekday “1#6” is not understood"),
        ("0 8 * * 1,", "the weekday “1,” is not understood"),
        ("0 8 * * \u017fun", "the weekday “\u017fun” is not understood"),
        ("0 ٨ * * *", "the hour “٨” is not understood"),
        ("0 */0 * * *", r"the hour “\*/0” is not understood"),
        ("0 8 31 2 *", "never runs: no month of it has such a day"),
        ("0 8 30-31 FEB *", "never runs: no month of it has such a day"),
        ("0 8 31 4,6,9,11 *", "never runs: no month of it has such a day"),
        ("0 8 */3 2 1#5", "never runs: no such day ever comes"),
        ("0 8 LW * */6", "never runs: no such day ever comes"),
        ("* * * * *", "hourly at most"),
        ("*/30 * * * *", "hourly at most"),
        ("0,30 8 * * *", "hourly at most"),
        ("0-1 8 1 1 *", "hourly at most"),
        ("*/45 8 * * *", "hourly at most"),
        ("0 8 * * " + "1" * LONGEST, "at most 100 characters"),
        ("1" * 1_000_000, "at most 100 characters"),
        ("0 8 * * */" + "9" * 80 + "x", "the weekday .* is not understood"),
    ],
)
def test_what_cannot_run_or_runs_too_often_is_refused_with_a_reason(typed: str, reason: str):
    with pytest.raises(UnprocessableError, match=reason) as refused:
        check_schedule(typed)

    assert refused.value.facts["field"] == "schedule"


def test_a_complaint_bears_the_name_that_the_caller_gives_it():
    with pytest.raises(UnprocessableError, match="this one has 1") as refused:
        check_schedule("often", field="account_summary.schedule")

    assert refused.value.facts["field"] == "account_summary.schedule"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 8 * * 1", ["2026-03-02", "2026-03-09", "2026-03-16"]),
        ("0 8 * * 7", ["2026-03-01", "2026-03-08", "2026-03-15"]),
        ("0 8 1,15 * *", ["2026-03-01", "2026-03-15", "2026-04-01"]),
        ("0 8 L * *", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("0 8 L 2 *", ["2026-02-28", "2027-02-28", "2028-02-29"]),
        ("0 8 LW * *", ["2026-02-27", "2026-03-31", "2026-04-30"]),
        ("0 8 * * 5L", ["2026-02-27", "2026-03-27", "2026-04-24"]),
        ("0 8 * * 2#2", ["2026-03-10", "2026-04-14", "2026-05-12"]),
        ("0 8 31 * *", ["2026-03-31", "2026-05-31", "2026-07-31"]),
        ("0 8 29 2 *", ["2028-02-29", "2032-02-29", "2036-02-29"]),
        ("0 8 3 * 1", ["2026-03-02", "2026-03-03", "2026-03-09"]),
        ("0 8 31 2 1", ["2027-02-01", "2027-02-08", "2027-02-15"]),
        ("0 8 */2 * 1", ["2026-03-09", "2026-03-23", "2026-04-13"]),
    ],
)
def test_the_days_of_a_schedule(expression: str, expected: list[str]):
    found = next_runs(expression, NEW_YORK, local("2026-02-26T12:00", NEW_YORK), 3)

    assert [str(run.local.date()) for run in found] == expected


def test_the_next_run_lies_strictly_after_the_instant_that_was_asked_for():
    at = datetime(2026, 1, 5, 13, 0, tzinfo=UTC)

    assert next_run(MONDAYS, NEW_YORK, at - timedelta(microseconds=1)) == at
    assert next_run(MONDAYS, NEW_YORK, at) == at + timedelta(days=7)
    assert next_run(MONDAYS, NEW_YORK, at).tzinfo is UTC


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        # Skipped: 2:00 to 3:00 on March 8.
        ("30 2 * * *", "America/New_York", "2026-03-07T03:00", ["2026-03-08 03:00 -0400", "2026-03-09 02:30 -0400"]),
        ("0 2 * * *", "America/Chicago", "2026-03-07T03:00", ["2026-03-08 03:00 -0500", "2026-03-09 02:00 -0500"]),
        (
            "0 * * * *",
            "America/Chicago",
            "2026-03-08T00:30",
            ["2026-03-08 01:00 -0600", "2026-03-08 03:00 -0500", "2026-03-08 04:00 -0500"],
        ),
        (
            "30 * * * *",
            "America/New_York",
            "2026-03-08T01:00",
            ["2026-03-08 01:30 -0500", "2026-03-08 03:30 -0400", "2026-03-08 04:30 -0400"],
        ),
        ("30 2,3 * * *", "America/New_York", "2026-03-08T00:00", ["2026-03-08 03:30 -0400", "2026-03-09 02:30 -0400"]),
        (
            "30 1,2 * * *",
            "America/New_York",
            "2026-03-08T00:00",
            ["2026-03-08 01:30 -0500", "2026-03-08 03:00 -0400", "2026-03-09 01:30 -0400"],
        ),
        ("15 2 * * *", "Europe/Berlin", "2026-03-28T12:00", ["2026-03-29 03:00 +0200", "2026-03-30 02:15 +0200"]),
        ("30 2 * 3 SUN#2", "America/New_York", "2026-01-01T00:00", ["2026-03-08 03:00 -0400", "2027-03-14 03:00 -0400"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", ["2026-10-04 02:30 +1100", "2026-10-05 02:15 +1100"]),
        ("45 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", ["2026-10-04 02:45 +1100", "2026-10-05 02:45 +1100"]),
        ("0 8 * * *", "Pacific/Apia", "2011-12-29T12:00", ["2011-12-31 00:00 +1400", "2011-12-31 08:00 +1400"]),
        ("0 0 * * *", "Pacific/Apia", "2011-12-29T12:00", ["2011-12-31 00:00 +1400", "2012-01-01 00:00 +1400"]),
        ("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00", ["2026-04-24 01:00 +0300", "2026-04-25 00:00 +0300"]),
        # Twice: 1:00 to 2:00 on November 1.
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00", ["2026-11-01 01:30 -0400", "2026-11-02 01:30 -0500"]),
        (
            "0 * * * *",
            "America/New_York",
            "2026-11-01T00:30",
            ["2026-11-01 01:00 -0400", "2026-11-01 02:00 -0500", "2026-11-01 03:00 -0500"],
        ),
        ("0 2 * * *", "Europe/Berlin", "2026-10-24T12:00", ["2026-10-25 02:00 +0200", "2026-10-26 02:00 +0100"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00", ["2026-04-05 01:45 +1100", "2026-04-06 01:45 +1030"]),
        # No clock changes.
        ("30 2 * * *", "Asia/Kolkata", "2026-03-08T00:00", ["2026-03-08 02:30 +0530", "2026-03-09 02:30 +0530"]),
        ("0 8 * * *", "UTC", "2026-03-08T00:00", ["2026-03-08 08:00 +0000"]),
    ],
)
def test_a_skipped_time_runs_once_after_the_gap_and_a_repeated_one_once(expression: str, zone: str, after: str, expected: list[str]):
    assert runs(expression, zone, after, len(expected)) == expected


def test_in_the_second_of_two_equal_hours_the_run_of_the_first_does_not_come_again():
    second_ten_past_one = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)

    assert next_run("30 1 * * *", NEW_YORK, second_ten_past_one) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
    assert next_run("30 * * * *", NEW_YORK, second_ten_past_one) == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "after", "notes"),
    [
        ("30 2 * * *", NEW_YORK, "2026-03-07T12:00", ["2:30 does not exist on Mar 8; runs at 3:00", None]),
        ("30 * * * *", NEW_YORK, "2026-03-08T01:00", [None, "2:30 does not exist on Mar 8; runs at 3:30", None]),
        ("30 1 * * *", NEW_YORK, "2026-10-31T12:00", ["1:30 comes twice on Nov 1; runs the first time only", None]),
        ("0 8 * * *", "Pacific/Apia", "2011-12-29T12:00", ["8:00 does not exist on Dec 30; runs at 0:00 on Dec 31", None]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", ["2:15 does not exist on Oct 4; runs at 2:30", None]),
        ("30 2 * * *", "Asia/Kolkata", "2026-03-07T12:00", [None, None]),
    ],
)
def test_a_clock_change_is_told_in_words(expression: str, zone: str, after: str, notes: list[str | None]):
    assert [run.note for run in next_runs(expression, zone, local(after, zone), len(notes))] == notes


def test_a_run_is_told_the_same_whenever_it_is_asked_for():
    gap_end = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)

    early, late = (next_runs("30 * * * *", NEW_YORK, gap_end + timedelta(minutes=moved), 1)[0] for moved in (-20, 20))

    assert early == late


PLANNED = datetime(2026, 1, 5, 13, 0, tzinfo=UTC)
COMPUTED = PLANNED - timedelta(days=7)


@pytest.mark.parametrize(
    ("now", "computed_at", "settled"),
    [
        (PLANNED - timedelta(seconds=1), COMPUTED, Settlement(run_now=False, next_at=PLANNED)),
        (PLANNED, COMPUTED, Settlement(run_now=True, next_at=PLANNED + timedelta(days=7))),
        (PLANNED + timedelta(days=40), COMPUTED, Settlement(run_now=True, next_at=PLANNED + timedelta(days=42))),
        # The clock was set back by a month: nothing runs, and the plan is made anew.
        (PLANNED - timedelta(days=30), COMPUTED, Settlement(run_now=False, next_at=PLANNED - timedelta(days=28))),
        # Another machine's clock is half a second ahead: what it planned stands, and the last run does not come again.
        (COMPUTED - timedelta(seconds=0.5), COMPUTED, Settlement(run_now=False, next_at=PLANNED)),
    ],
)
def test_a_stored_plan_is_run_once_or_made_anew_where_the_clock_was_set_back(now: datetime, computed_at: datetime, settled: Settlement):
    assert settle_schedule(MONDAYS, NEW_YORK, planned_at=PLANNED, computed_at=computed_at, now=now) == settled


def test_a_stored_expression_that_is_none_is_refused():
    with pytest.raises(UnprocessableError, match="five fields"):
        next_run("nonsense", NEW_YORK, PLANNED)
