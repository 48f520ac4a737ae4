"""Imports: woken by a file that has arrived in the bucket, or by a worker that had to end before the file did."""

from __future__ import annotations

from typing import Any

from duebook import wiring, wiring_automation
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import new_pay_online_id
from duebook.runtime.observability import logger, observed
from duebook.storage.import_store import run_of_key
from duebook.usecases.import_lines import ImportDesk
from duebook.usecases.run_import import run_import

WORKERS = 4


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Work on the import that an "Object Created" event of the bucket speaks of."""
    named = run_of_key(event["detail"]["object"]["key"])
    if named is None:
        logger().warning("object is no import")
        return {"status": "ignored"}
    desk = ImportDesk(
        wiring.directory_store(),
        wiring.account_store(),
        wiring.invoice_store(),
        wiring.payment_store(),
        wiring.import_store(),
        wiring_automation.automation_store(),
        new_pay_online_id,
        utc_now,
    )
    run = run_import(*named, desk=desk, remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000, workers=WORKERS)
    logger().info("import worked on", import_id=run.import_id, status=run.status.value, lines=run.counts.lines, errors=run.counts.errors)
    return {"import_id": run.import_id, "status": run.status.value}
