"""Authorize.Net with its answers ready, for tests without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from duebook.domain.charges import Charge, TokenMethod
from duebook.domain.money import Money
from duebook.domain.payments import Payer
from duebook.processors.authorize_net import AuthorizeNet
from duebook.processors.credentials import AuthorizeNetCredentials, FixedCredentials

NOW = datetime(2026, 1, 5, 10, 20, 30, tzinfo=UTC)
KEYS = AuthorizeNetCredentials("login1", "0123456789abcdef", "public", "SIGNATURE")
CHARGE = Charge("p-000123", Money(1250, "USD"), TokenMethod("tok", "card"), Payer("Ann Lee", "a@b.test", "84601"), "c-77")


class Canned:
    """A transport with its answers ready; keeps what was sent."""

    def __init__(self, *answers: Mapping[str, Any] | bytes | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []

    def post(self, body: bytes, timeout_seconds: float) -> bytes:
        del timeout_seconds
        self.sent.append(json.loads(body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode("utf-8-sig")


def client(*answers: Mapping[str, Any] | bytes | Exception, currency: str = "USD") -> tuple[AuthorizeNet, Canned]:
    transport = Canned(*answers)
    processor = AuthorizeNet(
        transport=transport, credentials=FixedCredentials(KEYS), currency=currency, now=lambda: NOW, monotonic=lambda: 0.0
    )
    return processor, transport


def answered(code: str = "1", reason: str = "1", **changes: Any) -> dict[str, Any]:
    """An answer to a charge as the gateway writes it."""
    named = (
        {"messages": [{"code": reason, "description": "…"}]}
        if code in {"1", "4"}
        else {"errors": [{"errorCode": reason, "errorText": "…"}]}
    )
    transaction = {
        "responseCode": code,
        "authCode": "ABC123",
        "transId": "0" if code == "3" else "60000000001",
        "testRequest": "0",
        "accountNumber": "XXXX1111",
        "accountType": "Visa",
        **named,
        **changes,
    }
    return {"transactionResponse": transaction, "refId": "p-000123", "messages": {"resultCode": "Ok", "message": []}}


def refused(code: str) -> dict[str, Any]:
    return {"messages": {"resultCode": "Error", "message": [{"code": code, "text": "…"}]}}


def details(status: str = "capturedPendingSettlement", **changes: Any) -> dict[str, Any]:
    transaction = {
        "transId": "60000000001",
        "transactionType": "authCaptureTransaction",
        "transactionStatus": status,
        "responseReasonCode": 2 if status == "declined" else 1,
        "order": {"invoiceNumber": "p-000123"},
        "requestedAmount": 12.50,
        "authAmount": 12.50,
        "settleAmount": 12.50,
        "payment": {"creditCard": {"cardNumber": "XXXX1111", "cardType": "Visa"}},
        **changes,
    }
    return {"transaction": transaction, "transrefId": "p-000123", "messages": {"resultCode": "Ok"}}
