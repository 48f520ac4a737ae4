"""What staff do about service requests: look at one, make a job or rental of it, decline it (R82, R83)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from duebook.domain.activity_log import Action, Actor
from duebook.domain.service_requests import (
    Answering,
    Job,
    JobKind,
    ServiceRequest,
    converted,
    declined,
    is_repeat,
    job_id_of,
    mail_about,
    viewed,
)
from duebook.errors import ConflictError
from duebook.storage.activity_store import ActivityStore
from duebook.storage.request_store import RequestStore
from duebook.usecases.ask_for_link import LinkDesk, hand_on
from duebook.usecases.log_action import log_action

ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """What these actions take: requests, who is asked to write mails, the log, who does it, when."""

    requests: RequestStore
    links: LinkDesk
    log: ActivityStore
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class JobForm:
    """What the form of a job or rental said."""

    kind: JobKind
    number: str | None = None
    scheduled_on: date | None = None
    note: str | None = None


def view_request(tenant_id: str, request_id: str, *, desk: AnswerDesk) -> ServiceRequest:
    """Look at a request's details: a New one is Read from now on (R82).

    Raises:
        NotFoundError: No such request of this tenant.
        ConflictError: It kept changing.
    """
    return _changed(tenant_id, request_id, lambda known: viewed(known, desk.actor.actor_id, desk.now), desk)


def convert_request(tenant_id: str, request_id: str, form: JobForm, *, key: str | None, desk: AnswerDesk) -> ServiceRequest:
    """Make a job or rental of a request, which is completed with that and linked to it. The same key again is the same job.

    Raises:
        NotFoundError: No such request of this tenant.
        RequestAnsweredError: It is completed or declined already.
        IdempotencyKeyReusedError: The key came with another answer to it before.
        ConflictError: It kept changing.
    """
    day = form.scheduled_on.isoformat() if form.scheduled_on else ""
    by = _answering(desk, key, "convert", form.kind.value, form.number or "", day, form.note or "")
    job = Job(job_id_of(request_id), form.kind, form.number, form.scheduled_on, form.note)
    request = _changed(tenant_id, request_id, lambda known: known if is_repeat(known, by) else converted(known, job, by), desk)
    detail = " ".join(part for part in (form.kind.value, form.number) if part)
    _note(tenant_id, request, Action.REQUEST_CONVERTED, desk, detail=detail)
    return request


def decline_request(tenant_id: str, request_id: str, reason: str, *, key: str | None, desk: AnswerDesk) -> ServiceRequest:
    """Decline a request; who asked is told why by mail.

    Raises:
        NotFoundError: No such request of this tenant.
        RequestAnsweredError: It is completed or declined already.
        IdempotencyKeyReusedError: The key came with another answer to it before.
        ConflictError: It kept changing.
    """
    by = _answering(desk, key, "decline", reason)
    request = _changed(tenant_id, request_id, lambda known: known if is_repeat(known, by) else declined(known, reason, by), desk)
    _note(tenant_id, request, Action.REQUEST_DECLINED, desk, reason=reason)
    return request


def _changed(tenant_id: str, request_id: str, decide: Callable[[ServiceRequest], ServiceRequest], desk: AnswerDesk) -> ServiceRequest:
    """Read, decide and write; when it changed meanwhile, again."""
    for attempt in range(ATTEMPTS):
        was = desk.requests.find(tenant_id, request_id)
        after = decide(was)
        if after == was:
            return was
        order = mail_about(tenant_id, after, desk.now)
        try:
            # The order for the mail stands in the same transaction: no crash loses it, and only who answered writes one.
            saved = desk.requests.save(tenant_id, after, was=was, also=[desk.links.owed.owed(order)] if order else ())
        except ConflictError:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        if order:
            hand_on(order, desk.links)
        return saved
    raise ConflictError("the request kept changing; try again")


def _answering(desk: AnswerDesk, key: str | None, *said: str) -> Answering:
    named = hashlib.sha256(f"{desk.actor.actor_id}\x1f{key}".encode()).hexdigest()[:32] if key else None
    return Answering(desk.actor.actor_id, desk.now, named, hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:32])


def _note(
    tenant_id: str, request: ServiceRequest, action: Action, desk: AnswerDesk, *, detail: str = "", reason: str | None = None
) -> None:
    # A repeat writes the line that a crash may have left out; the request's id makes it one line.
    log_action(
        tenant_id,
        desk.actor,
        action,
        customer_id=request.customer_id,
        subject=("request", request.request_id),
        detail=detail,
        reason=reason,
        request=request.request_id,
        now=desk.now,
        log=desk.log,
    )
