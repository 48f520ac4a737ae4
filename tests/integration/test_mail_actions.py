"""What staff do about mails: read one, send it again, correct an address, release one (R62-R64)."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from duebook import wiring, wiring_mail, wiring_staff
from duebook.domain.activity_log import Action
from duebook.domain.email_activity import (
    About,
    Attachment,
    Mail,
    MailKey,
    MailKind,
    MailStatus,
    MailText,
    mail_caused,
)
from duebook.runtime.clock import utc_now
from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.mail_desk import call, event_of, sent

TEXT = MailText("Receipt for $100.00", "<p><!-- logo -->Thank you</p>", "Thank you")
WRONG, RIGHT = "ann@miller.exmaple", "ann@miller.example"


def queued(cause: str = "one", *, to: str = WRONG, kind: MailKind = MailKind.RECEIPT, text: MailText = TEXT) -> Mail:
    now = utc_now()
    about = About("payment", "pay_1")
    mail = mail_caused("ten_1", cause, at=now, to=to, subject=text.subject, kind=kind, customer_id="c1", about=about)
    return wiring.email_store().add(mail, text, now)


def hand_over(mail_id: str) -> None:
    """Let the sender take a message, as the queue would bring it."""
    message = f'{{"tenant_id": "ten_1", "mail_id": "{mail_id}", "month": "2025-06"}}'
    record = {"messageId": "m1", "body": message, "eventSource": "aws:sqs", "attributes": {}, "messageAttributes": {}, "receiptHandle": "r"}
    assert call("send_mail", {"Records": [record]}) == {"batchItemFailures": []}


def bounced(**facts: str) -> Mail:
    """Return a mail that bounced for good, so its address is suppressed."""
    mail = queued(**facts)  # type: ignore[arg-type]
    hand_over(mail.key.mail_id)
    call("record_email_event", event_of("record_email_event", "hard_bounce", mail))
    assert wiring.email_store().mail(mail.key).status is MailStatus.BOUNCED
    return mail


def item(staff: StaffApi, mail_id: str) -> dict:
    return staff.get(f"/email-activity/{mail_id}").body


def test_r62_a_mail_is_shown_word_for_word_with_what_became_of_it(staff: StaffApi) -> None:
    files = (Attachment("Statement.pdf", "application/pdf", "attachments/ten_1/s.pdf"),)
    mail = queued(text=MailText(TEXT.subject, TEXT.html, TEXT.text, files))
    call("record_email_event", event_of("record_email_event", "hard_bounce", mail))

    found = item(staff, mail.key.mail_id)

    assert (found["text"], found["html"]) == ("Thank you", "<p>Thank you</p>")
    assert found["attachments"] == [{"name": "Statement.pdf", "content_type": "application/pdf"}]
    assert found["about"] == {"kind": "payment", "id": "pay_1"}
    assert found["kept_until"] == "2025-07-17T12:00:00Z"
    assert found["events"][-1] == {
        "type": "hard_bounce",
        "at": "2025-06-02T12:00:04Z",
        "detail": "smtp; 550 5.1.1 user unknown",
        "words": "There is no such mailbox. Ask for the right address.",
    }
    assert staff.get("/email-activity/nobody").status == 404


def test_r64_a_bounced_address_is_held_back_until_it_is_released_and_then_delivered_to(aws: Cloud, staff: StaffApi) -> None:
    first = bounced()
    later(aws, minutes=1)
    held = staff.post(f"/email-activity/{first.key.mail_id}/send-again", {})
    hand_over(held.body["id"])
    listed = staff.get("/suppressions").body["items"]

    released = staff.call("DELETE", f"/suppressions/{quote(WRONG, safe='')}?reason=They+mended+it")
    later(aws, minutes=1)
    again = staff.post(f"/email-activity/{held.body['id']}/send-again", {})
    hand_over(again.body["id"])
    call("record_email_event", event_of("record_email_event", "delivery", wiring.email_store().mail(MailKey("ten_1", again.body["id"]))))

    assert (held.status, released.status, again.status) == (202, 204, 202)
    assert [(one["address"], one["reason"]) for one in listed] == [(WRONG, "bounce")]
    assert [item(staff, one["id"])["status"] for one in (held.body, again.body)] == ["suppressed", "delivered"]
    assert item(staff, again.body["id"])["again_of"] == held.body["id"]
    assert staff.get("/suppressions").body == {"items": [], "next_cursor": None}
    assert staff.call("DELETE", f"/suppressions/{WRONG}?reason=x").status == 404


def test_r85_a_release_is_written_down_with_its_reason(staff: StaffApi) -> None:
    bounced()

    staff.call("DELETE", f"/suppressions/{WRONG}?reason=They+mended+it")

    (line,) = wiring_staff.activity_store().of_tenant("ten_1", limit=10)
    assert (line.action, line.reason, line.detail) == (Action.ADDRESS_RELEASED, "They mended it", WRONG)


def test_r64_a_release_without_a_reason_is_one_as_well(staff: StaffApi) -> None:
    bounced()

    assert staff.call("DELETE", f"/suppressions/{WRONG}").status == 204

    (line,) = wiring_staff.activity_store().of_tenant("ten_1", limit=10)
    assert (line.action, line.reason) == (Action.ADDRESS_RELEASED, None)


def test_r64_a_bounce_that_is_told_again_after_the_release_suppresses_nobody(aws: Cloud, staff: StaffApi) -> None:
    mail = bounced()
    later(aws, minutes=1)
    staff.call("DELETE", f"/suppressions/{WRONG}")
    told = event_of("record_email_event", "hard_bounce", mail)
    sns = told["Records"][0]["Sns"]
    message = json.loads(sns["Message"])
    message["bounce"]["timestamp"] = "2026-01-01T00:00:00.000Z"
    sns["Message"] = json.dumps(message)

    call("record_email_event", told)

    assert staff.get("/suppressions").body["items"] == []


def test_r63_a_delivery_that_is_told_twice_with_two_times_is_one(staff: StaffApi) -> None:
    mail = queued()
    for second in ("07", "09"):
        told = event_of("record_email_event", "delivery", mail)
        sns = told["Records"][0]["Sns"]
        message = json.loads(sns["Message"])
        message["delivery"]["timestamp"] = f"2025-06-02T12:00:{second}.000Z"
        sns["Message"] = json.dumps(message)
        call("record_email_event", told)

    assert [one["type"] for one in item(staff, mail.key.mail_id)["events"]] == ["queued", "delivered"]


def test_r62_a_mail_is_sent_again_by_a_call_without_a_body(staff: StaffApi) -> None:
    mail = queued()
    hand_over(mail.key.mail_id)

    again = staff.post(f"/email-activity/{mail.key.mail_id}/send-again", None)

    assert (again.status, again.body["again_of"]) == (202, mail.key.mail_id)


@pytest.mark.parametrize(
    "day", ["2025-06-01T00:00:00Z", "86400", "2026-02-30", "0000-01-01", "2025-6-1", "20250601", " 2025-06-01", "2025-W01-1", "today"]
)
def test_r63_a_day_is_read_in_one_form_and_in_no_other(staff: StaffApi, day: str) -> None:
    asked = ("/email-activity?from", "/ageing?as_of", "/payments?to", "/customers/c1/statement?as_of")
    answers = [staff.get(f"{one}={quote(day)}") for one in asked]

    assert {answer.status for answer in answers} == {422}


@pytest.mark.parametrize("day", ["2025-06-01T00:00:00Z", 1748736000, 86400.0, True, ["2025-06-01"], "2025-06-31"])
def test_a_day_in_a_body_is_a_text_of_year_month_and_day(staff: StaffApi, day: object) -> None:
    body = {"customer_id": "c1", "number": "N1", "invoice_date": day, "currency": "USD", "lines": []}

    assert staff.call("PUT", "/invoices/i_day", body).status == 422


def test_a_mail_is_sent_again_word_for_word_once_a_minute(aws: Cloud, staff: StaffApi) -> None:
    path = wiring_mail.attachment_store().put("ten_1", "r1-c1", b"%PDF-1.7", shown_as="Statement.pdf")
    mail = queued(to=RIGHT, kind=MailKind.STATEMENT, text=MailText("Statement", "<p>Hello</p>", "Hello", (path,)))
    hand_over(mail.key.mail_id)
    later(aws, minutes=5)

    first = staff.post(f"/email-activity/{mail.key.mail_id}/send-again", {})
    second = staff.post(f"/email-activity/{mail.key.mail_id}/send-again", {})
    hand_over(first.body["id"])

    assert first.body["id"] == second.body["id"] != mail.key.mail_id
    one, two = sent("statement")
    assert (one["Subject"], one["To"]) == (two["Subject"], two["To"]) == ("Statement", RIGHT)
    assert [part.get_filename() for part in two.iter_attachments()] == ["Statement.pdf"]
    assert [line.action for line in wiring_staff.activity_store().of_customer("ten_1", "c1", limit=10)] == [Action.MAIL_SENT_AGAIN]


def test_a_correction_writes_the_address_to_customer_and_contacts_and_sends_the_mail_there(aws: Cloud, staff: StaffApi) -> None:
    staff.customer(email=WRONG)
    staff.put("/customers/c1/contacts/p1", {"name": "Ann", "email": WRONG.upper(), "kind": "company", "portal_access": True})
    staff.put("/customers/c1/contacts/p2", {"name": "Bob", "email": "bob@miller.example", "kind": "company"})
    mail = bounced()
    later(aws, minutes=1)

    found = staff.post(f"/email-activity/{mail.key.mail_id}/send-again", {"to": RIGHT, "fix": True})
    hand_over(found.body["id"])

    assert (found.status, found.body["to"]) == (202, RIGHT)
    assert staff.get("/customers/c1").body["email"] == RIGHT
    assert [one["email"] for one in staff.get("/customers/c1/contacts").body["items"]] == [RIGHT, "bob@miller.example"]
    assert item(staff, found.body["id"])["status"] == "sent"
    actions = [line.action for line in wiring_staff.activity_store().of_customer("ten_1", "c1", limit=10)]
    assert {Action.ADDRESS_FIXED, Action.MAIL_SENT_AGAIN} <= set(actions)
    later(aws, minutes=1)
    assert staff.post(f"/email-activity/{mail.key.mail_id}/send-again", {"to": RIGHT, "fix": True}).status == 202


def test_nothing_is_sent_when_nobody_has_the_address_that_is_to_be_corrected(staff: StaffApi) -> None:
    mail = bounced()

    found = staff.post(f"/email-activity/{mail.key.mail_id}/send-again", {"to": RIGHT, "fix": True})

    assert (found.status, found.body["errors"][0]["field"]) == (422, "fix")
    assert staff.post(f"/email-activity/{mail.key.mail_id}/send-again", {"fix": True}).status == 422
    assert len(wiring.email_store().of_customer("ten_1", "c1", limit=10)) == 1


@pytest.mark.parametrize("kind", [MailKind.INVITATION, MailKind.PASSWORD_RESET])
def test_a_mail_with_a_link_is_not_sent_again_as_its_link_opens_nothing(staff: StaffApi, kind: MailKind) -> None:
    mail = bounced(kind=kind)

    found = staff.post(f"/email-activity/{mail.key.mail_id}/send-again", {})

    assert (found.status, found.body["code"]) == (409, "not_repeatable")
    assert "link that works once" in found.body["detail"]


def test_a_mail_that_waits_or_whose_text_is_gone_is_not_sent_again(aws: Cloud, staff: StaffApi) -> None:
    waiting, old = queued("waiting", to=RIGHT), queued("old", to=RIGHT)
    hand_over(old.key.mail_id)
    aws.client("dynamodb").delete_item(
        TableName="EmailActivityTable", Key={"pk": {"S": f"ten_1#body#{old.key.mail_id}"}, "sk": {"S": "BODY"}}
    )

    found = [staff.post(f"/email-activity/{one.key.mail_id}/send-again", {}) for one in (waiting, old)]

    assert [(one.status, one.body["code"]) for one in found] == [(409, "not_repeatable")] * 2
    assert ["still waits" in found[0].body["detail"], "no longer kept" in found[1].body["detail"]] == [True, True]
    assert item(staff, old.key.mail_id)["text"] is None


def test_r64_suppressions_are_listed_by_address_page_after_page_and_are_one_tenants(staff: StaffApi, stranger: StaffApi) -> None:
    for name in ("cy", "ann", "o#neil", "bea"):
        bounced(cause=name, to=f"{name}@miller.example")

    first = staff.get("/suppressions?limit=3").body
    rest = staff.get(f"/suppressions?limit=3&cursor={quote(first['next_cursor'])}").body

    assert [one["address"].partition("@")[0] for one in first["items"] + rest["items"]] == ["ann", "bea", "cy", "o#neil"]
    assert rest["next_cursor"] is None
    assert stranger.get("/suppressions").body["items"] == []
