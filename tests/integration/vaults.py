"""A tenant whose dollars go to Authorize.Net and whose Canadian dollars go to CardConnect, with both simulators in process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.directory import MerchantAccount, Tenant
from duebook.domain.methods import SavedMethod
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import logger
from duebook.usecases.remove_method import RemovalRound, finish_removals
from local.processors.authorize_net import controls as authorize_net
from local.processors.authorize_net.in_process import InProcessTransport
from local.processors.authorize_net.ledger import Ledger as AuthorizeNetLedger
from local.processors.authorize_net.ledger import Merchant
from local.processors.authorize_net.simulator import AuthorizeNetSimulator
from local.processors.cardpointe import controls as cardpointe
from local.processors.cardpointe.in_process import InProcessRest
from local.processors.cardpointe.ledger import Ledger as CardPointeLedger
from local.processors.cardpointe.simulator import CardPointeSimulator
from tests.integration.api import Answer, StaffApi
from tests.integration.cloud import Cloud

SIGNATURE_KEY = "0123456789ABCDEF" * 8
USD, CAD = "USD", "CAD"
CARD = {"number": "4111111111111111", "expiry": "12/30", "cvv": "123", "postal_code": "84601"}
OTHER_CARD = CARD | {"number": "5424000000000015"}
BANK = {"routing": "121042882", "account": "123456789", "kind": "checking", "name": "Ann Lee"}


@dataclass
class Vaults:
    """Both processors as seen from outside and inside."""

    aws: Cloud
    usd: AuthorizeNetSimulator
    cad: CardPointeSimulator

    def control(self, currency: str, method: str, name: str, body: dict[str, Any]) -> Any:
        if currency == USD:
            return authorize_net.answer(self.usd, method, name, {}, body)
        return cardpointe.answer(self.cad, method, name, {}, body)

    def token(self, currency: str = USD, **card: str) -> str:
        return str(self.control(currency, "POST", "tokens", {"card": CARD | card})["token"])

    def bank_token(self, currency: str = USD, **account: str) -> str:
        return str(self.control(currency, "POST", "tokens", {"bank_account": BANK | account})["token"])

    def faults(self, currency: str, *faults: dict[str, Any]) -> None:
        self.control(currency, "PUT", "faults", {"faults": list(faults)})

    def calls(self, currency: str, operation: str) -> list[dict[str, Any]]:
        found = self.control(currency, "GET", "calls", {})["items"]
        return [call for call in found if call["operation"] == operation]

    def finish(self) -> RemovalRound:
        return finish_removals(wiring.method_desk(), timeout_seconds=5.0)


def open_vaults(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Vaults:
    """Make tenant ``ten_1`` with both processors, and ``ten_2`` with Authorize.Net."""
    monkeypatch.setenv("CARDPOINTE_URL", "http://127.0.0.1:8091")
    made = Vaults(aws, AuthorizeNetSimulator(AuthorizeNetLedger(), now=utc_now), CardPointeSimulator(CardPointeLedger(), now=utc_now))
    monkeypatch.setattr(wiring, "authorize_net_transport", lambda: InProcessTransport(made.usd))
    monkeypatch.setattr(wiring, "cardpointe_transport", lambda: InProcessRest(made.cad))
    for number in (1, 2):
        login, key = f"login{number}", f"key{number}"
        made.usd.ledger.put_merchant(Merchant(login, key, f"public{number}", USD, f"ten_{number}", signature_key=SIGNATURE_KEY))
        secret = {"api_login_id": login, "transaction_key": key, "signature_key": SIGNATURE_KEY}
        wiring.secret_store().write(f"ten_{number}", "ma_usd", secret)
    known = made.control(CAD, "POST", "merchants", {"tenant_id": "ten_1", "currency": CAD})["credentials"]
    wiring.secret_store().write("ten_1", "ma_cad", known)
    usd, cad = MerchantAccount("ma_usd", "authorize_net", USD), MerchantAccount("ma_cad", "cardpointe", CAD)
    aws.directory.add_tenant(Tenant("ten_1", "Acme Site Services", "America/New_York"), [usd, cad], [], "hash1")
    aws.directory.add_tenant(Tenant("ten_2", "Other Rentals", "UTC"), [usd], [], "hash2")
    return made


def log_of(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Have the process's log written where a test can read it."""
    stream = StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", stream)
    return stream


def saved(api: StaffApi, token: str, customer_id: str = "c1", **body: Any) -> Answer:
    """Save a card, unless told otherwise."""
    sent = {"token": token, "type": "card", "currency": USD, "payer": {"name": "Ann Lee", "postal_code": "84601"}, "consent": True}
    return api.post(f"/customers/{customer_id}/payment-methods", sent | body)


def listed(api: StaffApi, customer_id: str = "c1") -> list[dict[str, Any]]:
    """List a customer's methods."""
    items: list[dict[str, Any]] = api.get(f"/customers/{customer_id}/payment-methods").body["items"]
    return items


def stored(method_id: str, customer_id: str = "c1") -> SavedMethod:
    """Read a method as it is stored."""
    found = wiring.method_store().get("ten_1", customer_id, method_id)
    assert found is not None
    return found


def remove(api: StaffApi, method_id: str, customer_id: str = "c1") -> Answer:
    """Remove a method."""
    return api.call("DELETE", f"/customers/{customer_id}/payment-methods/{method_id}")


def void_by_hand(vaults: Vaults, reference: str) -> None:
    """Void at the gateway itself, as a merchant may in its own pages."""
    keys = {"name": "login1", "transactionKey": "key1"}
    body = {"merchantAuthentication": keys, "transactionRequest": {"transactionType": "voidTransaction", "refTransId": reference}}
    InProcessTransport(vaults.usd).post(json.dumps({"createTransactionRequest": body}).encode(), 5.0)


def charge_by_hand(vaults: Vaults, invoice_number: str) -> str:
    """Charge at the gateway itself; return its id of the charge."""
    card = {"cardNumber": CARD["number"], "expirationDate": "2030-12"}
    request = {
        "transactionType": "authCaptureTransaction",
        "amount": "12.50",
        "payment": {"creditCard": card},
        "order": {"invoiceNumber": invoice_number},
    }
    keys = {"name": "login1", "transactionKey": "key1"}
    body = {"createTransactionRequest": {"merchantAuthentication": keys, "transactionRequest": request}}
    answer = json.loads(InProcessTransport(vaults.usd).post(json.dumps(body).encode(), 5.0).decode("utf-8-sig"))
    assert answer["transactionResponse"]["responseCode"] == "1", answer
    return str(answer["transactionResponse"]["transId"])
