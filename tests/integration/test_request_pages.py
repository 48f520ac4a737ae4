"""Service requests on the staff pages: found, read by looking at the details, answered once (R82 to R85)."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from duebook import wiring_requests, wiring_staff
from duebook.domain.activity_log import Action, Actor
from duebook.domain.directory import Role
from duebook.domain.service_requests import EntryKind
from duebook.usecases.answer_requests import decline_request
from duebook.web import request_list_pages
from portal.page_rules import check_page
from tests.integration.cloud import Cloud
from tests.integration.reception import deliver, mails
from tests.integration.request_office import ANA, add_contact, ask, open_catalog, put_catalog, status_of
from tests.integration.staff_office import NOW, Answer, Browser, add_customer, add_tenant, open_office
from tests.integration.test_money_pages import form_of

LIST = "/admin/requests"


@pytest.fixture
def office(aws: Cloud) -> Browser:
    """Give a collector's browser, something to ask for and a contact who may."""
    aws.set_clock(NOW)
    browser = open_office(Role.COLLECTOR)
    open_catalog()
    add_contact()
    return browser


def decline(browser: Browser, path: str, reason: str = "We do not serve that area yet.") -> tuple[Answer, Answer]:
    """Go through the form that declines: the page with the mail, and what confirming it answers."""
    shown = browser.post(f"{path}/decline", form_of(browser.get(f"{path}/decline")) | {"do": "preview", "reason": reason})
    return shown, browser.post(f"{path}/decline", form_of(shown) | {"do": "confirm"})


def test_r82_the_list_marks_nothing_as_read_and_the_details_do(office: Browser) -> None:
    request = ask()

    listed = office.get(LIST)
    was = status_of(request)
    opened = office.get(f"{LIST}/{request.request_id}")

    assert "New 1 Read 0 Completed 0 Declined 0" in listed.text
    assert (
        "Halvorsen Construction Riverside Depot S-12 Portable toilet Delivery Jun 9, 2025 Jun 2, 2025 Ana Ruiz New View details"
        in listed.text
    )
    assert was == "new"
    assert status_of(request) == "read"
    assert "Read Jun 2, 2025, 8:00 AM EDT, Dana Whitlock" in opened.text.replace("\u202f", " ")
    assert "New 0 Read 1" in office.get(LIST).text
    check_page(LIST, listed.body)
    check_page("details", opened.body)


def test_r82_the_badges_number_follows_and_asking_for_it_keeps_nobody_signed_in(aws: Cloud, office: Browser) -> None:
    request = ask()
    ask(1, po_number="PO-7")

    first = office.get(f"{LIST}/new-count")
    opened = office.get(f"{LIST}/{request.request_id}")
    for minutes in (10, 20, 29):
        aws.set_clock(NOW + timedelta(minutes=minutes))
        assert office.get(f"{LIST}/new-count", x_by_itself="1").body == "1"
    aws.set_clock(NOW + timedelta(minutes=31))

    assert (first.status, first.body, first.headers["Content-Type"]) == (200, "2", "text/plain; charset=utf-8")
    assert re.search(
        r'data-badge="/admin/requests/new-count" data-number="1"><span>1</span><span class="visually-hidden"> unread', opened.body
    )
    assert office.get(f"{LIST}/new-count", x_partial="1").status == 401


def test_every_other_page_leaves_the_badge_to_its_own_address(office: Browser) -> None:
    ask()

    assert 'data-badge="/admin/requests/new-count" hidden>' in office.get("/admin/customers").body


def test_r84_chips_and_search_find_requests_and_the_file_holds_what_they_show(office: Browser) -> None:
    add_customer("c2", "Riverside Builders")
    add_contact("c2", email="lee@riverside.example", name="Lee Park")
    ask(po_number="PO-7781")
    theirs = ask(5, "c2")
    office.get(f"{LIST}/{theirs.request_id}")

    assert "Lee Park" not in office.get(f"{LIST}?status=new").text
    both = office.get(f"{LIST}?status=new,read").text
    assert both.index("Riverside Builders") < both.index("Halvorsen Construction")
    for words, whose in (("builders", "c2"), ("lee p", "c2"), ("po-7781", "c1"), ("halv", "c1")):
        rows = list(csv.DictReader(io.StringIO(office.get(f"{LIST}.csv?q={words.replace(' ', '+')}").body)))
        assert [row["customer_id"] for row in rows] == [whose], words
    assert len(office.get(f"{LIST}?q=s-12").body.split("View details</a>")) == 3
    row = next(csv.DictReader(io.StringIO(office.get(f"{LIST}.csv?status=read").body)))
    assert (row["status"], row["contact"], row["wanted_on"], row["read_at"]) == (
        "read",
        "Lee Park",
        "2025-06-09",
        "2025-06-02T08:00:00-04:00",
    )


def test_an_empty_list_says_which_filter_to_clear(office: Browser) -> None:
    ask()

    nothing = office.get(f"{LIST}?status=declined,completed&q=zebra")

    assert "No request matches “ zebra ” and is completed or declined." in nothing.text
    assert "Clear “Completed” Clear “Declined” Clear the search" in nothing.text
    assert 'href="/admin/requests?status=declined&amp;q=zebra">Clear “Completed”' in nothing.body
    assert "No requests yet." in Browser.get(hired_elsewhere(), LIST).text


def hired_elsewhere() -> Browser:
    """A browser of another business."""
    add_tenant("ten_2", "lee@north.example", role=Role.ADMIN)
    browser = Browser()
    browser.sign_in("lee@north.example")
    return browser


def test_where_nothing_is_shown_the_list_says_that_customers_cannot_ask(office: Browser) -> None:
    put_catalog(EntryKind.SERVICE, "delivery", "Delivery", shown=False)

    assert "Customers cannot send requests now." in office.get(LIST).text


@pytest.mark.parametrize("kind", ["job", "rental"])
def test_r83_a_job_or_rental_completes_the_request_once_it_is_saved_and_only_then(office: Browser, kind: str) -> None:
    request = ask(po_number="PO-7781")
    path = f"{LIST}/{request.request_id}"
    office.get(path)

    form = office.get(f"{path}/{kind}")
    was = status_of(request)
    sent = form_of(form) | {"number": "4711", "scheduled_on": "2025-06-10", "note": "Two trucks"}
    first, second = (office.post(f"{path}/{kind}", sent) for _ in range(2))
    shown = office.get(first.headers["Location"])
    deliver()

    assert 'type="date" value="2025-06-09"' in form.body
    assert all(words in form.text for words in ("Halvorsen Construction", "Riverside Depot", "Portable toilet", "Delivery", "PO-7781"))
    assert was == "read"
    assert (first.status, second.status, first.headers["Location"]) == (303, 303, second.headers["Location"])
    assert f"Saved: {kind.title()} 4711. The request is completed. A mail tells Ana Ruiz at {ANA}." in shown.text
    assert "Planned for Jun 10, 2025 Note Two trucks" in shown.text
    assert "Create job" not in shown.text
    assert len(mails("request_completed", ANA)) == 1
    [line] = wiring_staff.activity_store().of_customer("ten_1", "c1", limit=5)
    assert (line.action, line.detail, line.subject) == (Action.REQUEST_CONVERTED, f"{kind} 4711", ("request", request.request_id))
    assert f'href="{path}"' in office.get("/admin/activity").body


def test_r83_a_day_that_is_none_is_told_at_its_field_and_nothing_is_done(office: Browser) -> None:
    request = ask()
    path = f"{LIST}/{request.request_id}/job"

    wrong = office.post(path, form_of(office.get(path)) | {"scheduled_on": "soon", "number": "4711"})

    assert wrong.status == 422
    assert '<a href="#scheduled_on">Type a day, such as 2025-07-15.</a>' in wrong.body
    assert 'value="4711"' in wrong.body
    assert status_of(request) == "new"


def test_r83_declining_shows_the_mail_first_and_then_sends_it(office: Browser) -> None:
    request = ask()
    path = f"{LIST}/{request.request_id}"

    shown, done = decline(office, path)
    before = len(mails("request_declined", ANA))
    after = office.get(done.headers["Location"])
    deliver()

    assert "Decline, and send this mail?" in shown.text
    assert f"To {ANA} Subject Your request to Blue Ridge Rentals" in shown.text
    assert "Reason: We do not serve that area yet." in shown.text
    assert before == 0
    assert f"The request is declined. A mail tells Ana Ruiz at {ANA}." in after.text
    [mail] = mails("request_declined", ANA)
    body = mail.get_body(("plain",))
    assert body is not None
    written = " ".join(str(body.get_content()).split())
    assert written in shown.text
    assert "We do not serve that area yet." in office.get("/admin/activity").text


def test_r83_showing_the_mail_declines_nothing_and_no_reason_is_asked_for(office: Browser) -> None:
    request = ask()
    path = f"{LIST}/{request.request_id}/decline"
    form = form_of(office.get(path))

    without = office.post(path, form | {"do": "preview", "reason": "  "})
    shown = office.post(path, form_of(without) | {"do": "preview", "reason": "No trucks"})
    changed = office.post(path, form_of(shown) | {"do": "change"})

    assert without.status == 422
    assert ">No trucks</textarea>" in changed.body
    assert "Say why: the mail tells it to whoever asked." in without.text
    assert "No trucks" in shown.text
    assert status_of(request) == "new"


def test_who_has_no_address_now_is_declined_without_a_mail_and_that_is_said(office: Browser) -> None:
    add_customer("c2", "Riverside Builders")
    add_contact("c2", email=None, name="Lee Park")
    path = f"{LIST}/{ask(customer_id='c2').request_id}"

    assert "Lee Park has no email address, so no mail goes out." in office.get(f"{path}/decline").text
    shown, done = decline(office, path)

    assert "Decline without a mail?" in shown.text
    assert "The request is declined. No mail" in office.get(done.headers["Location"]).text


def test_r83_who_comes_second_sees_what_happened_and_nothing_is_done_twice(office: Browser) -> None:
    request = ask()
    path = f"{LIST}/{request.request_id}"
    job = form_of(office.get(f"{path}/job")) | {"number": "4711"}
    shown = office.post(f"{path}/decline", form_of(office.get(f"{path}/decline")) | {"do": "preview", "reason": "No trucks"})
    desk = wiring_requests.answer_desk(Actor("stf_lee", "Lee Park"), NOW)
    decline_request("ten_1", request.request_id, "Out of stock", key="lees", desk=desk)

    late_job, late_decline = office.post(f"{path}/job", job), office.post(f"{path}/decline", form_of(shown) | {"do": "confirm"})
    deliver()

    for late in (late_job, late_decline):
        assert late.status == 409
        assert "declined this request on Jun 2, 2025" in late.text
        assert "Nothing was done by what you just sent, and no second mail went out." in late.text
        assert "Out of stock" in late.text
    assert office.get(f"{path}/job").headers["Location"] == f"{path}?done=late"
    assert office.get(f"{path}/decline").headers["Location"] == f"{path}?done=late"
    assert len(mails("request_declined", ANA)) == 1
    assert mails("request_completed", ANA) == []


def test_the_same_form_with_another_text_is_no_second_answer(office: Browser) -> None:
    path = f"{LIST}/{ask().request_id}"
    form = form_of(office.get(f"{path}/job"))
    office.post(f"{path}/job", form | {"number": "4711"})

    again = office.post(f"{path}/job", form | {"number": "4712"})

    assert again.status == 409
    assert "Dana Whitlock completed this request as Job 4711" in again.text


def test_a_form_that_is_not_ours_answers_nothing(office: Browser) -> None:
    request = ask()
    path = f"{LIST}/{request.request_id}"
    form = form_of(office.get(f"{path}/job"))

    assert office.post(f"{path}/job", form | {"csrf": "guessed"}).status == 403
    assert office.post(f"{path}/job", form | {"key": "guessed"}).status == 422
    assert status_of(request) == "new"


def test_r81_a_request_keeps_the_names_of_its_day(office: Browser) -> None:
    request = ask()
    put_catalog(EntryKind.PRODUCT, "toilet", "Deluxe toilet")

    page = office.get(f"{LIST}/{request.request_id}").text

    assert "Portable toilet" in page
    assert "Deluxe toilet" not in page


@pytest.mark.usefixtures("aws")
def test_r85_a_viewer_reads_requests_and_answers_none() -> None:
    office = open_office(Role.VIEWER)
    open_catalog()
    add_contact()
    request = ask()

    page = office.get(f"{LIST}/{request.request_id}").text

    assert "Answering a request takes the role collector; yours is viewer." in page
    assert "Create job" not in page
    assert status_of(request) == "read"
    assert office.post(f"{LIST}/{request.request_id}/decline", {"csrf": office.csrf()}).status == 403


def test_a_customers_own_requests_stand_on_a_tab_page_by_page(office: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_list_pages, "ROWS", 2)
    add_customer("c2", "Riverside Builders")
    add_contact("c2", email="lee@riverside.example", name="Lee Park")
    oldest = ask(po_number="PO-1")
    for minutes in (1, 2):
        ask(minutes, po_number=f"PO-{minutes + 1}")
    ask(3, "c2")
    tab = "/admin/customers/c1/requests"

    first = office.get(tab)
    older = re.search(r'href="([^"]+before=[^"]+)"', first.body)
    assert older
    second = office.get(older[1])

    assert first.text.index("PO-3") < first.text.index("PO-2")
    assert "Lee Park" not in first.text
    assert ("PO-1" in first.text, "PO-1" in second.text) == (False, True)
    assert status_of(oldest) == "new"
    assert office.get("/admin/customers/nobody/requests").status == 404
    check_page(tab, first.body)


def test_another_tenants_request_is_not_found(office: Browser) -> None:
    add_tenant("ten_2", "lee@north.example")
    add_customer("c9", "North", tenant_id="ten_2")
    open_catalog("ten_2")
    add_contact("c9", tenant_id="ten_2", email="nora@north.example", name="Nora Hill")
    request = ask(customer_id="c9", tenant_id="ten_2")

    for path in ("", "/job", "/rental", "/decline"):
        assert office.get(f"{LIST}/{request.request_id}{path}").status == 404
    assert "Nora" not in office.get(LIST).text
    assert office.get(f"{LIST}/new-count").body == "0"
    assert status_of(request, "ten_2") == "new"


def test_what_customers_wrote_is_shown_as_text(office: Browser) -> None:
    evil = '<script>alert("1")</script>'
    request = ask(note=evil, po_number="<b>7</b>")

    page = office.get(LIST).body + office.get(f"{LIST}/{request.request_id}").body

    assert evil not in page
    assert "&lt;script&gt;alert" in page
