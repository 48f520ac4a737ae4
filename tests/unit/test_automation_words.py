"""What the pages of billing automation say: how far ahead, how many, what became of a run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import pytest

from duebook.domain.automation import Automation, AutomationSettings, CustomerAutomation, NewInvoices, PastDueNotices
from duebook.domain.automation_runs import AutomationRun, Done, Outcome, RunStatus
from duebook.usecases.forecast_automation import Forecast, counted
from duebook.web import automation_words as words
from duebook.web.pages import Formats

NOW = datetime(2025, 6, 2, 12, 0, tzinfo=UTC)
FORMATS = Formats("en-US", "America/New_York")


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(0), "within a minute"),
        (timedelta(seconds=90), "in 1 minute"),
        (timedelta(minutes=59), "in 59 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(hours=15), "in 15 hours"),
        (timedelta(hours=17), "tomorrow"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=1000), "in 2 years"),
    ],
)
def test_how_far_ahead_by_the_days_of_the_business(ahead: timedelta, said: str):
    assert words.away_words(NOW + ahead, NOW, "America/New_York") == said


def test_after_midnight_is_not_yet_tomorrow_while_it_is_hours_away():
    late = datetime(2025, 6, 3, 3, 0, tzinfo=UTC)

    assert words.away_words(late + timedelta(hours=3), late, "America/New_York") == "in 3 hours"


def test_an_instant_has_its_weekday_in_the_zone_of_the_business():
    assert words.moment_with_weekday(datetime(2025, 6, 3, 3, 0, tzinfo=UTC), FORMATS) == "Monday, Jun 2, 2025, 11:00\u00a0PM EDT"


@pytest.mark.parametrize(
    ("automation", "found", "said"),
    [
        (Automation.NEW_INVOICES, Forecast(), "Nobody: no customer has automation on yet."),
        (Automation.NEW_INVOICES, Forecast(on=1, paused=1), "Up to 1 customer: it has automation on."),
        (Automation.ACCOUNT_SUMMARY, Forecast(on=1200), "Up to 1,200 customers: they have automation on."),
        (Automation.PAST_DUE_NOTICES, Forecast(on=42, paused=3), "Nobody: nothing is past due. Automation is on for 42 customers, 3 of them paused."),
        (Automation.PAST_DUE_NOTICES, Forecast(on=2, late=9), "Nobody: of 9 that may have something past due, none has automation on."),
        (
            Automation.PAST_DUE_NOTICES,
            Forecast(on=42, paused=3, late=9, late_on=8, late_paused=1),
            "Up to 7 customers: of 9 that may have something past due, 8 have automation on, 1 of them paused.",
        ),
        (
            Automation.PAST_DUE_NOTICES,
            Forecast(on=42, paused=3, late=1, late_on=1, late_paused=1),
            "Nobody: of 1 that may have something past due, 1 has automation on, and is paused.",
        ),
        (
            Automation.PAST_DUE_NOTICES,
            Forecast(on=2, paused=2, late=3, late_on=2, late_paused=2),
            "Nobody: of 3 that may have something past due, 2 have automation on, and all of them are paused.",
        ),
    ],
)  # fmt: skip
def test_whom_it_would_write_to(automation: Automation, found: Forecast, said: str):
    assert words.forecast_words(automation, found, FORMATS) == said


def test_switches_are_counted_with_those_who_may_be_late():
    today = date(2025, 6, 2)
    switches = [
        CustomerAutomation("on", enabled=True),
        CustomerAutomation("late", enabled=True),
        CustomerAutomation("paused", enabled=True, paused_until=today),
        CustomerAutomation("over", enabled=True, paused_until=date(2025, 6, 1)),
        CustomerAutomation("off", enabled=False, paused_until=today),
    ]

    assert counted(switches, {"late", "paused", "off", "never"}, today) == Forecast(on=4, paused=1, late=4, late_on=2, late_paused=1)


def run(status: RunStatus = RunStatus.DONE, total: int | None = 16, **counts: int) -> AutomationRun:
    told = MappingProxyType({Outcome(name): count for name, count in counts.items()})
    return AutomationRun("ten_1", "aut_1", Automation.PAST_DUE_NOTICES, NOW, NOW, status=status, total=total, counts=told)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (run(sent=12, paused=3, no_address=1), "12 mailed, 3 paused, 1 without an address."),
        (run(RunStatus.RUNNING, sent=12), "12 mailed, 4 left."),
        (run(RunStatus.PREPARING, None), "Its customers are being listed."),
        (run(RunStatus.FAILED, None), "It ended before its customers were listed."),
        (run(total=0), "There was nobody to look at."),
    ],
)
def test_a_run_in_a_sentence(one: AutomationRun, said: str):
    assert words.result_words(one, FORMATS) == said


def test_a_run_with_failures_says_so():
    assert words.status_words(run(sent=1, failed=1)) == ("Done with failures", "warn")


def test_every_outcome_has_words_a_tone_and_a_count():
    assert set(words.OUTCOMES) == set(words.COUNTED) == set(Outcome)


def test_the_gate_that_stopped_a_mail_is_told():
    paused = Done("c1", "Halvorsen", Outcome.PAUSED, "Paused until 2025-06-10.")

    assert words.outcome_words(paused) == "Past-due notices are paused for this customer. Paused until 2025-06-10."


def test_the_log_tells_what_was_done_to_an_automation():
    off, notices = AutomationSettings(), Automation.PAST_DUE_NOTICES

    assert words.change_words(off, AutomationSettings(past_due_notices=PastDueNotices(enabled=True)), notices) == "Past-due notices: on"
    assert (
        words.change_words(off, AutomationSettings(past_due_notices=PastDueNotices(repeat_days=9)), notices) == "Past-due notices: changed"
    )
    assert words.change_words(off, AutomationSettings(NewInvoices(enabled=True)), notices) == ""
