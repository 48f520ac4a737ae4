"""The Authorize.Net client against the simulator, over real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from duebook.domain.payments import DeclineReason, Evidence, Outcome
from duebook.errors import ProcessorUnavailableError
from duebook.processors.authorize_net import AuthorizeNet
from duebook.processors.authorize_net_search import PAGE_LIMIT
from duebook.processors.credentials import AuthorizeNetCredentials
from duebook.processors.transport import HttpTransport
from local.processors.authorize_net.server import create_server
from tests.processor_bench import NOON, Bench, an_order, minted


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock_file = tmp_path / "clock"
    clock_file.write_text(NOON.isoformat())
    server = create_server("127.0.0.1", 0, tmp_path, clock_file)
    server.start()
    yield Bench(server, clock_file)
    server.stop()


@pytest.fixture
def keys(bench: Bench) -> AuthorizeNetCredentials:
    return bench.merchant()


@pytest.fixture
def pay(bench: Bench, keys: AuthorizeNetCredentials) -> Callable[..., Evidence]:
    processor = bench.client(keys)

    def charged(order_id: str = "p-1", minor: int = 1250, timeout_seconds: float = 5, **card: str) -> Evidence:
        charge = an_order(bench.token(**card), order_id, minor)
        return processor.charge(charge, timeout_seconds=timeout_seconds)

    return charged


def test_a_good_card_is_charged_and_booked_once(bench: Bench, pay: Callable[..., Evidence]) -> None:
    found = pay()

    assert found == Evidence(Outcome.APPROVED, NOON, "60000000001", None, None, "visa", "1111")
    assert bench.calls() == [
        {
            "operation": "charge",
            "amount": 1250,
            "currency": "USD",
            "outcome": "approved",
            "order_id": "p-1",
            "tenant_id": "ten_1",
            "at": "2026-01-05T12:00:00.000Z",
        }
    ]


def test_a_name_outside_ascii_arrives_whole(bench: Bench, pay: Callable[..., Evidence]) -> None:
    pay()

    (entry,) = bench.control("GET", "ledger")["items"]
    assert entry["bill_to"] == {"firstName": "José", "lastName": "Müller-李"}


@pytest.mark.parametrize(
    ("card", "outcome", "reason", "code"),
    [
        ({"postal_code": "46282"}, Outcome.DECLINED, DeclineReason.DO_NOT_HONOR, "2"),
        ({"number": "4111111111111112"}, Outcome.FAILED, DeclineReason.INCORRECT_NUMBER, "6"),
        ({"expiry": "01/20"}, Outcome.FAILED, DeclineReason.EXPIRED_CARD, "8"),
        ({"expiry": "13/30"}, Outcome.FAILED, DeclineReason.EXPIRED_CARD, "7"),
        ({"cvv": "901"}, Outcome.APPROVED, None, None),
        ({"postal_code": "46205"}, Outcome.APPROVED, None, None),
    ],
)
def test_cards_zip_and_security_codes_bring_about_what_the_sandbox_does(
    pay: Callable[..., Evidence], card: dict[str, str], outcome: Outcome, reason: DeclineReason | None, code: str | None
) -> None:
    found = pay(**card)

    assert (found.outcome, found.reason, found.reason_code) == (outcome, reason, code)


@pytest.mark.parametrize(
    ("option", "card", "reason"),
    [
        ({"avs_filter": ["N"]}, {"postal_code": "46205"}, DeclineReason.AVS_FAILED),
        ({"cvv_filter": ["N"]}, {"cvv": "901"}, DeclineReason.INCORRECT_CVC),
    ],
)
def test_a_merchants_filters_decline_what_does_not_match(
    bench: Bench, pay: Callable[..., Evidence], option: dict[str, Any], card: dict[str, str], reason: DeclineReason
) -> None:
    bench.control("PUT", "options", option)

    found = pay(**card)

    assert (found.outcome, found.reason) == (Outcome.DECLINED, reason)


@pytest.mark.parametrize("result_code", ["Ok", "Error"])
def test_a_decline_is_a_decline_under_either_outer_result(bench: Bench, pay: Callable[..., Evidence], result_code: str) -> None:
    bench.control("PUT", "options", {"declined_result_code": result_code})

    assert pay(postal_code="46282").outcome is Outcome.DECLINED


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        ("4", Outcome.DECLINED, DeclineReason.LOST_OR_STOLEN),
        ("44", Outcome.DECLINED, DeclineReason.INCORRECT_CVC),
        ("13", Outcome.FAILED, DeclineReason.CONFIGURATION),
        ("49", Outcome.FAILED, DeclineReason.AMOUNT_LIMIT),
        ("120", Outcome.UNKNOWN, None),
        ("11", Outcome.UNKNOWN, None),
    ],
)
def test_each_class_of_refusal_on_demand(
    bench: Bench, pay: Callable[..., Evidence], code: str, outcome: Outcome, reason: DeclineReason | None
) -> None:
    bench.faults({"operation": "charge", "fault": "decline", "code": code})

    found = pay()

    assert (found.outcome, found.reason, found.reason_code) == (outcome, reason, code)


def test_a_held_charge_is_in_review_and_a_look_up_says_the_same(bench: Bench, pay: Callable[..., Evidence], keys: Any) -> None:
    bench.faults({"operation": "charge", "fault": "review"})

    found = pay()

    looked_up = bench.client(keys).inquire("p-1", submitted_at=NOON, timeout_seconds=5)
    assert looked_up is not None
    assert (found.outcome, looked_up.outcome) == (Outcome.REVIEW, Outcome.REVIEW)
    assert found.reference == looked_up.reference


def test_a_merchant_in_test_mode_charges_nothing_and_says_so(bench: Bench) -> None:
    keys = bench.merchant("ten_test", test_mode=True)

    found = bench.client(keys).charge(an_order(bench.token()), timeout_seconds=5)

    assert (found.outcome, found.reason_code) == (Outcome.FAILED, "test_mode")


def test_the_same_order_sent_twice_is_charged_once(bench: Bench, pay: Callable[..., Evidence]) -> None:
    first = pay()

    second = pay()

    assert (first.outcome, second.outcome, second.reason_code) == (Outcome.APPROVED, Outcome.UNKNOWN, "11")
    assert len(bench.control("GET", "ledger")["items"]) == 1


def test_another_order_of_the_same_amount_is_another_charge(pay: Callable[..., Evidence]) -> None:
    outcomes = [pay(order_id).outcome for order_id in ("p-1", "p-2")]

    assert outcomes == [Outcome.APPROVED, Outcome.APPROVED]


def test_a_token_is_good_for_one_charge(bench: Bench, keys: AuthorizeNetCredentials) -> None:
    token = bench.token()
    processor = bench.client(keys)
    processor.charge(an_order(token), timeout_seconds=5)

    again = processor.charge(an_order(token, "p-2"), timeout_seconds=5)

    assert (again.outcome, again.reason, again.reason_code) == (Outcome.FAILED, DeclineReason.TOKEN_EXPIRED, "E00114")


def test_a_token_lives_for_fifteen_minutes(bench: Bench, keys: AuthorizeNetCredentials) -> None:
    tokens = [bench.token(), bench.token()]
    processor = bench.client(keys)

    bench.at(NOON + timedelta(minutes=15))
    in_time = processor.charge(an_order(tokens[0]), timeout_seconds=5)
    bench.at(NOON + timedelta(minutes=15, seconds=1))
    too_late = processor.charge(an_order(tokens[1], "p-2"), timeout_seconds=5)

    assert in_time.outcome is Outcome.APPROVED
    assert (too_late.reason, too_late.reason_code) == (DeclineReason.TOKEN_EXPIRED, "E00115")


def test_a_token_of_one_merchant_is_refused_at_another(bench: Bench, keys: AuthorizeNetCredentials) -> None:
    token = minted(bench, keys)
    other = bench.merchant("ten_2")

    elsewhere = bench.client(other).charge(an_order(token), timeout_seconds=5)
    at_home = bench.client(keys).charge(an_order(token), timeout_seconds=5)

    assert (elsewhere.reason, elsewhere.reason_code) == (DeclineReason.TOKEN_EXPIRED, "E00116")
    assert at_home.outcome is Outcome.APPROVED


def test_another_currency_than_the_merchants_is_refused_by_the_processor(bench: Bench, keys: AuthorizeNetCredentials) -> None:
    processor = bench.client(keys, currency="CAD")

    found = processor.charge(an_order(bench.token(), currency="CAD"), timeout_seconds=5)

    assert (found.outcome, found.reason, found.reason_code) == (Outcome.FAILED, DeclineReason.CONFIGURATION, "39")


def test_wrong_credentials_are_a_configuration_fault_and_reads_are_unavailable(bench: Bench, keys: Any) -> None:
    processor = bench.client(replace(keys, transaction_key="ffffffffffffffff"))

    found = processor.charge(an_order(bench.token()), timeout_seconds=5)

    assert (found.outcome, found.reason_code) == (Outcome.FAILED, "E00007")
    with pytest.raises(ProcessorUnavailableError, match="E00007"):
        processor.inquire("p-1", submitted_at=NOON, timeout_seconds=5)


def test_a_key_rotated_at_the_processor_is_picked_up_in_the_same_call(bench: Bench, keys: AuthorizeNetCredentials) -> None:
    rotated = bench.merchant("ten_1", api_login_id=keys.api_login_id, transaction_key="fedcba9876543210")

    class Rotating:
        def current(self) -> AuthorizeNetCredentials:
            return keys

        def refreshed(self) -> AuthorizeNetCredentials:
            return rotated

    processor = AuthorizeNet(transport=HttpTransport(bench.server.api_url), credentials=Rotating(), currency="USD", now=lambda: NOON)

    found = processor.charge(an_order(bench.token()), timeout_seconds=5)

    assert found.outcome is Outcome.APPROVED
    assert len(bench.control("GET", "ledger")["items"]) == 1


@pytest.mark.parametrize(
    ("fault", "charged"),
    [("drop_before", False), ("drop_after", True), ("error_500_after", True), ("timeout_after", True)],
)
def test_r39_a_lost_answer_is_unknown_and_the_look_up_tells_the_truth(
    bench: Bench, pay: Callable[..., Evidence], keys: AuthorizeNetCredentials, fault: str, *, charged: bool
) -> None:
    bench.faults({"operation": "charge", "fault": fault, "times": 1})

    found = pay(timeout_seconds=0.5)

    looked_up = bench.client(keys).inquire("p-1", submitted_at=NOON, timeout_seconds=5)
    assert (found.outcome, found.reference) == (Outcome.UNKNOWN, None)
    assert (looked_up is not None) is charged
    assert looked_up is None or (looked_up.outcome, looked_up.reference) == (Outcome.APPROVED, "60000000001")
    assert [call["operation"] for call in bench.calls()].count("charge") == charged


def test_a_fault_of_one_tenant_leaves_others_alone(bench: Bench, pay: Callable[..., Evidence]) -> None:
    bench.faults({"operation": "charge", "fault": "drop_before", "tenant_id": "ten_2"})

    assert pay().outcome is Outcome.APPROVED


def test_a_declined_charge_is_found_as_declined(bench: Bench, pay: Callable[..., Evidence], keys: Any) -> None:
    pay(postal_code="46282")

    found = bench.client(keys).inquire("p-1", submitted_at=NOON, timeout_seconds=5)

    assert found is not None
    assert (found.outcome, found.reason) == (Outcome.DECLINED, DeclineReason.DO_NOT_HONOR)


def test_a_charge_is_found_after_it_has_settled(bench: Bench, pay: Callable[..., Evidence], keys: Any) -> None:
    pay("p-0")
    pay("p-1")
    bench.at(NOON + timedelta(days=3))
    bench.control("POST", "settle", {"tenant_id": "ten_1"})
    pay("p-2")

    found = bench.client(keys).inquire("p-1", submitted_at=NOON, timeout_seconds=5)

    assert found is not None
    assert (found.outcome, found.reference) == (Outcome.SETTLED, "60000000002")


def test_a_charge_is_found_although_the_clock_jumped_backwards(bench: Bench, pay: Callable[..., Evidence], keys: Any) -> None:
    pay()
    bench.control("POST", "settle", {})
    bench.at(NOON - timedelta(days=40))

    assert bench.client(keys).inquire("p-1", submitted_at=NOON, timeout_seconds=5) is not None


def test_a_charge_behind_a_full_page_of_newer_ones_is_found(bench: Bench, pay: Callable[..., Evidence], keys: Any) -> None:
    pay()
    simulator = bench.server.simulator
    first = simulator.ledger.entry("60000000001")
    assert first is not None
    for number in range(PAGE_LIMIT + 5):
        simulator.ledger.put_entry(replace(first, trans_id=f"7{number:010}", ref_id=f"q-{number}", order={"invoiceNumber": f"q-{number}"}))

    found = bench.client(keys).inquire("p-1", submitted_at=NOON, timeout_seconds=5)

    assert found is not None
    assert found.reference == "60000000001"


@pytest.mark.parametrize("fault", ["drop_before", "error_500_after", "decline"])
def test_r39_a_look_up_without_an_answer_is_asked_again_later(bench: Bench, pay: Callable[..., Evidence], keys: Any, fault: str) -> None:
    pay()
    bench.faults({"operation": "inquire", "fault": fault})

    with pytest.raises(ProcessorUnavailableError):
        bench.client(keys).inquire("p-1", submitted_at=NOON, timeout_seconds=5)
