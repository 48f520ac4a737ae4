"""Thin ground under the stores: attribute values, documents as compact JSON, writes with conditions, errors translated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from duebook.errors import AlreadyPostedError, ConflictError, DuebookError, StorageThrottledError, UnprocessableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient as DynamoDBClient  # noqa: PLC0414 - stores take it from here
else:
    DynamoDBClient = Any

Item: TypeAlias = dict[str, Any]
"""A DynamoDB item or key with typed attribute values."""

THROTTLED = frozenset(
    {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "InternalServerError", "ServiceUnavailable",
     "ThrottlingError", "ProvisionedThroughputExceeded", "TransactionInProgressException"}
)  # fmt: skip
SERVER_FAULT = 500
MOST_WRITES = 100
"""What one transaction of DynamoDB takes."""
AT_ONCE = 8
"""Requests that one read of many items has under way; a client keeps ten connections."""
Part = TypeVar("Part")
Read = TypeVar("Read")
IN_FLIGHT = frozenset({"TransactionConflict", "TransactionConflictException"})


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of the five tables."""

    ledger: str
    accounts: str
    directory: str
    email_activity: str
    transient: str


@dataclass(frozen=True, slots=True)
class Write:
    """One conditional write of a transaction, and what a failed condition means.

    Args:
        action: A member of TransactItems: ``{"Put": {...}}``, ``{"Update": {...}}`` or ``{"Delete": {...}}``.
        refused: Raised when the condition does not hold.
    """

    action: Item
    refused: DuebookError = field(default_factory=lambda: ConflictError("changed meanwhile; read again"))


def key(pk: str, sk: str) -> Item:
    """Write an item's key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def document(pk: str, sk: str, doc: Mapping[str, Any], *, version: int = 0, **attributes: str | int | None) -> Item:
    """Write a document item: the key, its content as one compact JSON string, its version and attributes for indexes and TTL."""
    item = key(pk, sk) | {"doc": {"S": compact(doc)}, "version": {"N": str(version)}}
    for name, value in attributes.items():
        if value is not None:
            item[name] = {"N": str(value)} if isinstance(value, int) else {"S": value}
    return item


def content(item: Item) -> dict[str, Any]:
    """Read a document item's content."""
    loaded: dict[str, Any] = json.loads(item["doc"]["S"])
    return loaded


def version_of(item: Item) -> int:
    """Read an item's version."""
    return int(item["version"]["N"])


def compact(value: object) -> str:
    """Write JSON without blanks, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def put_new(table: str, item: Item, refused: DuebookError | None = None) -> Write:
    """Write an item that must not exist; a repeat is AlreadyPostedError unless told otherwise."""
    return Write(
        {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}},
        refused or AlreadyPostedError(f"{item['sk']['S']} is on record already"),
    )


def put_changed(table: str, item: Item, was: int) -> Write:
    """Replace an item whose version must be the one that was read."""
    condition = {"ConditionExpression": "version = :was", "ExpressionAttributeValues": {":was": {"N": str(was)}}}
    return Write({"Put": {"TableName": table, "Item": item, **condition}})


def instant(text: str | None) -> datetime | None:
    """Read an RFC 3339 instant of ours."""
    return datetime.fromisoformat(text) if text else None


@contextmanager
def translated() -> Iterator[None]:
    """Turn botocore's errors into ours: throttling, time-outs and lost answers are passing faults."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in IN_FLIGHT:
            raise ConflictError("another write is under way") from error
        if code in THROTTLED or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVER_FAULT:
            raise StorageThrottledError(f"the database answered {code}") from error
        raise
    except BotoCoreError as error:
        raise StorageThrottledError(f"the database did not answer ({type(error).__name__})") from error


def transact(client: DynamoDBClient, writes: Sequence[Write]) -> None:
    """Carry out all writes or none.

    A failed condition of a document is reported before one of the account: a fact that is posted already is done,
    however the account moved on meanwhile.

    Raises:
        DuebookError: As the refused write says.
        UnprocessableError: More writes than one transaction takes; nothing was written.
        ConflictError: Another write was in flight.
        StorageThrottledError: The outcome may be unknown; running the whole use case again is safe.
    """
    if len(writes) > MOST_WRITES:
        raise UnprocessableError("this touches too many invoices far apart at once; name fewer of them", field="applications")
    with translated():
        try:
            client.transact_write_items(TransactItems=[cast("Any", write.action) for write in writes])
        except client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
            failed = [write.refused for write, code in zip(writes, reasons, strict=True) if code == "ConditionalCheckFailed"]
            done = next((refused for refused in failed if isinstance(refused, AlreadyPostedError)), None)
            if done or failed:
                raise (done or failed[-1]) from error
            if any(code in IN_FLIGHT for code in reasons):
                raise ConflictError("another write is under way") from error
            if any(code in THROTTLED for code in reasons):
                raise StorageThrottledError(f"the database answered {reasons}") from error
            raise


def write_one(client: DynamoDBClient, write: Write) -> None:
    """Carry out a single conditional put, update or delete.

    Raises:
        DuebookError: As the refused write says.
        StorageThrottledError: The outcome may be unknown.
    """
    with translated():
        try:
            match write.action:
                case {"Put": request}:
                    client.put_item(**request)
                case {"Delete": request}:
                    client.delete_item(**request)
                case {"Update": request}:
                    client.update_item(**request)
        except client.exceptions.ConditionalCheckFailedException as error:
            raise write.refused from error


def get(client: DynamoDBClient, table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
    """Read one item, or None."""
    with translated():
        return client.get_item(TableName=table, Key=key(pk, sk), ConsistentRead=consistent).get("Item")


def get_many(
    client: DynamoDBClient, table: str, keys: Sequence[tuple[str, str]], *, names: Sequence[str] = ()
) -> dict[tuple[str, str], Item]:
    """Read items by key, a hundred a request, some requests at once; absent ones are absent.

    Args:
        client: Of DynamoDB; its calls may be made at once.
        table: Where the items stand.
        keys: Partition and sort key of each.
        names: Attributes that are wanted beside the key; all of them unless told.
    """
    wanted = list(dict.fromkeys(keys))
    parts = [wanted[start : start + 100] for start in range(0, len(wanted), 100)]
    named = {f"#n{number}": name for number, name in enumerate(("pk", "sk", *names))} if names else {}
    shown: Item = {"ProjectionExpression": ", ".join(named), "ExpressionAttributeNames": named} if named else {}
    found: dict[tuple[str, str], Item] = {}
    for items in at_once(lambda part: _get_part(client, table, part, shown), parts):
        found |= items
    return found


def _get_part(client: DynamoDBClient, table: str, keys: Sequence[tuple[str, str]], shown: Item) -> dict[tuple[str, str], Item]:
    found: dict[tuple[str, str], Item] = {}
    ask: Any = {table: {"Keys": [key(*one) for one in keys], "ConsistentRead": True, **shown}}
    while ask:
        with translated():
            answer = client.batch_get_item(RequestItems=ask)
        for item in answer["Responses"].get(table, []):
            found[item["pk"]["S"], item["sk"]["S"]] = item
        ask = answer.get("UnprocessedKeys")
    return found


def at_once(read: Callable[[Part], Read], parts: Sequence[Part]) -> Iterable[Read]:
    """Read several parts at once, and return what was read in their order; a single part is read where one stands."""
    if len(parts) < 2:  # noqa: PLR2004 - one part needs no company
        return [read(part) for part in parts]
    with ThreadPoolExecutor(min(AT_ONCE, len(parts))) as pool:
        return list(pool.map(read, parts))


def query(client: DynamoDBClient, table: str, **request: Any) -> Iterator[Item]:
    """Read all items of a query, page after page."""
    start: Item = {}
    while True:
        with translated():
            page = client.query(TableName=table, **(request | start))
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def prefixed(pk: str, prefix: str = "", *, forward: bool = True) -> Item:
    """Write the request of a query for a partition's items whose sort key has a prefix."""
    values = {":pk": {"S": pk}}
    condition = "pk = :pk"
    if prefix:
        values[":prefix"] = {"S": prefix}
        condition += " AND begins_with(sk, :prefix)"
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, "ScanIndexForward": forward}
