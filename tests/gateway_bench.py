"""A simulator of the CardPointe Gateway with its clock and one login, asked as a stranger would."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from local.processors.cardpointe import controls
from local.processors.cardpointe.ledger import Ledger
from local.processors.cardpointe.simulator import Answer, CardPointeSimulator

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
VISA = {"number": "4111111111111111", "expiry": "12/30", "cvv": "112", "postal_code": "84601"}
BANK = {"routing": "036001808", "account": "12345678", "kind": "checking", "name": "Ann Lee"}
Json = dict[str, Any]


class Gateway:
    """One simulator, one login with a merchant id for cards and one for bank accounts."""

    def __init__(self, currency: str = "USD", **merchant: str) -> None:
        self.at = NOON
        self.simulator = CardPointeSimulator(Ledger(), now=lambda: self.at)
        known = self.merchant("ten_1", currency, **merchant)
        self.mid, self.ach = known["merchant_id"], known.get("ach_merchant_id", "")
        self.credentials = known
        self.authorization = basic(known)

    def merchant(self, tenant_id: str, currency: str = "USD", **more: str) -> dict[str, str]:
        made: Any = self.control("POST", "merchants", {"tenant_id": tenant_id, "currency": currency, **more})
        return dict(made["credentials"])

    def later(self, **span: float) -> None:
        self.at += timedelta(**span)

    def control(self, method: str, name: str, body: Json | None = None) -> Any:
        return controls.answer(self.simulator, method, name, {}, body or {})

    def options(self, **options: object) -> None:
        self.control("PUT", "options", options)

    def faults(self, *faults: Json) -> None:
        self.control("PUT", "faults", {"faults": list(faults)})

    def settle(self) -> int:
        return int(self.control("POST", "settle")["settled"])

    def calls(self) -> list[Json]:
        return list(self.control("GET", "calls")["items"])

    def ledger(self) -> list[Json]:
        return list(self.control("GET", "ledger")["items"])

    def token(self, **card: str) -> str:
        return str(self.control("POST", "tokens", {"card": VISA | card})["token"])

    def bank_token(self, **account: str) -> str:
        return str(self.control("POST", "tokens", {"bank_account": BANK | account})["token"])

    def tokenize(self, body: Json) -> Json:
        answer = self.simulator.handle("POST", "/cardsecure/api/v1/ccn/tokenize", json.dumps(body).encode())
        return dict(json.loads(answer.body))

    def raw(self, method: str, path: str, body: Json | None = None) -> Answer:
        sent = b"" if body is None else json.dumps(body).encode()
        return self.simulator.handle(method, f"/cardconnect/rest/{path}", sent, self.authorization)

    def get(self, path: str) -> Any:
        return json.loads(self.raw("GET", path).body)

    def put(self, path: str, **fields: Any) -> Json:
        return dict(json.loads(self.raw("PUT", path, {"merchid": self.mid, **fields}).body))

    def auth_fields(self, order_id: str = "DB-1", token: str | None = None, **more: Any) -> Json:
        fields = {"merchid": self.mid, "amount": "12.50", "capture": "Y", "ecomind": "E", "receipt": "Y", "orderid": order_id}
        if "account" not in more:
            fields["account"] = self.token() if token is None else token
        return {name: value for name, value in {**fields, **more}.items() if value != ""}

    def auth(self, order_id: str = "DB-1", token: str | None = None, **more: Any) -> Json:
        return dict(json.loads(self.raw("PUT", "auth", self.auth_fields(order_id, token, **more)).body))

    def ach_auth(self, order_id: str = "DB-1", **more: Any) -> Json:
        return self.auth(order_id, **{"merchid": self.ach, "token": self.bank_token(), "accttype": "ECHK", "achEntryCode": "WEB", **more})


def basic(credentials: dict[str, str]) -> str:
    return "Basic " + base64.b64encode(f"{credentials['username']}:{credentials['password']}".encode()).decode()
