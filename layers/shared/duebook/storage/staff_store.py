"""Staff of a tenant: the people, when they signed in last, and the links that mails carry to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from duebook.domain.directory import Staff
from duebook.domain.identity import KNOWN_AFTERWARDS
from duebook.domain.staff_access import MOST_STAFF, StaffLink
from duebook.errors import LinkExpiredError, NotFoundError, UnprocessableError
from duebook.storage import keys
from duebook.storage.directory_items import staff_item, staff_of
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
    write_one,
)

TAKEN = "This link was used already."


class StaffStore:
    """Reads and writes staff in the Directory, and their links in what passes."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory
        self._transient = tables.transient

    def find(self, tenant_id: str, staff_id: str) -> Staff:
        """Read a staff member.

        Raises:
            NotFoundError: No such person of this tenant.
        """
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), keys.staff_sk(staff_id))
        if item is None:
            raise NotFoundError("no such staff member")
        return staff_of(item)

    def everybody(self, tenant_id: str) -> list[Staff]:
        """Read all staff of a tenant, in the order of their ids."""
        return [staff_of(item) for item in self._below(tenant_id, keys.STAFF)]

    def last_sign_ins(self, tenant_id: str) -> dict[str, datetime]:
        """Read when each staff member signed in last; who never did is absent."""
        found = [
            (item["sk"]["S"].removeprefix(keys.STAFF_SEEN), instant(content(item)["at"]))
            for item in self._below(tenant_id, keys.STAFF_SEEN)
        ]
        return {staff_id: at for staff_id, at in found if at}

    def with_second_step(self, tenant_id: str) -> set[str]:
        """Read whose sign-in asks for a code as well."""
        items = self._below(tenant_id, keys.SECOND_FACTORS)
        return {item["sk"]["S"].removeprefix(keys.SECOND_FACTORS) for item in items if content(item)["on"]}

    def note_sign_in(self, tenant_id: str, staff_id: str, at: datetime) -> None:
        """Note that a staff member signed in."""
        item = document(keys.tenant_pk(tenant_id), keys.staff_seen_sk(staff_id), {"at": at.isoformat()})
        write_one(self._client, Write({"Put": {"TableName": self._table, "Item": item}}))

    def add(self, staff: Staff, *, also: Sequence[Write] = ()) -> None:
        """Write a new staff member with the address they sign in with, and writes of the same fact.

        Raises:
            UnprocessableError: The address signs in already, here or at another tenant.
        """
        login = key(keys.login_pk(staff.email), keys.LOOKUP_SK)
        login |= {"tenant_id": {"S": staff.tenant_id}, "staff_id": {"S": staff.staff_id}}
        taken = UnprocessableError("This address signs in to Duebook already. Use another one.", field="email")
        transact(self._client, [put_new(self._table, login, taken), put_new(self._table, staff_item(staff)), *also])

    def save(self, staff: Staff, *, beside: Staff | None = None, also: Sequence[Write] = ()) -> Staff:
        """Replace a staff member who is unchanged since they were read, and return them as they stand then.

        Args:
            staff: As they are to be.
            beside: An admin who has to be as they were read.
            also: Writes of the same fact.

        Raises:
            ConflictError: One of them changed meanwhile.
        """
        after = replace(staff, version=staff.version + 1)
        transact(self._client, [*self._unchanged(beside), *also, put_changed(self._table, staff_item(after), staff.version)])
        return after

    def remove(self, staff: Staff, *, beside: Staff | None) -> None:
        """Delete a staff member who is unchanged since they were read, with their address and second step.

        Args:
            staff: Who goes.
            beside: An admin who has to be as they were read.

        Raises:
            ConflictError: One of them changed meanwhile.
        """
        unchanged = {"ConditionExpression": "version = :was", "ExpressionAttributeValues": {":was": {"N": str(staff.version)}}}
        tenant_pk = keys.tenant_pk(staff.tenant_id)
        gone = [
            (key(keys.login_pk(staff.email), keys.LOOKUP_SK), {}),
            (key(tenant_pk, keys.second_factor_sk(staff.staff_id)), {}),
            (key(tenant_pk, keys.staff_seen_sk(staff.staff_id)), {}),
            (key(tenant_pk, keys.staff_sk(staff.staff_id)), unchanged),
        ]
        deletes = [Write({"Delete": {"TableName": self._table, "Key": where, **condition}}) for where, condition in gone]
        transact(self._client, [*self._unchanged(beside), *deletes])

    def add_link(self, token_hash: str, link: StaffLink) -> None:
        """Write a new link."""
        write_one(self._client, put_new(self._transient, _link_item(token_hash, link, 0)))

    def link(self, token_hash: str) -> StaffLink | None:
        """Read a link, also one that has ended, or None."""
        item = get(self._client, self._transient, keys.staff_link_pk(token_hash), keys.TRANSIENT_SK)
        return _link_of(item) if item else None

    def link_used(self, token_hash: str, link: StaffLink) -> Write:
        """Make the write that redeems a link, once."""
        put = put_changed(self._transient, _link_item(token_hash, link, 1), 0)
        return Write(put.action, LinkExpiredError(TAKEN))

    def _below(self, tenant_id: str, prefix: str) -> list[Item]:
        request = prefixed(keys.tenant_pk(tenant_id), prefix)
        return list(islice(query(self._client, self._table, ConsistentRead=True, **request), MOST_STAFF))

    def _unchanged(self, admin: Staff | None) -> list[Write]:
        """Make the check that an admin is still the one that was read, so that two admins do not end each other's role at once."""
        if admin is None:
            return []
        check = {
            "TableName": self._table,
            "Key": key(keys.tenant_pk(admin.tenant_id), keys.staff_sk(admin.staff_id)),
            "ConditionExpression": "version = :was",
            "ExpressionAttributeValues": {":was": {"N": str(admin.version)}},
        }
        return [Write({"ConditionCheck": check})]


def _link_item(token_hash: str, link: StaffLink, version: int) -> Item:
    doc = {
        "tenant_id": link.tenant_id,
        "staff_id": link.staff_id,
        "generation": link.generation,
        "valid_until": link.valid_until.isoformat(),
        "used_at": link.used_at.isoformat() if link.used_at else None,
    }
    expires_at = int((link.valid_until + KNOWN_AFTERWARDS).timestamp())
    return document(keys.staff_link_pk(token_hash), keys.TRANSIENT_SK, doc, version=version, expires_at=expires_at)


def _link_of(item: Item) -> StaffLink:
    doc = content(item)
    valid_until = datetime.fromisoformat(doc["valid_until"])
    return StaffLink(doc["tenant_id"], doc["staff_id"], doc["generation"], valid_until, instant(doc["used_at"]))
