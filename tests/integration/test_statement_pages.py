"""Statements as pages, without a browser: choosing, the list first, a run's progress, stopping, failures, retrying (R60)."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from duebook import wiring_statements
from duebook.domain.directory import Role
from duebook.domain.statement_runs import Done, Outcome, RunStatus, StatementRun
from duebook.usecases.prepare_statements import Pass, finish_run, prepare_run
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Browser, add_customer, issue, open_office

LIST = "/admin/statements"


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give the signed-in browser of a collector of a business with four customers, two of whom owe money."""
    browser = open_office(Role.COLLECTOR)
    add_customer("c2", "Pine Ridge Camp", email="ap@pines.example")
    add_customer("c3", "Mill Creek Bakery")
    add_customer("c4", "Alder Farm")
    issue("inv_1", 100_00, on="2025-03-01")
    issue("inv_2", 50_00, "c2", on="2025-05-20")
    return browser


def hidden(body: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', body)
    assert found, name
    return found[1]


def confirmed(office: Browser, **form: str) -> dict[str, str]:
    """Go through the confirming page; return the form that it shows."""
    page = office.post(f"{LIST}/new", {"csrf": office.csrf(), "kind": "open_items", "delivery": "email", "who": "all", **form})
    assert page.status == 200, page.text
    return {
        name: hidden(page.body, name) for name in ("csrf", "key", "ids", "kind", "as_of", "delivery", "overdue", "min", "q", "currency")
    }


def started(office: Browser, **form: str) -> StatementRun:
    answer = office.post(LIST, confirmed(office, **form))
    assert answer.status == 303, answer.text
    return wiring_statements.run_store().get("ten_1", answer.headers["Location"].split("/")[-1].split("?")[0])


def worked(run: StatementRun, outcomes: dict[str, tuple[Outcome, str]]) -> None:
    """List a pass's customers and say what became of each, as the state machine's tasks do."""
    desk, task = wiring_statements.listing_desk(), Pass(run.tenant_id, run.run_id, run.number)
    prepare_run(task, desk=desk)
    listed = desk.runs.get(run.tenant_id, run.run_id)
    for batch in list(desk.runs.batches(listed)):
        done = [Done(one, f"Name of {one}", *outcomes[one]) for one in batch.customer_ids]
        desk.runs.advance(listed, batch, done, NOW)
    finish_run(task, desk=desk)


def test_the_choices_show_whom_they_find_before_anything_is_sent(office: Browser):
    everyone, owing, found = (office.get(f"{LIST}/new{query}").text for query in ("", "?overdue=1", "?q=pine"))

    assert "4 customers match" in everyone
    assert "2 of them have nothing open today and will get nothing." in everyone
    assert "Alder Farm c4 –" in everyone
    assert "1 customer matches" in owing
    assert "Halvorsen Construction c1 $100.00 its company contacts Preview" in owing
    assert "Pine Ridge Camp c2 $50.00 ap@pines.example Preview" in found


def test_a_minimum_is_read_as_the_business_types_amounts(office: Browser):
    assert "1 customer matches" in office.get(f"{LIST}/new?min=60").text
    assert "Type an amount such as" in office.get(f"{LIST}/new?min=much").text


def test_a_minimum_needs_its_currency_where_the_business_bills_in_several(office: Browser):
    issue("inv_3", 50_00, "c3", currency="CAD")

    assert "Choose the currency of the minimum." in office.get(f"{LIST}/new?min=60").text
    assert "1 customer matches" in office.get(f"{LIST}/new?min=50&currency=CAD").text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("kind=open_items&as_of=2025-06-03", "has not come yet"),
        ("kind=activity&from=2025-06-02&to=2025-06-01", "lies after"),
        ("kind=open_items&as_of=soon", "Type a day"),
    ],
)
def test_days_that_cannot_be_are_told(office: Browser, query: str, words: str):
    assert words in office.get(f"{LIST}/new?{query}").text


def test_nobody_matching_offers_to_clear_the_filters(office: Browser):
    text = office.get(f"{LIST}/new?q=zebra").text

    assert "Nobody matches." in text
    assert "Clear the filters" in text


def test_the_preview_leads_to_the_statement_with_the_choices(office: Browser):
    body = office.get(f"{LIST}/new?kind=activity&from=2025-05-01&to=2025-05-31&q=pine").body

    assert "/admin/documents/statements/c2?kind=activity&amp;from=2025-05-01&amp;to=2025-05-31" in body


def test_everyone_who_matches_gets_one_after_a_confirmation(office: Browser):
    page = office.post(f"{LIST}/new", {"csrf": office.csrf(), "kind": "open_items", "delivery": "email", "who": "all", "overdue": "1"})

    run = started(office, overdue="1")

    assert "Send to 1 customer?" in page.text
    assert "Open items as of Jun 2, 2025" in page.text
    assert (run.chosen_by.overdue_only, run.named, run.created_by) == (True, False, "stf_ten_1")


def test_only_those_ticked_get_one(office: Browser):
    run = started(office, who="ticked", c_c2="1", c_c3="1")

    assert wiring_statements.run_store().named_ids(run) == ["c2", "c3"]


def test_nobody_ticked_is_told_and_sends_nothing(office: Browser):
    answer = office.post(f"{LIST}/new", {"csrf": office.csrf(), "who": "ticked"})

    assert (answer.status, "Nobody is ticked." in answer.text) == (422, True)
    assert "No statements were sent yet." in office.get(LIST).text


def test_the_same_form_twice_is_one_run(office: Browser):
    form = confirmed(office)

    first, second = office.post(LIST, form), office.post(LIST, form)

    assert first.headers["Location"] == second.headers["Location"]
    assert office.get(LIST).body.count("/admin/statements/stm_") == 1


def test_a_runs_page_tells_how_far_it_is_and_follows_it(aws: Cloud, office: Browser):
    run = started(office)
    at_first = office.get(f"{LIST}/{run.run_id}?done=started")
    worked(
        run,
        {
            "c1": (Outcome.NO_ADDRESS, ""),
            "c2": (Outcome.SENT, ""),
            "c3": (Outcome.NOTHING_TO_SEND, ""),
            "c4": (Outcome.SUPPRESSED, "a@b.example"),
        },
    )
    aws.set_clock(NOW + timedelta(seconds=5))

    at_last = office.get(f"{LIST}/{run.run_id}")

    assert 'data-poll="2"' in at_first.body
    assert "You may leave this page" in at_first.text
    assert "data-poll" not in at_last.body
    assert "Done with failures" in at_last.text
    assert "1 of 4 sent, 2 failed, 1 with nothing to send." in at_last.text
    assert "Name of c1 c1 No address The customer has no email address" in at_last.text
    assert 'href="/admin/customers/c1/contacts"' in at_last.body
    assert 'href="/admin/email-activity/suppressions?q=a%40b.example"' in at_last.body
    assert "1 of 4 sent, 2 failed" in office.get(LIST).text


def test_the_failures_come_as_a_file(office: Browser):
    run = started(office, q="halvorsen")
    worked(run, {"c1": (Outcome.NO_ADDRESS, "")})

    [row] = csv.DictReader(io.StringIO(office.get(f"{LIST}/{run.run_id}/failures.csv").body))

    assert (row["customer_id"], row["reason"]) == ("c1", "No address")


def test_a_run_is_stopped_after_asking(office: Browser):
    run = started(office)
    asked = office.get(f"{LIST}/{run.run_id}/stop").text

    done = office.post(f"{LIST}/{run.run_id}/stop", {"csrf": office.csrf()})

    assert "Stop this run? Open items as of Jun 2, 2025." in asked
    assert "The run ends before its next customer." in office.get(done.headers["Location"]).text
    assert wiring_statements.run_store().get("ten_1", run.run_id).status is RunStatus.STOPPING


def test_only_the_failed_ones_are_retried(office: Browser):
    run = started(office)
    worked(
        run,
        {
            "c1": (Outcome.NO_ADDRESS, ""),
            "c2": (Outcome.SENT, ""),
            "c3": (Outcome.NOTHING_TO_SEND, ""),
            "c4": (Outcome.NOTHING_TO_SEND, ""),
        },
    )

    asked = office.get(f"{LIST}/{run.run_id}/retry").text
    again = office.post(f"{LIST}/{run.run_id}/retry", {"csrf": office.csrf()})
    second = wiring_statements.run_store().get("ten_1", run.run_id)
    worked(second, {"c1": (Outcome.SENT, "")})

    assert "Nobody who got a statement in this run gets another one." in asked
    assert again.headers["Location"].endswith("?done=retried")
    assert "2 of 4 sent, 2 with nothing to send." in office.get(f"{LIST}/{run.run_id}").text


def test_one_customer_gets_a_statement_from_its_page(office: Browser):
    page = office.get("/admin/customers/c2/statement?kind=activity")
    form = {name: hidden(page.body, name) for name in ("csrf", "key", "kind", "from", "to", "delivery")}

    answer = office.post("/admin/customers/c2/statement", form)
    run_id = answer.headers["Location"].split("/")[-1].split("?")[0]

    assert "Activity from May 3, 2025 to Jun 2, 2025" in page.text
    assert "It goes to ap@pines.example ." in page.text
    assert wiring_statements.run_store().named_ids(wiring_statements.run_store().get("ten_1", run_id)) == ["c2"]
    assert "Send statement" in office.get("/admin/customers/c2/emails").text


def test_a_customer_without_an_address_is_told_before(office: Browser):
    assert "Neither the customer nor a company contact has an email address. Add one" in office.get("/admin/customers/c3/statement").text


def test_a_viewer_follows_runs_and_begins_none(aws: Cloud):  # noqa: ARG001 - the cloud stands before the office opens
    viewer = open_office()

    assert "New statements" not in viewer.get(LIST).text
    assert viewer.get(f"{LIST}/new").status == 403
    assert "Send statement" not in viewer.get("/admin/customers/c1/emails").text
