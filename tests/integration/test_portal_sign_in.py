"""Signing in to the portal: invitation, password, session, forgotten passwords, and what ends them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api import Answer, StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.reception import PASSWORD, Browser, calls_made, deliver, is_let_in, latest_token, mails, token_in

ANA = "ana@acme.example"
OTHER_PASSWORD = "copper meadow ladder"


def put_contact(staff: StaffApi, contact_id: str = "ana", customer_id: str = "c1", **body: Any) -> Answer:
    """Write a contact, by default a company contact with access, and let mails go out."""
    wanted = {"name": "Ana Acme", "email": ANA, "kind": "company", "site_ids": [], "portal_access": True} | body
    answer = staff.put(f"/customers/{customer_id}/contacts/{contact_id}", wanted)
    deliver()
    return answer


@pytest.fixture
def ana(staff: StaffApi) -> Browser:
    """Give a company contact's browser, signed in by the link of her invitation."""
    assert put_contact(staff).status == 201
    browser = Browser()
    answer = browser.set_password(latest_token("invitation", ANA))
    assert answer.status == 201, answer.text
    return browser


def set_plan(aws: Cloud, plan: str) -> None:
    from dataclasses import replace

    aws.directory.save_tenant(replace(aws.directory.tenant("ten_1"), plan=plan))


def enable_customer(staff: StaffApi, *, enabled: bool) -> None:
    staff.customer("c1", enabled=enabled)


# ---------------------------------------------------------------- invitation and sign-in


def test_r50_the_invitation_leads_to_a_password_and_signs_in_at_once(staff: StaffApi):
    made = put_contact(staff)

    browser = Browser()
    answer = browser.set_password(latest_token("invitation", ANA))

    assert made.body["invited_at"] is not None
    assert answer.status == 201
    assert answer.body["contact"] == {"id": "ana", "name": "Ana Acme", "email": ANA, "phone": None}
    assert answer.body["membership"]["customer_id"] == "c1"
    assert answer.body["permissions"] == ["view_invoices", "pay_invoices", "manage_methods", "manage_contacts", "request_service"]
    assert is_let_in(browser)
    assert Browser().sign_in("Ana@ACME.example").status == 201
    assert staff.get("/customers/c1/contacts/ana").body["last_sign_in_at"] is not None


def test_r50_one_invitation_is_sent_however_often_the_contact_is_written(staff: StaffApi):
    put_contact(staff)
    put_contact(staff)
    put_contact(staff, phone="555-0123")

    assert len(mails("invitation", ANA)) == 1


def test_who_is_signed_in_is_told_with_the_business_and_the_time_left(ana: Browser):
    body = ana.session().body

    assert body["tenant"]["name"] == "Acme Site Services"
    assert body["memberships"] == [body["membership"]]
    assert body["membership"] == {
        "id": body["membership"]["id"],
        "tenant_id": "ten_1",
        "customer_id": "c1",
        "kind": "company",
        "site_ids": [],
        "tenant_name": "Acme Site Services",
        "customer_name": "Miller Construction",
    }
    assert (body["idle_seconds"], body["ends_at"]) == (1800, "2025-06-03T00:00:00Z")


@pytest.mark.parametrize(
    ("email", "password"),
    [(ANA, "wrong"), ("nobody@acme.example", PASSWORD), ("", ""), ("a#b", PASSWORD), (ANA, "x" * 1000)],
)
def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(aws: Cloud, ana: Browser, email: str, password: str):
    with calls_made(aws) as calls:
        answer = Browser().sign_in(email, password)

    assert ana.cookie is not None
    assert calls == ["GetItem", "GetItem", "Query", "GetItem", "UpdateItem", "GetItem", "UpdateItem"]
    assert (answer.status, answer.body["code"]) == (401, "not_signed_in")
    assert answer.body["detail"] == "That email and password don't match."
    assert "Set-Cookie" not in answer.headers


def test_guessing_is_slowed_by_name_and_nobody_is_locked_out(aws: Cloud, ana: Browser):
    answers = [Browser(address=f"198.51.100.{number}").sign_in(ANA, "wrong") for number in range(6)]

    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert answers[-1].body["retry_after"] == 1
    assert ana.session().status == 200
    later(aws, seconds=31)
    assert Browser().sign_in(ANA).status == 201


@pytest.mark.usefixtures("staff")
def test_guessing_is_slowed_by_address_for_names_that_nobody_has():
    answers = [Browser().sign_in(f"nobody{number}@acme.example", "wrong") for number in range(21)]

    assert [answer.status for answer in answers] == [401] * 20 + [429]


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short pass", "at least 12 characters"),
        ("x9!kQz-w0-lm " * 16, "at most 200"),
        ("password1234", "too common"),
        ("qwertyuiop12", "too common"),
        ("aaaaaaaaaaaaaaaa", "too common"),
        ("Ana@Acme.Example", "your own name or email"),
        ("anaacmeanaacme", "too common"),
    ],
)
def test_a_password_that_is_guessed_early_is_refused_with_the_reason_and_the_link_stays_good(staff: StaffApi, password: str, words: str):
    put_contact(staff)
    token = latest_token("invitation", ANA)

    answer = Browser().set_password(token, password)

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "password")
    assert words in answer.body["errors"][0]["message"]
    assert Browser().set_password(token).status == 201


@pytest.mark.parametrize("typed", ["pärlende Ölpfütze", "p\u0061\u0308rlende O\u0308lpfu\u0308tze"])
def test_a_password_of_any_characters_is_the_same_from_every_keyboard(staff: StaffApi, typed: str):
    put_contact(staff)
    Browser().set_password(latest_token("invitation", ANA), "pärlende Ölpfütze")

    assert Browser().sign_in(ANA, typed).status == 201


# ---------------------------------------------------------------- links


def test_a_link_works_once(staff: StaffApi):
    put_contact(staff)
    token = latest_token("invitation", ANA)

    first, second = Browser().set_password(token), Browser().set_password(token, OTHER_PASSWORD)

    assert first.status == 201
    assert (second.status, second.body["code"]) == (410, "link_expired")
    assert Browser().sign_in(ANA).status == 201


@pytest.mark.parametrize(("kind", "minutes"), [("invitation", 7 * 24 * 60), ("password_reset", 30)])
def test_a_link_ends_by_time_and_a_new_one_can_be_asked_for_with_it(aws: Cloud, staff: StaffApi, kind: str, minutes: int):
    put_contact(staff)
    browser = Browser()
    browser.forgot(ANA)
    token = latest_token(kind, ANA)

    later(aws, minutes=minutes)
    expired = browser.set_password(token)
    renewed = browser.call("POST", "/api/password/resend", {"token": token})
    unknown = browser.call("POST", "/api/password/resend", {"token": "lnk_unknown"})
    deliver()

    assert (expired.status, expired.body["code"]) == (410, "link_expired")
    assert (renewed.status, renewed.body) == (unknown.status, unknown.body) == (202, {})
    assert len(mails(kind, ANA)) == 2
    assert browser.set_password(latest_token(kind, ANA)).status == 201


def test_r52_forgot_password_works_for_a_contact_who_never_used_the_invitation(staff: StaffApi):
    put_contact(staff)
    browser = Browser()

    answer = browser.forgot(" ANA@acme.example")

    assert (answer.status, answer.body) == (202, {})
    assert browser.set_password(latest_token("password_reset", ANA)).status == 201


def test_r52_an_unknown_address_gets_the_same_answer_and_the_same_work_and_no_mail(aws: Cloud, staff: StaffApi):
    put_contact(staff)
    put_contact(staff, "no_access", email="bo@acme.example", portal_access=False)

    answers, work = [], []
    for email in (ANA, "nobody@acme.example", "bo@acme.example", "not an address"):
        with calls_made(aws) as calls:
            answers.append(Browser().call("POST", "/api/password/forgot", {"email": email}))
        work.append(calls)
    deliver()

    assert {(answer.status, answer.text) for answer in answers} == {(202, "{}")}
    assert work == [["GetItem", "GetItem", "UpdateItem", "SendMessage"]] * 4
    assert len(mails("password_reset", ANA)) == 1
    assert mails("password_reset", "nobody@acme.example") == mails("password_reset", "bo@acme.example") == []


def test_the_order_for_a_link_names_no_address(staff: StaffApi):
    from duebook import wiring
    from duebook.runtime.settings import setting

    put_contact(staff)
    Browser().call("POST", "/api/password/forgot", {"email": ANA})

    (message,) = wiring.client("sqs").receive_message(QueueUrl=setting("LINK_QUEUE_URL"))["Messages"]
    assert "acme" not in message["Body"]


def test_who_asks_for_many_links_is_not_told_and_fills_no_mailbox(staff: StaffApi):
    put_contact(staff)

    answers = [Browser(address=f"198.51.100.{number}").forgot(ANA) for number in range(14)]

    assert {answer.status for answer in answers} == {202}
    assert len(mails("password_reset", ANA)) < 11


def test_one_caller_who_asks_for_many_addresses_is_not_told(staff: StaffApi):
    for number in range(12):
        put_contact(staff, f"contact{number}", email=f"contact{number}@acme.example")
    answers = [Browser().call("POST", "/api/password/forgot", {"email": f"nobody{number}@acme.example"}) for number in range(60)]

    answers.append(Browser().forgot("contact1@acme.example"))

    assert {answer.status for answer in answers} == {202}
    assert mails("password_reset", "contact1@acme.example") == []


def test_a_new_password_ends_other_links_and_older_sessions(ana: Browser):
    ana.forgot(ANA)
    other_link = latest_token("password_reset", ANA)
    ana.forgot(ANA)
    phone = Browser()

    assert phone.set_password(latest_token("password_reset", ANA), OTHER_PASSWORD).status == 201

    assert not is_let_in(ana)
    assert is_let_in(phone)
    assert Browser().set_password(other_link).status == 410
    assert Browser().sign_in(ANA).status == 401
    assert Browser().sign_in(ANA, OTHER_PASSWORD).status == 201


def test_r52_staff_send_the_invitation_again(staff: StaffApi):
    put_contact(staff)
    answer = staff.post("/customers/c1/contacts/ana/invitation", None)
    deliver()

    assert (answer.status, answer.body["id"]) == (202, "ana")
    assert len(mails("invitation", ANA)) == 2
    assert Browser().set_password(token_in(mails("invitation", ANA)[0]) or "").status == 201


def test_nobody_is_invited_who_has_no_access(staff: StaffApi):
    put_contact(staff, portal_access=False)

    answer = staff.post("/customers/c1/contacts/ana/invitation", None)

    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert staff.post("/customers/c1/contacts/nobody/invitation", None).status == 404
    assert staff.as_("collector").post("/customers/c1/contacts/ana/invitation", None).status == 403


def test_the_token_leaves_email_activity_with_the_mail(aws: Cloud, staff: StaffApi):
    from duebook import wiring
    from duebook.domain.email_activity import MailKey

    put_contact(staff)
    token = latest_token("invitation", ANA)
    (mail,) = wiring.email_store().of_customer("ten_1", "c1", limit=10)

    text = wiring.email_store().text(MailKey("ten_1", mail.key.mail_id))

    assert text is not None
    assert token not in text.text + text.html
    assert "#token=…" in text.text
    assert "#token=…" in text.html
    assert mail.about is not None
    assert (mail.kind, mail.about.kind, mail.about.id) == ("invitation", "contact", "ana")
    stored = str([aws.client("dynamodb").scan(TableName=table)["Items"] for table in ("TransientTable", "DirectoryTable")])
    assert token not in stored
