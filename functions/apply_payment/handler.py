"""Tasks of the state machine apply_payment that touch the books: apply, close, park."""

from __future__ import annotations

from typing import Any

from duebook import wiring
from duebook.domain.payments import PaymentKey
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger, observed
from duebook.usecases.apply_payment import apply_payment, close_payment, park_payment


@observed
def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, str]:
    """Carry out one task: ``{task: apply|close|park, payment: {tenant_id, customer_id, payment_id, web_currency?}, error?}``."""
    key, told = PaymentKey.of(event["payment"]), event["payment"]
    match event["task"]:
        case "apply":
            accounts, payments = wiring.account_store(), wiring.payment_store()
            posted = apply_payment(key, accounts=accounts, payments=payments, now=utc_now(), web_currency=told.get("web_currency"))
            return {"outcome": "applied" if posted else "nothing_to_apply"}
        case "close":
            close_payment(key, payments=wiring.payment_store(), now=utc_now())
            return {"outcome": "closed"}
        case "park":
            logger().error("payment parked", payment_id=key.payment_id)
            park_payment(key, str(event.get("error", "")), payments=wiring.payment_store(), now=utc_now())
            return {"outcome": "parked"}
        case task:
            raise ValueError(f"unknown task {task!r}")
