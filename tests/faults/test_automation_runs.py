"""A run of past-due notices or account summaries meets a fault at any of its calls: it begins once, ends, counts right, repeats no mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from duebook import wiring, wiring_automation
from duebook.domain.automation import Automation
from duebook.domain.automation_runs import RunStatus
from tests.faults.billing_ground import (
    ADDRESSES,
    BY_TWO,
    NEXT_NINE,
    NINE,
    PAUSED,
    SOON_DUE,
    TODAY,
    all_mails,
    carry_out,
    lay_notices,
    lay_summaries,
    outcomes_of,
    tick,
)
from tests.faults.hooks import Fault, Site, faults_for
from tests.faults.stage import world
from tests.faults.test_sweep import LONG
from tests.faults.world import BOARD, CUSTOMER, TENANT, World

ONE_IN = 1 if LONG else 29
"""A number that shares no factor with the six or seven faults of a call meets every kind of fault."""
DYING_ONE_IN = 1 if LONG else 37


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run at nine comes to.

    Args:
        lay: The ground.
        counts: By outcome.
        mails: By customer, the kind of its mail.
    """

    automation: Automation
    lay: Callable[[World], None]
    counts: dict[str, int]
    mails: dict[str, str]


NOTICES = Wanted(
    Automation.PAST_DUE_NOTICES,
    lay_notices,
    {"sent": 2, "customer_off": 1, "nothing_to_send": 1, "paused": 1, "no_address": 1},
    {CUSTOMER: "past_due_2", BY_TWO: "past_due_1"},
)
SUMMARIES = Wanted(
    Automation.ACCOUNT_SUMMARY,
    lay_summaries,
    {"sent": 4, "customer_off": 1, "no_address": 1, "nothing_to_send": 1},
    dict.fromkeys((CUSTOMER, BY_TWO, SOON_DUE, PAUSED), "account_summary"),
)
EITHER = pytest.mark.parametrize("wanted", [NOTICES, SUMMARIES], ids=lambda wanted: wanted.automation.value)


def expected(wanted: Wanted) -> dict[tuple[str, str], int]:
    """Return one mail for each customer that gets one, and recipient."""
    return {(kind, address): 1 for customer_id, kind in wanted.mails.items() for address in ADDRESSES[customer_id]}


def at_nine(made: World, *, dies: bool = False) -> None:
    """Let the tick of nine o'clock begin the run, and its machine carry it out."""
    made.at(NINE)
    tick()
    carry_out(made, dies=dies)


def ticks_on(made: World, *minutes: float) -> None:
    """Let ticks repair what was left."""
    for pause in minutes:
        made.later(minutes=pause)
        tick()
        carry_out(made)


def play(folder: Path, wanted: Wanted, *faults: Fault) -> tuple[list[Site], list[str]]:
    """Let nine o'clock come with faults armed, then the ticks of some minutes; return the calls and what does not hold."""
    with world(folder, lay=wanted.lay) as made:
        BOARD.arm(*faults)
        at_nine(made)
        BOARD.on = False
        ticks_on(made, 1, 2)
        return list(BOARD.calls), wrong(wanted)


def wrong(wanted: Wanted) -> list[str]:
    """Say what does not hold once all is repaired."""
    runs = wiring_automation.run_store()
    found = [f"still alive: {one}" for one in runs.alive()]
    if len(taken := runs.latest(TENANT, wanted.automation, limit=5)) != 1:
        return [*found, f"{len(taken)} runs of one morning"]
    (run,) = taken
    total = sum(wanted.counts.values())
    if (run.status, run.total, run.left) != (RunStatus.DONE, total, 0):
        found.append(f"the run is {run.status} with {run.left} of {run.total} left")
    counts = {outcome.value: count for outcome, count in run.counts.items()}
    if counts != wanted.counts or outcomes_of(wanted.automation, run.run_id) != wanted.counts:
        found.append(f"counted {counts}, on record {dict(outcomes_of(wanted.automation, run.run_id))}")
    if all_mails() != expected(wanted):
        found.append(f"mails {dict(all_mails())}")
    plan = wiring_automation.automation_store().plan(TENANT, wanted.automation)
    if plan is None or plan.planned_at != NEXT_NINE:
        found.append(f"planned next: {plan}")
    if wanted is NOTICES:
        found += wrong_notes({CUSTOMER: {2: TODAY}, BY_TWO: {1: TODAY}, PAUSED: {}, SOON_DUE: {}})
        if any(key.customer_id == SOON_DUE for key in wiring.account_store().past_due(TENANT, TODAY)):
            found.append("an account without anything past due is looked at again")
    return found


def wrong_notes(wanted: dict[str, dict[int, date]]) -> list[str]:
    """Compare what customers' switches say was sent."""
    noted = wiring_automation.automation_store().many_customers(TENANT, list(wanted))
    found = {customer_id: {tier: one.on for tier, one in noted[customer_id].notices.items()} for customer_id in wanted}
    return [] if found == wanted else [f"noted {found}"]


@EITHER
def test_r70_r73_r75_whatever_fails_a_run_begins_once_ends_counts_right_and_repeats_no_mail(wanted: Wanted, tmp_path: Path):
    calls, found = play(tmp_path, wanted)
    assert found == []
    scenarios = [(number, kind) for number, site in enumerate(calls) for kind in faults_for(site)]

    for number, kind in scenarios[::ONE_IN]:
        _, found = play(tmp_path, wanted, Fault(kind, number))
        assert found == [], f"{kind} at {number}: {calls[number]}"


@EITHER
def test_r73_a_fault_as_a_run_is_begun_neither_loses_nor_doubles_it(wanted: Wanted, tmp_path: Path):
    calls, _ = play(tmp_path, wanted)
    beginning = [number for number, site in enumerate(calls) if "begin_automations" in site.place]
    assert {calls[number].operation for number in beginning} == {"Query", "GetItem", "TransactWriteItems", "StartExecution"}

    for number in beginning:
        for kind in faults_for(calls[number]):
            _, found = play(tmp_path, wanted, Fault(kind, number))
            assert found == [], f"{kind} at {number}: {calls[number]}"


@EITHER
def test_r75_a_run_that_dies_is_given_up_and_its_notices_are_lost_at_most_and_never_repeated(wanted: Wanted, tmp_path: Path):
    calls, _ = play(tmp_path, wanted)
    first = next(number for number, site in enumerate(calls) if "begin_automations" not in site.place)
    scenarios = [(number, kind) for number in range(first, len(calls)) for kind in ("crash_before", "crash_after")]

    for number, kind in scenarios[::DYING_ONE_IN]:
        found = died(tmp_path, wanted, Fault(kind, number))
        assert found == [], f"{kind} at {number}: {calls[number]}"


def died(folder: Path, wanted: Wanted, fault: Fault) -> list[str]:
    """Let a run die at a fault with nobody to retry it, and the runs of the next seven mornings go well; say what does not hold."""
    with world(folder, lay=wanted.lay) as made:
        BOARD.arm(fault)
        at_nine(made, dies=True)
        BOARD.on = False
        ticks_on(made, 50)
        runs, found = wiring_automation.run_store(), list[str]()
        (run,) = runs.latest(TENANT, wanted.automation, limit=5)
        # One that died when all of it was on record is done, and told so.
        is_done = run.total is not None and not run.left
        if run.status is not (RunStatus.DONE if is_done else RunStatus.FAILED) or runs.alive():
            found.append(f"the run is {run.status}, alive {runs.alive()}")
        if {outcome.value: count for outcome, count in run.counts.items()} != outcomes_of(wanted.automation, run.run_id):
            found.append(f"counted {run.counts}, on record {outcomes_of(wanted.automation, run.run_id)}")
        for days in range(1, 8):
            made.at(NINE + timedelta(days=days))
            tick()
            carry_out(made)
        found += [f"morning {run.run_id} is {run.status}" for run in runs.latest(TENANT, wanted.automation, limit=7) if run.left]
        return found + (wrong_week() if wanted is NOTICES else [])


def wrong_week() -> list[str]:
    """Say where, in a week with a morning that failed, a notice is repeated too soon, or lost where none was noted before its mail."""
    found, lost = [], 0
    for customer_id in (CUSTOMER, BY_TWO):
        days = days_of(customer_id)
        for kind, on in days.items():
            found += [f"{kind} on {before} and on {after}" for before, after in pairwise(on) if after - before < timedelta(7)]
        # By the eighth morning each recipient has a notice of this week at least; where the mail was lost with its note, that is the first.
        wanted = {(NOTICES.mails[customer_id], address) for address in ADDRESSES[customer_id]}
        found += [f"{customer_id} never heard: {missing}" for missing in wanted - set(days)]
        lost += any(min(on) > TODAY + timedelta(1) for on in days.values())
    return [*found, *([f"{lost} customers lost a notice"] if lost > 1 else [])]


def days_of(customer_id: str) -> dict[tuple[str, str], list[date]]:
    """Return the days on which a customer was mailed, by kind and address."""
    days: dict[tuple[str, str], list[date]] = {}
    for mail in wiring.email_store().of_customer(TENANT, customer_id, limit=100):
        days.setdefault((mail.kind.value, mail.to), []).append(mail.created_at.date())
    return {name: sorted(on) for name, on in days.items()}
