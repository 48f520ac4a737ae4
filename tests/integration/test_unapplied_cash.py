"""Unapplied cash: kept by itself, used by itself only where the business wants it (R25, R26)."""

from __future__ import annotations

from tests.integration.api import StaffApi
from tests.integration.audit_helpers import assert_clean
from tests.integration.cloud import Cloud

PROFILE = {"name": "Blue Ridge", "time_zone": "America/New_York"}


def unapplied(staff: StaffApi) -> int:
    return sum(one["unapplied"] for one in staff.get("/customers/c1/account").body["currencies"])


def test_r25_unapplied_cash_waits_for_staff_unless_the_business_wants_it_used(aws: Cloud, staff: StaffApi) -> None:
    staff.check(100_00)

    staff.invoice("i1", 30_00)
    assert unapplied(staff) == 100_00

    assert staff.put("/settings/profile", PROFILE | {"use_unapplied_cash": True}).body["use_unapplied_cash"] is True
    staff.invoice("i2", 50_00)
    assert unapplied(staff) == 20_00
    assert [staff.get(f"/invoices/{one}").body["status"] for one in ("i1", "i2")] == ["paid", "paid"]
    assert_clean(aws, "ten_1")


def test_r25_a_credit_memo_is_used_by_itself_too_and_saying_it_again_uses_nothing(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/settings/profile", PROFILE | {"use_unapplied_cash": True})
    staff.invoice("i1", 30_00)
    memo = {"customer_id": "c1", "number": "CM1", "date": "2025-06-01", "currency": "USD", "amount": 45_00, "reason": "late"}

    for _ in range(2):
        answer = staff.put("/credit-memos/cm1", memo)

    assert (answer.body["unapplied"], unapplied(staff)) == (15_00, 15_00)
    assert staff.get("/invoices/i1").body["status"] == "paid"
    assert_clean(aws, "ten_1")
