"""A mail's way: on record, queued, claimed, handed over; and what a crash at each step leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_string

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from duebook import wiring, wiring_mail
from duebook.domain.email_activity import (
    Accepted,
    Attachment,
    EventType,
    MailEvent,
    MailKey,
    MailKind,
    MailStatus,
    MailText,
    NotNow,
    Refused,
    claimed,
    handed_over,
    record,
)
from duebook.domain.suppression import released
from duebook.errors import AlreadyPostedError, InvariantError, NotFoundError, TransientError, UnprocessableError
from duebook.usecases.look_after_mails import GIVE_UP_AFTER_TRIES, Looked, look_after_mails
from duebook.usecases.queue_mail import queue_mail
from duebook.usecases.record_email_event import record_email_event
from duebook.usecases.send_mail import send_mail
from tests.integration.cloud import Cloud
from tests.integration.conftest import NOW
from tests.integration.mail_desk import (
    CUSTOMER,
    TENANT,
    TEXT,
    FakeMailer,
    FakeQueue,
    call,
    event_of,
    new_mail,
    open_tenant,
    queued_mail,
    received,
)


@pytest.fixture(autouse=True)
def office(aws: Cloud) -> Cloud:
    open_tenant()
    return aws


def send(key: MailKey, mailer: FakeMailer, *, minutes: float = 0) -> MailStatus | None:
    return send_mail(key, desk=replace(wiring_mail.sending_desk(), mailer=mailer), now=NOW + timedelta(minutes=minutes))


def tick(queue: FakeQueue, *, minutes: float) -> Looked:
    return look_after_mails(mails=wiring.email_store(), queue=queue, now=NOW + timedelta(minutes=minutes))


def status_of(key: MailKey) -> MailStatus:
    return wiring.email_store().mail(key).status


def test_the_same_mail_is_written_once_and_keeps_its_first_text():
    first = queued_mail()

    with pytest.raises(AlreadyPostedError, match="on record already"):
        wiring.email_store().add(new_mail(), TEXT, NOW)
    assert wiring.email_store().mail(first.key) == first
    assert wiring.email_store().text(first.key) == TEXT


def test_a_mail_that_could_not_be_queued_is_queued_by_a_repeat():
    mails, queue = wiring.email_store(), FakeQueue(down=True)
    with pytest.raises(TransientError, match="down"):
        queue_mail(new_mail(), TEXT, mails=mails, queue=queue, now=NOW)

    queue.down = False
    mail = queue_mail(new_mail(), TEXT, mails=mails, queue=queue, now=NOW)

    assert queue.asked == [mail.key]
    assert len(mails.of_customer(TENANT, CUSTOMER, limit=10)) == 1


def test_a_mail_that_could_not_be_queued_is_brought_up_by_the_tick():
    queue = FakeQueue(down=True)
    with pytest.raises(TransientError, match="down"):
        queue_mail(new_mail(), TEXT, mails=wiring.email_store(), queue=queue, now=NOW)
    queue.down = False

    assert tick(queue, minutes=1) == Looked()
    assert tick(queue, minutes=2) == Looked(queued=1)
    assert queue.asked == [new_mail().key]


def test_a_mail_that_is_sent_is_not_queued_again():
    mails, queue = wiring.email_store(), FakeQueue()
    mail = queue_mail(new_mail(), TEXT, mails=mails, queue=queue, now=NOW)
    send(mail.key, FakeMailer())

    queue_mail(new_mail(), TEXT, mails=mails, queue=queue, now=NOW)

    assert len(queue.asked) == 1
    assert tick(queue, minutes=60) == Looked()


def test_two_messages_for_one_mail_lead_to_one_hand_over():
    mail, mailer = queued_mail(), FakeMailer()

    assert [send(mail.key, mailer), send(mail.key, mailer)] == [MailStatus.SENT, None]
    assert len(mailer.sent) == 1
    assert mailer.sent[0].sender_name == "Blue Ridge Sanitation"
    assert mailer.sent[0].reply_to == "help@blue.example"


def test_a_message_for_no_mail_is_done():
    assert send(new_mail("never written").key, FakeMailer()) is None


def test_a_receipt_whose_sender_died_is_sent_again_after_a_while():
    mail, mailer = queued_mail(), FakeMailer(answer=SystemExit("the sender died"))
    with pytest.raises(SystemExit, match="died"):
        send(mail.key, mailer)
    mailer.answer = Accepted("ses-2")

    assert send(mail.key, mailer, minutes=4) is None
    assert send(mail.key, mailer, minutes=5) is MailStatus.SENT
    assert len(mailer.sent) == 2


def test_a_past_due_notice_whose_sender_died_is_never_sent_again_and_ends_as_failed():
    mail, mailer, queue = queued_mail(kind=MailKind.PAST_DUE_1), FakeMailer(answer=SystemExit("the sender died")), FakeQueue()
    with pytest.raises(SystemExit, match="died"):
        send(mail.key, mailer)

    for hours in range(60):
        tick(queue, minutes=60 * hours)
        send(mail.key, mailer, minutes=60 * hours)

    assert len(mailer.sent) == 1
    assert status_of(mail.key) is MailStatus.FAILED


def test_a_lost_answer_of_ses_leaves_the_mail_claimed_until_it_is_stale():
    mail, mailer = queued_mail(), FakeMailer(answer=TransientError("no answer"))
    with pytest.raises(TransientError, match="no answer"):
        send(mail.key, mailer)

    assert status_of(mail.key) is MailStatus.SENDING
    assert send(mail.key, mailer, minutes=1) is None


def test_a_mail_that_ses_does_not_take_now_is_tried_again_at_once():
    mail, mailer = queued_mail(), FakeMailer(answer=NotNow("SES answered Throttling"))
    with pytest.raises(TransientError, match="Throttling"):
        send(mail.key, mailer)
    assert status_of(mail.key) is MailStatus.QUEUED
    mailer.answer = Accepted("ses-1")

    assert send(mail.key, mailer) is MailStatus.SENT


def test_r62_a_mail_that_ses_refuses_is_failed_with_the_reason():
    mail = queued_mail()

    assert send(mail.key, FakeMailer(answer=Refused("MessageRejected: Email address is not verified."))) is MailStatus.FAILED
    assert wiring.email_store().mail(mail.key).events[-1].words == "MessageRejected: Email address is not verified."
    assert tick(FakeQueue(), minutes=60) == Looked()


def test_r64_a_suppressed_address_is_not_written_to_until_it_is_released():
    mails, mailer = wiring.email_store(), FakeMailer()
    record_email_event(queued_mail("one").key, MailEvent(EventType.HARD_BOUNCE, NOW, "feedback-1"), mails=mails)
    second = queued_mail("two", to="ANA@Acme.example")

    assert send(second.key, mailer) is MailStatus.SUPPRESSED
    assert mailer.sent == []
    mails.change_address(TENANT, "ana@acme.example", lambda known: released(known, NOW + timedelta(hours=1)))
    assert send(queued_mail("three").key, mailer) is MailStatus.SENT


def test_r64_a_suppression_holds_at_one_tenant_only():
    record_email_event(queued_mail().key, MailEvent(EventType.COMPLAINT, NOW, "feedback-1"), mails=wiring.email_store())

    assert wiring.email_store().address(TENANT, "ana@acme.example").suppressed_for == "complaint"
    assert wiring.email_store().address("ten_2", "ana@acme.example").suppressed_for is None


def test_a_mail_whose_text_is_no_longer_kept_is_failed():
    mail = queued_mail()
    wiring.client("dynamodb").delete_item(
        TableName="EmailActivityTable", Key={"pk": {"S": f"{TENANT}#body#{mail.key.mail_id}"}, "sk": {"S": "BODY"}}
    )

    assert send(mail.key, FakeMailer()) is MailStatus.FAILED


def test_the_tick_looks_each_time_later_and_gives_up_after_a_day():
    mail, queue = queued_mail(), FakeQueue()

    looks = [minutes for minutes in [*range(0, 70, 2), *range(70, 26 * 60, 10)] if tick(queue, minutes=minutes).queued]

    assert looks[:5] == [2, 6, 14, 30, 60]
    assert len(looks) == GIVE_UP_AFTER_TRIES
    assert 23 * 60 <= looks[-1] <= 25 * 60
    assert status_of(mail.key) is MailStatus.FAILED
    assert tick(queue, minutes=40 * 60) == Looked()


def test_a_mark_without_a_mail_is_forgotten():
    mail, queue = queued_mail(), FakeQueue()
    key = {"pk": {"S": f"{TENANT}#{mail.key.month}"}, "sk": {"S": mail.key.mail_id}}
    wiring.client("dynamodb").delete_item(TableName="EmailActivityTable", Key=key)

    assert tick(queue, minutes=3) == Looked()
    assert wiring.email_store().waiting(NOW + timedelta(minutes=3), limit=10) == []


def test_two_writers_of_one_mail_both_count():
    mails, mail = wiring.email_store(), queued_mail()
    mails.change(mail.key, lambda known: claimed(known, NOW))

    def slow(known):
        if not any(event.type is EventType.DELIVERED for event in mails.mail(mail.key).events):
            record_email_event(mail.key, MailEvent(EventType.DELIVERED, NOW, "r-1"), mails=mails)
        return handed_over(known, Accepted("ses-1"), NOW)

    mails.change(mail.key, slow)

    written = mails.mail(mail.key)
    assert (written.status, written.message_id) == (MailStatus.DELIVERED, "ses-1")
    assert {event.type for event in written.events} == {EventType.QUEUED, EventType.SENT, EventType.DELIVERED}


def test_r62_mails_are_listed_by_customer_address_and_time_newest_first():
    mails = wiring.email_store()
    ids = []
    for number in range(5):
        made = queued_mail(f"mail-{number}", to=f"p{number % 2}@acme.example")
        ids.append(made.key.mail_id)
    ids.sort(reverse=True)

    assert [mail.key.mail_id for mail in mails.of_customer(TENANT, CUSTOMER, limit=3)] == ids[:3]
    assert [mail.key.mail_id for mail in mails.of_customer(TENANT, CUSTOMER, limit=3, before=ids[2])] == ids[3:]
    assert {mail.to for mail in mails.of_address(TENANT, "P1@acme.example", limit=9)} == {"p1@acme.example"}
    start, end = NOW - timedelta(days=40), NOW + timedelta(days=40)
    assert [mail.key.mail_id for mail in mails.between(TENANT, start, end)] == ids
    assert [mail.key.mail_id for mail in mails.between(TENANT, start, end, before=ids[1])] == ids[2:]
    assert list(mails.between(TENANT, NOW + timedelta(seconds=1), NOW + timedelta(days=40))) == []
    assert list(mails.between(TENANT, NOW - timedelta(days=40), NOW)) == []


def test_no_tenant_sees_a_mail_of_another():
    mails, mail = wiring.email_store(), queued_mail()

    assert mails.find(MailKey("ten_2", mail.key.mail_id)) is None
    assert mails.of_customer("ten_2", CUSTOMER, limit=9) == []
    assert mails.of_address("ten_2", mail.to, limit=9) == []
    with pytest.raises(NotFoundError, match="no mail"):
        mails.change(MailKey("ten_2", mail.key.mail_id), lambda known: record(known, MailEvent(EventType.SENT, NOW)))


def test_rows_are_kept_for_400_days_and_texts_for_45():
    queued_mail()
    items = wiring.client("dynamodb").scan(TableName="EmailActivityTable")["Items"]

    days = sorted((int(item["expires_at"]["N"]) - int(NOW.timestamp())) // 86_400 for item in items)

    assert days == [7, 45, 400, 401]  # mark, text, row, counter


def test_the_handler_sends_by_ses_with_tags_and_names_only_the_failed_messages():
    mail = queued_mail()
    event = event_of("send_mail", "two_mails", mail)
    event["Records"][1]["body"] = "{}"

    answer = call("send_mail", event)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2e1424d4-f796-459a-8184-9c92662be6da"}]}
    assert status_of(mail.key) is MailStatus.SENT
    (message,) = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
    assert set(message.destinations) == {"ana@acme.example"}
    assert message_from_string(message.raw_data)["X-Duebook-Mail-Id"] == f"{TENANT}/{mail.key.mail_id}"


def test_the_handler_takes_a_message_that_comes_twice():
    mail = queued_mail()

    answers = [call("send_mail", event_of("send_mail", "one_mail", mail)) for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    assert len(ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages) == 1


def test_the_handler_of_the_tick_queues_what_waits(aws: Cloud):
    mail = queued_mail()
    aws.set_clock(NOW + timedelta(minutes=3))

    counts = call("run_schedules", event_of("run_schedules", "tick"))
    assert (counts["queued"], counts["given_up"]) == (1, 0)
    assert received() == [{"tenant_id": TENANT, "mail_id": mail.key.mail_id, "month": "2025-06"}]


def with_file(shown_as: str = "Statement.pdf", content: bytes = b"%PDF-1.7") -> MailText:
    return replace(TEXT, attachments=(wiring_mail.attachment_store().put(TENANT, "run_1-cus_1", content, shown_as=shown_as),))


def test_a_file_is_kept_beside_its_mail_and_goes_with_it():
    mail, mailer = new_mail(), FakeMailer()
    text = with_file()
    wiring.email_store().add(mail, text, NOW)

    assert wiring.email_store().text(mail.key) == text
    assert send(mail.key, mailer) is MailStatus.SENT
    assert [(file.attachment.name, file.content) for file in mailer.sent[0].files] == [("Statement.pdf", b"%PDF-1.7")]


def test_a_mail_whose_file_is_gone_is_failed_and_says_so(aws: Cloud):
    mail, mailer = new_mail(), FakeMailer()
    text = with_file()
    wiring.email_store().add(mail, text, NOW)
    aws.client("s3").delete_object(Bucket="duebook-documents", Key=text.attachments[0].path)

    assert send(mail.key, mailer) is MailStatus.FAILED
    assert mailer.sent == []
    assert wiring.email_store().mail(mail.key).events[-1].words == "the attached file Statement.pdf is no longer kept"


def test_a_file_that_no_mail_takes_is_not_kept():
    with pytest.raises(UnprocessableError, match="a mail takes 7000000"):
        with_file(content=b"x" * 7_000_001)


def test_r62_no_tenant_sends_another_tenants_file():
    text = replace(TEXT, attachments=(Attachment("Statement.pdf", "application/pdf", "attachments/ten_2/s.pdf"),))
    mail = wiring.email_store().add(new_mail(), text, NOW)

    with pytest.raises(InvariantError, match="lies elsewhere"):
        send(mail.key, FakeMailer())


def test_a_past_due_notice_is_not_lost_when_what_goes_with_it_could_not_be_read():
    def down(_url: str | None) -> bytes | None:
        raise TransientError("the bucket is down")

    mail, mailer = queued_mail(kind=MailKind.PAST_DUE_1), FakeMailer()
    desk = replace(wiring_mail.sending_desk(), mailer=mailer)
    with pytest.raises(TransientError, match="down"):
        send_mail(mail.key, desk=replace(desk, logo=down), now=NOW)

    assert (status_of(mail.key), mailer.sent) == (MailStatus.QUEUED, [])
    assert send_mail(mail.key, desk=desk, now=NOW) is MailStatus.SENT


def test_the_senders_logo_goes_with_its_mails():
    path = wiring.logo_store().put(b"a picture")
    tenant = wiring.directory_store().tenant(TENANT)
    wiring.directory_store().save_tenant(replace(tenant, logo_url=path), was=tenant)
    mailer = FakeMailer()

    assert [send(queued_mail(cause).key, mailer) for cause in ("one", "two")] == [MailStatus.SENT, MailStatus.SENT]
    assert [mail.logo for mail in mailer.sent] == [b"a picture", b"a picture"]
