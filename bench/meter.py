"""Counts what a DynamoDB client sends, and works out from the items' sizes what AWS would charge for it.

Source: DynamoDB Developer Guide, "Item sizes and formats" and "Read and write capacity": a strongly consistent read costs one
unit for each started 4 KB of a query's items, one that is not half of it, a transactional write two for each started KB of the larger of old and new item,
and each write that an index carries one for each started KB.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.stack import Tree

Item = dict[str, Any]
READ_BYTES = 4096
WRITE_BYTES = 1024


@dataclass(slots=True)
class Count:
    """What was sent between two moments."""

    requests: list[str] = field(default_factory=list)
    read_units: float = 0
    write_units: int = 0
    index_units: int = 0


@dataclass(slots=True)
class Meter:
    """Listens to one client; a second one looks at items before they are written."""

    client: Any
    looker: Any
    tables: Mapping[str, Tree]
    """Table name -> its properties in the template."""
    count: Count = field(default_factory=Count)
    is_deaf: bool = False
    reads_cost: float = 1
    """Of the read that is under way: half as much where it may be a moment behind."""

    def listen(self) -> None:
        """Begin to count."""
        events = self.client.meta.events
        events.register("provide-client-params.dynamodb.*", self._asked)
        events.register("after-call.dynamodb.*", self._answered)

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Neither count nor look to the end of the block: looking costs time of its own."""
        self.is_deaf = True
        try:
            yield
        finally:
            self.is_deaf = False

    @contextmanager
    def counting(self) -> Iterator[Count]:
        """Count from here to the end of the block."""
        counted = self.count = Count()
        try:
            yield counted
        finally:
            self.count = Count()

    def _asked(self, params: Item, model: Any, **_: Any) -> None:
        if self.is_deaf:
            return
        self.count.requests.append(model.name)
        self.reads_cost = 1 if params.get("ConsistentRead") else 0.5
        if model.name == "TransactWriteItems":
            for action in params["TransactItems"]:
                self._write(action, factor=2)
        elif model.name == "PutItem":
            self._write({"Put": params}, factor=1)

    def _answered(self, parsed: Item, model: Any, **_: Any) -> None:
        if self.is_deaf:
            return
        if model.name == "Query":
            self.count.read_units += self.reads_cost * _started(sum(item_bytes(item) for item in parsed.get("Items", [])), READ_BYTES)
        elif model.name == "BatchGetItem":
            items = [item for found in parsed["Responses"].values() for item in found]
            self.count.read_units += sum(_started(item_bytes(item), READ_BYTES) for item in items)
        elif model.name == "GetItem":
            self.count.read_units += self.reads_cost * _started(item_bytes(parsed.get("Item", {})), READ_BYTES)

    def _write(self, action: Item, *, factor: int) -> None:
        ((kind, request),) = action.items()
        key = request["Key"] if kind != "Put" else {name: request["Item"][name] for name in ("pk", "sk")}
        old = self.looker.get_item(TableName=request["TableName"], Key=key, ConsistentRead=True).get("Item", {})
        # An update of ours adds short attributes to an item: as many bytes as the values it is sent with.
        new = request["Item"] if kind == "Put" else {} if kind == "Delete" else old | request.get("ExpressionAttributeValues", {})
        self.count.write_units += factor * _started(max(item_bytes(old), item_bytes(new)), WRITE_BYTES)
        for index in self.tables[request["TableName"]].get("GlobalSecondaryIndexes", []):
            self.count.index_units += _index_units(index, old, new)


def item_bytes(item: Item) -> int:
    """Return an item's size as AWS counts it."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Item) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return len(held.lstrip("-").replace(".", "")) // 2 + 2
        case "SS":
            return sum(len(text.encode()) for text in held)
        case _:
            return 1


def _index_units(index: Tree, old: Item, new: Item) -> int:
    names = [part["AttributeName"] for part in index["KeySchema"]]
    before, after = (all(name in item for name in names) for item in (old, new))
    whole = index["Projection"]["ProjectionType"] == "ALL"
    kept = [*names, "pk", "sk"]
    shown_old, shown_new = ({name: item[name] for name in (item if whole else kept) if name in item} for item in (old, new))
    if not before and not after:
        return 0
    if before and after and all(old[name] == new[name] for name in names):
        return 0 if shown_old == shown_new else _started(max(item_bytes(shown_old), item_bytes(shown_new)), WRITE_BYTES)
    return sum(_started(item_bytes(shown), WRITE_BYTES) for there, shown in ((before, shown_old), (after, shown_new)) if there)


def _started(size: int, unit: int) -> int:
    return max(1, -(-size // unit))
