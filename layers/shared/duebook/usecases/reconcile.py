"""Read the processors' books of every tenant that is due, a merchant account at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from duebook.domain.directory import MerchantAccount
from duebook.domain.identifiers import ULID_LENGTH, time_of_ulid
from duebook.errors import ConflictError, DuebookError, InvalidInputError, TransientError
from duebook.storage.reconciliation_store import Cursor, Readings
from duebook.usecases.read_processor_books import LOOKED_AT, ReadingDesk, Sheet, read_processor_books, write_doubts

EVERY = timedelta(minutes=15)
OVERLAP = timedelta(days=3)
"""How far each reading goes back behind the last one: books are dated by the day and filled in late."""
AT_ONCE = timedelta(days=1)
"""How much an outage leaves to one reading; the next one goes on from there."""
QUIET = timedelta(days=120)
"""After so long without a line, the books of a merchant account that is switched off are closed: no chargeback comes later."""
LONGEST_PAUSE = timedelta(hours=4)
WORTH_A_WORD = 8
"""Failed readings in a row before somebody should look at the credentials."""


@dataclass(frozen=True, slots=True)
class BooksRead:
    """What one run did, as counts.

    ``postponed`` merchant accounts met a passing fault or the end of the time and are read again; ``broken`` names what
    needs a person.
    """

    read: int = 0
    records: int = 0
    recorded: int = 0
    found: int = 0
    gone: int = 0
    postponed: int = 0
    broken: tuple[str, ...] = ()


def read_books(
    desk: ReadingDesk,
    *,
    timeout_seconds: float,
    tenant_id: str | None = None,
    on_demand: bool = False,
    enough: Callable[[], bool] = lambda: False,
) -> BooksRead:
    """Read the books that are due, the longest waiting tenant first.

    Args:
        desk: Stores, processors and clock.
        timeout_seconds: For each call to a processor.
        tenant_id: Only this tenant, and whatever the clock says.
        on_demand: Every tenant, whatever the clock says.
        enough: Asked between steps: whether the time left is too short for another.
    """
    now = desk.now()
    known = desk.breaks.all_readings() if tenant_id is None else {}
    if tenant_id is not None and (one := desk.breaks.readings(tenant_id)):
        known[tenant_id] = one
    tenants = [tenant_id] if tenant_id is not None else desk.directory.tenant_ids()
    waiting = [known.get(one) or Readings(one, datetime.min.replace(tzinfo=UTC)) for one in tenants]
    must = on_demand or tenant_id is not None
    done = BooksRead()
    for readings in sorted(waiting, key=lambda one: (one.next_at, one.tenant_id)):
        if enough():
            break
        if must or _is_due(readings.next_at, now):
            done = _read_tenant(readings, desk, done, must=must, timeout_seconds=timeout_seconds, enough=enough)
    return done


def _is_due(next_at: datetime, now: datetime) -> bool:
    # A due time further off than any pause was written by a clock that has been put back since.
    return next_at <= now or next_at - now > LONGEST_PAUSE


def _read_tenant(
    readings: Readings, desk: ReadingDesk, done: BooksRead, *, must: bool, timeout_seconds: float, enough: Callable[[], bool]
) -> BooksRead:
    now = desk.now()
    sheet = Sheet(readings.tenant_id, desk.books.payments)
    cursors = dict(readings.cursors)
    asked: list[str] = []
    read, postponed, loaded = 0, 0, False
    for account in desk.directory.merchant_accounts(readings.tenant_id):
        cursor = cursors.get(account.account_id) or Cursor(now)
        if not _is_asked(account, cursor, now):
            continue
        asked.append(account.account_id)
        cursors[account.account_id] = cursor
        is_due = must or _is_due(cursor.next_at, now)
        if not is_due and not cursor.faults:
            continue
        if not loaded:
            sheet.load(now, now - (LOOKED_AT if _is_first_of_day(cursors.values(), now) else OVERLAP))
            loaded = True
        if not is_due:
            _write_doubts(account, sheet, desk)
            continue
        after = _read_account(account, cursor, sheet, desk, timeout_seconds=timeout_seconds, enough=enough)
        cursors[account.account_id] = after
        is_read = after.until is not None and after.until >= now and not after.faults
        read, postponed = read + is_read, postponed + (not is_read)
    next_at = min([now + EVERY, *(cursors[one].next_at for one in asked)])
    with suppress(ConflictError):
        # When another run read the same books meanwhile, what it wrote down stands.
        desk.breaks.save_readings(replace(readings, next_at=next_at, cursors=cursors))
    return replace(
        done,
        read=done.read + read,
        records=done.records + sheet.records,
        recorded=done.recorded + sheet.recorded,
        found=done.found + sheet.found,
        gone=done.gone + sheet.gone,
        postponed=done.postponed + postponed,
        broken=(*done.broken, *sheet.broken),
    )


def _is_first_of_day(cursors: Iterable[Cursor], now: datetime) -> bool:
    """Tell whether older payments are due to be looked at again, which happens once a day."""
    return any(cursor.until is None or cursor.until.date() < now.date() for cursor in cursors)


def _is_asked(account: MerchantAccount, cursor: Cursor, now: datetime) -> bool:
    """Tell whether an account's books are read: always while it takes money, then while anything still happens in them."""
    return account.enabled or cursor.active_at is None or now - cursor.active_at < QUIET


def _read_account(
    account: MerchantAccount, cursor: Cursor, sheet: Sheet, desk: ReadingDesk, *, timeout_seconds: float, enough: Callable[[], bool]
) -> Cursor:
    """Read an account's books up to now, a day at a time after an outage, and return how far it came."""
    while True:
        now, floor = desk.now(), _made_at(account.account_id)
        begin = min(cursor.until or now, now)
        until = min(begin + AT_ONCE, now) if cursor.until else now
        floor = floor if floor is not None and floor <= now else None
        since = max(begin - OVERLAP, floor or begin - OVERLAP)
        before = sheet.records
        try:
            is_whole = not enough() and read_processor_books(
                account,
                (since, until),
                sheet,
                desk,
                is_last=until == now,
                timeout_seconds=timeout_seconds,
                enough=enough,
                floor=floor,
            )
        except TransientError as error:
            _write_doubts(account, sheet, desk)
            return _after_fault(account, cursor, sheet, now, error)
        except DuebookError as error:
            # One merchant account that is out of order must not keep the others waiting.
            sheet.broken.append(f"{account.account_id}: {error}")
            _write_doubts(account, sheet, desk)
            return _after_fault(account, cursor, sheet, now, error)
        if not is_whole:
            return replace(cursor, next_at=now)
        active = now if sheet.records > before else cursor.active_at or now
        cursor = Cursor(now + EVERY, until, active)
        if until == now:
            return cursor


def _write_doubts(account: MerchantAccount, sheet: Sheet, desk: ReadingDesk) -> None:
    # When the database is what does not answer, the next look writes them.
    with suppress(TransientError):
        write_doubts(account.account_id, sheet, desk)


def _after_fault(account: MerchantAccount, cursor: Cursor, sheet: Sheet, now: datetime, error: DuebookError) -> Cursor:
    faults = cursor.faults + 1
    if faults % WORTH_A_WORD == 0:
        sheet.broken.append(f"the books of {account.account_id} could not be read {faults} times: {error}")
    return replace(cursor, next_at=now + min(timedelta(minutes=2 ** min(faults, 10)), LONGEST_PAUSE), faults=faults)


def _made_at(account_id: str) -> datetime | None:
    """Read from a merchant account's id when it was made, a day taken off since books are dated by the day; None for one that does not tell."""
    try:
        return time_of_ulid(account_id[-ULID_LENGTH:]) - AT_ONCE
    except InvalidInputError:
        return None
