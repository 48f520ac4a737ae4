"""API keys over the API: what is sent and what is answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from duebook.domain.activity_log import Action, Actor
from duebook.domain.api_keys import ApiKey
from duebook.domain.directory import Caller, Role
from duebook.storage.activity_store import ActivityStore
from duebook.usecases.log_action import log_action
from duebook.web.fields import Strict, Text

PREFIX = "dbk"
"""What every API key begins with."""


class ApiKeyBody(Strict):
    """``POST /api/staff/settings/api-keys``."""

    name: Text
    role: Role = Role.MANAGER


class ApiKeyView(Strict):
    """What is known of an API key; ``created_by`` is a staff member's or API key's id, or ``system``.

    ``last_used_at`` is told to the hour, and null of a key that was never used.
    """

    id: str
    name: str
    role: Role
    starts_with: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None


class NewApiKeyView(ApiKeyView):
    """A new API key; ``api_key`` is shown this once."""

    api_key: str


class ApiKeysView(Strict):
    """A tenant's API keys, newest first."""

    items: list[ApiKeyView]


def api_keys_view(found: Iterable[ApiKey]) -> ApiKeysView:
    """Show a tenant's keys."""
    return ApiKeysView(items=[_view(one) for one in found])


def new_api_key_view(made: ApiKey, secret: str) -> NewApiKeyView:
    """Show a new key, with the key itself."""
    return NewApiKeyView(**_view(made).model_dump(), api_key=secret)


def note_api_key(action: Action, api_key: ApiKey, caller: Caller, log: ActivityStore, now: datetime) -> None:
    """Note what was done to a key."""
    detail = f"{api_key.name}, {api_key.role.value}"
    log_action(caller.tenant_id, Actor(caller.caller_id), action, subject=("api_key", api_key.key_id), detail=detail, now=now, log=log)


def _view(one: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        id=one.key_id,
        name=one.name,
        role=one.role,
        starts_with=one.starts_with,
        created_at=one.created_at,
        created_by=one.created_by,
        last_used_at=one.used_at,
    )
