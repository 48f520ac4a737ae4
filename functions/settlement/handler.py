"""The schedule that looks after payments: asks about unknown ones, starts what never started."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from duebook import wiring
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger, observed
from duebook.usecases.look_after_payments import Desk, look_after_payments

LOOK_UP_SECONDS = 20.0
SPARE_MILLISECONDS = 25_000
"""Enough for one more look-up and its writes; the next run, a minute later, takes up what is left."""


@observed
def lambda_handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """Go through the payments that are due and return counts."""
    desk = Desk(
        directory=wiring.directory_store(),
        accounts=wiring.account_store(),
        payments=wiring.payment_store(),
        invoices=wiring.invoice_store(),
        processor_of=wiring.payment_processor,
        start_application=wiring.start_apply_payment,
        tell_news=wiring.tell_news,
        now=utc_now,
    )
    done = look_after_payments(
        desk, timeout_seconds=LOOK_UP_SECONDS, enough=lambda: context.get_remaining_time_in_millis() < SPARE_MILLISECONDS
    )
    for text in done.broken:
        logger().error("payment out of order", finding=text)
    counts = asdict(done) | {"broken": len(done.broken)}
    logger().info("looked after payments", **counts)
    return counts
