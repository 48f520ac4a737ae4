"""The short way to moto: its own operations, conditions and transactions of DynamoDB, without the HTTP around them.

A scenario makes some hundred calls, and four fifths of their time go into headers, URLs, serialised answers and copies of whole
tables. Here a request, written by botocore as ever, is carried out by moto's operation; its result is
handed back as it is. Errors are written by moto and read by botocore. ``test_short_way.py`` compares both ways.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock
from typing import Any

import pytest
from botocore.parsers import create_parser
from moto.core import responses
from moto.core.exceptions import ServiceException
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.sqs import models as sqs_models
from werkzeug.exceptions import HTTPException

from tests.faults.hooks import Http

REGION = "us-east-1"
OPERATIONS = {
    "BatchGetItem": "batch_get_item",
    "DeleteItem": "delete_item",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "Scan": "scan",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
}
"""What goes the short way; all else goes as it always did."""
TARGET = "DynamoDB_20120810"
Send = Callable[[Any, dict[str, Any]], Any]
_METHODS = cache(method_names_from_class)
_UNDERSCORED = cache(camelcase_to_underscores)


@contextmanager
def short_way(client: Any) -> Iterator[None]:
    """Let a client's calls go the short way, one after another."""
    endpoint, lock = client._endpoint, RLock()
    long_way: Send = endpoint.make_request

    def make_request(operation_model: Any, request: dict[str, Any]) -> Any:
        with lock:
            if operation_model.name not in OPERATIONS:
                return long_way(operation_model, request)
            return answered(endpoint, operation_model, request)

    make_request.one_at_a_time = True  # type: ignore[attr-defined]
    endpoint.make_request = make_request
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "copy", _Copies)
        patch.setattr(Table, "all_items", _all_items)
        patch.setattr(DynamoType, "cast_value", property(_cast_value))
        patch.setattr(DynamoDBBackend, "transact_write_items", _transact_write_items)
        patch.setattr(responses, "method_names_from_class", _METHODS)
        patch.setattr(sqs_models, "camelcase_to_underscores", _UNDERSCORED)
        try:
            yield
        finally:
            endpoint.make_request = long_way


def answered(endpoint: Any, operation_model: Any, request: dict[str, Any]) -> tuple[Http, dict[str, Any]]:
    """Let moto carry out a request, and return what botocore makes of its answer."""
    handler = _handler(request)
    try:
        result = getattr(handler, OPERATIONS[operation_model.name])().result
    except (ServiceException, HTTPException) as error:
        return _refused(endpoint, operation_model, handler, error)
    named = operation_model.output_shape.members
    answer = {name: value for name, value in result.items() if name in named and value is not None}
    return Http(200), answer | {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}}


def _handler(request: dict[str, Any]) -> DynamoHandler:
    handler = DynamoHandler()
    handler.region, handler.current_account = REGION, DEFAULT_ACCOUNT_ID
    # Of DynamoDB's shapes only bytes are not written in JSON as they are read, and we store none.
    handler.params = handler.body = json.loads(request["body"])
    return handler


def _refused(endpoint: Any, operation_model: Any, handler: DynamoHandler, error: Exception) -> tuple[Http, dict[str, Any]]:
    status: Any
    body: Any
    if isinstance(error, HTTPException):
        status, body = error.code, error.description
    else:
        handler.headers = {"X-Amz-Target": f"{TARGET}.{operation_model.name}", "Content-Type": "application/x-amz-json-1.0"}
        handler.querystring, handler.response_headers = {}, {}
        status, _, body = handler.serialized(ActionResult(error))
    parser = create_parser("json")
    answer: dict[str, Any] = {"status_code": status, "headers": {}, "body": body if isinstance(body, bytes) else str(body).encode()}
    parsed = parser.parse(answer, operation_model.output_shape)
    endpoint._add_modeled_error_fields(answer, parsed, operation_model, parser)
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return Http(int(status)), parsed


class _Copies:
    """Stands in for ``copy`` in moto's tables: the copy to which a refused transaction goes back shares what it leaves alone.

    A put sets a new item in an old one's place, so only items that are updated in place are copied themselves.
    """

    touched: set[str] = set()  # noqa: RUF012 - partitions of the transaction that is under way
    updated: set[tuple[str, str]] = set()  # noqa: RUF012 - its items that are updated

    @classmethod
    def deepcopy(cls, thing: Any) -> Any:
        """Copy a table shallowly, anything else deeply."""
        if not isinstance(thing, Table):
            return copy.deepcopy(thing)
        shared: Any = copy.copy(thing)
        shelves: Any = thing.items
        shared.items = defaultdict(dict)
        shared.items.update(shelves)
        for pk in [pk for pk in shelves if pk.value in cls.touched]:
            shelf = shelves[pk]
            shared.items[pk] = {sk: copy.deepcopy(item) if (pk.value, sk.value) in cls.updated else item for sk, item in shelf.items()}
        return shared


_whole_transact_write_items = DynamoDBBackend.transact_write_items


def _transact_write_items(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    actions = [action for item in transact_items for action in item.values()]
    _Copies.touched = {(action.get("Key") or action["Item"])["pk"]["S"] for action in actions}
    updates = [item["Update"]["Key"] for item in transact_items if "Update" in item]
    _Copies.updated = {(key["pk"]["S"], key["sk"]["S"]) for key in updates}
    _whole_transact_write_items(backend, transact_items)


def _all_items(table: Table) -> list[Item]:
    """List a table's items by their keys: all of ours are texts, which compare as they are."""
    items: list[Item] = [item for shelf in table.items.values() for item in shelf.values()]
    return sorted(items, key=_key)


def _key(item: Item) -> tuple[str, str]:
    return item.hash_key.value, item.range_key.value  # type: ignore[union-attr]


_whole_cast_value: Any = DynamoType.cast_value


def _cast_value(value: DynamoType) -> Any:
    """Read a value as moto does; most are texts, which are what they are."""
    return value.value if value.type == "S" else _whole_cast_value.fget(value)
