"""The bodies and answers of imports: a JSON order, its run, its list of errors."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from aws_lambda_powertools.event_handler import Response
from pydantic import Field, StringConstraints

from duebook.domain.import_runs import ImportRun
from duebook.errors import InvalidInputError, UnprocessableError
from duebook.usecases.start_import import ErrorList, ImportOrder, ImportView
from duebook.web.fields import Strict
from duebook.web.multipart_forms import MULTIPART, filled_form
from duebook.web.requests import media_type

ColumnName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ShortName = Annotated[str, StringConstraints(max_length=64)]


PATH = "/api/staff/imports"


def form_as_json(event: dict[str, Any]) -> dict[str, Any]:
    """Return a call that brings an import as a form with a file as the same call in JSON, and any other call as it is.

    A form that is cut off, too long or not in UTF-8 becomes an empty body, which is refused as one.
    """
    if event["path"] != PATH or media_type(event) != MULTIPART:
        return event
    try:
        form = filled_form(event)
        sent: dict[str, Any] = dict(form.fields)
        if form.files:
            sent["csv"] = next(iter(form.files.values())).decode("utf-8-sig")
        if "mapping" in sent:
            sent["mapping"] = json.loads(sent["mapping"])
        body = json.dumps(sent)
    except (InvalidInputError, ValueError):
        body = ""
    headers = {name: "application/json" if name.lower() == "content-type" else value for name, value in event["headers"].items()}
    return event | {"body": body, "headers": headers, "isBase64Encoded": False}


class ImportBody(Strict):
    """``POST /api/staff/imports``: a file inline, or ``upload`` for a link that takes one."""

    kind: Literal["customers", "open_invoices"]
    csv: str | None = None
    upload: bool = False
    mapping: Annotated[dict[ShortName, ColumnName] | None, Field(max_length=30)] = None
    dry_run: bool = False
    date_format: ShortName = "YYYY-MM-DD"
    currency: Annotated[str, StringConstraints(max_length=8)] | None = None

    def order(self) -> ImportOrder:
        """Turn the body into an order.

        Raises:
            UnprocessableError: Both a file and the wish to upload one, or neither.
        """
        if self.upload == (self.csv is not None):
            raise UnprocessableError("send the file in csv, or upload: true for a link that takes it", field="csv")
        return ImportOrder(self.kind, self.csv, self.mapping, self.dry_run, self.date_format, self.currency)


class StartedImportView(Strict):
    """An import that was taken on; ``upload_url`` takes the file by PUT."""

    id: str
    status: str
    upload_url: str | None = None

    @classmethod
    def of(cls, run: ImportRun, upload_url: str | None) -> Self:
        """Show a run that has just begun."""
        return cls(id=run.import_id, status=run.status.value, upload_url=upload_url)


class LineErrorView(Strict):
    """What is wrong with a line; ``field`` is null for the line as a whole."""

    line: int
    field: str | None
    message: str


class ImportRunView(Strict):
    """How far an import is; ``errors`` holds the first 2,000, ``error_count`` counts all."""

    id: str
    kind: str
    status: str
    dry_run: bool
    created_at: datetime
    finished_at: datetime | None
    lines: int
    imported: int
    unchanged: int
    customers_made: int
    bad_lines: int
    error_count: int
    errors: list[LineErrorView]

    @classmethod
    def of(cls, view: ImportView) -> Self:
        """Show a run with the first of its errors."""
        run = view.run
        return cls(
            id=run.import_id,
            kind=run.form.kind.value,
            status=run.status.value,
            dry_run=run.dry_run,
            created_at=run.created_at,
            finished_at=run.finished_at,
            lines=run.counts.lines,
            imported=run.counts.imported,
            unchanged=run.counts.unchanged,
            customers_made=run.counts.customers_made,
            bad_lines=run.counts.bad_lines,
            error_count=run.counts.errors + (1 if run.refused else 0),
            errors=[LineErrorView(line=one.line, field=one.field, message=one.message) for one in view.errors],
        )


ERROR_LIST: dict[int, Any] = {
    200: {"description": "The refused lines", "content": {"text/csv": {"schema": {"type": "string"}}}},
    303: {"description": "A long list: where it lies, for a while", "content": {}},
}


def error_list_response(found: ErrorList) -> Response[Any]:
    """Answer a list of errors as a CSV file, or lead to where a long one lies."""
    if found.url:
        return Response(303, "text/plain", "", {"Location": found.url, "Cache-Control": "no-store"})
    headers: dict[str, str | list[str]] = {
        "Content-Disposition": 'attachment; filename="import-errors.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(200, "text/csv; charset=utf-8", found.text or "", headers)
