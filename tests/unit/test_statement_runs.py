"""When a run of statements counts as left by everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from duebook.domain.statement_runs import GIVE_UP_AFTER, Delivery, RunStatus, StatementRun, is_forsaken
from duebook.domain.statements import StatementKind, StatementWish

NOW = datetime(2026, 11, 22, 10, 47, tzinfo=UTC)


def touched(at: datetime) -> StatementRun:
    wish = StatementWish(StatementKind.OPEN_ITEMS, NOW.date())
    return StatementRun("ten_1", "stm_1", wish, Delivery.EMAIL, NOW - timedelta(hours=2), "stf_1", status=RunStatus.RUNNING, touched_at=at)


@pytest.mark.parametrize("moved", [timedelta(seconds=2), timedelta(0), timedelta(minutes=-44)])
def test_a_run_that_moved_on_lately_or_while_the_tick_was_reading_is_at_work(moved: timedelta):
    assert not is_forsaken(touched(NOW + moved), NOW)


@pytest.mark.parametrize("moved", [-GIVE_UP_AFTER, GIVE_UP_AFTER])
def test_a_run_that_moved_long_ago_or_by_a_clock_that_was_set_back_is_left(moved: timedelta):
    assert is_forsaken(touched(NOW + moved), NOW)
