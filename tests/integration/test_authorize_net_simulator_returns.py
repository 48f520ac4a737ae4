"""What happens to charges later on: batches, returns, notices of change, chargebacks, held charges."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local.processors.authorize_net.controls import ControlRefusedError
from tests.raw_gateway import BANK, MASKED_BANK, MASKED_CARD, NOON, Gateway, outer, payment_id, reason, response


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def statistics(batch: dict[str, Any]) -> dict[str, Any]:
    (line,) = batch["statistics"]
    return {name: value for name, value in line.items() if value}


def test_cards_and_echecks_settle_in_batches_of_their_own_with_their_figures(gateway: Gateway) -> None:
    gateway.charge(1, "10.00")
    gateway.charge(2, "5.00")
    gateway.charge(3, payment=gateway.token(postal_code="46282"))
    gateway.transact(transactionType="voidTransaction", refTransId="60000000002")
    gateway.charge_bank(4, "25.00")

    settled = gateway.control("POST", "settle", {"tenant_id": "ten_1"})

    cards, echecks = gateway.batches()
    assert settled == {"settled": 4}
    assert (cards["paymentMethod"], echecks["paymentMethod"]) == ("creditCard", "eCheck")
    assert statistics(cards) == {"accountType": "Visa", "chargeAmount": 10.0, "chargeCount": 1, "voidCount": 1, "declineCount": 1}
    assert statistics(echecks) == {"accountType": "eCheck", "chargeAmount": 25.0, "chargeCount": 1}
    assert gateway.ask("getBatchStatisticsRequest", batchId=cards["batchId"])["batch"] == cards
    assert gateway.unsettled() == []


def test_a_return_is_an_entry_of_its_own_in_a_later_batch_and_marks_the_original(gateway: Gateway) -> None:
    gateway.charge_bank()
    gateway.simulator.settle()
    gateway.later(days=2)

    told = gateway.control("POST", "return", {"payment_id": payment_id(1), "code": "R01"})

    first, second = gateway.batches()
    (line,) = gateway.batch(second["batchId"])
    item, original = gateway.details(line["transId"]), gateway.details("60000000001")
    assert told["id"] == line["transId"] == "60000000002"
    assert (line["transactionStatus"], line["invoiceNumber"]) == ("returnedItem", original["order"]["invoiceNumber"])
    assert (item["refTransId"], item["settleAmount"]) == ("60000000001", 25.0)
    assert original["transactionStatus"] == "settledSuccessfully"
    assert original["returnedItems"] == [
        {
            "id": "60000000002",
            "dateUTC": "2026-01-07T12:00:00.000Z",
            "dateLocal": "2026-01-07T05:00:00.000",
            "code": "R01",
            "description": "Insufficient Funds",
        }
    ]
    assert [entry["hasReturnedItems"] for entry in gateway.batch(first["batchId"])] == [True]
    assert statistics(second)["returnedItemCount"] == 1
    assert statistics(second)["returnedItemAmount"] == 25.0


def test_an_echeck_may_come_back_before_it_has_settled(gateway: Gateway) -> None:
    gateway.charge_bank()

    gateway.simulator.return_payment(payment_id(1), "R03")

    (batch,) = gateway.batches()
    (waiting,) = gateway.unsettled()
    assert [line["transactionStatus"] for line in gateway.batch(batch["batchId"])] == ["returnedItem"]
    assert (waiting["transactionStatus"], waiting["hasReturnedItems"]) == ("capturedPendingSettlement", True)


def test_a_return_asked_for_again_is_a_second_record(gateway: Gateway) -> None:
    gateway.charge_bank()
    gateway.simulator.settle()

    for _ in range(2):
        gateway.simulator.return_payment(payment_id(1), "R01")

    assert [item["id"] for item in gateway.details("60000000001")["returnedItems"]] == ["60000000002", "60000000003"]


def test_what_came_back_is_not_refunded(gateway: Gateway) -> None:
    gateway.charge_bank()
    gateway.simulator.settle()
    gateway.simulator.return_payment(payment_id(1), "R01")

    answer = gateway.transact(transactionType="refundTransaction", amount="5.00", payment=MASKED_BANK, refTransId="60000000001")

    assert reason(answer) == "54"


def test_a_notice_of_change_shows_only_as_a_count_and_in_the_merchants_mail(gateway: Gateway) -> None:
    gateway.charge_bank()
    gateway.charge(2)

    body = {"payment_id": payment_id(1), "code": "C01", "corrected": {"account": "987654321"}}
    gateway.control("POST", "return", body)

    (batch,) = gateway.batches()
    assert statistics(batch)["correctionNoticeCount"] == 1
    assert "returnedItems" not in gateway.details("60000000001")
    assert [line["transId"] for line in gateway.unsettled()] == ["60000000002"]
    (notice,) = gateway.control("GET", "notices")["items"]
    assert (notice["code"], notice["corrected"]) == ("C01", {"account": "XXXX4321"})


def test_a_chargeback_and_its_reversal_lie_in_later_batches(gateway: Gateway) -> None:
    gateway.charge()
    gateway.simulator.settle()

    gateway.control("POST", "chargeback", {"payment_id": payment_id(1), "reason_code": "10.4"})
    gateway.later(days=30)
    gateway.control("POST", "chargeback", {"payment_id": payment_id(1), "reason_code": "10.4", "amount": 500, "reversed": True})

    _, second, third = gateway.batches(days=30)
    (taken,), (given,) = gateway.batch(second["batchId"]), gateway.batch(third["batchId"])
    assert (taken["transactionStatus"], taken["settleAmount"]) == ("chargeback", 25.0)
    assert (given["transactionStatus"], given["settleAmount"]) == ("chargebackReversal", 5.0)
    assert gateway.details(taken["transId"])["refTransId"] == "60000000001"
    assert gateway.details(taken["transId"])["responseReasonDescription"] == "Chargeback 10.4"
    assert statistics(second)["chargebackCount"] == 1


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("return", {"payment_id": payment_id(9), "code": "R01"}, 404),
        ("chargeback", {"payment_id": payment_id(9), "reason_code": "10.4"}, 404),
        ("review", {"payment_id": payment_id(9), "action": "approve"}, 404),
        ("return", {"payment_id": payment_id(1), "code": "R01"}, 422),
        ("chargeback", {"payment_id": payment_id(2), "reason_code": "10.4"}, 422),
        ("chargeback", {"payment_id": payment_id(1), "reason_code": "10.4", "amount": 2501}, 422),
        ("chargeback", {"payment_id": payment_id(1), "reason_code": "10.4", "amount": "5"}, 422),
        ("chargeback", {"payment_id": payment_id(1), "reason_code": "10.4", "reversed": True}, 422),
        ("return", {"payment_id": payment_id(2), "code": "X01"}, 422),
        ("return", {"payment_id": payment_id(2), "code": "C99"}, 422),
        ("return", {"payment_id": payment_id(2), "code": "R01", "corrected": "x"}, 422),
        ("return", {"code": "R01"}, 422),
        ("review", {"payment_id": payment_id(1), "action": "approve"}, 422),
        ("review", {"payment_id": payment_id(1), "action": "wait"}, 422),
        ("settle", {"errors": {payment_id(1): "eaten"}}, 422),
        ("settle", {"errors": {payment_id(9): "generalError"}}, 404),
        ("tokens", {"bank_account": {"routing": "121042882"}}, 422),
        ("tokens", {"bank_account": BANK | {"kind": "cash"}}, 422),
    ],
)
def test_what_cannot_happen_is_refused(gateway: Gateway, name: str, body: dict[str, Any], status: int) -> None:
    gateway.charge(1)
    gateway.charge_bank(2)

    with pytest.raises(ControlRefusedError) as refused:
        gateway.control("POST", name, body)

    assert refused.value.status == status


def test_a_voided_echeck_never_comes_back(gateway: Gateway) -> None:
    gateway.charge_bank()
    gateway.transact(transactionType="voidTransaction", refTransId="60000000001")

    with pytest.raises(ControlRefusedError, match="did not reach a bank"):
        gateway.control("POST", "return", {"payment_id": payment_id(1), "code": "R01"})


def test_a_charge_may_fail_on_its_way_to_the_bank(gateway: Gateway) -> None:
    gateway.charge(1)
    gateway.charge(2)

    gateway.control("POST", "settle", {"errors": {payment_id(1): "communicationError"}})

    (batch,) = gateway.batches()
    assert {line["transId"]: line["transactionStatus"] for line in gateway.batch(batch["batchId"])} == {
        "60000000001": "communicationError",
        "60000000002": "settledSuccessfully",
    }
    assert gateway.details("60000000001")["settleAmount"] == 0
    assert statistics(batch)["errorCount"] == 1


def test_batches_close_each_day_at_the_cut_off_when_the_clock_does_it(gateway: Gateway) -> None:
    gateway.control("PUT", "options", {"auto_settle": True})
    gateway.charge(1)
    gateway.later(hours=10)
    assert len(gateway.unsettled()) == 1
    gateway.later(hours=2)
    gateway.charge(2)
    gateway.later(days=3)

    assert gateway.unsettled() == []
    closed = [(batch["settlementTimeUTC"], batch["settlementTimeLocal"]) for batch in gateway.batches()]
    assert closed == [
        ("2026-01-05T23:00:00.000Z", "2026-01-05T16:00:00.000"),
        ("2026-01-06T23:00:00.000Z", "2026-01-06T16:00:00.000"),
    ]


def test_without_the_switch_nothing_settles_by_itself(gateway: Gateway) -> None:
    gateway.charge()
    gateway.later(days=3)

    assert len(gateway.unsettled()) == 1
    assert gateway.batches() == []


def held(gateway: Gateway, number: int = 1, *, bank: bool = False, code: str | None = None) -> dict[str, Any]:
    gateway.control("PUT", "faults", {"faults": [{"operation": "charge", "fault": "review", "times": 1, "code": code}]})
    return gateway.charge_bank(number) if bank else gateway.charge(number)


@pytest.mark.parametrize(
    ("bank", "code", "status", "approved", "declined"),
    [
        (False, None, "FDSAuthorizedPendingReview", "capturedPendingSettlement", "declined"),
        (False, "253", "FDSPendingReview", "capturedPendingSettlement", "declined"),
        (True, "252", "FDSAuthorizedPendingReview", "capturedPendingSettlement", "declined"),
        (True, "193", "underReview", "approvedReview", "failedReview"),
    ],
)
def test_a_held_charge_waits_for_a_person(
    gateway: Gateway, bank: bool, code: str | None, status: str, approved: str, declined: str
) -> None:
    answers = [held(gateway, number, bank=bank, code=code) for number in (1, 2, 3)]
    waiting = gateway.unsettled("pendingApproval")

    for number, action in ((1, "approve"), (2, "decline")):
        request = {"action": action, "refTransId": f"6000000000{number}"}
        assert outer(gateway.ask("updateHeldTransactionRequest", heldTransactionRequest=request)) == "I00001"

    assert {response(answer)["responseCode"] for answer in answers} == {"4"}
    assert [line["transactionStatus"] for line in waiting] == [status] * 3
    assert [gateway.details(f"6000000000{number}")["transactionStatus"] for number in (1, 2, 3)] == [approved, declined, status]
    assert len(gateway.unsettled("pendingApproval")) == 1
    gateway.simulator.settle()
    assert gateway.details("60000000001")["transactionStatus"] == "settledSuccessfully"
    assert gateway.details("60000000003")["transactionStatus"] == status


def test_a_charge_held_before_authorization_expires_after_five_days(gateway: Gateway) -> None:
    held(gateway, code="253")
    gateway.later(days=5)

    gateway.simulator.settle()

    assert gateway.details("60000000001")["transactionStatus"] == "expired"


def test_only_held_charges_are_released(gateway: Gateway) -> None:
    gateway.charge()
    request = {"action": "approve", "refTransId": "60000000001"}

    answers = [
        gateway.ask("updateHeldTransactionRequest", heldTransactionRequest=request),
        gateway.ask("updateHeldTransactionRequest", heldTransactionRequest={**request, "action": "eat"}),
    ]

    assert (reason(answers[0]), outer(answers[1])) == ("16", "E00013")


def test_a_held_charge_is_voided_too(gateway: Gateway) -> None:
    held(gateway)

    answer = gateway.transact(transactionType="voidTransaction", refTransId="60000000001")

    assert reason(answer) == "1"
    assert gateway.unsettled("pendingApproval") == []


def test_refunds_add_up_to_the_charge_and_a_voided_one_gives_its_part_free(gateway: Gateway) -> None:
    gateway.charge()
    gateway.simulator.settle()
    refund = {"transactionType": "refundTransaction", "payment": MASKED_CARD, "refTransId": "60000000001"}

    def back(amount: str) -> dict[str, Any]:
        words = {"transactionType": refund["transactionType"], "amount": amount}
        return gateway.transact(**words, payment=refund["payment"], refTransId=refund["refTransId"])

    first, too_much = back("20.00"), back("5.01")
    voided = gateway.transact(transactionType="voidTransaction", refTransId=response(first)["transId"])
    whole = back("25.00")

    assert [reason(answer) for answer in (first, too_much, voided, whole)] == ["1", "55", "1", "1"]
    assert response(first)["refTransID"] == "60000000001"


@pytest.mark.parametrize(("days", "code"), [(179, "1"), (181, "54")])
def test_a_charge_is_refunded_for_half_a_year(gateway: Gateway, days: int, code: str) -> None:
    gateway.charge()
    gateway.simulator.settle()
    gateway.later(days=days)

    answer = gateway.transact(transactionType="refundTransaction", amount="5.00", payment=MASKED_CARD, refTransId="60000000001")

    assert reason(answer) == code


def test_a_refund_of_no_charge_or_of_an_unknown_one_is_refused(gateway: Gateway) -> None:
    unlinked = gateway.transact(transactionType="refundTransaction", amount="5.00", payment=MASKED_CARD)
    unknown = gateway.transact(transactionType="refundTransaction", amount="5.00", payment=MASKED_CARD, refTransId="1")
    foreign = gateway.transact(transactionType="refundTransaction", amount="5.00", currencyCode="CAD", payment=MASKED_CARD)

    assert (reason(unlinked), reason(unknown), reason(foreign)) == ("54", "16", "39")


def test_a_refund_carries_its_own_invoice_number_and_reference_or_inherits_the_number(gateway: Gateway) -> None:
    gateway.charge()
    gateway.simulator.settle()
    request = {"transactionType": "refundTransaction", "amount": "5.00", "payment": MASKED_CARD, "refTransId": "60000000001"}

    gateway.ask("createTransactionRequest", refId="R1-x", transactionRequest=request | {"order": {"invoiceNumber": "R1-x"}})
    gateway.ask("createTransactionRequest", transactionRequest=request)

    own, inherited = (gateway.ask("getTransactionDetailsRequest", transId=f"6000000000{number}") for number in (2, 3))
    assert (own["transrefId"], own["transaction"]["order"]["invoiceNumber"]) == ("R1-x", "R1-x")
    assert "transrefId" not in inherited
    assert inherited["transaction"]["order"] == gateway.details("60000000001")["order"]


def test_an_authorization_is_captured_once_and_not_for_more(gateway: Gateway) -> None:
    gateway.transact(transactionType="authOnlyTransaction", amount="25.00", payment=gateway.token())
    capture = {"transactionType": "priorAuthCaptureTransaction", "refTransId": "60000000001"}

    too_much = gateway.transact(transactionType=capture["transactionType"], amount="25.01", refTransId=capture["refTransId"])
    first, again = gateway.transact(**capture), gateway.transact(**capture)

    assert [reason(answer) for answer in (too_much, first, again)] == ["47", "1", "311"]
    assert gateway.details("60000000001")["transactionStatus"] == "capturedPendingSettlement"


def test_a_card_with_little_money_is_approved_in_part_when_that_is_allowed(gateway: Gateway) -> None:
    allowed = {"setting": [{"settingName": "allowPartialAuth", "settingValue": "true"}]}
    token = gateway.token(postal_code="46225")

    whole = gateway.charge(1, payment=gateway.token(postal_code="46225"))
    part = gateway.charge(2, payment=token, transactionSettings=allowed)

    assert (reason(whole), reason(part)) == ("1", "295")
    assert response(part)["prePaidCard"] == {"requestedAmount": "25.00", "approvedAmount": "1.23", "balanceOnCard": "0.00"}
    shown = gateway.details(response(part)["transId"])
    assert (shown["requestedAmount"], shown["authAmount"]) == (25.0, 1.23)


def test_the_clock_of_the_batches_is_the_gateways(gateway: Gateway) -> None:
    assert gateway.now == NOON == datetime(2026, 1, 5, 12, tzinfo=UTC)
    gateway.charge()
    gateway.simulator.settle()

    (batch,) = gateway.batches()

    assert (batch["settlementTimeUTC"], batch["settlementTimeLocal"]) == ("2026-01-05T12:00:00.000Z", "2026-01-05T05:00:00.000")


def test_what_comes_back_at_one_instant_shares_a_batch(gateway: Gateway) -> None:
    for number in (1, 2, 3):
        gateway.charge_bank(number)
    gateway.simulator.settle()

    for number in (1, 2):
        gateway.simulator.return_payment(payment_id(number), "R01")
    gateway.later(minutes=1)
    gateway.simulator.return_payment(payment_id(3), "R01")

    assert [len(gateway.batch(batch["batchId"])) for batch in gateway.batches()] == [3, 2, 1]
