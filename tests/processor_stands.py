"""Both processors behind one face: a simulator on a socket, our client of it, and the levers that tests pull."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.request import Request, urlopen

from duebook.domain.charges import BANK_ACCOUNT, CARD, Charge, ChargeMethod, TokenMethod
from duebook.domain.identifiers import order_id_of, refund_order_id_of
from duebook.domain.money import Money
from duebook.domain.payments import Evidence, Payer
from duebook.domain.processing import ChargeRef, ProcessorRecord, RefundOrder
from duebook.ports import PaymentProcessor
from duebook.processors.authorize_net import AuthorizeNet
from duebook.processors.cardpointe import CardPointe
from duebook.processors.credentials import AuthorizeNetCredentials, CardPointeCredentials, FixedCredentials
from duebook.processors.rest_transport import RestTransport
from duebook.processors.transport import HttpTransport
from local.clock_file import local_now
from local.processors.authorize_net import server as authorize_net
from local.processors.cardpointe import server as cardpointe

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
PAYMENT, OTHER_PAYMENT = "pay_01KE6Q3ZJ8V5RXA2M7T4N9PW0H", "pay_01KE6Q3ZJ8V5RXA2M7T4N9PW1J"
ORDER = order_id_of(PAYMENT)
AMOUNT = Money(1250, "USD")
VISA = {"number": "4111111111111111", "expiry": "12/30", "cvv": "123", "postal_code": "84601"}
CHECKING = {"routing": "036001808", "account": "0123456789", "kind": "checking", "name": "Ann Lee"}
DECLINED: Mapping[str, Mapping[str, str]] = {
    "authorize_net": {"postal_code": "46282"},
    "cardpointe": {"number": "4387751111111038"},
}
"""What makes the bank behind each processor say no, as in their sandboxes."""


class Server(Protocol):
    """A running simulator."""

    @property
    def origin(self) -> str:
        """Its own origin."""
        ...

    def start(self) -> None:
        """Serve."""
        ...

    def stop(self) -> None:
        """Stop serving."""
        ...


@dataclass
class Stand:
    """A processor with one merchant.

    Args:
        name: ``authorize_net`` or ``cardpointe``.
        server: The simulator.
        clock_file: Its clock, and the client's.
        processor: Our client, as the rest of Duebook sees it.
        with_keys: Makes such a client with another secret key.
    """

    name: str
    server: Server
    clock_file: Path
    processor: PaymentProcessor
    with_keys: Callable[[str], PaymentProcessor]

    def later(self, **span: float) -> None:
        """Let time go by."""
        self.clock_file.write_text((local_now(self.clock_file) + timedelta(**span)).isoformat())

    def control(self, method: str, name: str, body: object = None) -> Any:
        """Pull a lever of the simulator."""
        return control(self.server, method, name, body)

    def fault(self, operation: str, kind: str, code: str | None = None) -> None:
        """Let the next call of a kind go wrong."""
        self.control("PUT", "faults", {"faults": [{"operation": operation, "fault": kind, "code": code, "times": 1}]})

    def card(self, **changes: str) -> TokenMethod:
        """A token of a card as the hosted field makes it."""
        return TokenMethod(str(self.control("POST", "tokens", {"card": VISA | changes})["token"]), CARD)

    def declined_card(self) -> TokenMethod:
        """A token of a card whose bank says no."""
        return self.card(**DECLINED[self.name])

    def bank_account(self) -> TokenMethod:
        """A token of a bank account."""
        return TokenMethod(str(self.control("POST", "tokens", {"bank_account": CHECKING})["token"]), BANK_ACCOUNT, "checking")

    def charge(self, method: ChargeMethod | None = None, minor: int = 1250, payment_id: str = PAYMENT, seconds: float = 5) -> Evidence:
        """Charge for a payment of ours."""
        return self.processor.charge(a_charge(method or self.card(), minor, payment_id), timeout_seconds=seconds)

    def inquire(self, payment_id: str = PAYMENT) -> Evidence | None:
        """Ask for the payment's charge, when it can no longer be on its way."""
        self.later(minutes=1)
        return self.processor.inquire(order_id_of(payment_id), submitted_at=NOON, timeout_seconds=20)

    def settle(self) -> None:
        """Close the open batches, some hours on."""
        self.later(hours=6)
        self.control("POST", "settle", {})

    def void(self, charge: ChargeRef, seconds: float = 5) -> Evidence:
        """Void a charge."""
        return self.processor.void(charge, timeout_seconds=seconds)

    def refund(self, refund: RefundOrder, seconds: float = 5) -> Evidence:
        """Give a part or all of a charge back."""
        return self.processor.refund(refund, timeout_seconds=seconds)

    def inquire_refund(self, refund: RefundOrder) -> Evidence | None:
        """Ask for a refund, when it can no longer be on its way."""
        self.later(minutes=1)
        return self.processor.inquire_refund(refund, submitted_at=NOON, timeout_seconds=20)

    def stranger(self) -> PaymentProcessor:
        """Our client with the key of somebody else."""
        return self.with_keys("0000000000000000")

    def records(self) -> list[ProcessorRecord]:
        """Read the books from the first charge until now."""
        until = local_now(self.clock_file) + timedelta(minutes=1)
        return list(self.processor.records(NOON - timedelta(hours=1), until, timeout_seconds=30))

    def calls(self, operation: str) -> int:
        """Count what the processor carried out."""
        return [call["operation"] for call in self.control("GET", "calls?tenant_id=ten_1")["items"]].count(operation)


def found(evidence: Evidence | None) -> Evidence:
    """Evidence that must be there."""
    assert evidence is not None
    return evidence


def a_charge(method: ChargeMethod, minor: int = 1250, payment_id: str = PAYMENT, currency: str = "USD") -> Charge:
    """A charge of ours."""
    return Charge(order_id_of(payment_id), Money(minor, currency), method, Payer("Ann Lee", "a@b.test", "84601"), "c-77")


def ref(evidence: Evidence, method_type: str = CARD, minor: int = 1250, payment_id: str = PAYMENT) -> ChargeRef:
    """How the rest of Duebook names a charge that stands."""
    assert evidence.reference is not None
    return ChargeRef(order_id_of(payment_id), evidence.reference, Money(minor, "USD"), method_type, evidence.last4, NOON)


def a_refund(charge: ChargeRef, minor: int, number: int = 1, payment_id: str = PAYMENT) -> RefundOrder:
    """A refund of ours."""
    return RefundOrder(refund_order_id_of(payment_id, number), charge, Money(minor, "USD"))


def open_stand(name: str, state_dir: Path, currency: str = "USD", **merchant: object) -> Stand:
    """Start a simulator with one merchant and make our client of it."""
    clock_file = state_dir / "clock"
    clock_file.write_text(NOON.isoformat())
    make = {"authorize_net": authorize_net.create_server, "cardpointe": cardpointe.create_server}[name]
    server: Any = make("127.0.0.1", 0, state_dir, clock_file)
    server.start()
    control(server, "PUT", "options", {"auto_settle": False})
    keys = control(server, "POST", "merchants", {"tenant_id": "ten_1", "currency": currency, **merchant})["credentials"]

    def now() -> datetime:
        return local_now(clock_file)

    def at_authorize_net(key: str) -> PaymentProcessor:
        login = FixedCredentials(AuthorizeNetCredentials.from_secret(keys | {"transaction_key": key}))
        return AuthorizeNet(transport=HttpTransport(server.api_url), credentials=login, currency=currency, now=now)

    def at_cardpointe(key: str) -> PaymentProcessor:
        login = FixedCredentials(CardPointeCredentials.from_secret(keys | {"password": key}))
        return CardPointe(transport=RestTransport(server.origin), credentials=login, currency=currency, now=now)

    if name == "authorize_net":
        return Stand(name, server, clock_file, at_authorize_net(keys["transaction_key"]), at_authorize_net)
    return Stand(name, server, clock_file, at_cardpointe(keys["password"]), at_cardpointe)


def control(server: Server, method: str, name: str, body: object = None) -> Any:
    """Ask a simulator's control API."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{server.origin}/local/{name}", data, method=method)) as answer:
        return json.load(answer)
