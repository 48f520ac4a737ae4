"""Routes: what the code serves is what the template opens, and both are what the HTTP contract fixes."""

from __future__ import annotations

import json
import re
from itertools import takewhile

import pytest

from local.routes import GREEDY, route_of, routes
from tests.contract.pages_fixed import DOCUMENT_PAGES, MAIL_PAGES, PAGES, PAYMENT_PAGES, REQUEST_PAGES, SETTINGS_PAGES
from tests.contract.reading import events, functions, handler, logical_id, pages_of, resources

GUEST = {
    "GET /api/pay/{pay_online_id}",
    "POST /api/pay/{pay_online_id}/payments",
    "GET /api/pay/{pay_online_id}/payments/{payment_id}",
}
BRAND = {"GET /api/brand"}
LEAVING = {"GET /api/unsubscribe/{leave_token}", "POST /api/unsubscribe/{leave_token}"}
CUSTOMER = "/api/staff/customers/{customer_id}"
STAFF = {
    "GET /api/staff/customers",
    f"DELETE {CUSTOMER}/pay-links",
    f"PUT {CUSTOMER}",
    f"GET {CUSTOMER}",
    f"GET {CUSTOMER}/sites",
    f"PUT {CUSTOMER}/sites/{{site_id}}",
    f"GET {CUSTOMER}/sites/{{site_id}}",
    f"GET {CUSTOMER}/contacts",
    f"PUT {CUSTOMER}/contacts/{{contact_id}}",
    f"GET {CUSTOMER}/contacts/{{contact_id}}",
    f"DELETE {CUSTOMER}/contacts/{{contact_id}}",
    f"POST {CUSTOMER}/contacts/{{contact_id}}/invitation",
    f"GET {CUSTOMER}/invoices",
    f"GET {CUSTOMER}/account",
    f"GET {CUSTOMER}/ageing",
    "GET /api/staff/ageing",
    "PUT /api/staff/invoices/{invoice_id}",
    "GET /api/staff/invoices/{invoice_id}",
    "POST /api/staff/invoices/{invoice_id}/void",
    "PUT /api/staff/credit-memos/{credit_memo_id}",
    "GET /api/staff/credit-memos/{credit_memo_id}",
    "POST /api/staff/credit-memos/{credit_memo_id}/apply",
    "POST /api/staff/credit-memos/{credit_memo_id}/unapply",
    "GET /api/staff/reconciliation",
    "GET /api/staff/reconciliation/{break_id}",
    "POST /api/staff/reconciliation/{break_id}/resolve",
    "GET /api/staff/settings/profile",
    "PUT /api/staff/settings/profile",
    "GET /api/staff/settings/processors",
    "PUT /api/staff/settings/processors",
    "GET /api/staff/settings/api-keys",
    "POST /api/staff/settings/api-keys",
    "DELETE /api/staff/settings/api-keys/{key_id}",
    "POST /api/staff/imports",
    "GET /api/staff/imports/{import_id}",
    "GET /api/staff/imports/{import_id}/errors",
}
STAFF_MAILS = {
    "GET /api/staff/automation/{automation}/runs",
    "GET /api/staff/automation/{automation}/runs/{run_id}",
    "GET /api/staff/settings/automation",
    "PUT /api/staff/settings/automation",
    f"GET {CUSTOMER}/automation",
    f"PUT {CUSTOMER}/automation",
    f"GET {CUSTOMER}/emails",
    "GET /api/staff/email-activity",
    "GET /api/staff/email-activity/{mail_id}",
    "POST /api/staff/email-activity/{mail_id}/send-again",
    "GET /api/staff/requests",
    "GET /api/staff/requests/{request_id}",
    "POST /api/staff/requests/{request_id}/view",
    "POST /api/staff/requests/{request_id}/convert",
    "POST /api/staff/requests/{request_id}/decline",
    "GET /api/staff/settings/catalog",
    *(
        f"{verb} /api/staff/settings/catalog/{entry}"
        for verb in ("GET", "PUT", "DELETE")
        for entry in ("products/{product_id}", "services/{service_id}")
    ),
    "GET /api/staff/suppressions",
    "DELETE /api/staff/suppressions/{address}",
    "GET /api/staff/settings/templates",
    "GET /api/staff/settings/templates/{kind}",
    "PUT /api/staff/settings/templates/{kind}",
    "DELETE /api/staff/settings/templates/{kind}",
    "GET /api/staff/settings/templates/{kind}/versions",
    "POST /api/staff/settings/templates/{kind}/preview",
    "POST /api/staff/settings/templates/{kind}/test",
}
STAFF_PAYMENTS = {
    f"GET {CUSTOMER}/payments",
    f"GET {CUSTOMER}/payment-methods",
    f"POST {CUSTOMER}/payment-methods",
    f"PUT {CUSTOMER}/payment-methods/{{method_id}}/default",
    f"DELETE {CUSTOMER}/payment-methods/{{method_id}}",
    "POST /api/staff/payments",
    "GET /api/staff/payments",
    "GET /api/staff/payments/{payment_id}",
    "POST /api/staff/payments/{payment_id}/apply",
    "POST /api/staff/payments/{payment_id}/unapply",
    "POST /api/staff/payments/{payment_id}/refund",
    "POST /api/staff/payments/{payment_id}/void",
    "POST /api/staff/settings/processors/{account_id}/test",
}
WEBHOOKS = {"POST /api/webhooks/authorize-net/{tenant_id}"}
PORTAL = {
    "GET /api/portal/account",
    "GET /api/portal/invoices",
    "POST /api/portal/quotes",
    "GET /api/portal/payments",
    "GET /api/portal/payments/{payment_id}",
    "GET /api/portal/payment-methods",
    "GET /api/portal/contacts",
    "POST /api/portal/contacts",
    "PATCH /api/portal/contacts/{contact_id}",
    "DELETE /api/portal/contacts/{contact_id}",
    "POST /api/portal/contacts/{contact_id}/invitation",
    "GET /api/portal/sites",
    "GET /api/portal/catalog",
    "GET /api/portal/requests",
    "POST /api/portal/requests",
    "PATCH /api/portal/profile",
}
PORTAL_PAYMENTS = {
    "POST /api/portal/payments",
    "POST /api/portal/payment-methods",
    "PUT /api/portal/payment-methods/{method_id}/default",
    "DELETE /api/portal/payment-methods/{method_id}",
}
MAILED_FILES = {"GET /api/statements/{token}"}
STATEMENTS = {
    f"GET {CUSTOMER}/statement",
    "POST /api/staff/statements",
    "GET /api/staff/statements",
    "GET /api/staff/statements/{run_id}",
    "POST /api/staff/statements/{run_id}/stop",
    "POST /api/staff/statements/{run_id}/retry",
}
DOCUMENTS = {
    "GET /api/portal/invoices/{invoice_id}/pdf",
    "GET /api/portal/payments/{payment_id}/receipt",
    "POST /api/portal/payments/{payment_id}/receipt",
}
OWN_PASSWORD = {"POST /api/portal/profile/password"}
SESSIONS = {f"{verb} /api/session" for verb in ("POST", "GET", "DELETE")} | {
    "DELETE /api/session/everywhere",
    "POST /api/session/membership",
    "POST /api/session/pay-link",
}
SESSIONS |= {f"POST /api/password/{step}" for step in ("forgot", "resend", "set")}
FIXED = {
    "brand_api": BRAND,
    "document_api": DOCUMENTS | MAILED_FILES,
    "payment_api": GUEST,
    "portal_api": PORTAL,
    "portal_payment_api": PORTAL_PAYMENTS,
    "processor_webhook": WEBHOOKS,
    "staff_api": STAFF,
    "staff_document_pages": DOCUMENT_PAGES,
    "staff_mail_api": STAFF_MAILS,
    "staff_payment_api": STAFF_PAYMENTS,
    "statement_api": STATEMENTS,
    "staff_mail_pages": MAIL_PAGES,
    "staff_pages": PAGES,
    "staff_payment_pages": PAYMENT_PAGES,
    "staff_request_pages": REQUEST_PAGES,
    "staff_settings_pages": SETTINGS_PAGES,
    "session_api": SESSIONS | OWN_PASSWORD,
    "unsubscribe": LEAVING,
}
PAGE_FUNCTIONS = sorted(folder for folder in FIXED if folder.endswith("_pages"))
"""Served by Chalice; all others speak JSON."""


PAGE = re.compile(r"(GET|POST) (/admin(?:/\S+)?)")


def opened(folder: str) -> set[str]:
    return {route.name for route in routes() if route.folder == folder}


@pytest.mark.parametrize("folder", sorted(set(FIXED) - set(PAGE_FUNCTIONS)))
def test_the_template_opens_the_routes_of_the_contract_and_no_other(folder: str):
    assert opened(folder) == FIXED[folder]


@pytest.mark.parametrize("folder", sorted(set(FIXED) - set(PAGE_FUNCTIONS)))
def test_the_resolver_serves_the_routes_that_the_template_opens(folder: str):
    document = handler(folder).app.get_openapi_schema()
    paths = json.loads(document.model_dump_json(by_alias=True, exclude_none=True))["paths"]

    served = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert served == opened(folder)


@pytest.mark.parametrize("folder", PAGE_FUNCTIONS)
def test_chalice_serves_the_pages_of_the_contract_and_no_other(folder: str):
    assert pages_of(folder) == FIXED[folder]


@pytest.mark.parametrize("folder", PAGE_FUNCTIONS)
def test_the_template_leads_each_page_to_the_function_that_serves_it(folder: str):
    for page in FIXED[folder]:
        told = PAGE.fullmatch(page)
        assert told, page
        led = route_of(told[1], re.sub(r"\{\w+\}", "some-id", told[2]))
        assert led, f"API Gateway does not know {page}"
        assert led[0].folder == folder, page


def test_only_functions_of_the_contract_have_routes():
    assert {route.folder for route in routes()} == set(FIXED)
    assert {folder for folder in functions() if events(functions()[folder], "Api")} == set(), "routes stand in RestApi's DefinitionBody"


def test_a_route_is_written_out_and_only_the_staff_pages_have_branches():
    for route in routes():
        assert route.method in {"GET", "PUT", "POST", "PATCH", "DELETE"}, route
        if route.folder in PAGE_FUNCTIONS:
            assert PAGE.fullmatch(route.name), route
        else:
            assert "+" not in route.path, route


def test_a_branch_holds_nothing_but_pages():
    branches = [route.path.removesuffix(GREEDY) for route in routes() if route.path.endswith(GREEDY)]

    assert [route for route in routes() if route.path.startswith(tuple(branches)) and route.folder not in PAGE_FUNCTIONS] == []


def test_below_an_address_there_is_one_variable_at_most():
    below: dict[str, set[str]] = {}
    for route in routes():
        parts = route.path.split("/")
        for number, part in enumerate(parts):
            if part.startswith("{"):
                below.setdefault("/".join(parts[:number]), set()).add(part)

    assert {parent: found for parent, found in below.items() if len(found) > 1} == {}, "API Gateway refuses the second"


def test_every_staff_call_passes_the_authorizer_and_guests_pages_and_processors_do_not():
    without = {route.name for route in routes() if route.authorizer == "NONE" and route.folder not in PAGE_FUNCTIONS}

    assert without == BRAND | LEAVING | GUEST | MAILED_FILES | SESSIONS | WEBHOOKS
    assert {route.authorizer for route in routes() if route.folder in PAGE_FUNCTIONS} == {"NONE"}


def test_r54_every_portal_call_passes_the_contacts_authorizer_and_no_other_call_does():
    passing = {route.name for route in routes() if route.authorizer == "ContactAuthorizer"}

    assert passing == {route for routes in FIXED.values() for route in routes if " /api/portal/" in route}


@pytest.mark.parametrize("folder", sorted(FIXED))
def test_api_gateway_may_call_a_function_for_its_own_branch_of_addresses_and_no_wider(folder: str):
    permissions = [one["Properties"] for one in resources("AWS::Lambda::Permission").values()]
    (permission,) = (one for one in permissions if one["FunctionName"]["Ref"].removesuffix(".Alias") == logical_id(folder))
    own = [route for route in routes() if route.folder == folder]
    methods = {route.method for route in own}
    paths = [route.path.split("/")[1:] for route in own]
    alike = takewhile(lambda parts: len(set(parts)) == 1 and not parts[0].startswith("{"), zip(*paths, strict=False))
    common = [parts[0] for parts in alike]
    rest = "" if all(path == common for path in paths) else "*" if common in paths else "/*"

    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["Action"] == "lambda:InvokeFunction"
    assert (
        permission["SourceArn"]["Fn::Sub"].partition("${RestApi}")[2]
        == f"/live/{methods.pop() if len(methods) == 1 else '*'}/{'/'.join(common)}{rest}"
    )
