"""Read what needs a person, with how many and since when; and what came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from duebook.domain.account import AccountKey
from duebook.domain.breaks import RowState
from duebook.domain.email_activity import MailStatus
from duebook.domain.import_runs import ImportRun
from duebook.domain.payments import Payment, PaymentState
from duebook.storage.account_store import AccountStore
from duebook.storage.email_store import EmailStore
from duebook.storage.import_store import ImportStore
from duebook.storage.payment_store import PaymentStore
from duebook.storage.reconciliation_store import ReconciliationStore

DAYS_BACK = 7
DAYS_OF_RETURNS = 30
DAYS_OF_MAILS = 30
RECENT_IMPORTS = 20
MOST_PAYMENTS = 200
MOST_ADDRESSES = 100
IN_FLIGHT_FOR = timedelta(minutes=2)
UNCLEAR = frozenset({PaymentState.UNKNOWN, PaymentState.REVIEW})
WENT_BACK = frozenset({PaymentState.RETURNED, PaymentState.CHARGED_BACK})
NOT_SENT = frozenset({MailStatus.FAILED, MailStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class Worklist:
    """What needs a person, each newest first.

    Args:
        to_look_at: Payments that are parked, held, or left without an answer.
        went_back: Payments returned or charged back in the last thirty days, each with when.
        rows: How many reconciliation rows are open, and since when the oldest is.
        imports: With bad lines, of the last seven days.
        held_back: How many addresses mails are held back from, and since when the oldest is; at most so many are counted.
        mails: How many mails of the last thirty days were not sent.
        latest: All payments of the last seven days and today (UTC).
    """

    to_look_at: tuple[Payment, ...]
    went_back: tuple[tuple[Payment, datetime], ...]
    rows: tuple[int, datetime | None]
    imports: tuple[ImportRun, ...]
    held_back: tuple[int, datetime | None]
    mails: int
    latest: tuple[Payment, ...]


@dataclass(frozen=True, slots=True)
class WorkSources:
    """Where it is read."""

    payments: PaymentStore
    accounts: AccountStore
    imports: ImportStore
    breaks: ReconciliationStore
    mails: EmailStore


def read_worklist(tenant_id: str, today: date, *, sources: WorkSources, now: datetime) -> Worklist:
    """Read what needs a person and the payments of the last days: one request for each kind, and one for each day."""
    latest = tuple(
        payment
        for back in range(DAYS_BACK + 1)
        for payment in sources.payments.of_day(tenant_id, (now - timedelta(days=back)).date().isoformat())
    )
    concerning = sources.payments.to_look_at(tenant_id, limit=MOST_PAYMENTS)
    stuck = [payment for payment in latest if needs_a_look(payment, now)]
    waiting = {payment.key: payment for payment in (*stuck, *concerning) if needs_a_look(payment, now)}
    runs = sources.imports.latest(tenant_id, limit=RECENT_IMPORTS)
    rows = list(sources.breaks.rows(tenant_id, RowState.OPEN))
    held = [one for one in sources.mails.held_back(tenant_id, limit=MOST_ADDRESSES) if one.suppressed_for]
    counted = sources.mails.counts(tenant_id, today - timedelta(days=DAYS_OF_MAILS - 1), today).counts
    return Worklist(
        to_look_at=tuple(sorted(waiting.values(), key=lambda one: one.key.payment_id, reverse=True)),
        went_back=_went_back(concerning, sources.accounts, now),
        rows=(len(rows), min((row.first_seen_at for row in rows), default=None)),
        imports=tuple(run for run in runs if is_incomplete(run) and now - run.created_at <= timedelta(days=DAYS_BACK)),
        held_back=(len(held), min((one.suppressed_at for one in held if one.suppressed_at), default=None)),
        mails=sum(one.number for one in counted if one.status in NOT_SENT),
        latest=latest,
    )


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


def _went_back(payments: Iterable[Payment], accounts: AccountStore, now: datetime) -> tuple[tuple[Payment, datetime], ...]:
    """Tell when payments went back, as the journal does; one that had not brought money yet went back when it was made, as far as we know."""
    ended = [payment for payment in payments if payment.state in WENT_BACK]
    entries = {payment.key: (_account_of(payment), payment.applied_in[-1]) for payment in ended if payment.applied_in}
    found = accounts.entries(list(entries.values())) if entries else {}
    dated = []
    for payment in ended:
        entry = found.get(entries[payment.key]) if payment.key in entries else None
        dated.append((payment, entry.posted_at if entry else payment.created_at))
    recent = (one for one in dated if now - one[1] <= timedelta(days=DAYS_OF_RETURNS))
    return tuple(sorted(recent, key=lambda one: (one[1], one[0].key.payment_id), reverse=True))


def _account_of(payment: Payment) -> AccountKey:
    return AccountKey(payment.key.tenant_id, payment.key.customer_id, payment.amount.currency)
