"""The JSON edge: one resolver a function, strangers' data validated, our errors as problem documents (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.depends import DependencyResolutionError, build_dependency_tree, solve_dependencies
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoSuchRouteError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError
from pydantic import BaseModel

from duebook import errors
from duebook.runtime.observability import logger
from duebook.web.requests import TITLES, came_through_our_front, header, media_type, status_of

PROBLEM = "application/problem+json"
PROBLEM_REF = "#/components/schemas/Problem"
MAX_KEY = 255


def problem(status: int, code: str, detail: str, **facts: object) -> Response[str]:
    """Make a problem document."""
    body = {"type": f"/problems/{code}", "title": TITLES[status], "status": status, "detail": detail, "code": code, **facts}
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
    if "retry_after" in facts:
        headers["Retry-After"] = str(facts["retry_after"])
    return Response(status, PROBLEM, json.dumps(body, ensure_ascii=False), headers)


def problem_of(error: errors.DuebookError) -> Response[str]:
    """Turn one of our errors into its problem document; what is ours to mend shows no detail."""
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger().exception("broken invariant", code=error.code)
        return problem(status, error.code, "We have been told and are looking into it.")
    logger().info("refused", code=error.code, status=int(status))
    facts = dict(error.facts)
    field = facts.pop("field", None)
    if field is not None and status == HTTPStatus.UNPROCESSABLE_ENTITY:
        facts["errors"] = [{"field": field, "message": str(error)}]
    return problem(status, error.code, str(error), **facts)


def not_opened(detail: str, allowed: str) -> Response[str]:
    """Refuse a method at an address that takes others, which ``Allow`` names."""
    found = problem(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    found.headers["Allow"] = allowed
    return found


def json_api(title: str, *, nothing: str = "There is nothing here.") -> APIGatewayRestResolver:
    """Make a function's resolver: validation and OpenAPI from the type hints, one table of errors.

    Args:
        title: Of the OpenAPI document.
        nothing: Said where no route matches.
    """
    app = APIGatewayRestResolver(enable_validation=True, json_body_deserializer=_read_json)
    app.configure_openapi(title=title, version="1.0.0")

    @app.exception_handler(errors.DuebookError)
    def _ours(error: errors.DuebookError) -> Response[str]:
        return problem_of(error)

    @app.exception_handler(RequestUnsupportedContentType)
    def _unreadable(_error: RequestUnsupportedContentType) -> Response[str]:
        return problem(415, "unsupported_content_type", "Send JSON, and say so: application/json.")

    @app.exception_handler(RequestValidationError)
    def _invalid(error: RequestValidationError) -> Response[str]:
        refused = _refusal_of_caller(app)
        if refused:
            return problem_of(refused)
        found = [{"field": _field(one["loc"]), "message": str(one["msg"]).removeprefix("Value error, ")} for one in error.errors()[:50]]
        if any(one["type"] == "json_invalid" for one in error.errors()):
            return problem(400, "invalid_json", "The body is not valid JSON.")
        return problem(422, "unprocessable", "; ".join(f"{one['field']}: {one['message']}" for one in found)[:500], errors=found)

    @app.not_found
    def _missing(_error: NoSuchRouteError) -> Response[str]:
        return problem(404, "not_found", nothing)

    return app


def _read_json(text: str) -> Any:
    """Read a body. One nested without end, or with a number of thousands of digits, is no JSON to us either.

    Raises:
        JSONDecodeError: It cannot be read.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError) as error:
        raise json.JSONDecodeError("too deep, or too long a number", text, 0) from error


def _refusal_of_caller(app: APIGatewayRestResolver) -> errors.DuebookError | None:
    """Say why the route is not the caller's, or None where it is: Powertools reads the body first, but who may not call hears nothing of it."""
    try:
        solve_dependencies(dependant=build_dependency_tree(app.context["_route"].func), request=app.request)
    except DependencyResolutionError as error:
        if isinstance(error.__cause__, errors.DuebookError):
            return error.__cause__
        raise
    return None


Body = TypeVar("Body", bound=BaseModel)


def answer(status: HTTPStatus, body: Body) -> Response[Body]:
    """Answer a model with another status than 200."""
    return Response(int(status), "application/json", body)


def resolve(app: APIGatewayRestResolver, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an API Gateway event that came through our own front; anything else is refused. No answer is to be kept."""
    if not came_through_our_front(event):
        return _plain(403)
    found = app.resolve(_with_plain_type(event), context)
    found.setdefault("multiValueHeaders", {}).setdefault("Cache-Control", ["no-store"])
    return found


def _with_plain_type(event: dict[str, Any]) -> dict[str, Any]:
    """Name the body's type as Powertools compares it: it knows small letters alone, and would read forms where we take JSON."""
    said = media_type(event)
    if not said:
        return event
    plain = said if said == "application/json" else "application/octet-stream"
    headers = {name: plain if name.lower() == "content-type" else value for name, value in event["headers"].items()}
    return event | {"headers": headers}


def refusals(*statuses: int) -> dict[int, Any]:
    """Describe the refusals of a route beyond those that any route may give (``local/openapi.py`` knows these)."""
    content = {PROBLEM: {"schema": {"$ref": PROBLEM_REF}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


def idempotency_key(event: Mapping[str, Any]) -> str:
    """Return the Idempotency-Key of a call that moves money.

    Raises:
        InvalidInputError: It is missing, or not 1 to 255 printable characters.
    """
    key = (header(event, "idempotency-key") or "").strip()
    if not key or len(key) > MAX_KEY or not key.isascii() or not key.isprintable():
        raise errors.InvalidInputError("send an Idempotency-Key header of 1 to 255 printable characters")
    return key


def optional_key(event: Mapping[str, Any]) -> str | None:
    """Return the Idempotency-Key of a call that may go without one.

    Raises:
        InvalidInputError: There is one, and it is not 1 to 255 printable characters.
    """
    return idempotency_key(event) if header(event, "idempotency-key") is not None else None


def _plain(status: int) -> dict[str, Any]:
    body = {
        "type": "/problems/access_denied",
        "title": TITLES[status],
        "status": status,
        "detail": "Use the public address.",
        "code": "access_denied",
    }
    return {"statusCode": status, "headers": {"Content-Type": PROBLEM}, "body": json.dumps(body), "isBase64Encoded": False}


def _field(loc: tuple[Any, ...]) -> str:
    parts = [str(part) for part in loc if part not in {"body", "query", "path", "header"}]
    return ".".join(parts) or "body"
