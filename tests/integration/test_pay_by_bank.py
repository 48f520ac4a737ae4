"""Pay my balance by bank account and in several currencies, through the real handlers and both simulated processors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from duebook import wiring
from duebook.domain.directory import MerchantAccount
from duebook.domain.payments import DeclineReason, PaymentState
from duebook.web.guest import MESSAGES
from duebook.web.pages import STATUS_WORDS, status_words
from duebook.web.payment_words import FILTERS, REASONS, explanation
from tests.faults.stage import issue, world
from tests.faults.world import CUSTOMER, PAY_ONLINE_ID, TENANT, World

SITE = "https://site.example.test"
WORDS = "I authorize Blue Ridge Sanitation to debit my bank account electronically, one time, for $100.00 on June 2, 2025."
BOTH = [
    MerchantAccount("ma_1", "authorize_net", "USD", login="login1", public_key="public1"),
    MerchantAccount("ma_2", "cardpointe", "CAD", login="800000000001"),
]


@pytest.fixture(params=["authorize_net", "cardpointe"])
def duebook(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with world(tmp_path, request.param) as made:
        monkeypatch.setenv("CARDPOINTE_URL", f"{SITE}/")
        issue("inv_1", 100_00)
        yield made
        assert made.findings() == []


def post(duebook: World, method: dict[str, Any], *, amount: int = 100_00, currency: str = "USD", key: str = "key-1") -> Any:
    body = {
        "amount": amount,
        "currency": currency,
        "method": {"kind": "token", "token": duebook.token_of("bank_account"), "type": "bank_account", **method},
        "payer": {"name": "Ana Pau", "email": "ana@acme.example"},
    }
    return duebook.request("payment_api", "POST", f"/api/pay/{PAY_ONLINE_ID}/payments", body, headers={"Idempotency-Key": key})


def seen(duebook: World, payment_id: str) -> dict[str, Any]:
    answer = duebook.request("payment_api", "GET", f"/api/pay/{PAY_ONLINE_ID}/payments/{payment_id}")
    assert answer.status == 200
    return answer.body


def test_r35_dollars_may_be_paid_by_card_or_bank_account(duebook: World) -> None:
    [balance] = duebook.look().body["balances"]

    assert balance["methods"] == ["card", "bank_account"]
    assert balance["hosted_field"]["types"] == ["card", "bank_account"]
    assert balance["hosted_field"]["processor"] == duebook.processor


def test_r38_a_bank_payment_is_pending_with_its_authorization_until_it_settles(duebook: World) -> None:
    answer = post(duebook, {"authorization": WORDS})

    assert (answer.status, answer.body["status"]) == (201, "pending")
    assert answer.body["message"] == "Payment submitted. Bank payments take 3–5 business days."
    assert answer.body["method"]["type"] == "bank_account"
    assert answer.body["authorization"] == WORDS
    [payment] = duebook.payments()
    assert (payment.authorization, payment.state) == (WORDS, PaymentState.PENDING)
    assert duebook.look().body["balances"][0]["payable"] == 0
    duebook.later(hours=20)
    duebook.bank.control("POST", "settle")
    duebook.read_books()
    duebook.settle_down()

    after = seen(duebook, payment.key.payment_id)
    assert (after["status"], after["authorization"]) == ("captured", WORDS)


def test_r38_a_returned_payment_says_why_and_what_it_paid_is_open_again(duebook: World) -> None:
    payment_id = post(duebook, {"authorization": WORDS}).body["id"]
    duebook.later(hours=20)
    duebook.bank.control("POST", "settle")
    duebook.read_books()
    duebook.settle_down()

    duebook.bank.control("POST", "return", {"payment_id": payment_id, "code": "R01"})
    duebook.later(hours=30)
    duebook.bank.control("POST", "settle")
    duebook.read_books()
    duebook.settle_down()

    shown = seen(duebook, payment_id)
    assert (shown["status"], shown["return_code"]) == ("returned", "R01")
    assert shown["message"] == "Your bank sent this payment back. What it had paid is open again. The account had not enough funds."
    assert duebook.look().body["balances"][0]["payable"] == 100_00


def test_the_account_holder_is_whom_the_processor_hears_of(duebook: World) -> None:
    answer = post(duebook, {"account_kind": "business_checking", "account_name": "Acme Construction LLC", "authorization": WORDS})

    assert answer.status == 201
    [payment] = duebook.payments()
    assert payment.payer is not None
    assert (payment.payer.name, payment.payer.email) == ("Acme Construction LLC", "ana@acme.example")


@pytest.mark.parametrize(
    "method",
    [
        {"type": "card", "account_kind": "checking"},
        {"type": "card", "account_name": "Acme"},
        {"type": "card", "authorization": WORDS},
        {"account_kind": "current"},
        {"type": "wallet"},
        {"account_name": "4111 1111 1111 1111"},
        {"authorization": "I authorize 4111 1111 1111 1111"},
        {"routing": "021000021"},
        {"account": "123456789"},
    ],
)
def test_r36_no_number_and_nothing_out_of_place_is_taken(duebook: World, method: dict[str, Any]) -> None:
    answer = post(duebook, method)

    assert (answer.status, answer.body["errors"][0]["field"].split(".")[0]) == (422, "method")
    assert "4111" not in str(answer.body)
    assert duebook.payments() == []


def test_r42_a_bank_account_pays_dollars_only(duebook: World) -> None:
    issue("inv_cad", 50_00, currency="CAD")
    wiring.directory_store().save_merchant_accounts(TENANT, BOTH)

    answer = post(duebook, {}, amount=50_00, currency="CAD")

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "method")
    assert duebook.payments() == []


def test_r42_each_currency_has_its_own_processor_and_one_without_says_not_payable_online(duebook: World) -> None:
    issue("inv_cad", 50_00, currency="CAD")
    issue("inv_jpy", 5_000, currency="JPY")
    wiring.directory_store().save_merchant_accounts(TENANT, BOTH)

    balances = {one["currency"]: one for one in duebook.look().body["balances"]}

    usd, cad, jpy = (balances[currency] for currency in ("USD", "CAD", "JPY"))
    assert (usd["methods"], usd["hosted_field"]["processor"]) == (["card", "bank_account"], "authorize_net")
    assert (cad["methods"], cad["hosted_field"]["processor"]) == (["card"], "cardpointe")
    assert (jpy["can_pay"], jpy["methods"], jpy["hosted_field"]) == (False, [], None)
    assert jpy["reason"].startswith("Not payable online")
    refused = duebook.pay(5_000, currency="JPY")
    assert (refused.status, refused.body["code"]) == (409, "not_payable_online")


def test_the_tokenizer_is_the_sites_own_page_on_its_own_origin(duebook: World) -> None:
    wiring.directory_store().save_merchant_accounts(TENANT, [replace(BOTH[1], currency="USD")])

    field = duebook.look().body["balances"][0]["hosted_field"]

    split = urlsplit(field["url"])
    assert (f"{split.scheme}://{split.netloc}", split.path) == (SITE, "/itoke/ajax-tokenizer.html")
    assert field["origin"] == SITE
    options = {name: values[0] for name, values in parse_qs(split.query).items()}
    expected = ("useexpiry", "usecvv", "enhancedresponse", "tokenizewheninactive", "formatinput")
    assert {name: options.pop(name) for name in expected} == dict.fromkeys(expected, "true")
    assert options["cardlabel"] == "Card number"


def test_without_a_cardpointe_site_its_currency_is_not_payable_online(duebook: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARDPOINTE_URL")
    wiring.directory_store().save_merchant_accounts(TENANT, [replace(BOTH[1], currency="USD")])

    assert duebook.look().body["balances"][0]["can_pay"] is False


def test_every_status_and_reason_has_words_for_guests_and_staff(duebook: World) -> None:
    statuses = {state.value for state in PaymentState} | {"refunded", "partly_refunded"}
    post(duebook, {})
    [payment] = duebook.payments()

    assert set(STATUS_WORDS) == statuses
    assert set(MESSAGES) == statuses - {"declined", "failed"}
    assert set(REASONS) == set(DeclineReason)
    for state in PaymentState:
        stands = replace(payment, state=state)
        assert status_words(stands)[0]
        assert any(state in states for name, (_, states) in FILTERS.items() if name)
        assert explanation(stands) or state is PaymentState.SUBMITTING


def test_a_guest_sees_nothing_of_another_customer(duebook: World) -> None:
    payment_id = post(duebook, {"authorization": WORDS}).body["id"]

    answer = duebook.request("payment_api", "GET", f"/api/pay/QQQQqqqq2222/payments/{payment_id}")

    assert answer.status == 404
    assert wiring.payment_store().of_customer(TENANT, CUSTOMER, limit=5)


@pytest.mark.parametrize(("token", "named"), [("bank_account", "card"), ("card", "bank_account")])
def test_r35_a_token_named_wrongly_is_on_record_as_what_was_charged(duebook: World, token: str, named: str) -> None:
    answer = post(duebook, {"token": duebook.token_of(token), "type": named})

    [payment] = duebook.payments()
    if answer.status == 201:
        state = PaymentState.PENDING if token == "bank_account" else PaymentState.CAPTURED
        assert (payment.method_type, payment.state) == (token, state)
    else:
        assert (answer.status, payment.state in {PaymentState.DECLINED, PaymentState.FAILED}) == (402, True)
        assert [call for call in duebook.charges() if call] == []
