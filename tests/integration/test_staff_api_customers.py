from __future__ import annotations

import re

import pytest

from tests.integration.api import StaffApi


def test_a_new_customer_answers_201_and_saying_the_same_again_200_and_changes_nothing(staff: StaffApi) -> None:
    body = {"name": "Brown Farms", "email": "ap@brown.example", "postal_code": "12345"}

    first = staff.put("/customers/brown", body)
    second = staff.put("/customers/brown", body)

    assert (first.status, second.status) == (201, 200)
    assert first.body == second.body
    assert staff.get("/customers/brown").body == first.body


def test_r11_a_generated_pay_online_id_has_ten_clear_characters_of_both_cases(staff: StaffApi) -> None:
    found = staff.get("/customers/c1").body

    assert re.fullmatch(r"[A-HJ-NP-Za-km-z2-9]{10,}", found["pay_online_id"])
    assert found["pay_online_id"] not in {found["pay_online_id"].upper(), found["pay_online_id"].lower()}
    assert found["imported_pay_online_id"] is False


def test_r11_a_given_pay_online_id_counts_as_imported_and_is_kept_when_not_named_again(staff: StaffApi) -> None:
    staff.customer("old", pay_online_id="AC-1001")

    again = staff.customer("old", phone="555-0101")

    assert again["pay_online_id"] == "AC-1001"
    assert again["imported_pay_online_id"] is True


def test_r11_a_pay_online_id_is_unique_over_all_tenants(staff: StaffApi, stranger: StaffApi) -> None:
    staff.customer("old", pay_online_id="AC-1001")

    refused = stranger.put("/customers/other", {"name": "Other", "pay_online_id": "AC-1001"})

    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == "pay_online_id"
    assert stranger.get("/customers/other").status == 404


def test_a_changed_pay_online_id_frees_the_old_one(staff: StaffApi) -> None:
    staff.customer("old", pay_online_id="AC-1001")
    staff.customer("old", pay_online_id="AC-1002")

    assert staff.customer("new", pay_online_id="AC-1001")["pay_online_id"] == "AC-1001"


def test_a_changed_name_keeps_everything_that_was_made_by_us(staff: StaffApi) -> None:
    before = staff.get("/customers/c1").body

    after = staff.customer("c1", name="Miller & Sons")

    assert after == before | {"name": "Miller & Sons"}


@pytest.mark.parametrize(
    ("url", "body", "field"),
    [
        ("/customers/x", {"name": ""}, "name"),
        ("/customers/x", {"name": "X", "email": "not an address"}, "email"),
        ("/customers/x", {"name": "X", "unknown": 1}, "unknown"),
        ("/customers/x", {"name": "4111 1111 1111 1111"}, "name"),
        ("/customers/x", {"name": "X", "pay_online_id": "a b"}, "pay_online_id"),
    ],
)
def test_a_malformed_customer_is_refused_and_the_field_is_named(staff: StaffApi, url: str, body: dict, field: str) -> None:
    refused = staff.put(url, body)

    assert refused.status == 422
    assert [error["field"] for error in refused.body["errors"]] == [field]
    assert staff.get(url).status == 404


def test_customers_are_listed_by_id_in_pages_with_their_balances(staff: StaffApi) -> None:
    for number in range(5):
        staff.customer(f"d{number}")
    staff.invoice("i1", 70_00)

    first = staff.get("/customers?limit=4").body
    rest = staff.get(f"/customers?limit=4&cursor={first['next_cursor']}").body

    assert [item["id"] for item in first["items"] + rest["items"]] == ["c1", "d0", "d1", "d2", "d3", "d4"]
    assert rest["next_cursor"] is None
    assert first["items"][0]["balances"][0] == {
        "currency": "USD",
        "balance": 70_00,
        "open_invoices": 1,
        "unapplied": 0,
        "oldest_due_date": "2025-05-01",
    }


def test_a_search_finds_customers_by_part_of_their_name_in_any_case(staff: StaffApi) -> None:
    staff.customer("b1", name="Brown Farms")

    found = staff.get("/customers?q=bROWN").body

    assert [item["id"] for item in found["items"]] == ["b1"]


def test_sites_and_contacts_are_written_listed_and_removed(staff: StaffApi) -> None:
    assert staff.put("/customers/c1/sites/s1", {"name": "North yard", "number": "7"}).status == 201
    contact = {"name": "Ann", "email": "ann@miller.example", "kind": "site", "site_ids": ["s1"], "portal_access": True}
    assert staff.put("/customers/c1/contacts/p1", contact).status == 201
    assert staff.put("/customers/c1/contacts/p1", contact).status == 200

    assert [site["id"] for site in staff.get("/customers/c1/sites").body["items"]] == ["s1"]
    assert staff.get("/customers/c1/contacts").body["items"][0]["site_ids"] == ["s1"]
    gone = staff.call("DELETE", "/customers/c1/contacts/p1")
    assert (gone.status, gone.text) == (204, "")
    assert staff.get("/customers/c1/contacts/p1").status == 404
    assert staff.call("DELETE", "/customers/c1/contacts/p1").status == 404


@pytest.mark.parametrize("email", [None, "", "ann at miller"])
def test_r51_portal_access_without_a_valid_email_is_refused_and_nothing_is_stored(staff: StaffApi, email: str | None) -> None:
    body: dict[str, object] = {"name": "Ann", "email": email, "kind": "company", "site_ids": [], "portal_access": True}

    refused = staff.put("/customers/c1/contacts/p1", body)

    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == "email"
    assert staff.get("/customers/c1/contacts/p1").status == 404


def test_a_contact_may_name_only_sites_of_its_customer(staff: StaffApi) -> None:
    refused = staff.put("/customers/c1/contacts/p1", {"name": "Ann", "kind": "site", "site_ids": ["elsewhere"]})

    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == "site_ids"


def test_another_tenants_customer_is_not_there(staff: StaffApi, stranger: StaffApi) -> None:
    staff.put("/customers/c1/sites/s1", {"name": "North yard", "number": "7"})

    urls = ["", "/sites", "/sites/s1", "/contacts", "/contacts/p1", "/invoices", "/account", "/payments", "/ageing"]
    assert {stranger.get(f"/customers/c1{url}").status for url in urls} == {404}
    assert stranger.get("/customers").body["items"] == []
    assert stranger.put("/customers/c1/sites/s2", {"name": "X", "number": "1"}).status == 404


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("collector", 403), ("manager", 201), ("admin", 201)])
def test_r85_only_managers_write_customers(staff: StaffApi, role: str, status: int) -> None:
    assert staff.as_(role).put("/customers/new", {"name": "New"}).status == status


@pytest.mark.usefixtures("aws")
def test_a_call_that_did_not_pass_the_authorizer_is_refused() -> None:
    from functions.staff_api.handler import lambda_handler
    from tests.integration.api import call, rest_event

    assert call(lambda_handler, rest_event("GET", "/api/staff/customers")).status == 401


def test_no_answer_may_be_kept_by_a_cache(staff: StaffApi) -> None:
    found = [staff.get("/customers/c1"), staff.get("/customers/nobody"), staff.put("/customers/c1", {"name": ""})]

    assert [one.headers["Cache-Control"] for one in found] == ["no-store"] * 3
