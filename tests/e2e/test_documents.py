"""PDFs of invoices and receipts over the local cloud, where every policy of the template holds: from the invitation to the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.e2e.local_http import Answer, Http, Tenant, eventually, good

PASSWORD = "lantern gravel harvest"


@dataclass(frozen=True, slots=True)
class Contact:
    """A signed-in contact's calls below /api/portal."""

    http: Http
    cookie: str

    def call(self, method: str, path: str) -> Answer:
        """Call as our own pages do."""
        own_page = {"Cookie": self.cookie, "Origin": self.http.origin, "Content-Type": "application/json"}
        return self.http(method, f"/api/portal{path}", None, own_page)

    def file(self, path: str) -> Answer:
        """Follow a link to a file, without the cookie."""
        answer = self.call("GET", path)
        assert answer.status == 303, answer.raw
        link = urlsplit(answer.headers["Location"])
        return Http(f"{link.scheme}://{link.netloc}")("GET", f"{link.path}?{link.query}")


def signed_in(tenant: Tenant, customer_id: str, kind: str = "company") -> Contact:
    """Invite a contact and let it set its password."""
    email = f"{kind}@{customer_id}.{tenant.tenant_id.lower().replace('_', '-')}.example"
    site_ids = ["s1"] if kind == "site" else []
    body = {"name": "Pat Doe", "email": email, "kind": kind, "site_ids": site_ids, "portal_access": True}
    good(tenant.call("PUT", f"/customers/{customer_id}/contacts/{kind}", body))
    mail = eventually(lambda: next((mail for mail in tenant.mails("invitation") if email in mail["to"]), None))
    assert mail is not None
    found = re.search(r"#token=(\S+)", mail["text"])
    assert found is not None
    set_password = tenant.http("POST", "/api/password/set", {"token": found[1], "password": PASSWORD}, {"Origin": tenant.http.origin})
    assert set_password.status == 201, set_password.raw
    return Contact(tenant.http, set_password.headers["Set-Cookie"].split(";")[0])


@pytest.fixture
def acme(tenant: Callable[..., Tenant]) -> Tenant:
    made = tenant(name="Blue Ridge Sanitation")
    made.customer("acme")
    made.customer("other")
    good(made.call("PUT", "/customers/acme/sites/s1", {"name": "Quarry Road", "number": "001"}))
    made.invoice("acme", "inv-1", 100_00, site_id="s1")
    made.invoice("other", "inv-2", 70_00)
    return made


def words(answer: Answer) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.raw)).pages)


def test_r37_a_contact_downloads_an_invoice_and_a_receipt_and_has_the_receipt_mailed(acme: Tenant):
    contact = signed_in(acme, "acme")
    check = {"customer_id": "acme", "amount": 40_00, "currency": "USD", "method": {"kind": "check", "number": "1007"}}
    payment = good(acme.call("POST", "/payments", check, {"Idempotency-Key": "check-1"}))

    invoice, receipt = contact.file("/invoices/inv-1/pdf"), contact.file(f"/payments/{payment['id']}/receipt")
    mailed = good(contact.call("POST", f"/payments/{payment['id']}/receipt"))

    told = {name.lower(): value for name, value in invoice.headers.items()}
    assert (invoice.status, told["content-type"]) == (200, "application/pdf")
    assert told["content-disposition"] == 'attachment; filename="INV-1.pdf"'
    assert "Payment" in words(invoice)
    assert "$60.00" in words(invoice)
    assert "Payment received" in words(receipt)
    assert eventually(lambda: [mail["to"] for mail in acme.mails("receipt")]) == [[mailed["to"]]]


def test_r37_another_customers_invoice_is_as_unknown_as_none(acme: Tenant):
    contact = signed_in(acme, "acme")

    foreign, unknown = contact.call("GET", "/invoices/inv-2/pdf"), contact.call("GET", "/invoices/inv-0/pdf")

    assert (foreign.status, unknown.status) == (404, 404)
    assert {**foreign.json, "detail": ""} == {**unknown.json, "detail": ""}


def test_r54_a_site_contact_and_a_stranger_get_no_document(acme: Tenant, http: Http):
    at_the_site = signed_in(acme, "acme", kind="site")

    assert at_the_site.call("GET", "/invoices/inv-1/pdf").status == 403
    assert http("GET", "/api/portal/invoices/inv-1/pdf").status == 401


def test_r37_a_browser_saves_the_invoice_under_its_number(acme: Tenant, page: Page):
    name, _, value = signed_in(acme, "acme").cookie.partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": acme.http.origin}])
    page.goto(f"{acme.http.origin}/pay-my-balance")

    with page.expect_download() as saved:
        page.evaluate("() => { location.href = '/api/portal/invoices/inv-1/pdf'; }")

    assert saved.value.suggested_filename == "INV-1.pdf"
    assert Path(saved.value.path()).read_bytes().startswith(b"%PDF-")
