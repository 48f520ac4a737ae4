"""Staff and roles on the pages: invited by a link, changed, let go; who may, and what ends at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from duebook import wiring, wiring_staff
from duebook.domain.activity_log import Action
from duebook.domain.directory import Role, Staff
from duebook.errors import ConflictError
from tests.integration.cloud import Cloud
from tests.integration.reception import deliver, mails, token_in
from tests.integration.staff_office import EMAIL, NOW, PASSWORD, Answer, Browser, add_tenant, open_office, password_hash

STAFF = "/admin/settings/staff"
SET = "/admin/set-password"
LEE = "lee@blue-ridge.example"
WORDS = "quiet maple anchor river"
pytestmark = pytest.mark.usefixtures("aws")


def people() -> dict[str, Staff]:
    return {one.email: one for one in wiring_staff.staff_store().everybody("ten_1")}


def invite(browser: Browser, **change: str) -> Answer:
    found = re.search(r'name="key" value="([^"]+)"', browser.get(f"{STAFF}/new").body)
    assert found
    typed = {"csrf": browser.csrf(), "key": found[1], "name": "Lee Ortega", "email": LEE, "role": "collector"}
    return browser.post(f"{STAFF}/new", typed | change)


def mailed_link(kind: str = "invitation", to: str = LEE) -> str:
    deliver()
    token = token_in(mails(kind, to)[-1])
    assert token
    return f"http://localhost:8080{SET}#token={token}"


def set_password(link: str, password: str = WORDS) -> Answer:
    return Browser().post(SET, {"link": link, "password": password})


def hired(browser: Browser, role: str = "collector", email: str = LEE, password: str = WORDS) -> Browser:
    """A colleague who was invited, set a password and signed in."""
    invite(browser, role=role, email=email)
    assert set_password(mailed_link(to=email), password).status == 200
    colleague = Browser()
    assert colleague.sign_in(email, password).status == 303
    return colleague


def log() -> list[tuple[Action, str]]:
    return [(line.action, line.detail) for line in wiring_staff.activity_store().of_tenant("ten_1", limit=20)]


def test_r85_a_colleague_is_invited_sets_a_password_and_does_what_the_role_allows() -> None:
    browser = open_office(Role.ADMIN)

    added = invite(browser)
    listed = browser.get(added.headers["Location"])
    before = Browser().sign_in(LEE, "")
    done = set_password(mailed_link())
    colleague = Browser()
    signed_in = colleague.sign_in(LEE, WORDS)

    assert added.headers["Location"] == f"{STAFF}?done=added"
    assert "A mail with a link to set a password is on its way" in listed.text
    assert "Lee Ortega lee@blue-ridge.example Collector Off Invited" in listed.text
    assert before.status == 422
    assert "Your password is set" in done.text
    assert signed_in.status == 303
    assert colleague.get(f"{STAFF}/new").status == 403
    assert colleague.post(f"{STAFF}/new", {"csrf": colleague.csrf()}).status == 403
    assert "June 2" in browser.get(STAFF).text.replace("Jun 2", "June 2")
    assert log() == [(Action.STAFF_ADDED, f"Lee Ortega ({LEE}), collector")]


def test_the_mail_says_who_invites_and_keeps_its_token_after_the_mark() -> None:
    invite(open_office(Role.ADMIN))
    deliver()

    (mail,) = mails("invitation", LEE)

    body = mail.get_body(("plain",))
    assert body
    text = str(body.get_content())
    assert "You were added to the staff of Blue Ridge Rentals." in " ".join(text.split())
    assert f"{SET}#token=slk_" in text
    assert "You now work with Duebook at Blue Ridge Rentals" in str(mail["Subject"])


@pytest.mark.parametrize("password", ["", "nobody has this password", PASSWORD])
def test_nobody_signs_in_as_somebody_without_a_password(password: str) -> None:
    invite(open_office(Role.ADMIN))

    assert Browser().sign_in(LEE, password).status == 422


def test_a_link_works_once_and_only_the_latest_generation(aws: Cloud) -> None:
    browser = open_office(Role.ADMIN)
    invite(browser)
    first = mailed_link()
    lee = people()[LEE]
    aws.set_clock(NOW + timedelta(minutes=5))
    browser.post(f"{STAFF}/{lee.staff_id}/link", {"csrf": browser.csrf()})
    second = mailed_link()

    assert set_password(first).status == 200
    assert (set_password(first).status, set_password(second).status) == (410, 410)
    assert "This link is no longer valid. Ask an admin of your business" in set_password(second).text


def test_an_invitation_ends_after_seven_days_and_with_the_person(aws: Cloud) -> None:
    browser = open_office(Role.ADMIN)
    invite(browser)
    link = mailed_link()
    aws.set_clock(NOW + timedelta(days=7))

    assert set_password(link).status == 410


@pytest.mark.parametrize(
    ("password", "said"), [("short", "Use at least 12 characters."), (LEE, "own name or email"), ("password1234", "too common")]
)
def test_a_bad_password_is_refused_and_the_link_stays_good(password: str, said: str) -> None:
    invite(open_office(Role.ADMIN))
    link = mailed_link()

    refused = set_password(link, password)

    assert refused.status == 422
    assert said in refused.text
    assert link in refused.body.replace("&#34;", '"')
    assert set_password(link).status == 200


@pytest.mark.parametrize("link", ["", "slk_guessed", "https://x.example/#token=", "#token=lnk_abc", "x" * 2000])
def test_a_link_that_is_none_sets_nothing(link: str) -> None:
    open_office(Role.ADMIN)

    assert set_password(link).status in {410, 422}


def test_a_form_of_another_site_sets_no_password() -> None:
    invite(open_office(Role.ADMIN))
    link = mailed_link()

    assert Browser().post(SET, {"link": link, "password": WORDS}, Sec_Fetch_Site="cross-site").status == 403
    assert people()[LEE].password_hash is None


def test_a_contacts_link_opens_no_staff_page_and_the_reverse() -> None:
    invite(open_office(Role.ADMIN))
    token = mailed_link().rpartition("=")[2]

    assert token.startswith("slk_")
    from duebook import wiring_identity
    from duebook.runtime.ids import hashed

    assert wiring_identity.pass_store().link(hashed(token), NOW) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "Type the person's name."),
        ({"email": "nobody"}, "This is not an email address."),
        ({"role": "owner"}, "Choose a role of the list."),
        ({"email": EMAIL}, "This address signs in to Duebook already."),
    ],
)
def test_a_wrong_form_adds_nobody_and_keeps_what_was_typed(change: dict[str, str], said: str) -> None:
    browser = open_office(Role.ADMIN)

    answer = invite(browser, **change)

    assert answer.status == 422
    assert said in answer.text
    assert set(people()) == {EMAIL}


def test_an_address_of_another_business_is_not_taken_over() -> None:
    browser = open_office(Role.ADMIN)
    add_tenant("ten_2", LEE, name="Cedar Fork")

    assert invite(browser).status == 422
    assert wiring.directory_store().staff_by_email(LEE).tenant_id == "ten_2"  # type: ignore[union-attr]


def test_the_same_form_twice_is_one_person() -> None:
    browser = open_office(Role.ADMIN)
    key = browser.get(f"{STAFF}/new").body.split('name="key" value="')[1].split('"')[0]

    answers = [invite(browser, key=key) for _ in range(2)]

    assert [answer.headers["Location"] for answer in answers] == [f"{STAFF}?done=added"] * 2
    assert len(people()) == 2


def test_r85_another_role_ends_the_sessions_at_once_and_holds_in_the_next() -> None:
    browser = open_office(Role.ADMIN)
    colleague = hired(browser, "manager")
    lee = people()[LEE]
    assert colleague.get("/admin/imports/new").status == 200

    changed = browser.post(f"{STAFF}/{lee.staff_id}/role", {"csrf": browser.csrf(), "role": "viewer", "reason": "New job"})

    assert changed.headers["Location"] == f"{STAFF}?done=role"
    assert colleague.get("/admin/imports").headers["Location"].startswith("/admin/sign-in")
    assert colleague.sign_in(LEE, WORDS).status == 303
    assert colleague.get("/admin/imports/new").status == 403
    assert (Action.ROLE_CHANGED, "Lee Ortega: manager to viewer") in log()


def test_r85_who_is_removed_is_out_at_once_also_of_the_api() -> None:
    from duebook.errors import NotSignedInError
    from duebook.runtime.ids import hashed
    from duebook.usecases.find_caller import caller_of_session

    browser = open_office(Role.ADMIN)
    colleague = hired(browser)
    lee = people()[LEE]
    token = (colleague.cookie or "").partition("=")[2]
    stores: dict[str, Any] = {"directory": wiring.directory_store(), "transient": wiring.transient_store(), "now": NOW}
    assert caller_of_session(hashed(token), **stores).role is Role.COLLECTOR

    asked = browser.get(f"{STAFF}/{lee.staff_id}/remove")
    browser.post(f"{STAFF}/{lee.staff_id}/remove", {"csrf": browser.csrf(), "reason": "Left"})

    assert "is signed out everywhere at once" in asked.text
    assert colleague.get("/admin/imports").headers["Location"].startswith("/admin/sign-in")
    with pytest.raises(NotSignedInError):
        caller_of_session(hashed(token), **stores)
    assert colleague.sign_in(LEE, WORDS).status == 422
    assert set(people()) == {EMAIL}
    assert invite(browser).status == 303, "the address is free again"
    assert (Action.STAFF_REMOVED, f"Lee Ortega ({LEE})") in log()


def test_r85_nobody_removes_themselves() -> None:
    browser = open_office(Role.ADMIN)
    hired(browser, "admin")

    asked = browser.get(f"{STAFF}/stf_ten_1/remove")
    answer = browser.post(f"{STAFF}/stf_ten_1/remove", {"csrf": browser.csrf()})

    assert (asked.status, answer.status) == (403, 403)
    assert EMAIL in people()


def test_r85_the_last_admin_who_can_sign_in_stays_one() -> None:
    browser = open_office(Role.ADMIN)
    # Somebody who was invited as an admin and never set a password cannot look after the business.
    invite(browser, role="admin")

    kept = browser.post(f"{STAFF}/stf_ten_1/role", {"csrf": browser.csrf(), "role": "viewer"})

    assert kept.status == 422
    assert "Dana Whitlock is the last admin who can sign in. Make somebody else an admin first." in kept.text
    assert people()[EMAIL].role is Role.ADMIN
    assert set_password(mailed_link()).status == 200
    assert browser.post(f"{STAFF}/stf_ten_1/role", {"csrf": browser.csrf(), "role": "viewer"}).status == 303
    assert people()[EMAIL].role is Role.VIEWER


def test_two_admins_cannot_end_each_others_role_at_the_same_moment() -> None:
    from duebook.domain.staff_access import admin_who_stays, with_role

    browser = open_office(Role.ADMIN)
    hired(browser, "admin")
    store = wiring_staff.staff_store()
    dana, lee = people()[EMAIL], people()[LEE]
    plans = [(with_role(one, Role.VIEWER), admin_who_stays([dana, lee], one)) for one in (dana, lee)]

    store.save(plans[0][0], beside=plans[0][1])
    with pytest.raises(ConflictError):
        store.save(plans[1][0], beside=plans[1][1])

    assert people()[LEE].role is Role.ADMIN


@pytest.mark.parametrize("action", ["role", "link", "remove"])
def test_staff_of_another_tenant_are_not_found(action: str) -> None:
    browser = open_office(Role.ADMIN)
    add_tenant("ten_2", LEE, name="Cedar Fork", role=Role.ADMIN)

    assert browser.get(f"{STAFF}/stf_ten_2/{action}").status == 404
    assert browser.post(f"{STAFF}/stf_ten_2/{action}", {"csrf": browser.csrf(), "role": "viewer"}).status == 404
    assert wiring.directory_store().staff("ten_2", "stf_ten_2").role is Role.ADMIN  # type: ignore[union-attr]


@pytest.mark.parametrize("action", ["new", "stf_ten_1/role", "stf_ten_1/link", "stf_ten_1/remove"])
def test_a_form_of_another_session_changes_nobody(action: str) -> None:
    browser = open_office(Role.ADMIN)

    assert browser.post(f"{STAFF}/{action}", {"csrf": "guessed", "role": "viewer"}).status == 403


def test_one_changes_the_own_password_and_stays_signed_in_here_alone() -> None:
    browser = open_office()
    elsewhere = Browser()
    elsewhere.sign_in()

    wrong = browser.post("/admin/profile/password", {"csrf": browser.csrf(), "current_password": "x", "new_password": WORDS})
    weak = browser.post("/admin/profile/password", {"csrf": browser.csrf(), "current_password": PASSWORD, "new_password": "short"})
    good = browser.post("/admin/profile/password", {"csrf": browser.csrf(), "current_password": PASSWORD, "new_password": WORDS})

    assert "That is not your present password." in wrong.text
    assert "Use at least 12 characters." in weak.text
    assert (wrong.status, weak.status, good.headers["Location"]) == (422, 422, "/admin/profile?done=password")
    assert "Your password is changed." in browser.get("/admin/profile?done=password").text
    assert elsewhere.get("/admin/profile").status == 303
    assert (Browser().sign_in().status, Browser().sign_in(EMAIL, WORDS).status) == (422, 303)


def test_guessing_the_own_password_is_slowed() -> None:
    browser = open_office()
    csrf = browser.csrf()
    sent = {"csrf": csrf, "current_password": "x", "new_password": WORDS}

    assert 429 in {browser.post("/admin/profile/password", sent).status for _ in range(6)}
    assert password_hash() == people()[EMAIL].password_hash
