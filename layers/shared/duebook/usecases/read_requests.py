"""What staff see of service requests: lists by status and search, and one of them (R82, R84). Reading a list marks nothing as read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duebook.domain.service_requests import RequestStatus, ServiceRequest, fits
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.request_store import RequestStore

MOST_READ = 1_000
"""Requests that one page of a search is looked for in; a page may be shorter than asked for, and goes on."""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request with its customer's name of today."""

    request: ServiceRequest
    customer_name: str


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Some requests, newest first.

    Args:
        rows: The requests.
        next_before: The last id looked at, where there may be more.
        counts: How many of the tenant's requests stand where, whatever was asked for.
    """

    rows: tuple[RequestRow, ...]
    next_before: str | None
    counts: Mapping[RequestStatus, int]


def read_requests(
    tenant_id: str,
    *,
    statuses: frozenset[RequestStatus],
    search: str,
    limit: int,
    before: str | None,
    requests: RequestStore,
    directory: DirectoryStore,
) -> RequestPage:
    """Read a page of a tenant's requests.

    Args:
        tenant_id: Whose.
        statuses: Those wanted; none: all (R84).
        search: In customer, contact name, site and PO number; empty: all.
        limit: Rows at most.
        before: The cursor.
        requests: Where they stand.
        directory: Where customers' names stand.
    """
    counts, read, last = requests.counts(tenant_id), 0, None
    rows: list[RequestRow] = []
    names: dict[str, str] = {}
    for part in requests.latest(tenant_id, statuses, before=before):
        names |= _names(tenant_id, part, names, directory)
        for request in part:
            if len(rows) == limit or read == MOST_READ:
                return RequestPage(tuple(rows), last, counts)
            read, last = read + 1, request.request_id
            row = RequestRow(request, names.get(request.customer_id, request.customer_id))
            if not search.strip() or fits(request, row.customer_name, search):
                rows.append(row)
    return RequestPage(tuple(rows), None, counts)


def read_request(tenant_id: str, request_id: str, *, requests: RequestStore, directory: DirectoryStore) -> RequestRow:
    """Read a request; it stays as New as it was.

    Raises:
        NotFoundError: No such request of this tenant.
    """
    return with_customer(tenant_id, requests.find(tenant_id, request_id), directory=directory)


def with_customer(tenant_id: str, request: ServiceRequest, *, directory: DirectoryStore) -> RequestRow:
    """Return a request with its customer's name of today."""
    customer = directory.find_customer(tenant_id, request.customer_id)
    return RequestRow(request, customer.name if customer else request.customer_id)


def count_new(tenant_id: str, *, requests: RequestStore) -> int:
    """Tell how many requests are New: the number of the badge (R82)."""
    return requests.counts(tenant_id)[RequestStatus.NEW]


def _names(tenant_id: str, part: Sequence[ServiceRequest], known: Mapping[str, str], directory: DirectoryStore) -> dict[str, str]:
    wanted = sorted({request.customer_id for request in part} - set(known))
    return {one.customer_id: one.name for one in directory.many_customers(tenant_id, wanted).values()}
