"""Sends what schemathesis writes to our handlers, as API Gateway would."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from schemathesis import Case
from schemathesis.core.transport import Response

from local.routes import Route
from tests.integration.api import ORIGIN, Answer, call, rest_event
from tests.integration.neighbours import Town, handler_of

HOST = "http://localhost:8080"
NO_ROUTE = Answer(404, {"Content-Type": "application/problem+json"}, '{"type": "/problems/not_found"}')
Sent = requests.PreparedRequest


def prepared(case: Case) -> Sent | None:
    """Write a case as an HTTP request, or None where no HTTP client could send it."""
    try:
        written: Sent = requests.Request(**case.as_transport_kwargs(base_url=HOST)).prepare()
    except (requests.RequestException, UnicodeError):
        return None
    return written


def deliver(town: Town, role: str, route: Route, sent: Sent) -> Answer:
    """Answer a request in a role; API Gateway itself refuses a path that is none of its routes."""
    parts = urlsplit(str(sent.url))
    if not re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), parts.path):
        return NO_ROUTE
    body = sent.body.decode("utf-8", "surrogateescape") if isinstance(sent.body, bytes) else sent.body
    headers = {str(name): _text(value) for name, value in sent.headers.items()} | {"Origin": ORIGIN}
    if role in town.cookies:
        headers["Cookie"] = town.cookies[role]
    event = rest_event(route.method, "/", body=body, headers=headers, authorizer=town.context(role, route))
    query = parse_qsl(parts.query, keep_blank_values=True)
    event["path"] = event["requestContext"]["path"] = unquote(parts.path)
    event["queryStringParameters"] = dict(query) or None
    many: dict[str, list[str]] = {}
    for name, value in query:
        many.setdefault(name, []).append(value)
    event["multiValueQueryStringParameters"] = many or None
    return call(handler_of(route.folder), event)


def answered(sent: Sent, answer: Answer) -> Response:
    """Write an answer as schemathesis reads it."""
    headers = {name.lower(): [str(value)] for name, value in answer.headers.items()}
    return Response(int(answer.status), headers, answer.text.encode(), sent, elapsed=0.0, verify=False)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
