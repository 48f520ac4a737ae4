"""The portal's contacts, sites and profile (R51, R52, R54, R55)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api import Answer, StaffApi
from tests.integration.reception import Browser, deliver, is_let_in, latest_token, mails
from tests.integration.test_portal_sign_in import ANA, put_contact

BO = "bo@acme.example"


@pytest.fixture
def ana(staff: StaffApi) -> Browser:
    """Give a company contact's browser, signed in; the customer has two sites."""
    staff.put("/customers/c1/sites/s1", {"name": "Quarry", "number": "001", "address": "1 Quarry Road"})
    staff.put("/customers/c1/sites/s2", {"name": "Depot", "number": "002"})
    put_contact(staff)
    browser = Browser()
    assert browser.set_password(latest_token("invitation", ANA)).status == 201
    return browser


def add(browser: Browser, **body: Any) -> Answer:
    answer = browser.portal("POST", "/contacts", {"name": "Bo Moss", "email": BO, "kind": "site", "site_ids": ["s1"]} | body)
    deliver()
    return answer


def change(browser: Browser, contact_id: str, **body: Any) -> Answer:
    answer = browser.portal("PATCH", f"/contacts/{contact_id}", body)
    deliver()
    return answer


@pytest.fixture
def bo(ana: Browser) -> Browser:
    """Give a site contact's browser, signed in; Ana added him."""
    add(ana, portal_access=True)
    browser = Browser()
    assert browser.set_password(latest_token("invitation", BO)).status == 201
    return browser


def test_r55_a_company_contact_adds_one_who_is_invited_and_signs_in(staff: StaffApi, ana: Browser):
    made = add(ana, portal_access=True, phone="555-0123")

    assert made.status == 201
    assert made.body["id"].startswith("con_")
    assert {name: made.body[name] for name in ("name", "email", "kind", "site_ids", "portal_access", "last_sign_in_at")} == {
        "name": "Bo Moss",
        "email": BO,
        "kind": "site",
        "site_ids": ["s1"],
        "portal_access": True,
        "last_sign_in_at": None,
    }
    assert made.body["invited_at"] is not None
    assert Browser().set_password(latest_token("invitation", BO)).body["membership"]["site_ids"] == ["s1"]
    assert [one["name"] for one in ana.portal("GET", "/contacts").body["items"]] == ["Ana Acme", "Bo Moss"]
    assert staff.get(f"/customers/c1/contacts/{made.body['id']}").body["name"] == "Bo Moss"


def test_r51_switching_access_on_sends_one_invitation_and_off_ends_the_session_at_once(ana: Browser):
    contact_id = add(ana).body["id"]
    assert mails("invitation", BO) == []

    on = change(ana, contact_id, portal_access=True)
    again = change(ana, contact_id, portal_access=True)
    bo = Browser()
    bo.set_password(latest_token("invitation", BO))
    assert is_let_in(bo)
    off = change(ana, contact_id, portal_access=False)

    assert (on.status, again.status, off.status) == (200, 200, 200)
    assert len(mails("invitation", BO)) == 1
    assert (on.body["portal_access"], off.body["portal_access"], off.body["invited_at"]) == (True, False, None)
    assert not is_let_in(bo)


def test_r51_access_without_an_email_is_refused_and_nothing_is_stored(ana: Browser):
    made = add(ana, email=None, portal_access=True)
    contact_id = add(ana, email=None).body["id"]
    switched = change(ana, contact_id, portal_access=True, name="Somebody else")

    for answer in (made, switched):
        assert (answer.status, answer.body["errors"]) == (422, [{"field": "email", "message": "Add an email address first."}])
    (kept,) = [one for one in ana.portal("GET", "/contacts").body["items"] if one["id"] != "ana"]
    assert (kept["name"], kept["portal_access"]) == ("Bo Moss", False)


def test_r52_a_company_contact_sends_the_invitation_again(ana: Browser):
    contact_id = add(ana, portal_access=True).body["id"]

    answer = ana.portal("POST", f"/contacts/{contact_id}/invitation")
    deliver()

    assert (answer.status, answer.body["id"]) == (202, contact_id)
    assert len(mails("invitation", BO)) == 2


def test_a_change_touches_only_what_is_sent(ana: Browser):
    contact_id = add(ana, phone="555-0123").body["id"]

    changed = change(ana, contact_id, name="Bo M. Moss", site_ids=["s1", "s2", "s1"])
    cleared = change(ana, contact_id, phone=None)

    assert (changed.body["name"], changed.body["phone"], changed.body["site_ids"]) == ("Bo M. Moss", "555-0123", ["s1", "s2"])
    assert cleared.body["phone"] is None
    assert change(ana, contact_id).body == cleared.body


@pytest.mark.parametrize(
    "body",
    [{"name": ""}, {"name": None}, {"kind": "boss"}, {"site_ids": ["s9"]}, {"email": "nobody"}, {"version": 1}, {"portal_access": None}],
)
def test_a_change_that_cannot_be_is_told_with_its_field(ana: Browser, body: dict[str, Any]):
    contact_id = add(ana).body["id"]

    answer = change(ana, contact_id, **body)

    assert answer.status == 422
    assert answer.body["errors"][0]["field"].split(".")[0] == next(iter(body))


@pytest.mark.parametrize(
    "body", [{"portal_access": False}, {"kind": "site", "site_ids": ["s1"]}, {"email": "other@acme.example"}, {"email": None}]
)
def test_r55_nobody_takes_their_own_access_away(ana: Browser, body: dict[str, Any]):
    answer = change(ana, "ana", **body)

    assert (answer.status, answer.body["code"]) == (409, "own_access")
    assert is_let_in(ana)


def test_r55_nobody_deletes_themselves(ana: Browser):
    answer = ana.portal("DELETE", "/contacts/ana")

    assert (answer.status, answer.body["code"]) == (409, "own_access")
    assert is_let_in(ana)


def test_r55_another_company_contact_may_end_ones_access(ana: Browser):
    add(ana, name="Cleo", email="cleo@acme.example", kind="company", site_ids=[], portal_access=True)
    cleo = Browser()
    cleo.set_password(latest_token("invitation", "cleo@acme.example"))

    assert cleo.portal("DELETE", "/contacts/ana").status == 204

    assert not is_let_in(ana)


def test_a_contact_is_deleted_once(ana: Browser, bo: Browser):
    contact_id = next(one["id"] for one in ana.portal("GET", "/contacts").body["items"] if one["email"] == BO)

    assert ana.portal("DELETE", f"/contacts/{contact_id}").status == 204
    assert ana.portal("DELETE", f"/contacts/{contact_id}").status == 404
    assert not is_let_in(bo)
    assert Browser().sign_in(BO).status == 401


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("GET", "/contacts", None),
        ("POST", "/contacts", {"name": "X", "kind": "company"}),
        ("PATCH", "/contacts/ana", {"name": "X"}),
        ("DELETE", "/contacts/ana", None),
        ("POST", "/contacts/ana/invitation", None),
        ("GET", "/account", None),
        ("GET", "/payments", None),
        ("GET", "/payment-methods", None),
    ],
)
def test_r54_a_site_contact_is_kept_out_of_everything_but_service(bo: Browser, method: str, url: str, body: object):
    answer = bo.portal(method, url, body)

    assert (answer.status, answer.body["code"]) == (403, "access_denied")


def test_r54_a_site_contact_sees_its_own_sites_alone(ana: Browser, bo: Browser):
    assert bo.portal("GET", "/sites").body == {
        "items": [{"id": "s1", "name": "Quarry", "number": "001", "address": "1 Quarry Road"}],
        "next_cursor": None,
    }
    assert [one["id"] for one in ana.portal("GET", "/sites").body["items"]] == ["s1", "s2"]


def test_lists_are_read_page_by_page(ana: Browser):
    for number in range(5):
        add(ana, name=f"Person {number}", email=None)

    first = ana.portal("GET", "/contacts?limit=4").body
    second = ana.portal("GET", f"/contacts?limit=4&cursor={first['next_cursor']}").body

    assert [one["name"] for one in first["items"] + second["items"]] == ["Ana Acme", *(f"Person {number}" for number in range(5))]
    assert second["next_cursor"] is None


def test_everybody_changes_their_own_name_and_phone_and_nothing_else(bo: Browser):
    answer = bo.portal("PATCH", "/profile", {"name": "Bo M.", "phone": "555-0199"})

    assert answer.body["contact"]["name"] == "Bo M."
    assert bo.session().body["contact"] == answer.body["contact"]
    assert bo.portal("PATCH", "/profile", {"email": "x@acme.example"}).status == 422
    assert is_let_in(bo)


def test_contacts_of_another_customer_are_not_found(staff: StaffApi, ana: Browser):
    staff.customer("c2", name="Other")
    put_contact(staff, "zoe", "c2", email="zoe@other.example", portal_access=False)

    answers = [
        change(ana, "zoe", name="X"),
        ana.portal("DELETE", "/contacts/zoe"),
        ana.portal("POST", "/contacts/zoe/invitation"),
        change(ana, "nobody", name="X"),
    ]

    assert {answer.status for answer in answers} == {404}
    assert staff.get("/customers/c2/contacts/zoe").body["name"] == "Ana Acme"
