"""Make and revoke a tenant's API keys. A key is shown once, to who made it; we keep its hash."""

from __future__ import annotations

from datetime import datetime

from duebook.domain.api_keys import MOST_KEYS, SHOWN_CHARACTERS, ApiKey, api_key_id
from duebook.domain.directory import Role
from duebook.errors import UnprocessableError
from duebook.storage.api_key_store import ApiKeyStore


def make_api_key(
    tenant_id: str, name: str, role: Role, *, secret: str, key_hash: str, by: tuple[str, str], keys: ApiKeyStore, now: datetime
) -> ApiKey:
    """Make a key.

    Args:
        tenant_id: Whose.
        name: What it is for.
        role: What it may do.
        secret: The key itself, new and unguessable; only its first characters are kept.
        key_hash: What is stored in place of it.
        by: Id and name of who makes it.
        keys: Where keys are kept.
        now: Aware UTC.

    Raises:
        UnprocessableError: The tenant has as many as it may.
    """
    if len(keys.of_tenant(tenant_id)) >= MOST_KEYS:
        raise UnprocessableError(f"There are {MOST_KEYS} API keys already. Revoke one that is not used.", field="name")
    made = ApiKey(api_key_id(key_hash), name, role, secret[:SHOWN_CHARACTERS], now, *by)
    keys.add(tenant_id, made, key_hash)
    return made
