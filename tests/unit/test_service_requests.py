"""The rules of service requests, without storage (R80-R84)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from duebook.domain.directory import Contact, Customer, Support, Tenant
from duebook.domain.email_activity import MailKind
from duebook.domain.link_orders import message_of, order_of
from duebook.domain.portal_access import COMPANY
from duebook.domain.request_news import RequestNews
from duebook.domain.service_requests import (
    EDGES,
    Answering,
    CatalogEntry,
    Chosen,
    EntryKind,
    Job,
    JobKind,
    Place,
    Requester,
    RequestStatus,
    ServiceRequest,
    check_wanted_on,
    choose,
    converted,
    declined,
    fits,
    is_open,
    is_repeat,
    job_id_of,
    mail_about,
    shown,
    viewed,
)
from duebook.errors import IdempotencyKeyReusedError, RequestAnsweredError, RequestsClosedError, UnprocessableError
from duebook.mail.service_request import write_service_request

NOW = datetime(2026, 7, 15, 16, 0, tzinfo=UTC)
JOB = Job("job_1", JobKind.JOB, "J-1", date(2026, 7, 20))
BY = Answering("stf_1", NOW, "key", "print")
PRODUCT, SERVICE = CatalogEntry(EntryKind.PRODUCT, "p1", "Unit"), CatalogEntry(EntryKind.SERVICE, "v1", "Weekly service")


def request(status: RequestStatus = RequestStatus.NEW, **more: Any) -> ServiceRequest:
    made = ServiceRequest(
        "req_1", "c1", Place("s1", "North yard", "007"), Requester("ana", "Ana Ruiz", "ana@acme.example"), Chosen("p1", "Unit"),
        Chosen("v1", "Weekly service"), NOW - timedelta(days=1),
    )  # fmt: skip
    return replace(made, status=status, **more)


def test_r82_only_a_new_request_is_read_by_viewing_it():
    assert viewed(request(), "stf_1", NOW) == request(RequestStatus.READ, read_at=NOW, read_by="stf_1")
    for status in set(RequestStatus) - {RequestStatus.NEW}:
        assert viewed(request(status), "stf_1", NOW) == request(status)


@pytest.mark.parametrize("status", [RequestStatus.NEW, RequestStatus.READ])
def test_r83_what_is_new_or_read_can_be_answered(status: RequestStatus):
    done, refused = converted(request(status), JOB, BY), declined(request(status), "No truck", BY)

    assert (done.status, done.job, done.ended_at, done.ended_by) == (RequestStatus.COMPLETED, JOB, NOW, "stf_1")
    assert (refused.status, refused.decline_reason, refused.job) == (RequestStatus.DECLINED, "No truck", None)


def test_r83_an_answer_is_a_look_at_it_as_well():
    early = NOW - timedelta(hours=1)

    assert (declined(request(), "No", BY).read_at, declined(request(), "No", BY).read_by) == (NOW, "stf_1")
    assert declined(request(RequestStatus.READ, read_at=early, read_by="stf_2"), "No", BY).read_by == "stf_2"


@pytest.mark.parametrize("status", [RequestStatus.COMPLETED, RequestStatus.DECLINED])
def test_r83_what_is_final_is_never_answered_again(status: RequestStatus):
    assert EDGES[status] == frozenset()
    with pytest.raises(RequestAnsweredError, match=f"{status.value} already, and that is final") as told:
        converted(request(status), JOB, BY)
    assert told.value.facts == {"request_status": status.value}
    with pytest.raises(RequestAnsweredError, match="may ask anew"):
        declined(request(status), "No", BY)


def test_r83_a_repeat_is_known_by_its_key_and_by_what_it_says():
    done = converted(request(), JOB, BY)

    assert is_repeat(done, replace(BY, at=NOW + timedelta(days=1)))
    assert not is_repeat(done, replace(BY, key="another"))
    assert not is_repeat(done, replace(BY, key=None))
    assert not is_repeat(converted(request(), JOB, replace(BY, key=None)), replace(BY, key=None))
    assert not is_repeat(request(), BY)
    with pytest.raises(IdempotencyKeyReusedError):
        is_repeat(done, replace(BY, fingerprint="something else"))


def test_r81_only_what_is_shown_can_be_chosen_with_the_name_of_the_day():
    hidden = replace(PRODUCT, entry_id="p2", shown=False)

    assert choose([PRODUCT, hidden, SERVICE], "p1", "v1") == (Chosen("p1", "Unit"), Chosen("v1", "Weekly service"))
    for product_id, service_id, field in (("p2", "v1", "product_id"), ("v1", "v1", "product_id"), ("p1", "p1", "service_id")):
        with pytest.raises(UnprocessableError) as told:
            choose([PRODUCT, hidden, SERVICE], product_id, service_id)
        assert told.value.facts["field"] == field


@pytest.mark.parametrize(
    "entries", [[], [PRODUCT], [SERVICE], [PRODUCT, replace(SERVICE, shown=False)], [replace(PRODUCT, shown=False), SERVICE]]
)
def test_r81_without_a_shown_product_and_a_shown_service_nothing_can_be_asked_for(entries: list[CatalogEntry]):
    assert not is_open(entries)
    with pytest.raises(RequestsClosedError, match="not possible now"):
        choose(entries, "p1", "v1")


def test_r80_a_list_is_in_the_order_of_its_names():
    entries = [CatalogEntry(EntryKind.PRODUCT, str(number), name) for number, name in enumerate(["unit", "Alpha", "beta", "Alpha"])]

    assert [entry.entry_id for entry in shown([*entries, SERVICE], EntryKind.PRODUCT)] == ["1", "3", "2", "0"]


def test_r81_today_is_a_day_that_can_be_wanted_and_yesterday_is_not():
    check_wanted_on(None, NOW.date())
    check_wanted_on(NOW.date(), NOW.date())
    with pytest.raises(UnprocessableError, match="This day is over"):
        check_wanted_on(NOW.date() - timedelta(days=1), NOW.date())


@pytest.mark.parametrize(
    ("words", "found"),
    [("halvorsen", True), ("c1", True), ("ana r", True), ("ANA  RUIZ", True), ("007", True), ("north", True), ("po-77", True), ("weekly", False),
     ("ana@acme", False), ("gate", False), ("req_1", False), ("halvorsen ana", False)],
)  # fmt: skip
def test_r84_a_search_looks_at_customer_contact_site_and_po_number(words: str, found: bool):
    assert fits(request(po_number="PO-7781", note="Behind the gate"), "Halvorsen Construction", words) is found


def test_r83_one_request_is_one_job_and_one_mail_of_a_kind():
    order = mail_about("t1", request(RequestStatus.DECLINED), NOW)

    assert job_id_of("req_01JABC") == "job_01JABC"
    assert order == mail_about("t1", request(RequestStatus.DECLINED, decline_reason="No"), NOW)
    assert mail_about("t1", request(RequestStatus.READ), NOW) is None
    assert order is not None
    assert order_of(message_of(order)) == order
    ids = {found.order_id for status in RequestStatus if (found := mail_about("t1", request(status), NOW))}
    assert ids == {"req_1.request_received", "req_1.request_completed", "req_1.request_declined"}


def news(status: RequestStatus, **more: Any) -> RequestNews:
    tenant = Tenant("t1", "Blue Ridge", "America/Chicago", support=Support("help@blue.example", "555 0100"))
    customer = Customer("c1", "Halvorsen <b>& Sons</b>", "abcDEFGH2345", NOW)
    return RequestNews(tenant, customer, Contact("ana", "Ana Ruiz", COMPANY, "ana@acme.example"), request(status, **more))


def test_r83_a_mail_tells_what_was_asked_and_how_it_was_answered():
    origin = "https://pay.blue.example"
    asked = write_service_request(MailKind.REQUEST_RECEIVED, news(RequestStatus.NEW, wanted_on=date(2026, 7, 20)), portal_origin=origin)
    taken = write_service_request(
        MailKind.REQUEST_COMPLETED, news(RequestStatus.COMPLETED, job=replace(JOB, note="Key at Sam's")), portal_origin=origin
    )
    no = write_service_request(MailKind.REQUEST_DECLINED, news(RequestStatus.DECLINED, decline_reason="No <truck>"), portal_origin=origin)

    for mail in (asked, taken, no):
        assert "Weekly service (Unit) at North yard" in mail.text
        assert "Halvorsen &lt;b&gt;&amp; Sons&lt;/b&gt;" in mail.html
        assert f"{origin}/requests" in mail.text
        assert "help@blue.example" in mail.text
    assert "Wanted on: Jul 20, 2026" in asked.text
    assert "Planned for: Jul 20, 2026" in taken.text
    assert "Sam's" not in taken.text
    assert "Reason: No <truck>" in no.text
    assert "No &lt;truck&gt;" in no.html
    assert "Reason" not in asked.text + taken.text


def test_r83_a_mail_that_says_received_tells_nothing_of_an_answer_that_came_before_it():
    mail = write_service_request(
        MailKind.REQUEST_RECEIVED, news(RequestStatus.DECLINED, decline_reason="No truck"), portal_origin="https://pay.blue.example"
    )

    assert "No truck" not in mail.text + mail.html
