"""Where ids stand in calls: read from the OpenAPI document, and a valid call for each route, ids left open.

A new route with an id, or a new kind of id, needs its line here; without it the matrix fails and says which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.openapi import ID_FIELD, document, field_names, operations
from local.routes import Route, routes

KINDS_IN_PATHS = {
    "account_id": "merchant_account",
    "address": "address",
    "automation": "automation",
    "break_id": "break",
    "contact_id": "other_contact",
    "credit_memo_id": "credit_memo",
    "customer_id": "customer",
    "import_id": "import",
    "invoice_id": "invoice",
    "key_id": "api_key",
    "kind": "mail_kind",
    "leave_token": "leave_link",
    "mail_id": "mail",
    "method_id": "method",
    "pay_online_id": "pay_online",
    "payment_id": "payment",
    "product_id": "product",
    "request_id": "service_request",
    "run_id": "statement_run",
    "service_id": "service",
    "site_id": "site",
    "token": "file_token",
}
IN_PATHS_OF = {
    "GET /api/staff/automation/{automation}/runs/{run_id}": {"run_id": "automation_run"},
    "POST /api/staff/statements/{run_id}/retry": {"run_id": "given_up_run"},
    "POST /api/staff/invoices/{invoice_id}/void": {"invoice_id": "untouched_invoice"},
    "POST /api/staff/payments/{payment_id}/apply": {"payment_id": "part_applied"},
    "POST /api/staff/payments/{payment_id}/unapply": {"payment_id": "part_applied"},
}
"""Where only a thing in a certain state will do."""
NO_IDS_OF_OURS = frozenset({"ach_merchant_id", "api_login_id", "merchant_id", "tenant_id"})
"""Names at a processor; ``tenant_id`` stands in the address of notifications alone, which prove themselves by a signature."""

_REASON = {"reason": "Asked for"}
_APPLIED = [{"invoice_id": "<invoice>", "amount": 1_00}]
_PERSON = {"name": "Lee", "kind": "site", "site_ids": ["<site>"]}
_CARD = {"token": "<token>", "type": "card", "currency": "USD", "consent": True}
_INVOICE = {"customer_id": "<customer>", "number": "N1", "invoice_date": "2025-05-01", "currency": "USD"}
_CHECK = {"customer_id": "<customer>", "amount": 1_00, "currency": "USD", "method": {"kind": "check"}}
_TEXT = {"subject": "Paid: {{payment.amount}}", "body": "<p>Thank you, {{customer.name}}.</p>"}
BODIES: dict[str, list[Any]] = {
    "PATCH /api/portal/contacts/{contact_id}": [_PERSON],
    "PATCH /api/portal/profile": [{"phone": "555-0199"}],
    "POST /api/password/forgot": [{"email": "ana@a.example"}],
    "POST /api/password/resend": [{"token": "lnk_1"}],
    "POST /api/password/set": [{"token": "<link>", "password": "<password>"}],
    "POST /api/webhooks/authorize-net/{tenant_id}": [{"notificationId": "n1", "eventType": "net.authorize.payment.void.created"}],
    "POST /api/pay/{pay_online_id}/payments": [
        {
            "amount": 1_00,
            "currency": "USD",
            "method": {"kind": "token", "token": "<token>", "type": "card"},
            "payer": {"name": "Ana", "email": "a@b.example"},
        },
    ],
    "POST /api/portal/contacts": [_PERSON],
    "POST /api/portal/payment-methods": [_CARD | {"postal_code": "84601"}],
    "POST /api/portal/profile/password": [{"current_password": "<password>", "password": "<password>"}],
    "POST /api/portal/payments": [
        {"quote_id": "<quote>", "method": {"kind": "saved", "method_id": "<method>"}},
        {"quote_id": "<quote>", "method": {"kind": "token", "token": "<token>", "type": "card", "postal_code": "84601"}},
    ],
    "POST /api/portal/quotes": [
        {"currency": "USD", "selection": {"kind": "invoices", "invoice_ids": ["<invoice>"]}},
        {"currency": "USD", "selection": {"kind": "invoices", "invoice_ids": ["<parent>"]}},
        {"currency": "USD", "selection": {"kind": "invoices", "invoice_ids": ["<child>", "<invoice>"]}},
    ],
    "POST /api/portal/requests": [{"site_id": "<site>", "product_id": "<product>", "service_id": "<service>"}],
    "POST /api/session": [{"email": "ana@a.example", "password": "<password>"}],
    "POST /api/session/membership": [{"membership_id": "<membership>"}],
    "POST /api/session/pay-link": [{"token": "<pay_link>"}],
    "POST /api/staff/credit-memos/{credit_memo_id}/apply": [_REASON | {"applications": _APPLIED}],
    "POST /api/staff/credit-memos/{credit_memo_id}/unapply": [_REASON | {"applications": _APPLIED}],
    "POST /api/staff/customers/{customer_id}/payment-methods": [_CARD | {"payer": {"name": "Ana", "postal_code": "84601"}}],
    "POST /api/staff/email-activity/{mail_id}/send-again": [{}, {"to": "ana@a.example"}],
    "POST /api/staff/imports": [{"kind": "customers", "csv": "customer_id,name\nc_78,Ruiz Paving\n", "dry_run": True}],
    "POST /api/staff/invoices/{invoice_id}/void": [_REASON],
    "POST /api/staff/payments": [
        _CHECK | {"applications": _APPLIED},
        _CHECK | {"method": {"kind": "saved", "method_id": "<method>"}},
    ],
    "POST /api/staff/payments/{payment_id}/apply": [_REASON | {"applications": _APPLIED}],
    "POST /api/staff/payments/{payment_id}/refund": [_REASON | {"amount": 50, "invoice_ids": ["<invoice>"]}, _REASON | {"amount": 50}],
    "POST /api/staff/payments/{payment_id}/unapply": [_REASON | {"applications": _APPLIED}],
    "POST /api/staff/payments/{payment_id}/void": [_REASON],
    "POST /api/staff/reconciliation/{break_id}/resolve": [{"note": "Refunded there"}],
    "POST /api/staff/requests/{request_id}/convert": [{"kind": "job", "number": "J1"}],
    "POST /api/staff/requests/{request_id}/decline": [_REASON],
    "POST /api/staff/statements": [{"customer_ids": ["<customer>"], "kind": "open_items", "delivery": "email"}],
    "PUT /api/staff/credit-memos/{credit_memo_id}": [
        {"customer_id": "<customer>", "number": "CM9", "date": "2025-05-02", "currency": "USD", "amount": 1_00, "reason": "Late"},
    ],
    "PUT /api/staff/customers/{customer_id}": [{"name": "Rivera Concrete"}, {"name": "Rivera Concrete", "pay_online_id": "<pay_online>"}],
    "PUT /api/staff/customers/{customer_id}/automation": [{"enabled": True, "paused_until": "2099-01-31", "reason": "On a payment plan"}],
    "PUT /api/staff/customers/{customer_id}/contacts/{contact_id}": [_PERSON],
    "PUT /api/staff/customers/{customer_id}/sites/{site_id}": [{"name": "Yard", "number": "001"}],
    "PUT /api/staff/invoices/{invoice_id}": [
        _INVOICE | {"site_id": "<site>", "lines": [{"description": "Service", "quantity": 1, "unit_price": 5_00}]},
        _INVOICE | {"parent_id": "<parent>", "lines": [{"description": "Service", "quantity": 1, "unit_price": 5_00}]},
    ],
    "POST /api/staff/settings/templates/{kind}/preview": [_TEXT, _TEXT | {"customer_id": "<customer>"}],
    "POST /api/staff/settings/templates/{kind}/test": [_TEXT, {"customer_id": "<customer>"}],
    "POST /api/staff/settings/api-keys": [{"name": "Dispatch", "role": "viewer"}],
    "PUT /api/staff/settings/automation": [{"past_due_notices": {"enabled": True, "schedule": "0 9 * * 1", "tiers": [1, 31, 61]}}],
    "PUT /api/staff/settings/catalog/products/{product_id}": [{"name": "Standard unit"}],
    "PUT /api/staff/settings/catalog/services/{service_id}": [{"name": "Weekly service", "shown": False}],
    "PUT /api/staff/settings/processors": [{"merchant_accounts": [{"processor": "authorize_net", "currency": "USD"}]}],
    "PUT /api/staff/settings/profile": [{"name": "Blue Ridge Sanitation", "time_zone": "America/New_York"}],
    "PUT /api/staff/settings/templates/{kind}": [_TEXT],
}
"""A valid body of each route that takes one; ``<kind>`` stands where an id goes."""
QUERIES: dict[str, dict[str, str]] = {
    "DELETE /api/staff/suppressions/{address}": {"reason": "They asked for it"},
    "GET /api/portal/invoices": {"currency": "USD"},
    "GET /api/staff/email-activity": {"customer_id": "<customer>"},
}
NO_KINDS = frozenset({"automation", "file_token", "link", "mail_kind", "password", "pay_link", "token"})
"""Marks of what is no id, but has to be real all the same."""
MARK = re.compile(r"^<([^>]+)>$")


@dataclass(frozen=True, slots=True)
class Call:
    """A valid call of a route, ids left open as ``<kind>``."""

    route: Route
    path: dict[str, str]
    query: dict[str, str]
    body: Any

    def slots(self) -> list[tuple[str, str]]:
        """List where ids stand, each with its kind."""
        parts: dict[str, Any] = {"path": self.path, "query": self.query, "body": self.body}
        found = [(f"{part}{where}", kind) for part, tree in parts.items() for where, kind in marks(tree)]
        return [(where, kind) for where, kind in found if kind not in NO_KINDS]

    def written(self, give: Callable[[str], str], **instead: str) -> tuple[dict[str, str], dict[str, str], Any]:
        """Write path values, query and body; ``instead`` puts another id at one slot."""
        parts: dict[str, Any] = {"path": self.path, "query": self.query, "body": self.body}
        return tuple(_with_ids(tree, part, give, instead) for part, tree in parts.items())


def marks(tree: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Go through the marks of a tree: where, which kind."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from marks(value, f"{where}.{key}")
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from marks(value, f"{where}[{number}]")
    elif isinstance(tree, str) and (found := MARK.match(tree)):
        yield where, found[1]


def _with_ids(tree: Any, where: str, give: Callable[[str], str], instead: dict[str, str]) -> Any:
    if isinstance(tree, dict):
        return {key: _with_ids(value, f"{where}.{key}", give, instead) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with_ids(value, f"{where}[{number}]", give, instead) for number, value in enumerate(tree)]
    if isinstance(tree, str) and (found := MARK.match(tree)):
        return instead[where] if where in instead else give(found[1])
    return tree


@cache
def operation_of(name: str) -> Any:
    """Return a route's operation in the document."""
    return {f"{method} {path}": operation for method, path, operation in operations(document())}[name]


def id_names(route: Route) -> set[str]:
    """List the names of fields and parameters of a route that hold ids of ours, as the document has them."""
    operation, schemas = operation_of(route.name), document()["components"]["schemas"]
    names = {one["name"] for one in operation.get("parameters", []) if one["in"] in {"path", "query"}}
    names |= field_names(operation.get("requestBody"), schemas)
    in_path = {
        one["name"] for one in operation.get("parameters", []) if one["in"] == "path" and KINDS_IN_PATHS.get(one["name"]) not in NO_KINDS
    }
    return ({name for name in names if ID_FIELD.search(name) or name == "cursor"} | in_path) - NO_IDS_OF_OURS


def calls(route: Route) -> list[Call]:
    """Return valid calls of a route.

    Raises:
        KeyError: The tables above know the route, or a kind of its ids, not yet.
    """
    names = id_names(route)
    kinds = KINDS_IN_PATHS | ({"contact_id": "portal_contact"} if route.path.startswith("/api/portal/") else {})
    kinds |= IN_PATHS_OF.get(route.name, {})
    path = {name: f"<{kinds[name]}>" for name in re.findall(r"\{(\w+)\}", route.path) if name not in NO_IDS_OF_OURS}
    query = dict(QUERIES.get(route.name, {})) | ({"cursor": f"<cursor {route.name}>"} if "cursor" in names else {})
    has_body = "requestBody" in operation_of(route.name)
    return [Call(route, path, query, body) for body in (BODIES[route.name] if has_body else [None])]


def named_in(made: list[Call]) -> set[str]:
    """List the names under which the marks of some calls stand."""
    found = (re.findall(r"\.(\w+)", where)[-1] for call in made for where, _ in call.slots())
    return set(found)


def routes_of(authorizer: str) -> list[Route]:
    """List the routes behind an authorizer that speak JSON."""
    return [route for route in routes() if route.authorizer == authorizer and not route.folder.endswith("_pages")]
