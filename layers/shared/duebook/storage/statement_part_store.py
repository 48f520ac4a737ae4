"""The PDF of a statement run: its parts, one for each batch, and all of them bound (documents bucket)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from duebook.domain.statement_runs import StatementRun
from duebook.errors import StorageThrottledError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
else:
    S3Client = Any

STATEMENTS = "statements/"
LINK_SECONDS = 300


class StatementPartStore:
    """Keeps what was printed for runs."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put_part(self, run: StatementRun, number: int, pdf: bytes) -> None:
        """Keep the part of one batch; who prints it again takes its place."""
        with _translated():
            self._client.put_object(Bucket=self._bucket, Key=_part_key(run, number), Body=pdf, ContentType="application/pdf")

    def part(self, run: StatementRun, number: int) -> bytes:
        """Read the part of one batch."""
        with _translated():
            return self._client.get_object(Bucket=self._bucket, Key=_part_key(run, number))["Body"].read()

    def put_bound(self, run: StatementRun, pdf: bytes) -> None:
        """Keep the PDF of all."""
        with _translated():
            self._client.put_object(
                Bucket=self._bucket,
                Key=_bound_key(run),
                Body=pdf,
                ContentType="application/pdf",
                ContentDisposition=f'attachment; filename="Statements-{run.wish.last}.pdf"',
                CacheControl="private, no-store",
            )

    def link(self, run: StatementRun) -> str:
        """Return a link to the PDF of all, good for five minutes."""
        where = {"Bucket": self._bucket, "Key": _bound_key(run)}
        return self._client.generate_presigned_url("get_object", Params=where, ExpiresIn=LINK_SECONDS)


def _part_key(run: StatementRun, number: int) -> str:
    return f"{STATEMENTS}{run.tenant_id}/{run.run_id}/{run.number:03d}-{number:04d}.pdf"


def _bound_key(run: StatementRun) -> str:
    return f"{STATEMENTS}{run.tenant_id}/{run.run_id}/{run.number:03d}.pdf"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise StorageThrottledError(f"the documents bucket did not take the call ({type(error).__name__})") from error
