"""Bring up imports that were left: wake another worker, and end those that nobody can work on, with a plain reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duebook.domain.import_runs import given_up, is_hopeless, is_left, woken
from duebook.errors import ConflictError
from duebook.storage.import_store import ImportStore


@dataclass(frozen=True, slots=True)
class ImportsLooked:
    """How many imports another worker was called for, and how many were given up."""

    imports_woken: int = 0
    imports_given_up: int = 0


def look_after_imports(*, imports: ImportStore, now: datetime) -> ImportsLooked:
    """Look at each import that is not over, so that none stays so for ever.

    A worker that is called although another one lives finds the claim and leaves.

    Raises:
        TransientError: The next tick goes on.
    """
    called = ended = 0
    for tenant_id, import_id in imports.alive():
        run = imports.get(tenant_id, import_id)
        try:
            if is_hopeless(run, now):
                imports.save(given_up(run, now))
                ended += 1
            elif is_left(run, now) and imports.has_file(run):
                imports.call_next(imports.save(woken(run, now)))
                called += 1
        except ConflictError:
            # It moved on just now.
            continue
    return ImportsLooked(called, ended)
