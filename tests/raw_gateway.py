"""A stranger at the simulated Authorize.Net: raw requests, no client of ours, no sockets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from duebook.domain.identifiers import order_id_of
from local.processors.authorize_net import controls
from local.processors.authorize_net.ledger import Ledger, Merchant
from local.processors.authorize_net.simulator import AuthorizeNetSimulator

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
BANK = {"routing": "121042882", "account": "123456789", "kind": "checking", "name": "Ann Lee"}
VISA = {"number": "4111111111111111", "expiry": "12/30", "cvv": "123", "postal_code": "84601"}
MASKED_CARD = {"creditCard": {"cardNumber": "XXXX1111", "expirationDate": "XXXX"}}
MASKED_BANK = {
    "bankAccount": {"accountType": "checking", "routingNumber": "XXXX2882", "accountNumber": "XXXX6789", "nameOnAccount": "Ann Lee"}
}


def payment_id(number: int) -> str:
    """A payment id as our own payments have one."""
    return f"01JZZZZZZZZZZZZZZZZZZZ{number:04d}"


@dataclass
class Gateway:
    """A simulator with a clock that stands, and one merchant at it."""

    now: datetime = NOON
    login: str = "login1"
    simulator: AuthorizeNetSimulator = field(init=False)

    def __post_init__(self) -> None:
        self.simulator = AuthorizeNetSimulator(Ledger(), now=lambda: self.now)
        self.simulator.ledger.put_merchant(Merchant("login1", "key1", "public1", "USD", "ten_1"))

    def later(self, **pause: float) -> None:
        self.now += timedelta(**pause)

    def control(self, method: str, name: str, body: dict[str, Any] | None = None) -> Any:
        return controls.answer(self.simulator, method, name, {}, body or {})

    def token(self, **bank_or_card: str) -> dict[str, Any]:
        """A payment element with a nonce: of a bank account with ``routing`` among the words, else of a card."""
        named = {"bank_account": bank_or_card} if "routing" in bank_or_card else {"card": VISA | bank_or_card}
        value = self.control("POST", "tokens", named)["token"]
        return {"opaqueData": {"dataDescriptor": "COMMON.ACCEPT.INAPP.PAYMENT", "dataValue": value}}

    def ask(self, root: str, **body: Any) -> dict[str, Any]:
        merchant = self.simulator.ledger.merchant(self.login)
        assert merchant is not None
        keys = {"name": merchant.api_login_id, "transactionKey": merchant.transaction_key}
        raw = self.simulator.handle(json.dumps({root: {"merchantAuthentication": keys, **body}}).encode())
        return dict(json.loads(raw.decode("utf-8-sig")))

    def transact(self, **request: Any) -> dict[str, Any]:
        """One transaction; its answer with what stands around it."""
        return self.ask("createTransactionRequest", transactionRequest=request)

    def charge(self, number: int = 1, amount: str = "25.00", payment: Any = None, **more: Any) -> dict[str, Any]:
        """A charge of the payment with this number, of a card unless told otherwise."""
        order_id = order_id_of(payment_id(number))
        request = {
            "transactionType": "authCaptureTransaction",
            "amount": amount,
            "payment": payment or self.token(),
            "order": {"invoiceNumber": order_id},
            **more,
        }
        return self.ask("createTransactionRequest", refId=order_id, transactionRequest=request)

    def charge_bank(self, number: int = 1, amount: str = "25.00", **account: str) -> dict[str, Any]:
        return self.charge(number, amount, self.token(**(BANK | account)))

    def details(self, trans_id: str) -> dict[str, Any]:
        return dict(self.ask("getTransactionDetailsRequest", transId=trans_id)["transaction"])

    def unsettled(self, status: str = "any") -> list[dict[str, Any]]:
        return list(self.ask("getUnsettledTransactionListRequest", status=status).get("transactions", []))

    def batches(self, days: float = 20) -> list[dict[str, Any]]:
        first, last = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (self.now - timedelta(days=days), self.now))
        asked = {"includeStatistics": True, "firstSettlementDate": first, "lastSettlementDate": last}
        return list(self.ask("getSettledBatchListRequest", **asked).get("batchList", []))

    def batch(self, batch_id: str) -> list[dict[str, Any]]:
        return list(self.ask("getTransactionListRequest", batchId=batch_id)["transactions"])


def response(answer: dict[str, Any]) -> dict[str, Any]:
    return dict(answer["transactionResponse"])


def reason(answer: dict[str, Any]) -> str:
    """The reason code of a transaction's answer."""
    found = response(answer)
    return str(found["errors"][0]["errorCode"] if "errors" in found else found["messages"][0]["code"])


def outer(answer: dict[str, Any]) -> str:
    """The code of the outer message."""
    return str(answer["messages"]["message"][0]["code"])
