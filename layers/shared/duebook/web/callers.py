"""Who makes a staff call: as the authorizer says, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.depends import Depends
from pydantic import BaseModel

from duebook.domain.directory import Caller, Role, allows
from duebook.errors import AccessDeniedError, NotSignedInError
from duebook.web.json_api import refusals


def caller_of(event: Mapping[str, Any]) -> Caller:
    """Return the caller that API Gateway's authorizer found.

    Raises:
        NotSignedInError: The call did not pass the authorizer.
    """
    told = event.get("requestContext", {}).get("authorizer") or {}
    try:
        return Caller(told["tenant_id"], told["caller_id"], Role(told["role"]))
    except (KeyError, ValueError) as error:
        raise NotSignedInError("sign in, or send an API key") from error


def permitted(app: APIGatewayRestResolver, needed: Role) -> Depends:
    """Give a route its caller, who must have a role or a higher one (R85). A route without it knows no tenant."""

    def caller() -> Caller:
        found = caller_of(app.current_event.raw_event)
        if not allows(found.role, needed):
            raise AccessDeniedError(f"this needs the role {needed.value}")
        return found

    return Depends(caller)


def new_or_known(model: type[BaseModel]) -> dict[int, Any]:
    """Describe the answers of a PUT under the caller's id: 201 when new, 200 otherwise, the whole object each time."""
    content = {"application/json": {"model": model}}
    return {200: {"description": "On record already", "content": content}, 201: {"description": "New", "content": content}}


def found(model: type[BaseModel]) -> dict[int, Any]:
    """Describe the answer of a route that shows something, where more is to be said of its other answers."""
    return {200: {"description": "Found", "content": {"application/json": {"model": model}}}}


def made(model: type[BaseModel]) -> dict[int, Any]:
    """Describe the answer of a POST that makes something."""
    return {201: {"description": "Made", "content": {"application/json": {"model": model}}}}


def taken_on(model: type[BaseModel]) -> dict[int, Any]:
    """Describe the answer of a POST whose work is done a moment later."""
    return {202: {"description": "Taken on", "content": {"application/json": {"model": model}}}}


def paid(model: type[BaseModel]) -> dict[int, Any]:
    """Describe the answers of a POST that charges: 202 while the processor's answer is not known, 402 declined."""
    return known_later(model, 201, "Paid") | refusals(402)


def known_later(model: type[BaseModel], status: int, done: str) -> dict[int, Any]:
    """Describe the answers of a call that a processor takes part in: 202 while its answer is not known."""
    content = {"application/json": {"model": model}}
    return {status: {"description": done, "content": content}, 202: {"description": "Not known yet", "content": content}}
