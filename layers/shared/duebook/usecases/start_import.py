"""Take an import on: check what can be checked at once, store the file, and let the worker be woken by its arrival.

For the staff API: ``start_import`` behind ``POST /api/staff/imports`` (202), ``read_import`` behind ``GET …/{id}``,
``read_error_list`` behind ``GET …/{id}/errors`` (the CSV text, or a link to answer 303 with when it is long).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from duebook.domain.csv_files import physical_lines
from duebook.domain.import_runs import ImportRun, ImportStatus
from duebook.domain.imports import REQUIRED, ImportForm, ImportKind, LineError, check_form, columns_of, header_of
from duebook.errors import ConflictError, UnprocessableError
from duebook.storage.import_store import ERRORS_A_PAGE, ImportStore

MAX_INLINE_BYTES = 4_000_000
SHOWN_ERRORS = 2_000
"""Line errors in the JSON answer; all of them are in the list for download."""
INLINE_ERRORS = 10_000
"""Longer lists are answered by a link, since an answer of the API has at most 6 MB."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What a caller asks for.

    Args:
        kind: ``customers`` or ``open_invoices``.
        csv: The file's text; None when it will be uploaded.
        mapping: Field to column.
        dry_run: Read and report, write nothing.
        date_format: How dates are written in it.
        currency: Of all lines, for a file without such a column.
    """

    kind: str
    csv: str | None = None
    mapping: Mapping[str, str] | None = None
    dry_run: bool = False
    date_format: str = "YYYY-MM-DD"
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class ImportView:
    """A run with the first of its errors."""

    run: ImportRun
    errors: tuple[LineError, ...]


@dataclass(frozen=True, slots=True)
class ErrorList:
    """The errors of a run as CSV: the text, or where to fetch it when it is long."""

    text: str | None = None
    url: str | None = None


def start_import(
    order: ImportOrder, *, tenant_id: str, caller_id: str, import_id: str, imports: ImportStore, now: datetime
) -> tuple[ImportRun, str | None]:
    """Take an import on and return its run, with a link that takes the file when the order came without one.

    Args:
        order: What is asked for; without ``csv`` the file is to be uploaded.
        tenant_id: Whose.
        caller_id: Staff or API key id.
        import_id: New, ours.
        imports: The store.
        now: Aware UTC.

    Raises:
        UnprocessableError: Unknown kind, field, column, date format or currency, or a file that is too large or empty.
        TransientError: The file could not be stored; order again.
    """
    if order.kind not in {kind.value for kind in REQUIRED}:
        raise UnprocessableError(f"kind is one of {', '.join(REQUIRED)}", field="kind")
    form = ImportForm(ImportKind(order.kind), dict(order.mapping or {}), order.date_format, order.currency)
    check_form(form)
    run = ImportRun(tenant_id, import_id, form, order.dry_run, now, caller_id)
    if order.csv is None:
        imports.add(run)
        return run, imports.upload_url(run)
    if _LONE_SURROGATE.search(order.csv):
        raise UnprocessableError("the text holds half a character", field="csv")
    if len(order.csv.encode()) > MAX_INLINE_BYTES:
        raise UnprocessableError(f"at most {MAX_INLINE_BYTES:,} bytes are taken in one call; upload a larger file", field="csv")
    columns_of(form, header_of(physical_lines(order.csv)).cells)
    imports.add(run)
    imports.put_file(run, order.csv)
    return run, None


def read_import(tenant_id: str, import_id: str, *, imports: ImportStore) -> ImportView:
    """Read how far a run is, with the first of its errors.

    Raises:
        NotFoundError: No such import of this tenant.
    """
    run = imports.get(tenant_id, import_id)
    first = imports.errors(run, pages=SHOWN_ERRORS // ERRORS_A_PAGE + 1)
    return ImportView(run, tuple(islice(first, SHOWN_ERRORS)))


def read_error_list(tenant_id: str, import_id: str, *, imports: ImportStore) -> ErrorList:
    """Read all line errors of a run as CSV, with each bad line's text.

    Raises:
        NotFoundError: No such import of this tenant.
        ConflictError: The list is long and the run still goes on.
    """
    run = imports.get(tenant_id, import_id)
    if run.counts.errors <= INLINE_ERRORS:
        return ErrorList(text=imports.errors_csv(run))
    if run.status is ImportStatus.FAILED:
        # It was given up, and nobody has stored its list: the first of them.
        return ErrorList(text=imports.errors_csv(run, pages=INLINE_ERRORS // ERRORS_A_PAGE))
    if run.finished_at is None:
        raise ConflictError("this import is still running; fetch its errors when it is done")
    return ErrorList(url=imports.error_list_url(run))
