from __future__ import annotations

from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud


def test_payments_are_listed_newest_first_in_pages(aws: Cloud, staff: StaffApi) -> None:
    made = []
    for amount in (1, 2, 3):
        made.append(staff.check(amount)["id"])
        later(aws, hours=9)

    first = staff.get("/customers/c1/payments?limit=2").body
    rest = staff.get(f"/customers/c1/payments?limit=2&cursor={first['next_cursor']}").body
    assert [item["id"] for item in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


def test_the_tenants_payments_of_a_day_are_those_of_its_own_zone(aws: Cloud, staff: StaffApi) -> None:
    noon = staff.check(1)["id"]
    later(aws, hours=15)
    late_that_evening = staff.check(2)["id"]
    later(aws, hours=2)
    next_morning = staff.check(3)["id"]

    def listed(query: str) -> list[str]:
        return [item["id"] for item in staff.get(f"/payments{query}").body["items"]]

    assert listed("?from=2025-06-02&to=2025-06-02") == [late_that_evening, noon]
    assert listed("") == [next_morning]
    assert listed("?from=2025-06-02&to=2025-06-03") == [next_morning, late_that_evening, noon]
    assert listed(f"?from=2025-06-02&to=2025-06-03&limit=2&cursor={late_that_evening}") == [noon]
    assert staff.get("/payments?from=2025-06-03&to=2025-06-02").status == 422


def test_r61_ageing_sorts_open_balances_by_days_past_due_and_adds_up_to_the_balance(staff: StaffApi) -> None:
    days = ("2025-06-02", "2025-06-01", "2025-05-03", "2025-05-02", "2025-04-03", "2025-04-02", "2025-03-04", "2025-03-03")
    for number, due in enumerate(days):
        staff.invoice(f"i{number}", 10**number, due_date=due, invoice_date="2025-01-01")
    staff.check(5, applications=[])

    found = staff.get("/customers/c1/ageing").body

    assert found["as_of"] == "2025-06-02"
    assert found["currencies"] == [
        {
            "currency": "USD",
            "current": 1,
            "days_1_30": 110,
            "days_31_60": 11_000,
            "days_61_90": 1_100_000,
            "days_over_90": 10_000_000,
            "total": 11_111_111,
            "unapplied": 5,
        }
    ]
    assert staff.get("/customers/c1/account").body["currencies"][0]["balance"] == 11_111_111


def test_r61_ageing_as_of_a_past_day_ignores_later_movements(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 70_00, due_date="2025-06-01")
    later(aws, days=3)
    staff.check(50_00)
    staff.invoice("i2", 10_00, invoice_date="2025-06-05")

    now = staff.get("/customers/c1/ageing").body["currencies"][0]
    then = staff.get("/customers/c1/ageing?as_of=2025-06-04").body["currencies"][0]

    assert (now["total"], then["total"], then["days_1_30"]) == (30_00, 70_00, 70_00)
    assert staff.get("/customers/c1/ageing?as_of=2025-06-06").status == 422


def test_r61_what_was_entered_later_counts_from_its_own_date(staff: StaffApi) -> None:
    staff.invoice("i1", 70_00, invoice_date="2025-03-01", due_date="2025-04-01")
    staff.check(50_00, received_on="2025-04-20")
    staff.put(
        "/credit-memos/m1",
        {"customer_id": "c1", "number": "CM-1", "date": "2025-04-25", "currency": "USD", "amount": 5_00, "reason": "late"},
    )

    def at(day: str) -> list[tuple[int, int, int]]:
        found = staff.get(f"/customers/c1/ageing?as_of={day}").body["currencies"]
        return [(one["total"], one["days_1_30"], one["unapplied"]) for one in found]

    assert at("2025-02-28") in ([], [(0, 0, 0)])
    assert at("2025-04-19") == [(70_00, 70_00, 0)]
    assert at("2025-04-20") == [(20_00, 20_00, 0)]
    assert at("2025-04-25") == [(20_00, 20_00, 5_00)]
