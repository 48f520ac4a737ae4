"""What people and programs send to the local cloud: plain HTTP, a tenant with its API key, test cards."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import urllib3

from tests import leaks

GOOD_CARD = {"number": "4111111111111111", "expiry": "2039-12", "cvv": "900", "postal_code": "20002"}
DECLINED_CARD = {**GOOD_CARD, "postal_code": "46282"}

Json = dict[str, Any]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.raw)


@dataclass(slots=True)
class Http:
    """A client of one origin; safe to share between threads."""

    origin: str
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=16, retries=False))

    def __call__(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request; a body goes as JSON. No answer of ours may tell a card or an account number."""
        sent = json.dumps(body).encode() if body is not None else None
        extra = {"Content-Type": "application/json"} if sent is not None else {}
        answer = self.pool.request(method, self.origin + path, body=sent, headers={**extra, **(headers or {})}, redirect=False, timeout=90)
        if path.startswith("/api/"):
            told = leaks.in_text(f"{method} {path}", answer.data.decode(errors="replace"))
            assert not told, told
        return Answer(answer.status, dict(answer.headers.items()), answer.data)


@dataclass(slots=True)
class Tenant:
    """A tenant of its own, so that tests do not meet one another's customers."""

    http: Http
    tenant_id: str
    api_key: str
    staff: Json

    def call(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Call the staff API with the tenant's key; ``path`` stands below ``/api/staff``."""
        return self.http(method, f"/api/staff{path}", body, {"Authorization": f"Bearer {self.api_key}", **(headers or {})})

    def customer(self, customer_id: str, **more: object) -> Json:
        """Make a customer."""
        body = {"name": customer_id.title(), "email": f"ap@{customer_id}.example", **more}
        return good(self.call("PUT", f"/customers/{customer_id}", body))

    def invoice(self, customer_id: str, invoice_id: str, minor: int, **more: object) -> Json:
        """Post an invoice of one line."""
        body = {
            "customer_id": customer_id,
            "number": invoice_id.upper(),
            "invoice_date": "2026-01-05",
            "currency": "USD",
            "lines": [{"description": "Service", "quantity": "1", "unit_price": minor}],
            **more,
        }
        return good(self.call("PUT", f"/invoices/{invoice_id}", body))

    def token(self, card: Json | None = None, *, bank_account: Json | None = None, processor: str = "authorize_net") -> str:
        """Let the processor make a token, as its hosted field would."""
        body = {"bank_account": bank_account} if bank_account else {"card": card or GOOD_CARD}
        return str(good(self.http("POST", f"/local/processors/{processor}/tokens", body))["token"])

    def pay(self, pay_online_id: str, minor: int, *, key: str | None = None, **more: object) -> Answer:
        """Pay as a guest with a card that works, unless ``method`` says otherwise."""
        body: Json = {
            "amount": minor,
            "currency": "USD",
            "payer": {"name": "Ana Halvorsen", "email": "ana@halvorsen.example"},
            **more,
        }
        if "method" not in body:
            body["method"] = {"kind": "token", "token": self.token(), "type": "card"}
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self.http("POST", f"/api/pay/{pay_online_id}/payments", body, headers)

    def calls(self, operation: str | None = None, processor: str = "authorize_net") -> list[Json]:
        """Return what the processor saw of this tenant."""
        found = good(self.http("GET", f"/local/processors/{processor}/calls?tenant_id={self.tenant_id}"))["items"]
        return [call for call in found if operation in {None, call["operation"]}]

    def mails(self, kind: str | None = None) -> list[Json]:
        """Return this tenant's mails, oldest first."""
        found = good(self.http("GET", "/local/mail"))["items"]
        return [mail for mail in found if mail["tenant_id"] == self.tenant_id and kind in {None, mail["kind"]}]


def good(answer: Answer) -> Json:
    """Return the body of an answer that must be good."""
    assert answer.status < 300, f"{answer.status}: {answer.raw.decode(errors='replace')[:1000]}"
    said: Json = answer.json if answer.raw else {}
    return said


def eventually(look: Callable[[], Found], seconds: float = 20.0) -> Found:
    """Return what ``look`` finds as soon as it finds something; the last look counts when time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    return look()
