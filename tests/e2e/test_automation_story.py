"""Billing automation through the whole local cloud: mails by themselves, links that sign in, schedules that fire (R70-R76)."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.e2e.local_http import Answer, Http, Json, Tenant, eventually, good

ALL_ON = {"new_invoices": {"enabled": True}, "account_summary": {"enabled": True}, "past_due_notices": {"enabled": True}}


@pytest.fixture
def business(tenant: Callable[..., Tenant], clock: Callable[[str | None], None]) -> Tenant:
    """Give a business in New York on Friday, 6 March 2026, at noon, with two customers; one has its automation on."""
    clock("2026-03-06T17:00:00Z")
    made = tenant()
    for customer_id in ("ann", "bob"):
        made.customer(customer_id)
        made.invoice(customer_id, f"inv-{customer_id}", 100_00, due_date="2026-02-04")
    good(made.call("PUT", "/settings/automation", ALL_ON))
    good(made.call("PUT", "/customers/ann/automation", {"enabled": True, "paused_until": None}))
    return made


def run(business: Tenant, name: str) -> Json:
    told = good(business.http("POST", f"/local/run/{name}", {"tenant_id": business.tenant_id}))
    assert told["ended"] is True
    return told


def arrived(business: Tenant, kind: str, wanted: int = 1) -> list[Json]:
    found = eventually(lambda: mails if len(mails := business.mails(kind)) >= wanted else [])
    assert len(found) == wanted, [(mail["kind"], mail["to"]) for mail in business.mails()]
    return found


def link_of(mail: Json) -> str:
    found = re.search(r"/pay#token=([A-Za-z0-9_-]+)", mail["html"])
    assert found, mail["html"]
    assert found.group(1) in mail["text"]
    return found.group(1)


class Payer:
    """Somebody who followed a mail's link."""

    def __init__(self, http: Http, token: str) -> None:
        self.http, self.origin = http, {"Origin": http.origin}
        self.first = http("POST", "/api/session/pay-link", {"token": token}, self.origin)
        self.cookie = self.first.headers.get("Set-Cookie", "").partition(";")[0]

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        return self.http(method, path, body, {"Cookie": self.cookie, **self.origin, **headers})


def test_r70_r74_r75_a_past_due_notice_leads_to_payment_and_the_next_run_is_silent(business: Tenant) -> None:
    run(business, "past_due_notices")

    (mail,) = arrived(business, "past_due_1")
    assert (mail["to"], "$100.00" in mail["text"], "INV-ANN" in mail["text"]) == (["ap@ann.example"], True, True)
    payer = Payer(business.http, link_of(mail))
    assert payer.first.status == 201, payer.first.raw
    (account,) = good(payer("GET", "/api/portal/account"))["currencies"]
    assert account["balance"] == 100_00
    quote = good(payer("POST", "/api/portal/quotes", {"currency": "USD", "selection": {"kind": "invoices", "invoice_ids": ["inv-ann"]}}))
    sent = {"quote_id": quote["quote_id"], "method": {"kind": "token", "token": business.token(), "type": "card", "save": False}}
    assert payer("POST", "/api/portal/payments", sent, **{"Idempotency-Key": str(uuid4())}).status == 201
    assert eventually(lambda: good(business.call("GET", "/invoices/inv-ann"))["status"] == "paid")

    run(business, "past_due_notices")
    assert len(business.mails("past_due_1")) == 1


def test_r74_a_link_pays_and_does_nothing_else_opens_twice_and_is_ended_by_staff(business: Tenant) -> None:
    run(business, "account_summaries")
    (mail,) = arrived(business, "account_summary")
    token = link_of(mail)

    assert business.http("GET", "/pay").status == 200
    payer, again = Payer(business.http, token), Payer(business.http, token)
    assert (payer.first.status, again.first.status) == (201, 201)
    for path in ("/api/portal/contacts", "/api/portal/payment-methods", "/api/portal/payments"):
        assert payer("GET", path).status == 403, path

    assert business.call("DELETE", "/customers/ann/pay-links").status == 204
    assert payer("GET", "/api/portal/account").status in {401, 403}
    assert Payer(business.http, token).first.status == 410


def test_r71_r72_a_new_invoice_is_mailed_with_its_pdf_once(business: Tenant) -> None:
    run(business, "new_invoices")
    assert business.mails("new_invoice") == []

    for _ in range(2):
        business.invoice("ann", "inv-new", 55_00, due_date="2026-04-01")
        business.invoice("bob", "inv-bob-new", 66_00)
        run(business, "new_invoices")
    (mail,) = arrived(business, "new_invoice")
    assert (mail["to"], "$55.00" in mail["text"]) == (["ap@ann.example"], True)
    assert [one["type"] for one in mail["attachments"]] == ["application/pdf"]
    (shown,) = good(business.call("GET", "/email-activity?kind=new_invoice"))["items"]
    assert shown["customer_id"] == "ann"


def test_r73_the_minute_tick_runs_a_schedule_over_a_clock_change_once(business: Tenant, clock: Callable[[str | None], None]) -> None:
    daily = {"past_due_notices": {"enabled": True, "schedule": "30 2 * * *", "repeat_days": 1}}
    good(business.call("PUT", "/settings/automation", daily))
    planned = good(business.call("GET", "/settings/automation"))["past_due_notices"]["next_run_at"]
    assert planned == "2026-03-07T07:30:00Z"

    clock("2026-03-07T07:30:10Z")
    run(business, "run_schedules")
    arrived(business, "past_due_2")
    # On 8 March half past two does not exist: the run comes at three, once.
    for now in ("2026-03-08T06:59:50Z", "2026-03-08T07:00:05Z", "2026-03-08T07:30:05Z"):
        clock(now)
        run(business, "run_schedules")
    arrived(business, "past_due_2", 2)
    runs = good(business.call("GET", "/automation/past_due_notices/runs"))["items"]
    assert [one["planned_at"] for one in runs] == ["2026-03-08T07:00:00Z", "2026-03-07T07:30:00Z"]


def test_r70_what_no_switch_let_through_is_in_the_log(business: Tenant) -> None:
    run(business, "past_due_notices")
    (last,) = good(business.call("GET", "/automation/past_due_notices/runs"))["items"]
    told = good(business.call("GET", f"/automation/past_due_notices/runs/{last['id']}"))

    assert (told["status"], told["on_demand"]) == ("done", True)
    assert {(one["customer_id"], one["outcome"]) for one in told["outcomes"]} == {("ann", "sent"), ("bob", "customer_off")}
