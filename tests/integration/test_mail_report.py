"""Email activity as a report: days of the tenant's zone, counts that add up, pages by cursor (R62, R63)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

from duebook import wiring
from duebook.domain.email_activity import RANK, STATUS_AFTER, EventType, Mail, MailEvent, MailKind, MailStatus, MailText, mail_caused
from duebook.storage.email_store import EmailStore
from duebook.usecases import read_mails as report
from duebook.usecases.look_after_mails import GIVE_UP_AFTER_TRIES
from duebook.usecases.record_email_event import record_email_event
from tests.integration.api import StaffApi, later
from tests.integration.cloud import Cloud
from tests.integration.conftest import NOW
from tests.integration.mail_desk import call, event_of

TEXT = MailText("Receipt", "<p>Thank you</p>", "Thank you")
FIVE = (EventType.SENT, EventType.DELAYED, EventType.DELIVERED, EventType.HARD_BOUNCE, EventType.COMPLAINT)


def put(at: datetime, cause: str = "", **facts: Any) -> Mail:
    """Write a mail caused at an instant."""
    said = {"to": "ann@miller.example", "subject": "Receipt", "kind": MailKind.RECEIPT, "customer_id": "c1", "about": None} | facts
    return wiring.email_store().add(mail_caused("ten_1", cause or str(at), at=at, **said), TEXT, at)


def tell(mail: Mail, *types: EventType) -> None:
    for type_ in types:
        record_email_event(mail.key, MailEvent(type_, mail.created_at + timedelta(minutes=1), type_.value), mails=wiring.email_store())


def ask(staff: StaffApi, first: str, last: str | None = None, **filters: str) -> dict[str, Any]:
    answer = staff.get("/email-activity?" + urlencode({"from": first, "to": last or first} | filters))
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.body
    return found


def pages(staff: StaffApi, first: str, last: str, **filters: str) -> Iterator[dict[str, Any]]:
    """Go through all pages."""
    cursor: dict[str, str] = {}
    while True:
        page = ask(staff, first, last, **filters, **cursor)
        yield page
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


BORDERS = {
    "an ordinary day": ("2025-06-02", "2025-06-02T04:00:00", "2025-06-03T04:00:00"),
    "the first of a month": ("2025-06-01", "2025-06-01T04:00:00", "2025-06-02T04:00:00"),
    "the day of 23 hours": ("2025-03-09", "2025-03-09T05:00:00", "2025-03-10T04:00:00"),
    "the day of 25 hours": ("2025-11-02", "2025-11-02T04:00:00", "2025-11-03T05:00:00"),
    "New Year": ("2025-01-01", "2025-01-01T05:00:00", "2025-01-02T05:00:00"),
}


@pytest.mark.parametrize("name", BORDERS)
def test_r63_five_mails_across_the_borders_of_a_day_in_the_tenants_zone_land_on_the_right_days(staff: StaffApi, name: str) -> None:
    day, start, end = BORDERS[name]
    midnight, next_midnight = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (start, end))
    moments = [midnight - timedelta(milliseconds=1), midnight, midnight + timedelta(hours=12), next_midnight - timedelta(milliseconds=1)]
    made = [put(at).key.mail_id for at in (*moments, next_midnight)]
    before, after = (str(date.fromisoformat(day) + timedelta(days=step)) for step in (-1, 1))

    found = [[item["id"] for item in ask(staff, one)["items"]] for one in (before, day, after)]
    whole = ask(staff, before, after)

    assert found == [[made[0]], made[3:0:-1], [made[4]]]
    assert [item["id"] for item in whole["items"]] == made[::-1]
    assert whole["days"] == [{"day": one, "counts": {"queued": number}} for one, number in ((before, 1), (day, 3), (after, 1))]
    assert ask(staff, day)["counts"] == {"queued": 3}


def test_r63_the_same_event_three_times_counts_once_in_row_and_counters(staff: StaffApi) -> None:
    mail = put(NOW)

    for _ in range(3):
        call("record_email_event", event_of("record_email_event", "send", mail))
        call("record_email_event", event_of("record_email_event", "delivery", mail))

    found = ask(staff, "2025-06-02")
    assert [event["type"] for event in found["items"][0]["events"]] == ["queued", "sent", "delivered"]
    assert found["counts"] == {"delivered": 1}


def test_r63_all_orders_of_all_events_and_repeats_end_in_the_ranked_status_and_in_counters_that_add_up(staff: StaffApi) -> None:
    expected: Counter[str] = Counter()
    for number, order in enumerate(permutations(FIVE)):
        mail = put(NOW + timedelta(seconds=number))
        seen = order[: 1 + number % len(FIVE)]
        tell(mail, *seen, *seen[::-1], *seen[:1])
        status = STATUS_AFTER[max(seen, key=RANK.__getitem__)]
        assert wiring.email_store().mail(mail.key).status is status
        expected[str(status)] += 1

    found = ask(staff, "2025-06-02")

    assert found["counts"] == dict(expected)
    assert sum(found["counts"].values()) == 120
    for status in (*MailStatus, None):
        listed = [
            item["status"]
            for page in pages(staff, "2025-06-02", "2025-06-02", limit="50", **({"status": status} if status else {}))
            for item in page["items"]
        ]
        assert Counter(listed) == ({status: expected[status]} if status and expected[status] else {} if status else expected), status


def test_claims_and_releases_count_nothing_because_people_see_no_difference(staff: StaffApi) -> None:
    from duebook.domain.email_activity import claimed, released

    mail, store = put(NOW), wiring.email_store()
    store.change(mail.key, lambda known: claimed(known, NOW))
    assert ask(staff, "2025-06-02")["counts"] == {"queued": 1}

    store.change(mail.key, released)

    assert ask(staff, "2025-06-02", status="queued")["counts"] == {"queued": 1}


def test_a_mail_that_meets_anothers_write_at_its_counter_tries_again_and_counts_once(aws: Cloud, staff: StaffApi) -> None:
    client, left = aws.client("dynamodb"), [3]
    pauses: list[float] = []
    answer = {
        "Error": {"Code": "TransactionCanceledException", "Message": "in flight"},
        "CancellationReasons": [{"Code": "None"}] * 3 + [{"Code": "TransactionConflict"}],
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }

    def in_flight(**_: Any) -> Any:
        left[0] -= 1
        return (SimpleNamespace(status_code=400), answer) if left[0] >= 0 else None

    store = EmailStore(client, wiring.tables(), sleep=pauses.append)
    client.meta.events.register("before-call.dynamodb.TransactWriteItems", in_flight, unique_id="in-flight")
    store.add(mail_caused("ten_1", "x", at=NOW, to="a@b.example", subject="s", kind=MailKind.TEST, customer_id=None, about=None), TEXT, NOW)
    client.meta.events.unregister("before-call.dynamodb.TransactWriteItems", unique_id="in-flight")

    assert len(pauses) == 3
    assert ask(staff, "2025-06-02")["counts"] == {"queued": 1}


def test_r63_what_bounced_is_found_by_its_status_among_many_and_paged(staff: StaffApi) -> None:
    made = [put(NOW + timedelta(minutes=number)) for number in range(12)]
    for mail in made:
        tell(mail, EventType.SENT, EventType.DELIVERED)
    for mail in made[::4]:
        tell(mail, EventType.HARD_BOUNCE)

    found = list(pages(staff, "2025-06-01", "2025-06-03", status="bounced", limit="2"))

    assert [[item["id"] for item in page["items"]] for page in found] == [[made[8].key.mail_id, made[4].key.mail_id], [made[0].key.mail_id]]
    assert found[0]["counts"] == found[1]["counts"] == {"delivered": 9, "bounced": 3}


def test_r63_a_search_reads_on_past_days_without_a_match_and_stops_honestly(staff: StaffApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_LOOKED_AT", 5)
    for number in range(20):
        put(NOW + timedelta(days=number % 4, minutes=number))
    wanted = put(NOW - timedelta(days=3), subject="Invoice 1001")

    found = list(pages(staff, "2025-05-20", "2025-06-10", q="invoice 1001"))

    assert [item["id"] for page in found for item in page["items"]] == [wanted.key.mail_id]
    assert len(found) == 5
    assert found[0]["items"] == []
    assert found[0]["counts_leave_out"] == ["q"]
    assert found[0]["counts"] == {"queued": 21}


def test_r63_a_kind_is_looked_for_only_on_days_that_have_it(aws: Cloud, staff: StaffApi) -> None:
    for number in range(10):
        put(NOW + timedelta(days=number))
    refund = put(NOW + timedelta(days=4), "refund", kind=MailKind.REFUND_NOTICE)
    asked: list[str] = []
    events = aws.client("dynamodb").meta.events

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(params["ExpressionAttributeValues"][":pk"]["S"])

    events.register("provide-client-params.dynamodb.Query", note, unique_id="asked")
    found = ask(staff, "2025-06-02", "2025-06-29", kind="refund_notice")
    nothing = ask(staff, "2025-06-02", "2025-06-29", kind="statement")
    events.unregister("provide-client-params.dynamodb.Query", unique_id="asked")

    assert [item["id"] for item in found["items"]] == [refund.key.mail_id]
    assert (found["counts"], nothing["counts"], nothing["items"]) == ({"queued": 1}, {}, [])
    assert asked == ["ten_1#counts#2025-06", "ten_1#2025-06", "ten_1#counts#2025-06"]


def test_r63_the_counts_of_a_customer_or_an_address_are_theirs(staff: StaffApi) -> None:
    tell(put(NOW, "one"), EventType.DELIVERED)
    put(NOW, "two", to="Bob@Brown.example", customer_id="c2")
    put(NOW - timedelta(days=1), "three", to="bob@brown.example")

    by_customer = ask(staff, "2025-06-01", "2025-06-02", customer_id="c1", status="delivered")
    by_address = ask(staff, "2025-06-01", "2025-06-02", address="bob@brown.EXAMPLE", limit="1")

    assert (len(by_customer["items"]), by_customer["counts"]) == (1, {"delivered": 1, "queued": 1})
    assert (len(by_address["items"]), by_address["counts"], by_address["counts_leave_out"]) == (1, {"queued": 2}, [])
    assert [day["day"] for day in by_address["days"]] == ["2025-06-01", "2025-06-02"]
    assert by_address["next_cursor"] is not None


def test_a_business_that_moved_to_another_zone_still_finds_every_mail(staff: StaffApi) -> None:
    late = put(datetime(2025, 6, 2, 3, 0, tzinfo=UTC), kind=MailKind.REFUND_NOTICE)
    profile = {"name": "Acme", "time_zone": "Europe/Berlin"}
    staff.put("/settings/profile", profile)
    put(datetime(2025, 6, 2, 9, 0, tzinfo=UTC))

    found = ask(staff, "2025-06-02", kind="refund_notice")

    assert [item["id"] for item in found["items"]] == [late.key.mail_id]


def test_a_mail_that_was_given_up_tells_why_and_is_sent_again(aws: Cloud, staff: StaffApi) -> None:
    """Its messages died; the tick brought it up for a day."""
    mail = put(NOW)
    for _ in range(GIVE_UP_AFTER_TRIES + 1):
        later(aws, minutes=31)
        call("run_schedules", event_of("run_schedules", "tick"))

    (failed,) = ask(staff, "2025-06-02")["items"]
    again = staff.post(f"/email-activity/{mail.key.mail_id}/send-again", {})

    assert (failed["status"], failed["events"][-1]["words"]) == ("failed", "It could not be handed over for a day.")
    assert (again.status, again.body["status"], again.body["again_of"]) == (202, "queued", mail.key.mail_id)


def test_r64_the_third_soft_bounce_in_a_row_suppresses_the_address_and_the_next_mail(aws: Cloud, staff: StaffApi) -> None:
    for number in range(3):
        later(aws, hours=1)
        mail = put(NOW + timedelta(hours=number), to="ana@acme.example")
        call("record_email_event", event_of("record_email_event", "soft_bounce", mail))

    next_mail = put(NOW + timedelta(hours=5), to="ana@acme.example")
    message = f'{{"tenant_id": "ten_1", "mail_id": "{next_mail.key.mail_id}", "month": "2025-06"}}'
    record = {"messageId": "m1", "body": message, "eventSource": "aws:sqs", "attributes": {}, "messageAttributes": {}, "receiptHandle": "r"}
    call("send_mail", {"Records": [record]})

    assert [one["reason"] for one in staff.get("/suppressions").body["items"]] == ["soft_bounces"]
    assert ask(staff, "2025-06-02")["counts"] == {"bounced": 3, "suppressed": 1}
