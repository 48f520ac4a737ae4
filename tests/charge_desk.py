"""A merchant at the simulated Authorize.Net with our client at hand, for stories of a charge's life."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from duebook.domain.charges import Charge, TokenMethod, VaultMethod
from duebook.domain.identifiers import order_id_of
from duebook.domain.money import Money
from duebook.domain.payments import Evidence, Outcome, Payer
from duebook.domain.processing import ChargeRef, MethodToStore, ProcessorRecord, RefundOrder, StoredMethod
from duebook.processors.authorize_net import AuthorizeNet
from duebook.processors.credentials import AuthorizeNetCredentials
from local.processors.authorize_net.server import create_server
from tests.processor_bench import NOON, Bench

PAYMENT = "pay_0123456789ABCDEF"
ORDER = order_id_of(PAYMENT)
ANN = Payer("Ann Lee", "ann@b.test", "84601")
ACCOUNT = {"routing": "031000503", "account": "123456789", "kind": "checking", "name": "Ann Lee"}
BUSINESS = ACCOUNT | {"kind": "business_checking", "name": "Lee LLC"}


@dataclass
class Desk:
    """A merchant at the simulator, and what is done there again and again."""

    bench: Bench
    keys: AuthorizeNetCredentials
    processor: AuthorizeNet

    def token(self, method_type: str, **changes: str) -> TokenMethod:
        if method_type == "card":
            return TokenMethod(self.bench.token(**changes), "card")
        answer = self.bench.control("POST", "tokens", {"bank_account": ACCOUNT | changes})
        return TokenMethod(answer["token"], "bank_account", "checking")

    def pay(self, method: TokenMethod | VaultMethod | None = None, order_id: str = ORDER, minor: int = 1250) -> Evidence:
        charge = Charge(order_id, Money(minor, "USD"), method or self.token("card"), ANN, "cus_1")
        return self.processor.charge(charge, timeout_seconds=5)

    def charged(self, kind: str = "card", order_id: str = ORDER) -> ChargeRef:
        made = self.pay(self.token(kind), order_id)
        assert made.reference is not None
        return ChargeRef(order_id, made.reference, Money(1250, "USD"), kind, made.last4, NOON)

    def settle(self, days: int = 1, errors: dict[str, str] | None = None) -> None:
        self.bench.at(NOON + timedelta(days=days))
        self.bench.control("POST", "settle", {"tenant_id": "ten_1", "errors": errors or {}})

    def inquired(self, order_id: str = ORDER) -> Evidence | None:
        return self.processor.inquire(order_id, submitted_at=NOON, timeout_seconds=5)

    def void(self, charge: ChargeRef) -> Evidence:
        return self.processor.void(charge, timeout_seconds=5)

    def refund(self, charge: ChargeRef, minor: int = 500, order_id: str = "R1-0123456789ABCDEF") -> Evidence:
        return self.processor.refund(RefundOrder(order_id, charge, Money(minor, "USD")), timeout_seconds=5)

    def refund_inquired(self, charge: ChargeRef, order_id: str = "R1-0123456789ABCDEF") -> Evidence | None:
        order = RefundOrder(order_id, charge, Money(500, "USD"))
        return self.processor.inquire_refund(order, submitted_at=NOON, timeout_seconds=5)

    def store(self, method: TokenMethod, customer_id: str = "cus_1") -> StoredMethod:
        return self.processor.store_method(MethodToStore(method, ANN, customer_id, "USD"), timeout_seconds=5)

    def records(self, days: int = 40) -> list[ProcessorRecord]:
        return list(self.processor.records(NOON, NOON + timedelta(days=days), timeout_seconds=5))


def open_desk(tmp_path: Path) -> Iterator[Desk]:
    """Start a simulator with a merchant, and stop it afterwards."""
    clock_file = tmp_path / "clock"
    clock_file.write_text(NOON.isoformat())
    server = create_server("127.0.0.1", 0, tmp_path, clock_file)
    server.start()
    bench = Bench(server, clock_file)
    keys = bench.merchant()
    yield Desk(bench, keys, bench.client(keys))
    server.stop()


def outcome_of(evidence: Evidence | None) -> Outcome | None:
    return evidence.outcome if evidence else None
