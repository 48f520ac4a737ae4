"""Pay my balance through the whole local cloud: front door, API, ledger, processor, state machine, mail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.local_http import DECLINED_CARD, Http, Json, Tenant, eventually, good


def applied(business: Tenant, payment_id: str) -> Json:
    """Wait until a payment is applied and return it as staff see it."""

    def look() -> Json | None:
        payment = good(business.call("GET", f"/payments/{payment_id}"))
        return payment if payment["applications"] else None

    found = eventually(look)
    assert found
    return found


def test_r16_r20_r23_a_paid_balance_reaches_invoices_mails_and_staff(tenant: Callable[..., Tenant]) -> None:
    business = tenant()
    customer = business.customer("acme")
    business.invoice("acme", "inv-new", 100_00, invoice_date="2026-02-01", number="INV-1000")
    business.invoice("acme", "inv-old", 50_00, invoice_date="2026-01-01", number="INV-999")

    answer = business.pay(customer["pay_online_id"], 120_00)

    assert answer.status == 201
    payment = applied(business, answer.json["id"])
    assert [(line["number"], line["amount"]) for line in payment["applications"]] == [("INV-999", 50_00), ("INV-1000", 70_00)]
    assert (payment["status"], payment["unapplied"], payment["method"]["last4"]) == ("captured", 0, "1111")
    assert good(business.call("GET", "/invoices/inv-old"))["status"] == "paid"
    assert good(business.call("GET", "/invoices/inv-new"))["open_balance"] == 30_00
    mails = eventually(lambda: found if len(found := business.mails()) >= 2 else None)
    assert sorted(mail["kind"] for mail in mails or []) == ["payment_received", "receipt"]
    receipt = next(mail for mail in mails or [] if mail["kind"] == "receipt")
    assert receipt["to"] in ("ana@halvorsen.example", ["ana@halvorsen.example"])
    for text in ("$120.00", payment["reference"]):
        assert text in receipt["text"]


def test_r62_email_activity_tells_what_became_of_each_mail(tenant: Callable[..., Tenant]) -> None:
    business = tenant()
    customer = business.customer("acme")
    business.invoice("acme", "inv-1", 50_00)
    business.pay(customer["pay_online_id"], 50_00)

    def delivered() -> list[Json] | None:
        items = good(business.call("GET", "/customers/acme/emails"))["items"]
        return items if len(items) == 2 and all(item["status"].lower() == "delivered" for item in items) else None

    assert eventually(delivered)


def test_r39_r40_a_lost_answer_is_told_as_unknown_and_resolved_by_asking(tenant: Callable[..., Tenant], http: Http) -> None:
    business = tenant()
    customer = business.customer("acme")
    business.invoice("acme", "inv-1", 50_00)
    fault = {"operation": "charge", "fault": "drop_after", "times": 1, "tenant_id": business.tenant_id}
    good(http("PUT", "/local/processors/authorize_net/faults", {"faults": [fault]}))

    answer = business.pay(customer["pay_online_id"], 50_00, key="attempt-1")
    again = business.pay(customer["pay_online_id"], 50_00, key="attempt-1")

    assert (answer.status, answer.json["status"], again.status) == (202, "unknown", 202)
    payment_id = answer.json["id"]

    def resolved() -> bool:
        good(http("POST", "/local/run/settlement", {"tenant_id": business.tenant_id}))
        found = good(http("GET", f"/api/pay/{customer['pay_online_id']}/payments/{payment_id}"))
        return bool(found["status"] == "captured")

    assert eventually(resolved, seconds=90)
    assert applied(business, payment_id)["applications"][0]["amount"] == 50_00
    assert [call["outcome"] for call in business.calls("charge")] == ["approved"]


def test_r39_a_declined_card_charges_nothing_and_says_why(tenant: Callable[..., Tenant]) -> None:
    business = tenant()
    customer = business.customer("acme")
    business.invoice("acme", "inv-1", 50_00)
    method = {"kind": "token", "token": business.token(DECLINED_CARD), "type": "card"}

    answer = business.pay(customer["pay_online_id"], 50_00, method=method)

    assert (answer.status, answer.json["code"]) == (402, "payment_declined")
    assert good(business.call("GET", "/customers/acme/account"))["currencies"][0]["balance"] == 50_00
    assert business.mails() == []
    assert good(business.call("GET", "/customers/acme/payments"))["items"][0]["status"] == "declined"


@pytest.mark.parametrize("path", ["/api/pay/{id}", "/api/pay/{id}/payments/pay_1"])
def test_r12_unknown_disabled_foreign_and_wrong_case_ids_get_one_answer(tenant: Callable[..., Tenant], http: Http, path: str) -> None:
    customer = tenant().customer("acme")
    good(http("POST", "/local/run/audit", {}))

    answers = [http("GET", path.format(id=each)) for each in ("ZZZZzzzz2222", customer["pay_online_id"].swapcase(), "no%20such", "%D1%82")]

    assert {answer.status for answer in answers} == {404}
    assert len({answer.raw for answer in answers}) == 1


def test_r2_r24_pay_online_switched_off_between_look_and_pay_charges_nothing(tenant: Callable[..., Tenant]) -> None:
    business = tenant()
    customer = business.customer("acme")
    business.invoice("acme", "inv-1", 50_00)
    assert good(business.http("GET", f"/api/pay/{customer['pay_online_id']}"))["balances"][0]["payable"] == 50_00
    business.invoice("acme", "inv-1", 50_00, pay_online=False)

    answer = business.pay(customer["pay_online_id"], 50_00)

    assert (answer.status, answer.json["code"], answer.json["payable"]) == (409, "balance_changed", 0)
    assert business.calls("charge") == []


def test_r6_children_are_paid_and_their_parent_is_paid_when_all_are(tenant: Callable[..., Tenant]) -> None:
    business = tenant()
    customer = business.customer("acme")
    due = {"invoice_date": "2026-01-05", "due_date": "2026-02-05"}
    parent = {"customer_id": "acme", "number": "MS-700", "currency": "USD", "kind": "multi_site", "lines": [], **due}
    good(business.call("PUT", "/invoices/ms-700", parent))
    business.invoice("acme", "child-1", 20_00, parent_id="ms-700", **due)
    business.invoice("acme", "child-2", 30_00, parent_id="ms-700", **due)
    overview = good(business.call("GET", "/customers/acme/account"))["currencies"][0]
    assert (overview["balance"], overview["multi_site"]) == (50_00, {"count": 1, "balance": 50_00})

    applied(business, business.pay(customer["pay_online_id"], 20_00).json["id"])
    assert good(business.call("GET", "/invoices/ms-700"))["open_balance"] == 30_00
    applied(business, business.pay(customer["pay_online_id"], 30_00).json["id"])

    assert good(business.call("GET", "/invoices/ms-700"))["status"] == "paid"
