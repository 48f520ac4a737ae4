"""A business's automations and each customer's switch: what is kept, what is planned, what is refused (R70, R71, R73, R76)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from duebook import wiring, wiring_automation
from duebook.domain.automation import (
    AccountSummary,
    Automation,
    AutomationSettings,
    CustomerAutomation,
    NewInvoices,
    Noticed,
    PastDueNotices,
    noticed,
)
from duebook.errors import ConflictError, NotFoundError, UnprocessableError
from duebook.storage.automation_store import AutomationStore
from duebook.usecases.change_automation import Pause, put_automation, put_customer_automation, replan
from tests.integration import staff_office as office
from tests.integration.cloud import Cloud

NOW = office.NOW
"""Monday, 2 June 2025, 08:00 in New York."""
TODAY = date(2025, 6, 2)
MONTHLY = datetime.fromisoformat("2025-07-01T12:00:00+00:00")
ON = AutomationSettings(NewInvoices(enabled=True), AccountSummary(enabled=True), PastDueNotices(enabled=True))


@pytest.fixture(autouse=True)
def _business(aws: Cloud) -> None:  # noqa: ARG001 - the cloud stands first
    office.add_tenant()
    office.add_customer()


def put(wanted: AutomationSettings, now: datetime = NOW) -> AutomationSettings:
    return put_automation("ten_1", wanted, store=store(), directory=wiring.directory_store(), now=now)


def put_customer(customer_id: str = "c1", *, enabled: bool | None = None, pause: Pause | None = None) -> CustomerAutomation:
    directory = wiring.directory_store()
    return put_customer_automation("ten_1", customer_id, enabled=enabled, pause=pause, store=store(), directory=directory, now=NOW)


def store() -> AutomationStore:
    return wiring_automation.automation_store()


def planned() -> dict[Automation, datetime]:
    return {plan.automation: plan.planned_at for plan in store().plans()}


def moved_to(zone: str, now: datetime = NOW) -> None:
    directory = wiring.directory_store()
    was = directory.tenant("ten_1")
    directory.save_tenant(replace(was, time_zone=zone), was=was)
    replan("ten_1", store=store(), directory=directory, now=now)


def test_r70_nothing_is_on_and_nothing_planned_until_somebody_says_so() -> None:
    settings = store().settings("ten_1")

    assert [settings.is_on(one) for one in Automation] == [False, False, False]
    assert put(AutomationSettings()) == settings
    assert planned() == {}


def test_r73_what_is_switched_on_is_planned_in_the_zone_of_the_business() -> None:
    saved = put(ON)

    assert saved == store().settings("ten_1")
    assert planned() == {
        Automation.ACCOUNT_SUMMARY: MONTHLY,
        Automation.PAST_DUE_NOTICES: datetime.fromisoformat("2025-06-02T13:00:00+00:00"),
    }


def test_what_is_switched_off_is_planned_no_more() -> None:
    saved = put(ON)

    put(replace(saved, account_summary=AccountSummary()))

    assert set(planned()) == {Automation.PAST_DUE_NOTICES}


def test_a_plan_is_written_anew_only_where_switch_or_schedule_changed() -> None:
    saved = put(ON)
    before = {plan.automation: plan for plan in store().plans()}

    after = put(
        replace(saved, past_due_notices=PastDueNotices(enabled=True, schedule="30 6 * * *", repeat_days=3)), NOW + timedelta(days=1)
    )

    plans = {plan.automation: plan for plan in store().plans()}
    assert plans[Automation.ACCOUNT_SUMMARY] == before[Automation.ACCOUNT_SUMMARY]
    assert plans[Automation.PAST_DUE_NOTICES].planned_at == datetime.fromisoformat("2025-06-04T10:30:00+00:00")
    put(replace(after, past_due_notices=replace(after.past_due_notices, tiers=(5, 35, 65))), NOW + timedelta(days=2))
    assert {plan.automation: plan for plan in store().plans()} == plans


def test_the_same_said_again_changes_nothing_whatever_was_read() -> None:
    saved = put(ON)
    plans = store().plans()

    again = put(ON, NOW + timedelta(days=40))

    assert (again, store().plans()) == (saved, plans)


def test_what_was_read_before_somebody_else_changed_it_is_refused() -> None:
    put(ON)

    with pytest.raises(ConflictError, match="changed meanwhile"):
        put(replace(ON, new_invoices=NewInvoices()))


@pytest.mark.parametrize(
    ("wanted", "field", "words"),
    [
        (AutomationSettings(account_summary=AccountSummary(schedule="0 8 31 2 *")), "account_summary.schedule", "never runs"),
        (AutomationSettings(past_due_notices=PastDueNotices(schedule="*/10 * * * *")), "past_due_notices.schedule", "hourly at most"),
        (AutomationSettings(past_due_notices=PastDueNotices(schedule="9 o'clock")), "past_due_notices.schedule", "five fields"),
        (AutomationSettings(past_due_notices=PastDueNotices(tiers=(1, 61, 31))), "past_due_notices.tiers", "larger than the one before"),
    ],
)
def test_r73_what_cannot_be_is_refused_when_saving_though_it_is_off(wanted: AutomationSettings, field: str, words: str) -> None:
    with pytest.raises(UnprocessableError, match=words) as refused:
        put(wanted)

    assert refused.value.facts["field"] == field


def test_a_schedule_is_kept_with_its_blanks_squeezed() -> None:
    saved = put(replace(ON, account_summary=AccountSummary(enabled=True, schedule=" 0  7 * * 1 ")))

    assert saved.account_summary.schedule == "0 7 * * 1"


def test_r73_another_time_zone_moves_what_is_planned_and_nothing_that_holds() -> None:
    put(ON)
    saved = store().settings("ten_1")

    moved_to("America/Chicago")
    after = store().settings("ten_1")
    moved_to("America/Chicago", NOW + timedelta(minutes=30))

    assert planned() == {
        Automation.ACCOUNT_SUMMARY: MONTHLY + timedelta(hours=1),
        Automation.PAST_DUE_NOTICES: datetime.fromisoformat("2025-06-02T14:00:00+00:00"),
    }
    assert replace(after, version=0) == replace(saved, version=0)
    assert store().settings("ten_1") == after


def test_r73_a_run_that_is_due_is_not_moved_away_by_another_time_zone() -> None:
    put(ON)
    due = planned()[Automation.PAST_DUE_NOTICES]

    moved_to("America/Los_Angeles", due + timedelta(minutes=1))

    assert planned()[Automation.PAST_DUE_NOTICES] == due


def test_another_time_zone_plans_nothing_for_who_has_nothing_on() -> None:
    moved_to("Asia/Tokyo")

    assert planned() == {}


def test_r76_a_customer_is_switched_on_paused_and_on_again() -> None:
    on = put_customer(enabled=True)
    paused = put_customer(pause=Pause(TODAY, "On a payment plan"))
    ended = put_customer(pause=Pause(None, "no reason without a pause"))

    assert (on.enabled, on.paused_until) == (True, None)
    assert (paused.enabled, paused.paused_until, paused.reason) == (True, TODAY, "On a payment plan")
    assert paused.is_paused(TODAY)
    assert (ended.enabled, ended.paused_until, ended.reason) == (True, None, None)
    assert put_customer(enabled=True) == ended == store().customer("ten_1", "c1")


def test_r74_the_switch_leaves_notices_and_links_as_they_are() -> None:
    was = store().customer("ten_1", "c1")
    told = store().save_customer("ten_1", replace(noticed(was, 2, TODAY, "run_1"), links_from=NOW), was=was)

    after = put_customer(enabled=True, pause=Pause(TODAY + timedelta(days=3)))

    assert (after.notices, after.links_from) == ({2: Noticed(TODAY, "run_1")}, NOW) == (told.notices, told.links_from)


def test_a_pause_that_is_over_already_is_refused_but_one_that_ran_out_may_be_said_again() -> None:
    with pytest.raises(UnprocessableError, match="is over already; pause through 2025-06-02 or a later day"):
        put_customer(pause=Pause(TODAY - timedelta(days=1)))

    was = store().customer("ten_1", "c1")
    over = store().save_customer("ten_1", replace(was, paused_until=date(2025, 5, 1)), was=was)
    assert put_customer(enabled=True, pause=Pause(date(2025, 5, 1))).paused_until == over.paused_until


def test_a_customer_that_is_not_there_has_no_switch() -> None:
    with pytest.raises(NotFoundError, match="c9"):
        put_customer("c9", enabled=True)


class StoreOfABusyRun(AutomationStore):
    """A store in which a run notes a notice each time somebody reads the customer's switch, twice."""

    runs = 2

    def customer(self, tenant_id: str, customer_id: str) -> CustomerAutomation:
        """Read the switch, and have it changed thereafter."""
        found = super().customer(tenant_id, customer_id)
        if self.runs:
            self.save_customer(tenant_id, noticed(found, self.runs, TODAY, f"run_{self.runs}"), was=found)
            self.runs -= 1
        return found


def test_a_run_that_notes_a_notice_meanwhile_does_not_keep_staff_from_pausing() -> None:
    busy = StoreOfABusyRun(wiring.client("dynamodb"), wiring.tables())

    paused = put_customer_automation("ten_1", "c1", pause=Pause(TODAY), store=busy, directory=wiring.directory_store(), now=NOW)

    assert (paused.paused_until, set(paused.notices)) == (TODAY, {1, 2})
