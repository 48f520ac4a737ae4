"""Tasks of the state machine statement_run that list customers and say how a run ended."""

from __future__ import annotations

from typing import Any

from duebook import wiring_statements
from duebook.runtime.observability import logger, observed
from duebook.usecases.prepare_statements import Pass, finish_run, give_up_run, prepare_run, set_batch_aside


@observed
def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Carry out one task: ``{task: prepare|finish|give_up|set_aside, run: {tenant_id, run_id, pass}, batch?, outcome?, error?}``."""
    told, desk = event["run"], wiring_statements.listing_desk()
    key = Pass(told["tenant_id"], told["run_id"], told["pass"])
    match event["task"]:
        case "prepare":
            return {"outcome": "prepared", "batches": list(range(prepare_run(key, desk=desk)))}
        case "finish":
            status = finish_run(key, desk=desk, has_pdf=event.get("outcome") == "bound")
        case "give_up":
            logger().error("a run of statements was given up", run_id=key.run_id, error=str(event.get("error", ""))[:200])
            status = give_up_run(key, desk=desk)
        case "set_aside":
            count = set_batch_aside(key, int(event["batch"]), desk=desk)
            logger().error("a batch of statements was set aside", run_id=key.run_id, batch=event["batch"], customers=count)
            return {"outcome": "set_aside"}
        case task:
            raise ValueError(f"unknown task {task!r}")
    logger().info("run of statements", run_id=key.run_id, status=status.value)
    return {"outcome": status.value}
