"""What becomes of a payment after *Pay*, at both processors: settled, voided, refunded, returned, charged back (R38, R41)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from local.processors.authorize_net.faults import Fault
from tests.faults.stage import issue, world
from tests.faults.world import CUSTOMER, TENANT, World

KEY = AccountKey(TENANT, CUSTOMER, "USD")
PAID = 12_000


@pytest.fixture(params=["authorize_net", "cardpointe"])
def duebook(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, request.param) as made:
        issue("inv_1", 5_000, on="2025-04-01")
        issue("inv_2", 10_000, on="2025-05-01")
        yield made
        assert made.findings() == []


def opens() -> dict[str, int]:
    return {item.invoice_id: item.open_minor for item in wiring.account_store().read(KEY).account.open_items}


def paid(duebook: World, kind: str = "card", amount: int = PAID) -> str:
    answer = duebook.pay(amount, kind=kind, key=f"key-{kind}-{amount}")
    assert answer.status == 201, answer.body
    duebook.settle_down()
    return str(answer.body["id"])


def settled(duebook: World, kind: str = "card") -> str:
    payment_id = paid(duebook, kind)
    duebook.later(hours=20)
    duebook.bank.control("POST", "settle")
    duebook.read_books()
    duebook.settle_down()
    return payment_id


def shown(duebook: World, payment_id: str) -> Any:
    answer = duebook.staff("GET", f"/payments/{payment_id}")
    assert answer.status == 200, answer.text
    return answer.body


def refund(duebook: World, payment_id: str, amount: int, *, key: str = "refund-1", **more: Any) -> Any:
    return duebook.staff("POST", f"/payments/{payment_id}/refund", {"amount": amount, "reason": "billed twice", **more}, key=key)


def void(duebook: World, payment_id: str) -> Any:
    return duebook.staff("POST", f"/payments/{payment_id}/void", {"reason": "wrong customer"})


def test_r38_a_card_is_paid_at_capture_and_settles_later(duebook: World) -> None:
    payment_id = paid(duebook)
    assert opens() == {"inv_2": 3_000}
    assert shown(duebook, payment_id)["settled_at"] is None

    duebook.bank.control("POST", "settle")
    duebook.read_books()

    after = shown(duebook, payment_id)
    assert (after["status"], after["refundable"], opens()) == ("captured", PAID, {"inv_2": 3_000})
    assert after["settled_at"] is not None


def test_r38_r27_a_bank_payment_is_pending_with_its_money_reserved_and_applied_at_settlement(duebook: World) -> None:
    payment_id = paid(duebook, "bank_account")

    assert shown(duebook, payment_id)["status"] == "pending"
    assert opens() == {"inv_1": 5_000, "inv_2": 10_000}
    assert duebook.look().body["balances"][0]["payable"] == 15_000 - PAID
    assert duebook.recorded_mails() == []

    duebook.later(hours=20)
    duebook.bank.control("POST", "settle")
    duebook.read_books()
    duebook.settle_down()

    assert shown(duebook, payment_id)["status"] == "captured"
    assert opens() == {"inv_2": 3_000}
    assert sorted(duebook.recorded_mails()) == ["payment_received", "payment_submitted", "receipt"]


def test_r38_a_return_after_settlement_reopens_exactly_what_it_had_paid_and_tells_both_sides_once(duebook: World) -> None:
    payment_id = settled(duebook, "bank_account")
    duebook.later(days=2)
    duebook.bank.control("POST", "return", {"payment_id": payment_id, "code": "R01"})

    for _ in range(2):
        duebook.read_books()
        duebook.later(hours=1)
    duebook.let_schedules_repair()

    after = shown(duebook, payment_id)
    assert (after["status"], after["return_code"], after["applications"], after["unapplied"]) == ("returned", "R01", [], 0)
    assert opens() == {"inv_1": 5_000, "inv_2": 10_000}
    wanted = ["payment_received", "payment_returned", "payment_returned", "payment_submitted", "receipt"]
    assert sorted(duebook.recorded_mails()) == wanted


def test_r38_a_return_before_settlement_releases_the_money(duebook: World) -> None:
    payment_id = paid(duebook, "bank_account")
    duebook.later(days=1)
    duebook.bank.control("POST", "return", {"payment_id": payment_id, "code": "R03"})
    duebook.read_books()
    duebook.let_schedules_repair()

    assert (shown(duebook, payment_id)["status"], shown(duebook, payment_id)["return_code"]) == ("returned", "R03")
    assert duebook.look().body["balances"][0]["payable"] == 15_000


def test_r41_a_void_before_settlement_takes_the_whole_payment_back(duebook: World) -> None:
    payment_id = paid(duebook)

    answer = void(duebook, payment_id)

    assert (answer.status, answer.body["status"]) == (200, "voided"), answer.text
    assert opens() == {"inv_1": 5_000, "inv_2": 10_000}
    assert void(duebook, payment_id).status == 200
    assert len(duebook.bank.calls("void")) == 1
    duebook.let_schedules_repair()
    assert duebook.recorded_mails().count("refund_notice") == 1


def test_r41_a_void_after_settlement_is_refused_with_the_way_out(duebook: World) -> None:
    payment_id = paid(duebook)
    duebook.bank.control("POST", "settle")

    answer = void(duebook, payment_id)

    assert (answer.status, answer.body["code"]) == (409, "too_late_to_void"), answer.text
    assert opens() == {"inv_2": 3_000}


def test_r41_a_refund_before_settlement_is_refused_and_never_becomes_a_void(duebook: World) -> None:
    payment_id = paid(duebook)

    for amount in (2_000, PAID):
        answer = refund(duebook, payment_id, amount, key=f"refund-{amount}")
        assert (answer.status, answer.body["code"]) == (409, "not_settled"), answer.text

    assert duebook.bank.calls("void") == duebook.bank.calls("refund") == []
    assert opens() == {"inv_2": 3_000}


def test_r41_a_refund_of_money_that_is_not_there_says_why(duebook: World) -> None:
    pending = paid(duebook, "bank_account")

    answer = refund(duebook, pending, 2_000)
    assert (answer.status, answer.body["code"]) == (409, "not_settled"), answer.text
    duebook.bank.control("POST", "settle")
    duebook.read_books()
    duebook.bank.control("POST", "return", {"payment_id": pending, "code": "R01"})
    duebook.read_books()

    answer = refund(duebook, pending, 2_000, key="another")
    detail = "This payment was sent back by the bank; there is nothing to give back."
    assert (answer.status, answer.body["code"], answer.body["detail"]) == (409, "conflict", detail)


def test_r41_refunds_reopen_the_newest_application_first_up_to_what_is_left(duebook: World) -> None:
    payment_id = settled(duebook)

    first = refund(duebook, payment_id, 8_000)

    assert (first.status, first.body["status"], first.body["refunded"], first.body["refundable"]) == (201, "partly_refunded", 8_000, 4_000)
    assert opens() == {"inv_1": 1_000, "inv_2": 10_000}
    too_much = refund(duebook, payment_id, 4_001, key="refund-2")
    assert too_much.status == 422
    assert "40.00" in too_much.body["detail"] + str(too_much.body.get("errors"))
    rest = refund(duebook, payment_id, 4_000, key="refund-3")
    assert (rest.status, rest.body["status"]) == (201, "refunded")
    assert opens() == {"inv_1": 5_000, "inv_2": 10_000}
    assert len(duebook.bank.calls("refund")) == 2


def test_r41_staff_choose_which_invoices_a_refund_reopens(duebook: World) -> None:
    payment_id = settled(duebook)

    answer = refund(duebook, payment_id, 2_000, invoice_ids=["inv_1"])

    assert answer.status == 201, answer.text
    assert opens() == {"inv_1": 2_000, "inv_2": 3_000}
    assert refund(duebook, payment_id, 4_000, key="refund-2", invoice_ids=["inv_1"]).status == 422
    assert refund(duebook, payment_id, 1_000, key="refund-3", invoice_ids=["inv_9"]).status == 422


def test_r40_r41_the_same_key_gives_back_once(duebook: World) -> None:
    payment_id = settled(duebook)

    first, second = refund(duebook, payment_id, 2_000), refund(duebook, payment_id, 2_000)

    assert (first.status, second.status) == (201, 201)
    assert second.body["refunded"] == 2_000
    assert refund(duebook, payment_id, 3_000).status == 409
    assert len(duebook.bank.calls("refund")) == 1


def test_r41_a_lost_answer_to_a_refund_is_unknown_then_found_by_asking_and_never_made_again(duebook: World) -> None:
    payment_id = settled(duebook)
    faults = duebook.simulator.faults if duebook.processor == "authorize_net" else duebook.cardpointe.simulator.faults
    faults.replace([Fault("refund", "drop_after", times=1)])

    answer = refund(duebook, payment_id, 2_000)
    assert (answer.status, answer.body["refunds"][0]["status"]) == (202, "unknown")
    assert opens() == {"inv_2": 3_000}
    assert refund(duebook, payment_id, 1_000, key="refund-2").status == 409
    duebook.let_schedules_repair()

    assert shown(duebook, payment_id)["refunded"] == 2_000
    assert opens() == {"inv_2": 5_000}
    assert len(duebook.bank.calls("refund")) == 1


def test_r41_a_chargeback_reverses_and_is_marked(duebook: World) -> None:
    payment_id = settled(duebook)
    duebook.later(days=9)
    duebook.bank.control("POST", "chargeback", {"payment_id": payment_id, "reason_code": "10.4", "amount": 5_000})
    duebook.read_books()
    duebook.let_schedules_repair()

    after = shown(duebook, payment_id)
    code = "10.4" if duebook.processor == "cardpointe" else None  # Authorize.Net tells no reason
    assert (after["status"], after["return_code"]) == ("charged_back", code)
    assert opens() == {"inv_2": 8_000}
    assert refund(duebook, payment_id, 1_000).status == 409


def test_r25_r41_a_check_can_be_voided_and_over_long_money_given_back(duebook: World) -> None:
    body = {"customer_id": CUSTOMER, "amount": 16_000, "currency": "USD", "method": {"kind": "check", "number": "7"}}
    check = duebook.staff("POST", "/payments", body, key="check-1").body
    assert check["unapplied"] == 1_000

    given_back = refund(duebook, check["id"], 1_000)

    assert (given_back.status, given_back.body["status"], given_back.body["unapplied"]) == (201, "partly_refunded", 0), given_back.text
    assert opens() == {}
    bounced = duebook.staff("POST", "/payments", body | {"amount": 500}, key="check-2").body
    assert void(duebook, bounced["id"]).body["status"] == "voided"
    assert duebook.bank.calls("refund") == duebook.bank.calls("void") == []
