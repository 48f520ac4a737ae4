"""The form of one automation: each field is checked, what it does not show stays."""

from __future__ import annotations

import pytest

from duebook.domain.automation import AccountSummary, Automation, AutomationSettings, NewInvoices, PastDueNotices, SummaryFormat
from duebook.errors import InvalidInputError
from duebook.web.automation_form import NOT_RISING, Checked, checked_form, read_form

SETTINGS = AutomationSettings(NewInvoices(enabled=True), AccountSummary(window_days=14), PastDueNotices(), version=3)


def checked(automation: Automation, **sent: str) -> Checked:
    schedule = {"repeat": "weekdays", "at": "09:00", "expression": "0 9 * * 1-5"}
    made = {"made_repeat": "weekdays", "made_fields": "0 9 * * 1-5", "made_expression": "0 9 * * 1-5"}
    return checked_form(read_form({"version": "3", **schedule, **made, **sent}, automation), SETTINGS)


def test_new_invoices_have_a_switch_alone():
    assert checked(Automation.NEW_INVOICES) == Checked(
        AutomationSettings(NewInvoices(), SETTINGS.account_summary, SETTINGS.past_due_notices, 3)
    )


def test_past_due_notices_are_read_whole_and_the_others_stay():
    found = checked(Automation.PAST_DUE_NOTICES, enabled="1", tier_1="5", tier_2="20", tier_3=" 90 ", repeat_days="14")

    assert found.settings == AutomationSettings(
        SETTINGS.new_invoices,
        SETTINGS.account_summary,
        PastDueNotices(enabled=True, schedule="0 9 * * 1-5", tiers=(5, 20, 90), repeat_days=14),
        3,
    )


@pytest.mark.parametrize(
    ("tiers", "wrong"),
    [
        (("5", "5", "90"), {"tier_2": NOT_RISING}),
        (("5", "20", "10"), {"tier_3": NOT_RISING}),
        (("0", "20", "90"), {"tier_1": "Type a number of days from 1 to 999."}),
        (("1", "x", "1000"), dict.fromkeys(("tier_2", "tier_3"), "Type a number of days from 1 to 999.")),
    ],
)
def test_tiers_rise(tiers: tuple[str, str, str], wrong: dict[str, str]):
    first, second, third = tiers
    found = checked(Automation.PAST_DUE_NOTICES, tier_1=first, tier_2=second, tier_3=third, repeat_days="7")

    assert found == Checked(None, wrong)


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_page():
    found = checked(Automation.PAST_DUE_NOTICES, tier_1="", tier_2="31", tier_3="61", repeat_days="0", expression="0 9 31 2 *")

    assert list(found.problems) == ["tier_1", "repeat_days", "expression"]


@pytest.mark.parametrize(("typed", "days"), [("", 14), ("60", 60)])
def test_open_invoices_ask_for_no_days(typed: str, days: int):
    found = checked(Automation.ACCOUNT_SUMMARY, format="open_invoices", window_days=typed)

    assert found.settings is not None
    assert found.settings.account_summary == AccountSummary(schedule="0 9 * * 1-5", window_days=days)


@pytest.mark.parametrize("typed", ["", "0", "367", "ten"])
def test_transactions_ask_for_days(typed: str):
    found = checked(Automation.ACCOUNT_SUMMARY, format=SummaryFormat.RECENT_TRANSACTIONS.value, window_days=typed)

    assert found.problems == {"window_days": "Type a number of days from 1 to 366."}


def test_a_format_that_is_none_is_refused():
    assert checked(Automation.ACCOUNT_SUMMARY, format="poem", window_days="9").problems == {"format": "Choose what the summary lists."}


@pytest.mark.parametrize("version", ["", "x", "-1", "1" * 10])
def test_a_form_says_what_it_was_made_of(version: str):
    with pytest.raises(InvalidInputError, match="made of"):
        checked(Automation.NEW_INVOICES, version=version)
