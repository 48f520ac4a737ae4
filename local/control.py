"""The `/local` controls: clock, reset, mails, runs on demand, tenants, simulators. Never deployed."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from local.aws import Cloud
from local.clock_file import frozen_at, local_now, parse_instant, rfc3339, set_clock
from local.mail_events import EVENT_TYPES, EventPublisher
from local.mail_store import MailStore, as_json
from local.web import Problem, Request, Response, json_response

RUNS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "settlement": ("settlement", {}),
    "run_schedules": ("run_schedules", {}),
    "audit": ("audit_ledger", {}),
    "past_due_notices": ("run_schedules", {"automation": "past_due_notices"}),
    "account_summaries": ("run_schedules", {"automation": "account_summary"}),
    "new_invoices": ("new_invoices", {}),
}
"""What ``POST /local/run/{name}`` invokes: name -> folder under functions/, and what its event says beside the body."""
_RUN_SECONDS = 60
_REFUSALS = ("ValidationError", "InvalidInputError", "UnprocessableError", "ConflictError", "AlreadyPostedError")
_DEFAULT_ACCOUNT = {"processor": "authorize_net", "currency": "USD"}


@dataclass(slots=True)
class Controls:
    """Answers below `/local`."""

    cloud: Cloud
    clock_file: Path
    mails: MailStore
    events: EventPublisher
    simulators: Mapping[str, str]
    """Name -> address of its control interface."""
    origin: str
    """Of the front door, where webhooks go."""
    seed: Callable[[], None]
    """Puts the demo data in."""
    forget_demo: Callable[[], None]
    """Forgets what was told about the demo data."""
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=8, retries=False, timeout=60))

    def respond(self, request: Request) -> Response:  # noqa: PLR0911 - a table of routes
        """Answer one control call.

        Raises:
            Problem: No such control, or it refuses.
        """
        match (request.method, request.path.strip("/").split("/")[1:]):
            case ("GET", ["clock"]):
                return self._clock()
            case ("PUT", ["clock"]):
                return self._set_clock(request.json())
            case ("POST", ["reset"]):
                return self.reset(demo=bool(request.json().get("demo", False)))
            case ("GET", ["mail"]):
                oldest_first = reversed(self.mails.newest_first())
                return json_response({"items": [as_json(self.mails, mail) for mail in oldest_first]})
            case ("PUT", ["mail", "options"]):
                return self._mail_options(request.json())
            case ("POST", ["mail", mail_id, "events"]):
                return self._mail_event(mail_id, request.json())
            case ("POST", ["run", name]) if name in RUNS:
                return self._run(*RUNS[name], request.json())
            case ("POST", ["tenants"]):
                return self.create_tenant(request.json())
            case (_, ["processors", name, *rest]) if name in self.simulators:
                return self._simulator(name, "/".join(rest), request)
        raise Problem(404, "not_found", f"There is no control {request.method} {request.path}.")

    def _clock(self) -> Response:
        frozen = frozen_at(self.clock_file)
        return json_response({"now": rfc3339(local_now(self.clock_file)), "frozen": frozen is not None})

    def _set_clock(self, body: dict[str, Any]) -> Response:
        if "now" not in body:
            raise Problem(422, "invalid_input", "The body needs now: an RFC 3339 instant, or null to let time run.")
        moment = None
        if body["now"] is not None:
            try:
                moment = parse_instant(str(body["now"]))
            except ValueError as error:
                raise Problem(422, "invalid_input", f"now: {error}") from error
        set_clock(self.clock_file, moment)
        return self._clock()

    def reset(self, *, demo: bool) -> Response:
        """Empty the whole local cloud, and seed it when asked to."""
        set_clock(self.clock_file, None)
        self.events.auto_delivery = True
        self.cloud.empty()
        for name in self.simulators:
            self._call_simulator(name, "POST", "reset", b"{}")
        self.mails.clear()
        self.forget_demo()
        # What a handler or an execution wrote while it was being stopped.
        self.cloud.empty()
        if demo:
            self.seed()
        return json_response({"demo": demo})

    def _mail_options(self, body: dict[str, Any]) -> Response:
        wanted = body.get("auto_delivery")
        if not isinstance(wanted, bool):
            raise Problem(422, "invalid_input", "auto_delivery is true or false.")
        self.events.auto_delivery = wanted
        return json_response({"auto_delivery": wanted})

    def _mail_event(self, mail_id: str, body: dict[str, Any]) -> Response:
        event, bounce_type = body.get("type"), body.get("bounce_type", "hard")
        if event not in EVENT_TYPES or bounce_type not in {"hard", "soft"}:
            raise Problem(422, "invalid_input", f"type is one of {', '.join(EVENT_TYPES)}; bounce_type is hard or soft.")
        mail = self.mails.find(mail_id)
        if mail is None:
            raise Problem(404, "not_found", f"There is no mail {mail_id}.")
        self.events.report(event, mail, bounce_type)
        return json_response({"id": mail.id, "type": event}, 202)

    def _run(self, folder: str, event: dict[str, Any], body: dict[str, Any]) -> Response:
        """Run a function now and wait for it and for every execution; say so when that takes too long."""
        deadline = time.monotonic() + _RUN_SECONDS
        runner = ThreadPoolExecutor(1)
        running = runner.submit(self.cloud.invoke, folder, {**body, **event, "on_demand": True})
        runner.shutdown(wait=False)
        try:
            answer = running.result(_RUN_SECONDS)
        except TimeoutError:
            return json_response({"ended": False}, 202)
        ended = self.cloud.wait_for_executions(deadline - time.monotonic())
        return json_response({"ended": ended, "answer": answer}, 200 if ended else 202)

    def create_tenant(self, body: dict[str, Any]) -> Response:
        """Make a tenant with one member of staff and, unless told otherwise, one merchant account in USD."""
        name = body.get("name")
        if not isinstance(name, str) or not name.strip():
            raise Problem(422, "invalid_input", "A tenant needs a name.")
        suffix = secrets.token_hex(3)
        staff = body.get("staff") or {"email": f"staff-{suffix}@{_slug(name)}.example", "password": secrets.token_urlsafe(12)}
        accounts = [_with_credentials(one) for one in body.get("merchant_accounts", [_DEFAULT_ACCOUNT])]
        event = {
            "time_zone": "America/New_York",
            "plan": "pro",
            "support": {"email": f"office@{_slug(name)}.example", "phone": "+1 555 0100"},
            **body,
            "name": name,
            "staff": [{"name": staff.get("name", "Sam Office"), "role": "admin", **staff}],
            "merchant_accounts": accounts,
        }
        try:
            made = self.cloud.invoke("create_tenant", event)
        except Problem as problem:
            if problem.detail.startswith(_REFUSALS):
                raise Problem(422, "invalid_input", problem.detail) from problem
            raise
        for account in accounts:
            if account["processor"] in self.simulators:
                self._register(made["tenant_id"], account)
        return json_response({**made, "staff": {"email": staff["email"], "password": staff["password"]}}, 201)

    def _register(self, tenant_id: str, account: dict[str, Any]) -> None:
        """Tell the simulator whose merchant account this is, so that its calls can be told apart."""
        merchant = {"tenant_id": tenant_id, "currency": account["currency"], **account["credentials"]}
        if account["processor"] == "authorize_net":
            merchant["webhook_url"] = f"{self.origin}/api/webhooks/authorize-net/{tenant_id}"
        body = json.dumps(merchant).encode()
        answer = self._call_simulator(account["processor"], "POST", "merchants", body)
        if answer.status >= 300:
            raise Problem(502, "simulator_failed", f"The simulator {account['processor']} does not take the merchant account.")

    def _simulator(self, name: str, rest: str, request: Request) -> Response:
        query = request.target.partition("?")[2]
        answer = self._call_simulator(name, request.method, f"{rest}?{query}" if query else rest, request.body())
        kind = answer.headers.get("Content-Type", "application/json")
        return Response(answer.status, answer.data, (("Content-Type", kind),))

    def _call_simulator(self, name: str, method: str, rest: str, body: bytes) -> urllib3.BaseHTTPResponse:
        address = f"{self.simulators[name]}/{rest}"
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            # A body that came with a GET would be left unread there, and be taken for the next request on this connection.
            return self.http.request(method, address, body=(body or None) if method != "GET" else None, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise Problem(502, "simulator_failed", f"The simulator {name} does not answer: {error}") from error


def _with_credentials(account: dict[str, Any]) -> dict[str, Any]:
    if account.get("credentials"):
        return account
    made = _cardpointe_login(account.get("currency")) if account.get("processor") == "cardpointe" else _authorize_net_login()
    return {**account, "credentials": made}


def _authorize_net_login() -> dict[str, str]:
    return {
        "api_login_id": f"login{secrets.token_hex(6)}",
        "transaction_key": secrets.token_hex(8),
        "public_client_key": secrets.token_hex(24),
        "signature_key": secrets.token_hex(64).upper(),
    }


def _cardpointe_login(currency: object) -> dict[str, str]:
    """Make a login; in USD with a second merchant id, for bank accounts."""
    login = {
        "merchant_id": f"8{secrets.randbelow(10**11):011d}",
        "username": f"login{secrets.token_hex(6)}",
        "password": secrets.token_urlsafe(16),
    }
    return {**login, "ach_merchant_id": f"8{secrets.randbelow(10**11):011d}"} if currency == "USD" else login


def _slug(name: str) -> str:
    words = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in words.split("-") if part) or "tenant"
