"""Write down what somebody of the staff did, and read it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from duebook.domain.activity_log import API_KEY, MOST_TEXT, Action, ActivityLine, Actor
from duebook.domain.identifiers import derived_ulid
from duebook.errors import AlreadyPostedError
from duebook.storage.activity_store import ActivityStore
from duebook.storage.directory_store import DirectoryStore


def log_action(
    tenant_id: str,
    actor: Actor,
    action: Action,
    *,
    customer_id: str | None = None,
    subject: tuple[str, str] | None = None,
    reason: str | None = None,
    detail: str = "",
    request: str | None = None,
    now: datetime,
    log: ActivityStore,
) -> None:
    """Write one line into the activity log, after the action itself succeeded. A repeat of the same request is one line.

    Args:
        tenant_id: Whose log.
        actor: Who did it: ``Actor.of_staff(visit.staff)`` on pages, ``Actor(caller.caller_id)`` in the API.
        action: What was done.
        customer_id: The customer it concerns, whose own log then holds it, too.
        subject: Kind and id of what it was done to.
        reason: As the person gave it.
        detail: What the action's words leave open, such as an amount.
        request: The request's Idempotency-Key, or another name of it. Without one, only the same words at the same instant are one line.
        now: When.
        log: Where it is written.
    """
    cause = "\n".join((actor.actor_id, action, customer_id or "", *(subject or ()), reason or "", detail, request or ""))
    line = ActivityLine(
        derived_ulid(now, cause), now, actor, action, customer_id, subject, reason[:MOST_TEXT] if reason else None, detail[:MOST_TEXT]
    )
    # Two actions may share a request, such as a new contact and its access.
    with suppress(AlreadyPostedError):
        log.add(tenant_id, line, request=f"{action} {request}" if request else None)


def with_names(tenant_id: str, lines: Sequence[ActivityLine], *, directory: DirectoryStore) -> list[ActivityLine]:
    """Add the names of staff to lines that were written with an id alone; one read for each such person."""
    nameless = {line.actor.actor_id for line in lines if not line.actor.name and not line.actor.actor_id.startswith(API_KEY)}
    known = {actor_id: directory.staff(tenant_id, actor_id) for actor_id in sorted(nameless)}
    people = {actor_id: Actor.of_staff(staff) for actor_id, staff in known.items() if staff}
    return [replace(line, actor=line.actor if line.actor.name else people.get(line.actor.actor_id, line.actor)) for line in lines]
