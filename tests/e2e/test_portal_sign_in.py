"""Signing in to the portal through the whole local cloud: gateway, authorizers, queues, mails."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.local_http import Answer, Http, Json, Tenant, eventually, good

PASSWORD = "lantern gravel harvest"


@dataclass
class Visitor:
    """A contact's browser, as far as cookies go."""

    http: Http
    cookie: str = ""

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """Send what one of our pages would."""
        headers = {"Origin": self.http.origin} | ({"Cookie": self.cookie} if self.cookie else {})
        answer = self.http(method, path, body, headers)
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return answer


def ana_of(business: Tenant) -> str:
    """Return an address that no other test has given a password to: one address is one sign-in, at all tenants (R56)."""
    return f"ana@{business.tenant_id.lower().replace('_', '-')}.example"


def put_contact(business: Tenant, contact_id: str = "ana", **body: object) -> Answer:
    wanted = {"name": "Ana Acme", "email": ana_of(business), "kind": "company", "site_ids": [], "portal_access": True} | body
    return business.call("PUT", f"/customers/acme/contacts/{contact_id}", wanted)


def link_in(business: Tenant, kind: str, number: int = 1) -> str:
    """Return the token of the n-th mail of a kind."""

    def look() -> list[Json]:
        found = business.mails(kind)
        return found if len(found) >= number else []

    mails = eventually(look)
    assert mails, f"no {kind} mail came"
    found = re.search(r"/set-password#token=([\w%-]+)", mails[number - 1]["text"])
    assert found is not None
    return found[1]


def test_r50_r52_r53_invited_signed_in_forgotten_and_ended_at_once(tenant: Callable[..., Tenant], http: Http) -> None:
    business = tenant()
    business.customer("acme")
    business.invoice("acme", "inv-1", 50_00)
    good(put_contact(business))
    ana = Visitor(http)

    assert ana.call("GET", "/api/portal/account").status == 401
    assert ana.call("POST", "/api/password/set", {"token": link_in(business, "invitation"), "password": PASSWORD}).status == 201
    assert good(ana.call("GET", "/api/session"))["membership"]["customer_id"] == "acme"
    assert good(ana.call("GET", "/api/portal/account"))["currencies"][0]["balance"] == 50_00

    phone = Visitor(http)
    assert phone.call("POST", "/api/session", {"email": ana_of(business), "password": "wrong"}).status == 401
    assert phone.call("POST", "/api/session", {"email": ana_of(business), "password": PASSWORD}).status == 201
    forgotten = [
        Visitor(http).call("POST", "/api/password/forgot", {"email": email}) for email in (ana_of(business), "nobody@acme.example")
    ]
    assert {(answer.status, answer.raw) for answer in forgotten} == {(202, b"{}")}
    link = link_in(business, "password_reset")

    good(put_contact(business, portal_access=False))

    for visitor in (ana, phone):
        refused = visitor.call("GET", "/api/portal/account")
        assert (refused.status, refused.json["code"]) == (401, "not_signed_in")
    assert Visitor(http).call("POST", "/api/session", {"email": ana_of(business), "password": PASSWORD}).status == 401
    assert Visitor(http).call("POST", "/api/password/set", {"token": link, "password": PASSWORD}).status == 410


def test_r54_r55_a_company_contact_invites_a_site_contact_who_is_kept_out_of_money(tenant: Callable[..., Tenant], http: Http) -> None:
    business = tenant()
    business.customer("acme")
    good(business.call("PUT", "/customers/acme/sites/s1", {"name": "Quarry", "number": "001"}))
    good(put_contact(business))
    ana, bo = Visitor(http), Visitor(http)
    good(ana.call("POST", "/api/password/set", {"token": link_in(business, "invitation"), "password": PASSWORD}))

    body = {"name": "Bo", "email": f"bo.{ana_of(business)}", "kind": "site", "site_ids": ["s1"], "portal_access": True}
    made = good(ana.call("POST", "/api/portal/contacts", body))
    good(bo.call("POST", "/api/password/set", {"token": link_in(business, "invitation", 2), "password": PASSWORD}))

    assert [one["id"] for one in good(bo.call("GET", "/api/portal/sites"))["items"]] == ["s1"]
    for path in ("/api/portal/account", "/api/portal/contacts", "/api/portal/payment-methods"):
        refused = bo.call("GET", path)
        assert (refused.status, refused.json["code"]) == (403, "access_denied")
    assert ana.call("PATCH", "/api/portal/contacts/ana", {"portal_access": False}).json["code"] == "own_access"
    assert ana.call("DELETE", f"/api/portal/contacts/{made['id']}").status == 204
    assert bo.call("GET", "/api/portal/sites").status == 401


def test_each_world_has_its_own_door(tenant: Callable[..., Tenant], http: Http) -> None:
    business = tenant()
    business.customer("acme")
    good(put_contact(business))
    ana = Visitor(http)
    good(ana.call("POST", "/api/password/set", {"token": link_in(business, "invitation"), "password": PASSWORD}))
    token = ana.cookie.partition("=")[2]

    assert ana.cookie.startswith("session=")
    assert http("GET", "/api/staff/customers", headers={"Cookie": f"session={token}; staff={token}"}).status == 401
    assert http("GET", "/api/portal/sites", headers={"Authorization": f"Bearer {business.api_key}"}).status == 401
    foreign = http("PATCH", "/api/portal/profile", {"name": "X"}, {"Cookie": ana.cookie, "Origin": "https://evil.example"})
    assert (foreign.status, foreign.json["code"]) == (403, "access_denied")
