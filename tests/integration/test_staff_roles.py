"""Who of the staff may do what (R85): one row for each JSON route; a route without a row fails. The pages stand in test_staff_page_roles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from duebook.domain.directory import Role, allows
from tests.integration.id_slots import calls, routes_of
from tests.integration.neighbours import Town, filled, town

STAFF = {route.name: route for route in routes_of("SessionAuthorizer")}
CUSTOMER = "/api/staff/customers/{customer_id}"
JSON_ROUTES: dict[str, Role] = {
    "GET /api/staff/customers": Role.VIEWER,
    f"PUT {CUSTOMER}": Role.MANAGER,
    f"GET {CUSTOMER}": Role.VIEWER,
    f"GET {CUSTOMER}/sites": Role.VIEWER,
    f"PUT {CUSTOMER}/sites/{{site_id}}": Role.MANAGER,
    f"GET {CUSTOMER}/sites/{{site_id}}": Role.VIEWER,
    f"GET {CUSTOMER}/contacts": Role.VIEWER,
    f"PUT {CUSTOMER}/contacts/{{contact_id}}": Role.MANAGER,
    f"GET {CUSTOMER}/contacts/{{contact_id}}": Role.VIEWER,
    f"DELETE {CUSTOMER}/contacts/{{contact_id}}": Role.MANAGER,
    f"POST {CUSTOMER}/contacts/{{contact_id}}/invitation": Role.MANAGER,
    f"DELETE {CUSTOMER}/pay-links": Role.MANAGER,
    f"GET {CUSTOMER}/invoices": Role.VIEWER,
    f"GET {CUSTOMER}/account": Role.VIEWER,
    f"GET {CUSTOMER}/emails": Role.VIEWER,
    f"GET {CUSTOMER}/ageing": Role.VIEWER,
    f"GET {CUSTOMER}/automation": Role.VIEWER,
    f"PUT {CUSTOMER}/automation": Role.MANAGER,
    f"GET {CUSTOMER}/payments": Role.VIEWER,
    f"GET {CUSTOMER}/payment-methods": Role.VIEWER,
    f"POST {CUSTOMER}/payment-methods": Role.COLLECTOR,
    f"PUT {CUSTOMER}/payment-methods/{{method_id}}/default": Role.COLLECTOR,
    f"DELETE {CUSTOMER}/payment-methods/{{method_id}}": Role.COLLECTOR,
    "GET /api/staff/ageing": Role.VIEWER,
    "PUT /api/staff/invoices/{invoice_id}": Role.MANAGER,
    "GET /api/staff/invoices/{invoice_id}": Role.VIEWER,
    "POST /api/staff/invoices/{invoice_id}/void": Role.MANAGER,
    "PUT /api/staff/credit-memos/{credit_memo_id}": Role.MANAGER,
    "GET /api/staff/credit-memos/{credit_memo_id}": Role.VIEWER,
    "POST /api/staff/credit-memos/{credit_memo_id}/apply": Role.COLLECTOR,
    "POST /api/staff/credit-memos/{credit_memo_id}/unapply": Role.COLLECTOR,
    "GET /api/staff/email-activity": Role.VIEWER,
    "GET /api/staff/email-activity/{mail_id}": Role.VIEWER,
    "POST /api/staff/email-activity/{mail_id}/send-again": Role.COLLECTOR,
    f"GET {CUSTOMER}/statement": Role.VIEWER,
    "POST /api/staff/statements": Role.COLLECTOR,
    "GET /api/staff/statements": Role.VIEWER,
    "GET /api/staff/statements/{run_id}": Role.VIEWER,
    "POST /api/staff/statements/{run_id}/stop": Role.COLLECTOR,
    "POST /api/staff/statements/{run_id}/retry": Role.COLLECTOR,
    "GET /api/staff/suppressions": Role.VIEWER,
    "DELETE /api/staff/suppressions/{address}": Role.COLLECTOR,
    "GET /api/staff/settings/templates": Role.VIEWER,
    "GET /api/staff/settings/templates/{kind}": Role.VIEWER,
    "PUT /api/staff/settings/templates/{kind}": Role.MANAGER,
    "DELETE /api/staff/settings/templates/{kind}": Role.MANAGER,
    "GET /api/staff/settings/templates/{kind}/versions": Role.VIEWER,
    "POST /api/staff/settings/templates/{kind}/preview": Role.VIEWER,
    "POST /api/staff/settings/templates/{kind}/test": Role.MANAGER,
    "GET /api/staff/automation/{automation}/runs": Role.VIEWER,
    "GET /api/staff/automation/{automation}/runs/{run_id}": Role.VIEWER,
    "GET /api/staff/settings/automation": Role.VIEWER,
    "PUT /api/staff/settings/automation": Role.ADMIN,
    "GET /api/staff/reconciliation": Role.VIEWER,
    "GET /api/staff/reconciliation/{break_id}": Role.VIEWER,
    "POST /api/staff/reconciliation/{break_id}/resolve": Role.COLLECTOR,
    "GET /api/staff/requests": Role.VIEWER,
    "GET /api/staff/requests/{request_id}": Role.VIEWER,
    "POST /api/staff/requests/{request_id}/view": Role.VIEWER,
    "POST /api/staff/requests/{request_id}/convert": Role.COLLECTOR,
    "POST /api/staff/requests/{request_id}/decline": Role.COLLECTOR,
    "GET /api/staff/settings/catalog": Role.VIEWER,
    "GET /api/staff/settings/catalog/products/{product_id}": Role.VIEWER,
    "GET /api/staff/settings/catalog/services/{service_id}": Role.VIEWER,
    "PUT /api/staff/settings/catalog/products/{product_id}": Role.MANAGER,
    "PUT /api/staff/settings/catalog/services/{service_id}": Role.MANAGER,
    "DELETE /api/staff/settings/catalog/products/{product_id}": Role.VIEWER,
    "DELETE /api/staff/settings/catalog/services/{service_id}": Role.VIEWER,
    "GET /api/staff/settings/profile": Role.VIEWER,
    "PUT /api/staff/settings/profile": Role.ADMIN,
    "GET /api/staff/settings/processors": Role.VIEWER,
    "PUT /api/staff/settings/processors": Role.ADMIN,
    "POST /api/staff/settings/processors/{account_id}/test": Role.ADMIN,
    "GET /api/staff/settings/api-keys": Role.ADMIN,
    "POST /api/staff/settings/api-keys": Role.ADMIN,
    "DELETE /api/staff/settings/api-keys/{key_id}": Role.ADMIN,
    "POST /api/staff/imports": Role.MANAGER,
    "GET /api/staff/imports/{import_id}": Role.VIEWER,
    "GET /api/staff/imports/{import_id}/errors": Role.VIEWER,
    "POST /api/staff/payments": Role.COLLECTOR,
    "GET /api/staff/payments": Role.VIEWER,
    "GET /api/staff/payments/{payment_id}": Role.VIEWER,
    "POST /api/staff/payments/{payment_id}/apply": Role.COLLECTOR,
    "POST /api/staff/payments/{payment_id}/unapply": Role.COLLECTOR,
    "POST /api/staff/payments/{payment_id}/refund": Role.MANAGER,
    "POST /api/staff/payments/{payment_id}/void": Role.MANAGER,
}


def test_every_json_route_has_a_row_and_every_row_a_route():
    assert set(JSON_ROUTES) == set(STAFF)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.mark.parametrize("name", sorted(set(JSON_ROUTES) & set(STAFF)))
def test_r85_a_json_route_refuses_the_roles_below_its_own_and_no_other(built: Town, name: str):
    built.rewind()
    one = calls(STAFF[name])[0]
    refused = set()
    for role in Role:
        path, query, body = one.written(built.mine.give)
        answer = built.send(role.value, one.route, filled(one.route.path, path), query=query, body=body)
        if answer.status == 403 and answer.body["code"] == "access_denied":
            refused.add(role)
            assert JSON_ROUTES[name].value in answer.body["detail"]

    assert refused == {role for role in Role if not allows(role, JSON_ROUTES[name])}


def test_r85_who_is_nobody_gets_into_no_json_route(built: Town):
    for name, route in STAFF.items():
        path, query, body = calls(route)[0].written(built.mine.give)
        assert built.send("nobody", route, filled(route.path, path), query=query, body=body).status == 401, name


@pytest.mark.parametrize("name", [name for name, role in sorted(JSON_ROUTES.items()) if role is not Role.VIEWER])
@pytest.mark.parametrize("body", ["{}", "", "not json", '{"reason": 7}'])
def test_r85_who_may_not_call_a_route_hears_nothing_of_what_is_wrong_with_the_body(built: Town, name: str, body: str):
    route = STAFF[name]
    path, query, _ = calls(route)[0].written(built.mine.give)

    answer = built.send("viewer", route, filled(route.path, path), query=query, body=body)

    assert (answer.status, answer.body["code"]) == (403, "access_denied")
