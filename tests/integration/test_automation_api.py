"""The staff API about automations: a business's three, a customer's switch, runs and which gate kept a mail back (R70-R76)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from duebook import wiring, wiring_automation, wiring_staff
from duebook.domain.activity_log import ActivityLine
from duebook.domain.automation import Automation, Gate
from duebook.domain.automation_runs import AutomationRun, Batch, Done, Outcome, RunStatus, counted, outcome_of
from duebook.domain.identifiers import derived_ulid
from duebook.runtime.clock import utc_now
from duebook.storage.dynamo import transact
from tests.integration.api import StaffApi

SETTINGS, SWITCH = "/settings/automation", "/customers/c1/automation"
RUNS = "/automation/past_due_notices/runs"
OFF = {
    "new_invoices": {"enabled": False},
    "account_summary": {
        "enabled": False,
        "format": "open_invoices",
        "schedule": "0 8 1 * *",
        "schedule_words": "At 08:00 on day 1 of the month",
        "window_days": 30,
        "next_run_at": None,
    },
    "past_due_notices": {
        "enabled": False,
        "schedule": "0 9 * * 1-5",
        "schedule_words": "At 09:00 on Monday through Friday",
        "tiers": [1, 31, 61],
        "repeat_days": 7,
        "next_run_at": None,
    },
}
NOBODY: dict[str, Any] = {"enabled": False, "paused_until": None, "reason": None, "notices": []}


def lines(tenant_id: str = "ten_1") -> list[ActivityLine]:
    return wiring_staff.activity_store().of_tenant(tenant_id, limit=20)


def run(number: int = 1, done: tuple[Done, ...] = (), *, batch: int = 2) -> AutomationRun:
    """Put a run of past-due notices on record that is over."""
    now = utc_now() + timedelta(minutes=number)
    parts = [done[start : start + batch] for start in range(0, len(done), batch)]
    made = AutomationRun(
        "ten_1",
        derived_ulid(now, f"run {number}"),
        Automation.PAST_DUE_NOTICES,
        planned_at=now,
        created_at=now,
        status=RunStatus.DONE,
        total=len(done),
        counts=counted(done),
        batches=len(parts),
        ended_at=now,
    )
    batches = [Batch(place, tuple(one.customer_id for one in part), part) for place, part in enumerate(parts)]
    transact(wiring.client("dynamodb"), wiring_automation.run_store().added(made, batches))
    return made


def test_r70_everything_is_off_until_somebody_switches_it_on(staff: StaffApi) -> None:
    assert staff.get(SETTINGS).body == OFF
    assert staff.get(SWITCH).body == NOBODY


def test_r73_what_is_switched_on_tells_when_it_goes_next(staff: StaffApi) -> None:
    after = staff.put(SETTINGS, {"account_summary": {"enabled": True, "format": "recent_transactions", "schedule": "0 7 * * 1"}})

    assert after.status == 200
    assert after.body == staff.get(SETTINGS).body
    assert after.body["account_summary"] == {
        "enabled": True,
        "format": "recent_transactions",
        "schedule": "0 7 * * 1",
        "schedule_words": "At 07:00 on Monday",
        "window_days": 30,
        "next_run_at": "2025-06-09T11:00:00Z",
    }
    assert [line.detail for line in lines()] == ["Account summary: on"]


def test_parts_and_fields_left_out_stay_as_they_are(staff: StaffApi) -> None:
    staff.put(SETTINGS, {"past_due_notices": {"enabled": True, "tiers": [5, 35, 65]}, "new_invoices": {"enabled": True}})

    after = staff.put(SETTINGS, {"past_due_notices": {"repeat_days": 14}}).body

    assert (after["past_due_notices"]["enabled"], after["past_due_notices"]["tiers"]) == (True, [5, 35, 65])
    assert (after["past_due_notices"]["repeat_days"], after["new_invoices"]) == (14, {"enabled": True})


def test_settings_may_be_sent_back_as_they_were_answered(staff: StaffApi) -> None:
    body = {"new_invoices": {"enabled": True}, "account_summary": {"enabled": True}, "past_due_notices": {"enabled": True}}
    answered = staff.put(SETTINGS, body).body
    told = len(lines())

    again = staff.put(SETTINGS, answered)

    assert (again.status, again.body, len(lines())) == (200, answered, told)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"account_summary": {"schedule": "0 8 31 2 *"}}, "account_summary.schedule"),
        ({"account_summary": {"schedule": "*/15 * * * *"}}, "account_summary.schedule"),
        ({"past_due_notices": {"schedule": "at nine"}}, "past_due_notices.schedule"),
        ({"past_due_notices": {"tiers": [31, 1, 61]}}, "past_due_notices.tiers"),
        ({"past_due_notices": {"tiers": [1, 31]}}, "past_due_notices.tiers"),
        ({"past_due_notices": {"repeat_days": 0}}, "past_due_notices.repeat_days"),
        ({"account_summary": {"window_days": "30"}}, "account_summary.window_days"),
        ({"account_summary": {"format": "everything"}}, "account_summary.format"),
        ({"new_invoices": {"enabled": True, "schedule": "0 8 * * *"}}, "new_invoices.schedule"),
    ],
)
def test_settings_that_cannot_be_are_refused_and_nothing_is_kept(staff: StaffApi, body: dict, field: str) -> None:
    refused = staff.put(SETTINGS, {"new_invoices": {"enabled": True}} | body)

    assert refused.status == 422
    assert [one["field"] for one in refused.body["errors"]] == [field]
    assert staff.get(SETTINGS).body == OFF


def test_r73_another_time_zone_in_the_profile_moves_the_next_runs(staff: StaffApi) -> None:
    staff.put(SETTINGS, {"account_summary": {"enabled": True, "schedule": "0 7 * * 1"}})

    staff.put("/settings/profile", {"name": "Acme", "time_zone": "America/Los_Angeles"})

    assert staff.get(SETTINGS).body["account_summary"]["next_run_at"] == "2025-06-02T14:00:00Z"


def test_r76_a_customer_is_switched_on_and_paused(staff: StaffApi) -> None:
    on = staff.put(SWITCH, {"enabled": True}).body
    paused = staff.put(SWITCH, {"paused_until": "2025-06-30", "reason": "On a payment plan"}).body
    ended = staff.put(SWITCH, {"paused_until": None}).body

    assert on == NOBODY | {"enabled": True}
    assert paused == {"enabled": True, "paused_until": "2025-06-30", "reason": "On a payment plan", "notices": []}
    assert ended == on == staff.get(SWITCH).body
    assert {(line.customer_id, line.detail, line.reason) for line in lines()} == {
        ("c1", "on", None),
        ("c1", "past-due notices paused through 2025-06-30", "On a payment plan"),
        ("c1", "no longer paused", None),
    }


def test_a_customers_switch_may_be_sent_back_as_it_was_answered(staff: StaffApi) -> None:
    answered = staff.put(SWITCH, {"enabled": True, "paused_until": "2025-06-02", "reason": "Dispute"}).body

    again = staff.put(SWITCH, answered)

    assert (again.status, again.body) == (200, answered)
    assert staff.put(SWITCH, {"enabled": False}).body == answered | {"enabled": False}
    assert len(lines()) == 2


@pytest.mark.parametrize("day", ["2025-06-01", "1989-12-31", "30 June", 20250630])
def test_a_pause_that_is_over_or_no_day_is_refused_with_its_reason(staff: StaffApi, day: object) -> None:
    refused = staff.put(SWITCH, {"enabled": True, "paused_until": day})

    assert (refused.status, [one["field"] for one in refused.body["errors"]]) == (422, ["paused_until"])
    assert staff.get(SWITCH).body == NOBODY


def test_a_customer_that_is_not_there_has_no_switch(staff: StaffApi) -> None:
    assert staff.get("/customers/c9/automation").status == 404
    assert staff.put("/customers/c9/automation", {"enabled": True}).status == 404
    assert lines() == []


def test_r70_automation_is_settable_where_the_customer_is_written_and_stays_when_left_out(staff: StaffApi) -> None:
    new = staff.customer("c2", automation=True)
    again = staff.customer("c2", name="Miller & Sons")
    off = staff.customer("c2", name="Miller & Sons", automation=False)

    assert [one["automation"] for one in (new, again, off)] == [True, True, False]
    assert staff.get("/customers/c2/automation").body == NOBODY
    assert {one["id"]: one["automation"] for one in staff.get("/customers").body["items"]} == {"c1": False, "c2": False}
    assert {(line.customer_id, line.detail) for line in lines()} == {("c2", "on"), ("c2", "off")}


def test_runs_are_listed_newest_first_page_by_page(staff: StaffApi) -> None:
    first, second = run(1, (Done("c1", "Miller", Outcome.SENT),)), run(2)

    page = staff.get(f"{RUNS}?limit=1").body
    rest = staff.get(f"{RUNS}?limit=1&cursor={page['next_cursor']}").body

    assert [one["id"] for one in page["items"]] == [second.run_id]
    assert rest == {
        "items": [
            {
                "id": first.run_id,
                "automation": "past_due_notices",
                "planned_at": "2025-06-02T12:01:00Z",
                "created_at": "2025-06-02T12:01:00Z",
                "on_demand": False,
                "status": "done",
                "total": 1,
                "left": 0,
                "counts": {"sent": 1},
                "ended_at": "2025-06-02T12:01:00Z",
            }
        ],
        "next_cursor": None,
    }
    assert staff.get("/automation/new_invoices/runs").body == {"items": [], "next_cursor": None}


def test_r70_a_run_tells_of_each_customer_which_gate_kept_the_mail_back(staff: StaffApi) -> None:
    kept_back = [Done(f"c{number}", f"Customer {number}", outcome_of(gate)) for number, gate in enumerate(Gate, start=1)]
    made = run(1, (*kept_back, Done("c9", "Customer 9", Outcome.SENT, "Tier 2.")))

    page = staff.get(f"{RUNS}/{made.run_id}?limit=4").body
    rest = staff.get(f"{RUNS}/{made.run_id}?limit=4&cursor={page['next_cursor']}").body
    found = page["outcomes"] + rest["outcomes"]

    assert (page["total"], page["counts"]["sent"], rest["next_cursor"]) == (6, 1, None)
    assert [(one["customer_id"], one["outcome"]) for one in found] == [
        ("c1", "tenant_off"),
        ("c2", "customer_off"),
        ("c3", "paused"),
        ("c4", "no_address"),
        ("c5", "suppressed"),
        ("c9", "sent"),
    ]
    assert (found[2]["words"], found[5]["words"]) == ("Past-due notices are paused for this customer.", "Mailed. Tier 2.")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 200])
def test_a_runs_pages_hold_each_outcome_once_however_long_they_are(staff: StaffApi, limit: int) -> None:
    made = run(1, tuple(Done(f"c{number}", "Customer", Outcome.SENT) for number in range(5)))

    pages = [staff.get(f"{RUNS}/{made.run_id}?limit={limit}").body]
    while pages[-1]["next_cursor"]:
        pages.append(staff.get(f"{RUNS}/{made.run_id}?limit={limit}&cursor={pages[-1]['next_cursor']}").body)

    assert [one["customer_id"] for page in pages for one in page["outcomes"]] == [f"c{number}" for number in range(5)]
    assert {len(page["outcomes"]) for page in pages[:-1]} <= {limit}
    assert pages[-1]["outcomes"]


def test_what_is_no_run_or_no_automation_is_not_found(staff: StaffApi, stranger: StaffApi) -> None:
    made = run(1, (Done("c1", "Miller", Outcome.SENT),))

    assert staff.get("/automation/everything/runs").status == 404
    assert staff.get(f"/automation/new_invoices/runs/{made.run_id}").status == 404
    assert staff.get(f"{RUNS}/{made.run_id}?cursor=other.0.1").status == 404
    assert staff.get(f"{RUNS}/{made.run_id}?cursor=0").status == 404
    assert stranger.get(f"{RUNS}/{made.run_id}").status == 404
    assert stranger.get(RUNS).body["items"] == []
