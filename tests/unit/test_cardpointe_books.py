"""The CardPointe Gateway's batches and deposits, line by line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from duebook.domain.money import Money
from duebook.domain.payments import Outcome
from duebook.domain.processing import ProcessorRecord, RecordKind
from duebook.errors import InvalidInputError, ProcessorUnavailableError
from duebook.processors.cardpointe import CardPointe
from duebook.processors.credentials import CardPointeCredentials
from duebook.processors.rest_transport import RestAnswer
from duebook.processors.transport import AnswerLostError
from tests.canned_cardpointe import ORDER, REFUND_ORDER, Canned, client, missing, record

CARDS_ONLY = CardPointeCredentials("800000000001", "u", "p")
BANKS_ONLY = CardPointeCredentials("800000000001", "u", "p", "800000000001")
NOON = datetime(2026, 1, 8, 12, tzinfo=UTC)
NO_BATCHES, NO_DEPOSITS = b"Null batches", {"errormsg": "No deposits match your request"}
CHARGE = {"retref": "100000000001", "setlstat": "Y", "setlamount": "12.50", "salesdoc": ORDER, "cardtype": "VISA"}
RETURNED = {
    "fundingtxnid": "77001",
    "retref": "100000000090",
    "parentretref": "100000000010",
    "type": "RETURN",
    "status": "Processed",
    "amount": "-25.00",
    "currency": "USD",
    "cardtype": "ECHK",
    "cardnumber": "XXXXXX6789",
    "date": "2026-01-07",
    "achreturncode": "R01",
}


def batch(*lines: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    return [{"merchid": "800000000001", "batchid": "1900000001", "hoststat": "GB", "respproc": "FNOR", "txns": list(lines), **changes}]


def deposit(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"fundingmasterid": "5001", "fundingdate": "2026-01-08", "txns": list(lines), "adjustments": [], "chargebacks": [], **changes}


def one_day(*answers: object, keys: CardPointeCredentials = CARDS_ONLY) -> tuple[list[ProcessorRecord], Canned]:
    processor, gateway = client(*answers, keys=keys)
    return list(day(processor)), gateway


def day(processor: CardPointe) -> Any:
    return processor.records(NOON, NOON + timedelta(hours=1), timeout_seconds=30)


def test_a_settled_charge_is_told_with_order_amount_and_batch() -> None:
    records, gateway = one_day(NO_DEPOSITS, batch(CHARGE))

    assert records == [
        ProcessorRecord(
            RecordKind.CHARGE,
            "100000000001",
            Money(1250, "USD"),
            Outcome.SETTLED,
            NOON,
            order_id=ORDER,
            batch_id="1900000001",
            brand="visa",
        )
    ]
    assert gateway.paths == ["GET funding?merchid=800000000001&date=20260108", "GET settlestat?merchid=800000000001&date=0108"]


def test_both_merchant_ids_are_read_for_each_day_of_the_gateways_time() -> None:
    processor, gateway = client(*[NO_DEPOSITS] * 4, *[NO_BATCHES] * 4)
    since = datetime(2026, 1, 1, 3, tzinfo=UTC)

    records = list(processor.records(since, since + timedelta(hours=1), timeout_seconds=30))

    assert records == []
    assert gateway.paths[:4] == [
        "GET funding?merchid=800000000001&date=20251231",
        "GET funding?merchid=800000000001&date=20260101",
        "GET funding?merchid=800000000002&date=20251231",
        "GET funding?merchid=800000000002&date=20260101",
    ]
    assert gateway.paths[4] == "GET settlestat?merchid=800000000001&date=1231"


@pytest.mark.parametrize("text", [b"Null batches", b"null Batches.", b' "NULL BATCHES"\r\n', b"[]", b"null"])
def test_no_batches_is_told_in_several_ways(text: bytes) -> None:
    assert one_day(NO_DEPOSITS, text)[0] == []


@pytest.mark.parametrize("salesdoc", ["", None])
def test_a_line_without_our_order_id_is_asked_for_it(salesdoc: str | None) -> None:
    records, gateway = one_day(NO_DEPOSITS, batch(CHARGE | {"salesdoc": salesdoc}), record("Accepted"))

    assert records[0].order_id == ORDER
    assert gateway.paths[-1] == "GET inquire/100000000001/800000000001"


def test_a_charge_of_which_the_gateway_kept_no_order_id_has_none() -> None:
    records, _ = one_day(NO_DEPOSITS, batch(CHARGE | {"salesdoc": ""}), missing())

    assert [(found.order_id, found.reference) for found in records] == [(None, "100000000001")]


@pytest.mark.parametrize(
    "line",
    [
        CHARGE | {"salesdoc": REFUND_ORDER},
        CHARGE | {"salesdoc": "OTHER", "setlamount": "-12.50"},
    ],
)
def test_a_refund_in_a_batch_is_a_refund(line: dict[str, Any]) -> None:
    records, _ = one_day(NO_DEPOSITS, batch(line))

    assert [(found.kind, found.outcome, found.amount.minor) for found in records] == [(RecordKind.REFUND, Outcome.SETTLED, 1250)]


def test_a_refund_without_an_order_id_of_ours_is_known_by_its_record() -> None:
    records, _ = one_day(NO_DEPOSITS, batch(CHARGE | {"salesdoc": ""}), record(authcode="REFUND", orderId="WEB-1"))

    assert [(found.kind, found.order_id) for found in records] == [(RecordKind.REFUND, "WEB-1")]


@pytest.mark.parametrize(
    ("letter", "outcome", "code"),
    [("N", Outcome.RETURNED, "rejected"), ("W", Outcome.REVIEW, "W"), ("F", Outcome.REVIEW, "F"), ("P", Outcome.APPROVED, None)],
)
def test_a_line_that_did_not_settle_says_why(letter: str, outcome: Outcome, code: str | None) -> None:
    records, _ = one_day(NO_DEPOSITS, batch(CHARGE | {"setlstat": letter}))

    assert [(found.outcome, found.code) for found in records] == [(outcome, code)]


@pytest.mark.parametrize("hoststat", ["", "ND"])
def test_nothing_in_a_batch_that_was_not_sent_has_settled(hoststat: str) -> None:
    cards, _ = one_day(NO_DEPOSITS, batch(CHARGE, hoststat=hoststat))
    banks, _ = one_day(NO_DEPOSITS, batch(CHARGE, hoststat=hoststat, respproc="PSTR"))

    assert [found.outcome for found in cards + banks] == [Outcome.APPROVED, Outcome.PENDING]


@pytest.mark.parametrize("amount", [b'"-25.00"', b"-25.00", b"-25", b"-25.0"])
def test_a_return_after_settlement_names_code_charge_and_amount_in_either_writing(amount: bytes) -> None:
    body = json.dumps(deposit(RETURNED | {"amount": "@"})).encode().replace(b'"@"', amount)

    records, gateway = one_day(body, record("Accepted", retref="100000000010"), NO_BATCHES)

    assert records == [
        ProcessorRecord(
            RecordKind.RETURN,
            "100000000090",
            Money(2500, "USD"),
            Outcome.RETURNED,
            datetime(2026, 1, 7, 12, tzinfo=UTC),
            order_id=ORDER,
            charge_reference="100000000010",
            code="R01",
            last4="6789",
        )
    ]
    assert gateway.paths[1] == "GET inquire/100000000010/800000000001"


def test_references_of_the_bank_accounts_merchant_id_carry_it() -> None:
    keys = CardPointeCredentials("800000000001", "u", "p", "800000000002")
    records, gateway = one_day(NO_DEPOSITS, deposit(RETURNED), record(), NO_BATCHES, NO_BATCHES, keys=keys)

    assert [(found.reference, found.charge_reference) for found in records] == [("100000000090@800000000002", "100000000010@800000000002")]
    assert gateway.paths[2] == "GET inquire/100000000010/800000000002"


def test_a_reject_before_settlement_is_the_charge_itself_and_is_told_once_with_its_code() -> None:
    rejected = RETURNED | {"retref": "100000000001", "parentretref": "", "type": "SALE", "status": "Rejected", "amount": "12.50"}

    records, _ = one_day(deposit(rejected), record("Rejected"), batch(CHARGE | {"setlstat": "N"}, respproc="PSTR"))

    assert [(found.kind, found.reference, found.outcome, found.code, found.order_id) for found in records] == [
        (RecordKind.CHARGE, "100000000001", Outcome.RETURNED, "R01", ORDER)
    ]


def test_a_reject_without_a_code_is_one_all_the_same() -> None:
    rejected = RETURNED | {"parentretref": "", "status": "rejected", "achreturncode": ""}

    records, _ = one_day(deposit(rejected), record("Rejected"), NO_BATCHES)

    assert [(found.outcome, found.code) for found in records] == [(Outcome.RETURNED, "rejected")]


def test_a_rejected_refund_is_a_refund_that_came_back() -> None:
    rejected = RETURNED | {"parentretref": "", "status": "Rejected", "type": "REFUND"}

    records, _ = one_day(deposit(rejected), record(orderId=REFUND_ORDER), NO_BATCHES)

    assert [(found.kind, found.outcome, found.order_id) for found in records] == [(RecordKind.REFUND, Outcome.RETURNED, REFUND_ORDER)]


def test_a_notification_of_change_moves_no_money() -> None:
    records, _ = one_day(deposit(RETURNED | {"achreturncode": "C01", "amount": "0.00"}), record(), NO_BATCHES)

    assert [(found.kind, found.amount, found.outcome, found.code, found.order_id, found.charge_reference) for found in records] == [
        (RecordKind.NOTIFICATION_OF_CHANGE, Money(0, "USD"), Outcome.APPROVED, "C01", ORDER, "100000000010")
    ]


def test_a_chargeback_names_case_charge_code_and_words() -> None:
    dispute = {
        "casenumber": "2026008000001",
        "retref": "100000000001",
        "amount": "5.00",
        "reasoncode": "10.4",
        "reasondescription": "Fraud - card absent",
    }

    records, _ = one_day(deposit(chargebacks=[dispute]), record("Accepted"), NO_BATCHES)

    assert records == [
        ProcessorRecord(
            RecordKind.CHARGEBACK,
            "2026008000001",
            Money(500, "USD"),
            Outcome.CHARGED_BACK,
            NOON,
            order_id=ORDER,
            charge_reference="100000000001",
            code="10.4",
            detail="Fraud - card absent",
        )
    ]


def test_a_dispute_that_was_won_is_told_and_other_adjustments_are_not() -> None:
    adjustments = [
        {"casenumber": "77", "amount": "5.00", "type": "Chargeback Reversal"},
        {"casenumber": "", "amount": "5.00", "type": "Reversal"},
        {"casenumber": "78", "amount": "1.00", "type": "Fee"},
    ]
    dispute = {"casenumber": "77", "retref": "100000000001", "amount": "5.00", "reasoncode": "10.4"}

    records, _ = one_day(deposit(chargebacks=[dispute], adjustments=adjustments), record("Accepted"), NO_BATCHES)

    assert [(found.kind, found.reference, found.order_id) for found in records] == [
        (RecordKind.CHARGEBACK, "77", ORDER),
        (RecordKind.CHARGEBACK_REVERSAL, "77", ORDER),
    ]


def test_a_refund_in_a_deposit_is_told_once_beside_its_batch_and_sales_only_by_their_batch() -> None:
    refund = RETURNED | {"retref": "100000000005", "type": "REFUND", "achreturncode": "", "parentretref": "", "amount": "-12.50"}
    sale = RETURNED | {"retref": "100000000001", "type": "SALE", "achreturncode": "", "parentretref": "", "amount": "12.50"}
    line = CHARGE | {"retref": "100000000005", "salesdoc": ""}

    records, gateway = one_day(deposit(sale, refund), record(retref="100000000005", orderId=REFUND_ORDER), batch(line))

    assert [(found.kind, found.reference, found.outcome, found.order_id) for found in records] == [
        (RecordKind.REFUND, "100000000005", Outcome.SETTLED, REFUND_ORDER)
    ]
    assert len(gateway.sent) == 3


def test_a_sale_of_which_a_deposit_tells_nonsense_holds_nothing_up() -> None:
    sale = {"type": "SALE", "status": "Processed", "retref": "", "amount": "much", "currency": "CAD", "achreturncode": ""}

    assert one_day(deposit(sale), NO_BATCHES)[0] == []


@pytest.mark.parametrize("shape", [lambda found: found, lambda found: [found]])
def test_deposits_may_come_alone_or_in_a_list(shape: Any) -> None:
    records, _ = one_day(shape(deposit(RETURNED)), record(), NO_BATCHES)

    assert len(records) == 1


@pytest.mark.parametrize(
    "answers",
    [
        [401],
        [AnswerLostError("cut")],
        [b"garbage"],
        [RestAnswer(429, b"", 60)],
        [deposit(RETURNED | {"amount": "much"})],
        [deposit(RETURNED | {"retref": ""})],
        [deposit(RETURNED | {"currency": "CAD"})],
        [deposit(RETURNED), AnswerLostError("cut")],
        [deposit(chargebacks=[{"casenumber": "", "retref": "1", "amount": "1.00"}])],
        [NO_DEPOSITS, b"<html>"],
        [NO_DEPOSITS, missing("21")],
        [missing("21")],
        [NO_DEPOSITS, batch(CHARGE | {"setlamount": None})],
        [NO_DEPOSITS, batch(CHARGE | {"retref": None})],
    ],
)
def test_books_that_are_not_understood_are_read_again_later(answers: list[object]) -> None:
    processor, _ = client(*answers, keys=CARDS_ONLY)

    with pytest.raises(ProcessorUnavailableError):
        list(day(processor))


def test_a_span_of_many_months_is_refused_because_days_carry_no_year() -> None:
    processor, gateway = client()

    with pytest.raises(InvalidInputError, match="at most 100"):
        list(processor.records(NOON - timedelta(days=200), NOON, timeout_seconds=5))

    assert gateway.sent == []


def test_one_merchant_id_for_both_is_read_once() -> None:
    records, gateway = one_day(NO_DEPOSITS, NO_BATCHES, keys=BANKS_ONLY)

    assert records == []
    assert len(gateway.sent) == 2
