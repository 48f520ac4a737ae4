"""Documents that were printed: kept in the documents bucket under the name of what they tell, and given out by short-lived links."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from duebook.errors import StorageThrottledError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
else:
    S3Client = Any

DOCUMENTS = "documents/"
LINK_SECONDS = 300
NOT_THERE = {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}
"""What S3 says of an object that is not there; 403 to a function that may not list the bucket."""


class DocumentStore:
    """Keeps printed documents."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def has(self, tenant_id: str, name: str) -> bool:
        """Tell whether a document was printed already.

        Raises:
            StorageThrottledError: The bucket gave no answer.
        """
        try:
            with _translated():
                self._client.head_object(Bucket=self._bucket, Key=document_key(tenant_id, name))
        except _AbsentError:
            return False
        return True

    def put(self, tenant_id: str, name: str, pdf: bytes, file_name: str) -> None:
        """Keep a document; who puts the same one again puts the same bytes.

        Raises:
            StorageThrottledError: The bucket did not take it.
        """
        with _translated():
            self._client.put_object(
                Bucket=self._bucket,
                Key=document_key(tenant_id, name),
                Body=pdf,
                ContentType="application/pdf",
                ContentDisposition=f'attachment; filename="{file_name}"',
                CacheControl="private, no-store",
            )

    def link(self, tenant_id: str, name: str) -> str:
        """Return a link to a document, good for five minutes."""
        where = {"Bucket": self._bucket, "Key": document_key(tenant_id, name)}
        return self._client.generate_presigned_url("get_object", Params=where, ExpiresIn=LINK_SECONDS)


def document_key(tenant_id: str, name: str) -> str:
    """Return where a document lies."""
    return f"{DOCUMENTS}{tenant_id}/{name}.pdf"


class _AbsentError(Exception):
    """There is no such object."""


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"].get("HTTPStatusCode") in NOT_THERE and error.operation_name == "HeadObject":
            raise _AbsentError from error
        raise StorageThrottledError(f"the documents bucket did not take the call ({error.response['Error'].get('Code')})") from error
    except BotoCoreError as error:
        raise StorageThrottledError(f"the documents bucket did not take the call ({type(error).__name__})") from error
