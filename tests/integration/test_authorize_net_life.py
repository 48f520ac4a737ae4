"""A charge's life after it was made, by the Authorize.Net client against the simulator over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from duebook.domain.charges import Charge
from duebook.domain.money import Money
from duebook.domain.payments import Outcome
from duebook.domain.processing import Found, RecordKind
from duebook.errors import ProcessorUnavailableError
from duebook.processors.authorize_net_webhooks import SIGNATURE_HEADER, read_notification, signed_by
from duebook.processors.credentials import AuthorizeNetCredentials
from tests.charge_desk import ANN, ORDER, PAYMENT, Desk, open_desk, outcome_of
from tests.processor_bench import NOON


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from open_desk(tmp_path)


def test_r38_a_bank_debit_is_pending_then_settled_then_returned_with_its_code(desk: Desk) -> None:
    made = desk.pay(desk.token("bank_account"))
    waiting = desk.inquired()
    desk.settle()
    settled = desk.inquired()
    desk.bench.control("POST", "return", {"payment_id": PAYMENT, "code": "R01"})
    back = desk.inquired()

    assert [outcome_of(found) for found in (made, waiting, settled, back)] == [
        Outcome.PENDING,
        Outcome.PENDING,
        Outcome.SETTLED,
        Outcome.RETURNED,
    ]
    assert back is not None
    assert (back.reason_code, back.amount, back.last4, back.reference) == ("R01", Money(1250, "USD"), "6789", made.reference)


def test_the_books_tell_a_return_once_with_the_charge_it_concerns(desk: Desk) -> None:
    charge = desk.charged("bank_account")
    desk.settle()
    desk.bench.at(NOON + timedelta(days=3))
    desk.bench.control("POST", "return", {"payment_id": PAYMENT, "code": "R01"})

    lines = desk.records()

    assert [(line.kind, line.outcome, line.order_id) for line in lines] == [
        (RecordKind.CHARGE, Outcome.SETTLED, ORDER),
        (RecordKind.RETURN, Outcome.RETURNED, ORDER),
    ]
    assert (lines[1].charge_reference, lines[1].code, lines[1].amount) == (charge.reference, "R01", Money(1250, "USD"))
    assert lines[1].reference != charge.reference
    assert lines[1].at == NOON + timedelta(days=3)


def test_a_notice_of_change_names_the_only_bank_debit_of_its_batch(desk: Desk) -> None:
    charge = desk.charged("bank_account")
    desk.bench.control("POST", "return", {"payment_id": PAYMENT, "code": "C01", "corrected": {"account": "987654321"}})

    notice = next(line for line in desk.records() if line.kind is RecordKind.NOTIFICATION_OF_CHANGE)

    assert (notice.order_id, notice.charge_reference, notice.amount) == (ORDER, charge.reference, Money(0, "USD"))


def test_a_chargeback_and_its_reversal_are_two_lines_about_one_charge(desk: Desk) -> None:
    charge = desk.charged()
    desk.settle()
    desk.bench.control("POST", "chargeback", {"payment_id": PAYMENT, "reason_code": "10.4", "amount": 500})
    desk.bench.control("POST", "chargeback", {"payment_id": PAYMENT, "reason_code": "10.4", "amount": 500, "reversed": True})

    events = [line for line in desk.records() if line.kind is not RecordKind.CHARGE]

    assert [(line.kind, line.order_id, line.charge_reference, line.amount.minor) for line in events] == [
        (RecordKind.CHARGEBACK, ORDER, charge.reference, 500),
        (RecordKind.CHARGEBACK_REVERSAL, ORDER, charge.reference, 500),
    ]


def test_a_charge_that_failed_to_settle_came_back(desk: Desk) -> None:
    desk.charged()
    desk.settle(errors={PAYMENT: "settlementError"})

    found = desk.inquired()

    assert found is not None
    assert (found.outcome, found.reason_code) == (Outcome.RETURNED, "settlement_error")
    assert [(line.outcome, line.amount.minor) for line in desk.records()] == [(Outcome.RETURNED, 1250)]


def test_the_books_of_two_months_hold_each_charge_once(desk: Desk) -> None:
    for number in range(3):
        desk.charged(order_id=f"DB-{number:016}")
        desk.settle(days=20 * number)
    desk.charged(order_id="DB-00000000000000X1")

    lines = desk.records(days=70)

    assert sorted((line.order_id, line.outcome.value) for line in lines) == [
        ("DB-0000000000000000", "settled"),
        ("DB-0000000000000001", "settled"),
        ("DB-0000000000000002", "settled"),
        ("DB-00000000000000X1", "approved"),
    ]
    assert len({line.batch_id for line in lines}) == 4


def test_a_look_up_by_reference_finds_the_order_and_no_refund(desk: Desk) -> None:
    charge = desk.charged()
    desk.settle()
    given_back = desk.refund(charge)

    found = desk.processor.look_up(charge.reference, timeout_seconds=5)

    assert isinstance(found, Found)
    assert (found.order_id, found.evidence.outcome, found.evidence.amount) == (ORDER, Outcome.SETTLED, Money(1250, "USD"))
    assert desk.processor.look_up(str(given_back.reference), timeout_seconds=5) is None
    assert desk.processor.look_up("69999999999", timeout_seconds=5) is None


@pytest.mark.parametrize("kind", ["card", "bank_account"])
def test_r41_an_unsettled_charge_is_voided_and_voiding_it_again_says_the_same(desk: Desk, kind: str) -> None:
    charge = desk.charged(kind)

    found = [desk.void(charge), desk.void(charge), desk.inquired()]

    assert [outcome_of(each) for each in found] == [Outcome.VOIDED] * 3
    assert [line.outcome for line in desk.records()] == [Outcome.VOIDED]


def test_r41_a_settled_or_unknown_charge_is_too_late_to_void(desk: Desk) -> None:
    charge = desk.charged()
    desk.settle()

    found = [desk.void(charge), desk.void(replace(charge, reference="69999999999"))]

    assert [(each.outcome, each.reason_code) for each in found] == [(Outcome.FAILED, "16"), (Outcome.FAILED, "16")]
    assert outcome_of(desk.inquired()) is Outcome.SETTLED


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        ("drop_before", Outcome.APPROVED),
        ("drop_after", Outcome.VOIDED),
        ("error_500_after", Outcome.VOIDED),
        ("garbage", Outcome.VOIDED),
        ("huge", Outcome.VOIDED),
    ],
)
def test_r39_a_void_whose_answer_is_lost_is_unknown_and_the_charge_tells(desk: Desk, fault: str, after: Outcome) -> None:
    charge = desk.charged()
    desk.bench.faults({"operation": "void", "fault": fault, "times": 1})

    assert desk.void(charge).outcome is Outcome.UNKNOWN
    assert outcome_of(desk.inquired()) is after


@pytest.mark.parametrize("kind", ["card", "bank_account"])
def test_r41_a_settled_charge_is_given_back_in_parts_and_never_beyond_it(desk: Desk, kind: str) -> None:
    charge = desk.charged(kind)
    too_early = desk.refund(charge)
    desk.settle()

    made = [desk.refund(charge), desk.refund(charge, 750, "R2-0123456789ABCDEF"), desk.refund(charge, 1, "R3-0123456789ABCDEF")]

    assert (too_early.outcome, too_early.reason_code) == (Outcome.FAILED, "54")
    assert [each.outcome for each in made] == [Outcome.APPROVED, Outcome.APPROVED, Outcome.FAILED]
    assert made[2].reason_code == "55"
    assert len({charge.reference, made[0].reference, made[1].reference}) == 3


@pytest.mark.parametrize("kind", ["card", "bank_account"])
def test_r41_a_refund_is_found_by_its_own_order_id_before_and_after_it_settles(desk: Desk, kind: str) -> None:
    charge = desk.charged(kind)
    desk.settle()
    made = desk.refund(charge)

    pending = desk.refund_inquired(charge)
    desk.settle(days=2)
    settled = desk.refund_inquired(charge)

    assert pending is not None
    assert settled is not None
    assert [(each.outcome, each.reference, each.amount) for each in (pending, settled)] == [
        (Outcome.APPROVED, made.reference, Money(500, "USD")),
        (Outcome.SETTLED, made.reference, Money(500, "USD")),
    ]
    assert desk.refund_inquired(charge, "R2-0123456789ABCDEF") is None
    assert outcome_of(desk.inquired()) is Outcome.SETTLED


def test_the_books_tell_refunds_by_their_own_order_ids(desk: Desk) -> None:
    charge = desk.charged()
    desk.settle()
    desk.refund(charge)

    refunds = [line for line in desk.records() if line.kind is RecordKind.REFUND]

    assert [(line.order_id, line.outcome, line.amount.minor) for line in refunds] == [("R1-0123456789ABCDEF", Outcome.APPROVED, 500)]


@pytest.mark.parametrize(
    ("fault", "made"), [("drop_before", False), ("drop_after", True), ("error_500_after", True), ("garbage", True), ("huge", True)]
)
def test_r39_a_refund_whose_answer_is_lost_is_unknown_and_its_order_id_tells(desk: Desk, fault: str, *, made: bool) -> None:
    charge = desk.charged()
    desk.settle()
    desk.bench.faults({"operation": "refund", "fault": fault, "times": 1})

    given_back = desk.refund(charge)

    assert given_back.outcome is Outcome.UNKNOWN
    assert outcome_of(desk.refund_inquired(charge)) is (Outcome.APPROVED if made else None)


def test_r41_the_same_refund_sent_twice_gives_back_once_as_far_as_the_charge_goes(desk: Desk) -> None:
    charge = desk.charged()
    desk.settle()

    desk.refund(charge, 1000)
    again = desk.refund(charge, 1000)

    assert again.outcome in {Outcome.FAILED, Outcome.UNKNOWN}
    assert sum(line.amount.minor for line in desk.records() if line.kind is RecordKind.REFUND) == 1000


def test_another_amount_than_asked_for_is_told_by_the_look_up(desk: Desk) -> None:
    desk.bench.faults({"operation": "charge", "fault": "wrong_amount", "times": 1})
    desk.pay()

    found = desk.inquired()

    assert found is not None
    assert found.amount not in {None, Money(1250, "USD")}


@pytest.mark.parametrize("fault", ["garbage", "huge", "slow_drip"])
def test_r39_answers_that_are_cut_huge_or_drip_are_unknown(desk: Desk, fault: str) -> None:
    desk.bench.faults({"operation": "charge", "fault": fault, "times": 1})
    charge = Charge(ORDER, Money(1250, "USD"), desk.token("card"), ANN, "cus_1")

    found = desk.processor.charge(charge, timeout_seconds=0.5)

    assert found.outcome is Outcome.UNKNOWN
    assert outcome_of(desk.inquired()) is Outcome.APPROVED


@pytest.mark.parametrize("fault", ["drop_before", "error_500_after", "garbage"])
def test_r39_books_without_an_answer_are_read_again_later(desk: Desk, fault: str) -> None:
    desk.charged()
    desk.settle()
    desk.bench.faults({"operation": "report", "fault": fault})

    with pytest.raises(ProcessorUnavailableError):
        desk.records()


class Listener(HTTPServer):
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keep)
        self.received: list[tuple[bytes, str | None]] = []


class _Keep(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server: Any = self.server
        server.received.append((body, self.headers[SIGNATURE_HEADER]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_the_gateways_notifications_are_signed_and_name_what_to_look_up(desk: Desk) -> None:
    with Listener() as listener:
        thread = Thread(target=listener.serve_forever)
        thread.start()
        keys = desk.bench.merchant("ten_1", webhook_url=f"http://127.0.0.1:{listener.server_port}/", **_named(desk.keys))
        charge = desk.charged()
        desk.void(charge)
        desk.bench.control("POST", "webhooks/deliver", {})
        listener.shutdown()
        thread.join()

    told = [read_notification(body) for body, _ in listener.received]
    assert {one.event_type.rpartition("payment.")[2] for one in told} == {"authcapture.created", "void.created"}
    assert {(one.reference, one.order_id, one.entity) for one in told} == {(charge.reference, ORDER, "transaction")}
    assert all(signed_by(body, header, keys.signature_keys) for body, header in listener.received)
    assert not any(signed_by(body + b" ", header, keys.signature_keys) for body, header in listener.received)


def _named(keys: AuthorizeNetCredentials) -> dict[str, str]:
    return {"api_login_id": keys.api_login_id, "transaction_key": keys.transaction_key, "signature_key": keys.signature_key}


def test_r39_a_look_up_whose_answer_drips_ends_in_time(desk: Desk) -> None:
    desk.charged()
    desk.bench.faults({"operation": "inquire", "fault": "slow_drip"})

    with pytest.raises(ProcessorUnavailableError):
        desk.processor.inquire(ORDER, submitted_at=NOON, timeout_seconds=0.5)
