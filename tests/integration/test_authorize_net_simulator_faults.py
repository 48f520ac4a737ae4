"""Faults on demand at the simulated Authorize.Net: each strikes the operation it names, with or without the work done."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from duebook.processors.authorize_net_messages import charge_request
from duebook.processors.transport import AnswerLostError
from local.processors.authorize_net.faults import GARBAGE, KINDS, AnswerWithheld
from local.processors.authorize_net.in_process import InProcessTransport
from local.processors.authorize_net.server import create_server
from tests.processor_bench import Bench, an_order
from tests.raw_gateway import MASKED_CARD, NOON, Gateway, outer, payment_id, reason, response

WITHHELD = ("drop_after", "timeout_after", "error_500_after", "slow_drip", "garbage", "huge")


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


def strike(gateway: Gateway, operation: str, fault: str, **more: Any) -> None:
    gateway.control("PUT", "faults", {"faults": [{"operation": operation, "fault": fault, **more}]})


Act = Callable[[Gateway], Any]


def _charged(gateway: Gateway) -> Any:
    return gateway.charge(1)


def _voided(gateway: Gateway) -> Any:
    return gateway.transact(transactionType="voidTransaction", refTransId="60000000001")


def _refunded(gateway: Gateway) -> Any:
    return gateway.transact(transactionType="refundTransaction", amount="5.00", payment=MASKED_CARD, refTransId="60000000001")


def _inquired(gateway: Gateway) -> Any:
    return gateway.ask("getUnsettledTransactionListRequest", status="any")


def _reported(gateway: Gateway) -> Any:
    return gateway.ask("getSettledBatchListRequest")


def _stored(gateway: Gateway) -> Any:
    return gateway.ask(
        "createCustomerProfileRequest", profile={"merchantCustomerId": "c-2", "paymentProfiles": [{"payment": gateway.token()}]}
    )


def _deleted(gateway: Gateway) -> Any:
    return gateway.ask("deleteCustomerProfileRequest", customerProfileId="900000001")


ACTS: dict[str, Act] = {
    "charge": _charged,
    "void": _voided,
    "refund": _refunded,
    "inquire": _inquired,
    "report": _reported,
    "store_method": _stored,
    "delete_method": _deleted,
}


def ready(gateway: Gateway, operation: str) -> None:
    """Bring about what the operation needs."""
    if operation in {"void", "refund"}:
        gateway.charge(1)
    if operation == "refund":
        gateway.simulator.settle()
    if operation == "delete_method":
        gateway.ask("createCustomerProfileRequest", profile={"merchantCustomerId": "c-1"})


def kept(gateway: Gateway) -> list[object]:
    ledger = gateway.simulator.ledger
    return [*(entry.status for entry in ledger.entries()), *ledger.items("profile")]


@pytest.mark.parametrize("fault", WITHHELD)
@pytest.mark.parametrize("operation", ACTS)
def test_a_fault_afterwards_takes_the_answer_and_not_the_work(gateway: Gateway, operation: str, fault: str) -> None:
    other = Gateway()
    for one in (gateway, other):
        ready(one, operation)
    ACTS[operation](other)
    strike(gateway, operation, fault)

    with pytest.raises(AnswerWithheld):
        ACTS[operation](gateway)

    assert kept(gateway) == kept(other)
    assert gateway.control("GET", "calls")["items"][-1]["operation"] == operation


@pytest.mark.parametrize("operation", ACTS)
def test_a_drop_beforehand_takes_the_work_too(gateway: Gateway, operation: str) -> None:
    ready(gateway, operation)
    before, calls = kept(gateway), gateway.control("GET", "calls")
    strike(gateway, operation, "drop_before", times=1)

    with pytest.raises(AnswerWithheld, match="drop"):
        ACTS[operation](gateway)

    assert kept(gateway) == before
    assert gateway.control("GET", "calls") == calls
    ACTS[operation](gateway)
    assert len(gateway.control("GET", "calls")["items"]) == len(calls["items"]) + 1


@pytest.mark.parametrize("operation", ACTS)
def test_a_decline_is_an_answer_and_nothing_is_done(gateway: Gateway, operation: str) -> None:
    ready(gateway, operation)
    before = kept(gateway)
    strike(gateway, operation, "decline", times=1)

    answer = ACTS[operation](gateway)

    assert gateway.control("GET", "calls")["items"][-1]["outcome"] in {"declined", "error"}
    assert kept(gateway) == (["declined"] if operation == "charge" else before)
    expected = {"charge": "2", "void": "2", "refund": "2", "store_method": "E00027"}.get(operation, "E00001")
    assert (reason(answer) if "transactionResponse" in answer else outer(answer)) == expected


@pytest.mark.parametrize(("code", "place"), [("27", "2"), ("19", "3"), ("901", "3"), ("E00104", None)])
def test_a_decline_may_name_its_code(gateway: Gateway, code: str, place: str | None) -> None:
    strike(gateway, "charge", "decline", code=code)

    answer = gateway.charge()

    assert (outer(answer) if place is None else reason(answer)) == code
    assert place is None or response(answer)["responseCode"] == place


@pytest.mark.parametrize(("code", "booked"), [(None, 26.0), ("123", 1.23)])
def test_another_amount_is_booked_than_was_asked_for(gateway: Gateway, code: str | None, booked: float) -> None:
    strike(gateway, "charge", "wrong_amount", code=code, times=1)

    answer = gateway.charge()

    shown = gateway.details(response(answer)["transId"])
    assert (shown["requestedAmount"], shown["authAmount"], shown["settleAmount"]) == (25.0, booked, booked)


def test_another_amount_is_told_than_is_booked(gateway: Gateway) -> None:
    gateway.charge()
    strike(gateway, "inquire", "wrong_amount", times=1)

    told, true = gateway.unsettled(), gateway.unsettled()

    assert (told[0]["settleAmount"], true[0]["settleAmount"]) == (26.0, 25.0)


def test_without_sockets_a_garbled_answer_arrives_and_the_others_are_lost(gateway: Gateway) -> None:
    transport = InProcessTransport(gateway.simulator)
    keys = {"name": "login1", "transactionKey": "key1"}
    body = json.dumps({"getUnsettledTransactionListRequest": {"merchantAuthentication": keys, "status": "any"}}).encode()

    strike(gateway, "inquire", "garbage", times=1)
    garbled = transport.post(body, 5)

    assert garbled == GARBAGE
    for fault in KINDS - {"decline", "review", "wrong_amount", "garbage"}:
        strike(gateway, "inquire", fault, times=1)
        with pytest.raises(AnswerLostError):
            transport.post(body, 5)


def test_only_the_tenant_named_is_struck(gateway: Gateway) -> None:
    strike(gateway, "charge", "decline", tenant_id="ten_2")

    assert reason(gateway.charge()) == "1"


def test_a_charge_with_a_lost_answer_can_be_returned_and_charged_back_like_any_other(gateway: Gateway) -> None:
    strike(gateway, "charge", "drop_after", times=1)
    with pytest.raises(AnswerWithheld):
        gateway.charge()

    told = gateway.simulator.charge_back(payment_id(1), "10.4")

    assert told["id"] == "60000000002"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock_file = tmp_path / "clock"
    clock_file.write_text(NOON.isoformat())
    server = create_server("127.0.0.1", 0, tmp_path, clock_file)
    server.start()
    yield Bench(server, clock_file)
    server.stop()


def raw_answer(bench: Bench, fault: str, seconds: float, most: int) -> bytes:
    """What comes over the wire until it pauses, the bytes are enough, or the other side hangs up."""
    body = charge_request(bench.merchant(), an_order(bench.token()))
    bench.faults({"operation": "charge", "fault": fault})
    address = urlsplit(bench.server.api_url)
    head = f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    got = b""
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        connection.settimeout(5)
        connection.sendall(head.encode() + body)
        while b"\r\n\r\n" not in got:
            got += connection.recv(1)
        connection.settimeout(seconds)
        try:
            while len(got) < most and (chunk := connection.recv(65536)):
                got += chunk
        except TimeoutError:
            return got
    return got


def test_a_slow_answer_drips(bench: Bench) -> None:
    got = raw_answer(bench, "slow_drip", 0.1, 1000)

    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert len(body) < 20
    assert [call["outcome"] for call in bench.calls()] == ["approved"]


def test_a_huge_answer_is_one_that_would_be_right_with_megabytes_behind_it(bench: Bench) -> None:
    got = raw_answer(bench, "huge", 2, 1_000_000)

    assert b'"responseCode":"1"' in got
    assert len(got) >= 1_000_000


def test_a_garbled_answer_has_the_right_status(bench: Bench) -> None:
    got = raw_answer(bench, "garbage", 0.3, 10_000)

    assert got.startswith(b"HTTP/1.1 200 OK")
    assert got.endswith(GARBAGE)
