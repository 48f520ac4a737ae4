"""Reconciliation: the rows of breaks, and how far each merchant account's books were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from duebook.domain.breaks import Break, BreakKind, BreakRow, RowState
from duebook.errors import ConflictError, NotFoundError
from duebook.storage import keys
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
    prefixed,
    put_changed,
    put_new,
    query,
    transact,
    version_of,
    write_one,
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one merchant account's books were read.

    Args:
        next_at: When they are due again (UTC).
        until: Everything before it was read (UTC); None before the first reading.
        active_at: When they last held anything (UTC).
        faults: Readings in a row that failed.
    """

    next_at: datetime
    until: datetime | None = None
    active_at: datetime | None = None
    faults: int = 0


@dataclass(frozen=True, slots=True)
class Readings:
    """How far a tenant's books were read, by merchant account, and when the tenant is looked at next."""

    tenant_id: str
    next_at: datetime
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    version: int = 0


class ReconciliationStore:
    """Reads and writes reconciliation rows and reading cursors (Accounts table)."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.accounts

    def all_readings(self) -> dict[str, Readings]:
        """Read how far every tenant's books were read."""
        items = query(self._client, self._table, ConsistentRead=True, **prefixed(keys.READINGS_PK))
        return {found.tenant_id: found for found in map(_readings_of, items)}

    def readings(self, tenant_id: str) -> Readings | None:
        """Read how far one tenant's books were read."""
        item = get(self._client, self._table, keys.READINGS_PK, keys.joined(tenant_id))
        return _readings_of(item) if item else None

    def save_readings(self, readings: Readings) -> Readings:
        """Write how far books were read, unless somebody else did meanwhile.

        Raises:
            ConflictError: Somebody did.
        """
        written = replace(readings, version=readings.version + 1)
        item, taken = _readings_item(written), ConflictError("the same books are being read")
        write_one(self._client, put_changed(self._table, item, readings.version) if readings.version else put_new(self._table, item, taken))
        return written

    def rows(self, tenant_id: str, state: RowState) -> Iterator[BreakRow]:
        """Read a tenant's rows of a state, in no order that means anything."""
        request = prefixed(keys.breaks_pk(tenant_id), keys.break_sk(state.value, "x")[:-1])
        for item in query(self._client, self._table, ConsistentRead=True, **request):
            yield _row_of(item)

    def resolved_among(self, tenant_id: str, break_ids: Iterable[str]) -> dict[str, BreakRow]:
        """Read those of some breaks that have a resolved row, by id."""
        pk = keys.breaks_pk(tenant_id)
        wanted = [(pk, keys.break_sk(RowState.RESOLVED.value, one)) for one in break_ids]
        rows = map(_row_of, get_many(self._client, self._table, wanted).values()) if wanted else ()
        return {row.found.break_id: row for row in rows}

    def row(self, tenant_id: str, break_id: str) -> BreakRow:
        """Read a row.

        Raises:
            NotFoundError: No such row of this tenant.
        """
        for state in RowState:
            item = get(self._client, self._table, keys.breaks_pk(tenant_id), keys.break_sk(state.value, break_id))
            if item is not None:
                return _row_of(item)
        raise NotFoundError(f"no reconciliation row {break_id}")

    def save(self, row: BreakRow, *, was: BreakRow | None) -> BreakRow:
        """Write a row that is new, or unchanged since it was read; it is one row in whichever state.

        Raises:
            ConflictError: It changed meanwhile.
        """
        changed = ConflictError("this row changed meanwhile; read again")
        written = replace(row, version=was.version + 1 if was else 1)
        item = _row_item(written)
        if was is None or was.state is row.state:
            write_one(self._client, put_changed(self._table, item, was.version) if was else put_new(self._table, item, changed))
            return written
        gone = {
            "TableName": self._table,
            "Key": key(keys.breaks_pk(was.tenant_id), keys.break_sk(was.state.value, was.found.break_id)),
            "ConditionExpression": "version = :was",
            "ExpressionAttributeValues": {":was": {"N": str(was.version)}},
        }
        transact(self._client, [Write({"Delete": gone}, changed), put_new(self._table, item, changed)])
        return written


def _row_item(row: BreakRow) -> Item:
    doc: dict[str, Any] = asdict(row.found) | {
        "tenant": row.tenant_id,
        "kind": row.found.kind.value,
        "first_seen_at": row.first_seen_at.isoformat(),
        "last_seen_at": row.last_seen_at.isoformat(),
        "state": row.state.value,
        "resolved_by": row.resolved_by,
        "resolved_at": row.resolved_at.isoformat() if row.resolved_at else None,
        "note": row.note,
    }
    sk = keys.break_sk(row.state.value, row.found.break_id)
    return document(keys.breaks_pk(row.tenant_id), sk, {name: one for name, one in doc.items() if one is not None}, version=row.version)


def _row_of(item: Item) -> BreakRow:
    doc = content(item)
    found = {name: doc[name] for name in Break.__dataclass_fields__ if name in doc}
    return BreakRow(
        tenant_id=doc["tenant"],
        found=Break(**(found | {"kind": BreakKind(doc["kind"])})),
        first_seen_at=datetime.fromisoformat(doc["first_seen_at"]),
        last_seen_at=datetime.fromisoformat(doc["last_seen_at"]),
        state=RowState(doc["state"]),
        resolved_by=doc.get("resolved_by"),
        resolved_at=instant(doc.get("resolved_at")),
        note=doc.get("note"),
        version=version_of(item),
    )


def _readings_item(readings: Readings) -> Item:
    doc = {
        "tenant": readings.tenant_id,
        "next_at": readings.next_at.isoformat(),
        "cursors": {
            account_id: [
                cursor.next_at.isoformat(),
                cursor.until.isoformat() if cursor.until else None,
                cursor.active_at.isoformat() if cursor.active_at else None,
                cursor.faults,
            ]
            for account_id, cursor in readings.cursors.items()
        },
    }
    return document(keys.READINGS_PK, keys.joined(readings.tenant_id), doc, version=readings.version)


def _readings_of(item: Item) -> Readings:
    doc = content(item)
    cursors = {
        account_id: Cursor(datetime.fromisoformat(next_at), instant(until), instant(active_at), faults)
        for account_id, (next_at, until, active_at, faults) in doc["cursors"].items()
    }
    return Readings(doc["tenant"], datetime.fromisoformat(doc["next_at"]), cursors, version_of(item))
