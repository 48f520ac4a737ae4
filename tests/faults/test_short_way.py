"""The short way to moto answers, refuses and writes as the long one does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from duebook import wiring
from tests.faults import short_way
from tests.faults.later_stories import LATER_STORIES, LaterStory
from tests.faults.stage import PHOTOGRAPHS, world
from tests.faults.test_sweep import run
from tests.integration import cloud

Call = tuple[str, dict[str, Any], dict[str, Any]]
"""An operation, its request and its answer."""
TOLD = ("saved card", "refunded, then charged back", "check")


def test_every_call_of_a_story_is_answered_the_long_way_as_it_was_the_short_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: LaterStory
) -> None:
    calls = recorded(monkeypatch, lambda: run(tmp_path, story))

    operations = {operation for operation, _, _ in calls}
    assert {"GetItem", "Query", "TransactWriteItems"} <= operations <= short_way.OPERATIONS.keys()
    with the_long_way(monkeypatch):
        for operation, request, answer in calls:
            assert asked(operation, request) == answer, (operation, request)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "story" in metafunc.fixturenames:
        stories = [story for story in LATER_STORIES if story.name in TOLD]
        metafunc.parametrize("story", stories, ids=[story.title for story in stories])


def test_refusals_are_told_and_taken_back_alike_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = recorded(monkeypatch, lambda: all_asked(tmp_path))

    errors = [answer["Error"]["Code"] for _, _, answer in calls if "Error" in answer]
    assert errors == [
        "ConditionalCheckFailedException",
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
        "TransactionCanceledException",
        "ValidationException",
        "ValidationException",
        "ResourceNotFoundException",
    ]
    with the_long_way(monkeypatch):
        for operation, request, answer in calls:
            assert asked(operation, request) == answer, (operation, request)


def item(sk: str, **more: Any) -> dict[str, Any]:
    """Write an item of a table without other keys."""
    return {"pk": {"S": "p"}, "sk": {"S": sk}, **more}


def put(sk: str, **more: Any) -> dict[str, Any]:
    """Put a new item."""
    return {"TableName": "DirectoryTable", "Item": item(sk, **more), "ConditionExpression": "attribute_not_exists(pk)"}


def update(sk: str, expression: str, **values: Any) -> dict[str, Any]:
    """Update an item that exists."""
    asked_for = {"TableName": "DirectoryTable", "Key": item(sk), "UpdateExpression": expression}
    return asked_for | {
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }


ADDED = update("a", "ADD colours :new SET doc = :doc", new={"SS": ["blue"]}, doc={"S": "2"})
LOOK = {"TableName": "DirectoryTable", "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "p"}}}
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PutItem", put("a", doc={"S": "1"}, colours={"SS": ["red"]}, more={"M": {"n": {"N": "5"}, "none": {"NULL": True}}})),
    ("PutItem", put("a")),
    ("DeleteItem", {"TableName": "DirectoryTable", "Key": item("c"), "ConditionExpression": "attribute_exists(pk)"}),
    # The second time the update comes first and is taken back.
    ("TransactWriteItems", {"TransactItems": [{"Update": ADDED}, {"Put": put("b")}]}),
    ("TransactWriteItems", {"TransactItems": [{"Update": ADDED | {"Key": item("b")}}, {"Put": put("c")}, {"Put": put("a")}]}),
    ("Query", LOOK),
    ("TransactWriteItems", {"TransactItems": [{"Delete": {"TableName": "DirectoryTable", "Key": item("b")}}, {"Put": put("a")}]}),
    ("Query", LOOK),
    # Twice the same item, after another was updated.
    ("TransactWriteItems", {"TransactItems": [{"Update": ADDED}, {"Put": put("d")}, {"Put": put("d")}]}),
    ("Query", LOOK | {"Limit": 1, "ScanIndexForward": False}),
    ("Query", LOOK | {"KeyConditionExpression": "pk > :pk"}),
    ("GetItem", {"TableName": "DirectoryTable", "Key": item("a")}),
    ("GetItem", {"TableName": "DirectoryTable", "Key": item("nobody")}),
    ("GetItem", {"TableName": "NoTable", "Key": item("a")}),
    ("UpdateItem", update("a", "SET doc = :doc", doc={"S": "3"}) | {"ReturnValues": "ALL_NEW"}),
    ("UpdateItem", update("a", "ADD counted :one", one={"N": "1"}) | {"ReturnValues": "UPDATED_NEW"}),
    ("BatchGetItem", {"RequestItems": {"DirectoryTable": {"Keys": [item("a"), item("nobody")], "ConsistentRead": True}}}),
    ("DeleteItem", {"TableName": "DirectoryTable", "Key": item("b"), "ReturnValues": "ALL_OLD"}),
    ("Scan", {"TableName": "DirectoryTable"}),
)


def all_asked(folder: Path) -> None:
    """Ask for everything in an empty corner of a world."""
    with world(folder):
        for operation, request in ASKED:
            asked(operation, request)


def asked(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return what a call brings, its error included, but for what is said of the HTTP."""
    try:
        answer = wiring.client("dynamodb")._make_api_call(operation, request)
    except ClientError as error:
        answer = error.response
    return without_http(answer)


def without_http(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out request ids and headers, which nobody reads; the status stays."""
    return answer | {"ResponseMetadata": answer["ResponseMetadata"]["HTTPStatusCode"]}


def recorded(monkeypatch: pytest.MonkeyPatch, tell: Callable[[], object]) -> list[Call]:
    """Note what goes the short way while something happens, the laying of its ground included."""
    PHOTOGRAPHS.clear()
    calls: list[Call] = []
    whole = short_way.answered

    def noted(endpoint: Any, operation_model: Any, request: dict[str, Any]) -> Any:
        http, answer = whole(endpoint, operation_model, request)
        calls.append((operation_model.name, json.loads(request["body"]), json.loads(json.dumps(without_http(answer)))))
        return http, answer

    with monkeypatch.context() as patch:
        patch.setattr(short_way, "answered", noted)
        tell()
    return calls


@contextmanager
def the_long_way(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Build an empty cloud whose calls go all the way through botocore and moto."""
    with mock_aws(), monkeypatch.context() as patch:
        for name, value in cloud.SETTINGS.items():
            patch.setenv(name, value)
        cloud.build()
        yield
