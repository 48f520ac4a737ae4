"""The account, open invoices and quotes of a signed-in contact."""

from __future__ import annotations

import pytest

from duebook.domain.portal_access import ContactCaller
from tests.integration.api import StaffApi, add_tenant, later
from tests.integration.cloud import Cloud
from tests.integration.portal import Portal


@pytest.fixture
def staff(aws: Cloud) -> StaffApi:
    add_tenant(aws, "ten_1")
    api = StaffApi("ten_1")
    api.customer("c1")
    api.customer("c2")
    api.put("/customers/c1/sites/s1", {"name": "Quarry Road", "number": "001"})
    return api


@pytest.fixture
def portal(staff: StaffApi) -> Portal:
    del staff
    return Portal(ContactCaller("ten_1", "c1", "con_1", "company"))


def numbers(portal: Portal, url: str) -> list[str]:
    return [one["number"] for one in portal.get(url).body["items"]]


def family(staff: StaffApi, parent: str = "p1", children: int = 3, **body: object) -> None:
    staff.put(
        f"/invoices/{parent}",
        {"customer_id": "c1", "number": parent, "invoice_date": "2025-05-01", "due_date": "2025-05-20", "currency": "USD"}
        | {"kind": "multi_site", "lines": []},
    )
    for number in range(1, children + 1):
        given = {"parent_id": parent, "invoice_date": "2025-05-01", "due_date": "2025-05-20", **body}
        staff.invoice(f"{parent}-{number}", 10_00 * number, **given)


# ---------------------------------------------------------------- the account


def test_r30_the_account_shows_balances_and_how_to_pay(staff: StaffApi, portal: Portal):
    staff.invoice("i1", 100_00, due_date="2025-05-15")
    staff.invoice("i2", 50_00, invoice_date="2025-06-01", due_date="2025-07-01")
    staff.invoice("i3", 7_00, pay_online=False)

    account = portal.get("/account").body

    assert account["customer"] == {"id": "c1", "name": "Miller Construction"}
    [usd] = account["currencies"]
    assert (usd["balance"], usd["payable_online"], usd["open_invoices"]) == (157_00, 150_00, 3)
    assert usd["overdue"] == 107_00
    assert (usd["can_pay"], usd["methods"], usd["hosted_field"]["processor"]) == (True, ["card", "bank_account"], "authorize_net")


def test_r4_r15_a_currency_without_a_merchant_account_says_so(staff: StaffApi, portal: Portal):
    staff.invoice("i1", 5_000, currency="JPY")

    [yen] = portal.get("/account").body["currencies"]

    assert (yen["currency"], yen["can_pay"], yen["hosted_field"], yen["methods"]) == ("JPY", False, None, [])
    assert "check" in yen["reason"]


def test_a_customer_without_any_invoice_has_an_empty_account(portal: Portal):
    assert portal.get("/account").body["currencies"] == []
    assert portal.get("/invoices?currency=USD").body == {"items": [], "count": 0, "next_cursor": None}


@pytest.mark.parametrize("url", ["/account", "/invoices?currency=USD", "/payments", "/payment-methods", "/payments/pay_1"])
def test_r54_a_site_contact_sees_no_money(portal: Portal, url: str):
    answer = portal.as_(kind="site", site_ids=("s1",)).get(url)

    assert (answer.status, answer.body["code"]) == (403, "access_denied")
    assert "service requests" in answer.body["detail"]


def test_r54_a_site_contact_prices_and_pays_nothing(staff: StaffApi, portal: Portal):
    staff.invoice("i1")
    site = portal.as_(kind="site", site_ids=("s1",))

    assert site.quote_amount(1_00).status == 403
    assert site.post("/payments", {"quote_id": "quo_1", "method": {"kind": "saved", "method_id": "mth_1"}}).status == 403


# ---------------------------------------------------------------- open invoices


def test_r7_r20_open_invoices_are_listed_oldest_first(staff: StaffApi, portal: Portal):
    staff.invoice("paid", 5_00, invoice_date="2025-01-01")
    staff.check(5_00)
    staff.invoice("b", 1_00, number="1000", invoice_date="2025-04-02")
    staff.invoice("a", 1_00, number="999", invoice_date="2025-04-02")
    staff.invoice("old", 1_00, number="7", invoice_date="2025-03-01")
    staff.invoice("draft", 1_00, number="8", invoice_date="2025-03-01", draft=True)
    staff.invoice("void", 1_00, number="9", invoice_date="2025-03-01")
    assert staff.post("/invoices/void/void", {"reason": "typed twice"}).status == 200

    assert numbers(portal, "/invoices?currency=USD") == ["7", "999", "1000"]


def test_an_invoice_shows_its_figures_and_whether_it_can_be_ticked(aws: Cloud, staff: StaffApi, portal: Portal):
    staff.invoice("i1", 100_00, number="INV-1", due_date="2025-05-31", site_id="s1")
    staff.check(30_00)
    staff.invoice("i2", 5_00, number="INV-2", invoice_date="2025-05-02", pay_online=False)

    first, second = portal.get("/invoices?currency=USD").body["items"]

    assert (first["total"], first["open_balance"], first["payable"], first["reserved"]) == (100_00, 70_00, 70_00, 0)
    assert (first["kind"], first["site"], "children" in first) == ("single_site", {"id": "s1", "name": "Quarry Road"}, False)
    assert (second["pay_online"], second["payable"]) == (False, 0)
    assert aws is not None


def test_r3_due_today_is_not_overdue(aws: Cloud, staff: StaffApi, portal: Portal):
    today = staff.get("/ageing").body["as_of"]
    staff.invoice("i1", 100_00, due_date=today)

    assert portal.get("/invoices?currency=USD").body["items"][0]["status"] == "unpaid"
    later(aws, days=1)
    assert portal.get("/invoices?currency=USD").body["items"][0]["status"] == "overdue"


def test_r31_r33_multi_site_invoices_stand_apart_with_their_open_children(staff: StaffApi, portal: Portal):
    staff.invoice("i1", 100_00)
    family(staff)
    staff.check(10_00, applications=[{"invoice_id": "p1-1", "amount": 10_00}])

    [parent] = portal.get("/invoices?currency=USD&kind=multi_site").body["items"]

    assert [child["number"] for child in parent["children"]] == ["p1-2", "p1-3"]
    assert (parent["open_balance"], parent["payable"], parent["status"]) == (50_00, 50_00, "overdue")
    assert numbers(portal, "/invoices?currency=USD&kind=single_site") == ["i1"]
    assert numbers(portal, "/invoices?currency=USD") == ["i1", "p1"]


def test_r4_without_a_currency_all_are_listed_each_with_its_own(staff: StaffApi, portal: Portal):
    staff.invoice("i1", 100_00)
    staff.invoice("i2", 5_000, currency="JPY", invoice_date="2025-04-01")

    items = portal.get("/invoices").body["items"]

    assert [(one["id"], one["currency"]) for one in items] == [("i2", "JPY"), ("i1", "USD")]


def test_lists_are_paged_and_searched_by_number_and_site(staff: StaffApi, portal: Portal):
    for number in range(1, 6):
        staff.invoice(f"i{number}", 1_00, number=f"INV-{number}", **({"site_id": "s1"} if number == 4 else {}))

    first = portal.get("/invoices?currency=USD&limit=2").body
    second = portal.get(f"/invoices?currency=USD&limit=2&cursor={first['next_cursor']}").body

    assert ([one["id"] for one in first["items"]], first["count"]) == (["i1", "i2"], 5)
    assert [one["id"] for one in second["items"]] == ["i3", "i4"]
    assert numbers(portal, "/invoices?currency=USD&q=quarry") == ["INV-4"]
    assert numbers(portal, "/invoices?currency=USD&q=inv-5") == ["INV-5"]
    assert numbers(portal, "/invoices?currency=USD&q=nothing") == []
    assert portal.get("/invoices?currency=USD&cursor=gone").status == 404


@pytest.mark.parametrize("url", ["/invoices?currency=usd", "/invoices?currency=USD&limit=201", "/invoices?currency=USD&kind=all"])
def test_a_malformed_question_is_told_so(portal: Portal, url: str):
    assert portal.get(url).status == 422


# ---------------------------------------------------------------- quotes


def test_r22_r23_chosen_invoices_are_quoted_in_full_oldest_first(staff: StaffApi, portal: Portal):
    staff.invoice("i1", 100_00, invoice_date="2025-05-02")
    staff.invoice("i2", 50_00, invoice_date="2025-04-02")

    quote = portal.quote("i1", "i2", "i1")

    assert [(line["invoice_id"], line["amount"], line["pays"]) for line in quote["lines"]] == [
        ("i2", 50_00, "full"),
        ("i1", 100_00, "full"),
    ]
    assert (quote["total"], quote["left_out"], quote["currency"]) == (150_00, [], "USD")


def test_r21_r22_a_custom_amount_goes_to_the_oldest_payable_ones(staff: StaffApi, portal: Portal):
    staff.invoice("offline", 5_00, invoice_date="2025-01-01", pay_online=False)
    staff.invoice("i1", 100_00)
    staff.invoice("i2", 50_00, invoice_date="2025-04-02")

    quote = portal.quote_amount(60_00).body

    assert [(line["invoice_id"], line["amount"], line["pays"]) for line in quote["lines"]] == [("i2", 50_00, "full"), ("i1", 10_00, "part")]
    above = portal.quote_amount(150_01)
    assert (above.status, above.body["code"], above.body["payable"], above.body["currency"]) == (409, "balance_changed", 150_00, "USD")


def test_r33_a_parent_stands_for_its_open_children(staff: StaffApi, portal: Portal):
    family(staff)
    staff.check(10_00, applications=[{"invoice_id": "p1-1", "amount": 10_00}])

    assert [line["invoice_id"] for line in portal.quote("p1")["lines"]] == ["p1-2", "p1-3"]
    assert [line["invoice_id"] for line in portal.quote("p1", "p1-2")["lines"]] == ["p1-2", "p1-3"]


@pytest.mark.parametrize("count", [201, 5_000])
def test_r32_more_than_two_hundred_are_refused_whole(staff: StaffApi, portal: Portal, count: int):
    staff.invoice("n0")
    ids = [f"n{number}" for number in range(count)]

    answer = portal.post("/quotes", {"currency": "USD", "selection": {"kind": "invoices", "invoice_ids": ids}})

    assert (answer.status, answer.body["code"]) == (422, "too_many_invoices")
    assert f"{count} were chosen" in answer.body["detail"]
    assert answer.body["errors"][0]["field"] == "selection.invoice_ids"


def test_what_cannot_be_paid_any_more_is_left_out_with_its_reason(staff: StaffApi, portal: Portal):
    staff.invoice("i1", 100_00)
    staff.invoice("i2", 5_00, invoice_date="2025-01-01")
    staff.check(5_00)
    staff.invoice("i3", 7_00, pay_online=False)
    staff.invoice("i4", 7_00)
    staff.post("/invoices/i4/void", {"reason": "typed twice"})

    quote = portal.quote("i1", "i2", "i3", "i4")

    assert quote["total"] == 100_00
    assert {one["invoice_id"]: one["reason"] for one in quote["left_out"]} == {"i2": "paid", "i3": "not_payable_online", "i4": "void"}


def test_when_nothing_of_it_can_be_paid_there_is_no_quote(staff: StaffApi, portal: Portal):
    staff.invoice("i1", 5_00)
    staff.check(5_00)

    answer = portal.post("/quotes", {"currency": "USD", "selection": {"kind": "invoices", "invoice_ids": ["i1"]}})

    assert (answer.status, answer.body["code"], answer.body["payable"]) == (409, "balance_changed", 0)


def test_unknown_and_foreign_invoices_are_not_found_alike(staff: StaffApi, portal: Portal):
    staff.invoice("mine", 5_00)
    staff.invoice("theirs", 5_00, customer_id="c2")
    staff.invoice("draft", 5_00, draft=True)
    staff.invoice("yen", 500, currency="JPY")

    answers = [
        portal.post("/quotes", {"currency": "USD", "selection": {"kind": "invoices", "invoice_ids": ["mine", one]}})
        for one in ("theirs", "nobodys", "draft", "yen")
    ]

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(404, "not_found")}
    assert len({answer.body["detail"].rsplit(" ", 1)[0] for answer in answers}) == 1


@pytest.mark.parametrize(
    "selection",
    [
        {"kind": "invoices", "invoice_ids": []},
        {"kind": "invoices"},
        {"kind": "custom_amount", "amount": 0},
        {"kind": "custom_amount", "amount": 1.5},
        {"kind": "custom_amount", "amount": "100"},
        {"kind": "everything"},
        {"kind": "invoices", "invoice_ids": ["a#b"]},
    ],
)
def test_r5_a_malformed_selection_is_refused(portal: Portal, selection: dict[str, object]):
    assert portal.post("/quotes", {"currency": "USD", "selection": selection}).status == 422
