"""Logging: JSON lines with a few named facts, never a body, a token or a person's data."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

Handler = TypeVar("Handler", bound=Callable[..., Any])


@cache
def logger() -> Logger:
    """Return the process's logger."""
    return Logger(service="duebook")


def observed(handler: Handler) -> Handler:
    """Give a handler's log lines the request's id and function name, and nothing of the event."""

    @wraps(handler)
    def inner(event: Any, context: Any) -> Any:
        log = logger()
        log.clear_state()
        log.append_keys(request_id=getattr(context, "aws_request_id", None), function=getattr(context, "function_name", None))
        return handler(event, context)

    return inner  # type: ignore[return-value]
