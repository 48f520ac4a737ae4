"""Runs of statements through the whole local cloud: mails with a PDF, failures and their retry, stop, one PDF of all."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from tests.e2e.local_http import Http, Json, Tenant, eventually, good

OVER = {"done", "failed", "stopped"}
WAIT_SECONDS = 150


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    """Give a business with 30 customers that owe it something."""
    made = tenant()
    for number in range(30):
        made.customer(f"c{number:02}", name=f"Customer {number:02}", email=f"ap@c{number:02}.example")
        made.invoice(f"c{number:02}", f"inv-{number:02}", 100_00 + number)
    return made


def begun(business: Tenant, **body: object) -> str:
    return str(good(business.call("POST", "/statements", {"filter": {}, "kind": "open_items", "delivery": "email"} | body))["id"])


def run_of(business: Tenant, run_id: str) -> Json:
    return good(business.call("GET", f"/statements/{run_id}"))


def over(business: Tenant, run_id: str) -> Json:
    def look() -> Json | None:
        run = run_of(business, run_id)
        return run if run["status"] in OVER else None

    found = eventually(look, WAIT_SECONDS)
    assert found, run_of(business, run_id)
    return found


def counts(run: Json) -> tuple[Any, ...]:
    return run["status"], run["total"], run["sent"], run["failed"], run["left"]


def suppress(business: Tenant, http: Http, customer_id: str) -> None:
    """Let a statement to a customer bounce."""
    over(business, begun(business, customer_ids=[customer_id], filter=None))
    mail = eventually(lambda: [one for one in business.mails("statement") if f"ap@{customer_id}.example" in one["to"]])[0]
    good(http("POST", f"/local/mail/{mail['id']}/events", {"type": "bounce", "bounce_type": "hard"}))
    assert eventually(lambda: good(business.call("GET", "/suppressions"))["items"])


def test_r60_r64_a_run_with_failures_is_mended_and_repeated_and_nobody_gets_two(business: Tenant, http: Http) -> None:
    business.customer("c03", name="Customer 03", email=None)
    business.customer("c04", name="Customer 04", email=None)
    suppress(business, http, "c05")

    run_id = begun(business)
    run = over(business, run_id)

    assert counts(run) == ("done", 30, 27, 3, 0)
    assert [(one["customer_id"], one["reason"]) for one in run["failures"]] == [
        ("c03", "no_address"), ("c04", "no_address"), ("c05", "suppressed"),
    ]  # fmt: skip
    assert eventually(lambda: len(business.mails("statement")) == 28, WAIT_SECONDS)
    mail = next(one for one in business.mails("statement") if "ap@c07.example" in one["to"])
    assert [(one["name"].split("-")[0], one["type"]) for one in mail["attachments"]] == [("Statement", "application/pdf")]
    assert "$100.07" in mail["text"]
    pay_online_id = good(business.call("GET", "/customers/c07"))["pay_online_id"]
    assert f"/pay-my-balance#id={pay_online_id}" in mail["html"]

    business.customer("c03", name="Customer 03", email="new@c03.example")
    assert business.call("DELETE", "/suppressions/ap@c05.example?reason=They%20asked").status == 204
    assert business.call("POST", f"/statements/{run_id}/retry", {}).status == 202
    run = over(business, run_id)

    assert counts(run) == ("done", 30, 29, 1, 0)
    assert [one["customer_id"] for one in run["failures"]] == ["c04"]
    assert eventually(lambda: len(business.mails("statement")) == 30, WAIT_SECONDS)
    sent = [address for one in business.mails("statement") for address in one["to"]]
    assert sent.count("ap@c07.example") == 1
    assert sent.count("ap@c05.example") == 2, "the one that bounced, and the one after the release"
    assert sent.count("new@c03.example") == 1


def test_r60_a_run_can_be_stopped_and_one_pdf_of_all_is_made_in_the_order_of_names(business: Tenant) -> None:
    run_id = begun(business, delivery="pdf")
    assert business.call("POST", f"/statements/{run_id}/stop", {}).status == 202
    stopped = over(business, run_id)
    assert stopped["status"] == "stopped"
    assert stopped["pdf_url"] is None

    assert business.call("POST", f"/statements/{run_id}/retry", {}).status == 202
    run = over(business, run_id)

    assert counts(run) == ("done", 30, 30, 0, 0)
    link = urlsplit(run["pdf_url"])
    pdf = Http(f"{link.scheme}://{link.netloc}")("GET", f"{link.path}?{link.query}")
    assert pdf.status == 200
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf.raw)).pages]
    assert [re.findall(r"Customer (\d\d)", page)[0] for page in pages] == [f"{number:02}" for number in range(30)]
    assert business.mails("statement") == []


def test_the_preview_is_the_statement_as_it_would_be_sent(business: Tenant) -> None:
    answer = business.call("GET", "/customers/c09/statement?kind=open_items_detail")

    assert answer.status == 303
    link = urlsplit(answer.headers["Location"])
    pdf = Http(f"{link.scheme}://{link.netloc}")("GET", f"{link.path}?{link.query}")
    assert "$100.09" in PdfReader(BytesIO(pdf.raw)).pages[0].extract_text()
