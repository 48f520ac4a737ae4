"""Read what needs a person: payments that are parked, held or still unknown, imports with bad lines; and what came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from duebook.domain.import_runs import ImportRun
from duebook.domain.payments import Payment, PaymentState
from duebook.storage.import_store import ImportStore
from duebook.storage.payment_store import PaymentStore

DAYS_BACK = 7
RECENT_IMPORTS = 20
IN_FLIGHT_FOR = timedelta(minutes=2)
UNCLEAR = frozenset({PaymentState.UNKNOWN, PaymentState.REVIEW})


@dataclass(frozen=True, slots=True)
class Worklist:
    """What happened in the last days, newest first: payments that need a look, all payments, imports with bad lines."""

    to_look_at: tuple[Payment, ...]
    latest: tuple[Payment, ...]
    imports: tuple[ImportRun, ...]


def read_worklist(tenant_id: str, *, payments: PaymentStore, imports: ImportStore, now: datetime) -> Worklist:
    """Read the payments of the last seven days and today (UTC), one request a day, and the latest imports."""
    days = [(now - timedelta(days=back)).date().isoformat() for back in range(DAYS_BACK + 1)]
    latest = tuple(payment for day in days for payment in payments.of_day(tenant_id, day))
    runs = imports.latest(tenant_id, limit=RECENT_IMPORTS)
    bad = tuple(run for run in runs if is_incomplete(run) and now - run.created_at <= timedelta(days=DAYS_BACK))
    return Worklist(tuple(payment for payment in latest if needs_a_look(payment, now)), latest, bad)


def is_incomplete(run: ImportRun) -> bool:
    """Tell whether a file did not come in whole; a dry run was only asking."""
    return not run.dry_run and (run.counts.bad_lines > 0 or run.refused is not None)


def needs_a_look(payment: Payment, now: datetime) -> bool:
    """Tell whether a payment waits for staff or for an answer that should have come."""
    stuck = payment.state is PaymentState.SUBMITTING and now - payment.created_at > IN_FLIGHT_FOR
    return payment.parked is not None or payment.state in UNCLEAR or stuck


def received(payments: Iterable[Payment], since: datetime) -> Sequence[tuple[str, int, int]]:
    """Add up captured payments since an instant: currency, sum in minor units, count; by currency, nothing converted (R4)."""
    sums: dict[str, tuple[int, int]] = {}
    for payment in payments:
        if payment.state is PaymentState.CAPTURED and payment.captured_at is not None and payment.captured_at >= since:
            minor, count = sums.get(payment.amount.currency, (0, 0))
            sums[payment.amount.currency] = (minor + payment.amount.minor, count + 1)
    return [(currency, minor, count) for currency, (minor, count) in sorted(sums.items())]
