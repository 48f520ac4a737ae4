"""The staff pages without a browser: what home, customers, a customer and its payments tell."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from duebook import wiring
from duebook.domain.account import Account, AccountKey
from duebook.domain.decisions import IssueInvoice, ReserveOnline, decide
from duebook.domain.directory import MerchantAccount
from duebook.domain.import_runs import Counts, ImportRun
from duebook.domain.imports import ImportForm, ImportKind
from duebook.domain.payments import DeclineReason, PaymentState
from duebook.storage.account_store import Plan
from tests.builders import open_item
from tests.integration.cloud import Cloud
from tests.integration.staff_office import (
    NOW,
    Answer,
    Browser,
    add_customer,
    add_payment,
    add_site,
    add_tenant,
    issue,
    open_office,
    receive,
)

KEY = AccountKey("ten_1", "c1", "USD")


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in browser of a tenant with one customer."""
    return open_office()


def cells(answer: Answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.body)))


def test_the_list_tells_balance_open_invoices_and_what_is_overdue(office: Browser) -> None:
    issue("inv_1", 100_00, on="2025-04-01", due="2025-05-01")
    issue("inv_2", 50_00, on="2025-05-20")
    add_customer("c2", "Pine Ridge Camp")
    issue("inv_3", 70_00, "c2", on="2025-06-01", due="2025-06-02")
    receive("pay_01", 90_00, "c2")

    text = office.get("/admin/customers").text

    assert "Halvorsen Construction c1 Automation off $150.00 $100.00 32 days – None" in text
    assert "Pine Ridge Camp c2 Automation off $0.00 – Nothing open $20.00 None" in text


def test_r3_due_today_in_the_tenants_zone_is_not_overdue(aws: Cloud, office: Browser) -> None:
    issue("inv_1", 70_00, on="2025-05-01", due="2025-06-02")
    late_in_new_york = NOW.replace(day=3, hour=3)
    aws.set_clock(late_in_new_york)
    office.sign_in()

    assert "Halvorsen Construction c1 Automation off $70.00 – Not due" in office.get("/admin/customers").text

    aws.set_clock(late_in_new_york + timedelta(hours=2))
    office.sign_in()
    assert "Halvorsen Construction c1 Automation off $70.00 $70.00 1 day" in office.get("/admin/customers").text


def test_r4_each_currency_of_a_customer_stands_alone(office: Browser) -> None:
    issue("inv_1", 100_00)
    issue("inv_2", 5_000, currency="JPY")
    wiring.directory_store().save_merchant_accounts("ten_1", [MerchantAccount("ma_1", "authorize_net", "USD")])

    listed, shown = office.get("/admin/customers").text, office.get("/admin/customers/c1").text

    assert "¥5,000 $100.00" in listed
    assert "Account in JPY" in shown
    assert "Account in USD" in shown
    assert "No merchant account in JPY; by check only" in shown
    assert "No merchant account in USD" not in shown


def test_the_search_finds_name_id_and_email_in_any_case(office: Browser) -> None:
    add_customer("pine-7", "Pine Ridge Camp", email="ap@pines.example")

    for search in ("PINE ridge", "pine-7", "PINES.ex"):
        text = office.get(f"/admin/customers?q={search.replace(' ', '+')}").text
        assert "Pine Ridge Camp" in text
        assert "Halvorsen" not in text


def test_a_search_without_a_hit_offers_to_clear_it(office: Browser) -> None:
    answer = office.get("/admin/customers?q=zebra")

    assert "No customer matches “ zebra ”. Clear the search" in answer.text
    assert 'href="/admin/customers"' in answer.body


def test_the_list_goes_on_page_by_page_without_losing_anybody(office: Browser) -> None:
    for number in range(60):
        add_customer(f"d{number:03}", f"Customer {number:03}")

    first = office.get("/admin/customers")
    following = first.body.split('href="/admin/customers?after=')[1].split('"')[0]
    second = office.get(f"/admin/customers?after={following}")

    shown = (
        [f"Customer {number:03}" in first.body for number in range(60)],
        [f"Customer {number:03}" in second.body for number in range(60)],
    )
    assert all(one != other for one, other in zip(*shown, strict=True))
    assert first.body.count("<tr>") == 50 + 1
    assert "Next page" not in second.text


def test_a_page_of_fifty_customers_takes_six_requests(aws: Cloud, office: Browser) -> None:
    for number in range(55):
        add_customer(f"d{number:03}", f"Customer {number:03}")
        if number < 10:
            issue(f"inv_{number}", 10_00, f"d{number:03}")
    calls: list[str] = []
    aws.client("dynamodb").meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))

    office.get("/admin/customers")

    assert calls == ["GetItem", "GetItem", "GetItem", "Query", "BatchGetItem", "BatchGetItem"]


def test_the_customers_file_holds_what_is_filtered_exact_and_harmless(office: Browser) -> None:
    add_customer("evil", "=cmd|' /C calc'!A1")
    issue("inv_1", 1234_50)
    issue("inv_2", 1_234, currency="KWD")

    answer = office.get("/admin/customers.csv")
    rows = cells(answer)

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="customers.csv"'
    assert [(row["customer_id"], row["currency"], row["balance"]) for row in rows] == [
        ("c1", "KWD", "1.234"),
        ("c1", "USD", "1234.50"),
        ("evil", "", ""),
    ]
    assert rows[2]["name"] == "'=cmd|' /C calc'!A1"
    assert [row["customer_id"] for row in cells(office.get("/admin/customers.csv?q=cmd"))] == ["evil"]


@pytest.mark.usefixtures("aws")
def test_a_new_business_is_told_how_customers_come() -> None:
    add_tenant()
    office = Browser()
    office.sign_in()

    assert "No customers yet." in office.get("/admin/customers").text


# One customer


def test_a_customer_shows_balances_ageing_and_the_pay_online_link(office: Browser) -> None:
    issue("inv_1", 100_00, on="2025-03-01", due="2025-03-31")
    issue("inv_2", 50_00, on="2025-05-20")
    issue("inv_3", 25_00, on="2025-05-21", pay_online=False)
    wiring.directory_store().save_merchant_accounts("ten_1", [MerchantAccount("ma_1", "authorize_net", "USD")])

    answer = office.get("/admin/customers/c1")

    assert "Balance $175.00 3 open invoices Overdue $100.00 Oldest due Mar 31, 2025 Payable online $150.00" in answer.text
    assert "Current $75.00 1–30 days $0.00 31–60 days $0.00 61–90 days $100.00 Over 90 days $0.00" in answer.text
    assert "INV_3 May 21, 2025 Jun 20, 2025 Unpaid Not payable online $25.00" in answer.text
    assert 'value="http://localhost:8080/pay-my-balance#id=kT7mWq4x1c1"' in answer.body
    assert 'role="img" aria-label="Open balances by days past due: current $75.00' in answer.body.replace("\u00a0", " ")


def test_r6_children_stand_below_their_parent_and_count_once(office: Browser) -> None:
    add_site("north", "North yard")
    issue("ms", 0, multi_site=True, number="MS-700")
    issue("ch_1", 70_00, parent_id="ms", site_id="north", number="CH-1")
    issue("single", 10_00, number="S-1")
    issue("ch_2", 30_00, parent_id="ms", number="CH-2")

    text = office.get("/admin/customers/c1").text

    assert "Balance $110.00 3 open invoices" in text
    assert "MS-700 Multi-site, 2 open invoices $100.00 CH-1 North yard" in text
    assert text.index("CH-2") < text.index("S-1")


def test_many_open_invoices_come_fifty_at_a_time_and_a_parent_keeps_its_sum(office: Browser) -> None:
    items = [open_item(f"inv_{number:03}", open=100, parent_id="ms" if number in {49, 50} else None) for number in range(130)]
    for some in (items[:65], items[65:]):
        entries = tuple(decide(Account(KEY), IssueInvoice(item.invoice_id, 100, item), posted_at=NOW, actor="key_1") for item in some)
        wiring.account_store().commit(wiring.account_store().read(KEY), Plan(entries))

    first, second = office.get("/admin/customers/c1"), office.get("/admin/customers/c1?currency=USD&start=50")

    assert "1–50 of 130" in first.text
    assert "inv_049" in first.text
    assert "inv_050" not in first.text
    assert "ms Multi-site, 2 open invoices $2.00" in first.text
    assert "ms Multi-site, 2 open invoices $2.00 inv_050" in second.text
    assert "51–100 of 130" in second.text
    assert office.get("/admin/customers/c1?currency=USD&start=9999").text == first.text


def test_r27_reserved_money_is_shown_as_processing(office: Browser) -> None:
    issue("inv_1", 100_00)
    issue("inv_2", 50_00, on="2025-05-02")
    wiring.account_store().change(
        KEY, lambda account: Plan((decide(account, ReserveOnline("pay_1", 120_00), posted_at=NOW, actor="guest"),))
    )

    text = office.get("/admin/customers/c1").text

    assert "INV_1 May 1, 2025 May 31, 2025 $100.00 processing $100.00" in text
    assert "INV_2 May 2, 2025 Jun 1, 2025 Overdue $20.00 processing $50.00" in text


# Payments


def test_r16_payments_tell_what_each_of_them_paid_and_what_is_left(office: Browser) -> None:
    issue("inv_1", 100_00)
    issue("inv_2", 50_00, on="2025-05-02")
    receive("pay_01", 120_00)
    receive("pay_02", 50_00)

    text = office.get("/admin/customers/c1/payments").text

    assert "Received Check 1017 $120.00 INV_1 $100.00 INV_2 $20.00 –" in text
    assert "Received Check 1017 $50.00 INV_2 $30.00 $20.00" in text
    assert text.index("DB-pay_02") < text.index("DB-pay_01")


def test_chips_count_and_filter_and_a_second_press_clears(office: Browser) -> None:
    issue("inv_1", 100_00)
    receive("pay_01", 100_00)
    add_payment("pay_02", PaymentState.DECLINED, reason=DeclineReason.DO_NOT_HONOR)
    add_payment("pay_03", PaymentState.UNKNOWN)

    every, declined = office.get("/admin/customers/c1/payments"), office.get("/admin/customers/c1/payments?status=declined")

    assert "All 3 Received 1 Processing 1 Declined or failed 1" in every.text
    assert "DB-pay_02" in declined.text
    assert "DB-pay_01" not in declined.text
    assert 'id="chip-declined" href="/admin/customers/c1/payments"' in declined.body
    assert office.get("/admin/customers/c1/payments?status=nonsense").text.count("DB-pay_0") == 3


def test_the_payments_file_holds_what_is_filtered(office: Browser) -> None:
    issue("inv_1", 100_00, number="@risky")
    receive("pay_01", 120_00)
    add_payment("pay_02", PaymentState.DECLINED, reason=DeclineReason.DO_NOT_HONOR)

    rows = cells(office.get("/admin/customers/c1/payments.csv?status=received"))

    assert [(row["payment_id"], row["amount"], row["applied_to"], row["unapplied"]) for row in rows] == [
        ("pay_01", "120.00", "'@risky: 100.00", "20.00")
    ]


def test_a_payment_tells_its_applications_and_its_timeline(office: Browser) -> None:
    issue("inv_1", 100_00)
    receive("pay_01", 120_00)

    text = office.get("/admin/payments/pay_01").text

    assert "What it paid Invoice Amount INV_1 $100.00 Unapplied cash $20.00 Payment $120.00" in text
    assert "Money received $120.00 Jun 2, 2025, 8:00 AM EDT" in text
    assert "$100.00 applied to 1 invoice Jun 2, 2025, 8:00 AM EDT, Dana Whitlock" in text


def test_r39_a_declined_payment_tells_the_reason_and_that_nothing_was_charged(office: Browser) -> None:
    add_payment("pay_02", PaymentState.DECLINED, reason=DeclineReason.EXPIRED_CARD, reason_code="8")

    text = office.get("/admin/payments/pay_02").text

    assert "The card has expired. Code 8. The payer has not been charged." in text
    assert "Nothing. No money has come in." in text


def test_home_lists_what_needs_a_look_and_sums_what_came_in(office: Browser) -> None:
    issue("inv_1", 100_00)
    receive("pay_01", 60_00, now=NOW - timedelta(days=2))
    receive("pay_02", 30_00)
    add_payment("pay_03", PaymentState.CAPTURED, 10_00, parked="mail queue did not answer", captured_at=NOW)
    add_payment("pay_04", PaymentState.DECLINED)

    text = office.get("/admin").text

    assert "1 payment is parked Booked, but what follows stopped. 1 Jun 2, 2025, today" in text
    assert "Its follow-up stopped." in text
    assert "Today $40.00 2 payments Last 7 days $100.00 3 payments" in text


def test_home_names_imports_that_are_not_complete(aws: Cloud, office: Browser) -> None:
    form = ImportForm(ImportKind.OPEN_INVOICES)
    for number, counts in enumerate((Counts(lines=10, imported=8, bad_lines=2), Counts(lines=5, imported=5))):
        run = ImportRun("ten_1", f"imp_{number}", form, dry_run=False, created_at=NOW, created_by="key_1", counts=counts)
        wiring.import_store().add(run)

    answer = office.get("/admin")

    assert "1 import is not complete Of open invoices: 2 lines were refused, 8 imported. 1 Jun 2, 2025, today" in answer.text
    assert 'href="/admin/imports"' in answer.body
    aws.set_clock(NOW + timedelta(days=8))
    office.sign_in()
    assert "not complete" not in office.get("/admin").text


def test_a_payment_that_is_being_applied_says_so_and_looks_again(office: Browser) -> None:
    add_payment("pay_01", PaymentState.CAPTURED, captured_at=NOW)

    shown, listed = office.get("/admin/payments/pay_01"), office.get("/admin/customers/c1/payments")

    assert "The money is in. It is being applied to the invoices." in shown.text
    assert 'data-poll="3"' in shown.body
    assert 'data-poll="3"' in listed.body


def test_home_says_when_nothing_is_waiting(office: Browser) -> None:
    assert "Nothing needs doing." in office.get("/admin").text
