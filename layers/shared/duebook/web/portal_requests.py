"""What a contact sends and sees of service requests (R81)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator

from duebook.domain.service_requests import CatalogEntry, RequestStatus, ServiceRequest
from duebook.usecases.ask_for_service import ServiceWish
from duebook.web.fields import CallerId, Day, LongText, ShortText, Strict
from duebook.web.schemas_staff import blank_is_none


class ServiceRequestBody(Strict):
    """``POST /api/portal/requests``."""

    site_id: CallerId
    product_id: CallerId
    service_id: CallerId
    wanted_on: Annotated[Day | None, BeforeValidator(blank_is_none)] = None
    po_number: Annotated[ShortText | None, BeforeValidator(blank_is_none)] = None
    note: Annotated[LongText | None, BeforeValidator(blank_is_none)] = None

    def wish(self) -> ServiceWish:
        """Return what is asked for."""
        return ServiceWish(self.site_id, self.product_id, self.service_id, self.wanted_on, self.po_number, self.note)


class ChoiceView(Strict):
    """A product or service that may be chosen."""

    id: str
    name: str


class CatalogView(Strict):
    """What may be chosen now, by name; both lists are empty where requests are not possible now."""

    products: list[ChoiceView]
    services: list[ChoiceView]


class RequestSiteView(Strict):
    """The site a request is for, as it was called then."""

    id: str
    name: str
    number: str


class PortalRequestView(Strict):
    """A service request, with the names of its day."""

    id: str
    status: RequestStatus
    product_id: str
    product_name: str
    service_id: str
    service_name: str
    site: RequestSiteView
    requested_by: str
    created_at: datetime
    wanted_on: date | None
    po_number: str | None
    note: str | None
    scheduled_on: date | None
    decline_reason: str | None


class PortalRequestPage(Strict):
    """Some service requests, newest first."""

    items: list[PortalRequestView]
    next_cursor: str | None


def catalog_view(products: Sequence[CatalogEntry], services: Sequence[CatalogEntry]) -> CatalogView:
    """Show what may be chosen."""
    return CatalogView(products=[_choice(one) for one in products], services=[_choice(one) for one in services])


def portal_request_view(request: ServiceRequest) -> PortalRequestView:
    """Show a request to who may see it; what staff noted with the job stays with them."""
    return PortalRequestView(
        id=request.request_id,
        status=request.status,
        product_id=request.product.entry_id,
        product_name=request.product.name,
        service_id=request.service.entry_id,
        service_name=request.service.name,
        site=site_view(request),
        requested_by=request.contact.name,
        created_at=request.created_at,
        wanted_on=request.wanted_on,
        po_number=request.po_number,
        note=request.note,
        scheduled_on=request.job.scheduled_on if request.job else None,
        decline_reason=request.decline_reason,
    )


def portal_request_page(requests: Sequence[ServiceRequest], following: str | None) -> PortalRequestPage:
    """Show a page of requests."""
    return PortalRequestPage(items=[portal_request_view(one) for one in requests], next_cursor=following)


def site_view(request: ServiceRequest) -> RequestSiteView:
    """Show the site of a request."""
    return RequestSiteView(id=request.site.site_id, name=request.site.name, number=request.site.number)


def _choice(entry: CatalogEntry) -> ChoiceView:
    return ChoiceView(id=entry.entry_id, name=entry.name)
