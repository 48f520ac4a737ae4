"""Which page an address is: API Gateway leads whole branches of addresses to a function, and the function knows its pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote


def page_event(event: Mapping[str, Any], pages: Iterable[str]) -> dict[str, Any] | None:
    """Return an event as Chalice takes it, with the page's own path and the values of its variables; None where no page is.

    Args:
        event: Of a REST API, for any address below the function's branch.
        pages: Paths of the pages, such as ``/admin/customers/{customer_id}``.
    """
    asked = [unquote(part) for part in event["path"].strip("/").split("/")]
    found = [page for page in map(_parts, pages) if _fits(page, asked)]
    if not found:
        return None
    # What is written out goes before what may be anything, from the left: /admin/imports/new is no import called "new".
    page = min(found, key=lambda parts: [_is_variable(part) for part in parts])
    values = {name[1:-1]: value for name, value in zip(page, asked, strict=True) if _is_variable(name)}
    context = {**event["requestContext"], "resourcePath": "/" + "/".join(page)}
    return {**event, "pathParameters": values or None, "requestContext": context}


def _parts(path: str) -> Sequence[str]:
    return path.strip("/").split("/")


def _is_variable(part: str) -> bool:
    return part.startswith("{")


def _fits(page: Sequence[str], asked: Sequence[str]) -> bool:
    return len(page) == len(asked) and all(
        value != "" if _is_variable(part) else part == value for part, value in zip(page, asked, strict=True)
    )
