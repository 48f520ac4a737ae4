"""A stand-in for the portal's payment calls, so that page tests can provoke every answer: invoices, quotes, charges, saved methods.

It serves the built portal with the headers of the template. The hosted field stands on another port, hence another origin.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from duebook.web.branding import colours_of
from local.security_headers import SecurityHeaders, from_template
from local.stack import load_template
from local.web import Response
from tests.e2e.fake_api import FIELD_FOLDER, Answer, Answering, Origins, problem, static_file
from tests.e2e.pay_page.invoices import Json, row_of, rows_of

CUSTOMER = "Halvorsen Construction"
EMAIL = "ana@halvorsen.example"
CONSENT = (
    "The customer allows Cedar Valley Portables to have this card or bank account kept by its payment processor, and to charge it for "
    "amounts the customer owes, when the customer or Cedar Valley Portables asks for a payment. The customer may take this back at any time."
)
TENANT: Json = {
    "slug": "cedar-valley",
    "name": "Cedar Valley Portables",
    "logo_url": None,
    "accent": "#0b7a5c",
    "colours": asdict(colours_of("#0b7a5c")),
    "support": {"email": "billing@cedar-valley.example", "phone": "+1 555 0142"},
    "address": "14 Canal Road\nBoulder, CO 80302",
    "locale": "en-US",
    "time_zone": "America/Denver",
}
SESSION: Json = {
    "contact": {"id": "ana", "name": "Ana Halvorsen", "email": EMAIL, "phone": None},
    "membership": {
        "id": "mem_1", "tenant_id": "ten_1", "customer_id": "cus_1", "kind": "company", "site_ids": [],
        "tenant_name": TENANT["name"], "customer_name": CUSTOMER,
    },
    "permissions": ["view_invoices", "pay_invoices", "manage_methods", "manage_contacts", "request_service"],
    "tenant": TENANT,
    "idle_seconds": 1800,
    "ends_at": "2026-07-15T17:34:00Z",
}  # fmt: skip

PERMISSIONS = {"company": SESSION["permissions"], "payer": SESSION["permissions"][:2], "site": SESSION["permissions"][-1:]}
GOOD_LINK = "pay_good"
FOR_CONTACTS = {("GET", "/api/portal/payments"), ("GET", "/api/portal/payment-methods"), ("POST", "/api/portal/payment-methods")}


@dataclass(slots=True)
class Asked:
    """One payment request as it arrived."""

    key: str
    body: Json


@dataclass
class FakePayments:
    """What the stand-in knows, and what it was asked."""

    dist: Path
    origin: str = ""
    fields: str = ""
    signed_in: bool = True
    kind: str = "company"
    invoices: list[Json] = field(default_factory=list)
    cannot_pay: set[str] = field(default_factory=set)
    types: list[str] = field(default_factory=lambda: ["card", "bank_account"])
    unapplied: dict[str, int] = field(default_factory=dict)
    methods: list[Json] = field(default_factory=list)
    quotes: dict[str, Json] = field(default_factory=dict)
    payments: dict[str, Json] = field(default_factory=dict)
    by_key: dict[str, Json] = field(default_factory=dict)
    charges: list[Json] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    calls: list[tuple[str, str, Json | None]] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)
    scripted: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    gate: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)
    field_mode: str = "ready"

    def reset(self) -> None:
        """Forget everything but the addresses: a company contact is signed in and owes nothing."""
        for kept in (self.invoices, self.methods, self.charges, self.asked, self.calls, self.answers):
            kept.clear()
        for known in (self.cannot_pay, self.unapplied, self.quotes, self.payments, self.by_key, self.scripted):
            known.clear()
        self.signed_in, self.kind, self.types, self.field_mode = True, "company", ["card", "bank_account"], "ready"
        self.gate.set()
        self.arrived.clear()

    def hold(self) -> None:
        """Let payments wait until ``release``."""
        self.gate.clear()

    def release(self) -> None:
        """Answer what waits."""
        self.gate.set()

    def script(self, call: str, *answers: Answer) -> None:
        """Let the next calls such as ``POST /api/portal/quotes`` be answered so."""
        self.scripted[call].extend(answers)

    def sent(self, method: str, path: str) -> list[Json | None]:
        """Return the bodies of the calls to one path."""
        return [body for one, address, body in self.calls if (one, address) == (method, path)]

    def answer(self, method: str, path: str, body: Json | None, query: dict[str, list[str]], key: str | None) -> Answer:
        """Answer one call."""
        self.calls.append((method, path, body))
        if self.scripted[f"{method} {path}"]:
            return self.scripted[f"{method} {path}"].popleft()
        if path == "/api/session/pay-link":
            return self._open_link(body or {})
        if not self.signed_in:
            return problem(401, "not_signed_in")
        if path.startswith("/api/session"):
            return self._session(method)
        if self.kind == "site" or (self.kind == "payer" and (method, path) in FOR_CONTACTS):
            return problem(403, "access_denied")
        parts = [unquote(part) for part in path.removeprefix("/api/portal/").split("/")]
        if parts[0] == "payments":
            return self._pay(key or "", body or {}) if (method, len(parts)) == ("POST", 1) else self._payments(method, parts)
        if parts[0] == "payment-methods":
            return self._methods(method, parts, body or {})
        return self._owed(parts[0], body or {}, query)

    def _owed(self, noun: str, body: Json, query: dict[str, list[str]]) -> Answer:
        if noun == "account":
            return Answer(200, {"customer": {"id": "cus_1", "name": CUSTOMER}, "currencies": self._accounts()})
        return self._list(query) if noun == "invoices" else self._quote(body)

    def _payments(self, method: str, parts: list[str]) -> Answer:
        match method, parts:
            case "GET", ["payments"]:
                return Answer(200, {"items": list(reversed(self.payments.values())), "next_cursor": None})
            case "GET", ["payments", one]:
                return Answer(200, self.payments[one]) if one in self.payments else problem(404, "not_found")
            case "POST", ["payments", one, "receipt"]:
                return Answer(202, {"to": EMAIL}) if one in self.payments else problem(404, "not_found")
        return problem(404, "not_found")

    def _open_link(self, body: Json) -> Answer:
        if body["token"] != GOOD_LINK:
            return problem(410, "link_expired")
        self.signed_in, self.kind = True, "payer"
        return Answer(201, self._session("GET").body)

    def _session(self, method: str) -> Answer:
        if method == "DELETE":
            self.signed_in = False
            return Answer(204, {})
        member = SESSION["membership"] | {"kind": self.kind}
        return Answer(200, SESSION | {"membership": member, "memberships": [member], "permissions": PERMISSIONS[self.kind]})

    def _accounts(self) -> list[Json]:
        return [self._account(one) for one in dict.fromkeys([*(row["currency"] for row in self.invoices), *self.unapplied])]

    def _account(self, currency: str) -> Json:
        owed = [one for one in self.invoices if one["currency"] == currency and one["open"] > 0]
        kinds = {"single_site": [one for one in owed if not one["parent"]], "multi_site": [one for one in owed if one["parent"]]}
        can_pay = currency not in self.cannot_pay
        types = [one for one in self.types if one == "card" or currency == "USD"]
        hosted = {
            "processor": "authorize_net",
            "url": f"{self.fields}/field.html?mode={self.field_mode}",
            "origin": self.fields,
            "types": types,
        }
        return {
            "currency": currency,
            "balance": sum(one["open"] for one in owed),
            "overdue": sum(one["open"] for one in owed if one["overdue"]),
            "payable_online": sum(row_of(one)["payable"] for one in owed) if can_pay else 0,
            "unapplied": self.unapplied.get(currency, 0),
            "processing": sum(one["reserved"] for one in owed),
            "open_invoices": len(owed),
            **{kind: {"count": len(_tops(some)), "balance": sum(one["open"] for one in some)} for kind, some in kinds.items()},
            "can_pay": can_pay,
            "reason": None if can_pay else "not available",
            "methods": types if can_pay else [],
            "hosted_field": hosted if can_pay else None,
        }

    def _list(self, query: dict[str, list[str]]) -> Answer:
        rows = rows_of([one for one in self.invoices if one["currency"] == query["currency"][0]], query["kind"][0])
        first = int(query.get("cursor", ["0"])[0])
        size = int(query.get("limit", ["50"])[0])
        following = str(first + size) if first + size < len(rows) else None
        return Answer(200, {"items": rows[first : first + size], "count": len(rows), "next_cursor": following})

    def _quote(self, body: Json) -> Answer:
        selection = body["selection"]
        owed = sorted((one for one in self.invoices if one["currency"] == body["currency"]), key=lambda one: (one["date"], one["id"]))
        wanted = [one for one in owed if one["id"] in selection.get("invoice_ids", ())]
        payable = [one for one in (owed if selection["kind"] == "custom_amount" else wanted) if row_of(one)["payable"] > 0]
        left = selection.get("amount", sum(row_of(one)["payable"] for one in payable))
        if not payable or left > sum(row_of(one)["payable"] for one in payable):
            return problem(409, "balance_changed", payable=sum(row_of(one)["payable"] for one in payable), currency=body["currency"])
        if len(payable) > 200 and selection["kind"] == "invoices":
            return problem(422, "too_many_invoices")
        lines = []
        for one in payable:
            part = min(left, row_of(one)["payable"])
            left -= part
            if part:
                pays = "full" if part == one["open"] else "part"
                lines.append(
                    {
                        "invoice_id": one["id"],
                        "number": one["number"],
                        "amount": part,
                        "pays": pays,
                        "invoice_date": one["date"],
                        "due_date": one["due"],
                    }
                )
        gone = [one for one in wanted if one not in payable]
        left_out = [{"invoice_id": one["id"], "number": one["number"], "reason": _reason(one)} for one in gone]
        quote_id = f"quo_{len(self.quotes) + 1:04}"
        total = sum(line["amount"] for line in lines)
        quote = {"quote_id": quote_id, "currency": body["currency"], "total": total, "lines": lines, "left_out": left_out}
        self.quotes[quote_id] = quote | {"expires_at": "2026-07-15T17:19:00Z"}
        return Answer(201, self.quotes[quote_id])

    def _pay(self, key: str, body: Json) -> Answer:
        """The same key gets the same outcome, a new one the next scripted answer."""
        self.asked.append(Asked(key, body))
        self.arrived.set()
        self.gate.wait(20)
        if key in self.by_key:
            return Answer(201, self.by_key[key])
        quote = self.quotes[body["quote_id"]]
        if not self.answers and any(row_of(self._invoice(line["invoice_id"]))["payable"] < line["amount"] for line in quote["lines"]):
            return problem(409, "balance_changed", payable=0, currency=quote["currency"])
        answer = self.answers.popleft() if self.answers else Answer(201, {}, charged=True, kept=True)
        if not answer.charged:
            return answer
        payment = self._charge(quote, body["method"]) | answer.body
        self.payments[payment["id"]] = payment
        if answer.kept:
            self.by_key[key] = payment
        return Answer(answer.status, payment)

    def _charge(self, quote: Json, method: Json) -> Json:
        self.charges.append(method)
        shown = self._shown(method)
        is_bank = shown["type"] == "bank_account"
        applied = []
        for line in quote["lines"]:
            invoice = self._invoice(line["invoice_id"])
            invoice["reserved" if is_bank else "open"] += line["amount"] if is_bank else -line["amount"]
            left = invoice["open"] - (line["amount"] if is_bank else 0)
            applied.append({"invoice_id": line["invoice_id"], "number": line["number"], "amount": line["amount"], "open": left})
        if method.get("save"):
            self.methods.append(saved_method(f"mth_{len(self.methods) + 1}", **shown))
        number = len(self.charges)
        return payment(f"pay_{number:04}", quote["total"], quote["currency"]) | {
            "status": "pending" if is_bank else "captured",
            "method": shown,
            "applications": applied,
            "authorization": method.get("authorization"),
            "reference": f"8F3K-2{number}",
            "remaining_balance": sum(one["open"] for one in self.invoices if one["currency"] == quote["currency"]),
        }

    def _shown(self, method: Json) -> Json:
        kept = next((one for one in self.methods if one["id"] == method.get("method_id")), None)
        if kept:
            return {name: kept[name] for name in ("type", "brand", "last4")}
        if method["type"] == "bank_account":
            return {"type": "bank_account", "brand": None, "last4": "6789"}
        return {"type": "card", "brand": "visa", "last4": "4242"}

    def _invoice(self, invoice_id: str) -> Json:
        return next(one for one in self.invoices if one["id"] == invoice_id)

    def _methods(self, method: str, parts: list[str], body: Json) -> Answer:
        match method, parts:
            case "GET", ["payment-methods"]:
                return Answer(200, {"items": self.methods, "consent_text": CONSENT, "next_cursor": None})
            case "POST", ["payment-methods"]:
                made = saved_method(f"mth_{len(self.methods) + 1}", **self._shown(body), currency=body["currency"])
                self.methods.append(made)
                return Answer(201, made)
        found = next((one for one in self.methods if parts[:2] == ["payment-methods", one["id"]]), None)
        if found is None:
            return problem(404, "not_found")
        if method == "DELETE":
            self.methods.remove(found)
            return Answer(200, {"id": found["id"], "state": "removed"})
        for one in self.methods:
            one["default"] = one is found
        return Answer(200, found)


def saved_method(method_id: str, **more: Any) -> Json:
    """A saved card unless told otherwise."""
    usual = {
        "id": method_id, "type": "card", "brand": "visa", "last4": "4242", "expiry": "2030-12", "bank_name": None, "default": False,
        "flagged": False, "flag_reason": None, "currency": "USD", "created_at": "2026-07-01T12:00:00Z",
    }  # fmt: skip
    if more.get("type") == "bank_account":
        usual |= {"brand": None, "last4": "6789", "expiry": None, "bank_name": "First Platypus Bank"}
    return usual | more


def payment(payment_id: str, amount: int = 184783, currency: str = "USD", **more: Any) -> Json:
    """A captured card payment unless told otherwise."""
    usual: Json = {
        "id": payment_id, "status": "captured", "amount": amount, "currency": currency, "channel": "portal",
        "method": {"type": "card", "brand": "visa", "last4": "4242"}, "created_at": "2026-07-15T17:04:00Z", "received_on": None,
        "applications": [], "unapplied": 0, "refunded": 0, "return_code": None, "reason": None, "reference": payment_id[-6:].upper(),
        "message": "", "authorization": None, "remaining_balance": 0,
    }  # fmt: skip
    return usual | more


def _tops(some: list[Json]) -> set[str]:
    return {one["parent"] or one["id"] for one in some}


def _reason(one: Json) -> str:
    if one["open"] == 0:
        return "paid"
    return "processing" if one["pay_online"] else "not_payable_online"


def _handler(api: FakePayments, headers: SecurityHeaders) -> type[Answering]:
    class Handler(Answering):
        def reply(self) -> None:
            split = urlsplit(self.path)
            if not split.path.startswith("/api/"):
                self.answer(headers.add_to(static_file(api.dist, split.path), split.path))
                return
            raw = self.rfile.read(int(self.headers["Content-Length"] or 0))
            body = json.loads(raw) if raw else None
            answer = api.answer(self.command, split.path, body, parse_qs(split.query), self.headers["Idempotency-Key"])
            if answer.status == 0:
                self.cut()
            elif answer.status == 204:
                self.send_response(204)
                self.end_headers()
            else:
                self.send_json(answer)

        do_GET = do_POST = do_PUT = do_DELETE = reply  # noqa: N815 - named so by the base class

        def send_json(self, answer: Answer) -> None:
            kind = "application/json" if answer.status < 400 else "application/problem+json"
            lines = (("Content-Type", kind), ("Cache-Control", "no-store"), *answer.headers)
            self.answer(Response(answer.status, json.dumps(answer.body).encode(), lines))

        def cut(self) -> None:
            """Break off within the answer. A connection cut before it would be tried again by the browser itself."""
            self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
            self.close_connection = True

    return Handler


class _FieldHandler(Answering):
    def do_GET(self) -> None:  # noqa: N802 - named so by the base class
        split = urlsplit(self.path)
        missing = parse_qs(split.query).get("mode") == ["missing"]
        self.answer(Response(500, b"", (("Content-Type", "text/html"),)) if missing else static_file(FIELD_FOLDER, split.path))


@contextmanager
def running(dist: Path) -> Iterator[FakePayments]:
    """Serve the portal and the hosted field, each on a free port."""
    api = FakePayments(dist)
    api.reset()
    fields = ThreadingHTTPServer(("127.0.0.1", 0), _FieldHandler)
    api.fields = f"http://127.0.0.1:{fields.server_port}"
    headers = from_template(load_template(), Origins(FieldsOrigin=api.fields))
    portal = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api, headers))
    api.origin = f"http://localhost:{portal.server_port}"
    for server in (fields, portal):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield api
    finally:
        api.gate.set()
        for server in (fields, portal):
            server.shutdown()
            server.server_close()
