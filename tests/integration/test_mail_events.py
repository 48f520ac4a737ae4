"""What SES tells of a mail, each type once and twice, through the real handler."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from duebook import wiring
from duebook.domain.email_activity import EventType, MailStatus
from duebook.errors import StorageThrottledError
from duebook.mail.ses_events import ses_report
from tests.integration.cloud import Cloud
from tests.integration.mail_desk import TENANT, call, event_of, new_mail, open_tenant, queued_mail

TYPES = {
    "send": (EventType.SENT, MailStatus.SENT, None),
    "delivery": (EventType.DELIVERED, MailStatus.DELIVERED, None),
    "delay": (EventType.DELAYED, MailStatus.DELAYED, None),
    "hard_bounce": (EventType.HARD_BOUNCE, MailStatus.BOUNCED, "bounce"),
    "soft_bounce": (EventType.SOFT_BOUNCE, MailStatus.BOUNCED, None),
    "account_suppression": (EventType.SUPPRESSED, MailStatus.SUPPRESSED, "provider"),
    "complaint": (EventType.COMPLAINT, MailStatus.COMPLAINT, "complaint"),
    "not_spam": (EventType.NOT_SPAM, MailStatus.QUEUED, None),
    "reject": (EventType.REJECTED, MailStatus.REJECTED, None),
    "rendering_failure": (EventType.NOT_RENDERED, MailStatus.FAILED, None),
}


@pytest.fixture(autouse=True)
def office(aws: Cloud) -> Cloud:
    open_tenant()
    return aws


@pytest.mark.parametrize("case", TYPES)
def test_r62_r63_r64_each_event_told_twice_counts_once(case: str):
    mail = queued_mail()
    type_, status, suppressed_for = TYPES[case]

    for _ in range(2):
        call("record_email_event", event_of("record_email_event", case, mail))

    written = wiring.email_store().mail(mail.key)
    assert [event.type for event in written.events] == [EventType.QUEUED, type_]
    assert written.status is status
    assert wiring.email_store().address(TENANT, mail.to).suppressed_for == suppressed_for


@pytest.mark.parametrize("order", list(permutations(["delivery", "hard_bounce", "complaint"])), ids="-".join)
def test_r63_stored_events_end_the_same_in_any_order(order: tuple[str, ...]):
    mail = queued_mail()

    for case in order:
        call("record_email_event", event_of("record_email_event", case, mail))

    assert wiring.email_store().mail(mail.key).status is MailStatus.COMPLAINT


@pytest.mark.parametrize("case", ["open", "no_tags"])
def test_an_event_that_is_not_followed_is_left_alone(case: str):
    mail = queued_mail()

    call("record_email_event", event_of("record_email_event", case, mail))

    assert wiring.email_store().mail(mail.key) == mail


def test_an_event_of_a_mail_that_is_gone_is_left_alone():
    call("record_email_event", event_of("record_email_event", "delivery", new_mail("never written")))

    assert wiring.email_store().find(new_mail("never written").key) is None


def test_r64_an_address_is_suppressed_by_a_repeat_when_the_first_try_died_between_the_two_writes(monkeypatch: pytest.MonkeyPatch):
    mail, mails = queued_mail(), wiring.email_store()
    event = event_of("record_email_event", "hard_bounce", mail)
    with monkeypatch.context() as once:
        once.setattr(mails, "change_address", _down)
        with pytest.raises(StorageThrottledError, match="down"):
            call("record_email_event", event)

    call("record_email_event", event)

    assert mails.address(TENANT, mail.to).suppressed_for == "bounce"
    assert len(mails.mail(mail.key).events) == 2


def test_the_servers_words_are_kept_for_staff():
    message = json.loads(event_of("record_email_event", "hard_bounce")["Records"][0]["Sns"]["Message"])

    report = ses_report(message)

    assert report is not None
    assert report.event.words == "smtp; 550 5.1.1 user unknown"


def test_a_bounce_is_known_by_its_object_whatever_its_type_is_called():
    message = json.loads(event_of("record_email_event", "soft_bounce")["Records"][0]["Sns"]["Message"])
    del message["eventType"]

    report = ses_report(message | {"notificationType": "Bounce"})

    assert report is not None
    assert report.event.type is EventType.SOFT_BOUNCE


@pytest.mark.parametrize(
    "tags",
    [{}, {"tenant": []}, {"tenant": ["ten_1"], "mail_id": ["short"]}, {"tenant": ["a#b"], "mail_id": ["01JWQZB8J0ABCDEFGHJKMNPQRS"]}],
)
def test_tags_that_name_no_mail_are_refused(tags: dict[str, list[str]]):
    message = json.loads(event_of("record_email_event", "delivery")["Records"][0]["Sns"]["Message"])

    assert ses_report(message | {"mail": message["mail"] | {"tags": tags}}) is None


def _down(*_: object) -> None:
    raise StorageThrottledError("the database is down")
