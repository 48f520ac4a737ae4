"""How service requests read on the staff pages: statuses, what happened when and by whom, rows of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from duebook.domain.service_requests import Job, JobKind, RequestStatus, ServiceRequest
from duebook.usecases.read_requests import RequestRow
from duebook.web.page_desk import sentence
from duebook.web.pages import Formats
from duebook.web.payment_words import actor_words

STATUSES: Mapping[RequestStatus, tuple[str, str]] = {
    RequestStatus.NEW: ("New", "info"),
    RequestStatus.READ: ("Read", ""),
    RequestStatus.COMPLETED: ("Completed", "ok"),
    RequestStatus.DECLINED: ("Declined", "warn"),
}
"""A status as people read it, and the tone of its tag."""
KINDS: Mapping[JobKind, str] = {JobKind.JOB: "Job", JobKind.RENTAL: "Rental"}
CSV_NAMES = (
    "id", "sent_at", "status", "customer_id", "customer", "site_number", "site", "contact", "contact_email", "product", "service",
    "wanted_on", "po_number", "note", "read_at", "ended_at", "decline_reason", "became", "number", "scheduled_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a request; ``by`` names who did it."""

    at: datetime
    words: str
    by: str


def status_words(request: ServiceRequest) -> tuple[str, str]:
    """Return a request's status as people read it, and the tone of its tag."""
    return STATUSES[request.status]


def job_words(job: Job) -> str:
    """Name what a request became: ``Job 4711``, ``Rental`` where it has no number yet."""
    return f"{KINDS[job.kind]} {job.number}" if job.number else KINDS[job.kind]


def steps_of(request: ServiceRequest, names: Mapping[str, str]) -> list[Step]:
    """Tell what happened to a request, the latest first; ``names`` are those of staff, by their ids."""
    found = [Step(request.created_at, "Sent in the portal", request.contact.name)]
    # Whoever answers a request that nobody opened reads it by that, at the same moment: one step tells both.
    if request.read_at and request.read_at != request.ended_at:
        found.append(Step(request.read_at, "Read", actor_words(request.read_by, names)))
    if request.ended_at:
        words = f"Completed: {job_words(request.job)}" if request.job else "Declined"
        found.append(Step(request.ended_at, words, actor_words(request.ended_by, names)))
    return found[::-1]


def ended_words(request: ServiceRequest, names: Mapping[str, str], formats: Formats) -> str:
    """Say how a request ended: ``Lee Park completed this request on … as Job 4711.``; empty while it has not."""
    if request.ended_at is None:
        return ""
    did = f"completed this request as {job_words(request.job)}" if request.job else "declined this request"
    return sentence(f"{actor_words(request.ended_by, names)} {did} on {formats.moment(request.ended_at)}.")


def csv_row(row: RequestRow, formats: Formats) -> tuple[object, ...]:
    """Write a request as a row of a file; instants with their offset in the business's zone."""
    request = row.request
    job = request.job
    return (
        request.request_id,
        _instant(request.created_at, formats),
        request.status.value,
        request.customer_id,
        row.customer_name,
        request.site.number,
        request.site.name,
        request.contact.name,
        request.contact.email or "",
        request.product.name,
        request.service.name,
        request.wanted_on or "",
        request.po_number or "",
        request.note or "",
        _instant(request.read_at, formats),
        _instant(request.ended_at, formats),
        request.decline_reason or "",
        job.kind.value if job else "",
        (job.number or "") if job else "",
        (job.scheduled_on or "") if job else "",
    )


def _instant(at: datetime | None, formats: Formats) -> str:
    return at.astimezone(ZoneInfo(formats.time_zone)).isoformat(timespec="seconds") if at else ""
