"""Tasks of the state machine statement_run that print: a batch's statements, and the PDF of all."""

from __future__ import annotations

from typing import Any

from duebook import wiring_statements
from duebook.runtime.observability import logger, observed
from duebook.usecases.prepare_statements import Pass
from duebook.usecases.print_statements import bind_run, work_on_batch


@observed
def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, str]:
    """Carry out one task: ``{task: batch|bind, run: {tenant_id, run_id, pass}, batch?}``."""
    told = event["run"]
    key, desk = Pass(told["tenant_id"], told["run_id"], told["pass"]), wiring_statements.print_desk(told["tenant_id"])
    match event["task"]:
        case "batch":
            outcome = work_on_batch(key, int(event["batch"]), desk=desk)
        case "bind":
            outcome = "bound" if bind_run(key, desk=desk) else "nothing_to_bind"
        case task:
            raise ValueError(f"unknown task {task!r}")
    logger().info("statements", run_id=key.run_id, task=event["task"], batch=event.get("batch"), outcome=outcome)
    return {"outcome": outcome}
