from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api import Answer, StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.reception import PASSWORD, Browser, deliver, is_let_in, latest_token, mails

ANA = "ana@acme.example"


def put_contact(staff: StaffApi, contact_id: str = "ana", customer_id: str = "c1", **body: Any) -> Answer:
    wanted = {"name": "Ana Acme", "email": ANA, "kind": "company", "site_ids": [], "portal_access": True} | body
    answer = staff.put(f"/customers/{customer_id}/contacts/{contact_id}", wanted)
    deliver()
    return answer


@pytest.fixture
def ana(staff: StaffApi) -> Browser:
    """Give a company contact's browser, signed in by the link of her invitation."""
    assert put_contact(staff).status == 201
    browser = Browser()
    answer = browser.set_password(latest_token("invitation", ANA))
    assert answer.status == 201, answer.text
    return browser


def test_r50_the_invitation_leads_to_a_password_and_signs_in_at_once(staff: StaffApi):
    made = put_contact(staff)

    browser = Browser()
    answer = browser.set_password(latest_token("invitation", ANA))

    assert made.body["invited_at"] is not None
    assert answer.status == 201
    assert answer.body["contact"] == {"id": "ana", "name": "Ana Acme", "email": ANA, "phone": None}
    assert answer.body["membership"]["customer_id"] == "c1"
    assert answer.body["permissions"] == ["view_invoices", "pay_invoices", "manage_methods", "manage_contacts", "request_service"]
    assert is_let_in(browser)
    assert Browser().sign_in("Ana@ACME.example").status == 201
    assert staff.get("/customers/c1/contacts/ana").body["last_sign_in_at"] is not None
