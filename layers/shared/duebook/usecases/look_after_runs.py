"""Bring up statement runs that were left: begin those whose beginning was lost, give up those that nobody works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from duebook.domain.statement_runs import StatementRun, given_up, is_forsaken, may_never_have_begun
from duebook.errors import ConflictError
from duebook.storage.statement_run_store import StatementRunStore


@dataclass(frozen=True, slots=True)
class RunsLooked:
    """How many runs were begun, and how many given up."""

    runs_begun: int = 0
    runs_given_up: int = 0


def look_after_runs(*, runs: StatementRunStore, begin: Callable[[StatementRun], None], now: datetime) -> RunsLooked:
    """Look at each run that is not over, so that none stays so for ever.

    Beginning one whose state machine runs already changes nothing: an execution's name is used once.

    Raises:
        TransientError: The next tick goes on.
    """
    begun = ended = 0
    for tenant_id, run_id in runs.alive():
        run = runs.get(tenant_id, run_id)
        try:
            if is_forsaken(run, now):
                runs.save(given_up(run, now), was=run)
                ended += 1
            elif may_never_have_begun(run, now):
                begin(run)
                begun += 1
        except ConflictError:
            # It moved on just now.
            continue
    return RunsLooked(begun, ended)
