"""Files that were too large to go with a mail: kept in the documents bucket as long as mails' texts, led to by a link in the mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from duebook.errors import LinkExpiredError, StorageThrottledError
from duebook.storage import keys
from duebook.storage.dynamo import DynamoDBClient, Tables, content, document, get, put_new, write_one

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
else:
    S3Client = Any

LINKED = "attachments/"
KEPT = timedelta(days=45)
LINK_SECONDS = 300


class FileLinkStore:
    """Keeps files and the links to them. A link's token is kept as its hash, as all tokens are."""

    def __init__(self, dynamodb: DynamoDBClient, s3: S3Client, tables: Tables, bucket: str) -> None:
        self._client = dynamodb
        self._s3 = s3
        self._table = tables.transient
        self._bucket = bucket

    def put(self, tenant_id: str, name: str, pdf: bytes, file_name: str, *, token_hash: str, now: datetime) -> None:
        """Keep a file, and a link to it.

        Args:
            tenant_id: Whose.
            name: Unique in the tenant; who puts the same one again puts the same bytes.
            pdf: The file.
            file_name: Under which it is saved.
            token_hash: Of the link's token.
            now: The link ends 45 days later.

        Raises:
            StorageThrottledError: It may not be kept; put it again.
        """
        path, ends_at = f"{LINKED}{tenant_id}/{name}.pdf", now + KEPT
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=path,
                Body=pdf,
                ContentType="application/pdf",
                ContentDisposition=f'attachment; filename="{file_name}"',
                CacheControl="private, no-store",
            )
        except (ClientError, BotoCoreError) as error:
            raise StorageThrottledError(f"the documents bucket did not take the call ({type(error).__name__})") from error
        doc = {"path": path, "ends_at": ends_at.isoformat()}
        item = document(keys.file_link_pk(token_hash), keys.TRANSIENT_SK, doc, expires_at=int(ends_at.timestamp()))
        write_one(self._client, put_new(self._table, item))

    def link(self, token_hash: str, now: datetime) -> str:
        """Return a link to a file, good for five minutes.

        Raises:
            LinkExpiredError: There is no such link, or it has ended.
        """
        item = get(self._client, self._table, keys.file_link_pk(token_hash), keys.TRANSIENT_SK)
        doc = content(item) if item else None
        if doc is None or datetime.fromisoformat(doc["ends_at"]) <= now:
            raise LinkExpiredError("this link has ended; ask for the statement again")
        where = {"Bucket": self._bucket, "Key": doc["path"]}
        return self._s3.generate_presigned_url("get_object", Params=where, ExpiresIn=LINK_SECONDS)
