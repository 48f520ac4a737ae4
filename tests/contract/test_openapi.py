"""The OpenAPI document: made from the code, whole, unambiguous, and honest about refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local import openapi
from local.routes import routes

MADE = openapi.document()
OPERATIONS = {f"{method} {path}": operation for method, path, operation in openapi.operations(MADE)}
PORTAL = [route.name for route in routes() if route.authorizer == "ContactAuthorizer"]


def references(tree: Any) -> set[str]:
    return {one["$ref"] for one in openapi._objects(tree) if isinstance(one.get("$ref"), str)}


def test_the_file_is_what_the_code_says():
    assert openapi.DOCUMENT.read_text(encoding="utf-8") == openapi.text_of(MADE), "run `make openapi` and look at what it changed"


def test_every_route_that_speaks_json_is_in_it():
    assert set(OPERATIONS) == {route.name for route in routes() if not route.folder.endswith("_pages")}


def test_every_reference_leads_somewhere_and_nothing_is_left_over():
    schemas = {openapi.REF + name for name in MADE["components"]["schemas"]}

    assert references(MADE) == schemas


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_refusal_is_a_problem_document_and_every_success_is_described(name: str):
    answers = OPERATIONS[name]["responses"]
    refusals = {status: one for status, one in answers.items() if status >= "400"}

    assert {json.dumps(one["content"]) for one in refusals.values()} == {json.dumps(openapi.refusal(403)["content"])}
    assert [status for status in answers if status < "400"] or "405" in answers, "only what is never allowed has no success"


@pytest.mark.parametrize("name", PORTAL)
def test_r54_every_portal_call_needs_a_contacts_session(name: str):
    assert OPERATIONS[name]["security"] == [{"ContactSession": []}]
    assert {"401", "403"} <= set(OPERATIONS[name]["responses"])


def test_calls_that_take_money_need_an_idempotency_key():
    keyed = {
        name
        for name, operation in OPERATIONS.items()
        if any(one["name"] == "Idempotency-Key" and one["required"] for one in operation.get("parameters", []))
    }

    assert keyed == {
        "POST /api/pay/{pay_online_id}/payments",
        "POST /api/portal/payments",
        "POST /api/staff/payments",
        "POST /api/staff/payments/{payment_id}/refund",
    }


def test_two_schemas_of_one_name_are_told_apart_and_references_follow():
    def part(kind: str, **more: Any) -> Any:
        return {
            "paths": {"/x": {"get": {"schema": {"$ref": f"{openapi.REF}View"}}}},
            "components": {"schemas": {"View": {"type": kind}, "Page": {"items": {"$ref": f"{openapi.REF}View"}}, **more}},
        }

    parts = {"first_api": part("string"), "second_api": part("integer"), "third_api": part("integer", Other={"type": "null"})}

    openapi._tell_apart(parts)

    assert set(parts["first_api"]["components"]["schemas"]) == {"FirstApiView", "FirstApiPage"}
    assert set(parts["third_api"]["components"]["schemas"]) == {"SecondApiView", "SecondApiPage", "Other"}
    assert references(parts["third_api"]) == {f"{openapi.REF}SecondApiView"}
