"""What lets a contact in for a while: sessions and the single-use links of mails. Every read checks the expiry itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from duebook.domain.identity import KNOWN_AFTERWARDS, ContactSession, Link, LinkPurpose, Membership
from duebook.errors import LinkExpiredError
from duebook.storage import keys
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
    put_changed,
    put_new,
    write_one,
)

TAKEN = "This link was used already. Ask for a new one."


class PassStore:
    """Reads and writes sessions of contacts and links in the Transient table, each under the hash of its token."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.transient

    def add_session(self, token_hash: str, session: ContactSession) -> None:
        """Write a new session."""
        write_one(self._client, put_new(self._table, _session_item(token_hash, session)))

    def session(self, token_hash: str, now: datetime) -> ContactSession | None:
        """Read a session that has not ended by time, or None."""
        item = get(self._client, self._table, keys.contact_session_pk(token_hash), keys.TRANSIENT_SK)
        session = _session_of(item) if item else None
        return session if session and now < min(session.idle_until, session.ends_at) else None

    def rewrite_session(self, token_hash: str, session: ContactSession) -> None:
        """Replace a session: a later idle limit, another membership, the login's new generation.

        Raises:
            ConflictError: It was ended meanwhile and stays ended.
        """
        put = {"TableName": self._table, "Item": _session_item(token_hash, session), "ConditionExpression": "attribute_exists(pk)"}
        write_one(self._client, Write({"Put": put}))

    def end_session(self, token_hash: str) -> None:
        """Delete a session; one that has ended stays ended."""
        where = key(keys.contact_session_pk(token_hash), keys.TRANSIENT_SK)
        write_one(self._client, Write({"Delete": {"TableName": self._table, "Key": where}}))

    def add_link(self, token_hash: str, link: Link) -> None:
        """Write a new link."""
        write_one(self._client, put_new(self._table, _link_item(token_hash, link, 0)))

    def link(self, token_hash: str, now: datetime) -> Link | None:
        """Read a link, also one that has ended as long as it is recognised, or None."""
        item = get(self._client, self._table, keys.link_pk(token_hash), keys.TRANSIENT_SK)
        link = _link_of(item) if item else None
        return link if link and now < link.valid_until + KNOWN_AFTERWARDS else None

    def link_used(self, token_hash: str, link: Link) -> Write:
        """Make the write that redeems a link, once."""
        put = put_changed(self._table, _link_item(token_hash, link, 1), 0)
        return Write(put.action, LinkExpiredError(TAKEN))


def _session_item(token_hash: str, session: ContactSession) -> Item:
    doc = {
        "login_id": session.login_id,
        "membership": _triple(session.membership),
        "access_since": _text(session.access_since),
        "generation": session.generation,
        "started_at": session.started_at.isoformat(),
        "idle_until": session.idle_until.isoformat(),
        "ends_at": session.ends_at.isoformat(),
    }
    return document(keys.contact_session_pk(token_hash), keys.TRANSIENT_SK, doc, expires_at=int(session.ends_at.timestamp()))


def _session_of(item: Item) -> ContactSession:
    doc = content(item)
    times = {name: datetime.fromisoformat(doc[name]) for name in ("started_at", "idle_until", "ends_at")}
    return ContactSession(doc["login_id"], Membership(*doc["membership"]), instant(doc["access_since"]), doc["generation"], **times)


def _link_item(token_hash: str, link: Link, version: int) -> Item:
    doc: dict[str, Any] = {
        "purpose": link.purpose.value,
        "login_id": link.login_id,
        "membership": _triple(link.membership),
        "access_since": _text(link.access_since),
        "generation": link.generation,
        "valid_until": link.valid_until.isoformat(),
        "used_at": _text(link.used_at),
    }
    expires_at = int((link.valid_until + KNOWN_AFTERWARDS).timestamp())
    return document(keys.link_pk(token_hash), keys.TRANSIENT_SK, doc, version=version, expires_at=expires_at)


def _link_of(item: Item) -> Link:
    doc = content(item)
    return Link(
        LinkPurpose(doc["purpose"]),
        doc["login_id"],
        Membership(*doc["membership"]),
        instant(doc["access_since"]),
        doc["generation"],
        datetime.fromisoformat(doc["valid_until"]),
        instant(doc["used_at"]),
    )


def _triple(membership: Membership) -> list[str]:
    return [membership.tenant_id, membership.customer_id, membership.contact_id]


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
