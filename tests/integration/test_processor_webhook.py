"""Authorize.Net's notifications, as the simulated gateway signs and sends them, against the function that takes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.journal import EntryKind
from duebook.domain.payments import Payment, PaymentState
from duebook.errors import TransientError
from duebook.runtime.clock import utc_now
from local.processors.authorize_net.webhooks import PAYMENT_EVENTS, Webhook, signature
from tests.integration.api import Answer, StaffApi, call, later, rest_event
from tests.integration.cloud import ROOT, Cloud
from tests.integration.vaults import SIGNATURE_KEY, USD, Vaults, charge_by_hand, log_of, open_vaults, saved, void_by_hand

EVENTS = [*PAYMENT_EVENTS, "net.authorize.customer.paymentProfile.created"]
OTHER_KEY = "FEDCBA9876543210" * 8


class Post:
    """Takes what the gateway sends, and hands it to the function when told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Mapping[str, str]]] = []
        self.at_once = False

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        assert url == "http://duebook/api/webhooks/authorize-net/ten_1"
        self.sent.append((body, headers))
        return notify(body, headers["X-ANET-Signature"]).status if self.at_once else 200

    def numbered(self, word: str) -> tuple[bytes, str]:
        """Return the one notification whose event type holds a word, with its signature."""
        ((body, headers),) = [one for one in self.sent if word in json.loads(one[0])["eventType"]]
        return body, headers["X-ANET-Signature"]


def notify(
    body: bytes | str, signed: str | None, tenant_id: str = "ten_1", *, address: str = "198.51.100.9", coded: bool = False
) -> Answer:
    """Post a body to the function as API Gateway passes it on."""
    from functions.processor_webhook.handler import lambda_handler

    text = body if isinstance(body, str) else body.decode()
    headers = {"X-Forwarded-For": address, "Content-Type": "application/json"} | ({"x-anet-signature": signed} if signed else {})
    event = rest_event("POST", f"/api/webhooks/authorize-net/{tenant_id}", body=text, headers=headers)
    if coded:
        event |= {"body": base64.b64encode(text.encode()).decode(), "isBase64Encoded": True}
    return call(lambda_handler, event)


@pytest.fixture
def vaults(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Vaults:
    return open_vaults(aws, monkeypatch)


@pytest.fixture
def post(vaults: Vaults) -> Post:
    made = Post()
    vaults.usd.webhooks.post = made
    vaults.usd.webhooks.register(Webhook("hook1", "login1", "Duebook", "http://duebook/api/webhooks/authorize-net/ten_1", EVENTS))
    vaults.control(USD, "PUT", "options", {"webhooks": "delayed"})
    return made


@pytest.fixture
def staff(post: Post) -> StaffApi:
    del post
    api = StaffApi("ten_1")
    api.customer("c1")
    api.invoice("i1")
    return api


def charge(staff: StaffApi, vaults: Vaults, *, lost: bool = True, amount: int = 40_00) -> str:
    """Charge a saved card, the answer being lost unless told otherwise, and return the payment's id."""
    method = saved(staff, vaults.token()).body
    if lost:
        vaults.faults(USD, {"operation": "charge", "fault": "drop_after", "times": 1})
    order = {"customer_id": "c1", "amount": amount, "currency": USD, "method": {"kind": "saved", "method_id": method["id"]}}
    answer = staff.post("/payments", order)
    assert answer.status == (202 if lost else 201), answer.text
    return str(answer.body["id"])


def lost_charge(staff: StaffApi, vaults: Vaults, post: Post) -> tuple[str, bytes, str]:
    """Charge with a lost answer; return the payment's id, and the gateway's notification with its signature."""
    payment_id = charge(staff, vaults)
    vaults.usd.webhooks.deliver()
    return payment_id, *post.numbered("authcapture")


def payment(payment_id: str) -> Payment:
    store = wiring.payment_store()
    return store.get(store.find("ten_1", payment_id))


def captures(payment_id: str) -> int:
    journal = wiring.account_store().journal(AccountKey("ten_1", "c1", USD))
    return sum(entry.kind is EntryKind.PAYMENT_CAPTURED and entry.source_id == payment_id for _, entry in journal)


def executions() -> list[str]:
    machine = wiring.client("stepfunctions")
    arn = machine.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    return [one["name"] for one in machine.list_executions(stateMachineArn=arn)["executions"]]


def transient() -> list[str]:
    return [item["pk"]["S"] for item in wiring.client("dynamodb").scan(TableName="TransientTable")["Items"]]


def signed(document: Mapping[str, Any]) -> tuple[bytes, str]:
    body = json.dumps(document).encode()
    return body, signature(SIGNATURE_KEY, body)


# ---------------------------------------------------------------- what it is for


def test_r39_a_lost_answer_is_found_by_the_notification_and_the_money_is_applied(staff: StaffApi, vaults: Vaults, post: Post):
    payment_id, body, good = lost_charge(staff, vaults, post)
    assert payment(payment_id).state is PaymentState.UNKNOWN

    answer = notify(body, good)

    assert (answer.status, answer.body) == (200, {"received": True})
    after = payment(payment_id)
    assert (after.state, after.last4, after.amount.minor) == (PaymentState.CAPTURED, "1111", 40_00)
    assert captures(payment_id) == 1
    assert executions() == [payment_id]


def test_r40_a_notification_before_the_charge_s_own_answer_books_the_money_once(staff: StaffApi, vaults: Vaults, post: Post):
    vaults.control(USD, "PUT", "options", {"webhooks": "early"})
    post.at_once = True

    payment_id = charge(staff, vaults, lost=False)

    assert len(post.sent) >= 1
    assert payment(payment_id).state is PaymentState.CAPTURED
    assert captures(payment_id) == 1
    assert executions() == [payment_id]


def test_r40_the_same_notification_again_asks_nobody_and_changes_nothing(staff: StaffApi, vaults: Vaults, post: Post):
    payment_id, body, good = lost_charge(staff, vaults, post)
    notify(body, good)
    before, asked = payment(payment_id), len(vaults.calls(USD, "inquire"))

    again = [notify(body, good) for _ in range(3)]

    assert [one.status for one in again] == [200] * 3
    assert (payment(payment_id), len(vaults.calls(USD, "inquire"))) == (before, asked)


@pytest.mark.parametrize("reverse", [False, True])
def test_r41_a_charge_and_its_void_end_as_voided_in_either_order(staff: StaffApi, vaults: Vaults, post: Post, *, reverse: bool):
    payment_id, body, good = lost_charge(staff, vaults, post)
    void_by_hand(vaults, str(json.loads(body)["payload"]["id"]))
    vaults.usd.webhooks.deliver()
    both = [(body, good), post.numbered("void")]

    answers = [notify(*one) for one in (reversed(both) if reverse else both)]

    assert [one.status for one in answers] == [200, 200]
    assert payment(payment_id).state is PaymentState.VOIDED
    assert staff.get("/customers/c1/account").body["currencies"][0]["processing"] == 0


def test_figures_of_the_notification_are_never_used(staff: StaffApi, vaults: Vaults, post: Post):
    payment_id, body, _ = lost_charge(staff, vaults, post)
    document = json.loads(body)
    document["payload"] |= {"authAmount": 99_999.00, "responseCode": 2, "merchantReferenceId": "DB-somebodyelses001"}

    answer = notify(*signed(document))

    assert answer.status == 200
    after = payment(payment_id)
    assert (after.state, after.amount.minor) == (PaymentState.CAPTURED, 40_00)


def test_a_body_that_came_as_base64_is_the_same_body(staff: StaffApi, vaults: Vaults, post: Post):
    payment_id, body, good = lost_charge(staff, vaults, post)

    assert notify(body, good, coded=True).status == 200
    assert payment(payment_id).state is PaymentState.CAPTURED


# ---------------------------------------------------------------- signatures


def test_wrong_signatures_and_unknown_tenants_get_one_answer_and_nothing_is_stored(staff: StaffApi, vaults: Vaults, post: Post):
    payment_id, body, good = lost_charge(staff, vaults, post)
    wrong = [
        notify(body, None),
        notify(body, "sha512=" + "0" * 128),
        notify(body, good[:-2]),
        notify(body + b" ", good),
        notify(body, signature(OTHER_KEY, body)),
        notify(body, good, "ten_9"),
        notify(body, good, "no.such tenant"),
        notify(body, "sha512=" + "\u0130" * 128),
    ]

    assert {(one.status, one.text) for one in wrong} == {(401, wrong[0].text)}
    assert payment(payment_id).state is PaymentState.UNKNOWN
    assert not [pk for pk in transient() if pk.startswith("notification#")]


def test_the_signature_counts_in_either_case(staff: StaffApi, vaults: Vaults, post: Post):
    _, body, good = lost_charge(staff, vaults, post)

    assert notify(body, good.lower()).status == 200


def test_while_a_key_is_changed_both_are_good_and_afterwards_the_new_one_alone(staff: StaffApi, vaults: Vaults, post: Post):
    _, body, good = lost_charge(staff, vaults, post)
    keys = {"api_login_id": "login1", "transaction_key": "key1", "signature_key": OTHER_KEY}

    write_keys(keys | {"previous_signature_key": SIGNATURE_KEY})
    during = [notify(body, good).status, notify(body, signature(OTHER_KEY, body)).status]
    write_keys(keys)
    afterwards = [notify(body, good).status, notify(body, signature(OTHER_KEY, body)).status]

    assert (during, afterwards) == ([200, 200], [401, 200])


def write_keys(secret: dict[str, str]) -> None:
    wiring.secret_store().write("ten_1", "ma_usd", secret)
    wiring.authorize_net_credentials.cache_clear()


def test_an_account_without_a_key_trusts_nobody(staff: StaffApi, vaults: Vaults, post: Post):
    _, body, _ = lost_charge(staff, vaults, post)
    write_keys({"api_login_id": "login1", "transaction_key": "key1", "signature_key": ""})

    assert notify(body, signature("", body)).status == 401


def test_wrong_signatures_are_slowed_by_tenant_and_address(staff: StaffApi, vaults: Vaults, post: Post):
    _, body, good = lost_charge(staff, vaults, post)

    tries = [notify(body, None).status for _ in range(22)]

    assert tries[:20] == [401] * 20
    assert 429 in tries
    assert notify(body, good).status == 429
    assert notify(body, None, address="198.51.100.77").status == 401
    assert notify(body, signature(SIGNATURE_KEY, body), "ten_2").status == 200
    later(vaults.aws, minutes=20)
    assert notify(body, good).status == 200


# ---------------------------------------------------------------- whose payment


def test_another_tenant_s_notification_moves_nothing_of_ours(staff: StaffApi, vaults: Vaults, post: Post):
    payment_id, body, _ = lost_charge(staff, vaults, post)
    vaults.usd.ledger.merchant("login2")

    answer = notify(body, signature(SIGNATURE_KEY, body), "ten_2")

    assert answer.status == 200
    assert payment(payment_id).state is PaymentState.UNKNOWN


def test_a_charge_that_is_not_ours_is_left_to_reconciliation(staff: StaffApi, vaults: Vaults, post: Post):
    charge_by_hand(vaults, "INVOICE-77")
    vaults.usd.webhooks.deliver()

    assert notify(*post.numbered("authcapture")).status == 200
    assert staff.get("/customers/c1/payments").body["items"] == []


def test_a_second_charge_under_the_order_id_of_a_payment_does_not_touch_it(staff: StaffApi, vaults: Vaults, post: Post):
    payment_id = charge(staff, vaults, lost=False)
    before = payment(payment_id)
    vaults.usd.webhooks.deliver()
    post.sent.clear()
    second = charge_by_hand(vaults, before.order_id)
    void_by_hand(vaults, second)
    vaults.usd.webhooks.deliver()

    assert notify(*post.numbered("void")).status == 200
    assert payment(payment_id) == before


@pytest.mark.parametrize(
    "document",
    [
        {"eventType": "net.authorize.customer.created", "payload": {"entityName": "customerProfile", "id": "900000001"}},
        {"eventType": "net.authorize.customer.subscription.failed", "payload": {"entityName": "subscription", "id": "1"}},
        {"eventType": "net.authorize.payment.void.created"},
        {"eventType": "net.authorize.payment.void.created", "payload": {"entityName": "transaction", "id": "999"}},
    ],
)
def test_what_concerns_no_payment_is_taken_and_left(staff: StaffApi, vaults: Vaults, document: dict[str, Any]):
    del staff, vaults

    assert notify(*signed({"notificationId": "n-1", "webhookId": "w-1"} | document)).status == 200


def test_the_event_on_file_is_answered(staff: StaffApi):
    from functions.processor_webhook.handler import lambda_handler

    del staff
    assert call(lambda_handler, json.loads((ROOT / "events/processor_webhook/charge_captured.json").read_text())).status == 200


# ---------------------------------------------------------------- what goes wrong


def test_a_processor_that_cannot_be_asked_is_asked_by_the_schedule_and_the_sender_comes_again(staff: StaffApi, vaults: Vaults, post: Post):
    payment_id, body, good = lost_charge(staff, vaults, post)
    vaults.faults(USD, {"operation": "inquire", "fault": "drop_after"})
    later(vaults.aws, seconds=1)

    answer = notify(body, good)

    assert (answer.status, answer.body["code"]) == (503, "processor_unavailable")
    waiting = payment(payment_id)
    assert waiting.state is PaymentState.UNKNOWN
    assert waiting.due_at is not None
    assert waiting.due_at <= utc_now()
    vaults.faults(USD)
    assert notify(body, good).status == 200
    assert payment(payment_id).state is PaymentState.CAPTURED


def test_what_a_crash_left_half_done_is_done_by_the_next_try(staff: StaffApi, vaults: Vaults, post: Post):
    payment_id, body, good = lost_charge(staff, vaults, post)
    wiring.transient_store().take_notification("ten_1", json.loads(body)["notificationId"], utc_now())

    assert notify(body, good).status == 200
    assert payment(payment_id).state is PaymentState.CAPTURED


def test_an_application_that_cannot_be_started_is_the_schedule_s(
    staff: StaffApi, vaults: Vaults, post: Post, monkeypatch: pytest.MonkeyPatch
):
    payment_id, body, good = lost_charge(staff, vaults, post)

    def out_of_order(*_: object) -> None:
        raise TransientError("not now")

    monkeypatch.setattr(wiring, "start_apply_payment", out_of_order)

    assert notify(body, good).status == 200
    after = payment(payment_id)
    assert after.state is PaymentState.CAPTURED
    assert after.due_at is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b'{"notificationId": "n-1"}',
        b'{"notificationId": "n#1", "eventType": "net.authorize.payment.void.created"}',
        b'{"notificationId": "n-1", "eventType": "other.event"}',
        b'{"notificationId": "n-1", "eventType": "net.authorize.payment.void.created", "payload": []}',
        b"[" * 30_000,
        b'{"notificationId": "n-1", "eventType": "net.authorize.payment.void.created", "x": "' + b"y" * 65_536 + b'"}',
    ],
    ids=lambda body: f"{len(body)}-{body[:12].decode()}",
)
def test_a_signed_body_that_makes_no_sense_is_refused_and_not_stored(staff: StaffApi, body: bytes):
    del staff

    answer = notify(body, signature(SIGNATURE_KEY, body))

    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert not [pk for pk in transient() if pk.startswith("notification#")]


def test_nothing_of_a_body_stands_in_the_log(staff: StaffApi, vaults: Vaults, post: Post, monkeypatch: pytest.MonkeyPatch):
    _, body, good = lost_charge(staff, vaults, post)
    written = log_of(monkeypatch)

    notify(body, good)
    notify(body, "sha512=" + "0" * 128)

    log = written.getvalue()
    document = json.loads(body)
    assert [json.loads(line)["message"] for line in log.splitlines()] == ["notification", "refused"]
    for secret in (document["notificationId"], str(document["payload"]["id"]), good, SIGNATURE_KEY, document["payload"]["authCode"]):
        assert secret not in log
