"""The simulator of Authorize.Net: protocol, books and controls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from duebook.domain.payments import Evidence, Outcome
from duebook.processors.authorize_net import AuthorizeNet
from duebook.processors.authorize_net_messages import charge_request, details_request
from duebook.processors.credentials import AuthorizeNetCredentials, FixedCredentials
from local.processors.authorize_net.in_process import InProcessTransport
from local.processors.authorize_net.server import create_server
from tests.processor_bench import NOON, Bench, an_order, asked, minted, transaction
from tests.raw_gateway import Gateway, outer


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


def test_a_wrong_order_of_elements_is_refused_with_those_that_would_be_right(bench: Bench, keys: Any) -> None:
    body = json.loads(charge_request(keys, an_order(bench.token())))
    request = body["createTransactionRequest"]["transactionRequest"]
    request["payment"] = request.pop("payment")

    answer = asked(bench, json.dumps(body).encode())

    (message,) = answer["messages"]["message"]
    assert message["code"] == "E00003"
    assert "The element 'transactionRequest'" in message["text"]
    assert "has invalid child element 'payment'" in message["text"]
    assert "List of possible elements expected: 'userFields, " in message["text"]
    assert answer["refId"] == "p-1"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "E00003"),
        (b"{", "E00003"),
        (b"[]", "E00003"),
        (b'{"a":{},"b":{}}', "E00003"),
        (b'{"noSuchRequest":{}}', "E00004"),
        (b'{"authenticateTestRequest":{}}', "E00007"),
        (b'{"authenticateTestRequest":{"merchantAuthentication":{"name":"x","transactionKey":"y"}}}', "E00007"),
        (b'{"authenticateTestRequest":{"merchantAuthentication":"x"}}', "E00003"),
        (b'{"authenticateTestRequest":{"refId":"' + b"x" * 21 + b'"}}', "E00015"),
        (b'{"authenticateTestRequest":{"refId":"\\ud800"}}', "E00003"),
        (b'{"authenticateTestRequest":{"refId":{"a":1}}}', "E00003"),
        (b'{"createTransactionRequest":{"transactionRequest":{"transactionType":["voidTransaction"]}}}', "E00003"),
    ],
)
def test_faulty_requests_answer_200_with_the_gateways_code(bench: Bench, body: bytes, code: str) -> None:
    answer = asked(bench, body)

    assert answer["messages"]["resultCode"] == "Error"
    assert answer["messages"]["message"][0]["code"] == code


@pytest.mark.parametrize("paging", [{"limit": None, "offset": 1}, {"limit": 10, "offset": 0}, {"limit": "many"}, {"limit": 1001}])
def test_a_page_that_is_none_is_refused(paging: dict[str, object]) -> None:
    answer = Gateway().ask("getUnsettledTransactionListRequest", status="any", paging=paging)

    assert outer(answer) == "E00094"


def test_good_credentials_pass_the_health_check_and_tell_the_currency(bench: Bench, keys: Any) -> None:
    merchant = {"name": keys.api_login_id, "transactionKey": keys.transaction_key}

    health = asked(bench, json.dumps({"authenticateTestRequest": {"merchantAuthentication": merchant}}).encode())
    known = asked(bench, json.dumps({"getMerchantDetailsRequest": {"merchantAuthentication": merchant}}).encode())

    assert health["messages"]["message"][0]["code"] == "I00001"
    assert known["currencies"] == ["USD"]
    assert known["publicClientKey"] == keys.public_client_key


def test_one_merchant_cannot_read_anothers_charge(bench: Bench, pay: Callable[..., Evidence]) -> None:
    pay()
    other = bench.merchant("ten_2")

    answer = asked(bench, details_request(other, "60000000001"))

    assert answer["messages"]["message"][0]["code"] == "E00040"
    assert bench.client(other).inquire("p-1", submitted_at=NOON, timeout_seconds=5) is None


def test_the_books_outlive_a_restart(tmp_path: Path) -> None:
    first = create_server("127.0.0.1", 0, tmp_path)
    first.start()
    keys = Bench(first, tmp_path / "clock").merchant()
    charged = Bench(first, tmp_path / "clock")
    charged.client(keys).charge(an_order(charged.token()), timeout_seconds=5)
    token = charged.token()
    first.stop()

    second = create_server("127.0.0.1", 0, tmp_path)
    second.start()
    bench = Bench(second, tmp_path / "clock")
    found = bench.client(keys).charge(an_order(token, "p-2"), timeout_seconds=5)
    bench_calls = bench.calls()
    second.stop()

    assert found.reference == "60000000002"
    assert [call["order_id"] for call in bench_calls] == ["p-1", "p-2"]


def test_reset_forgets_all_but_the_merchants(bench: Bench, pay: Callable[..., Evidence]) -> None:
    pay()

    bench.control("POST", "reset", {})

    assert bench.calls() == []
    assert bench.control("GET", "ledger")["items"] == []
    assert pay().outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("faults", {"faults": [{"operation": "charge", "fault": "explode"}]}),
        ("faults", {"faults": [{"operation": "pay", "fault": "decline"}]}),
        ("faults", {"faults": [{"operation": "charge", "fault": "decline", "times": 0}]}),
        ("faults", {"faults": [{"operation": "charge", "fault": "decline", "when": "now"}]}),
        ("faults", {}),
        ("options", {"no_such_option": True}),
    ],
)
def test_a_control_call_that_cannot_be_understood_is_refused(bench: Bench, name: str, body: object) -> None:
    with pytest.raises(HTTPError, match="422"):
        bench.control("PUT", name, body)


def test_pages_of_strangers_cannot_reach_the_controls(bench: Bench) -> None:
    request = Request(f"{bench.server.origin}/local/calls", headers={"Origin": "https://evil.example"})

    with pytest.raises(HTTPError, match="404"):
        urlopen(request)


def test_a_page_of_another_origin_may_mint_tokens(bench: Bench) -> None:
    request = Request(bench.server.api_url, headers={"Origin": "http://localhost:1"}, method="OPTIONS")

    with urlopen(request) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_simulator_answers_the_same_without_sockets(bench: Bench, keys: AuthorizeNetCredentials) -> None:
    processor = AuthorizeNet(
        transport=InProcessTransport(bench.server.simulator),
        credentials=FixedCredentials(keys),
        currency="USD",
        now=lambda: NOON,
    )
    bench.faults({"operation": "charge", "fault": "drop_after", "times": 1})

    found = processor.charge(an_order(bench.token()), timeout_seconds=5)

    looked_up = processor.inquire("p-1", submitted_at=NOON, timeout_seconds=5)
    assert found.outcome is Outcome.UNKNOWN
    assert looked_up is not None
    assert looked_up.outcome is Outcome.APPROVED


def test_no_card_number_is_kept_by_the_simulator(bench: Bench, keys: AuthorizeNetCredentials, tmp_path: Path) -> None:
    bench.client(keys).charge(an_order(minted(bench, keys)), timeout_seconds=5)

    kept = b"".join(path.read_bytes() for path in tmp_path.glob("authorize_net.sqlite3*"))
    assert b"4111111111111111" not in kept


def test_a_refund_waits_for_settlement_and_never_passes_for_the_charge(bench: Bench, pay: Callable[..., Evidence], keys: Any) -> None:
    pay()
    card = {"creditCard": {"cardNumber": "1111", "expirationDate": "XXXX"}}
    refund = {"transactionType": "refundTransaction", "amount": "10.00", "payment": card, "refTransId": "60000000001"}

    early = asked(bench, transaction(keys, refund))
    bench.control("POST", "settle", {})
    done = asked(bench, transaction(keys, refund))
    too_much = asked(bench, transaction(keys, refund))
    too_late = asked(bench, transaction(keys, {"transactionType": "voidTransaction", "refTransId": "60000000001"}))

    refusals = [answer["transactionResponse"]["errors"][0]["errorCode"] for answer in (early, too_much, too_late)]
    found = bench.client(keys).inquire("p-1", submitted_at=NOON, timeout_seconds=5)
    assert refusals == ["54", "55", "16"]
    assert done["transactionResponse"]["responseCode"] == "1"
    assert found is not None
    assert found.reference == "60000000001"


def test_a_voided_charge_is_found_as_voided_and_not_as_money(bench: Bench, pay: Callable[..., Evidence], keys: Any) -> None:
    pay()
    void = transaction(keys, {"transactionType": "voidTransaction", "refTransId": "60000000001"})

    answers = [asked(bench, void)["transactionResponse"]["messages"][0]["code"] for _ in range(2)]

    found = bench.client(keys).inquire("p-1", submitted_at=NOON, timeout_seconds=5)
    assert answers == ["1", "310"]
    assert found is not None
    assert found.outcome is Outcome.VOIDED


def test_a_body_that_is_not_json_by_name_is_refused(bench: Bench) -> None:
    request = Request(bench.server.api_url, b"<a/>", {"Content-Type": "text/xml"})

    with urlopen(request) as answer:
        refused = json.loads(answer.read().decode("utf-8-sig"))

    assert refused["messages"]["message"][0]["code"] == "E00002"


def test_eight_threads_with_one_token_charge_it_once(bench: Bench, keys: AuthorizeNetCredentials) -> None:
    token = bench.token()
    processor = bench.client(keys)

    with ThreadPoolExecutor(8) as threads:
        orders = [an_order(token, f"p-{number}") for number in range(8)]
        found = list(threads.map(lambda order: processor.charge(order, timeout_seconds=10).outcome, orders))

    assert sorted(found) == [Outcome.APPROVED] + [Outcome.FAILED] * 7
    assert len(bench.control("GET", "ledger")["items"]) == 1
