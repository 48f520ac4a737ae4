"""Billing automation in tests of pages: what is on, for whom, and runs as their workers leave them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from duebook import wiring, wiring_automation
from duebook.domain.automation import Automation, AutomationSettings, CustomerAutomation
from duebook.domain.automation_runs import AutomationRun, Batch, Done, Outcome, RunStatus, counted
from duebook.usecases.change_automation import put_automation
from tests.integration.staff_office import NOW

HERE = "/admin/automation"


def settings() -> AutomationSettings:
    """Read what is on."""
    return wiring_automation.automation_store().settings("ten_1")


def turn_on(wanted: AutomationSettings) -> None:
    """Write what is on."""
    store = wiring_automation.automation_store()
    put_automation("ten_1", wanted, store=store, directory=wiring.directory_store(), now=NOW)


def switch(customer_id: str, *, paused_until: date | None = None, enabled: bool = True) -> None:
    """Write a customer's switch that was never touched."""
    was = CustomerAutomation(customer_id)
    after = CustomerAutomation(customer_id, enabled=enabled, paused_until=paused_until)
    wiring_automation.automation_store().save_customer("ten_1", after, was=was)


def add_run(
    number: int, outcomes: dict[str, tuple[Outcome, str]], automation: Automation = Automation.PAST_DUE_NOTICES, **facts: Any
) -> str:
    """Put a run of customers on record, ended unless told otherwise."""
    done = tuple(Done(customer_id, f"Name of {customer_id}", *outcome) for customer_id, outcome in outcomes.items())
    at: datetime = NOW + timedelta(minutes=number)
    run = AutomationRun(
        facts.get("tenant_id", "ten_1"),
        f"aut_{number:03d}",
        automation,
        at,
        at,
        status=facts.get("status", RunStatus.DONE),
        total=facts.get("total", len(done)),
        counts=MappingProxyType(counted(done)),
        batches=1,
        touched_at=at,
        ended_at=None if facts.get("status") else at,
    )
    runs = wiring_automation.run_store()
    wiring_automation.automation_store().write(runs.added(run, [Batch(0, tuple(outcomes), done)]))
    return run.run_id
