"""Links to pay in bills: made as the mail leaves, traded for a session, revoked, and what else ends them (R74)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from duebook import wiring, wiring_automation, wiring_mail, wiring_staff
from duebook.domain.activity_log import Action
from duebook.domain.email_activity import MailKey, MailKind, MailText, NotNow, mail_caused
from duebook.errors import TransientError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed
from duebook.usecases.queue_mail import queue_mail
from duebook.usecases.send_mail import send_mail
from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.mail_desk import FakeMailer
from tests.integration.reception import TOKEN, Browser, calls_made, deliver, is_let_in, latest_token, mails, token_in
from tests.integration.test_portal_sign_in import ANA, put_contact, set_plan

AP = "ap@acme.example"
PAY = "http://localhost:8080/pay#token=…"
BILL = MailText("Your bill", f'<p><a href="{PAY}">Pay now</a></p>', f"Pay now: {PAY}\n")
KIND = MailKind.ACCOUNT_SUMMARY
ENDED = "This link has ended. Type the Pay Online ID from your statement, or sign in."


@pytest.fixture(autouse=True)
def acme(staff: StaffApi) -> StaffApi:
    staff.customer("c1", email=AP)
    return staff


def mailed(*, cause: str = "run_1.c1", to: str = AP, kind: MailKind = KIND) -> MailKey:
    """Queue a bill and let it be sent."""
    now = utc_now()
    mail = mail_caused("ten_1", cause, at=now, to=to, subject=BILL.subject, kind=kind, customer_id="c1", about=None)
    queue_mail(mail, BILL, mails=wiring.email_store(), queue=wiring_mail.mail_queue(), now=now)
    deliver()
    return mail.key


def a_link(*, cause: str = "run_1.c1", to: str = AP) -> str:
    """Return the token of a bill that went out now."""
    mailed(cause=cause, to=to)
    return latest_token(KIND.value, to)


def opened(token: str, browser: Browser | None = None) -> Browser:
    """Open a link as the page does."""
    browser = browser or Browser()
    answer = browser.call("POST", "/api/session/pay-link", {"token": token})
    assert answer.status == 201, answer.text
    return browser


def refused(token: str) -> tuple[int, str, str]:
    answer = Browser().call("POST", "/api/session/pay-link", {"token": token})
    return answer.status, answer.body["code"], answer.body["detail"]


def revoke(staff: StaffApi) -> int:
    return staff.call("DELETE", "/customers/c1/pay-links").status


# ---------------------------------------------------------------- the mail


def test_r74_the_mail_that_leaves_has_a_link_and_what_is_kept_has_none(aws: Cloud):
    key = mailed()

    (message,) = mails(KIND.value, AP)
    token = token_in(message)
    html = message.get_body(("html",))
    assert token
    assert token.startswith("pay_")
    assert html is not None
    assert TOKEN.findall(str(html.get_content())) == [token]
    assert wiring.email_store().text(key) == BILL
    kept = [aws.client("dynamodb").scan(TableName=name)["Items"] for name in ("TransientTable", "EmailActivityTable", "DirectoryTable")]
    assert token not in str(kept)
    assert hashed(token) in str(kept)


def test_r74_a_mail_sent_again_gets_a_link_of_its_own(staff: StaffApi):
    key = mailed()

    assert staff.post(f"/email-activity/{key.mail_id}/send-again", {}).status == 202
    deliver()

    tokens = [token_in(message) for message in mails(KIND.value, AP)]
    assert len({*tokens} - {None}) == 2
    assert [opened(str(token)).session().status for token in tokens] == [200, 200]


@pytest.mark.parametrize("kind", [MailKind.STATEMENT, MailKind.RECEIPT, MailKind.TEST])
def test_a_mail_that_is_no_bill_keeps_its_dots(kind: MailKind):
    mailed(kind=kind)

    assert token_in(mails(kind.value, AP)[0]) is None


def test_a_copy_to_somebody_else_opens_nothing(staff: StaffApi):
    key = mailed()

    staff.post(f"/email-activity/{key.mail_id}/send-again", {"to": "friend@elsewhere.example"})
    deliver()

    (copy,) = mails(KIND.value, "friend@elsewhere.example")
    assert token_in(copy) is None
    body = copy.get_body(("plain",))
    assert body is not None
    assert "/pay#token=…" in str(body.get_content())
    assert refused("…") == (410, "link_expired", ENDED)


def test_a_mail_that_was_not_taken_at_first_leaves_with_a_link_that_works():
    now, desk = utc_now(), wiring_mail.sending_desk()
    mail = mail_caused("ten_1", "run_2.c1", at=now, to=AP, subject=BILL.subject, kind=KIND, customer_id="c1", about=None)
    wiring.email_store().add(mail, BILL, now)
    busy, free = FakeMailer(NotNow("busy")), FakeMailer()
    with pytest.raises(TransientError, match="busy"):
        send_mail(mail.key, desk=replace(desk, mailer=busy), now=now)

    send_mail(mail.key, desk=replace(desk, mailer=free), now=now)

    found = TOKEN.search(free.sent[0].content.text)
    assert found
    assert found[1] not in busy.sent[0].content.text
    opened(found[1])


# ---------------------------------------------------------------- the session


def test_r74_the_link_lets_in_for_paying_as_often_as_it_is_opened():
    token = a_link()

    first, second = opened(token), opened(token)

    body = first.session().body
    assert body["contact"] == {"id": "payer", "name": "Miller Construction", "email": AP, "phone": None}
    assert body["membership"] == {
        "id": body["membership"]["id"],
        "tenant_id": "ten_1",
        "customer_id": "c1",
        "kind": "payer",
        "site_ids": [],
        "tenant_name": "Acme Site Services",
        "customer_name": "Miller Construction",
    }
    assert body["memberships"] == [body["membership"]]
    assert body["permissions"] == ["view_invoices", "pay_invoices"]
    assert (body["idle_seconds"], body["ends_at"]) == (1800, "2025-06-02T16:00:00Z")
    assert first.authorized()["context"] == {
        "tenant_id": "ten_1",
        "customer_id": "c1",
        "contact_id": "payer",
        "kind": "payer",
        "site_ids": "",
        "address": AP,
    }
    assert first.portal("GET", "/account").status == 200
    assert is_let_in(second)


def test_the_session_is_prolonged_by_its_use_and_ends_after_four_hours(aws: Cloud):
    payer = opened(a_link())

    for _ in range(11):
        later(aws, minutes=20)
        assert is_let_in(payer)
    later(aws, minutes=20)
    assert not is_let_in(payer)


def test_the_session_ends_after_half_an_hour_without_use(aws: Cloud):
    payer = opened(a_link())

    later(aws, minutes=30)

    assert payer.session().status == 401
    assert not is_let_in(payer)


def test_who_is_paying_when_the_link_expires_goes_on_paying(aws: Cloud):
    token = a_link()
    later(aws, days=29, hours=23, minutes=45)
    payer = opened(token)

    later(aws, minutes=20)

    assert refused(token) == (410, "link_expired", ENDED)
    assert is_let_in(payer)


def test_signing_out_ends_the_session_and_leaves_the_link():
    token = a_link()
    payer = opened(token)
    copied = Browser(cookie=payer.cookie)

    assert payer.call("DELETE", "/api/session").status == 204
    assert payer.cookie is None
    assert not is_let_in(copied)
    assert is_let_in(opened(token))


def test_a_link_takes_the_place_of_who_was_signed_in_and_a_sign_in_takes_the_place_of_a_link(staff: StaffApi):
    put_contact(staff)
    browser = Browser()
    browser.set_password(latest_token("invitation", ANA))
    token = a_link()

    opened(token, browser)
    assert browser.session().body["membership"]["kind"] == "payer"
    browser.sign_in(ANA)
    assert browser.session().body["membership"]["kind"] == "company"


def test_no_token_of_one_kind_opens_the_door_of_another(staff: StaffApi):
    put_contact(staff)
    contact = Browser()
    contact.set_password(latest_token("invitation", ANA))
    link = a_link()
    payer = opened(link)
    tokens = [(one.cookie or "").partition("=")[2] for one in (contact, payer)]

    swapped = [f"payer_{tokens[0].removeprefix('con_')}", f"payer_{tokens[0]}", f"con_{tokens[1].removeprefix('payer_')}", link]
    for token in swapped:
        assert not is_let_in(Browser(cookie=f"session={token}"))
        assert Browser(cookie=f"session={token}").session().status == 401
    for token in (*tokens, latest_token("invitation", ANA)):
        assert refused(token)[0] == 410
    assert Browser().set_password(link).status == 410
    assert Browser().call("POST", "/api/password/resend", {"token": link}).status == 202


CALLS = [
    ("POST", "/api/session/membership", {"membership_id": "mem_1"}),
    ("DELETE", "/api/session/everywhere", None),
    ("POST", "/api/portal/profile/password", {"current_password": "x", "password": "lantern gravel harvest"}),
]


@pytest.mark.parametrize(("method", "url", "body"), CALLS)
def test_what_only_a_contacts_session_does_is_refused_until_it_has_ended(aws: Cloud, method: str, url: str, body: object):
    payer = opened(a_link())

    answer = payer.call(method, url, body)
    later(aws, minutes=31)
    ended = payer.call(method, url, body)

    assert (answer.status, answer.body["code"]) == (403, "access_denied")
    assert (ended.status, ended.body["code"]) == (401, "not_signed_in")


def test_a_link_is_traded_on_our_own_pages_alone():
    token = a_link()

    for headers in ({}, {"Origin": "https://evil.example"}):
        answer = Browser(headers=headers).call("POST", "/api/session/pay-link", {"token": token})
        assert (answer.status, answer.body["code"]) == (403, "access_denied")


def test_guessing_links_is_slowed_down_and_a_link_that_has_ended_is_no_guess(staff: StaffApi):
    token = a_link()
    revoke(staff)
    for _ in range(40):
        assert refused(token)[0] == 410

    for _ in range(20):
        assert refused("pay_guess")[0] == 410
    assert refused("pay_guess")[0] == 429
    assert Browser(address="203.0.113.99").call("POST", "/api/session/pay-link", {"token": "pay_guess"}).status == 410


# ---------------------------------------------------------------- what ends it

Ending = Callable[[Cloud, StaffApi], object]
ENDINGS: dict[str, Ending] = {
    "revoked": lambda _aws, staff: revoke(staff),
    "customer disabled": lambda _aws, staff: staff.customer("c1", email=AP, enabled=False),
    "basic plan": lambda aws, _staff: set_plan(aws, "basic"),
    "another address": lambda _aws, staff: staff.customer("c1", email="new@acme.example"),
}
CONTACT_ENDINGS: dict[str, Ending] = {
    "access off": lambda _aws, staff: put_contact(staff, portal_access=False),
    "contact deleted": lambda _aws, staff: staff.call("DELETE", "/customers/c1/contacts/ana"),
    "other address": lambda _aws, staff: put_contact(staff, email="new@acme.example"),
    "access off and on": lambda _aws, staff: (put_contact(staff, portal_access=False), put_contact(staff)),
    "revoked": lambda _aws, staff: revoke(staff),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_r74_a_session_ends_at_once_with_what_the_link_stands_on(aws: Cloud, staff: StaffApi, what: str):
    token = a_link()
    payer = opened(token)
    assert is_let_in(payer)

    ENDINGS[what](aws, staff)

    assert not is_let_in(payer)
    assert payer.session().status == 401
    assert refused(token) == (410, "link_expired", ENDED)


@pytest.mark.parametrize("what", CONTACT_ENDINGS)
def test_r53_a_link_mailed_to_a_contact_ends_with_the_contacts_access(aws: Cloud, staff: StaffApi, what: str):
    put_contact(staff)
    token = a_link(to=ANA)
    payer = opened(token)
    assert is_let_in(payer)

    CONTACT_ENDINGS[what](aws, staff)

    assert not is_let_in(payer)
    assert refused(token)[0] == 410


def test_a_session_that_ended_stays_ended_when_the_customer_is_enabled_again(staff: StaffApi):
    token = a_link()
    payer = opened(token)
    staff.customer("c1", email=AP, enabled=False)
    assert not is_let_in(payer)

    staff.customer("c1", email=AP, enabled=True)

    assert not is_let_in(payer)
    assert is_let_in(opened(token))


def test_r74_a_link_that_has_ended_opens_nothing_and_says_what_to_do(aws: Cloud):
    token = a_link()

    later(aws, days=30)

    assert refused(token) == refused("pay_unknown") == (410, "link_expired", ENDED)


def test_r74_revoking_ends_the_links_of_before_and_later_mails_have_good_ones(staff: StaffApi):
    before = [a_link(cause="run_1.c1"), a_link(cause="run_2.c1")]

    assert [revoke(staff), revoke(staff)] == [204, 204]
    after = a_link(cause="run_3.c1")

    assert [refused(token)[0] for token in before] == [410, 410]
    assert is_let_in(opened(after))
    assert revoke(staff) == 204
    assert refused(after)[0] == 410


def test_revoking_keeps_the_customers_switch_and_is_written_down(aws: Cloud, staff: StaffApi):
    store = wiring_automation.automation_store()
    was = store.customer("ten_1", "c1")
    store.save_customer("ten_1", replace(was, enabled=True), was=was)
    later(aws, seconds=5)

    assert revoke(staff) == 204

    after = store.customer("ten_1", "c1")
    assert (after.enabled, after.links_from) == (True, utc_now())
    lines = wiring_staff.activity_store().of_customer("ten_1", "c1", limit=50)
    assert [line.actor.actor_id for line in lines if line.action is Action.PAY_LINKS_REVOKED] == ["key_test"]


def test_links_of_another_customer_or_business_are_left_alone(staff: StaffApi, stranger: StaffApi):
    token = a_link()
    staff.customer("c2")
    stranger.customer("c1")

    assert staff.call("DELETE", "/customers/c2/pay-links").status == 204
    assert revoke(stranger) == 204
    assert staff.call("DELETE", "/customers/c99/pay-links").status == 404

    assert is_let_in(opened(token))


def test_opening_a_link_and_each_call_read_no_more_than_they_need(aws: Cloud):
    token = a_link()
    with calls_made(aws) as opening:
        payer = opened(token)
    with calls_made(aws) as calling:
        assert is_let_in(payer)

    assert opening == ["GetItem", "GetItem", "BatchGetItem", "PutItem"]
    assert calling == ["GetItem", "BatchGetItem"]
