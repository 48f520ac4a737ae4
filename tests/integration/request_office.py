"""Service requests for tests of the staff pages: what may be asked for, a contact who asks, and requests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from duebook import wiring, wiring_requests
from duebook.domain.activity_log import Actor
from duebook.domain.directory import Contact
from duebook.domain.portal_access import COMPANY, ContactCaller
from duebook.domain.service_requests import EntryKind, ServiceRequest
from duebook.usecases.ask_for_service import ServiceWish, ask_for_service
from duebook.usecases.change_catalog import put_entry
from tests.integration.staff_office import NOW, add_site

ANA = "ana@halvorsen.example"


def put_catalog(kind: EntryKind, entry_id: str, name: str, *, shown: bool = True, tenant_id: str = "ten_1") -> None:
    """Write an entry of the catalog."""
    desk = wiring_requests.catalog_desk(Actor("key_1", "Office system"), NOW)
    put_entry(tenant_id, kind, entry_id, name=name, shown=shown, desk=desk)


def open_catalog(tenant_id: str = "ten_1") -> None:
    """Show one product and one service."""
    put_catalog(EntryKind.PRODUCT, "toilet", "Portable toilet", tenant_id=tenant_id)
    put_catalog(EntryKind.SERVICE, "delivery", "Delivery", tenant_id=tenant_id)


def add_contact(customer_id: str = "c1", *, tenant_id: str = "ten_1", email: str | None = ANA, name: str = "Ana Ruiz") -> None:
    """Write a company contact and a site."""
    contact = Contact("con_1", name, COMPANY, email, portal_access=bool(email))
    wiring.directory_store().put_contact(tenant_id, customer_id, contact, was=None)
    add_site("S-12", "Riverside Depot", customer_id, tenant_id=tenant_id)


def ask(minutes: int = 0, customer_id: str = "c1", *, tenant_id: str = "ten_1", **changes: Any) -> ServiceRequest:
    """Send a request as the contact does."""
    wish: dict[str, Any] = {"site_id": "S-12", "product_id": "toilet", "service_id": "delivery", "wanted_on": date(2025, 6, 9)} | changes
    caller = ContactCaller(tenant_id, customer_id, "con_1", COMPANY, ())
    at = NOW + timedelta(minutes=minutes)
    desk = wiring_requests.service_desk(at)
    return ask_for_service(caller, ServiceWish(**wish), key=f"key-{customer_id}-{minutes}-{changes}", desk=desk)


def status_of(request: ServiceRequest, tenant_id: str = "ten_1") -> str:
    """Tell where a request stands."""
    return wiring_requests.request_store().find(tenant_id, request.request_id).status.value
