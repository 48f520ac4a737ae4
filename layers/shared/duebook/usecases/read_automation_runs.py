"""Read the runs of automations, and what became of each customer that a run looked at: which gate kept a mail back (R70)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from duebook.domain.automation import Automation
from duebook.domain.automation_runs import AutomationRun, Done
from duebook.errors import NotFoundError
from duebook.storage.automation_run_store import AutomationRunStore

PLACE = re.compile(r"(?P<run>[^.]+)\.(?P<batch>[0-9]{1,4})\.(?P<done>[0-9]{1,6})")
"""Where in a run a page begins: the run itself, a batch, how many of its outcomes went before."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """A run with some of its outcomes, in its order; ``next_after`` leads to the others, None where there are none."""

    run: AutomationRun
    outcomes: tuple[Done, ...]
    next_after: str | None


def automation_named(name: str) -> Automation:
    """Return the automation of a name as it stands in addresses.

    Raises:
        NotFoundError: There is none.
    """
    if name not in set(Automation):
        raise NotFoundError(f"no automation {name}")
    return Automation(name)


def read_run(tenant_id: str, automation: Automation, run_id: str, *, limit: int, after: str | None, runs: AutomationRunStore) -> RunPage:
    """Read a run and what became of the next of its customers; those nothing became of yet are passed over.

    Args:
        tenant_id: Whose run.
        automation: Of which automation.
        run_id: Which.
        limit: Outcomes to read.
        after: As the page before told.
        runs: Where runs stand.

    Raises:
        NotFoundError: No such run, or no such page of it.
    """
    run = runs.get(tenant_id, automation, run_id)
    number, start = _place(run, after)
    outcomes: list[Done] = []
    while number < run.batches:
        done = runs.batch(run, number).done
        end = min(len(done), start + limit - len(outcomes))
        outcomes += done[start:end]
        if len(outcomes) == limit:
            is_last = end == len(done) and number + 1 == run.batches
            return RunPage(run, tuple(outcomes), None if is_last else f"{run_id}.{number}.{end}")
        number, start = number + 1, 0
    return RunPage(run, tuple(outcomes), None)


def _place(run: AutomationRun, after: str | None) -> tuple[int, int]:
    """Return from which batch, and from where in it, a page goes on."""
    if after is None:
        return 0, 0
    found = PLACE.fullmatch(after)
    if found is None or found["run"] != run.run_id:
        raise NotFoundError(f"no such page of the run {run.run_id}")
    return int(found["batch"]), int(found["done"])
