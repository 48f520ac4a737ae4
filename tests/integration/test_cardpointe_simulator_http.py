"""The simulator of the CardPointe Gateway over HTTP and with faults, asked by our own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from duebook.domain.charges import Charge, TokenMethod
from duebook.domain.money import Money
from duebook.domain.payments import Outcome, Payer
from duebook.domain.processing import ChargeRef, RefundOrder
from duebook.processors.cardpointe import CardPointe
from duebook.processors.credentials import CardPointeCredentials, FixedCredentials
from duebook.processors.rest_transport import Rest, RestTransport
from local.processors.cardpointe.in_process import InProcessRest
from local.processors.cardpointe.server import FIELD_PATH, SimulatorServer, create_server
from tests.gateway_bench import BANK, NOON, VISA, Gateway

ORDER = "DB-0123456789ABCDEF"
PAYER = Payer("José Müller", "a@b.test", "84601")


def client(transport: Rest, credentials: dict[str, str]) -> CardPointe:
    keys = FixedCredentials(CardPointeCredentials.from_secret(credentials))
    return CardPointe(transport=transport, credentials=keys, currency="USD", now=lambda: NOON)


def a_charge(token: str, kind: str = "card") -> Charge:
    return Charge(ORDER, Money(1250, "USD"), TokenMethod(token, kind), PAYER, "c1")


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def processor(gateway: Gateway) -> CardPointe:
    return client(InProcessRest(gateway.simulator), gateway.credentials)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SimulatorServer]:
    clock = tmp_path / "clock"
    clock.write_text(NOON.isoformat())
    server = create_server("127.0.0.1", 0, tmp_path, clock)
    server.start()
    yield server
    server.stop()


def control(server: SimulatorServer, method: str, name: str, body: object = None, **headers: str) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{server.origin}/local/processors/cardpointe/{name}", data, headers, method=method)) as answer:
        return json.load(answer)


@pytest.mark.parametrize(
    ("fault", "outcome", "stands"),
    [
        ({"fault": "drop_before"}, Outcome.UNKNOWN, None),
        ({"fault": "drop_after"}, Outcome.UNKNOWN, Outcome.APPROVED),
        ({"fault": "timeout_after"}, Outcome.UNKNOWN, Outcome.APPROVED),
        ({"fault": "error_500_after"}, Outcome.UNKNOWN, Outcome.APPROVED),
        ({"fault": "slow_drip"}, Outcome.UNKNOWN, Outcome.APPROVED),
        ({"fault": "garbage"}, Outcome.UNKNOWN, Outcome.APPROVED),
        ({"fault": "huge"}, Outcome.UNKNOWN, Outcome.APPROVED),
        ({"fault": "wrong_amount"}, Outcome.UNKNOWN, Outcome.APPROVED),
        ({"fault": "decline", "code": "NU"}, Outcome.DECLINED, Outcome.DECLINED),
        ({"fault": "decline", "code": "PPS:37"}, Outcome.FAILED, Outcome.FAILED),
        ({"fault": "decline"}, Outcome.DECLINED, Outcome.DECLINED),
        ({"fault": "review"}, Outcome.REVIEW, Outcome.REVIEW),
    ],
)
def test_each_fault_ends_as_its_name_says(
    gateway: Gateway, processor: CardPointe, fault: dict, outcome: Outcome, stands: Outcome | None
) -> None:
    gateway.faults({"operation": "charge", "times": 1, **fault})

    told = processor.charge(a_charge(gateway.token()), timeout_seconds=5)

    found = processor.inquire(ORDER, submitted_at=NOON.replace(hour=1), timeout_seconds=5)
    assert told.outcome is outcome
    assert (found.outcome if found else None) is stands


def test_a_fault_strikes_one_tenant_and_as_often_as_said(gateway: Gateway, processor: CardPointe) -> None:
    gateway.faults(
        {"operation": "charge", "fault": "decline", "tenant_id": "ten_2"}, {"operation": "charge", "fault": "decline", "times": 1}
    )

    found = [processor.charge(a_charge(gateway.token()), timeout_seconds=5).outcome for _ in range(2)]

    assert found == [Outcome.DECLINED, Outcome.APPROVED]


@pytest.mark.parametrize("operation", ["void", "refund", "inquire", "store_method", "delete_method", "report"])
def test_every_operation_can_lose_its_answer(gateway: Gateway, operation: str) -> None:
    made = gateway.auth()
    saved = gateway.put("profile", account=gateway.token())
    gateway.faults({"operation": operation, "fault": "drop_after", "times": 1})
    sent = {
        "void": ("PUT", "void", {"merchid": gateway.mid, "retref": made["retref"]}),
        "refund": ("PUT", "refund", {"merchid": gateway.mid, "retref": made["retref"]}),
        "inquire": ("GET", f"inquire/{made['retref']}/{gateway.mid}", None),
        "store_method": ("PUT", "profile", {"merchid": gateway.mid, "account": made["token"], "expiry": "1230"}),
        "delete_method": ("DELETE", f"profile/{saved['profileid']}/1/{gateway.mid}", None),
        "report": ("GET", f"settlestat?merchid={gateway.mid}&date=0105", None),
    }

    answers = [gateway.raw(*sent[operation]).manner for _ in range(2)]

    assert answers == ["drop", ""]
    assert gateway.calls()[-1]["operation"] == operation


def test_the_client_charges_settles_and_refunds_over_sockets(server: SimulatorServer) -> None:
    keys = control(server, "POST", "merchants", {"tenant_id": "ten_1", "currency": "USD"})["credentials"]
    processor = client(RestTransport(server.origin), keys)
    token = control(server, "POST", "tokens", {"card": VISA})["token"]

    charged = processor.charge(a_charge(token), timeout_seconds=5)
    settled = control(server, "POST", "settle", {"tenant_id": "ten_1"})
    ref = ChargeRef(ORDER, charged.reference or "", Money(1250, "USD"), "card", "1111", NOON)
    refunded = processor.refund(RefundOrder("R1-0123456789ABCDEF", ref, Money(500, "USD")), timeout_seconds=5)

    assert (charged.outcome, charged.brand, charged.last4) == (Outcome.APPROVED, "visa", "1111")
    assert settled == {"settled": 1}
    assert refunded.outcome is Outcome.APPROVED
    assert [call["operation"] for call in control(server, "GET", "calls?tenant_id=ten_1")["items"]] == ["charge", "refund"]


def test_a_bank_account_is_charged_over_sockets_and_waits(server: SimulatorServer) -> None:
    keys = control(server, "POST", "merchants", {"tenant_id": "ten_1", "currency": "USD"})["credentials"]
    token = control(server, "POST", "tokens", {"bank_account": BANK})["token"]

    charged = client(RestTransport(server.origin), keys).charge(a_charge(token, "bank_account"), timeout_seconds=5)

    assert (charged.outcome, charged.last4) == (Outcome.PENDING, "5678")


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "timeout_after", "slow_drip", "garbage", "huge", "error_500_after"])
def test_faults_over_sockets_leave_the_client_in_doubt_within_its_time(server: SimulatorServer, fault: str) -> None:
    keys = control(server, "POST", "merchants", {"tenant_id": "ten_1", "currency": "USD"})["credentials"]
    token = control(server, "POST", "tokens", {"card": VISA})["token"]
    control(server, "PUT", "faults", {"faults": [{"operation": "charge", "fault": fault}]})

    told = client(RestTransport(server.origin), keys).charge(a_charge(token), timeout_seconds=0.5)

    assert told.outcome is Outcome.UNKNOWN


def test_the_time_out_card_is_answered_late_over_sockets(server: SimulatorServer) -> None:
    keys = control(server, "POST", "merchants", {"tenant_id": "ten_1", "currency": "USD"})["credentials"]
    control(server, "PUT", "options", {"timeout_seconds": 0.05})
    token = control(server, "POST", "tokens", {"card": {**VISA, "number": "4999006200620062"}})["token"]
    processor = client(RestTransport(server.origin), keys)

    told = processor.charge(a_charge(token), timeout_seconds=5)

    found = processor.inquire(ORDER, submitted_at=NOON, timeout_seconds=5)
    assert (told.outcome, told.reason_code) == (Outcome.UNKNOWN, "PPS-62")
    assert found is not None
    assert found.outcome is Outcome.DECLINED


def test_the_books_outlive_a_restart_and_hold_no_card_number(tmp_path: Path) -> None:
    first = create_server("127.0.0.1", 0, tmp_path)
    first.start()
    keys = control(first, "POST", "merchants", {"tenant_id": "ten_1", "currency": "USD"})["credentials"]
    token = control(first, "POST", "tokens", {"card": VISA})["token"]
    client(RestTransport(first.origin), keys).charge(a_charge(token), timeout_seconds=5)
    first.stop()

    second = create_server("127.0.0.1", 0, tmp_path)
    second.start()
    found = client(RestTransport(second.origin), keys).inquire(ORDER, submitted_at=NOON, timeout_seconds=5)
    second.stop()

    assert found is not None
    assert found.outcome is Outcome.APPROVED
    assert VISA["number"].encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("cardpointe.sqlite3*"))


def test_strangers_pages_get_tokens_but_neither_api_nor_controls(server: SimulatorServer) -> None:
    asked = Request(f"{server.origin}/cardsecure/api/v1/ccn/tokenize", headers={"Origin": "http://localhost:1"}, method="OPTIONS")
    with urlopen(asked) as answer:
        allowed = answer.headers["Access-Control-Allow-Origin"]
    stranger = Request(f"{server.origin}/local/calls", headers={"Origin": "https://evil.example"})

    assert allowed == "*"
    with pytest.raises(HTTPError, match="404"):
        urlopen(stranger)


def test_cardsecure_is_alive_and_the_tokenizer_page_is_there(server: SimulatorServer) -> None:
    with urlopen(f"{server.origin}/cardsecure/api/v1/echo") as alive, urlopen(f"{server.origin}{FIELD_PATH}?usecvv=true") as page:
        assert alive.status == 200
        assert "frame-ancestors" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("faults", {"faults": [{"operation": "charge", "fault": "explode"}]}),
        ("faults", {}),
        ("options", {"no_such_option": True}),
        ("options", {"timeout_seconds": "long"}),
        ("options", {"inquire_list": "sometimes"}),
    ],
)
def test_a_control_call_that_cannot_be_understood_is_refused(server: SimulatorServer, name: str, body: object) -> None:
    with pytest.raises(HTTPError, match="422"):
        control(server, "PUT", name, body)
