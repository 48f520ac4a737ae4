"""Keep the two lists that customers choose from when they ask for service (R80)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.activity_log import Action, Actor
from duebook.domain.service_requests import MOST_ENTRIES, CatalogEntry, EntryKind
from duebook.errors import NotFoundError, UnprocessableError
from duebook.storage.activity_store import ActivityStore
from duebook.storage.request_store import RequestStore
from duebook.usecases.log_action import log_action


@dataclass(frozen=True, slots=True)
class CatalogDesk:
    """What keeping the lists takes: where they and the log stand, who does it, when."""

    requests: RequestStore
    log: ActivityStore
    actor: Actor
    now: datetime


def put_entry(
    tenant_id: str, kind: EntryKind, entry_id: str, *, name: str, shown: bool | None, desk: CatalogDesk
) -> tuple[CatalogEntry, bool]:
    """Add, rename, show or hide an entry; saying the same again changes nothing. Requests that were made keep the name of their day.

    Args:
        tenant_id: Whose list.
        kind: Which list.
        entry_id: The caller's id.
        name: As customers read it.
        shown: Whether they may choose it; None: as it was, a new one is shown.
        desk: What it takes.

    Returns:
        The entry, and whether it is new.

    Raises:
        UnprocessableError: The list is full.
        ConflictError: The entry changed meanwhile.
    """
    was = desk.requests.entry(tenant_id, kind, entry_id)
    before = was or CatalogEntry(kind, entry_id, "")
    after = replace(before, name=name, shown=before.shown if shown is None else shown)
    if was == after:
        return after, False
    if was is None:
        _check_room(desk.requests.catalog(tenant_id), kind)
    saved = desk.requests.put_entry(tenant_id, after, was=was)
    detail = f"{name} ({'shown' if saved.shown else 'hidden'})"
    subject = (kind.value, entry_id)
    log_action(tenant_id, desk.actor, Action.CATALOG_SAVED, subject=subject, detail=detail, now=desk.now, log=desk.log)
    return saved, was is None


def read_entry(tenant_id: str, kind: EntryKind, entry_id: str, *, requests: RequestStore) -> CatalogEntry:
    """Read an entry, shown or hidden.

    Raises:
        NotFoundError: No such entry of this list.
    """
    entry = requests.entry(tenant_id, kind, entry_id)
    if entry is None:
        raise NotFoundError(f"no {kind.value} {entry_id}")
    return entry


def _check_room(entries: Sequence[CatalogEntry], kind: EntryKind) -> None:
    if sum(entry.kind is kind for entry in entries) >= MOST_ENTRIES:
        raise UnprocessableError(f"A list holds up to {MOST_ENTRIES} entries. Rename one that is hidden.", field="name")
