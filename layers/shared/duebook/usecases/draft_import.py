"""Imports that a person makes on the pages: upload a file, name its columns, look at a dry run, import it for good.

Each step is a run of its own over the same file, so that every result stays to be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.csv_files import decoded, physical_lines, records
from duebook.domain.import_columns import proposed_columns, proposed_date_format
from duebook.domain.import_runs import ImportRun, ImportStatus, is_repeatable
from duebook.domain.imports import ImportForm, ImportKind, check_form, columns_of, header_of
from duebook.errors import AlreadyPostedError, ConflictError
from duebook.storage.import_store import ImportStore

LONGEST_NAME = 100
SAMPLE_RECORDS = 3


@dataclass(frozen=True, slots=True)
class FileLook:
    """What a person sees of a file while naming its columns.

    Args:
        header: The names of its columns.
        samples: Its first lines.
        count: Its lines after the first.
    """

    header: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    count: int


def keep_draft(
    tenant_id: str,
    import_id: str,
    kind: ImportKind,
    file_name: str,
    body: bytes,
    *,
    by: str,
    locale: str,
    imports: ImportStore,
    now: datetime,
) -> ImportRun:
    """Keep an uploaded file, with its columns as proposed from their names. The same id again is the same draft.

    Args:
        tenant_id: Whose.
        import_id: New, ours.
        kind: What the file holds.
        file_name: What it was called.
        body: Its bytes.
        by: Staff id.
        locale: Of the business, for the order of day and month.
        imports: The store.
        now: Aware UTC.

    Raises:
        UnprocessableError: It is no text in UTF-8, empty, too long, or its first line cannot be read.
    """
    lines = physical_lines(decoded(body))
    columns = proposed_columns(kind, header_of(lines).cells)
    dates = proposed_date_format(lines, columns, locale) if kind is ImportKind.OPEN_INVOICES else "YYYY-MM-DD"
    form = ImportForm(kind, columns, dates)
    run = ImportRun(tenant_id, import_id, form, True, now, by, ImportStatus.DRAFT, file_name=file_name[:LONGEST_NAME])
    imports.put_bytes(run, body)
    try:
        imports.add(run)
    except AlreadyPostedError:
        return imports.get(tenant_id, import_id)
    return run


def look_at_file(run: ImportRun, *, imports: ImportStore) -> FileLook:
    """Read the first lines of a run's file.

    Raises:
        StorageThrottledError: The file is not there, perhaps no more.
    """
    lines = physical_lines(decoded(imports.file(run)))
    first = header_of(lines)
    rows = [record for record in records(lines[: first.line + 20]) if record.line > first.line and not record.broken]
    samples = tuple(row.cells for row in rows[:SAMPLE_RECORDS] if len(row.cells) == len(first.cells))
    return FileLook(tuple(cell.strip() for cell in first.cells), samples, sum(1 for line in lines[first.line :] if line.strip()))


def run_again(
    source: ImportRun,
    import_id: str,
    *,
    columns: Mapping[str, str] | None,
    date_format: str,
    currency: str | None,
    dry_run: bool,
    by: str,
    imports: ImportStore,
    now: datetime,
) -> ImportRun:
    """Run a file that is here already, as a run of its own. The same id again is the same run.

    Args:
        source: Whose file; a draft, or a run that has ended.
        import_id: New, ours.
        columns: Field to column; None as in the source.
        date_format: One of DATE_FORMATS.
        currency: Of all lines, for a file without such a column.
        dry_run: Read and report, write nothing.
        by: Staff id.
        imports: The store.
        now: Aware UTC.

    Raises:
        ConflictError: The source is still at work.
        UnprocessableError: The columns, the date format or the currency do not fit.
    """
    if not is_repeatable(source):
        raise ConflictError("this import is still running")
    form = ImportForm(source.form.kind, dict(source.form.mapping if columns is None else columns), date_format, currency)
    check_form(form)
    body = imports.file(source)
    columns_of(form, header_of(physical_lines(decoded(body))).cells)
    run = replace(ImportRun(source.tenant_id, import_id, form, dry_run, now, by), file_name=source.file_name)
    try:
        imports.add(run)
    except AlreadyPostedError:
        run = imports.get(source.tenant_id, import_id)
    if run.status is ImportStatus.QUEUED:
        # Also where an earlier try got no further: a worker that is woken twice works once.
        imports.put_bytes(run, body)
    return run
