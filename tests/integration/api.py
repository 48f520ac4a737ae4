"""Calls in the shape of API Gateway's REST proxy events, as the authorizer passes them on."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from duebook.domain.directory import MerchantAccount, Staff, Support, Tenant
from local.routes import route_of
from tests.integration.cloud import Cloud
from tests.integration.key_watch import serving

ORIGIN = "http://localhost:8080"
_keys = count(1)
Handler: TypeAlias = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(slots=True)
class FakeContext:
    """What Lambda hands a handler beside the event."""

    function_name: str = "test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:test"
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time a call has left."""
        return 29_000


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The answer's JSON."""
        return json.loads(self.text)


def rest_event(
    method: str,
    url: str,
    *,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    authorizer: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write the event of a call; a body that is no text is sent as JSON."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    sent = {"Host": "localhost:8080", "Accept": "application/json"} | dict(headers or {})
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    if text is not None:
        sent.setdefault("Content-Type", "application/json")
    return {
        "resource": parts.path,
        "path": parts.path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "stage": "live",
            "httpMethod": method,
            "resourcePath": parts.path,
            "path": f"/live{parts.path}",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": 1748865600000,
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "tests"},
            **({"authorizer": {**authorizer, "integrationLatency": 12}} if authorizer is not None else {}),
        },
        "body": text,
        "isBase64Encoded": False,
    }


def call(handler: Handler, event: dict[str, Any]) -> Answer:
    """Run a handler on an event and read its answer, watching that it keeps to the caller's keys."""
    with serving(event):
        found = handler(event, FakeContext())
    headers = {name: values[0] for name, values in (found.get("multiValueHeaders") or {}).items()} | dict(found.get("headers") or {})
    return Answer(found["statusCode"], headers, found.get("body") or "")


@dataclass(frozen=True, slots=True)
class StaffApi:
    """The staff API as one caller sees it; ``as_`` gives the same tenant with another role."""

    tenant_id: str
    role: str = "admin"
    caller_id: str = "key_test"

    def as_(self, role: str) -> StaffApi:
        """Return the API for a caller with another role."""
        return StaffApi(self.tenant_id, role)

    def call(self, method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Call a route below /api/staff."""
        lambda_handler = staff_handler(method, f"/api/staff{urlsplit(url).path}")
        authorizer = {"tenant_id": self.tenant_id, "caller_id": self.caller_id, "role": self.role}
        return call(lambda_handler, rest_event(method, f"/api/staff{url}", body=body, headers=headers, authorizer=authorizer))

    def get(self, url: str) -> Answer:
        """GET."""
        return self.call("GET", url)

    def put(self, url: str, body: object) -> Answer:
        """PUT."""
        return self.call("PUT", url, body)

    def post(self, url: str, body: object, key: str | None = None) -> Answer:
        """POST, with a new Idempotency-Key unless one is given."""
        return self.call("POST", url, body, {"Idempotency-Key": key or f"key-{next(_keys)}"})

    def customer(self, customer_id: str = "c1", **body: Any) -> Any:
        """Write a customer and return it."""
        return _fine(self.put(f"/customers/{customer_id}", {"name": "Miller Construction"} | body))

    def invoice(self, invoice_id: str = "i1", amount: int = 100_00, **body: Any) -> Any:
        """Write an invoice with one line of an amount and return it."""
        return _fine(self.put(f"/invoices/{invoice_id}", invoice_body(amount, **({"number": invoice_id} | body))))

    def check(self, amount: int, customer_id: str = "c1", **body: Any) -> Any:
        """Record a check and return the payment."""
        sent = {"customer_id": customer_id, "amount": amount, "currency": "USD", "method": {"kind": "check", "number": "1007"}}
        return _fine(self.post("/payments", sent | body))


def staff_handler(method: str, path: str) -> Handler:
    """Return the handler that API Gateway would call; for a route that is not open, the staff API's own."""
    led = route_of(method, path)
    handler: Handler = importlib.import_module(f"functions.{led[0].folder if led else 'staff_api'}.handler").lambda_handler
    return handler


def invoice_body(amount: int = 100_00, **body: Any) -> dict[str, Any]:
    """Write an invoice's body: one line, USD, of 1 May 2025, unless told otherwise."""
    line = {"description": "Portable toilet, weekly service", "quantity": 1, "unit_price": amount}
    return {"customer_id": "c1", "number": "1001", "invoice_date": "2025-05-01", "currency": "USD", "lines": [line]} | body


def _fine(answer: Answer) -> Any:
    assert answer.status in {200, 201}, answer.text
    return answer.body


def add_tenant(aws: Cloud, tenant_id: str, *, time_zone: str = "America/New_York", staff: tuple[Staff, ...] = ()) -> None:
    """Write a tenant with a merchant account in US dollars."""
    tenant = Tenant(tenant_id, "Acme Site Services", time_zone, support=Support("office@acme.example", "555-0100"))
    account = MerchantAccount("ma_1", "authorize_net", "USD", login="login", public_key="public")
    aws.directory.add_tenant(tenant, [account], staff, f"hash-of-{tenant_id}")


def later(aws: Cloud, **parts: float) -> None:
    """Move the frozen clock on."""
    from duebook.runtime.clock import utc_now

    aws.set_clock(utc_now() + timedelta(**parts))
