"""Files that go with mails: kept in the documents bucket as long as the mails' texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from duebook.domain.email_activity import MOST_ATTACHED_BYTES, Attachment
from duebook.errors import InvariantError, StorageThrottledError, UnprocessableError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
else:
    S3Client = Any

ATTACHMENTS = "attachments/"
PDF = "application/pdf"
LINK_SECONDS = 300
ABSENT = {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}
"""What S3 says of an object that is not there; 403 to a function that may not list the bucket."""


class AttachmentStore:
    """Keeps files that go with mails."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, tenant_id: str, name: str, content: bytes, *, shown_as: str, content_type: str = PDF) -> Attachment:
        """Keep a file; who puts the same one again puts the same bytes.

        Args:
            tenant_id: Whose.
            name: Unique in the tenant, such as ``<run>-<customer>``; letters, digits, ``_`` and ``-``.
            content: The file.
            shown_as: Its name in the mail, such as ``Statement-2025-06.pdf``.
            content_type: Its media type.

        Raises:
            UnprocessableError: It is too large for a mail.
            StorageThrottledError: The bucket did not take it.
        """
        if len(content) > MOST_ATTACHED_BYTES:
            raise UnprocessableError(f"{shown_as} has {len(content)} bytes, a mail takes {MOST_ATTACHED_BYTES}")
        path = f"{ATTACHMENTS}{tenant_id}/{name}.pdf"
        try:
            self._client.put_object(Bucket=self._bucket, Key=path, Body=content, ContentType=content_type, CacheControl="private, no-store")
        except (ClientError, BotoCoreError) as error:
            raise StorageThrottledError(f"the documents bucket did not take the call ({type(error).__name__})") from error
        return Attachment(shown_as, content_type, path)

    def get(self, tenant_id: str, attachment: Attachment) -> bytes | None:
        """Return a file's bytes, or None once it is no longer kept.

        Raises:
            InvariantError: It is another tenant's.
            StorageThrottledError: The bucket did not answer.
        """
        _check_owner(tenant_id, attachment)
        try:
            with _translated():
                return self._client.get_object(Bucket=self._bucket, Key=attachment.path)["Body"].read()
        except _AbsentError:
            return None

    def link(self, tenant_id: str, attachment: Attachment) -> str | None:
        """Return a link to a file, good for five minutes, or None once it is no longer kept.

        Raises:
            InvariantError: It is another tenant's.
            StorageThrottledError: The bucket did not answer.
        """
        _check_owner(tenant_id, attachment)
        where = {"Bucket": self._bucket, "Key": attachment.path}
        try:
            with _translated():
                self._client.head_object(Bucket=self._bucket, Key=attachment.path)
        except _AbsentError:
            return None
        saved_as = {"ResponseContentDisposition": f'attachment; filename="{attachment.name}"'}
        return self._client.generate_presigned_url("get_object", Params=where | saved_as, ExpiresIn=LINK_SECONDS)


class _AbsentError(Exception):
    """There is no such object."""


def _check_owner(tenant_id: str, attachment: Attachment) -> None:
    if not attachment.path.startswith(f"{ATTACHMENTS}{tenant_id}/"):
        raise InvariantError(f"an attachment of {tenant_id} lies elsewhere")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["ResponseMetadata"].get("HTTPStatusCode") in ABSENT:
            raise _AbsentError from error
        raise StorageThrottledError(f"the documents bucket did not answer ({error.response['Error'].get('Code')})") from error
    except BotoCoreError as error:
        raise StorageThrottledError(f"the documents bucket did not answer ({type(error).__name__})") from error
