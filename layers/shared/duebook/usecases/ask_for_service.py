"""Ask for service as a signed-in contact, and see what was asked (R54, R81)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from duebook.domain.directory import Site
from duebook.domain.portal_access import SITE, ContactCaller
from duebook.domain.service_requests import (
    CatalogEntry,
    EntryKind,
    Place,
    Requester,
    ServiceRequest,
    check_wanted_on,
    choose,
    is_open,
    mail_about,
    shown,
)
from duebook.domain.throttling import REQUESTS_BY_CONTACT
from duebook.errors import AccessDeniedError, AlreadyPostedError, ConflictError, IdempotencyKeyReusedError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.request_store import RequestStore
from duebook.storage.transient_store import KeyUse, TransientStore
from duebook.usecases.ask_for_link import LinkDesk, hand_on
from duebook.usecases.count_misses import Limits, check_misses, count_misses

LIMITS: Limits = (("service-request", REQUESTS_BY_CONTACT),)
ATTEMPTS = 8
MOST_READ = 1_000
"""Requests that one page is looked for in; a site contact's page may be shorter than asked for, and goes on."""


@dataclass(frozen=True, slots=True)
class ServiceWish:
    """What a contact asks for."""

    site_id: str
    product_id: str
    service_id: str
    wanted_on: date | None = None
    po_number: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceDesk:
    """What asking takes: people and places, requests, keys and limits, who is asked to write mails, new ids, the time."""

    directory: DirectoryStore
    requests: RequestStore
    transient: TransientStore
    links: LinkDesk
    new_id: Callable[[str, datetime], str]
    now: datetime


def requestable(tenant_id: str, *, requests: RequestStore) -> tuple[tuple[CatalogEntry, ...], tuple[CatalogEntry, ...]]:
    """Return the products and the services that may be chosen now; both are empty where requests are not possible now (R81)."""
    entries = requests.catalog(tenant_id)
    if not is_open(entries):
        return (), ()
    return shown(entries, EntryKind.PRODUCT), shown(entries, EntryKind.SERVICE)


def ask_for_service(caller: ContactCaller, wish: ServiceWish, *, key: str | None, desk: ServiceDesk) -> ServiceRequest:
    """Put a request on record, and with it the order for the mail that says so.

    Args:
        caller: Who asks.
        wish: For what.
        key: Idempotency-Key: the same one again answers the same request; None: every call is another request.
        desk: What it takes.

    Raises:
        AccessDeniedError: The contact is gone.
        RequestsClosedError: Nothing can be asked for now.
        UnprocessableError: A site that is not the contact's, something that is not shown, or a day that is over.
        IdempotencyKeyReusedError: The key came with something else before.
        TooManyRequestsError: The contact asked very often.
        ConflictError: It kept being in the way of others; say it again.
    """
    for attempt in range(ATTEMPTS):
        use = desk.transient.key_use(caller.tenant_id, caller.customer_id, key) if key else None
        if use is not None:
            return _again(caller, wish, use, desk)
        request = _decided(caller, wish, desk)
        try:
            return _written(caller, wish, request, key, desk)
        except AlreadyPostedError:
            continue
        except ConflictError:
            if attempt == ATTEMPTS - 1:
                raise
    raise ConflictError("this was sent more than once at the same moment; ask again")


def read_own_requests(
    caller: ContactCaller, *, limit: int, before: str | None, requests: RequestStore
) -> tuple[list[ServiceRequest], str | None]:
    """Read a page of the requests that a contact may see, newest first: a site contact sees those for its sites (R54).

    Returns:
        The page, and the last id looked at where there may be more.
    """
    found: list[ServiceRequest] = []
    last = None
    for read, request in enumerate(requests.of_customer(caller.tenant_id, caller.customer_id, before=before)):
        if len(found) == limit or read == MOST_READ:
            return found, last
        last = request.request_id
        if may_see(caller, request):
            found.append(request)
    return found, None


def may_see(caller: ContactCaller, request: ServiceRequest) -> bool:
    """Tell whether a request is one of a contact's own sites, or of its whole company."""
    return caller.kind != SITE or request.site.site_id in caller.site_ids


def _decided(caller: ContactCaller, wish: ServiceWish, desk: ServiceDesk) -> ServiceRequest:
    subject = (f"{caller.tenant_id}.{caller.customer_id}.{caller.contact_id}",)
    check_misses(LIMITS, subject, transient=desk.transient, now=desk.now)
    contact = desk.directory.contact(caller.tenant_id, caller.customer_id, caller.contact_id)
    if contact is None:
        raise AccessDeniedError("Your access has ended.")
    product, service = choose(desk.requests.catalog(caller.tenant_id), wish.product_id, wish.service_id)
    site = _site(caller, wish.site_id, desk)
    tenant = desk.directory.tenant(caller.tenant_id)
    check_wanted_on(wish.wanted_on, desk.now.astimezone(ZoneInfo(tenant.time_zone)).date())
    return ServiceRequest(
        desk.new_id("req", desk.now),
        caller.customer_id,
        Place(site.site_id, site.name, site.number),
        Requester(contact.contact_id, contact.name, contact.email),
        product,
        service,
        desk.now,
        wish.wanted_on,
        wish.po_number,
        wish.note,
    )


def _written(caller: ContactCaller, wish: ServiceWish, request: ServiceRequest, key: str | None, desk: ServiceDesk) -> ServiceRequest:
    use = KeyUse(request.request_id, _fingerprint(caller, wish))
    used = [desk.transient.key_used(caller.tenant_id, caller.customer_id, key, use, desk.now)] if key else []
    order = mail_about(caller.tenant_id, request, desk.now)
    # The order stands in the same transaction: whoever asked is told so, whatever crashes next.
    owed = [desk.links.owed.owed(order)] if order else []
    saved = desk.requests.add(caller.tenant_id, request, [*used, *owed])
    subject = (f"{caller.tenant_id}.{caller.customer_id}.{caller.contact_id}",)
    count_misses(LIMITS, subject, transient=desk.transient, now=desk.now)
    if order:
        hand_on(order, desk.links)
    return saved


def _again(caller: ContactCaller, wish: ServiceWish, use: KeyUse, desk: ServiceDesk) -> ServiceRequest:
    if use.fingerprint != _fingerprint(caller, wish):
        raise IdempotencyKeyReusedError("this Idempotency-Key came with something else before; nothing was asked this time")
    return desk.requests.get(caller.tenant_id, caller.customer_id, use.payment_id)


def _site(caller: ContactCaller, site_id: str, desk: ServiceDesk) -> Site:
    own = caller.kind != SITE or site_id in caller.site_ids
    site = desk.directory.site(caller.tenant_id, caller.customer_id, site_id) if own else None
    if site is None:
        raise UnprocessableError("Choose one of your sites.", field="site_id")
    return site


def _fingerprint(caller: ContactCaller, wish: ServiceWish) -> str:
    day = wish.wanted_on.isoformat() if wish.wanted_on else ""
    parts = (
        "service request",
        caller.contact_id,
        wish.site_id,
        wish.product_id,
        wish.service_id,
        day,
        wish.po_number or "",
        wish.note or "",
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
