"""The schedule that looks after payments: asks about unknown ones, starts what never started, reads the processors' books."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from duebook import wiring, wiring_mail
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger, observed
from duebook.usecases.look_after_payments import Desk, look_after_payments
from duebook.usecases.reconcile import read_books
from duebook.usecases.remove_method import finish_removals

LOOK_UP_SECONDS = 20.0
SPARE_MILLISECONDS = 25_000
"""Enough for one more look-up and its writes; the next run, a minute later, takes up what is left."""


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Go through the payments that are due, finish removals of saved methods, read the books that are due, and return counts.

    ``{tenant_id}`` reads this tenant's books now, ``{on_demand: true}`` everybody's.
    """
    counts = _look_after(context)
    removals, books = _finish_removals(context), _read_books(event, context)
    if books["books_recorded"]:
        # What the books brought is told and started now, not a minute later.
        again = _look_after(context)
        counts = {name: count + again[name] for name, count in counts.items()}
    return counts | removals | books


def _look_after(context: Any) -> dict[str, int]:
    desk = Desk(
        directory=wiring.directory_store(),
        accounts=wiring.account_store(),
        payments=wiring.payment_store(),
        invoices=wiring.invoice_store(),
        processor_of=wiring.payment_processor,
        start_application=wiring.start_apply_payment,
        tell_news=wiring_mail.tell_news,
        flag_method=wiring.flag_method_of,
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


def _finish_removals(context: Any) -> dict[str, int]:
    done = finish_removals(
        wiring.method_desk(),
        timeout_seconds=LOOK_UP_SECONDS,
        enough=lambda: context.get_remaining_time_in_millis() < SPARE_MILLISECONDS,
    )
    for text in done.broken:
        logger().error("removal of a saved method out of order", finding=text)
    return {f"removals_{name}": count for name, count in (asdict(done) | {"broken": len(done.broken)}).items()}


def _read_books(event: dict[str, Any], context: Any) -> dict[str, int]:
    done = read_books(
        wiring.reading_desk(),
        timeout_seconds=LOOK_UP_SECONDS,
        tenant_id=event.get("tenant_id"),
        on_demand=bool(event.get("on_demand")),
        enough=lambda: context.get_remaining_time_in_millis() < SPARE_MILLISECONDS,
    )
    for text in done.broken:
        logger().error("books out of order", finding=text)
    counts = {f"books_{name}": count for name, count in (asdict(done) | {"broken": len(done.broken)}).items()}
    logger().info("read the processors' books", **counts)
    return counts
