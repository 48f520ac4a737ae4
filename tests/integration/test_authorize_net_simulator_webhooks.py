"""Webhooks of the simulated Authorize.Net: set up by REST, signed, repeated until they are taken."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from duebook.processors.authorize_net_messages import charge_request
from duebook.processors.authorize_net_webhooks import read_notification, signed_by
from local.processors.authorize_net import webhooks_rest
from local.processors.authorize_net.controls import ControlRefusedError
from local.processors.authorize_net.server import create_server
from local.processors.authorize_net.webhooks import RETRIES, signature
from tests.processor_bench import Bench, an_order, asked
from tests.raw_gateway import NOON, Gateway, payment_id, response

KEY = "0123456789ABCDEF" * 8


@dataclass
class Mailbox:
    """Takes webhooks in the place of HTTP; ``status`` is what it answers."""

    status: int = 200
    got: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, headers: Any) -> int:
        self.got.append((url, body, dict(headers)))
        return self.status

    def events(self) -> list[str]:
        return [json.loads(body)["eventType"].removeprefix("net.authorize.") for _, body, _ in self.got]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    body = {"api_login_id": "login1", "transaction_key": "key1", "public_client_key": "public1", "signature_key": KEY}
    gateway.control("POST", "merchants", {**body, "tenant_id": "ten_1", "webhook_url": "https://hook.test/anet"})
    gateway.control("PUT", "options", {"webhooks": "delayed"})
    yield gateway
    gateway.simulator.close()


@pytest.fixture
def mailbox(gateway: Gateway) -> Mailbox:
    gateway.simulator.webhooks.post = Mailbox()
    return gateway.simulator.webhooks.post


def test_the_signature_uses_the_key_as_its_text_stands() -> None:
    body = b'{"notificationId":"11111111-2222-4333-8444-555555555555","eventType":"net.authorize.payment.void.created"}'

    signed = signature(KEY, body)

    assert signed == (
        "sha512=B25413A3729C28C6EE40A736C95BBF7C115648E5CEE6E26E6471E4B0BA8A01BE"
        "731072F6538A47900428BBE676FA95430368E8626248473CA44DFE2242084454"
    )


def test_a_charge_is_told_signed_and_thin(gateway: Gateway, mailbox: Mailbox) -> None:
    gateway.charge()

    assert gateway.control("POST", "webhooks/deliver") == {"delivered": 1}
    ((url, body, headers),) = mailbox.got
    told = json.loads(body)
    assert url == "https://hook.test/anet"
    assert headers["X-ANET-Signature"] == signature(KEY, body)
    assert told["eventType"] == "net.authorize.payment.authcapture.created"
    assert told["eventDate"] == "2026-01-05T12:00:00.0000000Z"
    assert {"notificationId", "webhookId"} <= set(told)
    entry = gateway.details("60000000001")
    assert told["payload"] == {
        "responseCode": 1,
        "authCode": entry["authCode"],
        "avsResponse": "Y",
        "authAmount": 25.0,
        "merchantReferenceId": entry["order"]["invoiceNumber"],
        "invoiceNumber": entry["order"]["invoiceNumber"],
        "entityName": "transaction",
        "id": "60000000001",
    }


def test_each_step_of_a_payment_is_told_but_no_decline_settlement_return_or_chargeback(gateway: Gateway, mailbox: Mailbox) -> None:
    gateway.control("PUT", "faults", {"faults": [{"operation": "charge", "fault": "review", "times": 2}]})
    for number in (1, 2, 3, 4):
        gateway.charge(number)
    gateway.charge(5, payment=gateway.token(postal_code="46282"))
    gateway.charge_bank(6)
    gateway.control("POST", "review", {"payment_id": payment_id(1), "action": "approve"})
    declined = {"action": "decline", "refTransId": "60000000002"}
    gateway.ask("updateHeldTransactionRequest", heldTransactionRequest=declined)
    for _ in range(2):
        gateway.transact(transactionType="voidTransaction", refTransId="60000000003")
    gateway.simulator.settle()
    card = {"creditCard": {"cardNumber": "1111", "expirationDate": "XXXX"}}
    gateway.transact(transactionType="refundTransaction", amount="1.00", payment=card, refTransId="60000000004")
    gateway.simulator.return_payment(payment_id(6), "R01")
    gateway.simulator.charge_back(payment_id(4), "10.4")
    gateway.ask("createCustomerProfileRequest", profile={"merchantCustomerId": "c-1"})

    gateway.simulator.webhooks.deliver()

    assert mailbox.events() == [
        "payment.fraud.held",
        "payment.fraud.held",
        "payment.authcapture.created",
        "payment.authcapture.created",
        "payment.authcapture.created",
        "payment.fraud.approved",
        "payment.fraud.declined",
        "payment.void.created",
        "payment.refund.created",
    ]
    assert json.loads(mailbox.got[0][1])["payload"]["fraudList"] == [{"fraudFilter": "AmountFilter", "fraudAction": "authAndHold"}]


def test_a_charge_whose_answer_is_lost_is_told_all_the_same(gateway: Gateway, mailbox: Mailbox) -> None:
    gateway.control("PUT", "faults", {"faults": [{"operation": "charge", "fault": "garbage"}]})

    with pytest.raises(Exception, match="garbage"):
        gateway.charge()

    gateway.simulator.webhooks.deliver()
    assert mailbox.events() == ["payment.authcapture.created"]


@pytest.mark.parametrize(
    ("modes", "numbers"),
    [
        (["delayed"], [1, 2, 3]),
        (["delayed", "duplicated"], [1, 1, 2, 2, 3, 3]),
        (["delayed", "reordered"], [3, 2, 1]),
        (["delayed", "reordered", "duplicated"], [3, 3, 2, 2, 1, 1]),
        ("off", []),
        ("early", [1, 2, 3]),
    ],
)
def test_webhooks_travel_as_switched(gateway: Gateway, mailbox: Mailbox, modes: Any, numbers: list[int]) -> None:
    gateway.control("PUT", "options", {"webhooks": modes})
    for number in (1, 2, 3):
        gateway.charge(number)

    before = len(mailbox.got)
    gateway.simulator.webhooks.deliver()

    assert before == (3 if modes == "early" else 0)
    assert [int(json.loads(body)["payload"]["id"][-1]) for _, body, _ in mailbox.got] == numbers


def test_an_unknown_way_to_travel_is_refused(gateway: Gateway) -> None:
    with pytest.raises(ControlRefusedError, match="webhooks is one or some of"):
        gateway.control("PUT", "options", {"webhooks": "by pigeon"})


def test_a_refused_webhook_is_repeated_as_documented_and_then_switched_off(gateway: Gateway, mailbox: Mailbox) -> None:
    mailbox.status = 500
    gateway.charge(1)
    webhooks = gateway.simulator.webhooks
    webhooks._send(due_only=True)
    waits = []
    for wait in RETRIES:
        gateway.now += wait
        waits.append(len(mailbox.got))
        webhooks._send(due_only=True)

    gateway.charge(2)
    webhooks.deliver()

    (hook,) = webhooks.of("login1")
    (noted,) = webhooks.notifications()
    assert waits == list(range(1, 11))
    assert len(mailbox.got) == 11
    assert (noted.status, hook.active) == ("Failed", False)


def test_nothing_is_repeated_before_its_time_nor_after_it_was_taken(gateway: Gateway, mailbox: Mailbox) -> None:
    mailbox.status = 0
    gateway.charge(1)
    webhooks = gateway.simulator.webhooks
    webhooks._send(due_only=True)
    gateway.later(minutes=2)
    webhooks._send(due_only=True)
    mailbox.status = 202
    gateway.later(minutes=1)

    for _ in range(2):
        webhooks._send(due_only=True)

    assert len(mailbox.got) == 2
    assert [one.status for one in webhooks.notifications()] == ["Delivered"]


def rest(gateway: Gateway, method: str, path: str, body: Any = None, *, key: str = "login1:key1", **query: str) -> tuple[int, Any]:
    authorization = "Basic " + base64.b64encode(key.encode()).decode()
    raw = b"" if body is None else json.dumps(body).encode()
    return webhooks_rest.respond(gateway.simulator, method, path, query, authorization, raw)


def test_webhooks_are_made_read_changed_and_removed_by_rest(gateway: Gateway) -> None:
    wanted = {
        "name": "customers",
        "url": "https://hook.test/2",
        "eventTypes": ["net.authorize.customer.created"],
        "status": "active",
    }

    status, made = rest(gateway, "POST", "webhooks", wanted)
    _, listed = rest(gateway, "GET", "webhooks")
    _, changed = rest(gateway, "PUT", f"webhooks/{made['webhookId']}", {"status": "inactive"})
    _, read = rest(gateway, "GET", f"webhooks/{made['webhookId']}")
    rest(gateway, "DELETE", f"webhooks/{made['webhookId']}")

    assert (status, made["url"], made["status"]) == (200, "https://hook.test/2", "active")
    assert made["_links"]["self"]["href"] == f"/rest/v1/webhooks/{made['webhookId']}"
    assert sorted(hook["url"] for hook in listed) == ["https://hook.test/2", "https://hook.test/anet"]
    assert changed == read == {**made, "status": "inactive"}
    assert rest(gateway, "GET", f"webhooks/{made['webhookId']}")[0] == 404


def test_the_event_types_are_listed(gateway: Gateway) -> None:
    _, listed = rest(gateway, "GET", "eventtypes")

    names = {one["name"] for one in listed}
    assert len(names) == 23
    assert {"net.authorize.payment.priorAuthCapture.created", "net.authorize.customer.paymentProfile.deleted"} <= names


def test_a_customers_events_go_to_who_wants_them(gateway: Gateway, mailbox: Mailbox) -> None:
    types = ["net.authorize.customer.created", "net.authorize.customer.paymentProfile.deleted"]
    rest(gateway, "POST", "webhooks", {"url": "https://hook.test/2", "eventTypes": types})
    profile = {"merchantCustomerId": "c-1", "paymentProfiles": [{"payment": gateway.token()}]}
    made = gateway.ask("createCustomerProfileRequest", profile=profile)
    ids = {"customerProfileId": made["customerProfileId"], "customerPaymentProfileId": made["customerPaymentProfileIdList"][0]}
    gateway.ask("deleteCustomerPaymentProfileRequest", **ids)

    gateway.simulator.webhooks.deliver()

    created, deleted = (json.loads(body)["payload"] for _, body, _ in mailbox.got)
    assert created == {
        "paymentProfiles": [{"id": ids["customerPaymentProfileId"], "customerType": "individual"}],
        "merchantCustomerId": "c-1",
        "description": "",
        "entityName": "customerProfile",
        "id": ids["customerProfileId"],
    }
    assert deleted["entityName"] == "customerPaymentProfile"
    assert deleted["customerProfileId"] == ids["customerProfileId"]


def test_only_an_inactive_webhook_is_pinged(gateway: Gateway, mailbox: Mailbox) -> None:
    (hook,) = gateway.simulator.webhooks.of("login1")

    active = rest(gateway, "POST", f"webhooks/{hook.id}/pings")
    rest(gateway, "PUT", f"webhooks/{hook.id}", {"status": "inactive"})
    inactive = rest(gateway, "POST", f"webhooks/{hook.id}/pings")
    mailbox.status = 500
    unheard = rest(gateway, "POST", f"webhooks/{hook.id}/pings")

    assert [status for status, _ in (active, inactive, unheard)] == [400, 200, 400]
    assert len(mailbox.got) == 2


def test_what_was_sent_is_read_back_with_its_attempts(gateway: Gateway, mailbox: Mailbox) -> None:
    gateway.charge(1)
    gateway.simulator.webhooks.deliver()
    mailbox.status = 503
    gateway.charge(2)
    gateway.simulator.webhooks.deliver()

    _, all_of_them = rest(gateway, "GET", "notifications", offset="0", limit="100")
    _, waiting = rest(gateway, "GET", "notifications", deliveryStatus="RetryPending")
    _, later = rest(gateway, "GET", "notifications", from_date="2026-01-05T12:00:01Z")
    _, one = rest(gateway, "GET", f"notifications/{waiting['notifications'][0]['notificationId']}")

    assert [line["deliveryStatus"] for line in all_of_them["notifications"]] == ["Delivered", "RetryPending"]
    assert later["notifications"] == []
    assert one["payload"]["id"] == "60000000002"
    assert [line["responseCode"] for line in one["retryLog"]] == [503]


@pytest.mark.parametrize(
    ("method", "path", "body", "key", "status"),
    [
        ("GET", "webhooks", None, "login1:wrong", 401),
        ("GET", "webhooks", None, "nobody:key1", 401),
        ("GET", "webhooks", None, "", 401),
        ("POST", "webhooks", {"url": "https://hook.test/2", "eventTypes": ["net.authorize.payment.eaten"]}, "login1:key1", 400),
        ("POST", "webhooks", {"url": "ftp://hook.test/2", "eventTypes": ["net.authorize.customer.created"]}, "login1:key1", 400),
        ("POST", "webhooks", {"url": "https://hook.test/2", "eventTypes": []}, "login1:key1", 400),
        ("POST", "webhooks", [], "login1:key1", 400),
        ("GET", "webhooks/none", None, "login1:key1", 404),
        ("GET", "notifications/none", None, "login1:key1", 404),
        ("GET", "nothing", None, "login1:key1", 404),
    ],
)
def test_faulty_rest_calls_answer_with_a_status_and_a_reason(
    gateway: Gateway, method: str, path: str, body: Any, key: str, status: int
) -> None:
    answered, document = rest(gateway, method, path, body, key=key)

    assert answered == status
    assert {"status", "reason", "message", "correlationId"} == set(document)


@pytest.fixture
def heard() -> Iterator[tuple[str, Callable[[], tuple[bytes, str]]]]:
    """Listen for webhooks: the address to post to, and a wait for the next one's body and signature."""
    arrived = threading.Semaphore(0)
    got: list[tuple[bytes, str]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((body, self.headers["X-ANET-Signature"]))
            self.send_response(200)
            self.end_headers()
            arrived.release()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    def wait() -> tuple[bytes, str]:
        assert arrived.acquire(timeout=5)
        return got.pop(0)

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{listener.server_port}/hook", wait
    listener.shutdown()
    listener.server_close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock_file = tmp_path / "clock"
    clock_file.write_text(NOON.isoformat())
    server = create_server("127.0.0.1", 0, tmp_path, clock_file)
    server.start()
    yield Bench(server, clock_file)
    server.stop()


def test_webhooks_arrive_over_http_a_moment_after_the_answer(bench: Bench, heard: Any) -> None:
    url, wait = heard
    keys = bench.merchant(webhook_url=url, signature_key=KEY)

    answer = response(asked(bench, charge_request(keys, an_order(bench.token()))))

    body, signed = wait()
    told = read_notification(body)
    assert (told.reference, told.order_id) == (answer["transId"], "p-1")
    assert signed_by(body, signed, [KEY])


def test_a_webhook_that_finds_nobody_comes_again_when_the_clock_has_moved_on(bench: Bench, heard: Any) -> None:
    url, wait = heard
    keys = bench.merchant(webhook_url="http://127.0.0.1:9/hook", signature_key=KEY)
    asked(bench, charge_request(keys, an_order(bench.token())))
    assert any(bench.control("GET", "notifications")["items"][0]["status"] == "RetryPending" for _ in range(10_000))
    bench.merchant(webhook_url=url, **{name: getattr(keys, name) for name in ("api_login_id", "transaction_key", "public_client_key")})

    bench.at(NOON + RETRIES[0])

    body, signed = wait()
    assert json.loads(body)["eventType"] == "net.authorize.payment.authcapture.created"
    assert signed == signature(KEY, body)


def test_the_rest_interface_is_served_beside_the_api(bench: Bench) -> None:
    keys = bench.merchant()
    encoded = base64.b64encode(f"{keys.api_login_id}:{keys.transaction_key}".encode()).decode()
    address = f"{bench.server.origin}/rest/v1/"

    with urlopen(Request(address + "eventtypes", headers={"Authorization": f"Basic {encoded}"})) as answer:
        listed = json.load(answer)

    assert len(listed) == 23
    with pytest.raises(HTTPError, match="401"):
        urlopen(Request(address + "webhooks", method="DELETE"))
