"""One mail as a page, without a browser: what it tells, and what staff do about it (R62, R64)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from duebook import wiring, wiring_staff
from duebook.domain.directory import Contact, Role
from duebook.domain.email_activity import EventType, Mail, MailKind, MailStatus
from duebook.domain.suppression import SuppressedFor
from duebook.usecases.log_action import with_names
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Browser, open_office
from tests.integration.test_mail_pages import LIST, write_mail

USER_UNKNOWN = "smtp; 550 5.1.1 user unknown"


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give the signed-in browser of a collector."""
    return open_office(Role.COLLECTOR)


def bounced(to: str = "ana@halvorsen.example") -> Mail:
    """Put a mail on record that came back, and suppress its address."""
    mail = write_mail("b", EventType.SENT, EventType.HARD_BOUNCE, to=to, words=USER_UNKNOWN, subject="Your receipt")
    suppress(to)
    return mail


def suppress(address: str) -> None:
    """Put an address on the suppression list."""
    wiring.email_store().change_address(
        "ten_1", address, lambda known: replace(known, suppressed_for=SuppressedFor.BOUNCE, suppressed_at=NOW)
    )


def page_of(mail: Mail) -> str:
    return f"{LIST}/{mail.key.mail_id}"


def test_the_page_puts_plain_words_first_and_the_servers_below(office: Browser):
    text = office.get(page_of(bounced())).text

    plain = text.index("Bounced for good There is no such mailbox. Ask for the right address.")
    assert plain < text.index(f"The server said: {USER_UNKNOWN}")
    assert "Fix address Send again Remove from suppression list" in text
    assert "Customer Halvorsen Construction" in text


def test_the_mail_itself_stands_in_a_frame_that_runs_nothing(office: Browser):
    mail = write_mail("1", EventType.SENT)

    page, document = office.get(page_of(mail)), office.get(f"{page_of(mail)}/html")

    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.body
    policy = document.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert "frame-ancestors 'self'" in policy
    assert "<h1>Hello</h1>" in document.body
    assert "frame-src" not in office.get(LIST).headers["Content-Security-Policy"]


def test_text_and_headers_are_ways_to_see_the_mail(office: Browser):
    mail = write_mail("1", EventType.SENT)

    assert "Hello in words" in office.get(f"{page_of(mail)}?view=text").text
    assert "To ana@halvorsen.example" in office.get(f"{page_of(mail)}?view=headers").text


def test_a_mail_whose_text_is_no_longer_kept_says_so(aws: Cloud, office: Browser):
    mail = write_mail("1", EventType.SENT)
    aws.set_clock(NOW + timedelta(days=46))
    client = wiring.client("dynamodb")
    [table] = [name for name in client.list_tables()["TableNames"] if "mail" in name.lower()]
    for item in client.scan(TableName=table)["Items"]:
        if "packed" in item:
            client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    office.sign_in()

    text = office.get(page_of(mail)).text

    assert "What this mail said is gone, and so are files that went with it. Both are kept for 45 days; these until Jul 17, 2025." in text
    assert "Send again" not in text
    assert office.get(f"{page_of(mail)}/html").status == 404


def test_sending_again_is_a_mail_of_its_own(office: Browser):
    first = write_mail("1", EventType.SENT, EventType.DELIVERED, subject="Your receipt")
    form = office.get(f"{page_of(first)}/send-again")

    sent = office.post(f"{page_of(first)}/send-again", {"csrf": office.csrf(), "to": "ana@halvorsen.example"})
    shown = office.get(sent.headers["Location"])

    assert 'value="ana@halvorsen.example"' in form.body
    assert sent.status == 303
    assert "The mail is queued once more." in shown.text
    assert f'href="{page_of(first)}"' in shown.body
    assert wiring.email_store().mail(first.key).status is MailStatus.DELIVERED


def test_a_wrong_address_is_told_beside_what_was_typed(office: Browser):
    mail = write_mail("1", EventType.SENT)

    for action in ("send-again", "fix-address"):
        answer = office.post(f"{page_of(mail)}/{action}", {"csrf": office.csrf(), "to": "ana at home"})
        assert answer.status == 422, action
        assert "“ana at home” is not an email address." in answer.text


def test_fixing_an_address_names_who_has_it_saves_it_and_sends_there(office: Browser):
    directory = wiring.directory_store()
    contact = Contact("k1", "Ana Ruiz", "company", email="Ana@halvorsen.example")
    directory.put_contact("ten_1", "c1", contact, was=None)
    mail = bounced()
    form = office.get(f"{page_of(mail)}/fix-address")

    sent = office.post(f"{page_of(mail)}/fix-address", {"csrf": office.csrf(), "to": "ana.ruiz@halvorsen.example"})

    assert "takes the place of ana@halvorsen.example at: Ana Ruiz" in form.text
    assert "The new address is saved" in office.get(sent.headers["Location"]).text
    saved = directory.contact("ten_1", "c1", "k1")
    assert saved is not None
    assert saved.email == "ana.ruiz@halvorsen.example"
    assert wiring.email_store().of_address("ten_1", "ana.ruiz@halvorsen.example", limit=5)[0].again_of == mail.key.mail_id


def test_a_mail_with_a_link_is_not_offered_again(office: Browser):
    mail = write_mail("1", EventType.SENT, kind=MailKind.INVITATION)

    text = office.get(page_of(mail)).text
    answer = office.post(f"{page_of(mail)}/send-again", {"csrf": office.csrf(), "to": "ana@halvorsen.example"})

    assert "Fix address Send again" not in text
    assert "This mail carried a link that works once" in text
    assert (answer.status, "Send a new invitation from the contact." in answer.text) == (409, True)


def test_r64_an_address_comes_off_the_list_with_a_reason_that_is_logged(office: Browser):
    mail = bounced()
    form = {"csrf": office.csrf(), "address": mail.to, "mail": mail.key.mail_id}

    refused = office.post(f"{LIST}/suppressions/release", {**form, "reason": " "})
    done = office.post(f"{LIST}/suppressions/release", {**form, "reason": "She made room"})

    assert (refused.status, "Say why" in refused.text) == (422, True)
    assert done.headers["Location"] == f"{page_of(mail)}?done=released"
    assert not wiring.email_store().address("ten_1", mail.to).is_listed
    [line] = with_names("ten_1", wiring_staff.activity_store().of_customer("ten_1", "c1", limit=5), directory=wiring.directory_store())
    assert (line.action, line.reason, line.actor.name) == ("address_released", "She made room", "Dana Whitlock")


def test_the_suppression_list_is_searched_and_downloaded(office: Browser):
    suppress("ana@halvorsen.example")
    suppress("ap@pines.example")

    listed, found, none = (office.get(f"{LIST}/suppressions{query}").text for query in ("", "?q=PINES", "?q=zebra"))
    rows = list(csv.DictReader(io.StringIO(office.get(f"{LIST}/suppressions.csv").body)))

    assert "ana@halvorsen.example A mail bounced for good" in listed
    assert "ana@halvorsen.example" not in found
    assert "ap@pines.example" in found
    assert "matches “ zebra ”. Clear the search" in none
    assert [(row["address"], row["since"]) for row in rows] == [
        ("ana@halvorsen.example", "2025-06-02"),
        ("ap@pines.example", "2025-06-02"),
    ]


def test_a_viewer_sees_a_mail_and_is_offered_nothing_to_do(aws: Cloud):  # noqa: ARG001 - the cloud stands before the office opens
    viewer = open_office()
    mail = bounced()

    shown = viewer.get(page_of(mail)).text
    refused = viewer.post(f"{page_of(mail)}/send-again", {"csrf": viewer.csrf(), "to": mail.to})

    assert "Send again" not in shown
    assert "Remove from suppression list" not in shown
    assert (refused.status, "This takes the role collector" in refused.text) == (403, True)


def test_the_customers_pages_say_whose_mail_bounces(office: Browser):
    wiring.directory_store().put_contact("ten_1", "c1", Contact("k1", "Ana Ruiz", "company", email="Ana@halvorsen.example"), was=None)
    suppress("ana@halvorsen.example")

    for tab in ("", "/payments", "/contacts", "/emails"):
        text = office.get(f"/admin/customers/c1{tab}").text
        assert "ana@halvorsen.example ( Ana Ruiz ): the mailbox does not take mail." in text, tab


def test_a_mail_that_does_not_exist_is_not_found(office: Browser):
    mail = write_mail("1", EventType.SENT)
    other = mail.key.mail_id[:-1] + ("0" if mail.key.mail_id[-1] != "0" else "1")

    for unknown in (other, "nonsense"):
        assert office.get(f"{LIST}/{unknown}").status == 404, unknown
