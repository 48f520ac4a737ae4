"""Staff see invoices on pages, void them and switch paying online (R1, R2, R6, R8)."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from duebook import wiring
from duebook.domain.directory import Role
from duebook.domain.invoices import InvoiceStatus
from duebook.usecases.list_invoices import InvoiceQuestion, newest_invoices, open_invoices
from tests.integration.audit_helpers import assert_clean
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Browser, add_customer, add_site, add_tenant, issue, open_office, receive
from tests.integration.test_money_pages import form_of, open_now, sent


@pytest.fixture
def office(aws: Cloud) -> Browser:
    """Give a manager's browser and a customer with an invoice of every status."""
    aws.set_clock(NOW)
    browser = open_office(Role.MANAGER)
    issue("inv_1", 100_00, on="2025-03-01", number="A-1")
    receive("pay_01", 100_00)
    issue("inv_2", 80_00, on="2025-04-01", number="A-2")
    issue("inv_3", 70_00, on="2025-05-20", number="A-3")
    issue("inv_4", 60_00, on="2025-05-21", number="B-4", draft=True)
    issue("inv_5", 50_00, on="2025-05-22", number="B-5")
    sent(browser, "/admin/invoices/inv_5/void", reason="Twice")
    return browser


def numbers(body: str) -> list[str]:
    """List the numbers of the invoices of a page, in order."""
    return [
        part.split("</bdi>")[0] for part in body.split('<th scope="row"><a href="/admin/invoices/')[1:] for part in [part.split("<bdi>")[1]]
    ]


def test_r1_a_customers_invoices_have_chips_with_counts_the_newest_first(office: Browser) -> None:
    page = office.get("/admin/customers/c1/invoices")

    assert "All 5 Draft 1 Unpaid 1 Overdue 1 Paid 1 Void 1" in page.text
    assert numbers(page.body) == ["B-5", "B-4", "A-3", "A-2", "A-1"]
    assert numbers(office.get("/admin/customers/c1/invoices?status=overdue").body) == ["A-2"]
    assert numbers(office.get("/admin/customers/c1/invoices?q=b-").body) == ["B-5", "B-4"]
    assert numbers(office.get("/admin/customers/c1/invoices?from=2025-05-01&to=2025-05-20").body) == ["A-3"]
    rows = list(csv.DictReader(io.StringIO(office.get("/admin/customers/c1/invoices.csv?status=paid").body)))
    assert [(row["number"], row["total"], row["open"]) for row in rows] == [("A-1", "100.00", "0.00")]


def test_a_customers_list_goes_on_page_by_page(office: Browser) -> None:
    for number in range(60):
        issue(f"more_{number:02}", 1_00, on="2025-01-15", number=f"M-{number:02}")

    first = office.get("/admin/customers/c1/invoices")
    following = first.body.split("after=")[1].split('"')[0].replace("&amp;", "&")
    second = office.get(f"/admin/customers/c1/invoices?after={following}")

    shown = numbers(first.body) + numbers(second.body)
    assert len(numbers(first.body)) == 50
    assert len(shown) == len(set(shown)) == 65


def test_the_list_of_all_stands_newest_first_over_customers(office: Browser) -> None:
    add_customer("c2", "Pine Ridge Camp")
    issue("inv_6", 30_00, "c2", on="2025-05-15", number="P-6")
    issue("inv_7", 30_00, "c2", on="2024-12-31", number="P-7")

    page = office.get("/admin/invoices")

    assert numbers(page.body) == ["B-5", "B-4", "A-3", "P-6", "A-2", "A-1", "P-7"]
    assert "Pine Ridge Camp" in page.text
    assert numbers(office.get("/admin/invoices?status=paid").body) == ["A-1"]
    assert numbers(office.get("/admin/invoices?status=void").body) == ["B-5"]
    assert numbers(office.get("/admin/invoices?status=unpaid").body) == ["A-3", "P-6"]
    assert numbers(office.get("/admin/invoices?status=overdue").body) == ["A-2", "P-7"]
    assert numbers(office.get("/admin/invoices?customer=c2&q=p-").body) == ["P-6", "P-7"]
    assert numbers(office.get("/admin/invoices?from=2024-12-31&to=2025-03-01").body) == ["A-1", "P-7"]
    rows = list(csv.DictReader(io.StringIO(office.get("/admin/invoices.csv?status=overdue").body)))
    assert [(row["customer_id"], row["number"]) for row in rows] == [("c1", "A-2"), ("c2", "P-7")]


def test_the_lists_of_all_miss_and_repeat_nobody(office: Browser) -> None:
    del office
    for number in range(7):
        add_customer(f"d{number}", f"Customer {number}")
        for other in range(3):
            issue(f"d{number}_{other}", 1_00, f"d{number}", on=f"2025-0{1 + other}-1{number}")
    books, today = wiring.books(), NOW.date()
    found: dict[str, list[str]] = {"newest": [], "overdue": []}
    for name, ids in found.items():
        cursor: str | None = None
        while True:
            if name == "newest":
                question = InvoiceQuestion()
                span = {"first": date(2024, 1, 1), "last": date(2025, 12, 31)}
                page = newest_invoices("ten_1", today, question, **span, limit=4, before=cursor, books=books)
            else:
                page = open_invoices("ten_1", today, InvoiceQuestion(InvoiceStatus.OVERDUE), limit=4, after=cursor, books=books)
            ids += [row.invoice.invoice_id for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break

    assert len(found["newest"]) == len(set(found["newest"])) == 5 + 21
    assert sorted(found["overdue"]) == sorted(["inv_2", *(f"d{number}_{other}" for number in range(7) for other in range(3))])


def test_a_page_of_fifty_over_fifty_customers_takes_few_requests(aws: Cloud, office: Browser) -> None:
    for number in range(50):
        add_customer(f"d{number:02}", f"Customer {number}")
        issue(f"d{number:02}", 1_00, f"d{number:02}", on="2025-05-30")
        receive(f"pay_{number:02}x", 1_00, f"d{number:02}")
    calls: list[str] = []
    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name), unique_id="count")

    page = office.get("/admin/invoices")

    events.unregister("before-call.dynamodb", unique_id="count")
    assert len(numbers(page.body)) == 50
    # Session, staff, tenant, the session again; the index, heads, names.
    assert len(calls) <= 8, calls


def test_an_invoice_tells_its_lines_figures_and_history(office: Browser) -> None:
    page = office.get("/admin/invoices/inv_1")

    assert "Invoice A-1 Paid" in page.text
    assert "Service 1 $100.00 $100.00" in page.text
    assert "Issued over $100.00" in page.text
    assert "$100.00 applied , see the payment" in page.text
    assert page.body.count('href="/admin/payments/pay_01"') == 2
    assert "Why it cannot be voided now" in page.text


def test_r8_an_invoice_with_money_is_not_voided_and_the_way_to_un_apply_is_shown(aws: Cloud, office: Browser) -> None:
    page = office.get("/admin/invoices/inv_1/void")

    assert "$100.00 of it is paid. Un-apply that" in page.text
    assert 'href="/admin/payments/pay_01/unapply"' in page.body

    forced = office.post("/admin/invoices/inv_1/void", form_of(office.get("/admin/invoices/inv_2/void")) | {"reason": "x"})
    assert forced.status == 409
    assert "un-apply it first" in forced.text
    assert "no money moved" in forced.text

    sent(office, "/admin/payments/pay_01/unapply", take__inv_1="1", reason="Wrong one")
    done = sent(office, "/admin/invoices/inv_1/void", reason="Wrong one")
    assert done.headers["Location"] == "/admin/invoices/inv_1?done=voided"
    assert "Reason: Wrong one" in office.get(done.headers["Location"]).text
    assert_clean(aws, "ten_1")


def test_r8_a_void_sent_twice_is_one_void_and_needs_a_reason(office: Browser) -> None:
    form = form_of(office.get("/admin/invoices/inv_2/void"))

    without = office.post("/admin/invoices/inv_2/void", form | {"reason": " "})
    first, second = (office.post("/admin/invoices/inv_2/void", form | {"reason": "Twice"}) for _ in range(2))

    assert without.status == 422
    assert (first.status, second.status) == (303, 303)
    assert open_now() == {"inv_3": 70_00}


def test_r2_paying_online_is_switched_off_and_on(office: Browser) -> None:
    sent(office, "/admin/invoices/inv_2/pay-online")
    assert "Payable online No" in office.get("/admin/invoices/inv_2").text
    assert "Can no longer be paid online" in office.get("/admin/invoices/inv_2").text

    done = sent(office, "/admin/invoices/inv_2/pay-online")
    assert done.headers["Location"] == "/admin/invoices/inv_2?done=online"
    assert "Payable online Yes" in office.get("/admin/invoices/inv_2").text
    assert "Nothing of it can be paid any more." in office.get("/admin/invoices/inv_1/pay-online").text
    assert office.post("/admin/invoices/inv_1/pay-online", form_of(office.get("/admin/invoices/inv_2/pay-online"))).status == 422


def test_r6_a_parent_shows_its_children_and_a_child_its_parent(office: Browser) -> None:
    add_site("s1", "Lot 7")
    issue("par", 0, on="2025-05-01", number="P", multi_site=True)
    issue("kid", 40_00, on="2025-05-01", number="K", parent_id="par", site_id="s1")

    assert "K Lot 7 Overdue $40.00 $40.00" in office.get("/admin/invoices/par").text
    assert 'href="/admin/invoices/par"' in office.get("/admin/invoices/kid").body
    assert "It bundles 1 invoices that are not void." in office.get("/admin/invoices/par/void").text
    assert numbers(office.get("/admin/customers/c1/invoices?q=P").body) == ["P"]


@pytest.mark.usefixtures("aws")
def test_r85_a_collector_sees_invoices_and_voids_none() -> None:
    office = open_office(Role.COLLECTOR)
    issue("inv_1", 100_00)

    page = office.get("/admin/invoices/inv_1")

    assert page.status == 200
    assert "/void" not in page.body
    assert office.get("/admin/invoices/inv_1/void").status == 403
    assert office.post("/admin/invoices/inv_1/void", {"csrf": office.csrf(), "reason": "x"}).status == 403


def test_another_tenants_invoice_is_not_found(office: Browser) -> None:
    add_tenant("ten_2", "lee@cedar-fork.example", name="Cedar Fork")
    add_customer("theirs", "Secret", tenant_id="ten_2")
    issue("their_invoice", 999_00, "theirs", tenant_id="ten_2")

    assert office.get("/admin/invoices/their_invoice").status == 404
    assert office.get("/admin/invoices/their_invoice/void").status == 404
    assert office.post("/admin/invoices/their_invoice/void", {"csrf": office.csrf(), "reason": "x"}).status == 404
    assert "999" not in office.get("/admin/invoices").text
    assert office.get("/admin/invoices?after=nowhere").status == 422
