"""Links to pay, the sessions they begin, and what both stand on at this moment. Every read checks the expiry itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from duebook.domain.identity import KNOWN_AFTERWARDS
from duebook.domain.pay_links import PayerSession, PayLink, Standing
from duebook.storage import automation_keys, keys, pay_link_keys
from duebook.storage.automation_store import customer_automation_of
from duebook.storage.directory_items import contact_of, customer_of, tenant_of
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get,
    get_many,
    instant,
    key,
    put_new,
    write_one,
)


class PayLinkStore:
    """Reads and writes links and payers' sessions in the Transient table, each under the hash of its token."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.transient
        self._directory = tables.directory

    def add_link(self, token_hash: str, link: PayLink) -> None:
        """Write a new link."""
        expires_at = int((link.valid_until + KNOWN_AFTERWARDS).timestamp())
        item = document(pay_link_keys.pay_link_pk(token_hash), keys.TRANSIENT_SK, _link_doc(link), expires_at=expires_at)
        write_one(self._client, put_new(self._table, item))

    def link(self, token_hash: str, now: datetime) -> PayLink | None:
        """Read a link, also one that has ended as long as it is recognised, or None."""
        item = get(self._client, self._table, pay_link_keys.pay_link_pk(token_hash), keys.TRANSIENT_SK)
        link = _link_of(content(item)) if item else None
        return link if link and now < link.valid_until + KNOWN_AFTERWARDS else None

    def add_session(self, token_hash: str, session: PayerSession) -> None:
        """Write a new session."""
        write_one(self._client, put_new(self._table, _session_item(token_hash, session)))

    def session(self, token_hash: str, now: datetime) -> PayerSession | None:
        """Read a session that has not ended by time, or None."""
        item = get(self._client, self._table, pay_link_keys.payer_session_pk(token_hash), keys.TRANSIENT_SK)
        session = _session_of(item) if item else None
        return session if session and now < min(session.idle_until, session.ends_at) else None

    def rewrite_session(self, token_hash: str, session: PayerSession) -> None:
        """Replace a session by one with a later idle limit.

        Raises:
            ConflictError: It was ended meanwhile and stays ended.
        """
        put = {"TableName": self._table, "Item": _session_item(token_hash, session), "ConditionExpression": "attribute_exists(pk)"}
        write_one(self._client, Write({"Put": put}))

    def end_session(self, token_hash: str) -> None:
        """Delete a session; one that has ended stays ended."""
        where = key(pay_link_keys.payer_session_pk(token_hash), keys.TRANSIENT_SK)
        write_one(self._client, Write({"Delete": {"TableName": self._table, "Key": where}}))

    def standing(self, tenant_id: str, customer_id: str, contact_id: str | None = None) -> Standing | None:
        """Read what a link stands on, by one request; None when the business or the customer is gone."""
        tenant, customer, switch = (
            (keys.tenant_pk(tenant_id), sk)
            for sk in (keys.PROFILE, keys.customer_sk(customer_id), automation_keys.customer_automation_sk(customer_id))
        )
        contact = (keys.customer_pk(tenant_id, customer_id), keys.document_sk("CONTACT", contact_id)) if contact_id else None
        found = get_many(self._client, self._directory, [tenant, customer, switch, *([contact] if contact else [])])
        if tenant not in found or customer not in found:
            return None
        return Standing(
            tenant_of(found[tenant]),
            customer_of(found[customer]),
            contact_of(found[contact]) if contact in found else None,
            customer_automation_of(found[switch]).links_from if switch in found else None,
        )


def _link_doc(link: PayLink) -> dict[str, Any]:
    return {
        "tenant_id": link.tenant_id,
        "customer_id": link.customer_id,
        "address": link.address,
        "mail_id": link.mail_id,
        "made_at": link.made_at.isoformat(),
        "valid_until": link.valid_until.isoformat(),
        "contact_id": link.contact_id,
        "access_since": link.access_since.isoformat() if link.access_since else None,
    }


def _link_of(doc: dict[str, Any]) -> PayLink:
    times = {name: datetime.fromisoformat(doc[name]) for name in ("made_at", "valid_until")}
    return PayLink(**(doc | times | {"access_since": instant(doc["access_since"])}))


def _session_item(token_hash: str, session: PayerSession) -> Item:
    doc = {
        "link": _link_doc(session.link),
        "started_at": session.started_at.isoformat(),
        "idle_until": session.idle_until.isoformat(),
        "ends_at": session.ends_at.isoformat(),
    }
    return document(pay_link_keys.payer_session_pk(token_hash), keys.TRANSIENT_SK, doc, expires_at=int(session.ends_at.timestamp()))


def _session_of(item: Item) -> PayerSession:
    doc = content(item)
    times = {name: datetime.fromisoformat(doc[name]) for name in ("started_at", "idle_until", "ends_at")}
    return PayerSession(_link_of(doc["link"]), **times)
