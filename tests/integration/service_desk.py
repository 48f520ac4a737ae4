"""What tests of service requests share: a catalog, sites, contacts of both kinds, and requests."""

from __future__ import annotations

from typing import Any

from duebook.domain.portal_access import COMPANY, SITE, ContactCaller
from tests.integration.api import Answer, StaffApi
from tests.integration.portal import Portal

ANA, BO = "ana@acme.example", "bo@acme.example"
CATALOG = "/settings/catalog"


def furnish(staff: StaffApi, customer_id: str = "c1") -> Portal:
    """Give a customer two sites, a company contact and a site contact of the first site; the catalog two shown entries a list.

    Returns the portal as the company contact sees it.
    """
    staff.put(f"/customers/{customer_id}/sites/s1", {"name": "Quarry", "number": "001"})
    staff.put(f"/customers/{customer_id}/sites/s2", {"name": "Depot", "number": "002"})
    put_contact(staff, "ana", customer_id, name="Ana Acme", email=ANA)
    put_contact(staff, "bo", customer_id, name="Bo Moss", email=BO, kind="site", site_ids=["s1"])
    for kind, entry_id, name in (("products", "p1", "Standard unit"), ("products", "p2", "Hand wash station"),
                                 ("services", "v1", "Weekly service"), ("services", "v2", "Delivery")):  # fmt: skip
        assert put_entry(staff, kind, entry_id, name).status in {200, 201}
    return Portal(ContactCaller(staff.tenant_id, customer_id, "ana", COMPANY))


def site_contact(portal: Portal) -> Portal:
    """Return the portal as the contact of the first site sees it."""
    return portal.as_(contact_id="bo", kind=SITE, site_ids=("s1",))


def put_contact(staff: StaffApi, contact_id: str, customer_id: str = "c1", **body: Any) -> None:
    """Write a contact with portal access."""
    sent = {"kind": "company", "site_ids": [], "portal_access": True} | body
    answer = staff.put(f"/customers/{customer_id}/contacts/{contact_id}", sent)
    assert answer.status in {200, 201}, answer.text


def put_entry(staff: StaffApi, kind: str, entry_id: str, name: str, **body: Any) -> Answer:
    """Write a product or service."""
    return staff.put(f"{CATALOG}/{kind}/{entry_id}", {"name": name} | body)


def ask(portal: Portal, key: str | None = None, **body: Any) -> Answer:
    """Ask for service at the first site."""
    return portal.post("/requests", {"site_id": "s1", "product_id": "p1", "service_id": "v1"} | body, key)


def asked(portal: Portal, **body: Any) -> Any:
    """Ask for service and return the request."""
    answer = ask(portal, **body)
    assert answer.status == 201, answer.text
    return answer.body


def ids(answer: Answer) -> list[str]:
    """Return the ids of a list's items."""
    assert answer.status == 200, answer.text
    return [item["id"] for item in answer.body["items"]]


def counts(staff: StaffApi) -> dict[str, int]:
    """Tell what the list says stands where."""
    found: dict[str, int] = staff.get("/requests").body["counts"]
    return found


def convert(staff: StaffApi, request: Any, key: str | None = None, **body: Any) -> Answer:
    """Make a job of a request."""
    return staff.post(f"/requests/{request['id']}/convert", {"kind": "job"} | body, key)


def decline(staff: StaffApi, request: Any, reason: str = "We do not serve that area yet.", key: str | None = None) -> Answer:
    """Decline a request."""
    return staff.post(f"/requests/{request['id']}/decline", {"reason": reason}, key)


def view(staff: StaffApi, request: Any) -> Answer:
    """View a request's details."""
    return staff.post(f"/requests/{request['id']}/view", None)
