"""Removing saved methods: at the processor first, whatever goes wrong there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duebook import wiring
from duebook.domain.account import AccountKey
from duebook.domain.decisions import ReserveOnline, decide
from duebook.domain.directory import MerchantAccount
from duebook.domain.methods import MethodState
from duebook.domain.money import Money
from duebook.domain.payments import Payment, PaymentKey, PaymentState
from duebook.errors import NotFoundError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import new_id
from duebook.storage.account_store import Plan
from duebook.usecases.read_methods import find_method
from tests.integration.api import FakeContext, StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.vaults import CAD, OTHER_CARD, USD, Vaults, listed, open_vaults, remove, saved, stored

BOTH = pytest.mark.parametrize("currency", [USD, CAD])


@pytest.fixture
def vaults(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> Vaults:
    return open_vaults(aws, monkeypatch)


@pytest.fixture
def staff(vaults: Vaults) -> StaffApi:
    del vaults
    api = StaffApi("ten_1")
    api.customer("c1")
    api.customer("c2")
    return api


def in_doubt(method_id: str, state: PaymentState = PaymentState.UNKNOWN) -> PaymentKey:
    """Put a payment by a saved method on record that has no result yet."""
    now = utc_now()
    key = PaymentKey("ten_1", "c1", new_id("pay", now))
    payment = Payment(key, Money(10_00, USD), state, "staff", "card", now, f"DB-{key.payment_id[-16:]}", "ma_usd", method_id=method_id)
    command = ReserveOnline(key.payment_id, 10_00)
    wiring.account_store().change(
        AccountKey("ten_1", "c1", USD),
        lambda account: Plan((decide(account, command, posted_at=now, actor="test"),), wiring.payment_store().added(payment)),
    )
    return key


@BOTH
def test_a_removed_method_is_gone_at_the_processor_and_may_be_removed_again(staff: StaffApi, vaults: Vaults, currency: str):
    shown = saved(staff, vaults.token(currency), currency=currency).body

    answers = [remove(staff, shown["id"]) for _ in range(2)]

    assert [(one.status, one.body["state"]) for one in answers] == [(200, "removed")] * 2
    assert listed(staff) == []
    assert len(vaults.calls(currency, "delete_method")) == 1
    gone = stored(shown["id"])
    assert (gone.vault_id, gone.state, gone.consent.by) == ("", MethodState.REMOVED, "key_test")
    assert list(wiring.method_store().removals()) == []


@BOTH
def test_a_removed_card_may_be_saved_anew(staff: StaffApi, vaults: Vaults, currency: str):
    shown = saved(staff, vaults.token(currency), currency=currency).body
    remove(staff, shown["id"])

    again = saved(staff, vaults.token(currency), currency=currency)

    assert again.status == 201
    assert [one["id"] for one in listed(staff)] == [again.body["id"]]


@BOTH
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_removal_that_the_processor_does_not_confirm_is_finished_by_the_schedule(
    staff: StaffApi, vaults: Vaults, currency: str, fault: str
):
    shown = saved(staff, vaults.token(currency), currency=currency).body
    vaults.faults(currency, {"operation": "delete_method", "fault": fault})

    answer = remove(staff, shown["id"])

    assert (answer.status, answer.body["state"]) == (202, "removing")
    assert listed(staff) == []
    later(vaults.aws, minutes=2)
    assert vaults.finish().postponed == 1
    vaults.faults(currency)
    assert vaults.finish().finished == 0, "it waits before it asks again"
    later(vaults.aws, minutes=2)
    assert vaults.finish().finished == 1
    assert (stored(shown["id"]).state, vaults.finish().finished) == (MethodState.REMOVED, 0)


def test_the_settlement_schedule_finishes_removals(staff: StaffApi, vaults: Vaults):
    from functions.settlement.handler import lambda_handler

    shown = saved(staff, vaults.token()).body
    vaults.faults(USD, {"operation": "delete_method", "fault": "drop_before", "times": 1})
    remove(staff, shown["id"])
    later(vaults.aws, minutes=2)

    counts = lambda_handler({}, FakeContext())

    assert (counts["removals_finished"], counts["removals_postponed"], counts["removals_broken"]) == (1, 0, 0)
    assert stored(shown["id"]).state is MethodState.REMOVED


def test_a_removal_that_is_not_finished_is_finished_by_a_repeat(staff: StaffApi, vaults: Vaults):
    shown = saved(staff, vaults.token()).body
    vaults.faults(USD, {"operation": "delete_method", "fault": "drop_after", "times": 1})
    remove(staff, shown["id"])

    again = remove(staff, shown["id"])

    assert (again.status, again.body["state"]) == (200, "removed")
    assert list(wiring.method_store().removals()) == []


def test_a_card_that_is_being_removed_is_neither_charged_nor_saved_nor_preferred(staff: StaffApi, vaults: Vaults):
    shown = saved(staff, vaults.token()).body
    vaults.faults(USD, {"operation": "delete_method", "fault": "drop_before"})
    remove(staff, shown["id"])

    assert saved(staff, vaults.token()).status == 409
    assert staff.put(f"/customers/c1/payment-methods/{shown['id']}/default", {}).status == 404
    with pytest.raises(NotFoundError, match="no payment method"):
        find_method("ten_1", "c1", shown["id"], methods=wiring.method_store())


@BOTH
def test_a_card_of_two_customers_goes_at_the_processor_with_the_last_of_them(staff: StaffApi, vaults: Vaults, currency: str):
    first, second = (saved(staff, vaults.token(currency), customer, currency=currency).body for customer in ("c1", "c2"))
    is_kept_once = stored(first["id"]).vault_id == stored(second["id"], "c2").vault_id
    assert is_kept_once is (currency == CAD)

    remove(staff, first["id"])

    assert len(vaults.calls(currency, "delete_method")) == (0 if is_kept_once else 1)
    order = {"customer_id": "c2", "amount": 1_00, "currency": currency, "method": {"kind": "saved", "method_id": second["id"]}}
    staff.invoice("i2", customer_id="c2", currency=currency)
    assert staff.post("/payments", order).status == 201
    remove(staff, second["id"], "c2")
    assert len(vaults.calls(currency, "delete_method")) == (1 if is_kept_once else 2)


def test_the_newest_of_its_currency_inherits_the_default(staff: StaffApi, vaults: Vaults):
    first = saved(staff, vaults.token()).body
    second = saved(staff, vaults.token(**OTHER_CARD)).body

    remove(staff, first["id"])

    assert [(one["id"], one["default"]) for one in listed(staff)] == [(second["id"], True)]


def test_a_method_at_a_retired_merchant_account_is_removed_there(staff: StaffApi, vaults: Vaults):
    shown = saved(staff, vaults.token()).body
    retired = MerchantAccount("ma_usd", "authorize_net", USD, enabled=False, retired=True)
    wiring.directory_store().save_merchant_accounts("ten_1", [retired, MerchantAccount("ma_new", "authorize_net", USD)])

    assert remove(staff, shown["id"]).body["state"] == "removed"
    assert len(vaults.calls(USD, "delete_method")) == 1


@pytest.mark.parametrize("state", [PaymentState.SUBMITTING, PaymentState.UNKNOWN])
def test_a_method_with_a_payment_in_doubt_stays(staff: StaffApi, vaults: Vaults, state: PaymentState):
    staff.invoice("i1")
    shown = saved(staff, vaults.token()).body
    in_doubt(shown["id"], state)

    answer = remove(staff, shown["id"])

    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert "still being checked" in answer.body["detail"]
    assert listed(staff) != []


def test_a_payment_in_doubt_keeps_no_other_method(staff: StaffApi, vaults: Vaults):
    staff.invoice("i1")
    first, second = saved(staff, vaults.token()).body, saved(staff, vaults.token(**OTHER_CARD)).body
    in_doubt(first["id"])

    assert remove(staff, second["id"]).status == 200


def test_marks_of_removals_wait_longer_each_time(staff: StaffApi, vaults: Vaults):
    shown = saved(staff, vaults.token()).body
    vaults.faults(USD, {"operation": "delete_method", "fault": "drop_before"})
    remove(staff, shown["id"])
    pauses = []
    for _ in range(4):
        (mark,) = wiring.method_store().removals()
        vaults.aws.set_clock(mark.next_at)
        vaults.finish()
        (after,) = wiring.method_store().removals()
        pauses.append(after.next_at - mark.next_at)

    assert pauses == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
