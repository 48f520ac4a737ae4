"""The local cloud keeps its promises: state, ports, clock, mail, reset, headers, and the true template."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from local.cloud import AlreadyRunningError, LocalCloud
from local.stack import load_template
from tests.e2e.local_http import Http, eventually, good

SENDER = "billing@duebook.example"


def send_mail(cloud: LocalCloud, mail_id: str, attachment: bytes = b"") -> str:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, "ap@acme.example", f"Receipt {mail_id}"
    message["X-Duebook-Mail-Id"], message["X-Duebook-Kind"] = f"ten_1/{mail_id}", "receipt"
    message.set_content(f"Paid. {cloud.origin}/pay-my-balance")
    message.add_alternative(f'<p>Paid. <a href="{cloud.origin}/pay-my-balance">Pay</a></p>', subtype="html")
    if attachment:
        message.add_attachment(attachment, maintype="application", subtype="pdf", filename="receipt.pdf")
    sent = cloud.cloud.client("ses").send_raw_email(RawMessage={"Data": message.as_bytes()})
    return str(sent["MessageId"])


def mail_with(http: Http, mail_id: str) -> dict[str, Any] | None:
    items = good(http("GET", "/local/mail"))["items"]
    return next((mail for mail in items if mail["id"] == mail_id), None)


@pytest.fixture
def ses_events(cloud: LocalCloud) -> Callable[[], list[dict[str, Any]]]:
    """Subscribe a queue to the stack's topic; give what arrived there so far."""
    queues = cloud.cloud.client("sqs")
    queue = queues.create_queue(QueueName="ses-events-seen")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = cloud.cloud.stack.resources["EmailEventsTopic"]
    cloud.cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    seen: list[dict[str, Any]] = []

    def look() -> list[dict[str, Any]]:
        for message in queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            seen.append(json.loads(json.loads(message["Body"])["Message"]))
            queues.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return seen

    return look


def test_state_survives_stop_and_start_on_other_ports(tmp_path: Path):
    with LocalCloud(tmp_path) as first:
        table = first.cloud.stack.resources["DirectoryTable"]
        first.cloud.client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "ten_1"}, "sk": {"S": "PROFILE"}})
        good(Http(first.origin)("PUT", "/local/clock", {"now": "2026-02-01T09:00:00Z"}))
        send_mail(first, "01KEPT")
        assert eventually(lambda: mail_with(Http(first.origin), "01KEPT"))
        ports = dict(first.ports)
    said: list[str] = []

    with socket.create_server(("127.0.0.1", ports["AWS"])), LocalCloud(tmp_path, say=said.append) as second:
        http = Http(second.origin)
        kept = second.cloud.client("dynamodb").scan(TableName=table)["Items"]
        queue = second.cloud.stack.resources["MailQueue"]
        assert not second.cloud.is_empty()
        assert [item["pk"]["S"] for item in kept] == ["ten_1"]
        assert good(http("GET", "/local/clock"))["now"] == "2026-02-01T09:00:00.000Z"
        assert mail_with(http, "01KEPT")
        assert second.cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        assert any(f"Port {ports['AWS']} (AWS) is taken" in line for line in said)


def test_newer_template_updates_a_kept_state(tmp_path: Path):
    older = load_template()
    older["Resources"]["RestApi"]["Properties"]["DefinitionBody"]["paths"].pop("/api/pay/{pay_online_id}/payments/{payment_id}")
    with LocalCloud(tmp_path, template=older) as first:
        unknown = Http(first.origin)("GET", "/api/pay/abc/payments/pay_1").json
        made = good(Http(first.origin)("POST", "/local/tenants", {"name": "Acme"}))

    with LocalCloud(tmp_path) as second:
        http = Http(second.origin)
        known = http("GET", "/api/pay/abc/payments/pay_1").json
        customers = http("GET", "/api/staff/customers", headers={"Authorization": f"Bearer {made['api_key']}"})

    assert unknown["detail"] == "There is nothing at this address."
    assert known["detail"] != unknown["detail"]
    assert customers.status == 200


def test_taken_port_is_named_with_its_holder_and_the_next_one_is_used(tmp_path: Path):
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]

        with LocalCloud(tmp_path, port=taken, say=said.append) as cloud:
            port = cloud.ports["front door"]

    assert taken < port < taken + 20
    assert any(line.startswith(f"Port {taken} (front door) is taken by ") and f"(process {os.getpid()})" in line for line in said)


def test_second_run_from_the_same_folder_is_refused(cloud: LocalCloud):
    with pytest.raises(AlreadyRunningError, match="already runs from"):
        LocalCloud(cloud.state_dir).start()


def test_every_resource_of_the_template_without_cloudfront_is_deployed(cloud: LocalCloud):
    wanted = {
        name
        for name, resource in cloud.cloud.template["Resources"].items()
        if resource.get("Condition") is None and resource["Type"] != "AWS::Serverless::LayerVersion"
    }

    assert wanted <= cloud.cloud.stack.resources.keys()


def test_clock_freezes_jumps_back_and_runs_again(http: Http, clock: Callable[[str | None], None], cloud: LocalCloud):
    clock("2026-03-08T06:59:00Z")
    assert good(http("GET", "/local/clock")) == {"now": "2026-03-08T06:59:00.000Z", "frozen": True}

    clock("2024-01-31T23:00:00-05:00")
    assert cloud.clock_file.read_text() == "2024-02-01T04:00:00.000Z"

    clock(None)
    assert good(http("GET", "/local/clock"))["frozen"] is False


@pytest.mark.parametrize("body", [{}, {"now": "tomorrow"}, {"now": "2026-03-08T06:59:00"}])
def test_clock_refuses_what_is_not_an_instant(http: Http, body: dict[str, str]):
    assert http("PUT", "/local/clock", body).status == 422


def test_mail_is_kept_whole_and_reported_as_sent_and_delivered(cloud: LocalCloud, http: Http, ses_events):
    pdf = bytes(range(256)) * 40
    message_id = send_mail(cloud, "01WHOLE", pdf)

    mail = eventually(lambda: mail_with(http, "01WHOLE"))
    events = eventually(lambda: [one for one in ses_events() if one["mail"]["tags"].get("mail_id") == ["01WHOLE"]][1:])

    assert mail is not None
    assert mail["attachments"] == [{"name": "receipt.pdf", "type": "application/pdf", "size": len(pdf)}]
    assert (mail["kind"], mail["tenant_id"], mail["to"]) == ("receipt", "ten_1", ["ap@acme.example"])
    assert "Paid." in mail["text"]
    assert http("GET", "/mailbox/messages/01WHOLE/attachments/0").raw == pdf
    assert events[0]["eventType"] == "Delivery"
    assert events[0]["mail"]["messageId"] in message_id
    assert events[0]["mail"]["tags"]["tenant"] == ["ten_1"]


@pytest.mark.parametrize(
    ("asked", "part", "fact"),
    [
        ({"type": "bounce"}, "bounce", {"bounceType": "Permanent"}),
        ({"type": "bounce", "bounce_type": "soft"}, "bounce", {"bounceType": "Transient"}),
        ({"type": "complaint"}, "complaint", {"complaintFeedbackType": "abuse"}),
        ({"type": "reject"}, "reject", {"reason": "Bad content"}),
        ({"type": "delay"}, "deliveryDelay", {"delayType": "TransientCommunicationFailure"}),
    ],
)
def test_mail_event_is_published_in_the_documented_shape(
    cloud: LocalCloud, http: Http, ses_events, asked: dict[str, str], part: str, fact: dict[str, str]
):
    good(http("PUT", "/local/mail/options", {"auto_delivery": False}))
    mail_id = f"01{part}{asked.get('bounce_type', '')}".upper()
    send_mail(cloud, mail_id)
    assert eventually(lambda: mail_with(http, mail_id))

    good(http("POST", f"/local/mail/{mail_id}/events", asked))

    found = eventually(lambda: [one for one in ses_events() if one["mail"]["tags"].get("mail_id") == [mail_id]])
    good(http("PUT", "/local/mail/options", {"auto_delivery": True}))
    assert len(found) == 1
    assert found[0][part].items() >= fact.items()


def test_mailbox_shows_a_mail_in_a_sandbox(cloud: LocalCloud, http: Http):
    send_mail(cloud, "01SAND")
    assert eventually(lambda: mail_with(http, "01SAND"))

    page = http("GET", "/mailbox")
    shown = http("GET", "/mailbox/messages/01SAND/html")

    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in shown.headers["Content-Security-Policy"]
    assert b'<base target="_blank">' in shown.raw


def test_reset_empties_tables_queues_mailbox_and_clock(cloud: LocalCloud, http: Http):
    database, table = cloud.cloud.client("dynamodb"), cloud.cloud.stack.resources["TransientTable"]
    for start in range(0, 100, 25):
        items = [{"pk": {"S": f"limit-{start + at}"}, "sk": {"S": "-"}} for at in range(25)]
        database.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]})
    send_mail(cloud, "01GONE")
    assert eventually(lambda: mail_with(http, "01GONE"))
    good(http("PUT", "/local/clock", {"now": "2026-02-01T09:00:00Z"}))

    good(http("POST", "/local/reset", {"demo": False}))

    assert database.scan(TableName=table)["Count"] == 0
    assert good(http("GET", "/local/mail")) == {"items": []}
    assert good(http("GET", "/local/clock"))["frozen"] is False


def test_payment_page_alone_may_frame_the_card_field(cloud: LocalCloud, http: Http):
    payment = http("GET", "/pay-my-balance").headers["Content-Security-Policy"]
    other = http("GET", "/").headers["Content-Security-Policy"]

    assert f"frame-src {cloud.fields_origin} {cloud.cardpointe_origin};" in payment
    assert "frame-src" not in other
    assert cloud.fields_origin.split(":")[1] != cloud.origin.split(":")[1]


def test_unknown_page_and_unknown_call_are_told_apart(http: Http):
    page, call = http("GET", "/no-such-page"), http("GET", "/api/no/such/call")

    assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert (call.status, call.json["code"]) == (404, "not_found")


def test_files_outside_the_portal_are_not_served(http: Http):
    assert http("GET", "/..%2f..%2fclock").status == 404


def test_controls_refuse_pages_of_another_site_and_unknown_names(http: Http):
    assert http("POST", "/local/reset", {}, {"Sec-Fetch-Site": "cross-site"}).status == 403
    assert http("POST", "/local/run/nothing").json["code"] == "not_found"


@pytest.mark.parametrize("name", ["run_schedules", "past_due_notices", "account_summaries", "new_invoices", "audit"])
def test_every_run_on_demand_answers_when_it_has_ended(http: Http, name: str):
    assert good(http("POST", f"/local/run/{name}"))["ended"] is True


def test_second_simulator_is_reached_through_the_front_door_and_from_its_own_origin(cloud: LocalCloud, http: Http):
    token = good(http("POST", "/local/processors/cardpointe/tokens", {"card": {"number": "4111111111111111"}}))["token"]
    field = Http(cloud.cardpointe_origin)("GET", "/itoke/ajax-tokenizer.html")

    assert (token[:3], token[-4:]) == ("941", "1111")
    assert field.status == 200
    assert len({cloud.origin, cloud.fields_origin, cloud.cardpointe_origin}) == 3


def test_simulator_is_reached_through_the_front_door(http: Http):
    card = {"number": "4111111111111111", "expiry": "2039-12", "cvv": "900", "postal_code": "20002"}

    token = good(http("POST", "/local/processors/authorize_net/tokens", {"card": card}))["token"]

    assert len(token) > 20
    assert http("POST", "/local/processors/authorize_net/nothing").status == 404
