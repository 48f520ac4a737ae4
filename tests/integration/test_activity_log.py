"""The activity log: one line for each thing done, by whom, why; by customer and by tenant, newest first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from duebook import wiring, wiring_staff
from duebook.domain.activity_log import WORDS, Action, Actor
from duebook.usecases.log_action import log_action, with_names
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, add_tenant

DANA = Actor("stf_ten_1", "Dana Whitlock")


@pytest.fixture(autouse=True)
def office(aws: Cloud) -> None:  # noqa: ARG001 - the cloud stands before the log
    add_tenant()


def log(action: Action = Action.PAYMENT_REFUNDED, at: datetime = NOW, actor: Actor = DANA, **facts: str | None) -> None:
    subject = ("payment", "pay_1")
    log_action("ten_1", actor, action, subject=subject, now=at, log=wiring_staff.activity_store(), **facts)  # type: ignore[arg-type]


def test_a_line_tells_who_what_when_and_why() -> None:
    log(customer_id="c1", reason="Paid twice", detail="$20.00")

    (line,) = wiring_staff.activity_store().of_customer("ten_1", "c1", limit=10)

    assert (line.actor.words, line.words, line.at, line.reason, line.detail) == (
        "Dana Whitlock",
        "Refunded a payment",
        NOW,
        "Paid twice",
        "$20.00",
    )
    assert line.subject == ("payment", "pay_1")


def test_every_action_has_its_words() -> None:
    assert set(WORDS) == set(Action)


def test_the_same_request_twice_is_one_line_and_another_is_another() -> None:
    for seconds, request in enumerate(("key-1", "key-1", "key-2")):
        log(customer_id="c1", request=request, at=NOW + timedelta(seconds=seconds))
    log(customer_id="c1", request="key-2", action=Action.ACCESS_GIVEN, at=NOW - timedelta(seconds=1))

    found = wiring_staff.activity_store().of_tenant("ten_1", limit=10)

    assert [line.action for line in found] == [Action.PAYMENT_REFUNDED, Action.PAYMENT_REFUNDED, Action.ACCESS_GIVEN]
    assert len(wiring_staff.activity_store().of_customer("ten_1", "c1", limit=10)) == 3


def test_the_same_words_at_the_same_instant_are_one_line() -> None:
    log()
    log()

    assert len(wiring_staff.activity_store().of_tenant("ten_1", limit=10)) == 1


def test_a_customers_log_holds_its_own_lines_and_the_tenants_holds_all() -> None:
    for number, customer_id in enumerate(("c1", "c2", None)):
        log(customer_id=customer_id, at=NOW + timedelta(minutes=number))

    store = wiring_staff.activity_store()

    assert [line.customer_id for line in store.of_tenant("ten_1", limit=10)] == [None, "c2", "c1"]
    assert [line.customer_id for line in store.of_customer("ten_1", "c1", limit=10)] == ["c1"]
    assert store.of_tenant("ten_2", limit=10) == []


def test_pages_go_back_in_time_without_losing_a_line() -> None:
    for number in range(7):
        log(detail=str(number), at=NOW + timedelta(minutes=number))
    store = wiring_staff.activity_store()

    seen, before = [], None
    while page := store.of_tenant("ten_1", limit=3, before=before):
        seen += [line.detail for line in page]
        before = page[-1].line_id

    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_a_month_is_its_own_lines() -> None:
    for day in ("2025-05-31T23:59:59.999+00:00", "2025-06-01T00:00:00+00:00", "2025-06-30T23:59:59+00:00", "2025-07-01T00:00:00+00:00"):
        log(detail=day, at=datetime.fromisoformat(day))

    june = [datetime.fromisoformat(f"2025-0{month}-01T00:00:00+00:00") for month in (6, 7)]
    found = wiring_staff.activity_store().of_tenant("ten_1", limit=10, since=june[0], until=june[1])

    assert [line.detail[:10] for line in found] == ["2025-06-30", "2025-06-01"]


def test_names_of_staff_are_added_where_only_an_id_was_known() -> None:
    for number, actor in enumerate((Actor("stf_ten_1"), Actor("key_0123456789ab"), Actor("stf_gone"), Actor("stf_gone", "Lee"))):
        log(actor=actor, at=NOW + timedelta(minutes=number))

    found = with_names("ten_1", wiring_staff.activity_store().of_tenant("ten_1", limit=10), directory=wiring.directory_store())

    assert [line.actor.words for line in found] == ["Lee", "stf_gone", "API key …89ab", "Dana Whitlock"]


def test_a_long_reason_is_cut() -> None:
    log(reason="x" * 2_000)

    (line,) = wiring_staff.activity_store().of_tenant("ten_1", limit=1)

    assert len(line.reason or "") == 500
