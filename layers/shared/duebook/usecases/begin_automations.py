"""Begin runs of automations: by their schedules, on demand, and those whose beginning was lost (R70, R73)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.automation import Automation
from duebook.domain.automation_runs import AutomationRun, ended, is_forsaken, may_never_have_begun
from duebook.domain.schedules import settle_schedule
from duebook.errors import ConflictError, TransientError
from duebook.storage.automation_run_store import AutomationRunStore
from duebook.storage.automation_store import AutomationStore, Plan
from duebook.storage.directory_store import DirectoryStore


@dataclass(frozen=True, slots=True)
class RunnerDesk:
    """What beginning runs takes: where businesses, plans and runs stand, who begins a run, new ids, the time."""

    directory: DirectoryStore
    automations: AutomationStore
    runs: AutomationRunStore
    begin: Callable[[AutomationRun], None]
    new_id: Callable[[str, datetime], str]
    now: datetime


@dataclass(frozen=True, slots=True)
class AutomationsLooked:
    """How many runs of automations were begun, and how many given up."""

    automations_begun: int = 0
    automations_given_up: int = 0


def begin_due(desk: RunnerDesk) -> int:
    """Begin each run that is due by now, and plan the next ones; return how many were begun.

    The plan moves on in the transaction that puts the run on record: two ticks never begin one planned run twice, and an outage of days is
    made up by one run. A run whose state machine cannot be started now is started by a later tick.

    Raises:
        StorageThrottledError: The next tick goes on.
    """
    begun = 0
    for plan in desk.automations.plans():
        # A plan that was made by a clock ahead of this one is made anew.
        if plan.planned_at > desk.now >= plan.computed_at:
            continue
        run = _taken(plan, desk)
        if run is not None:
            begun += 1
            _begin(run, desk)
    return begun


def begin_on_demand(automation: Automation, tenant_id: str | None, desk: RunnerDesk) -> list[AutomationRun]:
    """Begin a run of an automation now, whatever its schedule says, of one business or of all that have it on.

    Raises:
        StorageThrottledError: Some may have been begun.
    """
    begun = []
    for one in [tenant_id] if tenant_id else desk.directory.tenant_ids():
        if not desk.automations.settings(one).is_on(automation):
            continue
        run = AutomationRun(one, desk.new_id("aut", desk.now), automation, desk.now, desk.now, on_demand=True)
        desk.runs.add(run)
        _begin(run, desk)
        begun.append(run)
    return begun


def look_after_automations(desk: RunnerDesk) -> AutomationsLooked:
    """Look at each run that is not over, so that none stays so for ever, then begin what is due.

    Raises:
        StorageThrottledError: The next tick goes on.
    """
    begun = given_up = 0
    for tenant_id, automation, run_id in desk.runs.alive():
        run = desk.runs.get(tenant_id, automation, run_id)
        try:
            if is_forsaken(run, desk.now):
                desk.runs.save(ended(run, desk.now), was=run)
                given_up += 1
            elif may_never_have_begun(run, desk.now):
                _begin(run, desk)
                begun += 1
        except ConflictError:
            # It moved on just now.
            continue
    return AutomationsLooked(begun + begin_due(desk), given_up)


def _taken(plan: Plan, desk: RunnerDesk) -> AutomationRun | None:
    """Move a plan on, and put its run on record where it is due; None where it is not, or another tick has it."""
    schedule = desk.automations.settings(plan.tenant_id).schedule_of(plan.automation)
    writes, run = [], None
    if schedule is None:
        writes.append(desk.automations.moved_on(plan, None, desk.now))
    else:
        zone = desk.directory.tenant(plan.tenant_id).time_zone
        found = settle_schedule(schedule, zone, planned_at=plan.planned_at, computed_at=plan.computed_at, now=desk.now)
        if not found.run_now and found.next_at == plan.planned_at:
            return None
        writes.append(desk.automations.moved_on(plan, found.next_at, desk.now))
        if found.run_now:
            run = AutomationRun(plan.tenant_id, desk.new_id("aut", desk.now), plan.automation, plan.planned_at, desk.now)
            writes += desk.runs.added(run)
    try:
        desk.automations.write(writes)
    except ConflictError:
        return None
    return run


def _begin(run: AutomationRun, desk: RunnerDesk) -> None:
    try:
        desk.begin(run)
    except TransientError:
        # It is on record: a later tick begins it.
        return
