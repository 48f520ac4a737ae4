"""The staff pages without a browser: who gets in, what every answer carries, how tenants stay apart."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from duebook.domain.directory import Role
from local import routes as gateway
from portal.page_rules import check_page
from tests.integration.cloud import Cloud
from tests.integration.staff_office import (
    EMAIL,
    NOW,
    Browser,
    add_customer,
    add_tenant,
    handler,
    issue,
    open_office,
    page_of,
    receive,
    routes,
)
from tests.integration.test_staff_page_roles import PAGES as ROLES

EVENTS = sorted((Path(__file__).resolve().parents[2] / "events").glob("staff*_pages/*.json"))
NOWHERE = (
    "/admin/nothing",
    "/admin/customers/c1/nothing",
    "/admin/customers/c1/payments/pay_1/nothing",
    "/admin/automation/past_due_notices/nothing",
    "/admin/email-activity/mail_1/nothing",
    "/admin/payments/pay_01/nothing",
    "/admin/requests/req_1/nothing",
    "/admin/settings/nothing",
    "/admin/settings/processors/acct_1",
)
"""One of each branch at least; every function answers some."""
PAGES = ("/admin", "/admin/customers", "/admin/customers/c1", "/admin/customers/c1/payments", "/admin/payments/pay_01")


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in browser of a tenant with one customer."""
    return open_office()


def test_a_form_that_came_after_the_session_had_ended_says_that_nothing_happened_and_leads_back(office: Browser) -> None:
    office.cookie = None
    form = "http://localhost:8080/admin/customers/c1/payments/new?kind=check"

    sent = office.post("/admin/customers/c1/payments/new", {"amount": "10"}, Referer=form)
    shown = office.get(sent.headers["Location"])

    assert sent.headers["Location"] == "/admin/sign-in?next=%2Fadmin%2Fcustomers%2Fc1%2Fpayments%2Fnew%3Fkind%3Dcheck&lost=1"
    assert "what you sent was not carried out: nothing was changed and no money moved" in shown.text
    assert office.post("/admin/sign-out", {}).headers["Location"] == "/admin/sign-in"
    elsewhere = office.post("/admin/sign-out", {}, Referer="https://elsewhere.example/phish").headers["Location"]
    assert elsewhere == "/admin/sign-in"


@pytest.mark.usefixtures("aws")
def test_a_stranger_is_led_to_sign_in_and_back_to_the_page_asked_for() -> None:
    add_tenant()
    office = Browser()

    asked = office.get("/admin/customers?q=hal")
    signed_in = office.sign_in(wanted="/admin/customers?q=hal")

    assert (asked.status, asked.headers["Location"]) == (303, "/admin/sign-in?next=%2Fadmin%2Fcustomers%3Fq%3Dhal")
    assert (signed_in.status, signed_in.headers["Location"]) == (303, "/admin/customers?q=hal")
    assert office.get("/admin/customers").status == 200


@pytest.mark.usefixtures("aws")
def test_every_page_but_the_sign_in_form_needs_a_session() -> None:
    add_tenant()

    for method, path in routes():
        if not path.startswith(("/admin/sign-in", "/admin/set-password")):
            target = path.replace("{customer_id}", "c1").replace("{payment_id}", "pay_01")
            answer = Browser().get(target) if method == "GET" else Browser().post(target, {})
            assert (answer.status, answer.headers["Location"].split("?")[0]) == (303, "/admin/sign-in"), path


@pytest.mark.usefixtures("aws")
def test_a_part_of_a_page_without_a_session_is_refused_plainly() -> None:
    assert Browser().get("/admin/customers", x_partial="1").status == 401


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/admin//evil.example", "/adminx", "/admin\\..", "javascript:1"]
)
@pytest.mark.usefixtures("aws")
def test_signing_in_never_leads_to_another_site(wanted: str) -> None:
    add_tenant()

    assert Browser().sign_in(wanted=wanted).headers["Location"] == "/admin"


@pytest.mark.usefixtures("aws")
def test_an_unknown_email_and_a_wrong_password_get_one_answer() -> None:
    add_tenant()

    unknown = Browser().sign_in(email="nobody@blue-ridge.example")
    wrong = Browser().sign_in(password="wrong")

    assert (unknown.status, wrong.status) == (422, 422)
    assert unknown.text == wrong.text
    assert "That email and password don't match." in wrong.text
    assert wrong.text.startswith("Error: Sign in")
    assert f'value="{EMAIL}"' in wrong.body
    assert "wrong" not in wrong.body


@pytest.mark.usefixtures("aws")
def test_guessing_is_slowed_and_told_so() -> None:
    add_tenant()
    for _ in range(5):
        Browser().sign_in(password="wrong")

    slowed = Browser().sign_in()

    assert slowed.status == 429
    assert slowed.headers["Retry-After"] == "1"
    assert "Too many tries. Wait 1 seconds" in slowed.text


@pytest.mark.parametrize("headers", [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}])
@pytest.mark.usefixtures("aws")
def test_a_form_of_another_site_signs_nobody_in(headers: dict[str, str]) -> None:
    add_tenant()

    answer = Browser().post("/admin/sign-in", {"email": EMAIL, "password": "lantern gravel harvest"}, **headers)

    assert (answer.status, "Set-Cookie" in answer.headers) == (403, False)


def test_signing_out_needs_the_pages_own_token_and_ends_the_session(office: Browser) -> None:
    page = office.get("/admin").body
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    cookie = office.cookie

    assert office.post("/admin/sign-out", {"csrf": "guessed"}).status == 403
    assert office.get("/admin").status == 200
    left = office.post("/admin/sign-out", {"csrf": csrf})

    assert (left.status, left.headers["Location"]) == (303, "/admin/sign-in")
    assert "Max-Age=0" in left.headers["Set-Cookie"]
    assert Browser(cookie=cookie).get("/admin").status == 303


def test_who_is_signed_in_is_not_asked_again(office: Browser) -> None:
    answer = office.get("/admin/sign-in?next=%2Fadmin%2Fcustomers")

    assert (answer.status, answer.headers["Location"]) == (303, "/admin/customers")


def test_the_session_ends_after_half_an_hour_without_use(aws: Cloud, office: Browser) -> None:
    aws.set_clock(NOW + timedelta(minutes=20))
    assert office.get("/admin").status == 200
    aws.set_clock(NOW + timedelta(minutes=49))
    assert office.get("/admin").status == 200

    aws.set_clock(NOW + timedelta(minutes=80))

    assert office.get("/admin").status == 303


@pytest.mark.usefixtures("aws")
def test_the_cookie_is_for_this_site_only_and_not_for_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    add_tenant()
    plain = Browser().sign_in().headers["Set-Cookie"]
    monkeypatch.setenv("PORTAL_ORIGIN", "https://pay.example.com")
    secure = Browser().sign_in().headers["Set-Cookie"]

    assert plain.startswith("staff=")
    assert secure.startswith("__Host-staff=")
    assert all(word in secure for word in ("Path=/", "HttpOnly", "SameSite=Strict", "Secure"))


def test_behind_a_front_only_calls_through_it_are_answered(office: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORIGIN_SECRET", "s3cret")

    assert office.get("/admin").status == 403
    assert office.get("/admin", X_Origin_Secret="s3cret").status == 200


# What every answer carries


def test_every_page_forbids_inline_code_and_keeping(office: Browser) -> None:
    issue("inv_1", 100_00)
    receive("pay_01", 60_00)

    answers = {target: office.get(target) for target in (*PAGES, "/admin/customers/nobody")}
    for target, answer in (answers | {"/admin/sign-in": Browser().get("/admin/sign-in")}).items():
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "trusted-types partial" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        check_page(target, answer.body)


def test_what_people_typed_is_shown_as_text(office: Browser) -> None:
    evil = '<script>alert("1")</script>'
    add_customer("c2", evil)
    issue("inv_1", 100_00, number='"><img src=x>')

    page = office.get("/admin/customers?q=%3Cscript%3E").body + office.get("/admin/customers/c1").body

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("path", NOWHERE)
def test_an_address_without_a_page_is_answered_with_a_page_that_says_so(office: Browser, path: str) -> None:
    for answer in (office.get(path), office.post(path, {})):
        assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "There is nothing at this address." in answer.text
        assert 'aria-label="Main"' in answer.body
        check_page(path, answer.body)


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.usefixtures("aws")
def test_a_stranger_is_told_of_an_address_without_a_page_and_shown_no_navigation(path: str) -> None:
    add_tenant()
    answer = Browser().get(path)

    assert answer.status == 404
    assert "There is nothing at this address." in answer.text
    assert 'aria-label="Main"' not in answer.body
    assert "Content-Security-Policy" in answer.headers


def test_an_address_that_only_takes_a_form_says_so_when_it_is_opened(office: Browser) -> None:
    answer = office.get("/admin/reconciliation/brk_1/resolve")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert "shows nothing by itself" in answer.text
    assert 'aria-label="Main"' in answer.body


def test_what_chalice_itself_refuses_is_a_page_too(office: Browser) -> None:
    answer = office.post("/admin/sign-in", {}, Content_Type="text/plain")
    event_type = answer.headers["Content-Type"]

    assert (answer.status, event_type) == (415, "text/html; charset=utf-8")
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_each_route_answers_an_event_as_api_gateway_sends_it(office: Browser, path: Path) -> None:
    issue("inv_1", 100_00)
    receive("pay_01", 60_00)
    text = path.read_text("utf-8").replace("staff=<session>", office.cookie or "")

    event = json.loads(text)

    answer: dict[str, Any] = handler(path.parent.name).lambda_handler(event, None)

    # The person is a viewer, and no event carries the token of this session's forms.
    open_to_viewers = event["httpMethod"] == "GET" and ROLES.get(f"GET {page_of('GET', event['path'])}") is Role.VIEWER
    assert answer["statusCode"] == {
        "break": 404,
        "sign_in": 303,
        "sign_in_form": 303,
        "sign_in_code": 422,
        "settings": 303,
        "leave_portal": 303,
        "set_password": 410,
        "set_password_form": 200,
        "import_run": 404,
        "import_errors": 404,
        "mail": 404,
        "mail_html": 404,
        "mail_file": 404,
        "invoice_pdf": 303,
        "receipt_pdf": 303,
        "statement_failures_csv": 404,
        "statement_document": 303,
        "statement_pdf": 404,
        "statement_run": 404,
        "automation_run": 404,
        "automation_run_csv": 404,
        "automation_run_of": 404,
        "template_version": 404,
        "request": 404,
    }.get(path.stem, 200 if open_to_viewers else 403)


def test_there_is_an_event_for_every_route() -> None:
    events = [json.loads(path.read_text("utf-8")) for path in EVENTS]

    assert {(event["httpMethod"], page_of(event["httpMethod"], event["path"])) for event in events} == set(routes())


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_event_names_the_route_that_leads_to_its_function(path: Path) -> None:
    event = json.loads(path.read_text("utf-8"))
    route, parameters = gateway.route_of(event["httpMethod"], event["path"]) or (None, {})

    assert route
    assert route.folder == path.parent.name
    assert (event["resource"], event["requestContext"]["resourcePath"]) == (route.path, route.path)
    assert (event["pathParameters"] or {}) == parameters


def test_nobody_sees_anything_of_another_tenant(office: Browser) -> None:
    add_tenant("ten_2", "lee@cedar-fork.example", name="Cedar Fork")
    add_customer("theirs", "Secret Customer", tenant_id="ten_2")
    issue("their_invoice", 999_00, "theirs", tenant_id="ten_2")
    receive("pay_theirs", 10_00, "theirs", tenant_id="ten_2")

    answers = [office.get(target) for target in ("/admin", "/admin/customers", "/admin/customers.csv", "/admin/customers?q=secret")]
    misses = [
        office.get(f"/admin/{target}")
        for target in ("customers/theirs", "customers/theirs/payments", "customers/theirs/payments.csv", "payments/pay_theirs")
    ]

    assert "Secret Customer" not in "".join(answer.body for answer in answers)
    assert {answer.status for answer in misses} == {404}
    assert {answer.text for answer in misses} == {office.get("/admin/customers/nobody").text}


@pytest.mark.parametrize("customer_id", ["a%23b", "x" * 300, "%20"])
def test_a_strange_id_is_simply_not_found(office: Browser, customer_id: str) -> None:
    assert office.get(f"/admin/customers/{customer_id}").status in {400, 404}
