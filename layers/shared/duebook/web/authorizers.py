"""What an authorizer answers API Gateway: a policy and who is calling, or that nobody is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from duebook.errors import AccessDeniedError, NotSignedInError
from duebook.runtime.observability import logger
from duebook.web.requests import came_through_our_front
from duebook.web.sessions import is_from_our_pages

Found: TypeAlias = tuple[str, Mapping[str, str]]
"""The caller's id, and what the functions behind are told of the caller."""


class Unauthorized(Exception):  # noqa: N818 - API Gateway answers 401 to this very word, and 500 to any other
    """Nobody we know."""


def authorized(event: Mapping[str, Any], find: Callable[[], Found]) -> dict[str, Any]:
    """Answer with a policy for all routes of this stage.

    Args:
        event: API Gateway's question.
        find: Tells who is calling, or raises.

    Raises:
        Unauthorized: Nobody we know; API Gateway answers 401.
    """
    try:
        _check_front(event)
        principal, told = find()
    except NotSignedInError:
        logger().info("refused", code=NotSignedInError.code)
        raise Unauthorized("Unauthorized") from None
    except AccessDeniedError:
        logger().info("refused", code=AccessDeniedError.code)
        return _policy(event, "Deny", "nobody")
    return _policy(event, "Allow", principal) | {"context": dict(told)}


def check_from_our_pages(event: Mapping[str, Any]) -> None:
    """Refuse a change that rides on a cookie and was not made by our own pages.

    Raises:
        AccessDeniedError: Another site sent it.
    """
    if not is_from_our_pages(event):
        raise AccessDeniedError("not from our pages")


def _check_front(event: Mapping[str, Any]) -> None:
    if not came_through_our_front(event):
        raise AccessDeniedError("use the public address")


def _policy(event: Mapping[str, Any], effect: str, principal: str) -> dict[str, Any]:
    # The method ARN is …:<api>/<stage>/<method>/<path>; one answer holds for the whole stage.
    api, stage = event["methodArn"].split("/")[:2]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{api}/{stage}/*"}
    return {"principalId": principal, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
