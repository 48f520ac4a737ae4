from __future__ import annotations

import pytest

from tests.integration.api import StaffApi, invoice_body, later
from tests.integration.audit_helpers import assert_clean
from tests.integration.cloud import Cloud


def test_r1_an_issued_invoice_is_unpaid_and_open_with_its_total(aws: Cloud, staff: StaffApi) -> None:
    lines = [
        {"description": "Toilet", "quantity": 2, "unit_price": 40_00},
        {"description": "Half a day", "quantity": 0.5, "unit_price": 33_33},
        {"description": "Discount", "unit_price": -5_00},
    ]

    made = staff.put("/invoices/i1", invoice_body(lines=lines, tax=7_25, due_date="2025-06-30"))

    assert made.status == 201
    assert made.body["status"] == "unpaid"
    assert made.body["total"] == made.body["open_balance"] == 80_00 + 16_67 - 5_00 + 7_25
    assert made.body["reserved"] == 0
    assert [line["quantity"] for line in made.body["lines"]] == [2, 0.5, 1]
    assert_clean(aws, "ten_1")


@pytest.mark.parametrize(("due", "status"), [("2025-06-01", "overdue"), ("2025-06-02", "unpaid"), ("2025-06-03", "unpaid")])
def test_r3_an_invoice_is_overdue_only_after_its_due_date_in_the_tenants_zone(staff: StaffApi, due: str, status: str) -> None:
    assert staff.invoice("i1", due_date=due)["status"] == status


def test_r3_late_in_the_evening_in_new_york_it_is_still_the_due_date_though_not_in_utc(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", due_date="2025-06-02")
    later(aws, hours=15)

    assert staff.get("/invoices/i1").body["status"] == "unpaid"
    later(aws, hours=2)
    assert staff.get("/invoices/i1").body["status"] == "overdue"


def test_r3_without_a_due_date_an_invoice_is_due_on_its_own_date(staff: StaffApi) -> None:
    assert staff.invoice("i1", invoice_date="2025-06-02")["due_date"] == "2025-06-02"


def test_repeating_an_invoice_answers_200_and_changes_nothing(aws: Cloud, staff: StaffApi) -> None:
    first = staff.put("/invoices/i1", invoice_body())
    again = staff.put("/invoices/i1", invoice_body())

    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    assert staff.get("/customers/c1/account").body["currencies"][0]["balance"] == 100_00
    assert_clean(aws, "ten_1")


@pytest.mark.parametrize(
    "change",
    [
        {"lines": [{"description": "x", "unit_price": 100_01}]},
        {"tax": 1},
        {"number": "1002"},
        {"invoice_date": "2025-05-02"},
        {"due_date": "2025-05-09"},
        {"draft": True},
        {"kind": "multi_site", "lines": []},
    ],
)
def test_posted_figures_cannot_be_changed(aws: Cloud, staff: StaffApi, change: dict) -> None:
    staff.put("/invoices/i1", invoice_body())

    refused = staff.put("/invoices/i1", invoice_body() | change)

    assert (refused.status, refused.body["code"]) == (409, "conflict")
    assert staff.get("/invoices/i1").body["open_balance"] == 100_00
    assert_clean(aws, "ten_1")


def test_r2_pay_online_and_texts_may_change_after_posting_and_the_payable_amount_follows(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/invoices/i1", invoice_body())
    line = {"description": "Other words", "quantity": 1, "unit_price": 100_00}

    changed = staff.put("/invoices/i1", invoice_body(pay_online=False, lines=[line]))

    assert (changed.status, changed.body["pay_online"]) == (200, False)
    assert changed.body["lines"][0]["description"] == "Other words"
    assert staff.get("/customers/c1/account").body["currencies"][0]["payable_online"] == 0
    staff.put("/invoices/i1", invoice_body())
    assert staff.get("/customers/c1/account").body["currencies"][0]["payable_online"] == 100_00
    assert_clean(aws, "ten_1")


def test_the_pay_online_flag_of_a_paid_invoice_changes_the_document_only(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/invoices/i1", invoice_body())
    staff.check(100_00)

    assert staff.put("/invoices/i1", invoice_body(pay_online=False)).body["status"] == "paid"
    assert_clean(aws, "ten_1")


def test_an_id_of_another_customers_invoice_is_refused(staff: StaffApi) -> None:
    staff.customer("c2")
    staff.invoice("i1")

    assert staff.put("/invoices/i1", invoice_body(customer_id="c2")).status == 409


def test_an_invoice_of_an_unknown_customer_is_refused(staff: StaffApi) -> None:
    assert staff.put("/invoices/i1", invoice_body(customer_id="nobody")).status == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": ""}, "number"),
        ({"lines": []}, "lines"),
        ({"lines": [{"description": "x", "unit_price": -1}]}, "lines"),
        ({"lines": [{"description": "x", "unit_price": 10.5}]}, "lines.0.unit_price"),
        ({"lines": [{"description": "x", "unit_price": 1, "quantity": "1e3"}]}, "lines.0.quantity"),
        ({"lines": [{"description": "x", "unit_price": 1, "quantity": "٣"}]}, "lines.0.quantity"),
        ({"lines": [{"description": "x", "unit_price": 1, "quantity": " 2"}]}, "lines.0.quantity"),
        ({"lines": [{"description": "x", "unit_price": 1, "quantity": "-2"}]}, "lines.0.quantity"),
        ({"currency": "XXX"}, "currency"),
        ({"site_id": "nowhere"}, "site_id"),
        ({"parent_id": "nothing"}, "parent_id"),
        ({"kind": "multi_site"}, "lines"),
    ],
)
def test_a_malformed_invoice_is_refused_with_its_field_and_posts_nothing(staff: StaffApi, change: dict, field: str) -> None:
    refused = staff.put("/invoices/i1", invoice_body() | change)

    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == field
    assert staff.get("/invoices/i1").status == 404


def test_r4_each_currency_has_an_account_of_its_own(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 100_00)
    staff.invoice("i2", 5_000, currency="JPY")

    found = staff.get("/customers/c1/account").body["currencies"]

    assert [(one["currency"], one["balance"]) for one in found] == [("JPY", 5_000), ("USD", 100_00)]
    assert_clean(aws, "ten_1")


def test_r1_a_draft_owes_nothing_until_it_is_posted(aws: Cloud, staff: StaffApi) -> None:
    draft = staff.put("/invoices/i1", invoice_body(draft=True))
    assert (draft.status, draft.body["status"], draft.body["open_balance"]) == (201, "draft", 0)
    assert staff.put("/invoices/i1", invoice_body(50_00, draft=True)).body["total"] == 50_00

    posted = staff.put("/invoices/i1", invoice_body(60_00, due_date="2025-06-30"))

    assert (posted.status, posted.body["status"], posted.body["open_balance"]) == (200, "unpaid", 60_00)
    assert_clean(aws, "ten_1")


def test_r6_a_multi_site_invoice_is_the_sum_of_its_children_and_counts_once(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/customers/c1/sites/s1", {"name": "North yard", "number": "7"})
    parent = staff.put("/invoices/p1", invoice_body(kind="multi_site", lines=[], number="P-1", due_date="2025-06-30"))
    assert (parent.status, parent.body["status"], parent.body["children"]) == (201, "unpaid", [])
    staff.invoice("k1", 30_00, parent_id="p1", site_id="s1", due_date="2025-06-30")
    staff.invoice("k2", 20_00, parent_id="p1", due_date="2025-06-30")

    found = staff.get("/invoices/p1").body

    assert (found["total"], found["open_balance"], found["kind"]) == (50_00, 50_00, "multi_site")
    assert [child["id"] for child in found["children"]] == ["k1", "k2"]
    assert found["children"][0]["site"] == {"id": "s1", "name": "North yard"}
    assert "children" not in staff.get("/invoices/k1").body
    account = staff.get("/customers/c1/account").body["currencies"][0]
    assert (account["balance"], account["single_site"], account["multi_site"]) == (
        50_00,
        {"count": 0, "balance": 0},
        {"count": 1, "balance": 50_00},
    )
    assert_clean(aws, "ten_1")


def test_r6_a_multi_site_invoice_is_paid_when_all_its_live_children_are(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/invoices/p1", invoice_body(kind="multi_site", lines=[]))
    for number in (1, 2, 3):
        staff.invoice(f"k{number}", 10_00, parent_id="p1")
    staff.post("/invoices/k3/void", {"reason": "billed twice"})

    staff.check(10_00)
    assert staff.get("/invoices/p1").body["status"] == "overdue"
    staff.check(10_00)

    assert staff.get("/invoices/p1").body["status"] == "paid"
    assert_clean(aws, "ten_1")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"due_date": "2025-07-01"}, "due_date"),
        ({"currency": "CAD"}, "currency"),
        ({"customer_id": "c2"}, "parent_id"),
        ({"parent_id": "plain"}, "parent_id"),
    ],
)
def test_r6_a_child_fits_its_parent_in_customer_currency_and_due_date(aws: Cloud, staff: StaffApi, change: dict, field: str) -> None:
    staff.customer("c2")
    staff.invoice("plain", due_date="2025-06-30")
    staff.put("/invoices/p1", invoice_body(kind="multi_site", lines=[], due_date="2025-06-30"))

    refused = staff.put("/invoices/k1", invoice_body(parent_id="p1", due_date="2025-06-30") | change)

    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == field
    assert_clean(aws, "ten_1")


def test_r6_a_child_that_names_no_due_date_is_due_with_its_parent(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/invoices/p1", invoice_body(kind="multi_site", lines=[], due_date="2025-06-30"))

    assert staff.invoice("k1", parent_id="p1")["due_date"] == "2025-06-30"
    assert staff.put("/invoices/k1", invoice_body(parent_id="p1", number="k1")).status == 200
    assert_clean(aws, "ten_1")


def test_r8_a_void_invoice_owes_nothing_and_cannot_be_undone(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/invoices/i1", invoice_body())

    voided = staff.post("/invoices/i1/void", {"reason": "billed twice"})

    assert (voided.status, voided.body["status"], voided.body["open_balance"]) == (200, "void", 0)
    assert voided.body["void_reason"] == "billed twice"
    assert staff.post("/invoices/i1/void", {"reason": "again"}).body["void_reason"] == "billed twice"
    assert staff.put("/invoices/i1", invoice_body(pay_online=False)).status == 409
    assert staff.get("/customers/c1/account").body["currencies"][0]["balance"] == 0
    assert_clean(aws, "ten_1")


def test_r8_a_void_needs_a_reason(staff: StaffApi) -> None:
    staff.invoice("i1")

    assert staff.post("/invoices/i1/void", {"reason": "  "}).status == 422
    assert staff.get("/invoices/i1").body["status"] == "overdue"


def test_r8_an_invoice_with_applied_money_is_void_only_after_the_money_is_taken_back(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 100_00)
    payment = staff.check(30_00)

    refused = staff.post("/invoices/i1/void", {"reason": "wrong"})
    assert (refused.status, refused.body["detail"]) == (409, "invoice i1 has money applied (30.00 USD of 100.00 USD); un-apply it first")
    taken = [{"invoice_id": "i1", "amount": 30_00}]
    assert staff.post(f"/payments/{payment['id']}/unapply", {"applications": taken, "reason": "wrong invoice"}).status == 200

    assert staff.post("/invoices/i1/void", {"reason": "wrong"}).body["status"] == "void"
    assert staff.get("/customers/c1/account").body["currencies"][0]["unapplied"] == 30_00
    assert_clean(aws, "ten_1")


def test_r8_a_multi_site_parent_is_void_only_after_its_children(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/invoices/p1", invoice_body(kind="multi_site", lines=[]))
    staff.invoice("k1", parent_id="p1")

    assert staff.post("/invoices/p1/void", {"reason": "wrong"}).status == 409
    staff.post("/invoices/k1/void", {"reason": "wrong"})

    assert staff.post("/invoices/p1/void", {"reason": "wrong"}).body["status"] == "void"
    assert staff.put("/invoices/k2", invoice_body(parent_id="p1")).status == 422
    assert_clean(aws, "ten_1")


def test_a_void_draft_is_just_marked(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/invoices/i1", invoice_body(draft=True))

    assert staff.post("/invoices/i1/void", {"reason": "not needed"}).body["status"] == "void"
    assert_clean(aws, "ten_1")


def test_an_invoice_of_nothing_is_paid_at_once(aws: Cloud, staff: StaffApi) -> None:
    assert staff.invoice("i1", 0)["status"] == "paid"
    assert_clean(aws, "ten_1")


def test_invoices_are_listed_in_pages_and_by_status(staff: StaffApi) -> None:
    for number in (1, 2, 3, 4):
        staff.invoice(f"i{number}", invoice_date=f"2025-05-0{number}")
    staff.post("/invoices/i4/void", {"reason": "x"})
    staff.check(100_00)
    staff.put("/invoices/i5", invoice_body(draft=True))

    first = staff.get("/customers/c1/invoices?limit=2").body
    rest = staff.get(f"/customers/c1/invoices?limit=9&cursor={first['next_cursor']}").body
    assert [item["id"] for item in first["items"] + rest["items"]] == ["i1", "i2", "i3", "i4", "i5"]
    by_status = {
        status: [item["id"] for item in staff.get(f"/customers/c1/invoices?status={status}").body["items"]]
        for status in ("paid", "overdue", "void", "draft", "unpaid")
    }
    assert by_status == {"paid": ["i1"], "overdue": ["i2", "i3"], "void": ["i4"], "draft": ["i5"], "unpaid": []}
    assert staff.get("/customers/c1/invoices?status=late").status == 422


def test_another_tenants_invoice_is_not_there(staff: StaffApi, stranger: StaffApi) -> None:
    staff.invoice("i1")
    stranger.customer("c9")

    assert stranger.get("/invoices/i1").status == 404
    assert stranger.post("/invoices/i1/void", {"reason": "x"}).status == 404
    assert stranger.put("/invoices/i1", invoice_body(customer_id="c9")).status == 201
    assert staff.get("/invoices/i1").body["customer_id"] == "c1"


@pytest.mark.parametrize("role", ["viewer", "collector"])
def test_r85_only_managers_issue_and_void_invoices(staff: StaffApi, role: str) -> None:
    staff.invoice("i1")

    assert staff.as_(role).put("/invoices/i2", invoice_body()).status == 403
    assert staff.as_(role).post("/invoices/i1/void", {"reason": "x"}).status == 403
