"""Staff's second factors in the Directory, and sign-ins that wait for a code in what passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from duebook.domain.second_factor import SecondFactor, SignInStep
from duebook.storage import keys
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get,
    key,
    put_changed,
    put_new,
    version_of,
    write_one,
)


class SecondStepStore:
    """Reads and writes second factors and waiting sign-ins."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._directory = tables.directory
        self._transient = tables.transient

    def factor(self, tenant_id: str, staff_id: str) -> SecondFactor | None:
        """Read a staff member's second factor, or None."""
        item = get(self._client, self._directory, keys.tenant_pk(tenant_id), keys.second_factor_sk(staff_id))
        return _factor_of(item) if item else None

    def save(self, tenant_id: str, factor: SecondFactor) -> None:
        """Write a second factor that is new, or unchanged since it was read: of two uses of one code, one is refused.

        Raises:
            ConflictError: It changed meanwhile.
        """
        item = _factor_item(tenant_id, replace(factor, version=factor.version + 1))
        write_one(self._client, put_changed(self._directory, item, factor.version) if factor.version else put_new(self._directory, item))

    def remove(self, tenant_id: str, staff_id: str) -> None:
        """Forget a second factor; one that is gone stays gone."""
        where = key(keys.tenant_pk(tenant_id), keys.second_factor_sk(staff_id))
        write_one(self._client, Write({"Delete": {"TableName": self._directory, "Key": where}}))

    def begin(self, token_hash: str, step: SignInStep) -> None:
        """Write a sign-in that waits for a code."""
        write_one(self._client, put_new(self._transient, _step_item(token_hash, step)))

    def step(self, token_hash: str, now: datetime) -> SignInStep | None:
        """Read a waiting sign-in that has not ended, or None."""
        item = get(self._client, self._transient, keys.sign_in_step_pk(token_hash), keys.TRANSIENT_SK)
        step = _step_of(item) if item else None
        return step if step and now < step.ends_at else None

    def count_try(self, token_hash: str, step: SignInStep) -> None:
        """Count a typed code before it is looked at, so that no two are looked at as one try.

        Raises:
            ConflictError: Another try came at the same moment.
        """
        item = _step_item(token_hash, replace(step, tries=step.tries + 1))
        write_one(self._client, put_changed(self._transient, item, step.tries))

    def end(self, token_hash: str) -> None:
        """Delete a waiting sign-in."""
        where = key(keys.sign_in_step_pk(token_hash), keys.TRANSIENT_SK)
        write_one(self._client, Write({"Delete": {"TableName": self._transient, "Key": where}}))


def _factor_item(tenant_id: str, factor: SecondFactor) -> Item:
    doc = {
        "staff_id": factor.staff_id,
        "secret": factor.secret,
        "created_at": factor.created_at.isoformat(),
        "on": factor.on,
        "last_step": factor.last_step,
        "recovery": list(factor.recovery),
    }
    return document(keys.tenant_pk(tenant_id), keys.second_factor_sk(factor.staff_id), doc, version=factor.version)


def _factor_of(item: Item) -> SecondFactor:
    doc = content(item)
    created_at, recovery = datetime.fromisoformat(doc["created_at"]), tuple(doc["recovery"])
    return SecondFactor(**(doc | {"created_at": created_at, "recovery": recovery, "version": version_of(item)}))


def _step_item(token_hash: str, step: SignInStep) -> Item:
    doc = {"tenant_id": step.tenant_id, "staff_id": step.staff_id, "ends_at": step.ends_at.isoformat(), "generation": step.generation}
    expires_at = int(step.ends_at.timestamp())
    return document(keys.sign_in_step_pk(token_hash), keys.TRANSIENT_SK, doc, version=step.tries, expires_at=expires_at)


def _step_of(item: Item) -> SignInStep:
    doc = content(item)
    ends_at = datetime.fromisoformat(doc["ends_at"])
    return SignInStep(doc["tenant_id"], doc["staff_id"], ends_at, version_of(item), doc.get("generation", 0))
