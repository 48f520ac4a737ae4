"""A stand-in for the API of signed-in contacts: it knows one login, answers from what it holds, and any call can be scripted."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from duebook.web.branding import colours_of
from local.security_headers import SecurityHeaders, from_template
from local.stack import load_template
from local.web import Response
from tests.e2e.fake_api import Answer, Answering, Origins, problem, static_file

Json = dict[str, Any]

EMAIL = "ana@halvorsen.example"
PASSWORD = "correct horse battery"
GOOD_TOKEN = "tok_good"
OLD_TOKEN = "tok_old"
PERMISSIONS = {
    "company": ["view_invoices", "pay_invoices", "manage_methods", "manage_contacts", "request_service"],
    "site": ["request_service"],
}
TENANT: Json = {
    "slug": "cedar-valley",
    "name": "Cedar Valley Portables",
    "logo_url": None,
    "accent": "#0b7a5c",
    "colours": asdict(colours_of("#0b7a5c")),
    "support": {"email": "billing@cedar-valley.example", "phone": "+1 555 0142"},
    "locale": "en-US",
    "time_zone": "America/Denver",
}
SITES: list[Json] = [
    {"id": "depot", "name": "Riverside Depot", "number": "S-12", "address": "1 River Road"},
    {"id": "yard", "name": "Harbour Yard", "number": "S-40", "address": "9 Quay Street"},
]


CATALOG: Json = {
    "products": [{"id": "unit", "name": "Standard unit"}, {"id": "ada", "name": "ADA unit"}, {"id": "wash", "name": "Hand-wash station"}],
    "services": [{"id": "delivery", "name": "Delivery"}, {"id": "weekly", "name": "Weekly service"}, {"id": "pickup", "name": "Pickup"}],
}


DEPOT: Json = {"id": "depot", "name": "Riverside Depot", "number": "S-12"}
YARD: Json = {"id": "yard", "name": "Harbour Yard", "number": "S-40"}


def request(number: int, status: str = "new", **more: Any) -> Json:
    """One service request as the API shows it; the higher the number, the newer."""
    usual: Json = {
        "id": f"req_{number}",
        "status": status,
        "product_id": "unit",
        "product_name": "Standard unit",
        "service_id": "delivery",
        "service_name": "Delivery",
        "site": DEPOT,
        "requested_by": "Ana Halvorsen",
        "created_at": f"2026-07-{number % 28 + 1:02}T16:00:00Z",
        "wanted_on": None,
        "po_number": None,
        "note": None,
        "scheduled_on": None,
        "decline_reason": None,
    }
    return usual | more


def contact(contact_id: str, name: str, email: str | None, **more: Any) -> Json:
    """One contact as the API shows it."""
    usual: Json = {
        "id": contact_id,
        "name": name,
        "email": email,
        "phone": None,
        "kind": "company",
        "site_ids": [],
        "portal_access": False,
        "invited_at": None,
        "last_sign_in_at": None,
    }
    return usual | more


def membership(number: int = 1, kind: str = "company", customer: str = "Halvorsen Construction", tenant: str = TENANT["name"]) -> Json:
    """One membership of the login."""
    return {
        "id": f"mem_{number}",
        "tenant_id": "ten_1",
        "customer_id": f"cus_{number}",
        "kind": kind,
        "site_ids": ["depot"] if kind == "site" else [],
        "tenant_name": tenant,
        "customer_name": customer,
    }


@dataclass
class FakePortal:
    """What the stand-in knows, and what it was asked."""

    dist: Path
    origin: str = ""
    signed_in: bool = True
    memberships: list[Json] = field(default_factory=list)
    current: int = 0
    viewed_by: str | None = None
    contacts: list[Json] = field(default_factory=list)
    sites: list[Json] = field(default_factory=list)
    catalog: Json = field(default_factory=dict)
    requests: list[Json] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    made: dict[str, Json] = field(default_factory=dict)
    scripted: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    asked: list[tuple[str, str, Json | None]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def reset(self) -> None:
        """One company contact is signed in, with three colleagues and two sites."""
        self.signed_in = True
        self.memberships = [membership()]
        self.current = 0
        self.viewed_by = None
        self.sites = deepcopy(SITES)
        self.catalog = deepcopy(CATALOG)
        self.requests = []
        self.keys.clear()
        self.made.clear()
        signed_in_at = "2026-07-15T17:04:00Z"
        self.contacts = [
            contact(
                "ana",
                "Ana Halvorsen",
                EMAIL,
                phone="+1 555 0100",
                portal_access=True,
                invited_at=signed_in_at,
                last_sign_in_at=signed_in_at,
            ),
            contact("ben", "Ben Ode", "ben@halvorsen.example", portal_access=True, invited_at="2026-07-01T09:00:00Z"),
            contact("cleo", "Cleo Marsh", None, phone="+1 555 0177"),
            contact("dev", "Dev Patel", "dev@halvorsen.example", kind="site", site_ids=["depot", "yard"]),
        ]
        self.scripted.clear()
        self.asked.clear()
        self.gate.set()

    def script(self, call: str, *answers: Answer) -> None:
        """Let the next calls such as ``GET /api/session`` be answered so."""
        self.scripted[call].extend(answers)

    def sent(self, method: str, path: str) -> list[Json | None]:
        """Return the bodies of the calls to one path."""
        return [body for one, address, body in self.asked if (one, address) == (method, path)]

    def session(self) -> Json:
        """What ``GET /api/session`` shows."""
        member = self.memberships[self.current]
        me = self.contacts[0]
        return {
            "contact": {key: me[key] for key in ("id", "name", "email", "phone")},
            "membership": member,
            "memberships": self.memberships,
            "permissions": PERMISSIONS[member["kind"]],
            "tenant": TENANT | {"name": member["tenant_name"]},
            "idle_seconds": 1800,
            "ends_at": "2026-07-15T17:34:00Z",
            "viewed_by": self.viewed_by,
        }

    def answer(self, method: str, path: str, body: Json | None, query: dict[str, list[str]]) -> Answer:
        """Answer one call."""
        self.asked.append((method, path, body))
        self.gate.wait(20)
        if self.scripted[f"{method} {path}"]:
            return self.scripted[f"{method} {path}"].popleft()
        if path.startswith(("/api/password/", "/api/brand")) or (method, path) == ("POST", "/api/session"):
            return self._at_the_door(path, body or {}, query)
        if not self.signed_in:
            return problem(401, "not_signed_in")
        if path.startswith("/api/session"):
            return self._session(method, path, body or {})
        return self._portal(method, path.removeprefix("/api/portal/").split("/"), body or {})

    def _at_the_door(self, path: str, body: Json, query: dict[str, list[str]]) -> Answer:
        match path:
            case "/api/brand":
                return Answer(200, TENANT) if query.get("company") == [TENANT["slug"]] else problem(404, "not_found")
            case "/api/session":
                if (body["email"], body["password"]) != (EMAIL, PASSWORD):
                    return problem(401, "not_signed_in")
            case "/api/password/set":
                if body["token"] != GOOD_TOKEN:
                    return problem(410, "link_expired")
            case _:
                return Answer(202, {})
        self.signed_in = True
        return Answer(201, self.session())

    def _session(self, method: str, path: str, body: Json) -> Answer:
        if method == "DELETE":
            self.signed_in = False
            return Answer(204, {})
        if path.endswith("/membership"):
            self.current = next(n for n, one in enumerate(self.memberships) if one["id"] == body["membership_id"])
        return Answer(200, self.session())

    def _portal(self, method: str, parts: list[str], body: Json) -> Answer:
        match method, parts:
            case "PATCH", ["profile"]:
                self.contacts[0] |= body
                return Answer(200, {"contact": self.session()["contact"]})
            case "POST", ["profile", "password"]:
                return Answer(204, {})
            case "GET", ["sites"]:
                return Answer(200, {"items": self.sites, "next_cursor": None})
            case _, ["catalog" | "requests" as what]:
                return self._service(method, what, body)
            case "GET", ["contacts"]:
                return Answer(200, {"items": self.contacts, "next_cursor": None})
            case "POST", ["contacts"]:
                made = contact(f"con_{len(self.contacts)}", body["name"], body.get("email")) | body
                self.contacts.append(made)
                return Answer(201, made)
        return self._one_contact(method, parts, body)

    def _service(self, method: str, what: str, body: Json) -> Answer:
        """What can be asked for, what was, and asking: the same key is the same request, as with the API."""
        if method == "GET":
            return Answer(200, self.catalog if what == "catalog" else {"items": self.requests, "next_cursor": None})
        if self.keys[-1] not in self.made:
            names = {one["id"]: one["name"] for one in (*self.catalog["products"], *self.catalog["services"])}
            self.made[self.keys[-1]] = request(
                20 + len(self.made),
                product_name=names[body["product_id"]],
                service_name=names[body["service_id"]],
                site=YARD if body["site_id"] == "yard" else DEPOT,
                **{key: body[key] for key in ("product_id", "service_id", "wanted_on", "po_number", "note")},
            )
            self.requests.insert(0, self.made[self.keys[-1]])
        return Answer(201, self.made[self.keys[-1]])

    def _one_contact(self, method: str, parts: list[str], body: Json) -> Answer:
        found = next((one for one in self.contacts if parts[:2] == ["contacts", one["id"]]), None)
        if found is None:
            return problem(404, "not_found")
        if found is self.contacts[0] and (method == "DELETE" or "portal_access" in body):
            return problem(409, "own_access")
        if method == "DELETE":
            self.contacts.remove(found)
            return Answer(204, {})
        if body.get("portal_access") and not found["email"]:
            return problem(422, "invalid_input", errors=[{"field": "email", "message": "Add an email address first."}])
        found |= body
        if body.get("portal_access") or method == "POST":
            found["invited_at"] = "2026-07-20T12:00:00Z"
        return Answer(202 if method == "POST" else 200, found)


def _handler(api: FakePortal, headers: SecurityHeaders) -> type[Answering]:
    class Handler(Answering, BaseHTTPRequestHandler):
        def reply(self) -> None:
            split = urlsplit(self.path)
            if not split.path.startswith("/api/"):
                self.answer(headers.add_to(static_file(api.dist, split.path), split.path))
                return
            raw = self.rfile.read(int(self.headers["Content-Length"] or 0))
            body = json.loads(raw) if raw else None
            if key := self.headers["Idempotency-Key"]:
                api.keys.append(key)
            self.send_json(api.answer(self.command, split.path, body, parse_qs(split.query)))

        def do_GET(self) -> None:
            self.reply()

        def do_POST(self) -> None:
            self.reply()

        def do_PATCH(self) -> None:
            self.reply()

        def do_DELETE(self) -> None:
            self.reply()

        def send_json(self, answer: Answer) -> None:
            if answer.status == 0:  # broken off within: what is cut before its answer, a browser would send again by itself
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
                self.close_connection = True
                return
            kind = "application/json" if answer.status < 400 else "application/problem+json"
            body = b"" if answer.status == 204 else json.dumps(answer.body).encode()
            self.answer(Response(answer.status, body, (("Content-Type", kind), ("Cache-Control", "no-store"), *answer.headers)))

        def answer(self, response: Response) -> None:
            if response.status == 204:
                self.send_response(204)
                self.end_headers()
                return
            super().answer(response)

    return Handler


@contextmanager
def running(dist: Path) -> Iterator[FakePortal]:
    """Serve the portal with the template's headers on a free port."""
    api = FakePortal(dist)
    api.reset()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api, from_template(load_template(), Origins())))
    api.origin = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.gate.set()
        server.shutdown()
        server.server_close()
