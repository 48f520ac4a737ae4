"""API keys in the Directory: one item that a call finds by the key's hash, one below the tenant that staff see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from duebook.domain.api_keys import ApiKey
from duebook.domain.directory import Role
from duebook.errors import AlreadyPostedError, NotFoundError
from duebook.storage import keys
from duebook.storage.directory_items import api_key_item, used_at_of
from duebook.storage.dynamo import DynamoDBClient, Item, Tables, Write, content, get, key, prefixed, put_new, query, transact


class ApiKeyStore:
    """Reads and writes API keys."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def add(self, tenant_id: str, api_key: ApiKey, key_hash: str) -> None:
        """Write a new key.

        Raises:
            AlreadyPostedError: It is on record.
        """
        items = [_lookup_item(tenant_id, api_key, key_hash), api_key_item(tenant_id, api_key, key_hash)]
        transact(self._client, [put_new(self._table, item, _made_already()) for item in items])

    def of_tenant(self, tenant_id: str) -> list[ApiKey]:
        """Read the keys of a tenant, newest first, with when each was used last: one read more for each of the few."""
        request = prefixed(keys.tenant_pk(tenant_id), keys.API_KEYS)
        found = [self._with_use(item) for item in query(self._client, self._table, ConsistentRead=True, **request)]
        return sorted(found, key=lambda one: (one.created_at, one.key_id), reverse=True)

    def find(self, tenant_id: str, key_id: str) -> ApiKey:
        """Read a key.

        Raises:
            NotFoundError: No such key of this tenant.
        """
        return _key_of(self._item(tenant_id, key_id))

    def remove(self, tenant_id: str, key_id: str) -> ApiKey:
        """Revoke a key: the next call with it is refused.

        Raises:
            NotFoundError: No such key of this tenant, or it was revoked before.
        """
        item = self._item(tenant_id, key_id)
        gone = (key(keys.api_key_pk(content(item)["hash"]), keys.LOOKUP_SK), key(keys.tenant_pk(tenant_id), keys.api_key_sk(key_id)))
        transact(self._client, [Write({"Delete": {"TableName": self._table, "Key": where}}) for where in gone])
        return _key_of(item)

    def _with_use(self, item: Item) -> ApiKey:
        lookup = get(self._client, self._table, keys.api_key_pk(content(item)["hash"]), keys.LOOKUP_SK)
        return replace(_key_of(item), used_at=used_at_of(lookup) if lookup else None)

    def _item(self, tenant_id: str, key_id: str) -> Item:
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), keys.api_key_sk(key_id))
        if item is None:
            raise NotFoundError("no such API key")
        return item


def _lookup_item(tenant_id: str, api_key: ApiKey, key_hash: str) -> Item:
    found = {"tenant_id": {"S": tenant_id}, "key_id": {"S": api_key.key_id}, "role": {"S": api_key.role.value}}
    return key(keys.api_key_pk(key_hash), keys.LOOKUP_SK) | found


def _key_of(item: Item) -> ApiKey:
    doc = content(item)
    doc.pop("hash")
    return ApiKey(**(doc | {"role": Role(doc["role"]), "created_at": datetime.fromisoformat(doc["created_at"])}))


def _made_already() -> AlreadyPostedError:
    return AlreadyPostedError("this API key was made already")
