"""Service requests: what customers may ask for, what they asked, and how staff answered (R80-R84)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from duebook.domain.email_activity import MailKind
from duebook.errors import IdempotencyKeyReusedError, RequestAnsweredError, RequestsClosedError, UnprocessableError

MOST_ENTRIES = 200
"""Entries of one list; a hidden one counts, since none is ever deleted."""


class EntryKind(StrEnum):
    """Which of the two lists an entry stands in: a request names one of each (R81)."""

    PRODUCT = "product"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A product or a service that customers may ask for while it is shown (R80).

    Args:
        entry_id: The caller's id.
        version: Counts the writes of this item.
    """

    kind: EntryKind
    entry_id: str
    name: str
    shown: bool = True
    version: int = 0


class RequestStatus(StrEnum):
    """Where a request stands (R82)."""

    NEW = "new"
    READ = "read"
    COMPLETED = "completed"
    DECLINED = "declined"


EDGES: Mapping[RequestStatus, frozenset[RequestStatus]] = {
    RequestStatus.NEW: frozenset({RequestStatus.READ, RequestStatus.COMPLETED, RequestStatus.DECLINED}),
    RequestStatus.READ: frozenset({RequestStatus.COMPLETED, RequestStatus.DECLINED}),
    RequestStatus.COMPLETED: frozenset(),
    RequestStatus.DECLINED: frozenset(),
}
"""Allowed changes; completed and declined are final (R83)."""


class JobKind(StrEnum):
    """What a request becomes."""

    JOB = "job"
    RENTAL = "rental"


@dataclass(frozen=True, slots=True)
class Job:
    """The job or rental that a request became, as the form said.

    Args:
        job_id: Ours; made from the request's id, so that one request becomes one job.
        number: Its number in the business's own system, if it has one by now.
        scheduled_on: The day it is planned for, in the tenant's zone.
        note: For staff alone.
    """

    job_id: str
    kind: JobKind
    number: str | None = None
    scheduled_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The site a request is for, as it was called when it was made."""

    site_id: str
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asked, as the person was called then. Mails go to the address of today."""

    contact_id: str
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A product or service that was asked for, with its name of that day (R81)."""

    entry_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """What a contact asked for.

    Args:
        request_id: Ours; sorts by time.
        wanted_on: The day it is wanted, in the tenant's zone.
        read_at: When somebody of the staff first looked at it, or answered it unseen (UTC).
        read_by: Staff or API key id.
        ended_at: When it was completed or declined (UTC).
        ended_by: Staff or API key id.
        decline_reason: Of a declined one.
        job: Of a completed one.
        answer_key: What names the call that answered it, hashed; the same call again is no other answer.
        answer_print: Fingerprint of that call.
        version: Counts the writes of this item.
    """

    request_id: str
    customer_id: str
    site: Place
    contact: Requester
    product: Chosen
    service: Chosen
    created_at: datetime
    wanted_on: date | None = None
    po_number: str | None = None
    note: str | None = None
    status: RequestStatus = RequestStatus.NEW
    read_at: datetime | None = None
    read_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    decline_reason: str | None = None
    job: Job | None = None
    answer_key: str | None = None
    answer_print: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers a request, when, and by which call.

    Args:
        actor_id: Staff or API key id.
        at: UTC.
        key: What names the call, hashed; None: it was not named, and a repeat of it is refused.
        fingerprint: Of what the call said.
    """

    actor_id: str
    at: datetime
    key: str | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class RequestMailOrder:
    """A mail about a request that the requester is owed. It names no address: whoever writes the mail reads it when the time comes.

    Args:
        order_id: Made from request and kind, so the same mail is ordered once.
        at: When it was ordered (UTC); it dates the mail.
        kind: ``request_received``, ``request_declined`` or ``request_completed``.
    """

    order_id: str
    at: datetime
    tenant_id: str
    customer_id: str
    request_id: str
    kind: MailKind


def shown(entries: Iterable[CatalogEntry], kind: EntryKind) -> tuple[CatalogEntry, ...]:
    """Return the entries of a list that may be chosen now, by name."""
    found = (entry for entry in entries if entry.kind is kind and entry.shown)
    return tuple(sorted(found, key=by_name))


def by_name(entry: CatalogEntry) -> tuple[str, str]:
    """Return what entries of a list are sorted by."""
    return entry.name.casefold(), entry.entry_id


def is_open(entries: Sequence[CatalogEntry]) -> bool:
    """Tell whether requests are possible now: something is shown in both lists (R81)."""
    return all(shown(entries, kind) for kind in EntryKind)


def choose(entries: Sequence[CatalogEntry], product_id: str, service_id: str) -> tuple[Chosen, Chosen]:
    """Return the product and the service that were chosen.

    Raises:
        RequestsClosedError: Nothing of a list is shown.
        UnprocessableError: One of them is not shown, or there is no such.
    """
    if not is_open(entries):
        raise RequestsClosedError("Service requests are not possible now. Please contact the office.")
    return _chosen(entries, EntryKind.PRODUCT, product_id), _chosen(entries, EntryKind.SERVICE, service_id)


def check_wanted_on(wanted_on: date | None, today: date) -> None:
    """Refuse a day that is over.

    Raises:
        UnprocessableError: It is before today, in the tenant's zone.
    """
    if wanted_on is not None and wanted_on < today:
        raise UnprocessableError("This day is over. Choose today or a later day.", field="wanted_on")


def job_id_of(request_id: str) -> str:
    """Return the id of the job or rental that a request becomes."""
    return f"job_{request_id.removeprefix('req_')}"


def viewed(request: ServiceRequest, actor_id: str, at: datetime) -> ServiceRequest:
    """Return the request after somebody of the staff looked at its details: a New one is Read, any other stays as it is (R82)."""
    if request.status is not RequestStatus.NEW:
        return request
    return replace(request, status=RequestStatus.READ, read_at=at, read_by=actor_id)


def converted(request: ServiceRequest, job: Job, by: Answering) -> ServiceRequest:
    """Return the request as completed, linked to its job or rental.

    Raises:
        RequestAnsweredError: It is completed or declined already.
    """
    return replace(_ended(request, RequestStatus.COMPLETED, by), job=job)


def declined(request: ServiceRequest, reason: str, by: Answering) -> ServiceRequest:
    """Return the request as declined.

    Raises:
        RequestAnsweredError: It is completed or declined already.
    """
    return replace(_ended(request, RequestStatus.DECLINED, by), decline_reason=reason)


def is_repeat(request: ServiceRequest, by: Answering) -> bool:
    """Tell whether a call is the one that answered the request, once more.

    Raises:
        IdempotencyKeyReusedError: It is named the same and says something else.
    """
    if by.key is None or request.answer_key != by.key:
        return False
    if request.answer_print != by.fingerprint:
        raise IdempotencyKeyReusedError("this Idempotency-Key came with another answer to the request before; nothing was changed")
    return True


def mail_about(tenant_id: str, request: ServiceRequest, at: datetime) -> RequestMailOrder | None:
    """Return the order for the mail that a request's status calls for, or None."""
    kinds = {
        RequestStatus.NEW: MailKind.REQUEST_RECEIVED,
        RequestStatus.COMPLETED: MailKind.REQUEST_COMPLETED,
        RequestStatus.DECLINED: MailKind.REQUEST_DECLINED,
    }
    kind = kinds.get(request.status)
    if kind is None:
        return None
    return RequestMailOrder(f"{request.request_id}.{kind.value}", at, tenant_id, request.customer_id, request.request_id, kind)


def fits(request: ServiceRequest, customer_name: str, words: str) -> bool:
    """Tell whether a request is what somebody searches for: by customer, contact name, site or PO number (R84).

    Args:
        request: The request.
        customer_name: As the customer is called now.
        words: What was typed; all of it must stand in one of them, in capitals or not.
    """
    wanted = " ".join(words.split()).casefold()
    places = (
        customer_name,
        request.customer_id,
        request.contact.name,
        request.site.number,
        request.site.name,
        request.po_number or "",
    )
    return any(wanted in " ".join(place.split()).casefold() for place in places)


def _chosen(entries: Iterable[CatalogEntry], kind: EntryKind, entry_id: str) -> Chosen:
    for entry in shown(entries, kind):
        if entry.entry_id == entry_id:
            return Chosen(entry.entry_id, entry.name)
    raise UnprocessableError(f"This {kind.value} cannot be chosen now.", field=f"{kind.value}_id")


def _ended(request: ServiceRequest, status: RequestStatus, by: Answering) -> ServiceRequest:
    if status not in EDGES[request.status]:
        raise RequestAnsweredError(
            f"This request was {request.status.value} already, and that is final. The customer may ask anew.",
            request_status=request.status.value,
        )
    return replace(
        request,
        status=status,
        read_at=request.read_at or by.at,
        read_by=request.read_by or by.actor_id,
        ended_at=by.at,
        ended_by=by.actor_id,
        answer_key=by.key,
        answer_print=by.fingerprint if by.key else None,
    )
