"""What staff send and are answered about service requests and about what may be asked for (R80-R84)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from duebook.domain.service_requests import CatalogEntry, EntryKind, Job, JobKind, RequestStatus, by_name
from duebook.usecases.answer_requests import JobForm
from duebook.usecases.read_requests import RequestPage, RequestRow
from duebook.web.fields import Day, LongText, ShortText, Strict, Text
from duebook.web.portal_requests import RequestSiteView
from duebook.web.schemas_staff import blank_is_none


def _each(told: object) -> object:
    """Take statuses one by one or with commas between them; an empty one is none."""
    parts = told if isinstance(told, list) else [told]
    return [one.strip() for part in parts for one in str(part).split(",") if one.strip()]


Statuses = Annotated[list[RequestStatus], BeforeValidator(_each), Field(max_length=8)]


class EntryBody(Strict):
    """``PUT /api/staff/settings/catalog/products/{product_id}``, and of a service; ``shown`` stays when left out, a new one is shown."""

    name: Text
    shown: bool | None = None


class ConvertBody(Strict):
    """``POST /api/staff/requests/{request_id}/convert``: what the form of the job or rental said."""

    kind: JobKind
    number: Annotated[ShortText | None, BeforeValidator(blank_is_none)] = None
    scheduled_on: Annotated[Day | None, BeforeValidator(blank_is_none)] = None
    note: Annotated[LongText | None, BeforeValidator(blank_is_none)] = None

    def form(self) -> JobForm:
        """Return the form."""
        return JobForm(self.kind, self.number, self.scheduled_on, self.note)


class EntryView(Strict):
    """A product or service."""

    id: str
    name: str
    shown: bool


class StaffCatalogView(Strict):
    """Both lists by name, hidden entries as well; ``open``: whether customers can ask for anything now."""

    products: list[EntryView]
    services: list[EntryView]
    open: bool


class RequestContactView(Strict):
    """Who asked, as the person was called then."""

    id: str
    name: str
    email: str | None


class JobView(Strict):
    """The job or rental that a request became."""

    id: str
    kind: JobKind
    number: str | None
    scheduled_on: date | None
    note: str | None


class StaffRequestView(Strict):
    """A service request, with the names of its day but for the customer's."""

    id: str
    status: RequestStatus
    customer_id: str
    customer_name: str
    contact: RequestContactView
    site: RequestSiteView
    product_id: str
    product_name: str
    service_id: str
    service_name: str
    wanted_on: date | None
    po_number: str | None
    note: str | None
    created_at: datetime
    read_at: datetime | None
    read_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    decline_reason: str | None
    job: JobView | None


class StaffRequestPage(Strict):
    """Some service requests, newest first; ``new_count`` and ``counts`` by status are of all of them, whatever was asked for."""

    items: list[StaffRequestView]
    next_cursor: str | None
    new_count: int
    counts: dict[str, int]


def entry_view(entry: CatalogEntry) -> EntryView:
    """Show an entry."""
    return EntryView(id=entry.entry_id, name=entry.name, shown=entry.shown)


def staff_catalog_view(entries: Sequence[CatalogEntry], *, is_open: bool) -> StaffCatalogView:
    """Show both lists."""
    ordered = sorted(entries, key=by_name)
    lists = {kind: [entry_view(one) for one in ordered if one.kind is kind] for kind in EntryKind}
    return StaffCatalogView(products=lists[EntryKind.PRODUCT], services=lists[EntryKind.SERVICE], open=is_open)


def staff_request_view(row: RequestRow) -> StaffRequestView:
    """Show a request to staff."""
    request = row.request
    return StaffRequestView(
        id=request.request_id,
        status=request.status,
        customer_id=request.customer_id,
        customer_name=row.customer_name,
        contact=RequestContactView(id=request.contact.contact_id, name=request.contact.name, email=request.contact.email),
        site=RequestSiteView(id=request.site.site_id, name=request.site.name, number=request.site.number),
        product_id=request.product.entry_id,
        product_name=request.product.name,
        service_id=request.service.entry_id,
        service_name=request.service.name,
        wanted_on=request.wanted_on,
        po_number=request.po_number,
        note=request.note,
        created_at=request.created_at,
        read_at=request.read_at,
        read_by=request.read_by,
        ended_at=request.ended_at,
        ended_by=request.ended_by,
        decline_reason=request.decline_reason,
        job=_job(request.job) if request.job else None,
    )


def staff_request_page(page: RequestPage) -> StaffRequestPage:
    """Show a page of requests."""
    return StaffRequestPage(
        items=[staff_request_view(row) for row in page.rows],
        next_cursor=page.next_before,
        new_count=page.counts[RequestStatus.NEW],
        counts={status.value: count for status, count in page.counts.items()},
    )


def _job(job: Job) -> JobView:
    return JobView(id=job.job_id, kind=job.kind, number=job.number, scheduled_on=job.scheduled_on, note=job.note)
