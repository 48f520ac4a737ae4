"""Staff's second step at sign-in: turned on with a code, asked for, each code once, and turned off with password and code."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from pyotp import TOTP

from duebook import wiring_staff
from duebook.domain.second_factor import SecondFactor
from duebook.domain.throttling import CODES_BY_STAFF
from duebook.errors import ConflictError
from duebook.runtime.clock import utc_now
from duebook.storage import keys
from tests.integration.api import later
from tests.integration.cloud import Cloud
from tests.integration.staff_office import EMAIL, PASSWORD, Answer, Browser, add_tenant

PROFILE = "/admin/profile"
CHANGE = "/admin/profile/second-step"
CODE = "/admin/sign-in/code"


@pytest.fixture
def dana(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before she signs in
    """Give Dana, signed in with her password alone."""
    add_tenant()
    browser = Browser()
    assert browser.sign_in().status == 303
    return browser


def factor() -> SecondFactor | None:
    return wiring_staff.second_step_store().factor("ten_1", "stf_ten_1")


def secret() -> str:
    found = factor()
    assert found
    return found.secret


def code(*, steps: int = 0) -> str:
    return TOTP(secret()).at(utc_now(), counter_offset=steps)


def change(browser: Browser, do: str, **fields: str) -> Answer:
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get(PROFILE).body)
    assert found
    return browser.post(CHANGE, {"csrf": found[1], "do": do, **fields})


def turned_on(browser: Browser) -> list[str]:
    """Turn the second step on; return the recovery codes."""
    assert change(browser, "start", password=PASSWORD).status == 303
    shown = change(browser, "confirm", code=code())
    assert shown.status == 200
    return re.findall(r"<li>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</li>", shown.body)


def step_of(answer: Answer) -> str:
    found = re.search(r'name="step" value="([^"]+)"', answer.body)
    assert found, answer.text
    return found[1]


def password_given(wanted: str = "") -> tuple[Browser, str]:
    browser = Browser()
    answer = browser.sign_in(wanted=wanted)
    assert (answer.status, browser.cookie) == (200, None)
    return browser, step_of(answer)


def test_the_picture_and_the_key_tell_the_app_the_same_secret(dana: Browser) -> None:
    change(dana, "start", password=PASSWORD)

    page = dana.get(PROFILE)

    assert '<svg viewBox="0 0 ' in page.body
    assert " style=" not in page.body
    assert secret() in page.text.replace(" ", "")
    found = factor()
    assert found
    assert (found.on, len(found.secret)) == (False, 32)


def test_a_secret_that_no_code_has_confirmed_is_not_asked_for(dana: Browser) -> None:
    change(dana, "start", password=PASSWORD)

    assert Browser().sign_in().status == 303


def test_sign_in_asks_for_the_code_and_goes_where_the_person_wanted_to(dana: Browser) -> None:
    turned_on(dana)
    browser, step = password_given(wanted="/admin/customers?q=hal")

    assert browser.get("/admin").status == 303
    signed_in = browser.post(CODE, {"step": step, "code": code(steps=1), "next": "/admin/customers?q=hal"})

    assert (signed_in.status, signed_in.headers["Location"]) == (303, "/admin/customers?q=hal")
    assert browser.get("/admin").status == 200


def test_blanks_in_a_code_are_forgiven(dana: Browser) -> None:
    turned_on(dana)
    browser, step = password_given()
    typed = code(steps=1)

    assert browser.post(CODE, {"step": step, "code": f" {typed[:3]} {typed[3:]} "}).status == 303


def test_the_waiting_sign_in_opens_nothing_by_itself(dana: Browser) -> None:
    turned_on(dana)
    _, step = password_given()

    assert Browser(cookie=f"staff={step}").get("/admin").status == 303


def test_the_same_code_is_taken_once(aws: Cloud, dana: Browser) -> None:
    turned_on(dana)
    later(aws, seconds=30)
    typed = code()
    (first, one), (second, two) = password_given(), password_given()

    taken = first.post(CODE, {"step": one, "code": typed})
    again = second.post(CODE, {"step": two, "code": typed})

    assert (taken.status, again.status, second.cookie) == (303, 422, None)
    assert "That code isn&#39;t right, or was used before." in again.body


def test_the_code_that_turned_it_on_does_not_sign_in(dana: Browser) -> None:
    turned_on(dana)
    browser, step = password_given()

    assert browser.post(CODE, {"step": step, "code": code()}).status == 422


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_a_telephones_clock_may_be_off_by_half_a_minute(aws: Cloud, dana: Browser, steps: int, status: int) -> None:
    turned_on(dana)
    later(aws, minutes=10)
    browser, step = password_given()

    assert browser.post(CODE, {"step": step, "code": code(steps=steps)}).status == status


def test_a_recovery_code_works_once(dana: Browser) -> None:
    codes = turned_on(dana)
    assert len(set(codes)) == 10
    (first, one), (second, two) = password_given(), password_given()

    taken = first.post(CODE, {"step": one, "code": codes[3].upper().replace("-", " ")})
    again = second.post(CODE, {"step": two, "code": codes[3]})

    assert (taken.status, again.status) == (303, 422)
    assert "9 recovery codes are left." in first.get(PROFILE).text


def test_no_secret_and_no_recovery_code_is_shown_or_kept_where_it_could_be_read_again(aws: Cloud, dana: Browser) -> None:
    codes = turned_on(dana)

    page = dana.get(PROFILE).body
    where = {"pk": {"S": "ten_1"}, "sk": {"S": keys.second_factor_sk("stf_ten_1")}}
    stored = aws.client("dynamodb").get_item(TableName="DirectoryTable", Key=where)["Item"]["doc"]["S"]

    assert secret() not in page.replace(" ", "")
    assert [one for one in codes if one in page or one in stored or one.replace("-", "") in stored] == []


def test_a_step_ends_after_five_minutes_and_after_five_tries(aws: Cloud, dana: Browser) -> None:
    turned_on(dana)
    _, old = password_given()
    later(aws, minutes=5)
    late = Browser().post(CODE, {"step": old, "code": code()})
    _, tried = password_given()
    for _ in range(5):
        Browser().post(CODE, {"step": tried, "code": "zzzz"})
        later(aws, seconds=20)
    sixth = Browser().post(CODE, {"step": tried, "code": code()})

    assert (late.status, sixth.status) == (422, 422)
    assert "Too much time has passed. Sign in again." in late.text
    assert "Sign in again." in sixth.text


def test_who_guesses_codes_is_slowed_whichever_step_the_guesses_come_by(dana: Browser) -> None:
    turned_on(dana)
    for _ in range(CODES_BY_STAFF.free):
        browser, step = password_given()
        assert browser.post(CODE, {"step": step, "code": "000000" if code() != "000000" else "000001"}).status == 422

    browser, step = password_given()
    slowed = browser.post(CODE, {"step": step, "code": code(steps=1)})

    assert slowed.status == 429
    assert "Too many tries." in slowed.text


@pytest.mark.parametrize("step", ["", "ses_unknown", "x" * 3000, "#"])
def test_a_code_without_a_waiting_sign_in_leads_back_to_the_start(dana: Browser, step: str) -> None:
    turned_on(dana)

    refused = Browser().post(CODE, {"step": step, "code": code(steps=1)})

    assert refused.status == 422
    assert "Sign in again." in refused.text


def test_a_code_sent_by_another_site_is_refused(dana: Browser) -> None:
    turned_on(dana)
    browser, step = password_given()

    assert browser.post(CODE, {"step": step, "code": code(steps=1)}, **{"Sec-Fetch-Site": "cross-site"}).status == 403


def test_turning_it_off_takes_the_password_and_a_code(dana: Browser) -> None:
    turned_on(dana)

    wrong_password = change(dana, "stop", password="not this", code=code(steps=1))
    wrong_code = change(dana, "stop", password=PASSWORD, code="zzzz")
    still_on = factor()
    off = change(dana, "stop", password=PASSWORD, code=code(steps=1))

    assert [one.status for one in (wrong_password, wrong_code, off)] == [422, 422, 303]
    assert 'id="password-error"' in wrong_password.body
    assert 'id="code-error"' in wrong_code.body
    assert still_on is not None
    assert factor() is None
    assert Browser().sign_in().status == 303


def test_turning_it_on_takes_the_password_and_a_second_secret_does_not_replace_the_one_that_is_on(dana: Browser) -> None:
    refused = change(dana, "start", password="not this")
    turned_on(dana)
    before = factor()

    again = change(dana, "start", password=PASSWORD)

    assert (refused.status, again.status) == (422, 422)
    assert factor() == before


def test_a_secret_shown_half_an_hour_ago_is_no_longer_confirmed(aws: Cloud, dana: Browser) -> None:
    change(dana, "start", password=PASSWORD)
    later(aws, minutes=20)
    dana.get("/admin")
    later(aws, minutes=10)

    refused = change(dana, "confirm", code=code())

    assert refused.status == 422
    assert "Turn it on again and scan the new picture." in refused.text
    assert Browser().sign_in().status == 303


def test_a_form_of_another_session_changes_nothing(dana: Browser) -> None:
    refused = dana.post(CHANGE, {"csrf": "csrf_of_somebody", "do": "start", "password": PASSWORD})

    assert refused.status == 403
    assert factor() is None


@pytest.mark.parametrize("do", ["", "steal", "confirm", "stop"])
def test_a_form_that_asks_for_nothing_that_is_there_is_refused_or_changes_nothing(dana: Browser, do: str) -> None:
    answer = change(dana, do, password=PASSWORD, code="123456")

    assert answer.status in {303, 400, 422}
    assert factor() is None


def test_a_person_who_is_gone_does_not_finish_signing_in(aws: Cloud, dana: Browser) -> None:
    turned_on(dana)
    browser, step = password_given()
    where = {"pk": {"S": keys.tenant_pk("ten_1")}, "sk": {"S": keys.staff_sk("stf_ten_1")}}
    aws.client("dynamodb").delete_item(TableName="DirectoryTable", Key=where)

    assert browser.post(CODE, {"step": step, "code": code(steps=1)}).status == 422


def test_a_wrong_password_is_told_as_before_and_never_asks_for_a_code(dana: Browser) -> None:
    turned_on(dana)

    refused = Browser().sign_in(EMAIL, "wrong")

    assert refused.status == 422
    assert "That email and password don't match." in refused.text


def test_of_two_uses_of_one_code_at_the_same_moment_one_is_refused(dana: Browser) -> None:
    turned_on(dana)
    store = wiring_staff.second_step_store()
    read = store.factor("ten_1", "stf_ten_1")
    assert read
    browser, step = password_given()

    signed_in = browser.post(CODE, {"step": step, "code": code(steps=1)})
    with pytest.raises(ConflictError, match="changed meanwhile"):
        store.save("ten_1", replace(read, last_step=read.last_step + 1))

    assert signed_in.status == 303


def test_what_a_sign_in_waits_with_ends_by_itself(aws: Cloud, dana: Browser) -> None:
    turned_on(dana)
    _, step = password_given()
    where = {"pk": {"S": keys.sign_in_step_pk(wiring_staff.second_step_desk("203.0.113.9").hashed(step))}, "sk": {"S": keys.TRANSIENT_SK}}

    item = aws.client("dynamodb").get_item(TableName="TransientTable", Key=where)["Item"]

    assert int(item["expires_at"]["N"]) == int((utc_now() + timedelta(minutes=5)).timestamp())
    assert step not in str(item)
