"""Several people of one business at once: every step is posted once, and no invoice is touched twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.local_http import Answer, Tenant, good

AT_ONCE = 8


def check(business: Tenant, amount: int, key: str) -> Answer:
    body = {"customer_id": "acme", "amount": amount, "currency": "USD", "method": {"kind": "check", "number": "1007"}}
    return business.call("POST", "/payments", body, {"Idempotency-Key": key})


def account(business: Tenant) -> dict[str, Any]:
    return good(business.call("GET", "/customers/acme/account"))["currencies"][0]


def at_once(call: Callable[[int], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(call, range(AT_ONCE)))


@pytest.fixture
def business(tenant: Callable[..., Tenant]) -> Tenant:
    made = tenant()
    made.customer("acme")
    return made


def audited(business: Tenant) -> None:
    audit = good(business.http("POST", "/local/run/audit", {"tenant_id": business.tenant_id}))
    assert not audit.get("findings"), audit


def test_r40_one_check_sent_eight_times_at_once_is_booked_once(business: Tenant) -> None:
    business.invoice("acme", "i1", 100_00)

    answers = at_once(lambda _: check(business, 60_00, "the-same-key"))

    assert {answer.status for answer in answers} <= {201, 409, 503}
    taken = {answer.json["id"] for answer in answers if answer.status == 201}
    assert len(taken) == 1
    assert account(business)["balance"] == 40_00
    audited(business)


def test_r25_eight_checks_at_once_are_all_booked_and_no_invoice_goes_below_zero(business: Tenant) -> None:
    for number in range(4):
        business.invoice("acme", f"i{number}", 25_00)

    answers = at_once(lambda number: check(business, 20_00, f"key-{number}"))

    assert {answer.status for answer in answers} == {201}
    found = account(business)
    assert (found["balance"], found["unapplied"]) == (0, AT_ONCE * 20_00 - 100_00)
    audited(business)


def test_r26_money_that_eight_people_take_back_at_once_is_taken_back_once(business: Tenant) -> None:
    business.invoice("acme", "i1", 100_00)
    payment = good(check(business, 100_00, "key"))
    body = {"applications": [{"invoice_id": "i1", "amount": 100_00}], "reason": "wrong customer"}

    answers = at_once(lambda _: business.call("POST", f"/payments/{payment['id']}/unapply", body))

    assert Counter(answer.status for answer in answers)[200] == 1
    found = account(business)
    assert (found["balance"], found["unapplied"]) == (100_00, 100_00)
    audited(business)


def test_an_invoice_sent_eight_times_at_once_is_posted_once_and_eight_children_all_hang_below_their_parent(business: Tenant) -> None:
    business.invoice("acme", "p1", 0, kind="multi_site", lines=[])

    same = at_once(lambda _: business.call("PUT", "/invoices/i1", body("i1")))
    children = at_once(lambda number: business.call("PUT", f"/invoices/k{number}", body(f"k{number}", parent_id="p1")))

    assert Counter(answer.status for answer in same)[201] == 1
    assert {answer.status for answer in same} <= {200, 201}
    assert {answer.status for answer in children} == {201}
    assert len(good(business.call("GET", "/invoices/p1"))["children"]) == AT_ONCE
    assert account(business)["balance"] == (AT_ONCE + 1) * 10_00
    audited(business)


def body(number: str, **more: object) -> dict[str, object]:
    line = {"description": "Service", "quantity": 1, "unit_price": 10_00}
    return {"customer_id": "acme", "number": number, "invoice_date": "2026-01-05", "currency": "USD", "lines": [line], **more}
