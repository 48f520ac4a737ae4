"""Billing automation as pages, without a browser: the cards, the forms with the schedule editor, runs and what became of whom (R70-R76)."""

from __future__ import annotations

from datetime import date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from duebook import wiring, wiring_automation, wiring_staff
from duebook.domain.automation import Automation, AutomationSettings, NewInvoices, PastDueNotices
from duebook.domain.automation_runs import Outcome
from duebook.domain.directory import Role
from duebook.domain.email_activity import MailKind
from tests.integration.automation_office import HERE, add_run, settings, switch, turn_on
from tests.integration.cloud import Cloud
from tests.integration.staff_office import EMAIL, Browser, add_customer, issue, open_office

NOTICES, SUMMARY, NEW = (
    f"{HERE}/{one.value}" for one in (Automation.PAST_DUE_NOTICES, Automation.ACCOUNT_SUMMARY, Automation.NEW_INVOICES)
)


class Form(HTMLParser):
    """What a browser would send of the page's form that is filled in."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False
        self._select = ""
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts: dict[str, Any] = dict(attrs)
        name, value = facts.get("name"), facts.get("value") or ""
        if tag == "form":
            self._inside = "novalidate" in facts
        elif not self._inside:
            return
        elif tag == "input" and name and (facts.get("type") not in {"checkbox", "radio"} or "checked" in facts):
            self.fields[name] = value
        elif tag == "select":
            self._select = name or ""
        elif tag == "option" and "selected" in facts:
            self.fields[self._select] = value
            self._select = "" if value else self._select

    def handle_data(self, data: str) -> None:
        # An option without a value says its own text.
        if self._inside and self._select and self.fields.get(self._select) == "":
            self.fields[self._select] = data


def form(browser: Browser, path: str, **changes: str | None) -> dict[str, str]:
    """Fill in the form of a page as it stands, with changes; None leaves a field out."""
    found = Form(browser.get(path).body).fields | {name: value for name, value in changes.items() if value is not None}
    return {name: value for name, value in found.items() if name not in changes or changes[name] is not None}


@pytest.fixture
def office(aws: Cloud) -> Browser:  # noqa: ARG001 - the cloud stands before the office opens
    """Give the signed-in browser of an admin of a business with one customer."""
    return open_office(Role.ADMIN)


def test_r70_all_is_off_until_it_is_turned_on_and_the_page_says_what_that_does(office: Browser):
    text = office.get(HERE).text

    assert "All three are off: nothing goes out by itself." in text
    assert "Switching one on sends nothing for the past." in text
    assert text.count("None while it is off") == 3
    assert "New invoices Off" in text


def test_a_card_tells_schedule_next_run_last_run_and_whom_it_would_write_to(office: Browser):
    for customer_id in ("c2", "c3"):
        add_customer(customer_id, f"Customer {customer_id}")
    issue("inv_1", 100_00, on="2025-03-01")
    issue("inv_2", 100_00, "c2", on="2025-03-01")
    switch("c1")
    switch("c2", paused_until=date(2025, 6, 2))
    switch("c3")
    turn_on(AutomationSettings(past_due_notices=PastDueNotices(enabled=True, schedule="0 9 * * 3")))
    add_run(1, {"c1": (Outcome.SENT, ""), "c2": (Outcome.PAUSED, "")})

    page = office.get(HERE)

    assert "Past-due notices On" in page.text
    assert "Schedule At 09:00 on Wednesday" in page.text
    assert "Next run Wednesday, Jun 4, 2025, 9:00 AM EDT in 2 days" in page.text
    assert "1 mailed, 1 paused." in page.text
    assert 'href="/admin/automation/runs/past_due_notices/aut_001"' in page.body
    assert "Up to 1 customer: of 2 that may have something past due, 2 have automation on, 1 of them paused." in page.text
    assert "Up to 3 customers: they have automation on." in page.text
    assert "All three are off" not in page.text


def test_r71_a_switch_that_no_customer_shares_is_told(office: Browser):
    turn_on(AutomationSettings(new_invoices=NewInvoices(enabled=True)))

    assert "No customer has automation on yet, so nobody gets a mail." in office.get(HERE).text


def test_past_due_notices_are_turned_on_with_tiers_and_a_schedule(office: Browser):
    answer = office.post(NOTICES, form(office, NOTICES, enabled="1", tier_2="20", repeat_days="10", at="5:30 pm", do="save"))

    assert (answer.status, answer.headers["Location"]) == (303, f"{HERE}?saved=past_due_notices")
    assert settings().past_due_notices == PastDueNotices(enabled=True, schedule="30 17 * * 1-5", tiers=(1, 20, 61), repeat_days=10)
    plan = wiring_automation.automation_store().plan("ten_1", Automation.PAST_DUE_NOTICES)
    assert plan is not None
    assert plan.planned_at.isoformat() == "2025-06-02T21:30:00+00:00"
    assert "Saved. Past-due notices: on." in office.get(answer.headers["Location"]).text


def test_an_account_summary_is_turned_on_and_off(office: Browser):
    on = form(office, SUMMARY, enabled="1", format="recent_transactions", window_days="45", repeat="last_day_of_month", do="save")
    office.post(SUMMARY, on)
    turned_on = settings().account_summary

    office.post(SUMMARY, form(office, SUMMARY, enabled=None, do="save"))

    assert (turned_on.enabled, turned_on.format.value, turned_on.window_days, turned_on.schedule) == (
        True,
        "recent_transactions",
        45,
        "0 8 L * *",
    )
    assert settings().account_summary.enabled is False
    assert wiring_automation.automation_store().plan("ten_1", Automation.ACCOUNT_SUMMARY) is None


def test_new_invoices_have_a_switch_and_no_schedule(office: Browser):
    office.post(NEW, form(office, NEW, enabled="1", do="save"))

    assert settings().new_invoices.enabled is True
    assert "Cron expression" not in office.get(NEW).text


def test_what_was_changed_stands_in_the_activity_log_once(office: Browser):
    for _ in range(2):
        office.post(NOTICES, form(office, NOTICES, enabled="1", do="save"))

    lines = wiring_staff.activity_store().of_tenant("ten_1", limit=10)

    assert [(line.words, line.detail, line.actor.name) for line in lines] == [
        ("Changed automation", "Past-due notices: on", "Dana Whitlock")
    ]


def test_without_being_told_to_save_the_form_only_shows_what_it_would_do(office: Browser):
    page = office.post(NOTICES, form(office, NOTICES, enabled="1", tier_1="9", expression="0 8 * * 1"))

    assert page.status == 200
    assert settings() == AutomationSettings()
    kept = Form(page.body).fields
    assert (kept["repeat"], kept["weekday_1"], kept["expression"], kept["tier_1"], kept["enabled"]) == (
        "every_week",
        "1",
        "0 8 * * 1",
        "9",
        "1",
    )
    assert "At 08:00 on Monday." in page.text
    assert "Monday, Jun 9, 2025, 8:00 AM EDT in 7 days" in page.text


def test_r73_the_next_five_runs_are_listed_with_weekday_zone_and_clock_changes_marked(office: Browser, aws: Cloud):
    aws.set_clock(datetime.fromisoformat("2025-10-31T12:00:00+00:00"))
    office.sign_in()

    text = office.post(NOTICES, form(office, NOTICES, expression="30 1 * * 0")).text

    assert "Sunday, Nov 2, 2025, 1:30 AM EDT in 2 days Clock change 1:30 comes twice on Nov 2; runs the first time only" in text
    assert "Sunday, Nov 30, 2025, 1:30 AM EST in 30 days" in text
    assert "Times are those of New York" in text


def test_a_schedule_that_never_runs_or_too_often_is_refused_with_the_reason_and_stays_as_typed(office: Browser):
    for typed, words in (("0 8 31 2 *", "never runs"), ("*/10 * * * *", "runs hourly at most"), ("soon", "five fields")):
        page = office.post(NOTICES, form(office, NOTICES, enabled="1", expression=typed, do="save"))

        assert page.status == 422
        assert "<title>Error: Past-due notices" in page.body
        assert words in page.text
        assert Form(page.body).fields["expression"] == typed
        assert 'href="#expression"' in page.body
    assert settings() == AutomationSettings()


def test_a_preset_chosen_without_a_script_is_shown_with_its_fields_before_it_is_saved(office: Browser):
    shown = office.post(SUMMARY, form(office, SUMMARY, repeat="every_week", do="save"))
    sent = Form(shown.body).fields | {"weekday_5": "1", "do": "save"}
    saved = office.post(SUMMARY, {name: value for name, value in sent.items() if name != "weekday_1"})

    assert shown.status == 422
    assert "Look at the day and the time that belong to this repeat, then save." in shown.text
    assert "Friday" in shown.text
    assert saved.status == 303
    assert settings().account_summary.schedule == "0 8 * * 5"


def test_where_both_were_changed_somebody_is_asked_and_nothing_is_saved(office: Browser):
    asked = office.post(NOTICES, form(office, NOTICES, repeat="every_day", expression="0 7 1 * *", do="save"))
    saved = office.post(NOTICES, Form(asked.body).fields | {"meant": "expression", "do": "save"})

    assert asked.status == 422
    assert "both changed and say different things" in asked.text
    assert "At 09:00 every day (0 9 * * *)" in asked.text
    assert saved.status == 303
    assert settings().past_due_notices.schedule == "0 7 1 * *"


def test_all_that_is_wrong_is_told_at_its_field_and_above(office: Browser):
    page = office.post(NOTICES, form(office, NOTICES, tier_2="1", repeat_days="x", at="noon", do="save"))

    assert page.status == 422
    assert "3 things need correcting. Nothing was saved." in page.text
    for name in ("tier_2", "repeat_days", "at"):
        assert f'href="#{name}"' in page.body
        assert f'id="{name}-error"' in page.body


def test_a_change_by_somebody_else_meanwhile_is_told_and_what_was_typed_stays(office: Browser):
    mine = form(office, NOTICES, enabled="1", repeat_days="30", do="save")
    turn_on(AutomationSettings(new_invoices=NewInvoices(enabled=True)))

    refused = office.post(NOTICES, mine)
    saved = office.post(NOTICES, Form(refused.body).fields | {"do": "save"})

    assert refused.status == 409
    assert "Somebody changed the automations since you opened this page." in refused.text
    assert saved.status == 303
    assert settings().past_due_notices.repeat_days == 30
    assert settings().new_invoices.enabled is True


@pytest.mark.parametrize(("path", "kind"), [(NOTICES, "past_due_2"), (SUMMARY, "account_summary"), (NEW, "new_invoice")])
def test_a_test_goes_to_who_asked_for_it(office: Browser, path: str, kind: str):
    answer = office.post(f"{path}/test", {"csrf": office.csrf(), "kind": kind})

    assert (answer.status, answer.headers["Location"]) == (303, f"{HERE}?tested={kind}")
    (mail,) = wiring.email_store().of_address("ten_1", EMAIL, limit=5)
    assert mail.kind is MailKind.TEST
    assert mail.subject.startswith("Test: ")
    assert f"on its way to {EMAIL}" in office.get(answer.headers["Location"]).text


def test_a_kind_that_the_automation_does_not_send_is_not_tested(office: Browser):
    assert office.post(f"{NEW}/test", {"csrf": office.csrf(), "kind": "receipt"}).status == 404


def test_an_automation_that_there_is_none_of_has_no_page(office: Browser):
    assert office.get(f"{HERE}/everything").status == 404


@pytest.mark.usefixtures("aws")
def test_r85_a_viewer_sees_the_cards_and_is_offered_nothing_to_change():
    viewer = open_office(Role.VIEWER)

    page = viewer.get(HERE)

    assert "Only an admin can change these." in page.text
    assert "Send me a test" not in page.text
    assert f'href="{NOTICES}"' not in page.body
