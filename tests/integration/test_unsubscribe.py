"""Unsubscribing with one click from mails that come by themselves (RFC 8058), and what still comes."""

from __future__ import annotations

import re

import pytest

from duebook import wiring
from duebook.domain.email_activity import MAY_BE_LEFT, Mail, MailKind, MailStatus, MailText
from duebook.mail.rendering import frames
from duebook.runtime.ids import hashed
from tests.integration import api
from tests.integration.api import Answer, StaffApi, rest_event
from tests.integration.cloud import Cloud
from tests.integration.conftest import NOW
from tests.integration.mail_desk import TENANT, call, event_of, new_mail, open_tenant, queued_mail, sent

TOKEN = "Zq3vN8kLw2RtYb6HcXe1Ag"


@pytest.fixture(autouse=True)
def office(aws: Cloud) -> Cloud:
    open_tenant()
    return aws


def send(mail: Mail) -> Mail:
    message = f'{{"tenant_id": "{TENANT}", "mail_id": "{mail.key.mail_id}", "month": "2025-06"}}'
    record = {"messageId": "m1", "body": message, "eventSource": "aws:sqs", "attributes": {}, "messageAttributes": {}, "receiptHandle": "r"}
    assert call("send_mail", {"Records": [record]}) == {"batchItemFailures": []}
    return wiring.email_store().mail(mail.key)


def follow(method: str, path: str) -> Answer:
    from functions.unsubscribe.handler import lambda_handler

    headers = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    return api.call(lambda_handler, rest_event(method, path, body="List-Unsubscribe=One-Click" if headers else None, headers=headers))


def link_in(kind: MailKind) -> str:
    """Return the path of the link in the headers of the latest mail of a kind."""
    message = sent(kind.value)[-1]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<http://localhost:8080(/api/unsubscribe/[A-Za-z0-9_-]{22})>", message["List-Unsubscribe"])
    assert found, message["List-Unsubscribe"]
    return found[1]


@pytest.mark.parametrize("kind", sorted(set(MailKind)))
def test_mails_that_come_by_themselves_and_no_others_carry_a_link_to_leave(kind: MailKind):
    send(queued_mail(kind=kind))

    (message,) = sent(kind.value)
    assert ("List-Unsubscribe" in message, "List-Unsubscribe-Post" in message) == ((kind in MAY_BE_LEFT),) * 2


def test_the_link_at_the_foot_of_a_mail_is_the_one_of_its_header_and_is_not_kept_with_its_text():
    html = frames().get_template("base.html").render(subject="Statement", preheader="", tenant_name="Blue Ridge", accent="#28506b")
    mail = wiring.email_store().add(new_mail(kind=MailKind.STATEMENT), MailText("Statement", html, "Statement\n"), NOW)

    send(mail)

    link = f"http://localhost:8080{link_in(MailKind.STATEMENT)}"
    bodies = [sent("statement")[-1].get_body((one,)) for one in ("plain", "html")]
    assert all(body is not None and link in str(body.get_content()) for body in bodies)
    kept = wiring.email_store().text(mail.key)
    assert kept is not None
    assert "/api/unsubscribe/" not in kept.html + kept.text


def test_looking_at_the_link_changes_nothing():
    send(queued_mail(kind=MailKind.STATEMENT))

    page = follow("GET", link_in(MailKind.STATEMENT))

    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Blue Ridge Sanitation" in page.text
    assert 'form method="post"' in page.text
    assert "ana@acme.example" not in page.text
    assert wiring.email_store().address(TENANT, "ana@acme.example").unsubscribed_at is None


def test_after_one_click_such_mails_are_recorded_as_suppressed_and_receipts_still_go_out():
    send(queued_mail(kind=MailKind.STATEMENT))

    answers = [follow("POST", link_in(MailKind.STATEMENT)) for _ in range(2)]
    statement, notice = (send(queued_mail(f"later {kind}", kind=kind)) for kind in (MailKind.STATEMENT, MailKind.PAST_DUE_1))
    receipt = send(queued_mail("later receipt"))

    assert [answer.status for answer in answers] == [200, 200]
    assert [mail.status for mail in (statement, notice, receipt)] == [MailStatus.SUPPRESSED, MailStatus.SUPPRESSED, MailStatus.SENT]
    assert statement.events[-1].words == "this address has unsubscribed from mails that come by themselves"


def test_staff_release_an_address_that_unsubscribed_by_mistake():
    send(queued_mail(kind=MailKind.STATEMENT))
    follow("POST", link_in(MailKind.STATEMENT))
    staff = StaffApi(TENANT)

    listed = staff.get("/suppressions").body["items"]
    released = staff.call("DELETE", "/suppressions/ana@acme.example?reason=They+asked+for+it")

    assert [(one["address"], one["reason"]) for one in listed] == [("ana@acme.example", "unsubscribed")]
    assert released.status == 204
    assert send(queued_mail("later", kind=MailKind.STATEMENT)).status is MailStatus.SENT


def test_an_unsubscribed_address_that_bounces_is_suppressed_for_the_bounce():
    mail = send(queued_mail(kind=MailKind.STATEMENT))
    follow("POST", link_in(MailKind.STATEMENT))

    call("record_email_event", event_of("record_email_event", "hard_bounce", mail))

    assert [one["reason"] for one in StaffApi(TENANT).get("/suppressions").body["items"]] == ["bounce"]
    assert send(queued_mail("later receipt")).status is MailStatus.SUPPRESSED


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_nobody_made_does_nothing(method: str):
    assert follow(method, f"/api/unsubscribe/{TOKEN}").status == 404
    assert follow(method, "/api/unsubscribe/short").status == 422


@pytest.mark.parametrize("case", ["look", "one_click"])
def test_every_event_of_the_link_is_answered(case: str):
    wiring.email_store().add_leave_link(hashed(TOKEN), TENANT, "ana@acme.example", NOW)

    answer = call("unsubscribe", event_of("unsubscribe", case))

    assert answer["statusCode"] == 200
