"""Paying by a bill's link: a new card or bank account, the payment and its receipt, and nothing of the customer besides (R74)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from duebook import wiring
from duebook.domain.directory import Contact
from duebook.domain.payments import PaymentKey
from duebook.domain.portal_access import PAYER, ContactCaller
from tests.faults.stage import issue, world
from tests.faults.world import CUSTOMER, TENANT, World
from tests.integration.mail_desk import sent
from tests.integration.portal import Portal
from tests.integration.reception import deliver
from tests.integration.test_portal_payments import card, pay, saved_methods

AP = "ap@acme.example"


@pytest.fixture
def duebook(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, "authorize_net") as made:
        contact = Contact("con_1", "Ana Pau", "company", "ana@acme.example", portal_access=True)
        wiring.directory_store().put_contact(TENANT, CUSTOMER, contact, was=None)
        issue("inv_1", 100_00)
        issue("inv_2", 40_00)
        yield made
        assert made.findings() == []


@pytest.fixture
def ana(duebook: World) -> Portal:
    del duebook
    return Portal(ContactCaller(TENANT, CUSTOMER, "con_1", "company"))


@pytest.fixture
def payer(duebook: World) -> Portal:
    del duebook
    return Portal(ContactCaller(TENANT, CUSTOMER, PAYER, PAYER, address=AP))


def test_r74_a_payer_pays_what_is_open_and_the_receipt_goes_where_the_bill_went(duebook: World, payer: Portal):
    assert [one["id"] for one in payer.get("/invoices").body["items"]] == ["inv_1", "inv_2"]

    paid = pay(payer, payer.quote("inv_1"), card(duebook))
    duebook.settle_down()
    deliver()

    assert (paid.status, paid.body["status"]) == (201, "captured")
    found = wiring.payment_store().get(PaymentKey(TENANT, CUSTOMER, paid.body["id"]))
    assert found.payer is not None
    assert (found.payer.email, found.channel) == (AP, "portal")
    assert found.payer.name == wiring.directory_store().customer(TENANT, CUSTOMER).name
    assert [message["To"] for message in sent("receipt")] == [AP]
    assert [one["id"] for one in payer.get("/invoices").body["items"]] == ["inv_2"]


def test_r74_a_payer_sees_the_payment_made_by_the_link_and_no_other(duebook: World, ana: Portal, payer: Portal):
    own = pay(payer, payer.quote("inv_1"), card(duebook)).body["id"]
    anas = pay(ana, ana.quote("inv_2"), card(duebook)).body["id"]
    duebook.settle_down()

    assert payer.get(f"/payments/{own}").body["applications"][0]["invoice_id"] == "inv_1"
    assert payer.get(f"/payments/{own}/receipt").status == 303
    mailed = payer.post(f"/payments/{own}/receipt", None)
    assert (mailed.status, mailed.body["to"]) == (202, AP)
    for method, url in (("GET", f"/payments/{anas}"), ("GET", f"/payments/{anas}/receipt"), ("POST", f"/payments/{anas}/receipt")):
        answer, unknown = payer.call(method, url), payer.call(method, url.replace(anas, "pay_nobodys"))
        assert (answer.status, answer.text.replace(anas, "pay_nobodys")) == (404, unknown.text)
    listed = payer.get("/payments")
    assert (listed.status, listed.body["detail"]) == (403, "This link is for paying open invoices. Sign in to do this.")
    assert {one["id"] for one in ana.get("/payments").body["items"]} == {own, anas}


def test_r74_a_payer_neither_uses_nor_keeps_a_saved_method(duebook: World, ana: Portal, payer: Portal):
    assert pay(ana, ana.quote("inv_2"), card(duebook, save=True)).status == 201
    (saved,) = saved_methods(ana)
    duebook.settle_down()
    quote = payer.quote("inv_1")

    by_saved = pay(payer, quote, {"kind": "saved", "method_id": saved["id"]})
    by_kept = pay(payer, quote, card(duebook, save=True))

    for answer in (by_saved, by_kept):
        assert (answer.status, answer.body["code"]) == (403, "access_denied")
        assert "You have not been charged." in answer.body["detail"]
    assert saved_methods(ana) == [saved]
    assert [one["id"] for one in payer.get("/invoices").body["items"]] == ["inv_1"]
    assert pay(payer, quote, card(duebook)).status == 201


def test_one_attempt_of_a_payer_is_one_charge(duebook: World, payer: Portal):
    quote, method = payer.quote("inv_1"), card(duebook)

    first, again = pay(payer, quote, method, "key-1"), pay(payer, quote, method, "key-1")

    assert (first.status, again.status) == (201, 201)
    assert first.body["id"] == again.body["id"]
