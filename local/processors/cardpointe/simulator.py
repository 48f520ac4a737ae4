"""The gateway in one object: a request in, an answer out, as the real endpoints would write it."""

from __future__ import annotations

import base64
import binascii
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from local.processors.authorize_net.faults import Fault, Faults
from local.processors.cardpointe import authorisations, changes, funding, inquiries, profiles, settlement, tokens
from local.processors.cardpointe.ledger import Ledger, Mid
from local.processors.cardpointe.messages import (
    Answered,
    BadRequestError,
    Call,
    InvalidAmountError,
    NotFoundError,
    UnauthorizedError,
    jumbled,
    minor,
    shown,
)

REST, CARDSECURE = "/cardconnect/rest", "/cardsecure/api/v1"
JSON, TEXT, HTML = "application/json", "text/plain;charset=UTF-8", "text/html;charset=UTF-8"
HUGE_BYTES = 6 * 1024 * 1024
RATED = frozenset({"funding", "inquire", "profile", "settlestat"})
_MANNERS = {"drop_before": "drop", "drop_after": "drop", "timeout_after": "hang", "slow_drip": "drip"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes over the wire, and how.

    Args:
        status: HTTP status.
        content_type: Of the body.
        body: As sent.
        headers: More of them.
        manner: Empty, or ``drop`` (no answer, connection cut), ``hang`` (no answer for long), ``drip`` (byte by byte).
        wait_seconds: Before anything is sent.
    """

    status: int
    content_type: str = JSON
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    manner: str = ""
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers a path: its function, the name of its calls, and which parts of the path lead to the merchant id.

    Args:
        answer: The function.
        operation: As the list of calls and the faults name it; None for what is not counted.
        merchant_at: Index of the merchant id in the path; None when it stands in the body or the query.
    """

    answer: Callable[[Call], Answered]
    operation: str | None
    merchant_at: int | None = None


_WRITES = {
    "auth": Endpoint(authorisations.authorise, "charge"),
    "capture": Endpoint(authorisations.capture, "capture"),
    "void": Endpoint(changes.void, "void"),
    "voidByOrderId": Endpoint(changes.void_by_order_id, "void"),
    "refund": Endpoint(changes.refund, "refund"),
    "profile": Endpoint(profiles.put, "store_method"),
    "settlestatByBatchSource": Endpoint(settlement.settlestat_by_source, "report"),
}
ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    **{(method, name): endpoint for name, endpoint in _WRITES.items() for method in ("PUT", "POST")},
    ("GET", "inquire"): Endpoint(inquiries.inquire, "inquire", 1),
    ("GET", "inquireByOrderid"): Endpoint(inquiries.inquire_by_order_id, "inquire", 1),
    ("GET", "inquireMerchant"): Endpoint(inquiries.inquire_merchant, "test", 0),
    ("GET", "bin"): Endpoint(inquiries.bin_of, None, 0),
    ("GET", "profile"): Endpoint(profiles.get, "inquire", 2),
    ("DELETE", "profile"): Endpoint(profiles.delete, "delete_method", 2),
    ("GET", "settlestat"): Endpoint(settlement.settlestat, "report"),
    ("GET", "funding"): Endpoint(funding.funding, "report"),
}


class CardPointeSimulator:
    """The CardPointe Gateway with CardSecure: ``handle`` is its whole API.

    Args:
        ledger: Its books; in memory when left out.
        now: Its clock (aware, UTC).
    """

    def __init__(self, ledger: Ledger | None = None, now: Callable[[], datetime] | None = None) -> None:
        self.ledger = ledger or Ledger()
        self.faults = Faults()
        self.now = now or (lambda: datetime.now(UTC))
        self._chance = random.Random(1)  # noqa: S311 - noise for clients, no secret
        self._closed_at: datetime | None = None
        self._asked_at: list[datetime] = []

    def handle(self, method: str, target: str, body: bytes, authorization: str = "") -> Answer:
        """Answer one request below ``/cardconnect/rest`` or ``/cardsecure/api/v1``."""
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        try:
            with self.ledger.lock:
                if path.startswith(f"{REST}/"):
                    return self._rest(method, path.removeprefix(f"{REST}/"), query, body, authorization)
                return self._cardsecure(method, path, body)
        except UnauthorizedError:
            return Answer(HTTPStatus.UNAUTHORIZED, TEXT, b"Unauthorized", (("WWW-Authenticate", 'Basic realm="CardConnect"'),))
        except BadRequestError:
            return self._error(HTTPStatus.BAD_REQUEST, path)
        except NotFoundError:
            return self._error(HTTPStatus.NOT_FOUND, path)

    def close_batches_by_clock(self) -> None:
        """Settle what was captured before the last close of the gateway's day."""
        if self.ledger.options().get("auto_settle") is False:
            return
        closed_at = settlement.last_close(self.now())
        if closed_at == self._closed_at:
            return
        for mid in self.ledger.mids():
            settlement.settle(self.ledger, mid, closed_at, captured_before=closed_at)
        self._closed_at = closed_at

    def _cardsecure(self, method: str, path: str, body: bytes) -> Answer:
        match (method, path.removeprefix(f"{CARDSECURE}/")):
            case (_, "echo"):
                return Answer(HTTPStatus.OK, TEXT, body or b"CardSecure is alive")
            case ("POST", "ccn/tokenize"):
                try:
                    return self._json(tokens.answer(self.ledger, _object(body), self.now()), noisy=False)
                except BadRequestError:
                    return self._json({"message": tokens.ERRORS[76], "errorcode": 76}, noisy=False)
        raise NotFoundError

    def _rest(self, method: str, path: str, query: dict[str, str], body: bytes, authorization: str) -> Answer:
        name, *parts = (unquote(part) for part in path.split("/"))
        if not name and method in {"PUT", "GET"}:
            self._mid(authorization, str(_object(body).get("merchid", "")) if method == "PUT" else None)
            return Answer(
                HTTPStatus.OK,
                HTML,
                b"<html><head><title>CardConnect REST Servlet</title></head><body>CardConnect REST Servlet</body></html>",
            )
        endpoint = ENDPOINTS.get((method, name))
        if endpoint is None:
            raise NotFoundError
        limited = self._limited(name) if method == "GET" else None
        if limited is not None:
            return limited
        fields: Mapping[str, Any] = query if method in {"GET", "DELETE"} else _object(body)
        if endpoint.merchant_at is None:
            merchant_id = fields.get("merchid")
        else:
            merchant_id = parts[endpoint.merchant_at] if len(parts) > endpoint.merchant_at else None
        mid = self._mid(authorization, merchant_id if isinstance(merchant_id, str) else "")
        self.close_batches_by_clock()
        return self._carried_out(endpoint, Call(self.ledger, mid, tuple(parts), fields, self.now()))

    def _carried_out(self, endpoint: Endpoint, call: Call) -> Answer:
        fault = self.faults.take(endpoint.operation, call.mid.tenant_id) if endpoint.operation else None
        if fault is not None and fault.kind == "drop_before":
            return Answer(HTTPStatus.OK, manner="drop")
        forced = (fault.kind, fault.code) if fault is not None and fault.kind in {"decline", "review"} else None
        answered = endpoint.answer(replace(call, forced=forced))
        if endpoint.operation:
            self.ledger.add_call(_record(endpoint.operation, call, answered))
        return self._faulty(self._json(answered.content, waits=answered.wait_seconds), answered, fault)

    def _faulty(self, answer: Answer, answered: Answered, fault: Fault | None) -> Answer:
        match fault.kind if fault is not None else "":
            case "drop_after" | "timeout_after" | "slow_drip" as kind:
                return replace(answer, manner=_MANNERS[kind])
            case "error_500_after":
                return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, HTML, b"<html><body><h1>HTTP Status 500</h1></body></html>")
            case "wrong_amount" if isinstance(answered.content, dict) and "amount" in answered.content:
                return self._json({**answered.content, "amount": shown(_minor_or_zero(answered.content["amount"]) + 100)})
            case "garbage":
                return replace(answer, body=b'\x00{"respstat":"A","retr')
            case "huge":
                return replace(answer, body=answer.body[:-1] + b" " * HUGE_BYTES + answer.body[-1:])
        return answer

    def _mid(self, authorization: str, merchant_id: str | None) -> Mid:
        """Return the merchant id that the login may use; with None any of the login.

        Raises:
            UnauthorizedError: Wrong credentials or merchant id.
        """
        scheme, _, encoded = authorization.partition(" ")
        try:
            username, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise UnauthorizedError from None
        known = [mid for mid in self.ledger.mids(username) if mid.password == password]
        found = next((mid for mid in known if merchant_id in {None, mid.merchant_id}), None)
        if scheme.lower() != "basic" or found is None:
            raise UnauthorizedError
        return found

    def _limited(self, name: str) -> Answer | None:
        allowed = self.ledger.options().get("rate_limit_per_minute")
        if name not in RATED or not allowed:
            return None
        now = self.now()
        self._asked_at = [at for at in self._asked_at if 0 <= (now - at).total_seconds() < 60]
        if len(self._asked_at) < int(allowed):
            self._asked_at.append(now)
            return None
        wait = max(1, 60 - int((now - self._asked_at[0]).total_seconds()))
        headers = (("X-Rate-Limit-Retry-After-Seconds", str(wait)), ("X-Rate-Limit-Remaining", "0"))
        return replace(self._error(HTTPStatus.TOO_MANY_REQUESTS, name), headers=headers)

    def _json(self, content: Any, *, noisy: bool = True, waits: float = 0.0) -> Answer:
        if isinstance(content, str):
            return Answer(HTTPStatus.OK, TEXT, content.encode(), wait_seconds=waits)
        if noisy and self.ledger.options().get("noise", True):
            content = jumbled(content, self._chance)
        return Answer(HTTPStatus.OK, JSON, json.dumps(content).encode(), wait_seconds=waits)

    def _error(self, status: HTTPStatus, path: str) -> Answer:
        at = self.now().isoformat(timespec="milliseconds")
        told = {"timestamp": at, "status": int(status), "error": status.phrase, "path": path}
        return Answer(status, JSON, json.dumps(told).encode())


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body) if body else {}
    except (ValueError, RecursionError) as error:
        raise BadRequestError from error
    if not isinstance(read, dict):
        raise BadRequestError
    return read


def _record(operation: str, call: Call, answered: Answered) -> dict[str, object]:
    amount = answered.amount_minor
    return {
        "operation": operation,
        "amount": amount,
        "currency": call.mid.currency,
        "outcome": answered.outcome,
        "order_id": answered.order_id,
        "tenant_id": call.mid.tenant_id,
        "at": call.now.isoformat(),
    }


def _minor_or_zero(written: object) -> int:
    try:
        return minor(str(written))
    except InvalidAmountError:
        return 0
