"""Runs of automations as pages: the list, how far one is, which gate stopped whose mail, the file (R70)."""

from __future__ import annotations

import csv
import io

import pytest

from duebook import wiring
from duebook.domain.automation import Automation, AutomationSettings, NewInvoices
from duebook.domain.automation_runs import Outcome, RunStatus
from duebook.domain.directory import Role
from duebook.domain.email_activity import About, MailKind, MailText, mail_caused
from tests.integration.automation_office import HERE, add_run, turn_on
from tests.integration.cloud import Cloud
from tests.integration.staff_office import NOW, Browser, add_tenant, open_office


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give the signed-in browser of a viewer of a business with one customer."""
    return open_office()


def test_runs_of_all_automations_stand_in_one_order_newest_first(office: Browser):
    add_run(1, {"c1": (Outcome.SENT, "")}, Automation.NEW_INVOICES)
    add_run(2, {"c1": (Outcome.SENT, "")})
    add_run(3, {"c1": (Outcome.FAILED, "")}, Automation.ACCOUNT_SUMMARY)

    everything, chosen = office.get(f"{HERE}/runs"), office.get(f"{HERE}/runs?automation=new_invoices")

    assert [everything.body.index(f"aut_00{number}") for number in (3, 2, 1)] == sorted(
        everything.body.index(f"aut_00{n}") for n in (1, 2, 3)
    )
    assert "Done with failures" in everything.text
    assert "aut_001" in chosen.body
    assert "aut_002" not in chosen.body


def test_older_runs_are_a_page_further(office: Browser):
    for number in range(60):
        add_run(number, {}, [*Automation][number % 3])

    first = office.get(f"{HERE}/runs")
    older = office.get(f"{HERE}/runs?before=aut_010")

    assert "before=aut_010" in first.body
    assert first.body.count('<th scope="row">') == 50
    assert older.body.count('<th scope="row">') == 10
    assert "Newest" in older.text


def test_no_runs_yet_says_so(office: Browser):
    assert "No automation ran yet." in office.get(f"{HERE}/runs").text
    assert "Account summary did not run yet." in office.get(f"{HERE}/runs?automation=account_summary").text


def test_a_run_tells_which_gate_stopped_whose_mail(office: Browser):
    run_id = add_run(
        1,
        {
            "c1": (Outcome.SENT, "Tier 2: ap@halvorsen.example"),
            "c2": (Outcome.PAUSED, "Paused until 2025-06-10."),
            "c3": (Outcome.NO_ADDRESS, ""),
        },
    )
    here = f"{HERE}/runs/past_due_notices/{run_id}"

    page, paused, nobody = office.get(here), office.get(f"{here}?outcome=paused"), office.get(f"{here}?outcome=failed")

    assert "1 mailed, 1 paused, 1 without an address." in page.text
    assert "Mailed Tier 2: ap@halvorsen.example" in page.text
    assert "The customer has no email address, nor has any of its company contacts." in page.text
    assert "/admin/email-activity?from=2025-06-02&amp;to=2025-06-02" in page.body
    assert "/admin/customers/c2/emails" in page.body
    assert "data-poll" not in page.body
    assert "Name of c2" in paused.text
    assert "Name of c1" not in paused.text
    assert "No customer of this run has the outcome “Failed”." in nobody.text


def test_a_run_that_goes_on_is_looked_at_again(office: Browser):
    run_id = add_run(1, {"c1": (Outcome.SENT, "")}, status=RunStatus.RUNNING, total=3)

    page = office.get(f"{HERE}/runs/past_due_notices/{run_id}")

    assert 'data-poll="2"' in page.body
    assert '<progress class="progress" max="3" value="1"' in page.body
    assert "1 mailed, 2 left." in page.text


def test_a_long_run_is_turned_page_by_page(office: Browser):
    run_id = add_run(1, {f"c{number:03d}": (Outcome.SENT, "") for number in range(120)})
    here = f"{HERE}/runs/past_due_notices/{run_id}"

    first, second = office.get(here), office.get(f"{here}?start=100")

    assert first.body.count('<th scope="row">') == 100
    assert f'href="{here}?start=100"' in first.body
    assert second.body.count('<th scope="row">') == 20


def test_the_file_has_what_is_filtered(office: Browser):
    run_id = add_run(1, {"c1": (Outcome.SENT, "ap@x.example"), "c2": (Outcome.PAUSED, "")})
    here = f"{HERE}/runs/past_due_notices/{run_id}/customers.csv"

    whole, paused = (list(csv.reader(io.StringIO(office.get(path).body))) for path in (here, f"{here}?outcome=paused"))

    assert whole[0] == ["customer_id", "customer_name", "outcome", "words"]
    assert [row[0] for row in whole[1:]] == ["c1", "c2"]
    assert paused[1:] == [["c2", "Name of c2", "Paused", "Past-due notices are paused for this customer."]]


def test_a_mail_of_a_run_leads_to_it_by_its_id_alone(office: Browser):
    run_id = add_run(1, {}, Automation.ACCOUNT_SUMMARY)

    about = About("automation_run", run_id)
    mail = mail_caused(
        "ten_1", "c1", at=NOW, to="ap@x.example", subject="Summary", kind=MailKind.ACCOUNT_SUMMARY, customer_id="c1", about=about
    )
    wiring.email_store().add(mail, MailText("Summary", "<p>Hello</p>", "Hello"), NOW)

    assert f'href="{HERE}/runs/{run_id}"' in office.get(f"/admin/email-activity/{mail.key.mail_id}").body
    assert office.get(f"{HERE}/runs/{run_id}").headers["Location"] == f"{HERE}/runs/account_summary/{run_id}"
    assert office.get(f"{HERE}/runs/aut_none").status == 404


def test_another_business_has_its_own_runs_and_settings(office: Browser):
    add_tenant("ten_2", "other@pines.example", role=Role.ADMIN)
    turn_on(AutomationSettings(new_invoices=NewInvoices(enabled=True)))
    run_id = add_run(1, {"c1": (Outcome.SENT, "")})
    other = Browser()
    other.sign_in("other@pines.example")

    assert other.get(f"{HERE}/runs/past_due_notices/{run_id}").status == 404
    assert "All three are off" in other.get(HERE).text
    assert "All three are off" not in office.get(HERE).text
