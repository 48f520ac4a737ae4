"""Logos in their bucket, each named by its content: what an address shows never changes, so it may be kept for ever."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from duebook.errors import StorageThrottledError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
else:
    S3Client = Any

FOLDER = "logos/"
FOREVER = "public, max-age=31536000, immutable"
NAME_DIGITS = 32
ABSENT = frozenset({"NoSuchKey", "AccessDenied"})
"""What S3 says of an object that is not there; the second to who may not list the bucket, as none of our functions may."""
_PATH = re.compile(r"/(logos/[0-9a-f]{32}\.png)")


class LogoStore:
    """Writes and reads logos. One stays when its business takes another: pages seen before may still ask for it."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, png: bytes) -> str:
        """Keep a logo and return its path on our pages; the same picture again is the same path.

        Raises:
            StorageThrottledError: The bucket did not take it; say it again.
        """
        name = f"{FOLDER}{hashlib.sha256(png).hexdigest()[:NAME_DIGITS]}.png"
        with _translated():
            self._s3.put_object(Bucket=self._bucket, Key=name, Body=png, ContentType="image/png", CacheControl=FOREVER)
        return f"/{name}"

    def get(self, logo_url: str | None) -> bytes | None:
        """Return the PNG at a profile's ``logo_url``, or None where there is none.

        Raises:
            StorageThrottledError: The bucket did not answer.
        """
        path = _PATH.fullmatch(logo_url or "")
        if path is None:
            return None
        with _translated():
            try:
                return self._s3.get_object(Bucket=self._bucket, Key=path[1])["Body"].read()
            except ClientError as error:
                if error.response["Error"]["Code"] not in ABSENT:
                    raise
                return None


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the bucket's errors into ours: whatever it is, the same call may succeed later."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise StorageThrottledError(f"the bucket of logos did not take the call ({type(error).__name__})") from error
