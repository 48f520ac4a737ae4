"""Tasks of the state machine automation_run: list customers, work on a batch of them, say how a run ended."""

from __future__ import annotations

from typing import Any

from duebook import wiring_automation_runs
from duebook.domain.automation import Automation
from duebook.runtime.observability import logger, observed
from duebook.usecases.run_automation import (
    Task,
    end_automation,
    prepare_automation,
    set_automation_batch_aside,
    work_on_automation,
)


@observed
def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Carry out one task: ``{task: prepare|batch|set_aside|end, run: {tenant_id, automation, run_id}, batch?, error?}``."""
    told, desk = event["run"], wiring_automation_runs.automation_desk()
    task = Task(told["tenant_id"], Automation(told["automation"]), told["run_id"])
    match event["task"]:
        case "prepare":
            return {"outcome": "prepared", "batches": list(range(prepare_automation(task, desk=desk)))}
        case "batch":
            outcome = work_on_automation(task, int(event["batch"]), desk=desk)
        case "set_aside":
            count = set_automation_batch_aside(task, int(event["batch"]), desk=desk)
            logger().error("a batch of an automation was set aside", run_id=task.run_id, batch=event["batch"], customers=count)
            outcome = "set_aside"
        case "end":
            if event.get("error"):
                logger().error("a run of an automation was given up", run_id=task.run_id, error=str(event["error"])[:200])
            outcome = end_automation(task, desk=desk).value
        case name:
            raise ValueError(f"unknown task {name!r}")
    logger().info("automation", automation=task.automation.value, run_id=task.run_id, task=event["task"], outcome=outcome)
    return {"outcome": outcome}
