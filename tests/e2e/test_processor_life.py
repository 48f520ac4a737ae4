"""The whole life of card and bank payments through the local cloud, the same at both processors; two processors at one tenant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from tests.e2e.local_http import Json, Tenant, eventually, good

BANK = {"routing": "031000503", "account": "9876543210", "kind": "checking", "name": "Ana Halvorsen"}


@dataclass
class Desk:
    """A tenant with one customer, its money at one processor."""

    tenant: Tenant
    processor: str
    currency: str = "USD"

    @property
    def pay_online_id(self) -> str:
        return str(good(self.tenant.call("GET", "/customers/halvorsen"))["pay_online_id"])

    def control(self, name: str, body: Json) -> Json:
        return good(self.tenant.http("POST", f"/local/processors/{self.processor}/{name}", body))

    def paid(self, minor: int, kind: str = "card") -> str:
        token = self.tenant.token(bank_account=BANK if kind == "bank_account" else None, processor=self.processor)
        method: Json = {"kind": "token", "token": token, "type": kind}
        if kind == "bank_account":
            method |= {"account_kind": "checking", "account_name": "Ana Halvorsen", "authorization": "I authorize this debit."}
        answer = good(self.tenant.pay(self.pay_online_id, minor, currency=self.currency, method=method))
        return str(answer["id"])

    def payment(self, payment_id: str) -> Json:
        return good(self.tenant.call("GET", f"/payments/{payment_id}"))

    def settled(self) -> None:
        self.control("settle", {"tenant_id": self.tenant.tenant_id})
        self.looked_after()

    def looked_after(self) -> None:
        good(self.tenant.http("POST", "/local/run/settlement", {"tenant_id": self.tenant.tenant_id}))

    def becomes(self, payment_id: str, status: str) -> Json:
        found = eventually(lambda: found if (found := self.payment(payment_id))["status"] == status else None)
        assert found is not None, f"{payment_id} is {self.payment(payment_id)['status']}, not {status}"
        return found

    def owed(self) -> int:
        account = good(self.tenant.call("GET", "/customers/halvorsen/account"))
        return int(next(one["balance"] for one in account["currencies"] if one["currency"] == self.currency))


@pytest.fixture(params=["authorize_net", "cardpointe"])
def desk(request: pytest.FixtureRequest, tenant: Callable[..., Tenant]) -> Desk:
    made = tenant(merchant_accounts=[{"processor": request.param, "currency": "USD"}])
    made.customer("halvorsen")
    made.invoice("halvorsen", "inv-1", 300_00)
    made.invoice("halvorsen", "inv-2", 200_00)
    return Desk(made, request.param)


def test_a_card_payment_settles_is_partly_refunded_and_then_disputed(desk: Desk) -> None:
    payment_id = desk.paid(300_00)
    desk.becomes(payment_id, "captured")
    desk.settled()

    body = {"amount": 100_00, "reason": "Overcharged"}
    answer = desk.tenant.call("POST", f"/payments/{payment_id}/refund", body, {"Idempotency-Key": str(uuid4())})

    assert answer.status == 201, answer.raw
    assert desk.becomes(payment_id, "partly_refunded")["refunded"] == 100_00
    assert desk.owed() == 300_00
    desk.control("chargeback", {"payment_id": payment_id, "reason_code": "10.4"})
    desk.looked_after()
    desk.becomes(payment_id, "charged_back")
    assert len(desk.tenant.calls("refund", desk.processor)) == 1


def test_a_card_payment_is_voided_whole_before_it_settles(desk: Desk) -> None:
    payment_id = desk.paid(300_00)
    desk.becomes(payment_id, "captured")

    good(desk.tenant.call("POST", f"/payments/{payment_id}/void", {"reason": "Wrong customer"}, {"Idempotency-Key": str(uuid4())}))

    desk.becomes(payment_id, "voided")
    assert desk.owed() == 500_00


def test_a_bank_payment_waits_settles_and_comes_back(desk: Desk) -> None:
    payment_id = desk.paid(200_00, "bank_account")
    waiting = desk.payment(payment_id)
    desk.settled()
    desk.becomes(payment_id, "captured")
    eventually(lambda: desk.owed() == 300_00)
    desk.control("return", {"payment_id": payment_id, "code": "C01", "corrected": {"account": "1234567890"}})
    desk.looked_after()
    still = desk.payment(payment_id)["status"]
    desk.control("return", {"payment_id": payment_id, "code": "R01"})
    desk.looked_after()

    returned = desk.becomes(payment_id, "returned")
    assert (waiting["status"], still) == ("pending", "captured")
    assert returned["return_code"] == "R01"
    assert desk.owed() == 500_00
    desk.looked_after()
    assert desk.owed() == 500_00


def test_a_bank_payment_that_is_refused_before_funding_never_counts(desk: Desk) -> None:
    payment_id = desk.paid(200_00, "bank_account")
    desk.control("return", {"payment_id": payment_id, "code": "R03"})
    desk.looked_after()

    assert desk.becomes(payment_id, "returned")["return_code"] == "R03"
    assert desk.owed() == 500_00


def test_a_charge_whose_answer_was_lost_is_found(desk: Desk, clock: Callable[[str | None], None]) -> None:
    fault = {"operation": "charge", "fault": "drop_after", "times": 1, "tenant_id": desk.tenant.tenant_id}
    good(desk.tenant.http("PUT", f"/local/processors/{desk.processor}/faults", {"faults": [fault]}))

    payment_id = desk.paid(100_00)
    # A webhook may be quicker than the first look, so only the end is certain.
    clock((datetime.fromisoformat(desk.payment(payment_id)["created_at"]) + timedelta(minutes=10)).isoformat())
    desk.looked_after()

    desk.becomes(payment_id, "captured")
    assert len(desk.tenant.calls("charge", desk.processor)) == 1


def test_r42_one_tenant_takes_cad_through_cardconnect_beside_usd_through_authorize_net(tenant: Callable[..., Tenant]) -> None:
    both = [{"processor": "authorize_net", "currency": "USD"}, {"processor": "cardpointe", "currency": "CAD"}]
    made = tenant(merchant_accounts=both)
    made.customer("halvorsen")
    for number, currency in enumerate(("USD", "CAD", "JPY")):
        made.invoice("halvorsen", f"inv-{number}", 500_00, currency=currency)
    usd, cad = Desk(made, "authorize_net"), Desk(made, "cardpointe", "CAD")

    for desk in (usd, cad):
        desk.becomes(desk.paid(120_00), "captured")

    page = good(made.http("GET", f"/api/pay/{usd.pay_online_id}"))["balances"]
    fields = {one["currency"]: (one["hosted_field"] or {}).get("processor") for one in page}
    seen = {desk.currency: [(one["amount"], one["currency"]) for one in made.calls("charge", desk.processor)] for desk in (usd, cad)}
    refused = made.pay(usd.pay_online_id, 100_00, currency="JPY", method={"kind": "token", "token": "x", "type": "card"})
    assert fields == {"USD": "authorize_net", "CAD": "cardpointe", "JPY": None}
    assert seen == {"USD": [(120_00, "USD")], "CAD": [(120_00, "CAD")]}
    assert (refused.status, refused.json["code"]) == (409, "not_payable_online")
    assert eventually(lambda: (usd.owed(), cad.owed()) == (380_00, 380_00))
