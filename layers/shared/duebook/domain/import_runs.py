"""Import runs: how far a file has been imported, and with what result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from duebook.domain.imports import ImportForm, LineError

CLAIM_HOLDS = timedelta(seconds=45)
"""A claim is renewed with every saved step; one this old belongs to a run that died.

Lambda tries a failed asynchronous call again after one minute, so a claim is shorter than that.
"""


LEFT_AFTER = timedelta(minutes=5)
"""A run that nobody had in hand for so long was left: its worker died, or the word that wakes one was lost."""
MOST_WAKES = 3
"""So often in a row another worker is called for a run that gets no further; then it has failed."""
FILE_COMES_WITHIN = timedelta(hours=2)
"""A run whose file has not come by then has failed; the link that takes it is good for an hour."""


class ImportStatus(StrEnum):
    """Where a run stands; a draft has its file, and waits for its columns to be named."""

    DRAFT = "draft"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


ALIVE = frozenset({ImportStatus.QUEUED, ImportStatus.RUNNING})
"""Statuses of a run that is not over and waits for no person."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the lines so far.

    Args:
        lines: Read, blank ones and the column names not counted.
        imported: New on record (in a dry run: would be).
        unchanged: On record already, just so.
        bad_lines: Refused.
        errors: Reasons for that; a line may have several.
        customers_made: Customers that came to be by being named in a file of open invoices.
    """

    lines: int = 0
    imported: int = 0
    unchanged: int = 0
    bad_lines: int = 0
    errors: int = 0
    customers_made: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.lines + other.lines,
            self.imported + other.imported,
            self.unchanged + other.unchanged,
            self.bad_lines + other.bad_lines,
            self.errors + other.errors,
            self.customers_made + other.customers_made,
        )


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One file on its way in.

    Args:
        tenant_id: Whose.
        import_id: Ours.
        form: How the file is to be read.
        dry_run: Everything but writing.
        created_at: When it was asked for (UTC).
        created_by: Staff or API key id.
        status: See ImportStatus.
        counts: Up to ``position``.
        position: The file's line up to which all is done.
        error_pages: Pages of line errors up to ``position``.
        refused: Why the file as a whole was refused.
        claimed_at: When its worker last showed life; None while nobody works on it.
        finished_at: When it was done or failed (UTC).
        calls: How often a worker handed over to the next one.
        touched_at: When a worker last had it in hand, or was called for it (UTC).
        wakes: How often a worker was called for it since it last got further.
        file_name: What the file was called where it came from, when a person uploaded it on a page.
        version: Counts the writes of this item.
    """

    tenant_id: str
    import_id: str
    form: ImportForm
    dry_run: bool
    created_at: datetime
    created_by: str
    status: ImportStatus = ImportStatus.QUEUED
    counts: Counts = Counts()
    position: int = 0
    error_pages: int = 0
    refused: LineError | None = None
    claimed_at: datetime | None = None
    finished_at: datetime | None = None
    calls: int = 0
    version: int = 0
    file_name: str = ""
    touched_at: datetime | None = None
    wakes: int = 0


def is_over(run: ImportRun) -> bool:
    """Tell whether nothing is left to do."""
    return run.status in {ImportStatus.DONE, ImportStatus.FAILED}


def is_claimed(run: ImportRun, now: datetime) -> bool:
    """Tell whether a living worker has it; a claim from the future (a clock set back) counts as dead."""
    return run.claimed_at is not None and abs(now - run.claimed_at) < CLAIM_HOLDS


def is_repeatable(run: ImportRun) -> bool:
    """Tell whether the same file may be run again, with other columns or for good: nothing is at work on it."""
    return run.status is ImportStatus.DRAFT or is_over(run)


def claimed(run: ImportRun, now: datetime) -> ImportRun:
    """Return the run in the hands of a worker."""
    return replace(run, status=ImportStatus.RUNNING, claimed_at=now, touched_at=now)


def advanced(run: ImportRun, counts: Counts, *, position: int, pages: int, now: datetime) -> ImportRun:
    """Return the run after a step: its counts added, everything up to ``position`` done."""
    done = replace(run, counts=run.counts + counts, position=position, error_pages=run.error_pages + pages)
    return replace(done, claimed_at=now, touched_at=now, wakes=0)


def handed_over(run: ImportRun) -> ImportRun:
    """Return the run as its worker leaves it to the next one."""
    return replace(run, claimed_at=None, calls=run.calls + 1)


def is_left(run: ImportRun, now: datetime) -> bool:
    """Tell whether nobody has had a run in hand for so long that nobody will; an instant far ahead (a clock set back) counts as long ago."""
    return run.status in ALIVE and not is_claimed(run, now) and abs(now - (run.touched_at or run.created_at)) >= LEFT_AFTER


def is_hopeless(run: ImportRun, now: datetime) -> bool:
    """Tell whether a run that was left is to be given up: worker after worker got no further, or its file never came."""
    if not is_left(run, now):
        return False
    return run.wakes >= MOST_WAKES or (run.touched_at is None and now - run.created_at >= FILE_COMES_WITHIN)


def woken(run: ImportRun, now: datetime) -> ImportRun:
    """Return a run that was left as another worker is called for it."""
    return replace(run, claimed_at=None, touched_at=now, wakes=run.wakes + 1, calls=run.calls + 1)


def given_up(run: ImportRun, now: datetime) -> ImportRun:
    """Return a run that was left as failed, with a plain reason; what it had imported by then stays and is counted."""
    if run.touched_at is None:
        why = "No file came, so nothing was imported. Order the import again"
    elif not run.position:
        why = "The file could not be worked on, several times. Import the same file again: what is on record already stays as it is"
    else:
        what = "Lines up to there were only read" if run.dry_run else "What was imported up to there stays"
        why = f"The import stopped after line {run.position}. {what}; import the same file again: what is on record already stays as it is"
    return refused(run, LineError(max(run.position, 1), None, why), now)


def finished(run: ImportRun, now: datetime) -> ImportRun:
    """Return the run as done."""
    return replace(run, status=ImportStatus.DONE, claimed_at=None, finished_at=now)


def refused(run: ImportRun, error: LineError, now: datetime) -> ImportRun:
    """Return the run as failed."""
    return replace(run, status=ImportStatus.FAILED, refused=error, claimed_at=None, finished_at=now)
