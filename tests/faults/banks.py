"""The two simulated processors as a story needs them: tokens, settlement, what banks do later, and what their own books say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from duebook.domain.payments import PaymentState
from duebook.processors.rest_transport import Rest
from duebook.processors.transport import Transport
from local.processors.authorize_net import controls as authorize_net_controls
from local.processors.authorize_net.in_process import InProcessTransport
from local.processors.authorize_net.ledger import Ledger as AuthorizeNetLedger
from local.processors.authorize_net.simulator import AuthorizeNetSimulator
from local.processors.cardpointe import controls as cardpointe_controls
from local.processors.cardpointe.in_process import InProcessRest
from local.processors.cardpointe.ledger import Ledger as CardPointeLedger
from local.processors.cardpointe.ledger import Mid
from local.processors.cardpointe.simulator import CardPointeSimulator
from tests.faults.hooks import FaultyRest, FaultyTransport, Switchboard

SIGNATURE_KEY = "0123456789ABCDEF" * 8
VISA = {"authorize_net": "4111111111111111", "cardpointe": "4788250000121443"}
BANK = {"routing": "011401533", "account": "6091137", "kind": "checking", "name": "Ana Pau"}


@dataclass(slots=True)
class Facts:
    """What became of one order at the processor, in minor units."""

    charged: int = 0
    times: int = 0
    voided: bool = False
    settled: bool = False
    is_bank: bool = False
    refunded: int = 0
    returned: bool = False
    charged_back: int = 0

    @property
    def state(self) -> PaymentState:
        """Where our payment must stand in the end."""
        if self.voided:
            return PaymentState.VOIDED
        if self.returned:
            return PaymentState.RETURNED
        if self.charged_back:
            return PaymentState.CHARGED_BACK
        return PaymentState.PENDING if self.is_bank and not self.settled else PaymentState.CAPTURED


class Bank(Protocol):
    """A processor under test."""

    name: str

    def control(self, method: str, name: str, body: Mapping[str, Any] | None = None) -> Any:
        """Turn one of its ``/local`` knobs."""
        ...

    def facts(self) -> dict[str, Facts]:
        """Tell by order id what its own books say of charges that got through."""
        ...

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """List what it was asked to do, whether or not the answer arrived."""
        ...


@dataclass
class AuthorizeNetBank:
    """Authorize.Net, its merchant and its webhooks, which wait until they are fetched."""

    simulator: AuthorizeNetSimulator
    board: Switchboard
    name: str = "authorize_net"
    transport: FaultyTransport = field(init=False)
    posted: list[tuple[bytes, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        inner: Transport = InProcessTransport(self.simulator)
        self.transport = FaultyTransport(inner, self.board)
        self.simulator.webhooks.post = self._post
        merchant = {"api_login_id": "login1", "transaction_key": "key1", "public_client_key": "public1", "currency": "USD"}
        self.control(
            "POST", "merchants", merchant | {"tenant_id": "ten_1", "signature_key": SIGNATURE_KEY, "webhook_url": "http://webhooks"}
        )
        self.control("PUT", "options", {"webhooks": "delayed"})

    def _post(self, _url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.posted.append((body, headers["X-ANET-Signature"]))
        return 200

    @classmethod
    def opened(cls, now: Any, board: Switchboard) -> AuthorizeNetBank:
        """Open it with empty books."""
        return cls(AuthorizeNetSimulator(AuthorizeNetLedger(), now=now), board)

    def control(self, method: str, name: str, body: Mapping[str, Any] | None = None) -> Any:
        """Turn one of its ``/local`` knobs."""
        return authorize_net_controls.answer(self.simulator, method, name, {}, dict(body or {}))

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """List what it was asked to do."""
        return [call for call in self.simulator.ledger.calls() if call["operation"] == operation]

    def facts(self) -> dict[str, Facts]:
        """Read its books."""
        entries = [asdict(entry) for entry in self.simulator.ledger.entries()]
        found: dict[str, Facts] = {}
        order_of: dict[str, str] = {}
        for entry in entries:
            if entry["kind"].startswith("auth") and entry["response_code"] == "1":
                order_of[entry["trans_id"]] = entry["order"]["invoiceNumber"]
                facts = found.setdefault(entry["order"]["invoiceNumber"], Facts())
                facts.charged, facts.times = entry["amount_minor"], facts.times + int(entry["status"] != "voided")
                facts.voided, facts.settled = entry["status"] == "voided", entry["batch_id"] is not None
                facts.is_bank = entry["brand"].lower() == "echeck"
        for entry in entries:
            about = found.get(order_of.get(entry["ref_trans_id"], ""))
            if about is None:
                continue
            if entry["kind"] == "refundTransaction" and entry["status"] != "voided":
                about.refunded += entry["amount_minor"]
            about.returned |= entry["kind"] == "returnedItem"
            about.charged_back += entry["amount_minor"] if entry["kind"] == "chargeback" else 0
        return found


@dataclass
class CardPointeBank:
    """The CardPointe Gateway with a merchant for cards and one for bank accounts."""

    simulator: CardPointeSimulator
    board: Switchboard
    name: str = "cardpointe"
    rest: FaultyRest = field(init=False)

    def __post_init__(self) -> None:
        inner: Rest = InProcessRest(self.simulator)
        self.rest = FaultyRest(inner, self.board)
        self.simulator.ledger.put_mid(Mid("800000000001", "user1", "pass1", "USD", False, "FNOR", "ten_1", "Blue Ridge"))
        self.simulator.ledger.put_mid(Mid("800000000002", "user1", "pass1", "USD", True, "BPAY", "ten_1", "Blue Ridge"))

    @classmethod
    def opened(cls, now: Any, board: Switchboard) -> CardPointeBank:
        """Open it with empty books."""
        return cls(CardPointeSimulator(CardPointeLedger(), now=now), board)

    def control(self, method: str, name: str, body: Mapping[str, Any] | None = None) -> Any:
        """Turn one of its ``/local`` knobs."""
        return cardpointe_controls.answer(self.simulator, method, name, {}, dict(body or {}))

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """List what it was asked to do."""
        return [call for call in self.simulator.ledger.calls() if call["operation"] == operation]

    def facts(self) -> dict[str, Facts]:
        """Read its books."""
        items = self.control("GET", "ledger")["items"]
        found: dict[str, Facts] = {}
        by_retref: dict[str, Facts] = {}
        for item in items:
            if item["kind"] == "auth" and item["respstat"] == "A" and item["setlstat"] != "Declined":
                facts = found.setdefault(item["order_id"], Facts())
                is_void = item["setlstat"] == "Voided"
                facts.charged, facts.times, facts.voided = item["requested_minor"], facts.times + int(not is_void), is_void
                facts.settled, facts.is_bank = item["settled_at"] is not None, item["brand"] == "ECHK"
                facts.returned = bool(item["return_code"]) or item["setlstat"] == "Rejected"
                by_retref[item["retref"]] = facts
        for item in items:
            if item["kind"] == "refund" and item["parent"] in by_retref and item["setlstat"] != "Voided":
                by_retref[item["parent"]].refunded += item["amount_minor"]
        for line in self.simulator.ledger.all("funding_line"):
            if line["kind"] == "CHARGEBACK":
                by_retref[line["retref"]].charged_back += line["amount_minor"]
        return found
