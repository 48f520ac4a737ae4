"""Paying in the portal through the real handlers, the ledger and the simulated processors, in one process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.directory import Contact
from duebook.domain.portal_access import ContactCaller
from tests.faults.banks import VISA
from tests.faults.stage import issue, world
from tests.faults.world import CUSTOMER, TENANT, World
from tests.integration.api import Answer
from tests.integration.portal import Portal

BOTH = pytest.mark.parametrize("processor", ["authorize_net", "cardpointe"])


@pytest.fixture
def processor() -> str:
    return "authorize_net"


@pytest.fixture
def duebook(tmp_path: Path, processor: str) -> Iterator[World]:
    with world(tmp_path, processor) as made:
        contact = Contact("con_1", "Ana Pau", "company", "ana@acme.example", portal_access=True)
        wiring.directory_store().put_contact(TENANT, CUSTOMER, contact, was=None)
        yield made
        assert made.findings() == []


@pytest.fixture
def portal(duebook: World) -> Portal:
    del duebook
    return Portal(ContactCaller(TENANT, CUSTOMER, "con_1", "company"))


def opens() -> dict[str, int]:
    account = wiring.account_store().read(AccountKey(TENANT, CUSTOMER, "USD")).account
    return {item.invoice_id: item.open_minor for item in account.open_items}


def card(duebook: World, **more: Any) -> dict[str, Any]:
    return {"kind": "token", "token": duebook.token(), "type": "card", "postal_code": "84601"} | more


def pay(portal: Portal, quote: Any, method: dict[str, Any], key: str | None = None) -> Answer:
    return portal.post("/payments", {"quote_id": quote["quote_id"], "method": method}, key)


def saved_methods(portal: Portal) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = portal.get("/payment-methods").body["items"]
    return found


@BOTH
def test_r22_r23_chosen_invoices_are_paid_exactly_as_quoted(duebook: World, portal: Portal):
    issue("i1", 100_00)
    issue("i2", 50_00, on="2025-04-01")
    issue("i3", 25_00)

    answer = pay(portal, portal.quote("i1", "i3"), card(duebook))

    assert answer.status == 201, answer.text
    assert (answer.body["status"], answer.body["amount"], answer.body["channel"]) == ("captured", 125_00, "portal")
    assert {one["invoice_id"]: (one["amount"], one["open"]) for one in answer.body["applications"]} == {"i1": (100_00, 0), "i3": (25_00, 0)}
    assert (answer.body["unapplied"], answer.body["remaining_balance"]) == (0, 50_00)
    duebook.let_schedules_repair()
    assert opens() == {"i2": 50_00}
    shown = portal.get(f"/payments/{answer.body['id']}").body
    assert ([one["open"] for one in shown["applications"]], shown["remaining_balance"]) == ([0, 0], 50_00)
    assert duebook.charges() == [125_00]


def test_r23_money_that_is_being_applied_is_told_as_it_will_be(duebook: World, portal: Portal):
    issue("i1", 100_00)

    answer = pay(portal, portal.quote_amount(60_00).body, card(duebook))

    assert [(one["amount"], one["open"]) for one in answer.body["applications"]] == [(60_00, 40_00)]
    assert (answer.body["unapplied"], answer.body["remaining_balance"]) == (0, 40_00)
    assert opens() == {"i1": 100_00}
    duebook.let_schedules_repair()
    assert portal.get(f"/payments/{answer.body['id']}").body == answer.body
    assert opens() == {"i1": 40_00}


def test_r40_the_same_key_again_charges_once_also_after_the_quote_has_expired(duebook: World, portal: Portal):
    issue("i1", 100_00)
    quote = portal.quote("i1")
    first = pay(portal, quote, card(duebook), "k1")

    duebook.later(minutes=16)
    again = pay(portal, quote, card(duebook), "k1")

    assert (first.status, again.status, first.body["id"]) == (201, 201, again.body["id"])
    assert duebook.charges() == [100_00]


def test_r40_another_quote_under_the_same_key_is_refused(duebook: World, portal: Portal):
    issue("i1", 100_00)
    issue("i2", 50_00)
    pay(portal, portal.quote("i1"), card(duebook), "k1")

    answer = pay(portal, portal.quote("i2"), card(duebook), "k1")

    assert (answer.status, answer.body["code"]) == (409, "idempotency_key_reused")
    assert duebook.charges() == [100_00]


def test_r40_a_second_tab_with_the_same_quote_and_another_key_finds_it_paid(duebook: World, portal: Portal):
    issue("i1", 100_00)
    quote = portal.quote("i1")
    pay(portal, quote, card(duebook), "k1")

    answer = pay(portal, quote, card(duebook), "k2")

    assert (answer.status, answer.body["code"], answer.body["payable"]) == (409, "balance_changed", 0)
    assert duebook.charges() == [100_00]


def test_r24_a_stale_quote_is_refused_with_the_new_figures(duebook: World, portal: Portal):
    issue("i1", 100_00)
    issue("i2", 50_00, on="2025-04-01")
    quote = portal.quote("i1", "i2")
    assert duebook.pay(20_00, key="guest").status == 201

    answer = pay(portal, quote, card(duebook))

    assert (answer.status, answer.body["code"]) == (409, "balance_changed")
    assert (answer.body["payable"], answer.body["currency"]) == (130_00, "USD")
    assert {one["invoice_id"]: (one["amount"], one["pays"]) for one in answer.body["lines"]} == {
        "i1": (100_00, "full"),
        "i2": (30_00, "part"),
    }
    assert duebook.charges() == [20_00]


def test_r23_a_custom_amount_whose_split_changed_is_shown_again_first(duebook: World, portal: Portal):
    issue("i1", 100_00)
    quote = portal.quote_amount(60_00).body
    issue("older", 30_00, on="2025-01-01")

    answer = pay(portal, quote, card(duebook))

    assert (answer.status, answer.body["code"], answer.body["payable"]) == (409, "balance_changed", 60_00)
    assert [one["invoice_id"] for one in answer.body["lines"]] == ["older", "i1"]
    assert duebook.charges() == []


def test_an_expired_quote_is_refused_and_nothing_charged(duebook: World, portal: Portal):
    issue("i1", 100_00)
    quote = portal.quote("i1")
    duebook.later(minutes=15)

    answer = pay(portal, quote, card(duebook))

    assert (answer.status, answer.body["code"]) == (409, "quote_expired")
    assert duebook.charges() == []


def test_a_quote_of_another_customer_is_not_found(duebook: World, portal: Portal):
    issue("i1", 100_00)
    quote = portal.quote("i1")

    answers = [pay(portal.as_(customer_id="cus_2"), one, card(duebook)) for one in (quote, {"quote_id": "quo_nobodys"})]

    assert [(answer.status, answer.body["code"]) for answer in answers] == [(404, "not_found")] * 2
    assert answers[0].body == answers[1].body
    assert duebook.charges() == []


@BOTH
def test_r39_declined_then_paid_with_the_same_selection(duebook: World, portal: Portal, processor: str):
    issue("i1", 100_00)
    token = duebook.token() if processor == "cardpointe" else duebook.token(postal_code="46282")
    if processor == "cardpointe":
        duebook.bank.control("PUT", "faults", {"faults": [{"operation": "charge", "fault": "decline", "times": 1}]})

    refused = pay(portal, portal.quote("i1"), card(duebook, token=token), "k1")

    assert (refused.status, refused.body["code"]) == (402, "payment_declined")
    assert "not been charged" in refused.body["detail"]
    assert opens() == {"i1": 100_00}
    paid = pay(portal, portal.quote("i1"), card(duebook), "k2")
    assert paid.status == 201, paid.text
    assert duebook.charges() == [100_00]
    assert [one["id"] for one in portal.get("/payments").body["items"]] == [paid.body["id"]]


# ---------------------------------------------------------------- saved methods


@BOTH
def test_r35_a_new_card_is_kept_by_choice_and_charged_the_next_time(duebook: World, portal: Portal):
    issue("i1", 100_00)
    issue("i2", 50_00)

    first = pay(portal, portal.quote("i1"), card(duebook, save=True))

    assert first.status == 201, first.text
    [method] = saved_methods(portal)
    last4 = VISA[duebook.processor][-4:]
    assert (method["last4"], method["default"], method["type"]) == (last4, True, "card")
    second = pay(portal, portal.quote("i2"), {"kind": "saved", "method_id": method["id"]})
    assert second.status == 201, second.text
    assert (second.body["method"]["last4"], duebook.charges()) == (last4, [100_00, 50_00])
    assert {payment.method_id for payment in duebook.payments()} == {method["id"]}


def test_r35_off_by_default_nothing_is_kept(duebook: World, portal: Portal):
    issue("i1", 100_00)

    assert pay(portal, portal.quote("i1"), card(duebook)).status == 201
    assert saved_methods(portal) == []


@BOTH
def test_r39_a_refused_charge_leaves_nothing_saved(duebook: World, portal: Portal):
    issue("i1", 100_00)
    duebook.bank.control("PUT", "faults", {"faults": [{"operation": "charge", "fault": "decline", "times": 1}]})

    answer = pay(portal, portal.quote("i1"), card(duebook, save=True))

    assert (answer.status, answer.body["code"]) == (402, "payment_declined"), answer.text
    assert saved_methods(portal) == []
    assert opens() == {"i1": 100_00}


def test_a_card_that_was_saved_before_stays_saved_when_a_charge_of_it_is_refused(duebook: World, portal: Portal):
    issue("i1", 100_00)
    issue("i2", 100_00)
    pay(portal, portal.quote("i1"), card(duebook, save=True))
    duebook.bank.control("PUT", "faults", {"faults": [{"operation": "charge", "fault": "decline", "times": 1}]})

    answer = pay(portal, portal.quote("i2"), card(duebook, save=True))

    assert answer.status == 402, answer.text
    assert len(saved_methods(portal)) == 1


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_r39_when_keeping_fails_nothing_is_charged_and_the_invoices_are_payable_again(duebook: World, portal: Portal, fault: str):
    issue("i1", 100_00)
    duebook.bank.control("PUT", "faults", {"faults": [{"operation": "store_method", "fault": fault, "times": 1}]})

    answer = pay(portal, portal.quote("i1"), card(duebook, save=True), "k1")

    assert answer.status == 503, answer.text
    assert "not been charged" in answer.body["detail"]
    assert duebook.charges() == []
    assert portal.get("/invoices?currency=USD").body["items"][0]["payable"] == 100_00
    again = pay(portal, portal.quote("i1"), card(duebook, save=True), "k1")
    assert again.status in {201, 409}, again.text


def test_r40_the_same_key_with_a_kept_card_charges_once(duebook: World, portal: Portal):
    issue("i1", 100_00)
    quote = portal.quote("i1")
    method = card(duebook, save=True)

    answers = [pay(portal, quote, method, "k1") for _ in range(2)]

    assert {answer.body["id"] for answer in answers} == {answers[0].body["id"]}
    assert (duebook.charges(), len(saved_methods(portal))) == ([100_00], 1)


def test_another_customers_method_is_not_found(duebook: World, portal: Portal):
    issue("i1", 100_00)
    issue("i2", 100_00)
    pay(portal, portal.quote("i1"), card(duebook, save=True))
    [method] = saved_methods(portal)
    quote = portal.quote("i2")

    for one in ("mth_nobodys", method["id"]):
        other = portal if one == "mth_nobodys" else portal.as_(customer_id="cus_2")
        answer = pay(other, quote, {"kind": "saved", "method_id": one})
        assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert duebook.charges() == [100_00]


@BOTH
def test_methods_are_added_made_default_and_removed(duebook: World, portal: Portal, processor: str):
    body = {"token": duebook.token(), "type": "card", "currency": "USD", "consent": True, "postal_code": "84601"}

    made = portal.post("/payment-methods", body)

    assert made.status == 201, made.text
    other = "5424000000000015" if processor == "authorize_net" else "5454545454545454"
    second = portal.post("/payment-methods", body | {"token": duebook.token(other)})
    assert second.status == 201, second.text
    default = portal.call("PUT", f"/payment-methods/{second.body['id']}/default")
    assert (default.status, default.body["default"]) == (200, True)
    assert [(one["id"], one["default"]) for one in saved_methods(portal)] == [(second.body["id"], True), (made.body["id"], False)]
    assert portal.call("DELETE", f"/payment-methods/{second.body['id']}").status == 200
    assert [(one["id"], one["default"]) for one in saved_methods(portal)] == [(made.body["id"], True)]
    assert portal.as_(customer_id="cus_2").call("DELETE", f"/payment-methods/{made.body['id']}").status == 404
    assert portal.post("/payment-methods", body | {"consent": False}).status == 422


# ---------------------------------------------------------------- bank accounts, lost answers


@BOTH
def test_r38_a_bank_account_is_pending_and_what_it_will_pay_is_shown(duebook: World, portal: Portal):
    issue("i1", 100_00)
    words = "I allow Blue Ridge Sanitation to debit $100.00."
    bank = {"kind": "token", "token": duebook.token_of("bank_account"), "type": "bank_account", "account_kind": "checking"}

    answer = pay(portal, portal.quote("i1"), bank | {"account_name": "Ana Pau", "authorization": words})

    assert answer.status == 201, answer.text
    assert (answer.body["status"], answer.body["authorization"]) == ("pending", words)
    assert [(one["invoice_id"], one["amount"], one["open"]) for one in answer.body["applications"]] == [("i1", 100_00, 0)]
    assert (answer.body["unapplied"], answer.body["remaining_balance"]) == (0, 100_00)
    [invoice] = portal.get("/invoices?currency=USD").body["items"]
    assert (invoice["payable"], invoice["reserved"], invoice["open_balance"]) == (0, 100_00, 100_00)
    assert portal.get("/account").body["currencies"][0]["processing"] == 100_00


def test_r39_a_lost_answer_is_unknown_and_found_later(duebook: World, portal: Portal):
    issue("i1", 100_00)
    quote, method = portal.quote("i1"), card(duebook)
    duebook.bank.control("PUT", "faults", {"faults": [{"operation": "charge", "fault": "drop_after", "times": 1}]})

    answer = pay(portal, quote, method, "k1")

    assert (answer.status, answer.body["status"]) == (202, "unknown"), answer.text
    duebook.let_schedules_repair()
    again = pay(portal, quote, method, "k1")
    assert (again.status, again.body["status"]) == (201, "captured")
    assert duebook.charges() == [100_00]


def test_payments_are_listed_newest_first_in_pages(duebook: World, portal: Portal):
    issue("i1", 100_00)
    for number in range(5):
        duebook.now += timedelta(minutes=1)
        duebook.at(duebook.now)
        assert duebook.pay(1_00, key=f"k{number}").status == 201

    first = portal.get("/payments?limit=3").body
    second = portal.get(f"/payments?limit=3&cursor={first['next_cursor']}").body

    ids = [one["id"] for one in first["items"] + second["items"]]
    assert (len(ids), ids) == (5, sorted(ids, reverse=True))
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "method",
    [
        {"kind": "token", "token": "4111111111111111 ", "type": "card"},
        {"kind": "token", "token": "x", "type": "card", "account_kind": "checking"},
        {"kind": "token", "type": "card"},
        {"kind": "saved"},
        {"kind": "saved", "method_id": "a#b"},
        {"kind": "cash"},
        {"kind": "token", "token": "x", "type": "card", "save": "yes please"},
    ],
)
def test_a_malformed_method_is_refused(duebook: World, portal: Portal, method: dict[str, Any]):
    issue("i1", 100_00)

    answer = pay(portal, portal.quote("i1"), method)

    assert answer.status == 422, answer.text
    assert duebook.charges() == []
