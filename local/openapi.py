"""One OpenAPI document of the whole API, made from the code: the routes of every function, who may call them, and how they refuse.

What a route takes and answers comes from its resolver; who may call it from the template's authorizers; the refusals that any
route may give from the table below. A route states only what it alone answers (``refusals`` in ``duebook.web.json_api``).
``make openapi`` writes ``docs/openapi.json``.
"""

from __future__ import annotations

import importlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from duebook.web.json_api import PROBLEM, PROBLEM_REF
from duebook.web.requests import TITLES
from local.routes import Route, routes
from local.stack import ROOT, Tree

DOCUMENT = ROOT / "docs" / "openapi.json"
VERSION = "1.0.0"
ABOUT = "Receivables and payments for field-service businesses. In words, with what the codes mean: docs/api.md."
REF = "#/components/schemas/"
SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "SessionAuthorizer": [{"StaffSession": []}, {"ApiKey": []}],
    "ContactAuthorizer": [{"ContactSession": []}],
    "NONE": [],
}
"""By the template's authorizer. One that is not listed is an error, so that nobody forgets to say how it is passed."""
NOTIFICATIONS = "/api/webhooks/"
"""Below it a signature over the body says who is calling; the body is read as it came."""
OWN_COOKIE = "/api/session"
"""Below it a function reads the contact's cookie itself, because signing in needs none."""
SCHEMES: Tree = {
    "ApiKey": {"type": "http", "scheme": "bearer", "description": "An API key of the business's own system."},
    "ContactSession": {"type": "apiKey", "in": "cookie", "name": "__Host-session", "description": "A contact's session in the portal."},
    "ProcessorSignature": {"type": "apiKey", "in": "header", "name": "X-ANET-Signature", "description": "HMAC-SHA512 of the body."},
    "StaffSession": {"type": "apiKey", "in": "cookie", "name": "__Host-staff", "description": "A staff member's session."},
}
PROBLEM_SCHEMA: Tree = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). Programs go by ``code``; some carry further facts, such as ``payable`` and ``currency``.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "pattern": "^/problems/[a-z_]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "retry_after": {"type": "integer", "description": "Seconds, as in the header Retry-After."},
    },
}
IDEMPOTENCY_KEY: Tree = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "One a wish; the same key again answers what became of the first call.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
PROOF: Tree = {
    "name": "X-Pay-Online-Proof",
    "in": "header",
    "required": False,
    "description": "ZIP code or the number of an open invoice; asked for where the Pay Online ID was imported.",
    "schema": {"type": "string", "maxLength": 64, "pattern": "^[!-~]*$"},
}
ID_FIELD = re.compile(r"(^|_)(id|ids)$")


def resolver(folder: str) -> Any:
    """Return a function's JSON resolver, or None where it has none (the staff pages)."""
    app = getattr(importlib.import_module(f"functions.{folder}.handler"), "app", None)
    return app if hasattr(app, "get_openapi_schema") else None


@cache
def document() -> Tree:
    """Make the document."""
    parts = {folder: _part(folder) for folder in sorted({route.folder for route in routes()}) if resolver(folder) is not None}
    _tell_apart(parts)
    paths: dict[str, Tree] = defaultdict(dict)
    schemas: Tree = {"Problem": PROBLEM_SCHEMA}
    for route in routes():
        if route.folder in parts:
            operation = parts[route.folder]["paths"][route.path][route.method.lower()]
            paths[route.path][route.method.lower()] = _completed(operation, route, parts[route.folder]["components"]["schemas"])
    for part in parts.values():
        schemas |= part["components"]["schemas"]
    used = set(_used({"paths": paths}, schemas)) | {"Problem"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Duebook", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {name: schemas[name] for name in sorted(used)}, "securitySchemes": SCHEMES},
    }


def operations(made: Tree) -> Iterator[tuple[str, str, Tree]]:
    """Go through a document: method, path, operation."""
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def text_of(made: Tree) -> str:
    """Write a document as its file holds it: an operation, or a schema, a line, so that a change shows as what it is."""
    return _lines(made, depth=3) + "\n"


def _lines(tree: Any, depth: int, margin: str = "") -> str:
    if not isinstance(tree, dict) or not tree or depth == 0:
        return json.dumps(tree, ensure_ascii=False)
    inner = margin + "  "
    parts = (f"{inner}{json.dumps(name)}: {_lines(value, depth - 1, inner)}" for name, value in tree.items())
    return "{\n" + ",\n".join(parts) + f"\n{margin}}}"


def _part(folder: str) -> Tree:
    """Read one function's document; what its handlers take from headers is added, because the resolver does not know it."""
    app = resolver(folder)
    part: Tree = json.loads(app.get_openapi_schema().model_dump_json(by_alias=True, exclude_none=True))
    part.setdefault("components", {}).setdefault("schemas", {})
    for route in app._static_routes + app._dynamic_routes:  # noqa: SLF001 - the resolver lists its routes nowhere else
        operation = part["paths"][route.openapi_path][route.method.lower()]
        operation["summary"] = (route.func.__doc__ or "").strip().splitlines()[0]
        operation["operationId"] = f"{folder}.{route.func.__name__}"
        if operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {}).get("type") == "string":
            # A route that promises a text has nothing to tell.
            operation["responses"]["204"] = {"description": "Done"}
            del operation["responses"]["200"]
        if "idempotency_key" in route.func.__code__.co_names:
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        if "optional_key" in route.func.__code__.co_names:
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY | {"required": False})
    return part


def _completed(operation: Tree, route: Route, schemas: Tree) -> Tree:
    """Add who may call a route and how any such route may refuse."""
    for one in operation.get("parameters", []):
        # Powertools writes a default of None, which is no value of most parameters.
        one["schema"] = {key: value for key, value in one["schema"].items() if not (key == "default" and value is None)}
    if route.path.startswith("/api/pay/"):
        operation.setdefault("parameters", []).append(PROOF)
    if route.path.startswith(NOTIFICATIONS):
        operation["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}
    own = operation["responses"]
    if PROBLEM not in own.get("422", {}).get("content", {}):
        own.pop("422", None)
    for status, one in own.items():
        if status.startswith("3"):
            one.pop("content", None)
    refused = {str(status): refusal(status) for status in _refusals(operation, route, schemas)}
    operation["responses"] = dict(sorted((refused | own).items()))
    operation["tags"] = [_tag(route)]
    operation["security"] = _security(route)
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.path.startswith(NOTIFICATIONS):
        return [{"ProcessorSignature": []}]
    return [{}, *SECURITY["ContactAuthorizer"]] if route.path.startswith(OWN_COOKIE) else SECURITY[route.authorizer]


def refusal(status: int) -> Tree:
    """Describe a problem document of a status."""
    return {"description": TITLES.get(status, "Refused"), "content": {PROBLEM: {"schema": {"$ref": PROBLEM_REF}}}}


def _refusals(operation: Tree, route: Route, schemas: Tree) -> Iterator[int]:
    body = operation.get("requestBody")
    parameters = operation.get("parameters", [])
    yield from (403, 429, 503, 504)
    if body or any(one["name"] == "Idempotency-Key" for one in parameters):
        yield 400
    if body:
        yield from (413, 415)
    if any(_security(route)):
        yield 401
    if body or parameters:
        yield 422
    # A list is not found where its cursor leads nowhere any more.
    if (
        "{" in route.path
        or any(one["name"] == "cursor" for one in parameters)
        or (body and any(ID_FIELD.search(name) for name in field_names(body, schemas)))
    ):
        yield 404
    if route.method != "GET":
        yield 409


def field_names(tree: Any, schemas: Tree) -> set[str]:
    """List the names of all fields that a schema speaks of, also in the parts that it refers to."""
    found: set[str] = set()
    for one in [tree, *(schemas[name] for name in _used(tree, schemas))]:
        for inner in _objects(one):
            properties = inner.get("properties")
            if isinstance(properties, dict):
                found |= set(properties)
    return found


def _tag(route: Route) -> str:
    first = route.path.split("/")[2]
    return {"pay": "Guests", "portal": "Portal", "staff": "Staff", "session": "Sign-in", "password": "Sign-in"}.get(
        first, first.capitalize()
    )


def _tell_apart(parts: Mapping[str, Tree]) -> None:
    """Rename the schemas that two functions call the same and that are not the same, until no name says two things."""
    while True:
        shapes: dict[str, dict[str, str]] = defaultdict(dict)
        for folder, part in parts.items():
            for name, shape in part["components"]["schemas"].items():
                # The first function that has a shape gives it its name.
                shapes[name].setdefault(json.dumps(shape, sort_keys=True), "".join(word.capitalize() for word in folder.split("_")) + name)
        clashing = {name: found for name, found in shapes.items() if len(found) > 1}
        if not clashing:
            return
        for part in parts.values():
            schemas = part["components"]["schemas"]
            new = {name: clashing[name][json.dumps(shape, sort_keys=True)] for name, shape in schemas.items() if name in clashing}
            part["components"]["schemas"] = {new.get(name, name): shape for name, shape in schemas.items()}
            _point_to(part, new)


def _point_to(part: Tree, new: Mapping[str, str]) -> None:
    """Let references to renamed schemas follow."""
    for inner in _objects(part):
        if isinstance(inner.get("$ref"), str):
            inner["$ref"] = _renamed(inner["$ref"], new)
        discriminator = inner.get("discriminator")
        if isinstance(discriminator, dict) and "mapping" in discriminator:
            discriminator["mapping"] = {key: _renamed(target, new) for key, target in discriminator["mapping"].items()}


def _renamed(reference: str, new: Mapping[str, str]) -> str:
    name = reference.removeprefix(REF)
    return REF + new.get(name, name)


def _used(tree: Any, schemas: Tree) -> Iterator[str]:
    """Go through the names that a tree refers to, at any depth, each once."""
    seen: set[str] = set()
    waiting = [tree]
    while waiting:
        for inner in _objects(waiting.pop()):
            name = str(inner.get("$ref", "")).removeprefix(REF)
            if name in schemas and name not in seen:
                seen.add(name)
                waiting.append(schemas[name])
                yield name


def _objects(tree: Any) -> Iterator[Tree]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _objects(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _objects(value)


def main() -> None:
    """Write the document."""
    made = document()
    DOCUMENT.write_text(text_of(made), encoding="utf-8")
    print(f"{DOCUMENT.relative_to(ROOT)}: {sum(1 for _ in operations(made))} operations")


if __name__ == "__main__":
    main()
