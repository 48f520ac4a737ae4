"""The demo that `make run` seeds: every customer is in the situation its line promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.run import lines
from tests.e2e.local_http import Http, eventually, good


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("demo"), demo=True) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def found(seeded: LocalCloud) -> dict[str, dict[str, Any]]:
    http = Http(seeded.origin)
    facts = seeded.demo_facts()["pay_online_ids"]
    return {fact["what"]: good(http("GET", f"/api/pay/{fact['pay_online_id']}")) for fact in facts}


def balances(found: dict[str, dict[str, Any]], words: str) -> dict[str, dict[str, Any]]:
    page = next(page for what, page in found.items() if words in what)
    return {balance["currency"]: balance for balance in page["balances"]}


def test_r57_the_demos_businesses_have_a_brand_of_their_own(seeded: LocalCloud, found: dict[str, dict[str, Any]]):
    tenants = {page["tenant"]["name"]: page["tenant"] for page in found.values()}

    assert {name: (one["slug"], one["accent"]) for name, one in tenants.items()} == {
        "Blue Ridge Sanitation": ("blue-ridge-sanitation", "#2f7a99"),
        "Cedar Fork Rentals": ("cedar-fork-rentals", "#e0a13c"),
    }
    assert {Http(seeded.origin)("GET", one["logo_url"]).status for one in tenants.values()} == {200}


def test_part_paid_customer_owes_what_is_left(found: dict[str, dict[str, Any]]):
    owed = balances(found, "12 open invoices")

    assert owed["USD"]["payable"] == 1_948_39
    assert owed["USD"]["can_pay"]


def test_paid_up_customer_owes_nothing(found: dict[str, dict[str, Any]]):
    assert all(balance["payable"] == 0 for balance in balances(found, "paid up").values())


def test_each_currency_has_a_balance_and_a_processor_of_its_own(found: dict[str, dict[str, Any]]):
    both, yen = balances(found, "USD and CAD"), balances(found, "yen")

    assert {currency: balance["payable"] for currency, balance in both.items()} == {"USD": 465_25, "CAD": 780_05}
    assert {currency: balance["hosted_field"]["processor"] for currency, balance in both.items()} == {
        "USD": "authorize_net",
        "CAD": "cardpointe",
    }
    assert yen["JPY"]["payable"] == 99_250


def test_children_of_multi_site_invoices_are_owed_once(found: dict[str, dict[str, Any]]):
    assert balances(found, "multi-site")["USD"]["payable"] == 2 * (4 * 120_00 + 10 * 15_25) + 64_00


def test_tenant_without_merchant_account_cannot_be_paid_online(found: dict[str, dict[str, Any]]):
    (balance,) = balances(found, "no merchant account").values()

    assert balance["can_pay"] is False
    assert balance["reason"]


def test_past_due_notices_of_the_demo_are_in_the_mailbox_and_one_customer_is_paused(seeded: LocalCloud):
    http = Http(seeded.origin)

    def notices() -> set[str]:
        return {mail["to"][0] for mail in good(http("GET", "/local/mail"))["items"] if mail["kind"].startswith("past_due_")}

    wanted = {"ana@halvorsen.example", "milo@northgate.example"}
    assert eventually(lambda: notices() if wanted <= notices() else set()) == wanted


def test_receipt_of_the_demo_payment_is_in_the_mailbox(seeded: LocalCloud):
    http = Http(seeded.origin)

    receipts = eventually(lambda: [mail for mail in good(http("GET", "/local/mail"))["items"] if mail["kind"] == "receipt"])

    assert receipts[0]["to"] == ["ana@halvorsen.example"]


def test_r80_r82_r83_service_requests_of_the_demo_stand_everywhere_and_a_site_contact_sees_its_own(seeded: LocalCloud):
    http = Http(seeded.origin)

    def statuses(role: str) -> list[str]:
        person = next(one for one in seeded.demo_facts()["contacts"] if one["role"] == role)
        sign_in = http("POST", "/api/session", {"email": person["email"], "password": person["password"]}, {"Origin": seeded.origin})
        cookie = {"Cookie": sign_in.headers["Set-Cookie"].split(";")[0]}
        assert len(good(http("GET", "/api/portal/catalog", headers=cookie))["products"]) == 3
        return [one["status"] for one in good(http("GET", "/api/portal/requests", headers=cookie))["items"]]

    assert statuses("Company contact") == ["new", "new", "read", "completed", "declined"]
    assert statuses("Site contact") == ["new", "new", "completed"]


def test_start_tells_where_to_look_how_to_sign_in_and_what_to_try(seeded: LocalCloud):
    told = "\n".join(lines(seeded, 3.2))

    for wanted in ("/pay-my-balance", "/admin", "/mailbox", "4111 1111 1111 1111", "46282", "dana@blue-ridge.example", "Ctrl-C"):
        assert wanted in told
    assert all(fact["pay_online_id"] in told for fact in seeded.demo_facts()["pay_online_ids"])


def test_everybody_whose_sign_in_is_told_can_sign_in_and_one_of_them_at_two_companies(seeded: LocalCloud):
    http = Http(seeded.origin)
    told = "\n".join(lines(seeded, 3.2))
    people = seeded.demo_facts()["contacts"]

    seen = {}
    for person in people:
        assert f"{person['email']}" in told
        body = {"email": person["email"], "password": person["password"]}
        session = good(http("POST", "/api/session", body, {"Origin": seeded.origin}))
        seen[person["role"]] = [(one["tenant_name"], one["customer_name"], one["kind"]) for one in session["memberships"]]

    assert seen == {
        "Company contact": [("Blue Ridge Sanitation", "Halvorsen Construction", "company")],
        "Site contact": [("Blue Ridge Sanitation", "Halvorsen Construction", "site")],
        "231 invoices": [("Blue Ridge Sanitation", "Northgate Events", "company")],
        "Two companies": [
            ("Blue Ridge Sanitation", "Riverside School District", "company"),
            ("Cedar Fork Rentals", "Orchard Lane Weddings", "company"),
        ],
    }
