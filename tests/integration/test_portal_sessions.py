"""Sessions of contacts: how they end, whose cookie opens which door, and what other sites send."""

from __future__ import annotations

import pytest

from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.reception import PASSWORD, Browser, is_let_in, latest_token
from tests.integration.test_portal_sign_in import ANA, OTHER_PASSWORD, put_contact


@pytest.fixture
def ana(staff: StaffApi) -> Browser:
    """Give a company contact's browser, signed in."""
    put_contact(staff)
    browser = Browser()
    assert browser.set_password(latest_token("invitation", ANA)).status == 201
    return browser


def test_signing_out_ends_the_session(ana: Browser):
    copied = Browser(cookie=ana.cookie)

    answer = ana.call("DELETE", "/api/session")

    assert answer.status == 204
    assert ana.cookie is None
    assert copied.session().status == 401
    assert not is_let_in(copied)
    assert ana.call("DELETE", "/api/session").status == 204


def test_signing_out_everywhere_ends_every_session_and_link(ana: Browser):
    phone = Browser()
    phone.sign_in(ANA)
    ana.forgot(ANA)

    answer = ana.call("DELETE", "/api/session/everywhere")

    assert answer.status == 204
    assert not is_let_in(phone)
    assert Browser().set_password(latest_token("password_reset", ANA)).status == 410
    assert Browser().sign_in(ANA).status == 201


def test_a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours(aws: Cloud, ana: Browser):
    later(aws, minutes=29)
    assert is_let_in(ana)
    later(aws, minutes=29)
    assert ana.session().status == 200
    for _ in range(33):
        later(aws, minutes=20)
        assert is_let_in(ana)
    later(aws, minutes=20)
    assert not is_let_in(ana)


def test_ones_own_password_is_changed_with_the_present_one_and_only_this_session_stays(ana: Browser):
    phone = Browser()
    phone.sign_in(ANA)

    wrong = ana.portal("POST", "/profile/password", {"current_password": "wrong", "password": OTHER_PASSWORD})
    weak = ana.portal("POST", "/profile/password", {"current_password": PASSWORD, "password": "password1234"})
    changed = ana.portal("POST", "/profile/password", {"current_password": PASSWORD, "password": OTHER_PASSWORD})

    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "current_password")
    assert (weak.status, weak.body["errors"][0]["field"]) == (422, "password")
    assert changed.status == 204
    assert is_let_in(ana)
    assert not is_let_in(phone)
    assert Browser().sign_in(ANA, OTHER_PASSWORD).status == 201


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_what_another_sites_page_sends_is_refused(ana: Browser, headers: dict[str, str]):
    stranger = Browser(cookie=ana.cookie, headers=headers)

    answers = [
        stranger.sign_in(ANA),
        stranger.call("DELETE", "/api/session"),
        stranger.call("DELETE", "/api/session/everywhere"),
        stranger.call("POST", "/api/session/membership", {"membership_id": "mem_1"}),
        stranger.call("POST", "/api/password/forgot", {"email": ANA}),
        stranger.call("POST", "/api/password/resend", {"token": "lnk_1"}),
        stranger.set_password("lnk_1"),
    ]

    assert {(answer.status, answer.body["code"]) for answer in answers} == {(403, "access_denied")}
    assert stranger.authorized("POST", "/api/portal/contacts", {})["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert is_let_in(ana)


@pytest.mark.usefixtures("ana")
def test_a_form_is_no_json():
    form = Browser(headers={"Origin": "http://localhost:8080", "Content-Type": "text/plain"})

    answer = form.call("POST", "/api/session", '{"email": "ana@acme.example", "password": "lantern gravel harvest"}')

    assert answer.status == 415
    assert form.cookie is None


def test_a_contacts_cookie_opens_no_staff_door_and_the_other_way_round(aws: Cloud, ana: Browser):
    from duebook.runtime.ids import hashed
    from duebook.storage.transient_store import Session
    from functions.authorize.handler import lambda_handler
    from tests.integration.api import FakeContext, rest_event
    from tests.integration.conftest import NOW
    from tests.integration.reception import ARN

    add_tenant_session = Session("ten_1", "stf_1", "csrf", NOW, NOW.replace(hour=13), NOW.replace(hour=20))
    aws.transient.add_session(hashed("ses_staff"), add_tenant_session)
    token = (ana.cookie or "").partition("=")[2]

    for cookie in (f"session={token}", f"staff={token}"):
        event = rest_event("GET", "/api/staff/customers", headers={"Cookie": cookie}) | {"methodArn": ARN}
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            lambda_handler(event, FakeContext())
    assert not is_let_in(Browser(cookie="session=ses_staff"))
    assert not is_let_in(Browser(cookie="staff=ses_staff"))
    assert not is_let_in(Browser(cookie=f"staff={token}"))
    assert is_let_in(Browser(cookie=f"staff=ses_staff; session={token}"))


@pytest.mark.parametrize("cookie", [None, "session=", "session=unknown", "other=1", "session=" + "x" * 300])
@pytest.mark.usefixtures("staff")
def test_without_a_session_there_is_nothing(cookie: str | None):
    browser = Browser(cookie=cookie)

    assert (browser.session().status, browser.session().body["code"]) == (401, "not_signed_in")
    assert not is_let_in(browser)


def test_tokens_are_stored_as_hashes_and_no_address_stands_in_a_key(aws: Cloud, ana: Browser):
    tables = [aws.client("dynamodb").scan(TableName=table)["Items"] for table in ("TransientTable", "DirectoryTable")]
    keys = [item["pk"]["S"] + item["sk"]["S"] for items in tables for item in items]

    assert (ana.cookie or "").partition("=")[2] not in str(tables)
    assert not [key for key in keys if "acme" in key.lower()]
