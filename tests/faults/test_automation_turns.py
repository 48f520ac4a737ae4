"""Several ticks, workers and people at billing automation at once, their calls interleaved by a seeded dice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from duebook import wiring, wiring_automation, wiring_automation_runs
from duebook.domain.automation import Automation, PastDueNotices
from duebook.domain.automation_runs import RunStatus
from duebook.errors import ConflictError
from duebook.runtime.clock import utc_now
from duebook.storage.account_store import AccountStore
from duebook.storage.email_store import EmailStore
from duebook.usecases.begin_automations import look_after_automations
from duebook.usecases.change_automation import Pause, put_customer_automation
from duebook.usecases.mail_new_invoices import mail_new_invoices
from duebook.usecases.run_automation import Task, end_automation, prepare_automation, work_on_automation
from tests.faults import test_new_invoices as news
from tests.faults.billing_ground import (
    ADDRESSES,
    BY_TWO,
    NEXT_NINE,
    NINE,
    TODAY,
    all_mails,
    carry_out,
    lay_new_invoices,
    lay_notices,
    outcomes_of,
    switch_on,
    tick,
)
from tests.faults.stage import world
from tests.faults.test_automation_runs import NOTICES, expected
from tests.faults.test_sweep import LONG
from tests.faults.turns import Turns
from tests.faults.world import BOARD, CUSTOMER, TENANT

SEEDS = 400 if LONG else 12
Actors = Mapping[str, Callable[[], object]]


@pytest.fixture(autouse=True)
def pauses_are_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for another writer lets the others go on, and sleeps no real time."""
    for store, name in ((AccountStore, "pause"), (EmailStore, "_pause")):
        monkeypatch.setattr(store, name, lambda _self, _attempt: BOARD.turn() if BOARD.turn else None)


def at_once(seed: int, actors: Actors) -> list[str]:
    """Let actors work at once, and say who broke."""
    turns = Turns(seed, BOARD)
    turns.run(actors)
    return [f"{name} broke: {error!r}" for name, error in turns.broke.items()]


def a_tick() -> None:
    """Look after automations as the minute tick does."""
    look_after_automations(wiring_automation_runs.runner_desk(utc_now()))


def test_r73_ticks_at_once_begin_a_planned_run_once_and_plan_the_next_once(tmp_path: Path):
    for seed in range(SEEDS):
        with world(tmp_path, lay=lay_notices) as made:
            made.at(NINE)

            found = at_once(seed, {"tick": a_tick, "tick again": a_tick, "third tick": a_tick})

            carry_out(made)
            runs, plan = wiring_automation.run_store(), wiring_automation.automation_store().plan(TENANT, Automation.PAST_DUE_NOTICES)
            assert found == [], seed
            assert [run.status for run in runs.latest(TENANT, Automation.PAST_DUE_NOTICES, limit=5)] == [RunStatus.DONE], seed
            assert plan is not None
            assert plan.planned_at == NEXT_NINE, seed
            assert all_mails() == expected(NOTICES), seed


@pytest.mark.parametrize("schedule", [None, "0 10 * * *"], ids=["switched off", "put off by an hour"])
def test_r73_a_plan_that_staff_change_as_it_falls_due_runs_at_most_once_and_goes_on_as_they_said(tmp_path: Path, schedule: str | None):
    store = wiring_automation.automation_store

    def staff() -> None:
        notices = PastDueNotices(enabled=schedule is not None, schedule=schedule or "0 9 * * *")
        switch_on(replace(store().settings(TENANT), past_due_notices=notices))

    for seed in range(SEEDS):
        with world(tmp_path, lay=lay_notices) as made:
            made.at(NINE)

            found = at_once(seed, {"tick": a_tick, "staff": staff, "tick again": a_tick})

            plan = store().plan(TENANT, Automation.PAST_DUE_NOTICES)
            assert found == [], seed
            assert (plan.planned_at.hour if plan else None) == (14 if schedule else None), seed
            carry_out(made)
            assert len(wiring_automation.run_store().latest(TENANT, Automation.PAST_DUE_NOTICES, limit=5)) <= 1, seed
            assert all(count == 1 for count in all_mails().values()), seed


def test_r75_r76_workers_at_once_and_staff_between_them_repeat_no_notice_and_count_each_customer_once(tmp_path: Path):
    for seed in range(SEEDS):
        with world(tmp_path, lay=lay_notices) as made:
            made.at(NINE)
            tick()
            ((tenant_id, automation, run_id),) = wiring_automation.run_store().alive()
            task, desk = Task(tenant_id, automation, run_id), wiring_automation_runs.automation_desk()

            def machine(task: Task = task) -> None:
                desk = wiring_automation_runs.automation_desk()
                for number in range(tried(partial(prepare_automation, task, desk=desk))):
                    tried(partial(work_on_automation, task, number, desk=desk))

            found = at_once(seed, {"machine": machine, "the same task again": machine, "staff": pause_and_charge})

            end_automation(task, desk=desk)
            run = wiring_automation.run_store().get(*task_place(task))
            assert found == [], seed
            assert (run.status, run.total, run.left) == (RunStatus.DONE, 6, 0), seed
            assert {outcome.value: count for outcome, count in run.counts.items()} == outcomes_of(automation, run_id), seed
            assert all(count == 1 for count in all_mails().values()), seed
            # Who stood in the log as mailed was.
            mailed = {address for _, address in all_mails()}
            told = {one.customer_id for batch in wiring_automation.run_store().batches(run) for one in batch.done if one.outcome == "sent"}
            assert all(set(ADDRESSES[customer_id]) <= mailed for customer_id in told), seed
            made.later(days=1)
            tick()
            carry_out(made)
            assert max(Counter(address for kind, address in all_mails() if kind == "past_due_1").values(), default=0) <= 1, seed


def task_place(task: Task) -> tuple[str, Automation, str]:
    """Return where a task's run stands."""
    return task.tenant_id, task.automation, task.run_id


def tried(call: Callable[[], int | str]) -> int:
    """Run a task as the state machine does: again, when somebody else was first."""
    for _ in range(7):
        try:
            found = call()
        except ConflictError:
            continue
        return found if isinstance(found, int) else 0
    raise AssertionError("the task failed seven times")


def pause_and_charge() -> None:
    """Pause notices of one customer and switch another one off, while they are worked on."""
    store, directory = wiring_automation.automation_store(), wiring.directory_store()
    put_customer_automation(TENANT, BY_TWO, pause=Pause(TODAY), store=store, directory=directory, now=utc_now())
    put_customer_automation(TENANT, CUSTOMER, enabled=False, store=store, directory=directory, now=utc_now())


def test_r72_workers_at_once_with_invoices_coming_in_mail_each_once_and_tell_of_each_once(tmp_path: Path):
    def worker() -> None:
        mail_new_invoices(remaining_seconds=lambda: 60, desk=news.desk())

    for seed in range(SEEDS // 2):
        with world(tmp_path, lay=lay_new_invoices) as made:
            steps = [call for call, _ in news.issuing(made)]
            for call in (*steps[:4], *steps[7:]):
                call()

            def people(steps: list[Callable[[], object]] = steps) -> None:
                for call in steps[4:7]:
                    call()

            found = at_once(seed, {"worker": worker, "worker again": worker, "people": people, "the same people": people})

            worker()
            assert found + news.wrong() == [], seed
