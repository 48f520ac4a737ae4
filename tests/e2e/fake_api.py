"""A stand-in for the API and the processor's hosted field, so that page tests can provoke every answer.

It serves the built portal with the headers of the template, answers the guest's three calls from scripts, and keeps what it
was asked. The hosted field stands on another port, hence another origin.
"""

from __future__ import annotations

import gzip
import json
import mimetypes
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from local.security_headers import from_template
from local.stack import load_template
from local.web import Response

FIELD_FOLDER = Path(__file__).parent / "fake_field"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted answer to a payment.

    Args:
        status: HTTP status; 0 cuts the connection before the answer is complete.
        body: The document.
        charged: Whether the card is charged.
        kept: Whether the same key gets this answer's outcome again.
        headers: More headers.
    """

    status: int
    body: Json
    charged: bool = False
    kept: bool = False
    headers: tuple[tuple[str, str], ...] = ()


def problem(status: int, code: str, **facts: object) -> Answer:
    """A refusal before any charge."""
    body = {"type": f"/problems/{code}", "title": code, "status": status, "detail": code, "code": code, **facts}
    wait = (("Retry-After", str(facts["wait"])),) if "wait" in facts else ()
    return Answer(status, body, headers=wait)


def declined(reason: str = "do_not_honor") -> Answer:
    """The bank says no."""
    return problem(402, "payment_declined", reason=reason)


LOST = Answer(0, {}, charged=True, kept=True)
"""Charged, but the answer never arrives."""
NEVER_ARRIVED = Answer(0, {})
"""The request is cut before anything happens."""


@dataclass(slots=True)
class Asked:
    """One payment request as it arrived."""

    key: str
    body: Json
    proof: str | None


@dataclass
class FakeApi:
    """What the stand-in answers, and what it saw."""

    dist: Path
    portal: str = ""
    fields: str = ""
    cardpointe: str = ""
    found: dict[str, Json] = field(default_factory=dict)
    proofs: dict[str, str] = field(default_factory=dict)
    lookups: deque[Answer] = field(default_factory=deque)
    answers: deque[Answer] = field(default_factory=deque)
    polls: deque[Answer] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    charges: list[Json] = field(default_factory=list)
    payments: dict[str, Json] = field(default_factory=dict)
    by_key: dict[str, Json] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)
    field_mode: str = "ready"

    def reset(self) -> None:
        """Forget everything but the addresses."""
        for kept in (self.found, self.proofs, self.lookups, self.answers, self.polls):
            kept.clear()
        for seen in (self.asked, self.charges, self.payments, self.by_key):
            seen.clear()
        self.gate.set()
        self.arrived.clear()
        self.field_mode = "ready"

    def hold(self) -> None:
        """Let payments wait until ``release``."""
        self.gate.clear()

    def release(self) -> None:
        """Answer what waits."""
        self.gate.set()

    def look_up(self, pay_online_id: str, proof: str | None) -> Answer:
        """Answer the look-up of a Pay Online ID."""
        if self.lookups:
            return self.lookups.popleft()
        if pay_online_id not in self.found:
            return problem(404, "not_found")
        if self.proofs.get(pay_online_id, proof) != proof:
            return problem(403, "proof_required")
        return Answer(200, self.found[pay_online_id])

    def pay(self, pay_online_id: str, asked: Asked) -> Answer:
        """Answer a payment: the same key gets the same outcome, a new one the next scripted answer."""
        self.asked.append(asked)
        self.arrived.set()
        self.gate.wait(20)
        if asked.key in self.by_key:
            return Answer(201, self.by_key[asked.key])
        answer = self.answers.popleft() if self.answers else Answer(201, {}, charged=True, kept=True)
        if not answer.charged:
            return answer
        payment = self._charge(asked.body) | answer.body
        self.payments[payment["id"]] = payment
        if answer.kept:
            self.by_key[asked.key] = payment
        self._lower(pay_online_id, asked.body)
        return Answer(answer.status, payment)

    def _charge(self, order: Json) -> Json:
        self.charges.append(order)
        number = len(self.charges)
        return {
            "id": f"pay_{number:04}",
            "status": "captured",
            "amount": order["amount"],
            "currency": order["currency"],
            "method": _shown(order["method"]),
            "created_at": "2026-07-15T17:04:00Z",
            "applications": [],
            "unapplied": 0,
            "refunded": 0,
            "return_code": None,
            "authorization": order["method"].get("authorization"),
            "reference": f"8F3K-2{number}",
            "message": "",
        }

    def _lower(self, pay_online_id: str, order: Json) -> None:
        for balance in self.found.get(pay_online_id, {}).get("balances", []):
            if balance["currency"] == order["currency"]:
                balance["payable"] -= order["amount"]

    def poll(self, payment_id: str) -> Answer:
        """Answer where a payment stands."""
        if self.polls:
            return self.polls.popleft()
        payment = self.payments.get(payment_id)
        return Answer(200, payment) if payment else problem(404, "not_found")

    def balance(self, payable: int = 184783, currency: str = "USD", **more: object) -> Json:
        """One balance as the API describes it."""
        hosted = {
            "processor": "authorize_net",
            "url": f"{self.fields}/field.html?mode={self.field_mode}",
            "origin": self.fields,
            "types": ["card"],
        }
        usual = {"currency": currency, "payable": payable, "can_pay": True, "methods": ["card"], "hosted_field": hosted}
        return usual | more

    def bank_balance(self, payable: int = 184783) -> Json:
        """A balance in dollars that a card or a bank account pays through Authorize.Net."""
        balance = self.balance(payable)
        return _with_types(balance, "card", "bank_account")

    def cardpointe_balance(self, payable: int = 184783, currency: str = "USD") -> Json:
        """A balance paid through CardPointe's tokenizer: by bank account in dollars alone."""
        options = urlencode({"useexpiry": "true", "usecvv": "true", "tokenizewheninactive": "true", "formatinput": "true"})
        url = f"{self.cardpointe}/itoke/ajax-tokenizer.html?{options}"
        hosted = {"processor": "cardpointe", "url": url, "origin": self.cardpointe}
        balance = self.balance(payable, currency, hosted_field=hosted)
        return _with_types(balance, *(("card", "bank_account") if currency == "USD" else ("card",)))


def _with_types(balance: Json, *types: str) -> Json:
    return balance | {"methods": list(types), "hosted_field": balance["hosted_field"] | {"types": list(types)}}


def _shown(method: Json) -> Json:
    if method["type"] == "bank_account":
        return {"type": "bank_account", "brand": None, "last4": "6789"}
    return {"type": "card", "brand": "visa", "last4": "4242"}


class Answering(BaseHTTPRequestHandler):
    """What all stand-ins share."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by the base class
        """Say nothing."""

    def answer(self, response: Response) -> None:
        """Send a whole answer, compressed where that helps."""
        kind = dict(response.headers).get("Content-Type", "")
        body = response.body
        self.send_response(response.status)
        if kind.startswith(("text/", "application/json", "application/problem", "image/svg")):
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def static_file(folder: Path, path: str) -> Response:
    """A file of a built site, as the edge serves it: pretty paths, and the 404 page for all else."""
    wanted = folder / path.strip("/")
    if wanted.is_dir():
        wanted /= "index.html"
    elif not wanted.suffix:
        wanted = wanted.with_name(wanted.name + ".html")
    if not wanted.is_file():
        return Response(404, (folder / "404.html").read_bytes(), (("Content-Type", "text/html; charset=utf-8"),))
    kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
    cache = "public, max-age=31536000, immutable" if path.startswith("/assets/") else "no-cache"
    return Response(200, wanted.read_bytes(), (("Content-Type", kind), ("Cache-Control", cache)))


def _portal_handler(api: FakeApi, headers: Callable[[], Any]) -> type[Answering]:
    class PortalHandler(Answering):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if not path.startswith("/api/pay/"):
                self.answer(headers().add_to(static_file(api.dist, path), path))
                return
            parts = [unquote(part) for part in path.removeprefix("/api/pay/").split("/")]
            if len(parts) == 1:
                self.send_json(api.look_up(parts[0], self.headers["X-Pay-Online-Proof"]))
            else:
                self.send_json(api.poll(parts[2]))

        def do_POST(self) -> None:
            pay_online_id = unquote(urlsplit(self.path).path.split("/")[3])
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = Asked(self.headers["Idempotency-Key"], body, self.headers["X-Pay-Online-Proof"])
            self.send_json(api.pay(pay_online_id, asked))

        def send_json(self, answer: Answer) -> None:
            if answer.status == 0:
                self.cut()
                return
            kind = "application/json" if answer.status < 400 else "application/problem+json"
            lines = (("Content-Type", kind), ("Cache-Control", "no-store"), *answer.headers)
            self.answer(Response(answer.status, json.dumps(answer.body).encode(), lines))

        def cut(self) -> None:
            """Break off within the answer. A connection cut before it would be tried again by the browser itself."""
            self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
            self.close_connection = True

    return PortalHandler


class _FieldHandler(Answering):
    def do_GET(self) -> None:
        split = urlsplit(self.path)
        if parse_qs(split.query).get("mode") == ["missing"]:
            self.answer(Response(500, b"", (("Content-Type", "text/html"),)))
            return
        self.answer(static_file(FIELD_FOLDER, split.path))


@contextmanager
def running(dist: Path) -> Iterator[FakeApi]:
    """Serve the portal and the hosted fields of both processors, each on a free port."""
    api = FakeApi(dist)
    api.gate.set()
    fields = ThreadingHTTPServer(("127.0.0.1", 0), _FieldHandler)
    api.fields = f"http://127.0.0.1:{fields.server_port}"
    cardpointe = ThreadingHTTPServer(("127.0.0.1", 0), _FieldHandler)
    api.cardpointe = f"http://127.0.0.1:{cardpointe.server_port}"
    headers = from_template(load_template(), Origins(FieldsOrigin=api.fields, CardPointeUrl=api.cardpointe))
    portal = ThreadingHTTPServer(("127.0.0.1", 0), _portal_handler(api, lambda: headers))
    api.portal = f"http://localhost:{portal.server_port}"
    servers = (fields, cardpointe, portal)
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield api
    finally:
        api.release()
        for server in servers:
            server.shutdown()
            server.server_close()


class Origins(dict[str, str]):
    """Values for the template's parameters: the fields' origins, and nothing else matters here."""

    def __missing__(self, key: str) -> str:
        return key
