"""A simulator of Authorize.Net with its clock and its merchants, for tests over real sockets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from duebook.domain.charges import Charge, TokenMethod
from duebook.domain.money import Money
from duebook.domain.payments import Payer
from duebook.processors.authorize_net import AuthorizeNet
from duebook.processors.credentials import AuthorizeNetCredentials, FixedCredentials
from duebook.processors.transport import HttpTransport
from local.processors.authorize_net.server import SimulatorServer

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
VISA = {"number": "4111111111111111", "expiry": "12/30", "cvv": "123", "postal_code": "84601"}


@dataclass
class Bench:
    """A simulator with its clock, and merchants at it."""

    server: SimulatorServer
    clock_file: Path

    def at(self, moment: datetime) -> None:
        self.clock_file.write_text(moment.isoformat())

    def control(self, method: str, name: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.server.origin}/local/{name}", data, method=method)) as answer:
            return json.load(answer)

    def merchant(self, tenant_id: str = "ten_1", currency: str = "USD", **more: object) -> AuthorizeNetCredentials:
        answer = self.control("POST", "merchants", {"tenant_id": tenant_id, "currency": currency, **more})
        return AuthorizeNetCredentials.from_secret(answer["credentials"])

    def client(self, credentials: AuthorizeNetCredentials, currency: str = "USD") -> AuthorizeNet:
        return AuthorizeNet(
            transport=HttpTransport(self.server.api_url),
            credentials=FixedCredentials(credentials),
            currency=currency,
            now=self.server.simulator.now,
        )

    def token(self, **card: str) -> str:
        return str(self.control("POST", "tokens", {"card": VISA | card})["token"])

    def faults(self, *faults: dict[str, object]) -> None:
        self.control("PUT", "faults", {"faults": list(faults)})

    def calls(self, tenant_id: str = "ten_1") -> list[dict[str, Any]]:
        return list(self.control("GET", f"calls?tenant_id={tenant_id}")["items"])


def an_order(token: str, order_id: str = "p-1", minor: int = 1250, currency: str = "USD") -> Charge:
    return Charge(order_id, Money(minor, currency), TokenMethod(token, "card"), Payer("José Müller-李", "a@b.test", None), "c-1")


def minted(bench: Bench, keys: AuthorizeNetCredentials) -> str:
    """A token as the hosted field makes it."""
    request = {
        "securePaymentContainerRequest": {
            "merchantAuthentication": {"name": keys.api_login_id, "clientKey": keys.public_client_key},
            "data": {
                "type": "TOKEN",
                "id": "11111111-2222-4333-8444-555555555555",
                "token": {"cardNumber": "4111111111111111", "expirationDate": "122030", "cardCode": "123", "zip": "84601"},
            },
        }
    }
    return str(asked(bench, json.dumps(request).encode())["opaqueData"]["dataValue"])


def asked(bench: Bench, body: bytes) -> dict[str, Any]:
    """Put a raw request to the endpoint, as a stranger would."""
    request = Request(bench.server.api_url, body, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        raw = answer.read()
    assert raw.startswith(b"\xef\xbb\xbf")
    return dict(json.loads(raw.decode("utf-8-sig")))


def transaction(keys: AuthorizeNetCredentials, request: dict[str, Any]) -> bytes:
    merchant = {"name": keys.api_login_id, "transactionKey": keys.transaction_key}
    body = {"merchantAuthentication": merchant, "transactionRequest": request}
    return json.dumps({"createTransactionRequest": body}).encode()
