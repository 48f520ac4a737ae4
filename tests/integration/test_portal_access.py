"""What ends access, at once (R53, R58), and one sign-in for several customers (R56)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from duebook.storage.directory_items import contact_item
from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.reception import PASSWORD, Browser, calls_made, is_let_in, latest_token, mails, token_in
from tests.integration.test_portal_sign_in import ANA, enable_customer, put_contact, set_plan

Ending = Callable[[Cloud, StaffApi], object]
ENDINGS: dict[str, Ending] = {
    "access off": lambda _aws, staff: put_contact(staff, portal_access=False),
    "contact deleted": lambda _aws, staff: staff.call("DELETE", "/customers/c1/contacts/ana"),
    "customer disabled": lambda _aws, staff: enable_customer(staff, enabled=False),
    "other address": lambda _aws, staff: put_contact(staff, email="new@acme.example"),
    "basic plan": lambda aws, _staff: set_plan(aws, "basic"),
}
AGAIN: dict[str, Ending] = {
    "access off": lambda _aws, staff: put_contact(staff),
    "contact deleted": lambda _aws, staff: put_contact(staff),
    "customer disabled": lambda _aws, staff: enable_customer(staff, enabled=True),
    "other address": lambda _aws, staff: put_contact(staff),
    "basic plan": lambda aws, _staff: set_plan(aws, "pro"),
}


@pytest.fixture
def ana(staff: StaffApi) -> Browser:
    """Give a company contact's browser, signed in."""
    put_contact(staff)
    browser = Browser()
    assert browser.set_password(latest_token("invitation", ANA)).status == 201
    return browser


@pytest.mark.parametrize("what", ENDINGS)
def test_r53_r58_sessions_sign_in_and_links_end_at_once(aws: Cloud, staff: StaffApi, ana: Browser, what: str):
    ana.forgot(ANA)
    link = latest_token("password_reset", ANA)
    assert is_let_in(ana)

    ENDINGS[what](aws, staff)
    sent = len(mails("password_reset", ANA))

    assert not is_let_in(ana)
    assert ana.session().status == 401
    refused = Browser().sign_in(ANA)
    assert (refused.status, refused.body["detail"]) == (401, "That email and password don't match.")
    assert (Browser().set_password(link).status, Browser().set_password(link).body["code"]) == (410, "link_expired")
    assert Browser().forgot(ANA).status == 202
    assert Browser().call("POST", "/api/password/resend", {"token": link}).status == 202
    assert len(mails("password_reset", ANA)) == sent


@pytest.mark.parametrize("what", ENDINGS)
def test_r53_a_session_that_ended_stays_ended_when_access_is_given_again(aws: Cloud, staff: StaffApi, ana: Browser, what: str):
    ENDINGS[what](aws, staff)
    assert not is_let_in(ana)

    later(aws, seconds=1)
    AGAIN[what](aws, staff)

    assert not is_let_in(ana)
    assert Browser().sign_in(ANA).status == 201


def test_r53_access_off_and_on_again_in_one_instant_ends_sessions_and_links_all_the_same(staff: StaffApi, ana: Browser):
    ana.forgot(ANA)
    put_contact(staff, portal_access=False)
    put_contact(staff)

    assert not is_let_in(ana)
    assert Browser().set_password(latest_token("password_reset", ANA)).status == 410


def test_r53_a_link_ends_with_the_access_it_was_mailed_for_also_unused(staff: StaffApi):
    put_contact(staff)
    token = latest_token("invitation", ANA)

    put_contact(staff, email="new@acme.example")

    assert Browser().set_password(token).status == 410
    assert Browser().set_password(latest_token("invitation", "new@acme.example")).status == 201


def test_r51_a_contact_without_an_email_gets_no_access_and_nothing_is_stored(staff: StaffApi):
    answers = [put_contact(staff, email=email) for email in (None, "", "  ")]

    assert {(answer.status, answer.body["errors"][0]["field"]) for answer in answers} == {(422, "email")}
    assert answers[0].body["errors"][0]["message"] == "Add an email address first."
    assert put_contact(staff, email="not an address").status == 422
    assert staff.get("/customers/c1/contacts/ana").status == 404


def test_r51_taking_the_address_away_while_access_is_on_is_refused(staff: StaffApi, ana: Browser):
    assert put_contact(staff, email=None).status == 422
    assert is_let_in(ana)


def test_two_contacts_of_a_customer_do_not_sign_in_with_one_address(staff: StaffApi):
    put_contact(staff)

    twin = put_contact(staff, "bo", email="ANA@acme.example")
    without = put_contact(staff, "bo", portal_access=False)
    later_on = put_contact(staff, "bo")

    assert (twin.status, twin.body["errors"][0]["field"]) == (422, "email")
    assert without.status == 201
    assert later_on.status == 422
    staff.call("DELETE", "/customers/c1/contacts/ana")
    assert put_contact(staff, "bo").status == 200


def test_r58_nobody_is_invited_to_a_portal_that_is_not_open(aws: Cloud, staff: StaffApi):
    set_plan(aws, "basic")

    made = put_contact(staff)

    assert (made.status, made.body["invited_at"]) == (201, None)
    assert staff.post("/customers/c1/contacts/ana/invitation", None).status == 409
    assert mails("invitation", ANA) == []
    set_plan(aws, "pro")
    assert staff.post("/customers/c1/contacts/ana/invitation", None).status == 202


# ---------------------------------------------------------------- several customers, one sign-in


@pytest.fixture
def elsewhere(stranger: StaffApi) -> StaffApi:
    """Give another tenant, whose customer ``c9`` has Ana as a site contact too."""
    stranger.customer("c9", name="Nine Builders")
    stranger.put("/customers/c9/sites/s1", {"name": "Quarry", "number": "001"})
    return stranger


def test_r56_one_address_has_one_password_and_a_switcher(elsewhere: StaffApi, ana: Browser):
    put_contact(elsewhere, "an", "c9", kind="site", site_ids=["s1"], name="Ana at Nine")
    offered = ana.session().body["memberships"]
    there = next(one for one in offered if one["customer_id"] == "c9")

    answer = ana.call("POST", "/api/session/membership", {"membership_id": there["id"]})

    assert [(one["tenant_id"], one["customer_id"], one["kind"]) for one in offered] == [
        ("ten_1", "c1", "company"),
        ("ten_2", "c9", "site"),
    ]
    assert (answer.status, answer.body["membership"]) == (200, there)
    assert answer.body["contact"]["name"] == "Ana at Nine"
    assert answer.body["permissions"] == ["request_service"]
    context = ana.authorized()["context"]
    assert (context["tenant_id"], context["customer_id"], context["kind"], context["site_ids"]) == ("ten_2", "c9", "site", "s1")
    assert Browser().sign_in(ANA).body["membership"] == there


@pytest.mark.usefixtures("ana")
def test_r56_who_has_a_password_is_invited_with_a_link_to_sign_in(elsewhere: StaffApi):
    put_contact(elsewhere, "an", "c9")

    mail = mails("invitation", ANA)[-1]

    assert token_in(mail) is None
    assert "/login" in str(mail.get_body(("plain",)))
    assert Browser().sign_in(ANA, PASSWORD).status == 201


def test_r56_a_company_is_offered_before_a_site_and_the_last_one_used_comes_first(elsewhere: StaffApi, staff: StaffApi):
    put_contact(staff, name="Ana", kind="site")
    site_token = latest_token("invitation", ANA)
    put_contact(elsewhere, "an", "c9")

    answer = Browser().set_password(site_token)

    assert answer.body["membership"]["customer_id"] == "c1"
    assert [one["customer_id"] for one in answer.body["memberships"]] == ["c9", "c1"]
    assert Browser().sign_in(ANA).body["membership"]["customer_id"] == "c1"


def test_r56_access_that_ends_at_one_customer_leaves_the_other(staff: StaffApi, elsewhere: StaffApi, ana: Browser):
    put_contact(elsewhere, "an", "c9")

    put_contact(staff, portal_access=False)

    assert not is_let_in(ana)
    answer = Browser().sign_in(ANA)
    assert [one["customer_id"] for one in answer.body["memberships"]] == ["c9"]


@pytest.mark.usefixtures("ana")
def test_r58_a_basic_tenants_membership_is_not_offered(aws: Cloud, elsewhere: StaffApi):
    put_contact(elsewhere, "an", "c9")
    set_plan(aws, "basic")

    answer = Browser().sign_in(ANA)

    assert [one["tenant_id"] for one in answer.body["memberships"]] == ["ten_2"]


def test_r56_a_membership_that_is_not_ones_own_is_not_found(elsewhere: StaffApi, ana: Browser):
    put_contact(elsewhere, "kim", "c9", email="kim@nine.example")
    kim = Browser()
    kim.set_password(latest_token("invitation", "kim@nine.example"))
    foreign = kim.session().body["membership"]["id"]

    answers = [
        ana.call("POST", "/api/session/membership", {"membership_id": one})
        for one in (foreign, "mem_unknown", f"mem_4111111111111111{'a' * 16}")
    ]

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(404, "not_found")}
    assert ana.session().body["membership"]["customer_id"] == "c1"


@pytest.mark.usefixtures("ana")
def test_r56_a_tenant_that_joins_later_does_not_see_when_else_somebody_signed_in(elsewhere: StaffApi):
    put_contact(elsewhere, "an", "c9")

    assert elsewhere.get("/customers/c9/contacts/an").body["last_sign_in_at"] is None


def test_a_session_that_is_used_reads_twice_and_writes_nothing(aws: Cloud, ana: Browser):
    with calls_made(aws) as calls:
        assert is_let_in(ana)

    assert calls == ["GetItem", "BatchGetItem"]


def test_access_given_before_there_was_a_portal_begins_with_the_next_write(aws: Cloud, staff: StaffApi):
    from dataclasses import replace

    put_contact(staff, portal_access=False)
    old = aws.directory.contact("ten_1", "c1", "ana")
    assert old is not None
    legacy = replace(old, portal_access=True, version=old.version + 1)
    aws.client("dynamodb").put_item(TableName="DirectoryTable", Item=contact_item("ten_1", "c1", legacy))

    assert Browser().forgot(ANA).status == 202
    assert mails("password_reset", ANA) == []
    assert put_contact(staff).status == 200
    assert Browser().set_password(latest_token("invitation", ANA)).status == 201
