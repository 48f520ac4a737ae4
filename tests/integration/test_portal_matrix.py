"""Whoever calls, another tenant's, customer's or site's thing is answered exactly as a thing that does not exist.

Routes, roles and ids come from the OpenAPI document; the keys that a call sends to AWS are watched beside (``key_watch``).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.openapi import document
from local.routes import Route
from tests.integration.api import Answer
from tests.integration.id_slots import Call, calls, id_names, named_in, routes_of
from tests.integration.neighbours import Belongings, Town, filled, nobodys, route_named, town
from tests.integration.reception import Browser, is_let_in

PORTAL, STAFF, OPEN = routes_of("ContactAuthorizer"), routes_of("SessionAuthorizer"), routes_of("NONE")
SESSION = [route for route in OPEN if route.path.startswith("/api/session")]
GUEST = [route for route in OPEN if route.path.startswith("/api/pay/")]
FOR_SITE_CONTACTS = {
    "GET /api/portal/catalog",
    "GET /api/portal/requests",
    "POST /api/portal/requests",
    "GET /api/portal/sites",
    "PATCH /api/portal/profile",
    "POST /api/portal/profile/password",
}
"""What a site contact may do (R54)."""
OF_THE_BUSINESS = frozenset({"product", "service"})
"""What all customers of a business share (R80), so that a neighbour's is one's own."""
FOR_PAYERS = {
    "GET /api/portal/account",
    "GET /api/portal/invoices",
    "GET /api/portal/invoices/{invoice_id}/pdf",
    "POST /api/portal/quotes",
    "POST /api/portal/payments",
    "GET /api/portal/payments/{payment_id}",
    "GET /api/portal/payments/{payment_id}/receipt",
    "POST /api/portal/payments/{payment_id}/receipt",
    "GET /api/session",
    "DELETE /api/session",
    "POST /api/session",
    "POST /api/session/pay-link",
}
"""What whoever came by a link to pay may do (R74): pay, see what was paid by it, sign in and out."""
FOR_ONLOOKERS = {"POST /api/portal/quotes", "DELETE /api/session", "POST /api/session", "POST /api/session/pay-link"}
"""What staff who look at the portal as a contact sees it may call beside reading: a price, signing out, and what needs no session."""
EVERYTHING = PORTAL + STAFF + SESSION + GUEST
BY_NAME = pytest.mark.parametrize("route", EVERYTHING, ids=lambda route: route.name)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.fixture
def neighbours(built: Town) -> Town:
    built.rewind()
    return built


def role_of(route: Route) -> str:
    return {"SessionAuthorizer": "admin", "ContactAuthorizer": "company"}.get(
        route.authorizer, "company" if route.path.startswith("/api/session") else "guest"
    )


def asked(made: Town, role: str, one: Call, **instead: str) -> Answer:
    """Make a call with one's own ids, but for the slots named."""
    if one.route.method != "GET":
        made.rewind()
    path, query, body = one.written(made.mine.give, **instead)
    return made.send(role, one.route, filled(one.route.path, path), query=query, body=body)


def seen(answer: Answer, other: str) -> tuple[int, str, dict[str, str]]:
    """What a caller can tell answers apart by: everything but the id they sent and what is random in each answer."""
    text = answer.text.replace(other, "<id>")
    if answer.status in {200, 201, 202}:
        body = answer.body
        text = str({name: value for name, value in body.items() if name not in {"id", "pay_online_id", "created_at"}})
        text = text.replace(other, "<id>")
    return (
        answer.status,
        text,
        {name: value for name, value in answer.headers.items() if name in {"Content-Type", "Location", "Retry-After"}},
    )


@BY_NAME
def test_every_route_and_every_kind_of_id_has_a_real_foreign_one_to_try(route: Route):
    assert named_in(calls(route)) == id_names(route)


@BY_NAME
def test_r54_a_foreign_id_is_answered_as_one_that_nobody_has(neighbours: Town, route: Route):
    foreign = {"stranger": neighbours.stranger}
    if route not in STAFF:
        foreign["neighbour"] = neighbours.neighbour
    told_apart = []
    for one in calls(route):
        for where, kind in one.slots():
            if kind == "pay_online":
                continue  # whoever has a Pay Online ID is that customer's guest, and it is one over all tenants: a second one is refused (R11)
            for whose, owner in foreign.items():
                if kind in OF_THE_BUSINESS and whose == "neighbour":
                    continue
                theirs = owner.give(kind)
                known = seen(asked(neighbours, role_of(route), one, **{where: theirs}), theirs)
                unknown = seen(asked(neighbours, role_of(route), one, **{where: nobodys(theirs)}), nobodys(theirs))
                if known != unknown:
                    told_apart.append((where, whose, known, unknown))

    assert told_apart == []


@pytest.mark.parametrize("route", PORTAL + STAFF, ids=lambda route: route.name)
@pytest.mark.parametrize("role", ["nobody", "other world"])
def test_r54_without_the_right_authorizer_every_call_is_refused(neighbours: Town, route: Route, role: str):
    who = role if role == "nobody" else ("company" if route in STAFF else "admin")

    answers = [asked(neighbours, who, one) for one in calls(route)]

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(401, "not_signed_in")}


@pytest.mark.parametrize("route", PORTAL, ids=lambda route: route.name)
def test_r54_a_site_contact_is_kept_out_of_everything_but_what_is_theirs(neighbours: Town, route: Route):
    answers = [asked(neighbours, "site", one) for one in calls(route)]

    if route.name in FOR_SITE_CONTACTS:
        assert {answer.status for answer in answers} & {401, 403} == set()
    else:
        assert {(answer.status, answer.body["code"]) for answer in answers} == {(403, "access_denied")}


@pytest.mark.parametrize("route", PORTAL + SESSION, ids=lambda route: route.name)
def test_r74_a_payer_is_kept_out_of_everything_but_paying(neighbours: Town, route: Route):
    """Of the customer's own things: whatever another contact of it has, but for what it owes and what the link paid."""
    answers = [asked(neighbours, "payer", one) for one in calls(route)]

    found = {(answer.status, answer.body["code"] if answer.status >= 400 else "") for answer in answers}
    if route.name not in FOR_PAYERS:
        assert found == {(403, "access_denied")}
    elif "{payment_id}" in route.path:
        assert found <= {(200, ""), (202, ""), (303, "")}, "paid at the address of the link"
    else:
        assert not {status for status, _ in found} & {401, 404}
        assert found - {(403, "access_denied")}, "one of the ways is open"


@pytest.mark.parametrize("route", PORTAL + SESSION, ids=lambda route: route.name)
def test_staff_who_look_on_read_what_the_contact_may_and_change_nothing(neighbours: Town, route: Route):
    answers = [asked(neighbours, "onlooker", one) for one in calls(route)]

    found = {(answer.status, answer.body["code"] if answer.status >= 400 else "") for answer in answers}
    if route.method == "GET" or route.name in FOR_ONLOOKERS:
        assert not {status for status, _ in found} & {401, 403, 404}
    else:
        assert found == {(403, "view_only")}


@pytest.mark.parametrize("where", ["neighbour", "stranger"])
def test_r54_a_site_contact_sees_no_other_site(neighbours: Town, where: str):
    listed = neighbours.send("site", route_named("GET /api/portal/sites"), "/api/portal/sites").body["items"]
    owner: Belongings = getattr(neighbours, where)
    cursor = {"cursor": owner.ids["site"], "limit": 1}

    assert [site["id"] for site in listed] == [neighbours.mine.ids["site"]]
    paged = neighbours.send("site", route_named("GET /api/portal/sites"), "/api/portal/sites", query=cursor).body["items"]
    assert {site["id"] for site in paged} <= {neighbours.mine.ids["site"]}


def test_the_document_knows_which_calls_are_the_portals():
    assert {path for path in document()["paths"] if path.startswith("/api/portal/")} == {route.path for route in PORTAL}


def test_ones_own_ids_are_found(neighbours: Town):
    """Without this the matrix could compare one refusal with another."""
    lost = []
    for one in (one for route in EVERYTHING for one in calls(route)):
        neighbours.rewind()
        answer = asked(neighbours, role_of(one.route), one)
        if answer.status in {401, 403, 404} or answer.status >= 500:
            lost.append((one.route.name, answer.status, answer.text[:200]))

    assert lost == []


def test_r58_on_the_basic_plan_no_portal_call_passes_the_authorizer(neighbours: Town):
    browser = Browser(neighbours.cookies["company"])
    profile = {"name": "Blue Ridge Sanitation", "time_zone": "America/New_York"}
    assert is_let_in(browser)

    neighbours.mine.staff.put("/settings/profile", profile | {"plan": "basic"})
    let_in = is_let_in(browser)

    assert not let_in
    assert {route.authorizer for route in PORTAL} == {"ContactAuthorizer"}
