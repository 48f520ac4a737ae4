"""Order statements for many customers at once, and follow, stop and repeat what was ordered (R60)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from duebook.domain.activity_log import Action, Actor
from duebook.domain.statement_runs import MOST_CUSTOMERS, CustomerFilter, Delivery, Done, RunStatus, StatementRun, again, stopped
from duebook.domain.statements import StatementKind, StatementWish, check_wish
from duebook.errors import AlreadyPostedError, ConflictError, IdempotencyKeyReusedError, TransientError, UnprocessableError
from duebook.storage.activity_store import ActivityStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.statement_run_store import StatementRunStore
from duebook.storage.transient_store import KeyUse, TransientStore
from duebook.usecases.log_action import log_action

KEY_SCOPE = "statements"
EVERYBODY = CustomerFilter()
SAVE_ATTEMPTS = 8
SHOWN_FAILURES = 5_000
"""Failures that one answer tells; so many as a run may name customers."""


@dataclass(frozen=True, slots=True)
class StatementOrder:
    """What is ordered.

    Args:
        kind: Which statement.
        delivery: By mail, or as one PDF.
        customer_ids: For whom; None when the filter decides.
        chosen_by: The filter.
        as_of: Open items as of the end of this day in the tenant's zone; today unless told otherwise.
        first: Of a period, its first day.
        last: Of a period, its last day.
    """

    kind: StatementKind
    delivery: Delivery
    customer_ids: tuple[str, ...] | None = None
    chosen_by: CustomerFilter = EVERYBODY
    as_of: date | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class RunDesk:
    """What ordering takes: where people, runs, keys and the log stand, who begins a run, new ids, the time."""

    directory: DirectoryStore
    runs: StatementRunStore
    transient: TransientStore
    log: ActivityStore
    begin: Callable[[StatementRun], None]
    new_id: Callable[[str, datetime], str]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with the failures of its latest pass, in the run's order, and a link to the PDF of all, if there is one."""

    run: StatementRun
    failures: tuple[Done, ...]
    pdf_url: str | None


def wish_of(order: StatementOrder, today: date) -> StatementWish:
    """Read which statement an order means.

    Raises:
        UnprocessableError: Days that do not belong to the kind, have not come yet, or are upside down.
    """
    if order.kind is StatementKind.ACTIVITY:
        if order.as_of is not None or order.first is None or order.last is None:
            raise UnprocessableError("activity has a period: send from and to, and no as_of", field="from")
        return check_wish(StatementWish(order.kind, order.last, order.first), today)
    if order.first is not None or order.last is not None:
        raise UnprocessableError("open items have a day: send as_of, or nothing for today", field="as_of")
    return check_wish(StatementWish(order.kind, order.as_of or today), today)


def start_statements(order: StatementOrder, *, tenant_id: str, actor: Actor, key: str | None = None, desk: RunDesk) -> StatementRun:
    """Put a run on record and begin it.

    A run whose beginning is lost is begun by the minute tick.

    Args:
        order: What is ordered.
        tenant_id: Whose.
        actor: Who orders.
        key: Idempotency-Key: the same one again answers the run of the first call.
        desk: What it takes.

    Raises:
        UnprocessableError: Days or customers are wrong.
        IdempotencyKeyReusedError: The key came with another order before.
    """
    now = desk.now()
    tenant = desk.directory.tenant(tenant_id)
    wish = wish_of(order, now.astimezone(ZoneInfo(tenant.time_zone)).date())
    named = tuple(dict.fromkeys(order.customer_ids or ()))
    if order.customer_ids is not None and not 0 < len(named) <= MOST_CUSTOMERS:
        raise UnprocessableError(f"name 1 to {MOST_CUSTOMERS:,} customers, or send a filter", field="customer_ids")
    run = StatementRun(
        tenant_id,
        desk.new_id("stm", now),
        wish,
        order.delivery,
        now,
        actor.actor_id,
        named=order.customer_ids is not None,
        chosen_by=order.chosen_by,
        asked_at=now,
        touched_at=now,
    )
    use = KeyUse(run.run_id, _fingerprint(order))
    try:
        desk.runs.add(run, named, *([desk.transient.key_used(tenant_id, KEY_SCOPE, key, use, now)] if key else []))
    except AlreadyPostedError:
        run = _of_key(tenant_id, key or "", use, desk)
    _begin(run, desk)
    _log(run, actor, Action.STATEMENTS_SENT, _about(run, named), desk, now=run.created_at)
    return run


def read_run(tenant_id: str, run_id: str, *, runs: StatementRunStore, pdf_link: Callable[[StatementRun], str]) -> RunView:
    """Read how far a run is.

    Raises:
        NotFoundError: No such run of this tenant.
    """
    run = runs.get(tenant_id, run_id)
    shown = run.counts.failed > 0
    failures = tuple(done for _, done in runs.failures(run))[:SHOWN_FAILURES] if shown else ()
    return RunView(run, failures, pdf_link(run) if run.has_pdf else None)


def read_runs(
    tenant_id: str, *, limit: int, before: str | None = None, runs: StatementRunStore
) -> tuple[Sequence[StatementRun], str | None]:
    """Read a page of runs, newest first, and the cursor of the next page; their failures are counted, not listed."""
    found = runs.latest(tenant_id, limit=limit + 1, before=before)
    page = found[:limit]
    return page, page[-1].run_id if len(found) > limit else None


def stop_run(tenant_id: str, run_id: str, *, actor: Actor, desk: RunDesk) -> StatementRun:
    """Ask a run to end before its next customer; what was sent is sent.

    Raises:
        NotFoundError: No such run of this tenant.
        ConflictError: It is over already.
    """
    run = _changed(tenant_id, run_id, stopped, desk)
    _log(run, actor, Action.STATEMENTS_STOPPED, "", desk, now=desk.now())
    return run


def retry_run(tenant_id: str, run_id: str, *, actor: Actor, desk: RunDesk) -> StatementRun:
    """Begin another pass: mails to the customers that failed and those that were left; of a PDF, all of it anew.

    Raises:
        NotFoundError: No such run of this tenant.
        ConflictError: It still goes on, or nothing failed and nothing is left.
    """
    run = _changed(tenant_id, run_id, again, desk)
    _begin(run, desk)
    _log(run, actor, Action.STATEMENTS_SENT, f"pass {run.number}", desk, now=desk.now())
    return run


def _changed(tenant_id: str, run_id: str, change: Callable[[StatementRun, datetime], StatementRun], desk: RunDesk) -> StatementRun:
    for _ in range(SAVE_ATTEMPTS):
        known = desk.runs.get(tenant_id, run_id)
        wanted = change(known, desk.now())
        if wanted is known:
            return known
        try:
            return desk.runs.save(wanted, was=known)
        except ConflictError:
            continue
    raise ConflictError("this run kept changing; try again")


def _begin(run: StatementRun, desk: RunDesk) -> None:
    # It is on record and marked: the tick begins it should this be lost.
    if run.status is RunStatus.PREPARING:
        with suppress(TransientError):
            desk.begin(run)


def _of_key(tenant_id: str, key: str, use: KeyUse, desk: RunDesk) -> StatementRun:
    known = desk.transient.key_use(tenant_id, KEY_SCOPE, key)
    if known is None or known.fingerprint != use.fingerprint:
        raise IdempotencyKeyReusedError("this Idempotency-Key came with another order before; nothing was begun for this one")
    return desk.runs.get(tenant_id, known.payment_id)


def _fingerprint(order: StatementOrder) -> str:
    return hashlib.sha256(json.dumps(asdict(order), sort_keys=True, default=str).encode()).hexdigest()


def _about(run: StatementRun, named: Sequence[str]) -> str:
    to = f"{len(named)} customer{'' if len(named) == 1 else 's'}" if run.named else "customers by filter"
    return f"{run.wish.kind.value.replace('_', ' ')} by {run.delivery.value}, {to}"


def _log(run: StatementRun, actor: Actor, action: Action, detail: str, desk: RunDesk, *, now: datetime) -> None:
    log_action(
        run.tenant_id,
        actor,
        action,
        subject=("statement_run", run.run_id),
        detail=detail,
        request=run.execution_name,
        now=now,
        log=desk.log,
    )
