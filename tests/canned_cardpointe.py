"""The CardPointe Gateway with its answers ready, for tests without a network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from duebook.domain.charges import BANK_ACCOUNT, CARD, Charge, ChargeMethod, TokenMethod
from duebook.domain.money import Money
from duebook.domain.payments import Payer
from duebook.domain.processing import ChargeRef, RefundOrder
from duebook.processors.cardpointe import CardPointe
from duebook.processors.credentials import CardPointeCredentials, CredentialSource, FixedCredentials
from duebook.processors.rest_transport import RestAnswer

NOW = datetime(2026, 1, 5, 10, 20, 30, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)
KEYS = CardPointeCredentials("800000000001", "testing", "testing123", "800000000002")
ORDER = "DB-000000000000A123"
REFUND_ORDER = "R1-000000000000A123"
TOKEN, BANK_TOKEN = "9411000000081111", "9036001808016789"
ANN = Payer("Ann Lee", "a@b.test", "84601")


@dataclass(frozen=True)
class Sent:
    """One request as it went out."""

    method: str
    path: str
    fields: dict[str, Any]
    authorization: str
    timeout_seconds: float


class Canned:
    """A transport with its answers ready; keeps what was sent. A bare answer comes with status 200, an int is a status alone."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.sent: list[Sent] = []

    def send(self, method: str, path: str, body: bytes | None, *, authorization: str, timeout_seconds: float) -> RestAnswer:
        self.sent.append(Sent(method, path, json.loads(body) if body else {}, authorization, timeout_seconds))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, RestAnswer):
            return answer
        if isinstance(answer, int):
            return RestAnswer(answer, b"Unauthorized")
        return RestAnswer(200, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    @property
    def paths(self) -> list[str]:
        return [f"{sent.method} {sent.path.removeprefix('/cardconnect/rest/')}" for sent in self.sent]


def client(
    *answers: object,
    currency: str = "USD",
    credentials: CredentialSource[CardPointeCredentials] | None = None,
    keys: CardPointeCredentials = KEYS,
) -> tuple[CardPointe, Canned]:
    transport = Canned(*answers)
    source = credentials or FixedCredentials(keys)
    return CardPointe(transport=transport, credentials=source, currency=currency, now=lambda: NOW, monotonic=lambda: 0.0), transport


def a_charge(
    method: ChargeMethod | None = None, minor: int = 1250, currency: str = "USD", order_id: str = ORDER, payer: Payer = ANN
) -> Charge:
    return Charge(order_id, Money(minor, currency), method or TokenMethod(TOKEN, CARD), payer, "c-77")


def a_bank_charge(account_kind: str | None = "checking", **more: Any) -> Charge:
    return a_charge(TokenMethod(BANK_TOKEN, BANK_ACCOUNT, account_kind), **more)


def a_charge_ref(reference: str = "100000000001", minor: int = 1250, method_type: str = CARD) -> ChargeRef:
    return ChargeRef(ORDER, reference, Money(minor, "USD"), method_type, "1111", LONG_AGO)


def a_refund(minor: int = 1250, reference: str = "100000000001", currency: str = "USD", order_id: str = REFUND_ORDER) -> RefundOrder:
    return RefundOrder(order_id, a_charge_ref(reference), Money(minor, currency))


def answered(stat: str = "A", code: str = "00", host: str = "FNOR", **changes: Any) -> dict[str, Any]:
    """An answer to a charge as the gateway writes it, fields nobody documented among the others."""
    fields = {
        "zz9": {"random": ["1", {"deep": None}]},
        "respproc": host,
        "amount": "12.50" if stat == "A" else "0.00",
        "resptext": "…",
        "retref": "100000000001",
        "respcode": code,
        "token": TOKEN,
        "account": TOKEN,
        "merchid": KEYS.merchant_id,
        "orderId": ORDER,
        "respstat": stat,
        "k1": 17,
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def bank_answered(stat: str = "A", code: str = "00", host: str = "PSTR", **changes: Any) -> dict[str, Any]:
    token = {"token": BANK_TOKEN, "account": BANK_TOKEN}
    return answered(stat, code, host, **{"merchid": KEYS.ach_merchant_id, **token, **changes})


def record(status: str | None = "Queued for Capture", **changes: Any) -> dict[str, Any]:
    """An answer to inquire."""
    shown = {"setlstat": status, "lastfour": "1111", "currency": "USD", "authdate": "20260105", "voidable": "Y"}
    stat, code = changes.pop("respstat", "A"), changes.pop("respcode", "00")
    return answered(stat, code, changes.pop("respproc", "FNOR"), **{"amount": "12.50", **shown, **changes})


def missing(code: str = "29") -> dict[str, Any]:
    return {"respstat": "C", "respcode": code, "resptext": "Txn not found", "respproc": "PPS", "retref": "999999999999"}
