from __future__ import annotations

from datetime import timedelta

import pytest

from duebook import wiring_staff
from duebook.domain.directory import Role, Staff
from duebook.errors import NotSignedInError, TooManyRequestsError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed
from duebook.storage.transient_store import Session
from duebook.usecases.find_caller import caller_of_session, current_session
from duebook.usecases.passwords import hash_password
from duebook.usecases.sign_in import sign_in, sign_out
from tests.integration.api import ORIGIN, FakeContext, add_tenant, later, rest_event
from tests.integration.cloud import Cloud

PASSWORD = "correct horse battery staple"
ANN = Staff("stf_1", "ten_1", "Ann", "ann@acme.example", Role.COLLECTOR, hash_password(PASSWORD))
ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/live/GET/api/staff/customers"


@pytest.fixture
def office(aws: Cloud) -> Cloud:
    add_tenant(aws, "ten_1", staff=(ANN,))
    return aws


def enter(office: Cloud, email: str = "ann@acme.example", password: str = PASSWORD, *, address: str = "203.0.113.7") -> Session:
    begun = sign_in(
        email,
        password,
        address=address,
        token="ses_token",
        csrf="csrf_token",
        directory=office.directory,
        steps=wiring_staff.second_step_store(),
        transient=office.transient,
        hashed=hashed,
        now=utc_now(),
    )
    assert begun is not None
    return begun


def session(office: Cloud) -> Session | None:
    return current_session(hashed("ses_token"), transient=office.transient, now=utc_now())


def authorize(method: str = "GET", **headers: str) -> dict:
    from functions.authorize.handler import lambda_handler

    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    event = rest_event(method, "/api/staff/customers", headers=sent) | {"type": "REQUEST", "methodArn": ARN}
    return lambda_handler(event, FakeContext())


def test_a_staff_member_signs_in_whatever_the_capitals_of_the_address(office: Cloud) -> None:
    found = enter(office, " Ann@ACME.example ")

    assert (found.tenant_id, found.staff_id) == ("ten_1", "stf_1")
    caller = caller_of_session(hashed("ses_token"), directory=office.directory, transient=office.transient, now=utc_now())
    assert caller.role is Role.COLLECTOR


def test_a_session_is_stored_under_the_hash_of_its_token_only(office: Cloud) -> None:
    enter(office)

    stored = office.client("dynamodb").scan(TableName="TransientTable")["Items"]

    assert "ses_token" not in str(stored)


@pytest.mark.parametrize(
    ("email", "password"),
    [("ann@acme.example", "wrong"), ("nobody@acme.example", PASSWORD), ("a#b", PASSWORD), ("", ""), ("ann@acme.example", "x" * 10_000)],
)
def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(office: Cloud, email: str, password: str) -> None:
    with pytest.raises(NotSignedInError, match=r"^Email or password is not right\.$"):
        enter(office, email, password)


def test_guessing_is_slowed_and_never_locks_the_owner_out_for_more_than_half_a_minute(office: Cloud) -> None:
    for _ in range(60):
        try:
            enter(office, password="wrong", address="198.51.100.9")
        except TooManyRequestsError:
            later(office, minutes=16)
        except NotSignedInError:
            pass

    later(office, seconds=31)
    assert enter(office).staff_id == "stf_1"


def test_many_wrong_passwords_in_a_row_must_wait(office: Cloud) -> None:
    for _ in range(5):
        with pytest.raises(NotSignedInError, match="not right"):
            enter(office, password="wrong")

    with pytest.raises(TooManyRequestsError, match="Wait 1 seconds"):
        enter(office)


def test_a_session_ends_after_half_an_hour_without_use(office: Cloud) -> None:
    enter(office)

    later(office, minutes=29)
    assert session(office) is not None
    later(office, minutes=29)
    assert session(office) is not None
    later(office, minutes=30)
    assert session(office) is None


def test_a_session_ends_after_twelve_hours_in_any_case(office: Cloud) -> None:
    enter(office)

    for _ in range(12 * 3 - 1):
        later(office, minutes=20)
        assert session(office) is not None
    later(office, minutes=20)
    assert session(office) is None


def test_signing_out_ends_the_session_at_once(office: Cloud) -> None:
    enter(office)

    sign_out(hashed("ses_token"), transient=office.transient)

    assert session(office) is None


def test_a_session_that_is_used_all_the_time_is_written_at_most_once_a_minute(office: Cloud) -> None:
    before = enter(office)

    later(office, seconds=59)

    assert session(office) == before


def test_the_authorizer_lets_an_api_key_through_with_its_tenant_and_role(office: Cloud) -> None:
    from duebook.domain.directory import Tenant

    office.directory.add_tenant(Tenant("ten_9", "Nine", "UTC"), [], [], hashed("dbk_secret"))

    found = authorize(Authorization="Bearer dbk_secret")

    statement = found["policyDocument"]["Statement"][0]
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "arn:aws:execute-api:us-east-1:123456789012:abc123/live/*")
    assert (found["context"]["tenant_id"], found["context"]["role"]) == ("ten_9", "admin")
    assert found["context"]["caller_id"].startswith("key_")


def test_the_authorizer_lets_a_session_through_with_the_role_of_this_moment(office: Cloud) -> None:
    enter(office)

    found = authorize(Cookie="other=1; staff=ses_token")

    assert found["context"] == {"tenant_id": "ten_1", "caller_id": "stf_1", "role": "collector"}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer nothing"}, {"Authorization": "Basic eDp5"}, {"Cookie": "staff=unknown"}, {"Cookie": "staff="}],
)
@pytest.mark.usefixtures("office")
def test_the_authorizer_answers_unauthorized_to_everybody_else(headers: dict) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(**headers)


@pytest.mark.parametrize(
    ("method", "headers", "effect"),
    [
        ("GET", {}, "Allow"),
        ("PUT", {}, "Deny"),
        ("PUT", {"Origin": "https://evil.example", "Content-Type": "application/json"}, "Deny"),
        ("POST", {"Origin": ORIGIN, "Content-Type": "text/plain"}, "Deny"),
        ("POST", {"Origin": ORIGIN, "Content-Type": "application/json; charset=utf-8"}, "Allow"),
        ("DELETE", {"Origin": ORIGIN}, "Allow"),
        ("DELETE", {}, "Deny"),
    ],
)
def test_a_cookie_changes_things_only_from_our_own_pages(office: Cloud, method: str, headers: dict, effect: str) -> None:
    enter(office)

    found = authorize(method, **{"Cookie": "staff=ses_token"} | {name.replace("-", "_"): value for name, value in headers.items()})

    assert found["policyDocument"]["Statement"][0]["Effect"] == effect


def test_cookies_are_bound_to_the_host_on_https_and_plain_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    from duebook.web.sessions import CONTACT, STAFF

    monkeypatch.setenv("PORTAL_ORIGIN", "https://pay.example.com")
    assert STAFF.begun("t") == "__Host-staff=t; Path=/; HttpOnly; SameSite=Strict; Secure"
    assert CONTACT.begun("t") == "__Host-session=t; Path=/; HttpOnly; SameSite=Strict; Secure"
    monkeypatch.setenv("PORTAL_ORIGIN", "http://localhost:8080")
    assert STAFF.begun("t") == "staff=t; Path=/; HttpOnly; SameSite=Strict"
    assert CONTACT.begun("t") == "session=t; Path=/; HttpOnly; SameSite=Strict"
    assert "Max-Age=0" in STAFF.ended()


def test_passwords_are_hashed_with_argon2id_and_a_salt_of_their_own() -> None:
    assert hash_password("x").startswith("$argon2id$")
    assert hash_password("x") != hash_password("x")


def test_the_clock_set_back_does_not_prolong_a_session(office: Cloud) -> None:
    enter(office)
    office.set_clock(utc_now() - timedelta(hours=1))

    assert session(office) is not None
    later(office, hours=14)
    assert session(office) is None
