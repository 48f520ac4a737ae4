"""One customer's year of payments at each processor, over HTTP alone: paid, settled, given back, sent back, corrected, disputed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest

from tests.e2e.local_http import Answer, Json, Tenant, eventually, good

PROCESSORS = ("authorize_net", "cardpointe")
CUSTOMER = "halvorsen"
BANK = {"routing": "031000503", "account": "9876543210", "kind": "checking", "name": "Ana Halvorsen"}
DEBIT = {"account_kind": "checking", "account_name": "Ana Halvorsen", "authorization": "I authorize this debit."}
Clock = Callable[[str | None], None]
_keys = count(1)


@dataclass
class Office:
    """A tenant's office with one customer, and the knobs of the processor that it uses."""

    tenant: Tenant
    clock: Clock
    processor: str = "authorize_net"
    currency: str = "USD"

    def get(self, path: str) -> Json:
        """Read something as staff."""
        return good(self.tenant.call("GET", path))

    def post(self, path: str, body: Json) -> Answer:
        """Ask for something as staff, with a key of its own."""
        return self.tenant.call("POST", path, body, {"Idempotency-Key": f"office-{next(_keys)}"})

    def control(self, name: str, body: Json | None = None, method: str = "POST") -> Json:
        """Turn a knob of the processor."""
        return good(self.tenant.http(method, f"/local/processors/{self.processor}/{name}", body))

    def guest_pays(self, minor: int, kind: str = "card") -> Answer:
        """Pay as a guest with a new token."""
        token = self.tenant.token(bank_account=BANK if kind == "bank_account" else None, processor=self.processor)
        method = {"kind": "token", "token": token, "type": kind, **(DEBIT if kind == "bank_account" else {})}
        return self.tenant.pay(self.pay_online_id(), minor, currency=self.currency, method=method)

    def pay_online_id(self) -> str:
        """Return what stands on the customer's statement."""
        return str(self.get(f"/customers/{CUSTOMER}")["pay_online_id"])

    def books_are_read(self) -> None:
        """Let the schedule run twice: it reads the processor's books, then tells people what became of their payments."""
        for _ in range(2):
            assert good(self.tenant.http("POST", "/local/run/settlement", {"tenant_id": self.tenant.tenant_id}))["ended"]

    def later(self, **pause: float) -> None:
        """Move the clock on."""
        now = datetime.fromisoformat(str(good(self.tenant.http("GET", "/local/clock"))["now"]))
        self.clock((now + timedelta(**pause)).isoformat())

    def night_passes(self) -> None:
        """Let the processor settle and the schedule read of it in the morning."""
        self.later(hours=12)
        self.control("settle", {"tenant_id": self.tenant.tenant_id})
        self.later(hours=8)
        self.books_are_read()

    def becomes(self, payment_id: str, status: str, **more: object) -> Json:
        """Wait until a payment looks so, and return it as staff see it."""
        wanted: dict[str, object] = {"status": status, **more}

        def look() -> Json | None:
            found = self.get(f"/payments/{payment_id}")
            return found if all(found[name] == value for name, value in wanted.items()) else None

        found = eventually(look, seconds=10)
        seen = found or self.get(f"/payments/{payment_id}")
        assert {name: seen[name] for name in wanted} == wanted
        return seen

    def open_balances(self) -> dict[str, int]:
        """Return what is open on each invoice."""
        items = self.get(f"/customers/{CUSTOMER}/invoices")["items"]
        return {item["id"]: item["open_balance"] for item in items}

    def balance(self) -> Json:
        """Return what a guest is told of the account in this currency."""
        page = good(self.tenant.http("GET", f"/api/pay/{self.pay_online_id()}"))
        return dict(next(one for one in page["balances"] if one["currency"] == self.currency))

    def mails(self, kind: str, number: int) -> list[Json]:
        """Wait for so many mails of a kind."""
        found = eventually(lambda: mails if len(mails := self.tenant.mails(kind)) >= number else None, seconds=10) or []
        assert len(found) == number, [(mail["kind"], mail["subject"]) for mail in self.tenant.mails()]
        return found


def opened(tenant: Callable[..., Tenant], *accounts: Json) -> Tenant:
    """Open a tenant with these merchant accounts and one customer."""
    made = tenant(merchant_accounts=list(accounts))
    made.customer(CUSTOMER)
    return made


@pytest.mark.parametrize("processor", PROCESSORS)
def test_r38_r41_the_whole_life_of_card_and_bank_payments_is_the_same_at_both_processors(
    processor: str, tenant: Callable[..., Tenant], clock: Clock
) -> None:
    made = opened(tenant, {"processor": processor, "currency": "USD"})
    made.invoice(CUSTOMER, "inv-1", 300_00, invoice_date="2026-01-05")
    made.invoice(CUSTOMER, "inv-2", 200_00, invoice_date="2026-02-05")
    office = Office(made, clock, processor)

    card = card_is_paid_settled_and_given_back_in_part(office)
    bank = bank_account_pays_and_comes_back(office)
    saved = saved_account_is_charged_and_corrected(office)
    card_is_disputed(office, card)
    # The return came after the settlement, so a person shall hear of it; nothing else differs, and nothing is made up.
    rows = office.get("/reconciliation?state=all")["items"]
    assert [(row["kind"], row["state"], row["payment_id"], row["theirs"]) for row in rows] == [("late_return", "open", bank, 200_00)]
    assert {payment["id"]: payment["status"] for payment in office.get(f"/customers/{CUSTOMER}/payments")["items"]} == {
        card: "charged_back",
        bank: "returned",
        saved: "captured",
    }
    assert [call["amount"] for call in made.calls("charge", processor)] == [300_00, 200_00, 50_00]
    assert [call["amount"] for call in made.calls("refund", processor)] == [100_00]
    audited = good(made.http("POST", "/local/run/audit", {"tenant_id": made.tenant_id}))
    assert audited["ended"]
    assert audited["answer"]["findings"] == 0, audited


def card_is_paid_settled_and_given_back_in_part(office: Office) -> str:
    """Pay 300.00 by card; give 100.00 back once it has settled."""
    answer = office.guest_pays(300_00)
    assert (answer.status, answer.json["status"]) == (201, "captured")
    payment_id = str(answer.json["id"])
    paid = office.becomes(payment_id, "captured", unapplied=0, settled_at=None)
    assert [(line["invoice_id"], line["amount"]) for line in paid["applications"]] == [("inv-1", 300_00)]
    early = office.post(f"/payments/{payment_id}/refund", {"amount": 100_00, "reason": "Overcharged"})
    assert (early.status, early.json["code"]) == (409, "not_settled")

    office.night_passes()

    settled = office.becomes(payment_id, "captured", refundable=300_00)
    assert settled["settled_at"] is not None
    refund = office.post(f"/payments/{payment_id}/refund", {"amount": 100_00, "reason": "Overcharged"})
    assert (refund.status, refund.json["status"], refund.json["refunded"]) == (201, "partly_refunded", 100_00)
    assert office.open_balances() == {"inv-1": 100_00, "inv-2": 200_00}
    office.books_are_read()
    assert "$100.00" in office.mails("refund_notice", 1)[0]["text"]
    office.mails("receipt", 1)
    return payment_id


def bank_account_pays_and_comes_back(office: Office) -> str:
    """Pay 200.00 from a bank account, which its bank returns after it has settled."""
    answer = office.guest_pays(200_00, "bank_account")
    assert (answer.status, answer.json["status"]) == (201, "pending")
    payment_id = str(answer.json["id"])
    assert office.balance()["payable"] == 100_00
    assert office.open_balances() == {"inv-1": 100_00, "inv-2": 200_00}
    office.mails("receipt", 1)

    office.night_passes()

    office.becomes(payment_id, "captured", unapplied=0)
    assert office.open_balances() == {"inv-1": 0, "inv-2": 100_00}
    assert "$200.00" in office.mails("receipt", 2)[1]["text"]

    office.later(days=2)
    office.control("return", {"payment_id": payment_id, "code": "R01"})
    office.later(hours=1)
    office.books_are_read()

    returned = office.becomes(payment_id, "returned", return_code="R01", applications=[], unapplied=0)
    assert [step["reason"] for step in returned["history"] if step["kind"] == "returned"] == ["returned R01"]
    assert office.open_balances() == {"inv-1": 100_00, "inv-2": 200_00}
    to = sorted(str(mail["to"][0]) for mail in office.mails("payment_returned", 2))
    assert to[0] == "ana@halvorsen.example"
    assert to[1] != to[0]
    return payment_id


def saved_account_is_charged_and_corrected(office: Office) -> str:
    """Keep a bank account, charge 50.00 to it, and hear from its bank that its number has changed."""
    body = {
        "token": office.tenant.token(bank_account=BANK, processor=office.processor),
        "type": "bank_account",
        "account_kind": "checking",
        "currency": "USD",
        "payer": {"name": "Ana Halvorsen", "email": "ana@halvorsen.example"},
        "consent": True,
    }
    method = good(office.post(f"/customers/{CUSTOMER}/payment-methods", body))
    assert (method["type"], method["last4"], method["flagged"]) == ("bank_account", "3210", False)
    order = {"customer_id": CUSTOMER, "amount": 50_00, "currency": "USD", "method": {"kind": "saved", "method_id": method["id"]}}
    payment_id = str(good(office.post("/payments", order))["id"])
    office.becomes(payment_id, "pending")
    office.night_passes()
    office.becomes(payment_id, "captured", unapplied=0)
    assert office.open_balances() == {"inv-1": 50_00, "inv-2": 200_00}

    office.later(days=2)
    office.control("return", {"payment_id": payment_id, "code": "C01", "corrected": {"account": "1234567890"}})
    office.later(hours=1)
    office.books_are_read()

    kept = office.get(f"/customers/{CUSTOMER}/payment-methods")["items"]
    assert [(item["id"], item["flagged"]) for item in kept] == [(method["id"], True)]
    assert office.open_balances() == {"inv-1": 50_00, "inv-2": 200_00}
    assert office.get(f"/payments/{payment_id}")["status"] == "captured"
    return payment_id


def card_is_disputed(office: Office, payment_id: str) -> None:
    """Have the card's bank take back what was left of the first payment."""
    office.later(days=9)
    office.control("chargeback", {"payment_id": payment_id, "reason_code": "10.4", "amount": 200_00})
    office.later(hours=1)
    office.books_are_read()

    disputed = office.becomes(payment_id, "charged_back", applications=[], unapplied=0)
    assert [step["kind"] for step in disputed["history"]].count("charged_back") == 1
    assert office.open_balances() == {"inv-1": 250_00, "inv-2": 200_00}


def test_r39_r40_a_charge_whose_answer_was_lost_is_known_by_the_webhook_alone(tenant: Callable[..., Tenant], clock: Clock) -> None:
    made = opened(tenant, {"processor": "authorize_net", "currency": "USD"})
    made.invoice(CUSTOMER, "inv-1", 300_00)
    office = Office(made, clock)
    fault = {"operation": "charge", "fault": "drop_after", "times": 1, "tenant_id": made.tenant_id}
    # The schedule ticks each minute, also in this one, and would read the books: it finds nobody.
    out_of_reach = fault | {"operation": "report", "fault": "drop_before", "times": 50}
    office.control("faults", {"faults": [fault, out_of_reach]}, "PUT")

    answer = office.guest_pays(120_00)

    assert (answer.status, answer.json["status"]) == (202, "unknown")
    paid = office.becomes(str(answer.json["id"]), "captured", unapplied=0)
    office.control("faults", {"faults": []}, "PUT")
    assert office.open_balances() == {"inv-1": 180_00}
    # The reports were out of reach: whoever asked was told to by the notification, which is signed and comes to the tenant's own address.
    # The tick of this minute may have asked once more since.
    assert [call["operation"] for call in made.calls()][:2] == ["charge", "inquire"]
    notifications = office.control("notifications", method="GET")["items"]
    assert [one["status"] for one in notifications if one["payload"]["id"] == paid["processor_reference"]] == ["Delivered"]


def test_r42_each_currency_has_its_own_processor_and_one_without_is_not_payable_online(tenant: Callable[..., Tenant], clock: Clock) -> None:
    made = opened(tenant, {"processor": "authorize_net", "currency": "USD"}, {"processor": "cardpointe", "currency": "CAD"})
    for currency in ("USD", "CAD", "EUR", "JPY"):
        made.invoice(CUSTOMER, f"inv-{currency.lower()}", 500_00, currency=currency)
    usd, cad = Office(made, clock), Office(made, clock, "cardpointe", "CAD")

    for office in (usd, cad):
        answer = office.guest_pays(120_00)
        assert answer.status == 201, answer.raw
        assert eventually(lambda office=office: office.balance()["payable"] == 380_00)  # type: ignore[misc]

    for currency in ("EUR", "JPY"):
        none = Office(made, clock, "authorize_net", currency)
        shown, refused = none.balance(), none.guest_pays(100_00)
        assert (shown["payable"], shown["can_pay"], shown["hosted_field"], shown["methods"]) == (500_00, False, None, [])
        assert shown["reason"]
        assert (refused.status, refused.json["code"]) == (409, "not_payable_online")
    for office in (usd, cad):
        office.night_passes()
        paid = good(made.call("GET", f"/customers/{CUSTOMER}/payments"))["items"]
        assert [call["amount"] for call in made.calls("charge", office.processor)] == [120_00]
    assert {(one["currency"], one["amount"], one["status"], one["settled_at"] is None) for one in paid} == {
        ("USD", 120_00, "captured", False),
        ("CAD", 120_00, "captured", False),
    }
    assert usd.open_balances() == {"inv-usd": 380_00, "inv-cad": 380_00, "inv-eur": 500_00, "inv-jpy": 500_00}
    assert usd.get("/reconciliation?state=all")["items"] == []
