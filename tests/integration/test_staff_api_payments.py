from __future__ import annotations

from dataclasses import replace

import pytest

from duebook.domain.account import AccountKey
from duebook.domain.decisions import MAX_LINES, ReserveOnline, decide
from duebook.domain.journal import RECEIVABLE, SALES, EntryKind, JournalEntry, transfer
from duebook.domain.payments import PaymentKey
from duebook.storage.account_store import Plan
from duebook.usecases.apply_payment import apply_payment
from tests.builders import NOON, open_item
from tests.integration.api import StaffApi, invoice_body, later
from tests.integration.audit_helpers import assert_clean
from tests.integration.cloud import Cloud

USD_ACCOUNT = AccountKey("ten_1", "c1", "USD")


def check_body(amount: int = 50_00, **body: object) -> dict:
    return {"customer_id": "c1", "amount": amount, "currency": "USD", "method": {"kind": "check", "number": "1007"}} | body


def account(staff: StaffApi) -> dict:
    return staff.get("/customers/c1/account").body["currencies"][0]


def paid_by(payment: dict) -> list[tuple[str, int]]:
    return [(one["invoice_id"], one["amount"]) for one in payment["applications"]]


def test_r20_r21_a_check_pays_the_oldest_invoices_first_and_the_last_one_in_part(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("b", 100_00, invoice_date="2025-02-28", number="1000")
    staff.invoice("a", 70_00, invoice_date="2025-01-31", number="1001")
    staff.invoice("c", 90_00, invoice_date="2025-03-31", number="999")

    payment = staff.check(200_00)

    assert paid_by(payment) == [("a", 70_00), ("b", 100_00), ("c", 30_00)]
    assert (payment["status"], payment["unapplied"], payment["refundable"]) == ("captured", 0, 200_00)
    assert staff.get("/invoices/c").body["open_balance"] == 60_00
    assert staff.get("/invoices/a").body["status"] == "paid"
    assert_clean(aws, "ten_1")


def test_r20_on_the_same_day_number_999_comes_before_1000(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("x", 10_00, number="1000")
    staff.invoice("y", 10_00, number="999")

    assert paid_by(staff.check(10_00)) == [("y", 10_00)]
    assert_clean(aws, "ten_1")


def test_r25_an_over_long_check_leaves_unapplied_cash_and_no_invoice_below_zero(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 70_00)

    payment = staff.check(100_00)

    assert (payment["unapplied"], account(staff)["unapplied"], account(staff)["balance"]) == (30_00, 30_00, 0)
    assert_clean(aws, "ten_1")


def test_r25_a_check_of_a_customer_who_owes_nothing_is_kept_whole(aws: Cloud, staff: StaffApi) -> None:
    assert staff.check(100_00)["unapplied"] == 100_00
    assert_clean(aws, "ten_1")


def test_r2_a_check_reaches_invoices_that_are_not_payable_online(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 70_00, pay_online=False)

    assert paid_by(staff.check(70_00)) == [("i1", 70_00)]
    assert_clean(aws, "ten_1")


def test_applications_given_are_made_exactly_and_the_rest_stays_unapplied(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 70_00, invoice_date="2025-01-01")
    staff.invoice("i2", 70_00, invoice_date="2025-02-01")

    payment = staff.check(50_00, applications=[{"invoice_id": "i2", "amount": 20_00}])

    assert paid_by(payment) == [("i2", 20_00)]
    assert payment["unapplied"] == 30_00
    assert_clean(aws, "ten_1")


def test_no_applications_at_all_leave_the_whole_amount_unapplied(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 70_00)

    assert staff.check(50_00, applications=[])["unapplied"] == 50_00
    assert_clean(aws, "ten_1")


@pytest.mark.parametrize(
    "applications",
    [
        [{"invoice_id": "i1", "amount": 70_01}],
        [{"invoice_id": "i1", "amount": 40_00}, {"invoice_id": "i1", "amount": 40_00}],
        [{"invoice_id": "i1", "amount": 60_00}, {"invoice_id": "i2", "amount": 60_00}],
        [{"invoice_id": "nothing", "amount": 1}],
        [{"invoice_id": "i1", "amount": 0}],
    ],
)
def test_applications_that_do_not_fit_are_refused_and_nothing_is_booked(aws: Cloud, staff: StaffApi, applications: list) -> None:
    staff.invoice("i1", 70_00)
    staff.invoice("i2", 70_00)

    refused = staff.post("/payments", check_body(100_00, applications=applications))

    assert refused.status == 422
    assert staff.get("/customers/c1/payments").body["items"] == []
    assert account(staff)["balance"] == 140_00
    assert_clean(aws, "ten_1")


@pytest.mark.parametrize("amount", [0, -1, 10.5, "10", 10**14, True])
def test_r5_an_amount_is_a_whole_number_above_zero(staff: StaffApi, amount: object) -> None:
    assert staff.post("/payments", check_body() | {"amount": amount}).status == 422


def test_r40_the_same_key_books_a_check_once_and_answers_the_same_payment(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 70_00)

    first = staff.post("/payments", check_body(), key="k1")
    later(aws, days=1)
    again = staff.post("/payments", check_body(), key="k1")

    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert len(staff.get("/customers/c1/payments").body["items"]) == 1
    assert_clean(aws, "ten_1")


def test_r40_the_same_key_with_another_amount_is_refused(aws: Cloud, staff: StaffApi) -> None:
    staff.post("/payments", check_body(50_00), key="k1")

    refused = staff.post("/payments", check_body(50_01), key="k1")

    assert (refused.status, refused.body["code"]) == (409, "idempotency_key_reused")
    assert_clean(aws, "ten_1")


def test_without_an_idempotency_key_nothing_is_booked(staff: StaffApi) -> None:
    assert staff.call("POST", "/payments", check_body()).status == 400
    assert staff.get("/customers/c1/payments").body["items"] == []


def test_r35_a_saved_method_nobody_has_is_not_found_and_a_charge_is_of_today(staff: StaffApi) -> None:
    saved = {"kind": "saved", "method_id": "mth_1"}

    assert staff.post("/payments", check_body(method=saved)).status == 404
    assert staff.post("/payments", check_body(method=saved, received_on="2025-06-01")).status == 422


def test_money_cannot_be_received_tomorrow(staff: StaffApi) -> None:
    assert staff.post("/payments", check_body(received_on="2025-06-03")).status == 422
    assert staff.post("/payments", check_body(received_on="2025-06-02")).body["received_on"] == "2025-06-02"


def test_r26_taken_back_money_reopens_what_it_had_paid_and_can_be_applied_again(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 70_00, invoice_date="2025-01-01", pay_online=False)
    staff.invoice("i2", 70_00, invoice_date="2025-02-01")
    payment = staff.check(100_00)

    taken = [{"invoice_id": "i1", "amount": 70_00}, {"invoice_id": "i2", "amount": 10_00}]
    back = staff.post(f"/payments/{payment['id']}/unapply", {"applications": taken, "reason": "meant for the other yard"}).body

    assert (paid_by(back), back["unapplied"]) == ([("i2", 20_00)], 80_00)
    reopened = staff.get("/invoices/i1").body
    assert (reopened["open_balance"], reopened["status"], reopened["pay_online"]) == (70_00, "overdue", False)
    assert_clean(aws, "ten_1")
    again = staff.post(
        f"/payments/{payment['id']}/apply", {"applications": [{"invoice_id": "i2", "amount": 50_00}], "reason": "as the customer said"}
    ).body
    assert (paid_by(again), again["unapplied"]) == ([("i2", 70_00)], 30_00)
    rest = staff.post(f"/payments/{payment['id']}/apply", {"reason": "oldest first"}).body
    assert (paid_by(rest), rest["unapplied"]) == ([("i1", 30_00), ("i2", 70_00)], 0)
    assert_clean(aws, "ten_1")


def test_r26_history_keeps_every_step_with_who_and_why(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 70_00)
    payment = staff.check(70_00)
    later(aws, minutes=5)

    taken = {"applications": [{"invoice_id": "i1", "amount": 70_00}], "reason": "wrong customer"}
    found = staff.as_("collector").post(f"/payments/{payment['id']}/unapply", taken).body["history"]

    assert [(step["kind"], step["amount"]) for step in found] == [
        ("submitted", 70_00),
        ("captured", 70_00),
        ("applied", 70_00),
        ("unapplied", 70_00),
    ]
    assert (found[-1]["by"], found[-1]["reason"], found[-1]["at"]) == ("key_test", "wrong customer", "2025-06-02T12:05:00Z")


@pytest.mark.parametrize(
    "taken",
    [
        [{"invoice_id": "i1", "amount": 70_01}],
        [{"invoice_id": "i2", "amount": 1}],
        [{"invoice_id": "i1", "amount": 40_00}, {"invoice_id": "i1", "amount": 30_01}],
    ],
)
def test_r26_no_more_is_taken_back_than_is_applied(aws: Cloud, staff: StaffApi, taken: list) -> None:
    staff.invoice("i1", 70_00, invoice_date="2025-01-01")
    staff.invoice("i2", 70_00)
    payment = staff.check(70_00)
    staff.check(20_00)

    refused = staff.post(f"/payments/{payment['id']}/unapply", {"applications": taken, "reason": "x"})

    assert refused.status == 422
    assert staff.get("/invoices/i1").body["status"] == "paid"
    assert_clean(aws, "ten_1")


def test_r26_a_second_un_apply_of_the_same_money_is_refused(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("i1", 70_00)
    payment = staff.check(70_00)
    body = {"applications": [{"invoice_id": "i1", "amount": 70_00}], "reason": "x"}

    assert staff.post(f"/payments/{payment['id']}/unapply", body).status == 200
    assert staff.post(f"/payments/{payment['id']}/unapply", body).status == 422
    assert_clean(aws, "ten_1")


def test_r26_a_step_without_a_reason_is_refused(staff: StaffApi) -> None:
    staff.invoice("i1", 70_00)
    payment = staff.check(70_00)

    assert staff.post(f"/payments/{payment['id']}/unapply", {"applications": [{"invoice_id": "i1", "amount": 1}]}).status == 422
    assert staff.post(f"/payments/{payment['id']}/apply", {"reason": ""}).status == 422


def test_r25_more_than_is_unapplied_cannot_be_applied(aws: Cloud, staff: StaffApi) -> None:
    payment = staff.check(50_00)
    staff.invoice("i1", 70_00)

    refused = staff.post(f"/payments/{payment['id']}/apply", {"applications": [{"invoice_id": "i1", "amount": 50_01}], "reason": "x"})

    assert refused.status == 422
    assert staff.post(f"/payments/{payment['id']}/apply", {"reason": "all of it"}).body["unapplied"] == 0
    assert staff.post(f"/payments/{payment['id']}/apply", {"reason": "again"}).status == 409
    assert_clean(aws, "ten_1")


def test_a_credit_memo_is_unapplied_credit_until_it_is_applied(aws: Cloud, staff: StaffApi) -> None:
    body = {"customer_id": "c1", "number": "CM-1", "date": "2025-06-01", "currency": "USD", "amount": 30_00, "reason": "late pick-up"}
    staff.invoice("i1", 70_00)

    made = staff.put("/credit-memos/m1", body)

    assert (made.status, made.body["unapplied"], account(staff)["unapplied"], account(staff)["balance"]) == (201, 30_00, 30_00, 70_00)
    assert staff.put("/credit-memos/m1", body).status == 200
    assert staff.put("/credit-memos/m1", body | {"amount": 31_00}).status == 409
    assert_clean(aws, "ten_1")
    applied = staff.post("/credit-memos/m1/apply", {"reason": "as agreed"}).body
    assert (applied["applications"][0]["amount"], applied["unapplied"], account(staff)["balance"]) == (30_00, 0, 40_00)
    taken = {"applications": [{"invoice_id": "i1", "amount": 10_00}], "reason": "too much"}
    assert staff.post("/credit-memos/m1/unapply", taken).body["unapplied"] == 10_00
    assert staff.put("/credit-memos/m1", body).status == 200
    assert_clean(aws, "ten_1")


def test_a_credit_memo_and_an_invoice_may_have_the_same_id(aws: Cloud, staff: StaffApi) -> None:
    staff.invoice("1001")
    body = {"customer_id": "c1", "number": "1001", "date": "2025-06-01", "currency": "USD", "amount": 30_00, "reason": "x"}

    assert staff.put("/credit-memos/1001", body).status == 201
    assert_clean(aws, "ten_1")


def test_a_check_over_more_invoices_than_one_entry_takes_pays_all_of_them(aws: Cloud, staff: StaffApi) -> None:
    count = MAX_LINES + 5
    items = tuple(open_item(f"i{number:04}", open=1_00, pay_online=False) for number in range(count))
    issued = JournalEntry(
        "many.issued", EntryKind.INVOICE_ISSUED, NOON, "many", count * 1_00, transfer(RECEIVABLE, SALES, count * 1_00), items=items
    )
    aws.accounts.change(USD_ACCOUNT, lambda _: Plan((issued,)))

    payment = staff.check(count * 1_00)

    assert (len(payment["applications"]), payment["unapplied"]) == (count, 0)
    assert aws.accounts.read(USD_ACCOUNT).account.open_items == ()
    assert_clean(aws, "ten_1")


def test_what_a_crash_left_of_a_check_is_applied_to_invoices_not_payable_online_too(aws: Cloud, staff: StaffApi) -> None:
    payment = staff.check(50_00)
    staff.invoice("i1", 70_00, pay_online=False)
    key = PaymentKey("ten_1", "c1", payment["id"])
    aws.payments.save(replace(aws.payments.get(key), applied=False))

    apply_payment(key, accounts=aws.accounts, payments=aws.payments, now=NOON)

    assert paid_by(staff.get(f"/payments/{payment['id']}").body) == [("i1", 50_00)]
    assert_clean(aws, "ten_1")


def test_another_tenants_payment_is_not_there(staff: StaffApi, stranger: StaffApi) -> None:
    staff.invoice("i1")
    payment = staff.check(10_00)
    body = {"applications": [{"invoice_id": "i1", "amount": 1}], "reason": "x"}

    assert stranger.get(f"/payments/{payment['id']}").status == 404
    assert stranger.post(f"/payments/{payment['id']}/unapply", body).status == 404
    assert stranger.post(f"/payments/{payment['id']}/apply", body).status == 404
    assert stranger.post("/payments", check_body()).status == 404
    assert stranger.get("/payments").body["items"] == []


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("collector", 201)])
def test_r85_collectors_record_checks_and_viewers_do_not(staff: StaffApi, role: str, status: int) -> None:
    assert staff.as_(role).post("/payments", check_body()).status == status


def test_r85_viewers_read_everything(staff: StaffApi) -> None:
    staff.invoice("i1")
    payment = staff.check(10_00)
    viewer = staff.as_("viewer")

    urls = ["/customers", "/customers/c1", "/customers/c1/account", "/customers/c1/invoices", "/invoices/i1", f"/payments/{payment['id']}"]
    assert {viewer.get(url).status for url in urls} == {200}


def test_a_child_and_its_parent_show_what_a_payment_under_way_has_reserved(aws: Cloud, staff: StaffApi) -> None:
    staff.put("/invoices/p1", invoice_body(kind="multi_site", lines=[]))
    staff.invoice("k1", 70_00, parent_id="p1")
    reserve = ReserveOnline("pay_x", 30_00)
    aws.accounts.change(USD_ACCOUNT, lambda found: Plan((decide(found, reserve, posted_at=NOON, actor="guest"),)))

    assert staff.get("/invoices/p1").body["reserved"] == 30_00
    assert staff.get("/invoices/k1").body["reserved"] == 30_00
    assert (account(staff)["processing"], account(staff)["payable_online"]) == (30_00, 40_00)
