"""Mails invoices that appeared, every minute."""

from __future__ import annotations

from typing import Any

from duebook import wiring_automation_runs
from duebook.runtime.observability import logger, observed
from duebook.usecases.mail_new_invoices import mail_new_invoices


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Mail all invoices that are marked, of the business named as ``tenant_id`` or of all, and return how many were worked on."""
    count = mail_new_invoices(
        tenant_id=event.get("tenant_id"),
        remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000,
        desk=wiring_automation_runs.new_invoice_desk(),
    )
    logger().info("new invoices", worked_on=count)
    return {"new_invoices": count}
