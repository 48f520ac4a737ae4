"""Email activity as pages, without a browser: what the list, its chart, its filters and its file tell (R62, R63)."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from duebook import wiring
from duebook.domain.email_activity import EventType, Mail, MailEvent, MailKind, MailText, mail_caused, record
from duebook.web.customer_emails_pages import CustomerEmailsPages
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Answer, Browser, add_customer, open_office

LIST = "/admin/email-activity"
HTML = "<!doctype html><html><head><title>x</title></head><body><h1>Hello</h1><script>alert(1)</script></body></html>"


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give a signed-in browser of a tenant with one customer."""
    return open_office()


def write_mail(
    cause: str, *events: EventType, at: datetime = NOW, to: str = "ana@halvorsen.example", words: str = "", **facts: object
) -> Mail:
    """Put a mail on record, with what became of it."""
    kind, subject = facts.pop("kind", MailKind.RECEIPT), facts.pop("subject", f"Mail {cause}")
    customer_id = facts.pop("customer_id", "c1")
    mail = mail_caused("ten_1", cause, at=at, to=to, subject=subject, kind=kind, customer_id=customer_id, about=facts.pop("about", None))  # type: ignore[arg-type]
    mails = wiring.email_store()
    mails.add(mail, MailText(mail.subject, HTML, "Hello in words", **facts), at)  # type: ignore[arg-type]
    for number, event in enumerate(events, 1):
        mails.change(
            mail.key,
            partial(
                record,
                event=MailEvent(
                    event, at + timedelta(minutes=number), f"{event}-{number}", words if number == len(events) and words else None
                ),
            ),
        )
    return mails.mail(mail.key)


def rows(answer: Answer) -> list[str]:
    """Return the subjects of the list, as they stand."""
    return [line for line in answer.text.split() if line.startswith("m-")]


def subjects(office: Browser, query: str) -> set[str]:
    """Return which of the test's mails are listed."""
    body = office.get(f"{LIST}?{query}").body
    return {part.split("<")[0] for part in body.split('<bdi class="name">m-')[1:]}


def test_the_list_tells_status_address_subject_kind_and_the_last_event(office: Browser):
    write_mail("1", EventType.SENT, EventType.HARD_BOUNCE, subject="Your receipt")

    text = office.get(f"{LIST}?from=2025-06-02&to=2025-06-02").text

    assert "Your receipt Receipt, Halvorsen Construction Bounced ana@halvorsen.example Bounced for good Jun 2, 2025" in text
    assert "All 1" in text
    assert "Bounced 1" in text
    assert "only Delivered means" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=bounced", {"b"}),
        ("status=delivered", {"a", "c"}),
        ("kind=statement", {"c"}),
        ("customer=c2", {"c"}),
        ("address=ap@pines.example", {"c"}),
        ("q=M-B", {"b"}),
        ("status=delivered&customer=c1", {"a"}),
        ("status=nonsense&kind=nonsense", {"a", "b", "c"}),
    ],
)
def test_r63_each_filter_of_the_address_narrows_the_list(office: Browser, query: str, found: set[str]):
    add_customer("c2", "Pine Ridge Camp")
    write_mail("a", EventType.SENT, EventType.DELIVERED, subject="m-a")
    write_mail("b", EventType.SENT, EventType.HARD_BOUNCE, subject="m-b", to="bad@halvorsen.example")
    write_mail("c", EventType.DELIVERED, subject="m-c", customer_id="c2", to="ap@pines.example", kind=MailKind.STATEMENT)

    assert subjects(office, query) == found


def test_an_empty_list_names_each_filter_and_offers_to_clear_it(office: Browser):
    answer = office.get(f"{LIST}?status=rejected&q=zebra")

    assert "has status Rejected and text “zebra”" in answer.text
    assert "Clear status Rejected Clear text “zebra”" in answer.text
    assert "No mail on these days." in office.get(LIST).text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=yesterday", "A day could not be read."),
        ("from=2025-06-02&to=2025-06-01", "The first day is after the last one."),
        ("from=2020-01-01&to=2025-06-01", "The report looks at up to 400 days at a time."),
    ],
)
def test_wrong_days_are_told_and_the_usual_ones_shown(office: Browser, query: str, words: str):
    answer = office.get(f"{LIST}?{query}")

    assert answer.status == 200
    assert f"{words}" in answer.text
    assert "You see the last 30 days." in answer.text
    assert 'name="from" type="date" value="2025-05-04"' in answer.body


def test_r63_days_are_those_of_the_tenants_zone_in_list_and_chart(office: Browser):
    write_mail("late", at=datetime.fromisoformat("2025-06-02T03:30:00+00:00"), subject="m-late")
    write_mail("early", at=datetime.fromisoformat("2025-06-02T04:30:00+00:00"), subject="m-early")

    first, second = (subjects(office, f"from={day}&to={day}") for day in ("2025-06-01", "2025-06-02"))
    both = office.get(f"{LIST}?from=2025-06-01&to=2025-06-02")

    assert (first, second) == ({"late"}, {"early"})
    assert 'aria-label="Mails a day from Jun 1, 2025 to Jun 2, 2025: 0 delivered, 2 on the way' in both.body
    assert "Jun 2, 2025 0 1 0 0 Jun 1, 2025 0 1 0 0 All 0 2 0 0" in both.text


def test_the_list_goes_on_by_cursor_and_shows_each_mail_once(office: Browser):
    for number in range(53):
        write_mail(f"{number}", at=NOW - timedelta(minutes=number), subject=f"m-{number}")

    first = office.get(LIST).body
    following = first.split("before=")[1].split('"')[0]

    pages = [
        {part.split("<")[0] for part in body.split('<bdi class="name">m-')[1:]}
        for body in (first, office.get(f"{LIST}?before={following}").body)
    ]
    assert [len(page) for page in pages] == [50, 3]
    assert pages[0] | pages[1] == {str(number) for number in range(53)}


def test_r63_the_file_holds_what_is_filtered_and_no_formula(office: Browser):
    write_mail("1", EventType.SENT, EventType.HARD_BOUNCE, subject="=1+1", words="550 5.1.1 user unknown")
    write_mail("2", EventType.DELIVERED)

    answer = office.get("/admin/email-activity.csv?status=bounced")

    [row] = csv.DictReader(io.StringIO(answer.body))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="email-activity-2025-05-04-2025-06-02.csv"'
    assert (row["subject"], row["status"], row["last_event"]) == ("'=1+1", "Bounced", "Bounced for good")
    assert (row["created"], row["words"]) == ("2025-06-02T08:00:00-04:00", "550 5.1.1 user unknown")


@pytest.mark.parametrize(("most", "shown", "more"), [(3, 3, False), (2, 2, True)])
@pytest.mark.usefixtures("office")
def test_a_customers_mails_beyond_those_that_are_counted_are_told_by_a_plus(most: int, shown: int, *, more: bool):
    for number in range(3):
        write_mail(f"{number}", EventType.SENT, at=NOW + timedelta(minutes=number))
    answers: Any = SimpleNamespace(page=lambda _template, _visit, **told: told)
    visit: Any = SimpleNamespace(tenant_id="ten_1")
    pages = CustomerEmailsPages(answers, visit, lambda _: "", wiring.email_store(), NOW, most)

    told: Any = pages.page("c1", {})

    assert (told["chips"][0]["count"], len(told["mails"]), told["more_than_counted"]) == (shown, shown, more)
