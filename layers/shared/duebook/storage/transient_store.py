"""What passes: sessions, Idempotency-Keys, notifications and failed tries. Every read checks the expiry itself; deletion by TTL comes late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from duebook.domain.throttling import Tries
from duebook.errors import AlreadyPostedError, ConflictError
from duebook.storage import keys
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get,
    key,
    put_changed,
    put_new,
    translated,
    write_one,
)

IDEMPOTENCY_DAYS = 30
STAFF_SCOPE = "staff"
"""Whose Idempotency-Keys count when staff move money in any way: the tenant's staff together."""
NOTIFICATION_DAYS = 30
"""Longer than a processor repeats a notification."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, until when; ``generation`` is the person's when it began, and a later one ends it."""

    tenant_id: str
    staff_id: str
    csrf: str
    started_at: datetime
    idle_until: datetime
    ends_at: datetime
    generation: int = 0


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What an Idempotency-Key was used for."""

    payment_id: str
    fingerprint: str


class TransientStore:
    """Reads and writes the Transient table."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.transient

    def key_use(self, tenant_id: str, scope: str, idempotency_key: str) -> KeyUse | None:
        """Return what an Idempotency-Key was used for, or None."""
        item = get(self._client, self._table, keys.idempotency_pk(tenant_id, scope, idempotency_key), keys.TRANSIENT_SK)
        return KeyUse(**content(item)) if item else None

    def key_used(self, tenant_id: str, scope: str, idempotency_key: str, use: KeyUse, now: datetime) -> Write:
        """Make the write that takes an Idempotency-Key, once."""
        expires_at = int((now + timedelta(days=IDEMPOTENCY_DAYS)).timestamp())
        doc = {"payment_id": use.payment_id, "fingerprint": use.fingerprint}
        item = document(keys.idempotency_pk(tenant_id, scope, idempotency_key), keys.TRANSIENT_SK, doc, expires_at=expires_at)
        return put_new(self._table, item, AlreadyPostedError("this Idempotency-Key is in use"))

    def free_key(self, tenant_id: str, scope: str, idempotency_key: str) -> None:
        """Give an Idempotency-Key back whose payment was never sent, so that the same attempt may be made again."""
        where = key(keys.idempotency_pk(tenant_id, scope, idempotency_key), keys.TRANSIENT_SK)
        write_one(self._client, Write({"Delete": {"TableName": self._table, "Key": where}}))

    def take_notification(self, tenant_id: str, notification_id: str, now: datetime) -> bool:
        """Put a processor's notification on record, once, and tell whether it is still to be worked on.

        One that came before and was not marked as worked was left by a crash, or is being worked on elsewhere.
        """
        item = self._notification(tenant_id, notification_id, {"received_at": now.isoformat()}, now)
        try:
            write_one(self._client, put_new(self._table, item))
        except AlreadyPostedError:
            found = get(self._client, self._table, keys.notification_pk(tenant_id, notification_id), keys.TRANSIENT_SK)
            return found is None or "worked_at" not in content(found)
        return True

    def notification_worked(self, tenant_id: str, notification_id: str, now: datetime) -> None:
        """Mark a notification as worked; a repeat of it changes nothing from here on."""
        item = self._notification(tenant_id, notification_id, {"worked_at": now.isoformat()}, now, version=1)
        try:
            write_one(self._client, put_changed(self._table, item, was=0))
        except ConflictError:
            # Another delivery of the same one was quicker.
            return

    def _notification(self, tenant_id: str, notification_id: str, doc: dict[str, str], now: datetime, *, version: int = 0) -> Item:
        expires_at = int((now + timedelta(days=NOTIFICATION_DAYS)).timestamp())
        pk = keys.notification_pk(tenant_id, notification_id)
        return document(pk, keys.TRANSIENT_SK, doc, version=version, expires_at=expires_at)

    def tries(self, kind: str, subject: str) -> Tries | None:
        """Read the failed tries of a subject."""
        item = get(self._client, self._table, keys.tries_pk(kind, subject), keys.TRANSIENT_SK)
        if item is None:
            return None
        return Tries(int(item["count"]["N"]), datetime.fromisoformat(item["last_at"]["S"]))

    def count_try(self, kind: str, subject: str, now: datetime, forget: timedelta) -> None:
        """Count one failed try; after a quiet time the count begins again."""
        tries = self.tries(kind, subject)
        fresh = tries is None or now - tries.last_at >= forget
        stamp = "SET last_at = :now, expires_at = :expires"
        with translated():
            self._client.update_item(
                TableName=self._table,
                Key=key(keys.tries_pk(kind, subject), keys.TRANSIENT_SK),
                UpdateExpression=f"{stamp}, #count = :one" if fresh else f"{stamp} ADD #count :one",
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":now": {"S": now.isoformat()},
                    ":expires": {"N": str(int((now + forget).timestamp()))},
                },
            )

    def add_session(self, token_hash: str, session: Session) -> None:
        """Write a new session under the hash of its token."""
        write_one(self._client, put_new(self._table, _session_item(token_hash, session)))

    def session(self, token_hash: str, now: datetime) -> Session | None:
        """Read a session that has not ended, or None."""
        item = get(self._client, self._table, keys.session_pk(token_hash), keys.TRANSIENT_SK)
        if item is None:
            return None
        doc = content(item)
        times = {name: datetime.fromisoformat(doc[name]) for name in ("started_at", "idle_until", "ends_at")}
        session = Session(doc["tenant_id"], doc["staff_id"], doc["csrf"], **times, generation=doc.get("generation", 0))
        return session if now < min(session.idle_until, session.ends_at) else None

    def touch_session(self, token_hash: str, session: Session) -> None:
        """Write a session's new idle limit.

        Raises:
            ConflictError: It was ended meanwhile and stays ended.
        """
        item = _session_item(token_hash, session)
        write_one(self._client, Write({"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_exists(pk)"}}))

    def end_session(self, token_hash: str) -> None:
        """Delete a session."""
        where = key(keys.session_pk(token_hash), keys.TRANSIENT_SK)
        write_one(self._client, Write({"Delete": {"TableName": self._table, "Key": where}}))


def _session_item(token_hash: str, session: Session) -> Item:
    doc = {
        "tenant_id": session.tenant_id,
        "staff_id": session.staff_id,
        "csrf": session.csrf,
        "started_at": session.started_at.isoformat(),
        "idle_until": session.idle_until.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "generation": session.generation,
    }
    return document(keys.session_pk(token_hash), keys.TRANSIENT_SK, doc, expires_at=int(session.ends_at.timestamp()))
