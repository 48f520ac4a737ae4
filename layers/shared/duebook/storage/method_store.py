"""Saved cards and bank accounts below their customer, and the marks of removals that are not finished."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from duebook.domain.methods import Consent, Flag, MethodState, SavedMethod
from duebook.errors import ConflictError
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
    prefixed,
    put_changed,
    put_new,
    query,
    transact,
    version_of,
)

KIND = "METHOD"
PLAIN = (
    "tenant_id", "customer_id", "method_id", "type", "currency", "merchant_account_id", "vault_id", "brand", "last4", "expiry",
    "bank_name", "account_kind", "default",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Removal:
    """The mark of a removal that is not finished: whose method, how often the processor was asked, when it is asked again."""

    tenant_id: str
    customer_id: str
    method_id: str
    tries: int
    next_at: datetime


class MethodStore:
    """Reads and writes the saved methods of the Directory table."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def get(self, tenant_id: str, customer_id: str, method_id: str) -> SavedMethod | None:
        """Read a method of a customer, removed ones too, or None."""
        item = get(self._client, self._table, keys.customer_pk(tenant_id, customer_id), keys.document_sk(KIND, method_id))
        return method_of(item) if item else None

    def of_customer(self, tenant_id: str, customer_id: str) -> list[SavedMethod]:
        """Read all methods of a customer, removed ones too, by id."""
        request = prefixed(keys.customer_pk(tenant_id, customer_id), f"{KIND}#")
        return [method_of(item) for item in query(self._client, self._table, ConsistentRead=True, **request)]

    def save(self, *methods: SavedMethod) -> None:
        """Write methods, new ones (version 0) and changed ones, all or none; no method is no write.

        Raises:
            ConflictError: One of them changed since it was read, or came meanwhile.
        """
        uses = [Write({"Put": {"TableName": self._table, "Item": self._use(method)}}) for method in methods if method.vault_id]
        if methods:
            transact(self._client, [*(self._put(method) for method in methods), *uses])

    def begin_removal(self, *methods: SavedMethod, removed: SavedMethod, now: datetime) -> None:
        """Write a method that is being removed with its mark, and what else changes with it.

        Raises:
            ConflictError: One of them changed since it was read.
        """
        mark = Removal(removed.tenant_id, removed.customer_id, removed.method_id, 0, now)
        no_use = Write({"Delete": {"TableName": self._table, "Key": self._use(removed)}})
        transact(self._client, [*(self._put(method) for method in (removed, *methods)), self._mark(mark), no_use])

    def is_used_elsewhere(self, method: SavedMethod) -> bool:
        """Tell whether another customer has the very stored method in use: a processor may keep one card once for both."""
        use = self._use(method)
        request = prefixed(use["pk"]["S"]) | {"Limit": 2, "ConsistentRead": True}
        return any(item["sk"] != use["sk"] for item in query(self._client, self._table, **request))

    def end_removal(self, removed: SavedMethod) -> None:
        """Write a method that is gone at the processor, and take its mark away.

        Raises:
            ConflictError: It changed since it was read.
        """
        where = key(keys.REMOVALS_PK, keys.removal_sk(removed.tenant_id, removed.customer_id, removed.method_id))
        transact(self._client, [self._put(removed), Write({"Delete": {"TableName": self._table, "Key": where}})])

    def postpone_removal(self, removal: Removal) -> None:
        """Write when a removal is tried again."""
        mark = self._mark(removal)
        mark.action["Put"]["ConditionExpression"] = "attribute_exists(pk)"
        transact(self._client, [Write(mark.action, ConflictError("the removal is finished"))])

    def removals(self) -> Iterator[Removal]:
        """Read the marks of all removals that are not finished."""
        for item in query(self._client, self._table, ConsistentRead=True, **prefixed(keys.REMOVALS_PK)):
            doc = content(item)
            yield Removal(doc["tenant"], doc["customer"], doc["method"], doc["tries"], datetime.fromisoformat(doc["next_at"]))

    def _put(self, method: SavedMethod) -> Write:
        if method.version == 0:
            return put_new(self._table, method_item(replace(method, version=1)), ConflictError("it was saved meanwhile; read again"))
        return put_changed(self._table, method_item(replace(method, version=method.version + 1)), method.version)

    def _use(self, method: SavedMethod) -> Item:
        vault_hash = hashlib.sha256(method.vault_id.encode()).hexdigest()[:32]
        return key(keys.vault_pk(method.tenant_id, method.merchant_account_id, vault_hash), keys.vault_sk(method.customer_id))

    def _mark(self, removal: Removal) -> Write:
        doc = {
            "tenant": removal.tenant_id,
            "customer": removal.customer_id,
            "method": removal.method_id,
            "tries": removal.tries,
            "next_at": removal.next_at.isoformat(),
        }
        sk = keys.removal_sk(removal.tenant_id, removal.customer_id, removal.method_id)
        return Write({"Put": {"TableName": self._table, "Item": document(keys.REMOVALS_PK, sk, doc)}})


def method_item(method: SavedMethod) -> Item:
    """Write a method's item."""
    consent, flag = method.consent, method.flagged
    doc: dict[str, Any] = {name: getattr(method, name) for name in PLAIN}
    doc |= {
        "consent": [consent.at.isoformat(), consent.by, consent.text_version, consent.channel],
        "flagged": [flag.code, flag.reason, flag.at.isoformat()] if flag else None,
        "created_at": method.created_at.isoformat(),
        "state": method.state.value,
        "removed_at": method.removed_at.isoformat() if method.removed_at else None,
    }
    sk = keys.document_sk(KIND, method.method_id)
    kept = {name: value for name, value in doc.items() if value not in (None, False)}
    return document(keys.customer_pk(method.tenant_id, method.customer_id), sk, kept, version=method.version)


def method_of(item: Item) -> SavedMethod:
    """Read a method's item."""
    doc = content(item)
    at, *consent = doc["consent"]
    flag = doc.get("flagged")
    return SavedMethod(
        **{name: doc[name] for name in PLAIN if name in doc},
        consent=Consent(datetime.fromisoformat(at), *consent),
        flagged=Flag(flag[0], flag[1], datetime.fromisoformat(flag[2])) if flag else None,
        created_at=datetime.fromisoformat(doc["created_at"]),
        state=MethodState(doc["state"]),
        removed_at=instant(doc.get("removed_at")),
        version=version_of(item),
    )
