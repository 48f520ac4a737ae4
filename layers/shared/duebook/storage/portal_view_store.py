"""Staff who look at the portal as a contact sees it: their views, and what a view stands on at this moment."""

from __future__ import annotations

from datetime import datetime

from duebook.domain.directory import Staff
from duebook.domain.identity import Access, Membership
from duebook.domain.portal_views import PortalView
from duebook.storage import keys, portal_view_keys
from duebook.storage.directory_items import staff_of
from duebook.storage.dynamo import DynamoDBClient, Tables, Write, content, document, get, get_many, key, put_new, write_one
from duebook.storage.login_store import access_in, keys_of


class PortalViewStore:
    """Reads and writes views in the Transient table, each under the hash of its token."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.transient
        self._directory = tables.directory

    def add(self, token_hash: str, view: PortalView) -> None:
        """Write a new view."""
        membership = view.membership
        doc = {
            "staff_id": view.staff_id,
            "staff_session": view.staff_session,
            "membership": [membership.tenant_id, membership.customer_id, membership.contact_id],
            "began_at": view.began_at.isoformat(),
            "ends_at": view.ends_at.isoformat(),
        }
        item = document(portal_view_keys.portal_view_pk(token_hash), keys.TRANSIENT_SK, doc, expires_at=int(view.ends_at.timestamp()))
        write_one(self._client, put_new(self._table, item))

    def view(self, token_hash: str, now: datetime) -> PortalView | None:
        """Read a view that has not ended by time, or None."""
        item = get(self._client, self._table, portal_view_keys.portal_view_pk(token_hash), keys.TRANSIENT_SK)
        if item is None:
            return None
        doc = content(item)
        began_at, ends_at = (datetime.fromisoformat(doc[name]) for name in ("began_at", "ends_at"))
        view = PortalView(doc["staff_id"], doc["staff_session"], Membership(*doc["membership"]), began_at, ends_at)
        return view if now < view.ends_at else None

    def end(self, token_hash: str) -> None:
        """Delete a view; one that has ended stays ended."""
        where = key(portal_view_keys.portal_view_pk(token_hash), keys.TRANSIENT_SK)
        write_one(self._client, Write({"Delete": {"TableName": self._table, "Key": where}}))

    def standing(self, view: PortalView) -> tuple[Staff | None, Access | None]:
        """Read who looks and what the membership stands for now, by one request."""
        own = (keys.tenant_pk(view.membership.tenant_id), keys.staff_sk(view.staff_id))
        found = get_many(self._client, self._directory, [own, *keys_of(view.membership)])
        return staff_of(found[own]) if own in found else None, access_in(found, view.membership)
