"""The lists of the business filtered by a customer who was named by hand: on Invoices, Payments and Email activity, without JavaScript."""

from __future__ import annotations

import csv
import html
import io
import re
from types import SimpleNamespace
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.directory import Role
from duebook.domain.email_activity import MailKind, MailText, mail_caused
from duebook.errors import UnprocessableError
from duebook.web.invoice_list_pages import InvoiceListPages
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Answer, Browser, add_customer, add_payment, add_tenant, issue, open_office, receive

LISTS = {"/admin/invoices": "q=2&status=unpaid", "/admin/payments": "q=ana&method=check", "/admin/email-activity": "q=mail&kind=receipt"}
"""Each list with filters beside the customer."""
every_list = pytest.mark.parametrize("path", LISTS)


@pytest.fixture
def office(aws: Cloud) -> Browser:
    """Give a browser of a business with three customers, two of them alike, and something in each list."""
    aws.set_clock(NOW)
    browser = open_office(Role.VIEWER)
    add_customer("c2", "Pine Ridge Camp", address="4 Ridge Way\nDover")
    add_customer("c3", "Pine Hill Camp")
    for number, who in enumerate(("c1", "c2", "c3"), 1):
        issue(f"inv_{number}", 100_00 * number, who, on="2025-05-20")
        receive(f"pay_{number}", 10_00 * number, who)
        mail = mail_caused(
            "ten_1", f"m{number}", at=NOW, to="ana@x.example", subject=f"Mail {number}", kind=MailKind.RECEIPT, customer_id=who, about=None
        )
        wiring.email_store().add(mail, MailText(mail.subject, "<p>Hello</p>", "Hello"), NOW)
    return browser


def links(answer: Answer) -> list[str]:
    """Return where the page's links lead."""
    return [html.unescape(one) for one in re.findall(r'<a [^>]*?href="([^"]+)"', answer.body)]


def names(answer: Answer) -> set[str]:
    """Return which customers stand in the list's rows."""
    table = answer.body.rpartition("<tbody>")[2].partition("</tbody>")[0]
    return {name for name in ("Halvorsen Construction", "Pine Ridge Camp", "Pine Hill Camp") if name in table}


@every_list
@pytest.mark.parametrize("typed", ["ridge", "PINE+RIDGE+CAMP", "C2"])
def test_a_name_or_a_piece_of_one_leads_to_the_address_with_the_id_and_keeps_the_other_filters(office: Browser, path: str, typed: str):
    away = office.get(f"{path}?{LISTS[path]}&customer={typed}")

    assert away.status == 303
    assert away.headers["Location"].startswith(f"{path}?")
    assert set(LISTS[path].split("&")) | {"customer=c2"} <= set(away.headers["Location"].partition("?")[2].split("&"))
    assert names(office.get(f"{path}?customer=c2")) == {"Pine Ridge Camp"}


@every_list
def test_the_filter_shows_the_name_and_a_way_to_remove_it(office: Browser, path: str):
    page = office.get(f"{path}?{LISTS[path]}&customer=c2")

    assert "Customer Pine Ridge Camp c2 ×, on; press to show all customers" in page.text.replace(" ,", ",")
    removed = next(
        one for one in links(page) if one.startswith(f"{path}?") and "customer=" not in one and "status" not in one.split("?")[0]
    )
    assert set(LISTS[path].split("&")) <= set(removed.partition("?")[2].split("&"))
    assert 'name="customer" value="c2"' in page.body


@every_list
def test_a_piece_of_several_names_asks_which_one_and_shows_no_list(office: Browser, path: str):
    page = office.get(f"{path}?{LISTS[path]}&customer=pine")

    assert "Which customer do you mean by “ pine ”? Pine Hill Camp c3 Pine Ridge Camp c2" in page.text
    assert "<tbody>" not in page.body
    assert "Download CSV" not in page.text
    chosen = [one for one in links(page) if one.startswith(f"{path}?") and "customer=c" in one]
    assert [re.search(r"customer=(\w+)", one)[1] for one in chosen] == ["c3", "c2"]  # type: ignore[index]
    assert all(set(LISTS[path].split("&")) <= set(one.partition("?")[2].split("&")) for one in chosen)
    assert 'value="pine"' in page.body


@every_list
def test_customers_of_one_name_are_told_apart(office: Browser, path: str):
    add_customer("c4", "Pine Ridge Camp", email="ap@ridge.example")

    assert "Pine Ridge Camp c2 , 4 Ridge Way, Dover Pine Ridge Camp c4 , ap@ridge.example" in office.get(f"{path}?customer=ridge").text


@every_list
def test_a_name_that_nobody_has_is_told_and_can_be_cleared(office: Browser, path: str):
    page = office.get(f"{path}?{LISTS[path]}&customer=zebra<b>")

    assert page.status == 200
    assert "No customer matches “ zebra&lt;b&gt; ”. Clear the customer" in page.text
    assert "<tbody>" not in page.body
    assert any(one.startswith(f"{path}?") and "customer=" not in one and LISTS[path].split("&")[0] in one for one in links(page))


@every_list
def test_the_file_follows_the_name_and_is_refused_where_it_is_not_clear(office: Browser, path: str):
    rows = list(csv.DictReader(io.StringIO(office.get(f"{path}.csv?customer=ridge").body)))
    unclear = office.get(f"{path}.csv?customer=pine")

    assert {row["customer_id"] for row in rows} == {"c2"}
    assert len(rows) == 1
    assert unclear.status == 422
    assert "Which customer “pine” is, is not clear." in unclear.text
    assert office.get(f"{path}.csv?customer=zebra").status == 422


@every_list
def test_a_customer_of_another_business_is_nobody(office: Browser, path: str):
    add_tenant("ten_2", "lee@cedar-fork.example", name="Cedar Fork")
    add_customer("theirs", "Secret Lodge", tenant_id="ten_2")

    for typed in ("theirs", "lodge"):
        page = office.get(f"{path}?customer={typed}").text
        assert "No customer matches" in page
        assert "Secret" not in page


def test_a_chosen_customers_invoices_are_counted_and_none_of_them_is_too_old(office: Browser):
    issue("inv_old", 5_00, "c2", on="2021-03-01")

    page = office.get("/admin/invoices?customer=c2")

    assert "All 2 Draft 0 Unpaid 1 Overdue 1 Paid 0 Void 0" in page.text
    assert "INV_OLD" in page.text
    assert "INV_OLD" in office.get("/admin/invoices.csv?customer=c2").body
    assert "INV_OLD" not in office.get("/admin/invoices?customer=c2&from=2025-01-01").text
    assert "All 2" not in office.get("/admin/invoices").text


@pytest.mark.parametrize(("most", "counts", "names"), [(3, [2, 1], ["INV_2", "INV_OLD"]), (1, [None, None], ["INV_2"])])
@pytest.mark.usefixtures("office")
def test_a_customer_with_more_invoices_than_are_put_in_order_has_them_by_date(most: int, counts: list[int | None], names: list[str]):
    issue("inv_old", 5_00, "c2", on="2021-03-01")
    answers: Any = SimpleNamespace(page=lambda _template, _visit, **told: told)
    visit: Any = SimpleNamespace(tenant_id="ten_1", today=NOW.date())
    desk: Any = SimpleNamespace(visit=visit, answers=answers, books=wiring.books())
    pages = InvoiceListPages(desk, lambda name: "c2" if name == "customer" else "", most)

    told: Any = pages.of_all()

    assert [one.invoice.number for one in told["page"].rows] == names
    assert [count for name, _, count in told["chips"] if name in {"", "unpaid"}] == counts
    file = list(csv.DictReader(io.StringIO(pages.of_all_csv().body)))
    assert [row["number"] for row in file] == names


@pytest.mark.usefixtures("office")
def test_the_file_of_a_customer_with_more_invoices_than_are_put_in_order_is_never_cut_short_unsaid():
    issue("inv_old", 5_00, "c2", on="2021-03-01")
    visit: Any = SimpleNamespace(tenant_id="ten_1", today=NOW.date())
    pages = InvoiceListPages(SimpleNamespace(visit=visit, books=wiring.books()), lambda _: "", most=1)  # type: ignore[arg-type]

    with pytest.raises(UnprocessableError, match="more than 1 invoices"):
        pages.of_customer_csv("c2")


def test_a_chosen_customers_payments_are_those_of_the_days(office: Browser):
    page = office.get("/admin/payments?customer=c2")

    assert "All 1 Received 1" in page.text
    assert "No payment of these days fits the customer. Clear the customer" in office.get("/admin/payments?customer=c2&to=2024-05-01").text


def test_a_reference_is_not_found_with_another_customer(office: Browser):
    payment = add_payment("pay_01JX0000000000000000000000", wiring.payment_store().of_customer("ten_1", "c1", limit=1)[0].state)

    assert payment.order_id in office.get(f"/admin/payments?q={payment.order_id}&customer=c1").text
    assert (
        "No payment of these days fits the search and the customer." in office.get(f"/admin/payments?q={payment.order_id}&customer=c2").text
    )
    assert payment.order_id in office.get(f"/admin/payments.csv?q={payment.order_id}&from=2024-01-01&to=2024-01-02").body


def test_an_empty_list_names_each_filter_and_offers_to_clear_it(office: Browser):
    invoices = office.get("/admin/invoices?status=void&q=zebra&customer=c2")
    older = office.get("/admin/invoices?q=zebra")

    assert "No invoice fits the status and the number and the customer." in invoices.text
    assert "Clear the status Clear the number Clear the customer" in invoices.text
    assert "/admin/invoices?status=void&q=zebra" in links(invoices)
    assert "No invoice of the last 365 days fits the number." in older.text
    tab = office.get("/admin/customers/c2/payments?method=cash&from=2024-01-01")
    assert "No payment fits the way of paying and the days." in tab.text
    assert {"/admin/customers/c2/payments?method=cash", "/admin/customers/c2/payments?from=2024-01-01"} <= set(links(tab))


def test_a_customers_own_tab_heeds_no_other_customer(office: Browser):
    for tab in ("invoices", "payments"):
        assert "<tbody>" in office.get(f"/admin/customers/c2/{tab}?customer=c3").body, tab
