"""Reconciliation against both simulated processors: a whole life leaves no row but the late return, and strays are found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.breaks import RowState
from duebook.domain.charges import CARD, Charge, TokenMethod
from duebook.domain.money import Money
from duebook.domain.payments import Outcome, Payer, Payment, PaymentState
from duebook.domain.processing import RefundOrder
from duebook.ports import PaymentProcessor
from duebook.usecases.merchant_accounts import charge_ref
from tests.builders import usd
from tests.faults.stage import issue, world
from tests.faults.world import CUSTOMER, TENANT, World

PAID = 12_000


@pytest.fixture(params=["authorize_net", "cardpointe"])
def duebook(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, request.param) as made:
        issue("inv_1", 50_000, on="2025-04-01")
        yield made


def paid(duebook: World, kind: str = "card", amount: int = PAID) -> Payment:
    answer = duebook.pay(amount, kind=kind, key=f"key-{kind}-{amount}")
    assert answer.status == 201, answer.body
    duebook.settle_down()
    return payment_of(str(answer.body["id"]))


def payment_of(payment_id: str) -> Payment:
    store = wiring.payment_store()
    return store.get(store.find(TENANT, payment_id))


def settle(duebook: World) -> None:
    duebook.later(hours=20)
    duebook.bank.control("POST", "settle")
    read(duebook)


def read(duebook: World) -> None:
    duebook.read_books()
    duebook.settle_down()


def rows(state: RowState = RowState.OPEN) -> list[tuple[str, str | None]]:
    found = wiring.reconciliation_store().rows(TENANT, state)
    return sorted((row.found.kind.value, row.found.order_id) for row in found)


def client() -> PaymentProcessor:
    (account,) = wiring.directory_store().merchant_accounts(TENANT)
    return wiring.payment_processor(TENANT, account)


def charged_elsewhere(duebook: World, order_id: str, amount: Money) -> Any:
    """Charge a card with the tenant's own credentials, past our books."""
    method = TokenMethod(duebook.token(), CARD)
    evidence = client().charge(Charge(order_id, amount, method, Payer("Bo", "bo@acme.example", "84601"), CUSTOMER), timeout_seconds=20)
    assert evidence.outcome is Outcome.APPROVED, evidence
    return evidence


def test_r41_a_whole_life_leaves_no_row_but_the_return_that_came_after_settlement(duebook: World) -> None:
    card, ach = paid(duebook), paid(duebook, "bank_account", 9_000)
    read(duebook)
    settle(duebook)
    assert (payment_of(card.key.payment_id).settled_at, payment_of(ach.key.payment_id).state) == (duebook.now, PaymentState.CAPTURED)
    given_back = duebook.staff("POST", f"/payments/{card.key.payment_id}/refund", {"amount": 2_000, "reason": "twice"}, key="refund-1")
    assert given_back.status == 201, given_back.body
    settle(duebook)
    assert rows() == []

    duebook.later(days=1)
    duebook.bank.control("POST", "return", {"payment_id": ach.key.payment_id, "code": "R01"})
    duebook.later(days=2)
    read(duebook)
    read(duebook)

    assert rows() == [("late_return", ach.order_id)]
    assert payment_of(ach.key.payment_id).state is PaymentState.RETURNED
    assert duebook.findings() == []


def test_r25_a_charge_made_past_our_books_is_a_row_until_it_is_refunded_or_dealt_with(duebook: World) -> None:
    charged_elsewhere(duebook, "INV-77", usd(7_700))

    settle(duebook)

    assert rows() == [("charge_without_payment", "INV-77")]


def test_a_charge_made_past_our_books_and_voided_there_is_no_row_any_more(duebook: World) -> None:
    card = paid(duebook)
    evidence = charged_elsewhere(duebook, "INV-78", usd(7_800))
    read(duebook)
    stray = replace(charge_ref(card, evidence.reference), order_id="INV-78", amount=usd(7_800))

    assert client().void(stray, timeout_seconds=20).outcome is Outcome.VOIDED
    settle(duebook)

    assert rows() == []


def test_two_charges_under_one_order_id_are_a_row(duebook: World) -> None:
    card = paid(duebook)
    charged_elsewhere(duebook, card.order_id, usd(7_900))

    settle(duebook)

    assert rows() == [("charged_twice", card.order_id)]
    assert payment_of(card.key.payment_id).state is PaymentState.CAPTURED


def test_a_refund_made_past_our_books_is_a_row(duebook: World) -> None:
    card = paid(duebook)
    settle(duebook)
    order = RefundOrder(f"R9-{card.order_id[3:]}", charge_ref(payment_of(card.key.payment_id)), usd(1_500))

    assert client().refund(order, timeout_seconds=20).outcome is Outcome.APPROVED
    settle(duebook)

    assert rows() == [("refund_without_record", card.order_id)]


def test_r41_a_void_made_past_our_books_is_booked_from_theirs(duebook: World) -> None:
    card = paid(duebook)

    assert client().void(charge_ref(card), timeout_seconds=20).outcome is Outcome.VOIDED
    duebook.later(days=2)
    settle(duebook)

    assert payment_of(card.key.payment_id).state is PaymentState.VOIDED
    assert rows() == []


def test_r41_a_chargeback_and_its_reversal(duebook: World) -> None:
    card = paid(duebook)
    settle(duebook)
    duebook.later(days=3)
    duebook.bank.control("POST", "chargeback", {"payment_id": card.key.payment_id, "reason_code": "10.4", "amount": 5_000})
    duebook.later(days=1)
    read(duebook)
    assert (payment_of(card.key.payment_id).state, rows()) == (PaymentState.CHARGED_BACK, [])

    duebook.bank.control("POST", "chargeback", {"payment_id": card.key.payment_id, "reason_code": "10.4", "reversed": True})
    duebook.later(days=1)
    read(duebook)

    assert [kind for kind, _ in rows()] == ["chargeback_reversed"]


def test_r38_a_notification_of_change_leaves_the_money_alone(duebook: World) -> None:
    ach = paid(duebook, "bank_account")
    settle(duebook)
    if duebook.processor == "cardpointe":
        duebook.bank.control("PUT", "options", {"noc_in_funding": True})
    duebook.bank.control("POST", "return", {"payment_id": ach.key.payment_id, "code": "C01"})
    duebook.later(days=2)
    read(duebook)

    assert payment_of(ach.key.payment_id).state is PaymentState.CAPTURED
    assert rows() == []
