"""Tasks of the state machine apply_payment that tell people: the payer's receipt, the staff's notice."""

from __future__ import annotations

from typing import Any

from duebook import wiring_mail
from duebook.domain.payments import PaymentKey
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger, observed
from duebook.usecases.notify_payment import send_receipt, send_staff_notice


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Carry out one task: ``{task: receipt|staff_notice, payment: {tenant_id, customer_id, payment_id}}``."""
    key = PaymentKey.of(event["payment"])
    records, post, now = wiring_mail.payment_records(), wiring_mail.post(), utc_now()
    match event["task"]:
        case "receipt":
            outcome = send_receipt(key, records=records, post=post, write=wiring_mail.receipt_writer(), now=now)
        case "staff_notice":
            outcome = send_staff_notice(key, records=records, post=post, write=wiring_mail.staff_notice_writer(), now=now)
        case task:
            raise ValueError(f"unknown task {task!r}")
    logger().info("told of a payment", task=event["task"], payment_id=key.payment_id, outcome=outcome)
    return {"outcome": outcome}
