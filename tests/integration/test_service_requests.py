"""Service requests over the API: what may be asked for, what contacts ask, and who sees what (R80, R81, R54)."""

from __future__ import annotations

from typing import Any

import pytest

from duebook.runtime.clock import utc_now
from tests.integration.api import StaffApi, add_tenant, later
from tests.integration.cloud import Cloud
from tests.integration.portal import Portal
from tests.integration.reception import deliver, mails
from tests.integration.service_desk import ANA, CATALOG, ask, asked, convert, counts, decline, furnish, ids, put_entry, site_contact, view


@pytest.fixture
def ana(staff: StaffApi) -> Portal:
    return furnish(staff)


def names(catalog: Any) -> tuple[list[str], list[str]]:
    return [one["name"] for one in catalog["products"]], [one["name"] for one in catalog["services"]]


def test_r80_an_entry_is_added_renamed_hidden_and_shown_again(staff: StaffApi):
    made = put_entry(staff, "products", "p1", "Unit")
    renamed = put_entry(staff, "products", "p1", "Standard unit")
    hidden = put_entry(staff, "products", "p1", "Standard unit", shown=False)
    renamed_hidden = put_entry(staff, "products", "p1", "Basic unit")
    shown = put_entry(staff, "products", "p1", "Basic unit", shown=True)

    assert (made.status, made.body) == (201, {"id": "p1", "name": "Unit", "shown": True})
    assert [one.status for one in (renamed, hidden, renamed_hidden, shown)] == [200] * 4
    assert (hidden.body["shown"], renamed_hidden.body, shown.body["shown"]) == (
        False,
        {"id": "p1", "name": "Basic unit", "shown": False},
        True,
    )
    assert staff.get(f"{CATALOG}/products/p1").body == shown.body
    assert staff.get(f"{CATALOG}/services/p1").status == 404


def test_r80_nothing_is_ever_deleted(staff: StaffApi, ana: Portal):
    for kind, entry_id in (("products", "p1"), ("services", "v1"), ("services", "nothing")):
        answer = staff.call("DELETE", f"{CATALOG}/{kind}/{entry_id}")

        assert (answer.status, answer.body["code"], answer.headers["Allow"]) == (405, "method_not_allowed", "GET, PUT")
    assert names(ana.get("/catalog").body) == (["Hand wash station", "Standard unit"], ["Delivery", "Weekly service"])


def test_r80_the_lists_are_the_same_for_all_customers_and_nobody_elses(aws: Cloud, staff: StaffApi, ana: Portal):
    staff.customer("c2")
    add_tenant(aws, "ten_2")

    assert ana.as_(customer_id="c2").get("/catalog").body == ana.get("/catalog").body
    assert ana.as_(tenant_id="ten_2").get("/catalog").body == {"products": [], "services": []}


def test_r80_a_list_has_a_limit_that_its_refusal_names(staff: StaffApi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("duebook.usecases.change_catalog.MOST_ENTRIES", 1)
    put_entry(staff, "services", "v1", "Weekly service")

    refused = put_entry(staff, "services", "v2", "Delivery")

    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "name")
    assert put_entry(staff, "services", "v1", "Weekly").status == 200
    assert put_entry(staff, "products", "p1", "Unit").status == 201


def test_r81_a_request_names_a_site_a_product_and_a_service(ana: Portal):
    request = asked(ana, wanted_on="2025-06-09", po_number="PO-7781", note="Behind the gate.\nRing twice.")

    assert {name: request[name] for name in request if name not in {"id", "created_at"}} == {
        "status": "new",
        "product_id": "p1",
        "product_name": "Standard unit",
        "service_id": "v1",
        "service_name": "Weekly service",
        "site": {"id": "s1", "name": "Quarry", "number": "001"},
        "requested_by": "Ana Acme",
        "wanted_on": "2025-06-09",
        "po_number": "PO-7781",
        "note": "Behind the gate.\nRing twice.",
        "scheduled_on": None,
        "decline_reason": None,
    }
    assert request["id"].startswith("req_")
    assert ana.get("/requests").body["items"] == [request]
    for left_out in ("site_id", "product_id", "service_id"):
        body = {name: value for name, value in {"site_id": "s1", "product_id": "p1", "service_id": "v1"}.items() if name != left_out}
        assert ana.post("/requests", body).status == 422


@pytest.mark.parametrize(("kind", "entry_id", "field"), [("products", "p1", "product_id"), ("services", "v1", "service_id")])
def test_r81_what_is_hidden_is_not_listed_and_cannot_be_asked_for(staff: StaffApi, ana: Portal, kind: str, entry_id: str, field: str):
    name = staff.get(f"{CATALOG}/{kind}/{entry_id}").body["name"]
    put_entry(staff, kind, entry_id, name, shown=False)

    refused = ask(ana)

    assert (refused.status, refused.body["errors"][0]["field"]) == (422, field)
    assert name not in ana.get("/catalog").text
    assert ids(ana.get("/requests")) == []
    put_entry(staff, kind, entry_id, name, shown=True)
    assert ask(ana).status == 201


def test_r81_a_product_is_no_service_and_nothing_unknown_can_be_asked_for(ana: Portal):
    assert [ask(ana, **wrong).body["errors"][0]["field"] for wrong in (
        {"product_id": "v1"}, {"service_id": "p1"}, {"product_id": "p9"}, {"service_id": "v9"}, {"site_id": "s9"},
    )] == ["product_id", "service_id", "product_id", "service_id", "site_id"]  # fmt: skip


@pytest.mark.parametrize("kind", ["products", "services"])
def test_r81_with_nothing_of_a_list_shown_requests_are_not_possible_now(staff: StaffApi, ana: Portal, kind: str):
    was = staff.get(CATALOG).body
    for one in was[kind]:
        put_entry(staff, kind, one["id"], one["name"], shown=False)

    refused = ask(ana)

    assert (refused.status, refused.body["code"]) == (409, "requests_closed")
    assert "not possible now" in refused.body["detail"]
    assert ana.get("/catalog").body == {"products": [], "services": []}
    assert (was["open"], staff.get(CATALOG).body["open"]) == (True, False)


def test_r81_old_requests_keep_the_names_of_their_day(staff: StaffApi, ana: Portal):
    request = asked(ana)

    put_entry(staff, "products", "p1", "Deluxe unit", shown=False)
    put_entry(staff, "services", "v1", "Twice a week")
    staff.put("/customers/c1/sites/s1", {"name": "Old quarry", "number": "900"})

    kept = ana.get("/requests").body["items"][0]
    assert kept == request
    shown = staff.get(f"/requests/{request['id']}").body
    assert (shown["product_name"], shown["service_name"], shown["site"]["number"]) == ("Standard unit", "Weekly service", "001")


def test_r81_a_day_that_is_over_in_the_business_zone_is_refused(aws: Cloud, ana: Portal):
    aws.set_clock(utc_now().replace(hour=3))  # still the day before in New York

    assert ask(ana, wanted_on="2025-06-01").status == 201
    refused = ask(ana, wanted_on="2025-05-31")
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "wanted_on")


def test_r81_the_same_key_again_is_the_same_request_and_another_body_under_it_is_refused(staff: StaffApi, ana: Portal):
    first = ask(ana, "key-1", note="Once")
    again = ask(ana, "key-1", note="Once")
    other = ask(ana, "key-1", note="Twice")

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert (other.status, other.body["code"]) == (409, "idempotency_key_reused")
    assert ids(ana.get("/requests")) == [first.body["id"]]
    assert counts(staff)["new"] == 1
    deliver()
    assert len(mails("request_received", ANA)) == 1


def test_r81_who_asks_is_told_so_by_mail(ana: Portal):
    asked(ana, po_number="PO-7781", wanted_on="2025-06-09")
    deliver()

    (mail,) = mails("request_received", ANA)
    body = mail.get_body(("plain",))
    assert body is not None
    text = str(body.get_content())
    assert mail["Subject"] == "Acme Site Services has your request"
    assert "Weekly service (Standard unit) at Quarry" in text
    assert "PO-7781" in text
    assert "Jun 9, 2025" in text
    assert mails("request_received", "office@acme.example") == []


def test_r81_a_contact_who_asks_without_end_is_slowed(ana: Portal, monkeypatch: pytest.MonkeyPatch, aws: Cloud):
    from duebook.domain import throttling
    from duebook.usecases import ask_for_service

    limit = throttling.Throttle(
        free=2, block_at=2, block=throttling.REQUESTS_BY_CONTACT.block, forget=throttling.REQUESTS_BY_CONTACT.forget
    )
    monkeypatch.setattr(ask_for_service, "LIMITS", (("service-request", limit),))
    ask(ana, "key-1")
    ask(ana)

    slowed = ask(ana)

    assert (slowed.status, slowed.body["code"]) == (429, "too_many_requests")
    assert ask(ana, "key-1").status == 201, "a repeat asks for nothing"
    assert ask(site_contact(ana)).status == 201, "others are not slowed"
    later(aws, minutes=16)
    assert ask(ana).status == 201


def test_r54_a_site_contact_asks_for_its_own_sites_and_sees_only_their_requests(ana: Portal):
    bo = site_contact(ana)
    own, company_at_s1, elsewhere = asked(bo), asked(ana), asked(ana, site_id="s2")

    refused = ask(bo, site_id="s2")
    unknown = ask(bo, site_id="s9")

    assert refused.status == unknown.status == 422
    assert refused.text == unknown.text
    assert set(ids(bo.get("/requests"))) == {own["id"], company_at_s1["id"]}
    assert set(ids(ana.get("/requests"))) == {own["id"], company_at_s1["id"], elsewhere["id"]}


def test_r54_nobody_sees_requests_of_another_customer_or_business(staff: StaffApi, ana: Portal, stranger: StaffApi):
    request = asked(ana)
    staff.customer("c2")

    assert ids(ana.as_(customer_id="c2").get("/requests")) == []
    assert ids(ana.as_(tenant_id="ten_2").get("/requests")) == []
    assert ids(stranger.get("/requests")) == []
    for call in (
        stranger.get(f"/requests/{request['id']}"),
        view(stranger, request),
        convert(stranger, request),
        decline(stranger, request),
    ):
        assert call.status == 404
    assert counts(staff)["new"] == 1


def test_the_customers_list_is_newest_first_page_by_page(aws: Cloud, ana: Portal):
    made: list[str] = []
    for _ in range(5):
        made.insert(0, asked(ana)["id"])
        later(aws, seconds=1)

    first = ana.get("/requests?limit=2")
    second = ana.get(f"/requests?limit=2&cursor={first.body['next_cursor']}")
    third = ana.get(f"/requests?limit=2&cursor={second.body['next_cursor']}")

    assert [ids(first), ids(second), ids(third)] == [made[:2], made[2:4], made[4:]]
    assert third.body["next_cursor"] is None
