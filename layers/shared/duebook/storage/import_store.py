"""Imports: the run's item and its pages of line errors in the Directory, the file itself in the documents bucket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from duebook.domain.csv_files import csv_text
from duebook.domain.import_runs import ALIVE, Counts, ImportRun, ImportStatus
from duebook.domain.imports import MAX_BYTES, ImportForm, ImportKind, LineError
from duebook.errors import NotFoundError, StorageThrottledError, UnprocessableError
from duebook.storage import import_keys, keys
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get,
    instant,
    key,
    prefixed,
    put_changed,
    put_new,
    query,
    transact,
    version_of,
    write_one,
)

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
else:
    S3Client = Any

FILES = "imports/"
NEXT = "imports/next/"
"""Where a worker that must end leaves word for the next one. It is below FILES, so the same event rule wakes it."""
DRAFTS = "import-drafts/"
"""Where an uploaded file waits until its columns are named; nothing is woken by it."""
ERROR_LISTS = "import-errors/"
ERRORS_A_PAGE = 100
LINK_SECONDS = 3600
ERROR_COLUMNS = ("line", "field", "message", "text")


class ImportStore:
    """Reads and writes import runs and their files."""

    def __init__(self, dynamodb: DynamoDBClient, s3: S3Client, tables: Tables, bucket: str) -> None:
        self._client = dynamodb
        self._s3 = s3
        self._table = tables.directory
        self._bucket = bucket

    def add(self, run: ImportRun) -> None:
        """Write a new run, marked as not over unless it is a draft."""
        marked = [Write({"Put": {"TableName": self._table, "Item": _mark_key(run)}})] if run.status in ALIVE else []
        transact(self._client, [put_new(self._table, _run_item(run)), *marked])

    def alive(self) -> list[tuple[str, str]]:
        """List tenant and id of each run that is not over, of all tenants."""
        marks = query(self._client, self._table, ConsistentRead=True, **prefixed(import_keys.IMPORTS_ALIVE_PK))
        return [(tenant_id, import_id) for tenant_id, import_id in (item["sk"]["S"].split(keys.SEPARATOR) for item in marks)]

    def get(self, tenant_id: str, import_id: str) -> ImportRun:
        """Read a run.

        Raises:
            NotFoundError: No such import of this tenant.
        """
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), import_keys.import_sk(import_id))
        if item is None:
            raise NotFoundError(f"no import {import_id}")
        return _run_of(item)

    def latest(self, tenant_id: str, *, limit: int) -> list[ImportRun]:
        """Read a tenant's latest runs, newest first."""
        request = prefixed(keys.tenant_pk(tenant_id), import_keys.IMPORTS, forward=False)
        return [_run_of(item) for item in islice(query(self._client, self._table, Limit=limit, **request), limit)]

    def save(self, run: ImportRun) -> ImportRun:
        """Replace a run that is unchanged since it was read, and return it as it stands then; one that is over loses its mark.

        Raises:
            ConflictError: Another worker has it.
        """
        saved = replace(run, version=run.version + 1)
        write = put_changed(self._table, _run_item(saved), run.version)
        if saved.status in ALIVE:
            write_one(self._client, write)
        else:
            transact(self._client, [write, Write({"Delete": {"TableName": self._table, "Key": _mark_key(run)}})])
        return saved

    def put_file(self, run: ImportRun, text: str) -> None:
        """Store an import's file; the bucket's event wakes the worker."""
        self.put_bytes(run, text.encode())

    def put_bytes(self, run: ImportRun, body: bytes) -> None:
        """Store an import's file as it came; that of a draft wakes nobody."""
        with _translated():
            self._s3.put_object(Bucket=self._bucket, Key=file_key(run), Body=body, ContentType="text/csv; charset=utf-8")

    def upload_url(self, run: ImportRun) -> str:
        """Return a link that takes the file by PUT for an hour."""
        where = {"Bucket": self._bucket, "Key": file_key(run)}
        return self._s3.generate_presigned_url("put_object", Params=where, ExpiresIn=LINK_SECONDS)

    def file(self, run: ImportRun) -> bytes:
        """Read an import's file.

        Raises:
            UnprocessableError: It is too large.
        """
        with _translated():
            found = self._s3.get_object(Bucket=self._bucket, Key=file_key(run))
            if found["ContentLength"] > MAX_BYTES:
                raise UnprocessableError(
                    f"the file has {found['ContentLength']:,} bytes; at most {MAX_BYTES:,} are imported at once", field="csv"
                )
            return found["Body"].read()

    def has_file(self, run: ImportRun) -> bool:
        """Tell whether an import's file is there."""
        try:
            self._s3.head_object(Bucket=self._bucket, Key=file_key(run))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
                # Who may not list a bucket is told of a missing object that it is forbidden.
                return False
            raise StorageThrottledError("the documents bucket did not take the call") from error
        except BotoCoreError as error:
            raise StorageThrottledError(f"the documents bucket did not take the call ({type(error).__name__})") from error
        return True

    def call_next(self, run: ImportRun) -> None:
        """Leave word that the run goes on; the bucket's event wakes the next worker."""
        with _translated():
            self._s3.put_object(Bucket=self._bucket, Key=f"{NEXT}{run.tenant_id}/{run.import_id}", Body=str(run.calls).encode())

    def put_errors(self, run: ImportRun, errors: Sequence[LineError]) -> int:
        """Write line errors in pages after those the run has, and return how many pages.

        A page may be there already, left by a worker that died before the run was saved: the same lines were read then.
        """
        pages = [errors[start : start + ERRORS_A_PAGE] for start in range(0, len(errors), ERRORS_A_PAGE)]
        pk = keys.tenant_pk(run.tenant_id)
        for number, page in enumerate(pages, start=run.error_pages):
            rows = [[error.line, error.field, error.message, error.text] for error in page]
            item = document(pk, import_keys.import_errors_sk(run.import_id, number), {"errors": rows})
            write_one(self._client, Write({"Put": {"TableName": self._table, "Item": item}}))
        return len(pages)

    def errors(self, run: ImportRun, *, pages: int | None = None) -> Iterator[LineError]:
        """Read a run's line errors in the order of lines, all or the first pages of them."""
        last = min(run.error_pages, pages if pages is not None else run.error_pages) - 1
        if run.refused:
            yield run.refused
        if last < 0:
            return
        first_sk, last_sk = (import_keys.import_errors_sk(run.import_id, number) for number in (0, last))
        values = {":pk": {"S": keys.tenant_pk(run.tenant_id)}, ":first": {"S": first_sk}, ":last": {"S": last_sk}}
        request = {"KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last", "ExpressionAttributeValues": values}
        for item in query(self._client, self._table, ConsistentRead=True, **request):
            for row in content(item)["errors"]:
                yield LineError(*row)

    def errors_csv(self, run: ImportRun, *, pages: int | None = None) -> str:
        """Write a run's line errors, all or the first pages of them, as a file for people; cells that could be formulas are made harmless."""
        rows = ((error.line, error.field or "", error.message, error.text) for error in self.errors(run, pages=pages))
        return csv_text(ERROR_COLUMNS, rows)

    def put_error_list(self, run: ImportRun) -> None:
        """Store a long list of errors as a file, for a link: an answer of the API has its limit."""
        body = self.errors_csv(run).encode()
        with _translated():
            self._s3.put_object(
                Bucket=self._bucket,
                Key=_list_key(run),
                Body=body,
                ContentType="text/csv; charset=utf-8",
                ContentDisposition='attachment; filename="import-errors.csv"',
            )

    def error_list_url(self, run: ImportRun) -> str:
        """Return a link to the stored list of errors, good for an hour."""
        where = {"Bucket": self._bucket, "Key": _list_key(run)}
        return self._s3.generate_presigned_url("get_object", Params=where, ExpiresIn=LINK_SECONDS)


def file_key(run: ImportRun) -> str:
    """Return where an import's file lies."""
    return f"{DRAFTS if run.status is ImportStatus.DRAFT else FILES}{run.tenant_id}/{run.import_id}.csv"


def run_of_key(key: str) -> tuple[str, str] | None:
    """Return tenant and import that an object of the bucket speaks of, or None when it speaks of none."""
    owner, _, name = key.removeprefix(NEXT if key.startswith(NEXT) else FILES).partition("/")
    return (owner, name.removesuffix(".csv")) if owner and name and "/" not in name else None


def _list_key(run: ImportRun) -> str:
    return f"{ERROR_LISTS}{run.tenant_id}/{run.import_id}.csv"


def _mark_key(run: ImportRun) -> Item:
    return key(import_keys.IMPORTS_ALIVE_PK, import_keys.import_alive_sk(run.tenant_id, run.import_id))


def _run_item(run: ImportRun) -> Item:
    doc: dict[str, Any] = {
        "tenant": run.tenant_id,
        "id": run.import_id,
        "kind": run.form.kind.value,
        "mapping": dict(run.form.mapping),
        "date_format": run.form.date_format,
        "currency": run.form.currency,
        "dry_run": run.dry_run,
        "created_at": run.created_at.isoformat(),
        "created_by": run.created_by,
        "status": run.status.value,
        "counts": asdict(run.counts),
        "position": run.position,
        "error_pages": run.error_pages,
        "refused": [run.refused.line, run.refused.field, run.refused.message, run.refused.text] if run.refused else None,
        "claimed_at": run.claimed_at.isoformat() if run.claimed_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "calls": run.calls,
        "touched_at": run.touched_at.isoformat() if run.touched_at else None,
        "wakes": run.wakes,
        "file_name": run.file_name,
    }
    return document(keys.tenant_pk(run.tenant_id), import_keys.import_sk(run.import_id), doc, version=run.version)


def _run_of(item: Item) -> ImportRun:
    doc = content(item)
    created_at = instant(doc["created_at"])
    assert created_at is not None  # noqa: S101 - always written
    return ImportRun(
        tenant_id=doc["tenant"],
        import_id=doc["id"],
        form=ImportForm(ImportKind(doc["kind"]), doc["mapping"], doc["date_format"], doc["currency"]),
        dry_run=doc["dry_run"],
        created_at=created_at,
        created_by=doc["created_by"],
        status=ImportStatus(doc["status"]),
        counts=Counts(**doc["counts"]),
        position=doc["position"],
        error_pages=doc["error_pages"],
        refused=LineError(*doc["refused"]) if doc["refused"] else None,
        claimed_at=instant(doc["claimed_at"]),
        finished_at=instant(doc["finished_at"]),
        calls=doc["calls"],
        touched_at=instant(doc.get("touched_at")),
        wakes=doc.get("wakes", 0),
        file_name=doc.get("file_name", ""),
        version=version_of(item),
    )


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the bucket's errors into ours: whatever it is, the same call may succeed later."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise StorageThrottledError(f"the documents bucket did not take the call ({type(error).__name__})") from error
