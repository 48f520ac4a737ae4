"""Builds what billing automation takes, each dependency once and on first use, beside ``wiring``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from duebook import wiring

if TYPE_CHECKING:
    from duebook.storage.automation_run_store import AutomationRunStore
    from duebook.storage.automation_store import AutomationStore


@cache
def automation_store() -> AutomationStore:
    """Return the store of settings, customers' switches, plans and invoices still to be mailed."""
    from duebook.storage.automation_store import AutomationStore

    return AutomationStore(wiring.client("dynamodb"), wiring.tables())


@cache
def run_store() -> AutomationRunStore:
    """Return the store of runs of automations."""
    from duebook.storage.automation_run_store import AutomationRunStore

    return AutomationRunStore(wiring.client("dynamodb"), wiring.tables())
