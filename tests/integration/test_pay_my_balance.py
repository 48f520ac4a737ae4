"""Pay my balance through the real handlers, the ledger and the simulated processor, in one process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.decisions import AmendInvoice, VoidInvoice, decide
from duebook.domain.payments import PaymentState
from duebook.storage.account_store import Plan
from local.processors.authorize_net.faults import Fault
from tests.faults.stage import issue, world
from tests.faults.world import CUSTOMER, PAY_ONLINE_ID, START, TENANT, World

KEY = AccountKey(TENANT, CUSTOMER, "USD")


@pytest.fixture
def duebook(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made
        assert made.findings() == []


def opens(currency: str = "USD") -> dict[str, int]:
    account = wiring.account_store().read(replace(KEY, currency=currency)).account
    return {item.invoice_id: item.open_minor for item in account.open_items}


def apply_all(duebook: World) -> None:
    for payment in duebook.payments():
        if payment.state is PaymentState.CAPTURED:
            event = {"tenant_id": TENANT, "customer_id": CUSTOMER, "payment_id": payment.key.payment_id}
            duebook.call("apply_payment", {"task": "apply", "payment": event})


def test_r10_r13_a_guest_sees_business_name_balance_and_nothing_else(duebook: World) -> None:
    issue("inv_1", 100_00)

    answer = duebook.look()

    assert answer.status == 200
    assert set(answer.body) == {"tenant", "customer_name", "balances"}
    assert answer.body["customer_name"] == "Acme Construction"
    assert [(one["currency"], one["payable"], one["can_pay"]) for one in answer.body["balances"]] == [("USD", 100_00, True)]
    assert answer.body["balances"][0]["hosted_field"]["origin"] == "http://127.0.0.1:8090"


def test_r2_r4_only_flagged_invoices_count_and_each_currency_stands_alone(duebook: World) -> None:
    issue("inv_1", 100_00)
    issue("inv_2", 50_00, pay_online=False)
    issue("inv_3", 5_000, currency="JPY")
    issue("inv_4", 1_234, currency="KWD")

    balances = {one["currency"]: one for one in duebook.look().body["balances"]}

    assert {currency: one["payable"] for currency, one in balances.items()} == {"USD": 100_00, "JPY": 5_000, "KWD": 1_234}
    assert {currency: one["can_pay"] for currency, one in balances.items()} == {"USD": True, "JPY": False, "KWD": False}
    assert "check" in balances["JPY"]["reason"]


@pytest.mark.parametrize(("typed", "status"), [(f"  {PAY_ONLINE_ID} ", 200), (PAY_ONLINE_ID.lower(), 404), (PAY_ONLINE_ID.swapcase(), 404)])
def test_r11_the_id_is_case_sensitive_and_outer_blanks_are_trimmed(duebook: World, typed: str, status: int) -> None:
    assert duebook.look(typed).status == status


@pytest.mark.parametrize("typed", ["zzzzZZZZ9999", "a", "x" * 300, "abc#def", "../etc", "тест", "{}", PAY_ONLINE_ID + "x"])
def test_r12_every_miss_gets_the_same_answer(duebook: World, typed: str) -> None:
    miss, other = duebook.look(typed), duebook.look("QQQQqqqq2222")

    assert (miss.status, miss.body) == (404, other.body)


def test_r12_a_disabled_customer_is_a_miss(duebook: World) -> None:
    customer = wiring.directory_store().customer(TENANT, CUSTOMER)
    wiring.directory_store().save_customer(TENANT, replace(customer, enabled=False), was=customer)

    assert duebook.look().body == duebook.look("QQQQqqqq2222").body


def test_r12_misses_are_slowed_and_then_blocked_by_address(duebook: World) -> None:
    for _ in range(10):
        assert duebook.look("QQQQqqqq2222").status == 404

    slowed = duebook.look("QQQQqqqq2222")
    assert (slowed.status, slowed.body["code"], slowed.body["retry_after"]) == (429, "too_many_requests", 1)
    assert duebook.look(address="198.51.100.7").status == 200
    duebook.later(seconds=2)
    assert duebook.look().status == 200


def test_r12_good_calls_are_never_slowed(duebook: World) -> None:
    assert {duebook.look().status for _ in range(40)} == {200}


def test_r11_an_imported_id_shows_nothing_until_a_second_fact_is_given(duebook: World) -> None:
    issue("inv_1", 100_00, number="INV-7")
    customer = wiring.directory_store().customer(TENANT, CUSTOMER)
    wiring.directory_store().save_customer(TENANT, replace(customer, imported_pay_online_id=True, postal_code="84601"), was=customer)

    assert (duebook.look().status, duebook.look().body["code"]) == (403, "proof_required")
    assert duebook.look(headers={"X-Pay-Online-Proof": "99999"}).status == 403
    assert duebook.look(headers={"X-Pay-Online-Proof": "84601"}).status == 200
    assert duebook.look(headers={"x-pay-online-proof": "inv-7"}).status == 200
    assert duebook.pay(100_00).status == 403
    assert duebook.charges() == []


def test_r20_r21_r22_a_payment_pays_the_oldest_pay_online_invoices_first(duebook: World) -> None:
    issue("new", 100_00, on="2025-05-01")
    issue("oldest_offline", 10_00, on="2024-01-01", pay_online=False)
    issue("old", 50_00, on="2025-04-01")

    answer = duebook.pay(120_00)
    apply_all(duebook)

    assert (answer.status, answer.body["status"], answer.body["amount"]) == (201, "captured", 120_00)
    assert opens() == {"oldest_offline": 10_00, "new": 30_00}
    assert answer.body["applications"] == []
    assert answer.body["method"] == {"type": "card", "brand": "visa", "last4": "1111"}


def test_r14_r24_more_than_payable_is_refused_with_the_limit_before_any_charge(duebook: World) -> None:
    issue("inv_1", 100_00)

    answer = duebook.pay(100_01)

    assert (answer.status, answer.body["code"], answer.body["payable"], answer.body["currency"]) == (409, "balance_changed", 100_00, "USD")
    assert "100.00" in answer.body["detail"]
    assert duebook.simulator.ledger.calls(None) == []
    assert duebook.payments() == []


BAD_AMOUNTS: list[Any] = [0, -1, 1.5, 100.0, "100", "1e3", "ten", "", None, True, 10**30, [], {}]


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_r5_bad_amounts_are_refused_and_nothing_is_charged(duebook: World, amount: Any) -> None:
    issue("inv_1", 100_00)

    answer = duebook.pay(amount)

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "amount")
    assert duebook.simulator.ledger.calls(None) == []


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", '{"amount": 1}', '{"amount": 1, "surprise": 1}', '"x"', "null", "\x00"],
)
def test_bad_bodies_are_refused_with_a_problem(duebook: World, body: str) -> None:
    answer = duebook.request("payment_api", "POST", f"/api/pay/{PAY_ONLINE_ID}/payments", body, headers={"Idempotency-Key": "k"})

    assert answer.status in {400, 422}
    assert answer.body["code"] in {"invalid_json", "unprocessable"}


def test_a_payment_without_an_idempotency_key_is_refused(duebook: World) -> None:
    issue("inv_1", 100_00)

    assert duebook.pay(100_00, key="").status == 400
    assert duebook.charges() == []


def test_r36_a_card_number_in_another_field_than_the_token_is_refused(duebook: World) -> None:
    issue("inv_1", 100_00)
    method = {"kind": "token", "token": duebook.token(), "type": "card"}
    payer = {"name": "4111 1111 1111 1111", "email": "a@acme.example"}
    body = {"amount": 1, "currency": "USD", "method": method, "payer": payer}

    answer = duebook.request("payment_api", "POST", f"/api/pay/{PAY_ONLINE_ID}/payments", body, headers={"Idempotency-Key": "k"})

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "payer.name")
    assert "4111" not in str(answer.body)


@pytest.mark.parametrize("currency", ["JPY", "KWD", "CAD"])
def test_r4_r15_a_currency_without_merchant_account_is_not_payable_online(duebook: World, currency: str) -> None:
    issue("inv_1", 5_000, currency=currency)

    answer = duebook.pay(5_000, currency=currency)

    assert (answer.status, answer.body["code"]) == (409, "not_payable_online")
    assert duebook.simulator.ledger.calls(None) == []
    assert opens(currency) == {"inv_1": 5_000}


def test_r15_a_tenant_without_gateway_says_so_on_the_page_and_refuses(duebook: World) -> None:
    issue("inv_1", 100_00)
    wiring.directory_store().save_merchant_accounts(TENANT, [])

    assert duebook.look().body["balances"][0]["can_pay"] is False
    assert (duebook.pay(100_00).status, duebook.charges()) == (409, [])


def test_r39_a_decline_records_nothing_as_paid_and_the_next_try_works(duebook: World) -> None:
    issue("inv_1", 100_00)

    declined = duebook.pay(100_00, token=duebook.token(postal_code="46282"))
    again = duebook.pay(100_00, key="key-2")

    assert (declined.status, declined.body["code"], declined.body["reason"]) == (402, "payment_declined", "do_not_honor")
    assert "not been charged" in declined.body["detail"]
    assert again.status == 201
    assert sorted(payment.state.value for payment in duebook.payments()) == ["captured", "declined"]


def test_r40_double_submit_with_one_key_is_one_charge(duebook: World) -> None:
    issue("inv_1", 100_00)
    token = duebook.token()

    first, second, reloaded = duebook.pay(60_00, token=token), duebook.pay(60_00, token=token), duebook.pay(60_00)

    assert [first.status, second.status, reloaded.status] == [201, 201, 201]
    assert first.body["id"] == second.body["id"] == reloaded.body["id"]
    assert first.body["created_at"] == second.body["created_at"]
    assert first.body["created_at"].endswith("Z")
    assert len(duebook.charges()) == 1


def test_r40_another_amount_under_the_same_key_is_refused(duebook: World) -> None:
    issue("inv_1", 100_00)
    duebook.pay(60_00)

    answer = duebook.pay(40_00)

    assert (answer.status, answer.body["code"]) == (409, "idempotency_key_reused")
    assert len(duebook.charges()) == 1


def test_r39_r40_a_lost_answer_is_unknown_then_found_by_asking_and_never_charged_again(duebook: World) -> None:
    issue("inv_1", 100_00)
    duebook.simulator.faults.replace([Fault.read({"operation": "charge", "fault": "drop_after", "times": 1})])

    answer = duebook.pay(100_00)
    again = duebook.pay(100_00)
    assert (answer.status, answer.body["status"], again.status) == (202, "unknown", 202)
    assert duebook.look().body["balances"][0]["payable"] == 0
    duebook.later(minutes=5)
    duebook.call("settlement", {})
    apply_all(duebook)

    assert duebook.request("payment_api", "GET", f"/api/pay/{PAY_ONLINE_ID}/payments/{answer.body['id']}").body["status"] == "captured"
    assert len(duebook.charges()) == 1
    assert opens() == {}


def test_r39_a_charge_that_never_arrived_is_given_up_and_its_money_released(duebook: World) -> None:
    issue("inv_1", 100_00)
    duebook.simulator.faults.replace([Fault.read({"operation": "charge", "fault": "drop_before", "times": 1})])

    answer = duebook.pay(100_00)
    for _ in range(5):
        duebook.later(minutes=5)
        duebook.call("settlement", {})

    assert answer.status == 202
    assert [payment.state for payment in duebook.payments()] == [PaymentState.FAILED]
    assert duebook.look().body["balances"][0]["payable"] == 100_00
    assert duebook.charges() == []


def test_r27_money_under_way_is_reserved(duebook: World) -> None:
    issue("inv_1", 100_00)
    duebook.simulator.faults.replace([Fault.read({"operation": "charge", "fault": "drop_after", "times": 1})])
    duebook.pay(70_00)

    answer = duebook.pay(40_00, key="key-2")

    assert (answer.status, answer.body["payable"]) == (409, 30_00)
    assert duebook.pay(30_00, key="key-3").status == 201
    duebook.later(minutes=5)
    duebook.call("settlement", {})
    apply_all(duebook)
    assert opens() == {}


def test_r24_pay_online_switched_off_meanwhile_refuses_before_the_charge(duebook: World) -> None:
    issue("inv_1", 100_00)
    assert duebook.look().body["balances"][0]["payable"] == 100_00
    wiring.account_store().change(
        KEY, lambda account: Plan((decide(account, AmendInvoice("inv_1", pay_online=False), posted_at=START, actor="s"),))
    )

    answer = duebook.pay(100_00)

    assert (answer.status, answer.body["payable"]) == (409, 0)
    assert duebook.charges() == []


def test_r25_a_void_between_reservation_and_application_leaves_unapplied_cash(duebook: World) -> None:
    issue("inv_1", 100_00)
    duebook.simulator.faults.replace([Fault.read({"operation": "charge", "fault": "drop_after", "times": 1})])
    duebook.pay(100_00)
    invoice = wiring.invoice_store().required(TENANT, "inv_1")

    def void(account: Any) -> Plan:
        entry = decide(account, VoidInvoice("inv_1", 100_00, "wrong"), posted_at=START, actor="s")
        return Plan((entry,), (wiring.invoice_store().changed(TENANT, replace(invoice, void_reason="wrong")),))

    wiring.account_store().change(KEY, void)
    duebook.later(minutes=5)
    duebook.call("settlement", {})
    apply_all(duebook)
    issue("inv_2", 30_00)
    apply_all(duebook)

    account = wiring.account_store().read(KEY).account
    assert list(account.unapplied.values()) == [100_00]
    assert opens() == {"inv_2": 30_00}
    assert account.reservations == ()


def test_a_payment_of_another_customer_is_not_found(duebook: World) -> None:
    issue("inv_1", 100_00)
    duebook.pay(100_00)
    other = replace(wiring.directory_store().customer(TENANT, CUSTOMER), customer_id="cus_2", pay_online_id="zzzzYYYY2222", version=0)
    wiring.directory_store().add_customer(TENANT, replace(other, currencies=frozenset()))

    payment_id = duebook.payments()[0].key.payment_id

    assert duebook.request("payment_api", "GET", f"/api/pay/zzzzYYYY2222/payments/{payment_id}").status == 404
    assert duebook.request("payment_api", "GET", f"/api/pay/{PAY_ONLINE_ID}/payments/pay_nope").status == 404


def test_a_processor_that_cannot_be_reached_charges_nothing_and_says_so(duebook: World) -> None:
    issue("inv_1", 100_00)
    wiring.secret_store().write(TENANT, "ma_1", {"api_login_id": "", "transaction_key": ""})

    answer = duebook.pay(100_00)

    assert (answer.status, answer.body["code"]) == (503, "processor_unavailable")
    assert "not been charged" in answer.body["detail"]
    assert duebook.look().body["balances"][0]["payable"] == 100_00
    wiring.secret_store().write(TENANT, "ma_1", {"api_login_id": "login1", "transaction_key": "key1"})
    assert duebook.pay(100_00).status == 201
    assert len(duebook.charges()) == 1


def test_one_payment_out_of_order_does_not_keep_the_others_waiting(duebook: World) -> None:
    issue("inv_1", 100_00)
    duebook.simulator.faults.replace([Fault.read({"operation": "charge", "fault": "drop_after", "times": 2})])
    duebook.pay(40_00)
    duebook.later(seconds=1)
    duebook.pay(60_00, key="key-2")
    newest, oldest = duebook.payments()
    wiring.payment_store().save(replace(oldest, merchant_account_id="ma_gone"))
    duebook.later(minutes=5)

    counts = duebook.call("settlement", {})

    assert (counts["broken"], counts["started"]) == (1, 1)
    assert wiring.payment_store().get(newest.key).state is PaymentState.CAPTURED
    wiring.payment_store().save(replace(wiring.payment_store().get(oldest.key), merchant_account_id="ma_1"))
    duebook.call("settlement", {})
    apply_all(duebook)
