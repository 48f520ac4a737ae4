"""Whatever happens to an account, it is looked at on every day on which something of it is past due (R75, docs/decisions/0047)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.domain.account import Account
from duebook.domain.open_items import is_overdue
from duebook.domain.past_due_watch import day_to_look_again, watched_from
from tests.account_walks import FIRST_DAY, STEPS, Step, Walk
from tests.builders import KEY

DAYS = st.integers(0, 130)


@dataclass(frozen=True, slots=True)
class Look:
    """A run looks at the account on a day; ``meanwhile`` a commit is under way that read the account before."""

    days: int
    meanwhile: Step | None = None


HISTORIES = st.lists(st.one_of(STEPS, st.builds(Look, DAYS), st.builds(Look, DAYS, STEPS)), max_size=40)


def committed(account: Account, was: date | None, step: Step, walk: Walk) -> tuple[Account, date | None]:
    """Carry out a step as a commit does that read the account and its day."""
    after, entries = walk.taken(account, step)
    return (after, watched_from(was, account.open_items, after.open_items)) if entries else (account, was)


def looked(account: Account, was: date | None, today: date) -> date | None:
    """Put the day off as a run does."""
    again = day_to_look_again(account.open_items, today)
    return again if again and was else was


def holds(account: Account, watched: date | None) -> None:
    """Check the day against every day on which something could be past due."""
    for days in range(0, 135, 3):
        today = FIRST_DAY + timedelta(days)
        late = any(is_overdue(item, today) for item in account.open_items)
        assert not late or (watched is not None and watched <= today), f"late on {today}, looked at from {watched} on"
    assert account.open_items or watched is None


@given(HISTORIES)
@settings(deadline=None)
def test_r75_an_account_with_something_past_due_is_looked_at_that_day(history: list[Step | Look]):
    account, watched, walk = Account(KEY), None, Walk()
    for step in history:
        match step:
            case Step():
                account, watched = committed(account, watched, step, walk)
            case Look(days, None):
                watched = looked(account, watched, FIRST_DAY + timedelta(days))
            case Look(days, meanwhile) if meanwhile:
                # The commit read the day of before, and writes what follows from it over what the run wrote.
                put_off = looked(account, watched, FIRST_DAY + timedelta(days))
                holds(account, put_off)
                before = account
                account, watched = committed(account, watched, meanwhile, walk)
                watched = put_off if account is before else watched

        holds(account, watched)


@given(st.lists(STEPS, min_size=12, max_size=30), DAYS)
@settings(deadline=None)
def test_an_account_without_anything_past_due_is_looked_at_once_for_nothing_and_not_again(history: list[Step], days: int):
    account, watched, walk = Account(KEY), None, Walk()
    for step in history:
        account, watched = committed(account, watched, step, walk)
    today = FIRST_DAY + timedelta(days)

    watched = looked(account, watched, today)

    late = any(is_overdue(item, today) for item in account.open_items)
    assert late == (watched is not None and watched <= today)
