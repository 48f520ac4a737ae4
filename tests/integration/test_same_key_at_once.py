"""A call that comes again under its key while the first one is at work: it is the same call, whatever the first has used up (R40)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duebook import wiring
from duebook.storage.transient_store import KeyUse, TransientStore
from tests.faults.stage import issue, world
from tests.faults.world import CUSTOMER, World


@pytest.fixture
def duebook(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        issue("inv_1", 100_00, on="2025-04-01")
        yield made


@pytest.fixture
def overtaken(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the next call look for its key a moment too early, as when two come at once."""

    def arrange() -> None:
        look, waiting = TransientStore.key_use, [True]

        def too_early(store: TransientStore, tenant_id: str, scope: str, key: str) -> KeyUse | None:
            return None if waiting and waiting.pop() else look(store, tenant_id, scope, key)

        monkeypatch.setattr(TransientStore, "key_use", too_early)

    return arrange


def test_r40_a_second_click_that_finds_the_whole_balance_reserved_is_the_first_payment(
    duebook: World, overtaken: Callable[[], None]
) -> None:
    first = duebook.pay(100_00)
    overtaken()

    second = duebook.pay(100_00)

    assert (second.status, second.body["id"]) == (201, first.body["id"])
    assert len(duebook.charges()) == 1


def test_r40_another_key_finds_the_balance_changed(duebook: World, overtaken: Callable[[], None]) -> None:
    duebook.pay(100_00)
    overtaken()

    assert duebook.pay(100_00, key="another").body["code"] == "balance_changed"


def test_r40_a_check_booked_twice_at_once_is_one_check(duebook: World, overtaken: Callable[[], None]) -> None:
    check = {"customer_id": CUSTOMER, "amount": 100_00, "currency": "USD", "method": {"kind": "check"}}
    check |= {"applications": [{"invoice_id": "inv_1", "amount": 100_00}]}
    first = duebook.staff("POST", "/payments", check, key="check-1")
    overtaken()

    second = duebook.staff("POST", "/payments", check, key="check-1")

    assert (second.status, second.body["id"]) == (201, first.body["id"])
    assert len(duebook.payments()) == 1


def test_r40_r41_a_refund_asked_for_twice_at_once_is_one_refund(duebook: World, overtaken: Callable[[], None]) -> None:
    cash = {"customer_id": CUSTOMER, "amount": 100_00, "currency": "USD", "method": {"kind": "cash"}}
    payment = duebook.staff("POST", "/payments", cash, key="cash-1").body["id"]
    wanted = {"amount": 100_00, "reason": "billed twice"}
    duebook.staff("POST", f"/payments/{payment}/refund", wanted, key="refund-1")
    overtaken()

    second = duebook.staff("POST", f"/payments/{payment}/refund", wanted, key="refund-1")

    assert (second.status, second.body["refunded"]) == (201, 100_00)
    assert len(wiring.payment_store().get(duebook.payments()[0].key).refunds) == 1
