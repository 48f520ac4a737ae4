"""Automations as they run: by schedule or on demand, gate by gate, tier by tier, each new invoice once (R70-R76)."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from duebook import wiring, wiring_automation
from duebook.domain.account import AccountKey
from duebook.domain.automation import Automation
from duebook.domain.automation_runs import AutomationRun, Outcome, RunStatus
from duebook.domain.decisions import ReserveOnline, decide
from duebook.domain.suppression import AddressRecord, SuppressedFor
from duebook.runtime.clock import utc_now
from duebook.storage.account_store import Plan
from tests.faults import state_machine
from tests.integration.api import FakeContext, StaffApi, later
from tests.integration.cloud import ROOT, Cloud

NOTICES = Automation.PAST_DUE_NOTICES
SUMMARY = Automation.ACCOUNT_SUMMARY
NEW = Automation.NEW_INVOICES


def tick(**event: Any) -> dict[str, int]:
    """Wake the minute tick, then carry out what it began, as the state machine would."""
    told: dict[str, int] = importlib.import_module("functions.run_schedules.handler").lambda_handler(event, FakeContext())
    for tenant_id, automation, run_id in wiring_automation.run_store().alive():
        state_machine.run("automation_run", {"tenant_id": tenant_id, "automation": automation.value, "run_id": run_id}, _invoke)
    return told


def _invoke(function: str, payload: dict[str, Any]) -> Any:
    assert function == "RunAutomationsFunctionArn"
    return importlib.import_module("functions.run_automations.handler").lambda_handler(payload, FakeContext())


def dun() -> None:
    tick(automation="past_due_notices")


def mail_invoices(**event: Any) -> int:
    class Patient(FakeContext):
        def get_remaining_time_in_millis(self) -> int:
            return 55_000

    told = importlib.import_module("functions.new_invoices.handler").lambda_handler(event, Patient())
    return int(told["new_invoices"])


def turn_on(staff: StaffApi, **settings: Any) -> None:
    answer = staff.put("/settings/automation", settings)
    assert answer.status == 200, answer.text


def switch(staff: StaffApi, customer_id: str = "c1", **body: Any) -> None:
    answer = staff.put(f"/customers/{customer_id}/automation", {"enabled": True, "paused_until": None} | body)
    assert answer.status == 200, answer.text


def mails(customer_id: str = "c1") -> list[Any]:
    return list(reversed(wiring.email_store().of_customer("ten_1", customer_id, limit=50)))


def kinds(customer_id: str = "c1") -> list[str]:
    return [mail.kind.value for mail in mails(customer_id)]


def last(automation: Automation) -> AutomationRun:
    (run,) = wiring_automation.run_store().latest("ten_1", automation, limit=1)
    return run


def outcomes(automation: Automation) -> dict[str, str]:
    run = last(automation)
    return {one.customer_id: one.outcome.value for batch in wiring_automation.run_store().batches(run) for one in batch.done}


@pytest.fixture
def town(staff: StaffApi) -> StaffApi:
    """Three customers, each with 100.00 due on 1 May 2025: 32 days past due on the day it is."""
    for customer_id in ("c1", "c2", "c3"):
        staff.customer(customer_id, name=f"Customer {customer_id}", email=f"{customer_id}@yard.example")
        staff.invoice(f"i_{customer_id}", customer_id=customer_id)
    return staff


def test_r70_nothing_goes_out_until_business_and_customer_have_switched_it_on_and_the_log_names_the_gate(town: StaffApi):
    dun()
    assert wiring_automation.run_store().latest("ten_1", NOTICES, limit=1) == []

    turn_on(town, past_due_notices={"enabled": True})
    switch(town, "c2")
    switch(town, "c3", paused_until="2025-06-30")
    dun()

    assert outcomes(NOTICES) == {"c1": "customer_off", "c2": "sent", "c3": "paused"}
    assert (kinds("c1"), kinds("c2"), kinds("c3")) == ([], ["past_due_2"], [])
    run = last(NOTICES)
    assert (run.status, run.total, run.left) == (RunStatus.DONE, 3, 0)
    assert dict(run.counts) == {Outcome.CUSTOMER_OFF: 1, Outcome.SENT: 1, Outcome.PAUSED: 1}


def test_r70_the_last_gate_is_an_address_that_can_be_reached(town: StaffApi):
    turn_on(town, past_due_notices={"enabled": True})
    town.customer("c1", name="No address")
    for one in ("c1", "c2"):
        switch(town, one)
    hold = AddressRecord("c2@yard.example", SuppressedFor.BOUNCE, utc_now())
    wiring.email_store().change_address("ten_1", "c2@yard.example", lambda _: hold)
    dun()

    assert outcomes(NOTICES) == {"c1": "no_address", "c2": "suppressed", "c3": "customer_off"}


def test_r75_tiers_go_by_the_oldest_invoice_and_one_mail_lists_every_past_due_one(town: StaffApi, aws: Cloud):
    turn_on(town, past_due_notices={"enabled": True})
    switch(town)
    town.invoice("i_later", 40_00, due_date="2025-05-20")
    town.invoice("i_not_yet", 7_00, due_date="2025-06-02")
    dun()

    (mail,) = mails()
    text = wiring.email_store().text(mail.key)
    assert text is not None
    assert mail.kind.value == "past_due_2"
    assert ("i_c1" in text.text, "i_later" in text.text, "i_not_yet" in text.text) == (True, True, False)
    assert "$140.00" in text.text

    later(aws, days=29)
    dun()
    assert kinds() == ["past_due_2", "past_due_3"]


def test_r75_a_tier_is_not_repeated_within_its_interval_and_may_go_down_after_the_oldest_is_paid(town: StaffApi, aws: Cloud):
    turn_on(town, past_due_notices={"enabled": True})
    switch(town)
    town.invoice("i_young", 40_00, due_date="2025-05-25")
    dun()
    later(aws, days=6)
    dun()
    assert kinds() == ["past_due_2"]
    assert outcomes(NOTICES)["c1"] == "too_soon"

    town.check(100_00, applications=[{"invoice_id": "i_c1", "amount": 100_00}])
    dun()
    assert kinds() == ["past_due_2", "past_due_1"]

    later(aws, days=7)
    dun()
    assert kinds() == ["past_due_2", "past_due_1", "past_due_1"]


def test_r75_a_customer_that_paid_is_not_looked_at_again_until_something_is_past_due(town: StaffApi, aws: Cloud):
    turn_on(town, past_due_notices={"enabled": True})
    switch(town)
    town.invoice("i_next", 5_00, due_date="2025-06-20")
    town.check(100_00, applications=[{"invoice_id": "i_c1", "amount": 100_00}])
    dun()
    assert outcomes(NOTICES)["c1"] == "nothing_to_send"
    later(aws, minutes=1)
    dun()
    assert "c1" not in outcomes(NOTICES)

    later(aws, days=19)
    dun()
    assert outcomes(NOTICES)["c1"] == "sent"
    assert kinds() == ["past_due_1"]


def test_r76_a_pause_is_silent_through_its_last_day_and_then_one_notice_goes_at_the_tier_then_true(town: StaffApi, aws: Cloud):
    turn_on(town, past_due_notices={"enabled": True})
    switch(town, paused_until="2025-06-05")
    for _ in range(4):
        dun()
        later(aws, days=1)
    assert kinds() == []

    dun()
    dun()
    assert kinds() == ["past_due_2"]


def test_r76_a_pause_stops_past_due_notices_only(town: StaffApi):
    turn_on(town, past_due_notices={"enabled": True}, account_summary={"enabled": True})
    switch(town, paused_until="2025-12-31")
    dun()
    tick(automation="account_summary")

    assert kinds() == ["account_summary"]


def test_r73_a_summary_of_open_invoices_is_not_sent_with_nothing_open(town: StaffApi):
    turn_on(town, account_summary={"enabled": True})
    switch(town)
    switch(town, "c2")
    town.check(150_00, "c2")
    tick(automation="account_summary")

    assert outcomes(SUMMARY) == {"c1": "sent", "c2": "nothing_to_send", "c3": "customer_off"}
    (mail,) = mails()
    text = wiring.email_store().text(mail.key)
    assert text is not None
    assert "i_c1" in text.text
    assert "$100.00" in text.text


def test_r73_a_summary_of_recent_transactions_tells_the_days_of_its_window(town: StaffApi):
    turn_on(town, account_summary={"enabled": True, "format": "recent_transactions", "window_days": 10})
    switch(town)
    town.check(30_00)
    tick(automation="account_summary")

    (mail,) = mails()
    text = wiring.email_store().text(mail.key)
    assert text is not None
    assert "$30.00" in text.text
    assert "May 24" in text.text


def test_r73_a_schedule_runs_at_its_minute_in_the_tenants_zone_once(town: StaffApi, aws: Cloud):
    turn_on(town, past_due_notices={"enabled": True, "schedule": "30 9 * * *"})
    switch(town)
    aws.set_clock(datetime(2025, 6, 2, 13, 29, 59, tzinfo=UTC))
    assert tick()["automations_begun"] == 0

    aws.set_clock(datetime(2025, 6, 2, 13, 30, 20, tzinfo=UTC))
    assert tick()["automations_begun"] == 1
    assert tick()["automations_begun"] == 0
    assert kinds() == ["past_due_2"]
    assert last(NOTICES).planned_at == datetime(2025, 6, 2, 13, 30, tzinfo=UTC)


def test_r73_an_outage_of_days_is_made_up_by_one_run(town: StaffApi, aws: Cloud):
    turn_on(town, account_summary={"enabled": True, "schedule": "0 8 * * *"})
    switch(town)
    aws.set_clock(datetime(2025, 6, 7, 3, 0, tzinfo=UTC))
    assert [tick()["automations_begun"] for _ in range(3)] == [1, 0, 0]
    assert kinds() == ["account_summary"]

    aws.set_clock(datetime(2025, 6, 7, 12, 0, 5, tzinfo=UTC))
    assert tick()["automations_begun"] == 1


def test_r73_a_clock_that_is_set_back_runs_nothing_and_is_not_silent_afterwards(town: StaffApi, aws: Cloud):
    aws.set_clock(datetime(2030, 1, 1, tzinfo=UTC))
    turn_on(town, account_summary={"enabled": True, "schedule": "0 8 * * *"})
    switch(town)

    aws.set_clock(datetime(2025, 6, 2, 12, 30, tzinfo=UTC))
    assert tick()["automations_begun"] == 0
    aws.set_clock(datetime(2025, 6, 3, 12, 1, tzinfo=UTC))
    assert tick()["automations_begun"] == 1


def test_r71_switching_on_sends_nothing_for_the_past(town: StaffApi):
    turn_on(town, new_invoices={"enabled": True}, account_summary={"enabled": True}, past_due_notices={"enabled": True})
    switch(town)
    assert (tick()["automations_begun"], mail_invoices()) == (0, 0)
    assert kinds() == []

    town.invoice("i_c2_next", customer_id="c2")
    switch(town, "c2")
    assert mail_invoices() == 1
    assert kinds("c2") == []
    assert outcomes(NEW) == {"c2": "customer_off"}


def test_r72_a_new_invoice_is_mailed_once_to_each_recipient_however_often_it_is_saved(town: StaffApi):
    turn_on(town, new_invoices={"enabled": True})
    switch(town)
    for _ in range(3):
        town.invoice("i_new", 55_00, due_date="2025-07-01")
        mail_invoices()
    town.invoice("i_new", 55_00, due_date="2025-07-01", pay_online=False)
    mail_invoices()

    (mail,) = mails()
    text = wiring.email_store().text(mail.key)
    assert text is not None
    assert (mail.kind.value, mail.to, mail.about.id) == ("new_invoice", "c1@yard.example", "i_new")
    assert "$55.00" in text.text
    assert [one.name for one in text.attachments] != []
    assert outcomes(NEW) == {"c1": "sent"}


def test_r72_a_draft_is_mailed_when_it_is_posted_and_a_void_one_not_at_all(town: StaffApi):
    turn_on(town, new_invoices={"enabled": True})
    switch(town)
    town.invoice("i_draft", 12_00, draft=True)
    town.invoice("i_void", 13_00)
    assert town.post("/invoices/i_void/void", {"reason": "typed twice"}).status == 200
    assert mail_invoices() == 1
    assert (kinds(), outcomes(NEW)) == ([], {"c1": "void"})

    town.invoice("i_draft", 12_00, draft=False)
    assert mail_invoices() == 1
    assert kinds() == ["new_invoice"]


def test_r72_several_contacts_get_one_mail_each_and_workers_at_once_send_no_second_one(town: StaffApi):
    turn_on(town, new_invoices={"enabled": True})
    town.customer("c1", name="No address of its own")
    for contact_id in ("k1", "k2"):
        body: dict[str, object] = {"name": contact_id, "kind": "company", "email": f"{contact_id}@yard.example", "site_ids": []}
        assert town.put(f"/customers/c1/contacts/{contact_id}", body).status == 201
    switch(town)
    town.invoice("i_new", 55_00)
    marks = list(wiring_automation.automation_store().to_mail())
    mail_invoices()
    wiring_automation.automation_store().write([wiring_automation.automation_store().appeared(mark) for mark in marks])
    mail_invoices()

    assert sorted(mail.to for mail in mails()) == ["k1@yard.example", "k2@yard.example"]


def test_r76_what_a_bank_payment_has_reserved_is_not_dunned(town: StaffApi):
    turn_on(town, past_due_notices={"enabled": True})
    switch(town)
    command = ReserveOnline("pay_1", 100_00)
    wiring.account_store().change(
        AccountKey("ten_1", "c1", "USD"), lambda account: Plan((decide(account, command, posted_at=utc_now(), actor="test"),))
    )
    dun()

    assert outcomes(NOTICES)["c1"] == "being_paid"
    assert kinds() == []


def test_a_run_whose_beginning_was_lost_is_begun_by_a_later_tick_and_one_nobody_works_on_is_given_up(town: StaffApi, aws: Cloud):
    turn_on(town, past_due_notices={"enabled": True})
    switch(town)
    handler = importlib.import_module("functions.run_schedules.handler")
    handler.lambda_handler({"automation": "past_due_notices"}, FakeContext())
    later(aws, minutes=3)
    assert handler.lambda_handler({}, FakeContext())["automations_begun"] == 1

    later(aws, minutes=50)
    assert handler.lambda_handler({}, FakeContext())["automations_given_up"] == 1
    assert last(NOTICES).status is RunStatus.FAILED
    assert wiring_automation.run_store().alive() == []


def test_a_run_of_one_business_never_touches_another(town: StaffApi, stranger: StaffApi):
    for api in (town, stranger):
        turn_on(api, past_due_notices={"enabled": True}, new_invoices={"enabled": True})
    stranger.customer("c1", name="Stranger", email="s@else.example")
    switch(stranger)
    stranger.invoice("i_1")
    switch(town)
    tick(automation="past_due_notices", tenant_id="ten_1")
    mail_invoices(tenant_id="ten_1")

    assert kinds() == ["past_due_2"]
    assert wiring.email_store().of_customer("ten_2", "c1", limit=5) == []
    assert wiring_automation.run_store().latest("ten_2", NOTICES, limit=5) == []


def test_events_of_the_template_are_taken(town: StaffApi):
    turn_on(town, past_due_notices={"enabled": True})
    for folder, name in (("run_schedules", "on_demand"), ("new_invoices", "minute")):
        event = json.loads((ROOT / "events" / folder / f"{name}.json").read_text(encoding="utf-8"))
        importlib.import_module(f"functions.{folder}.handler").lambda_handler(event, FakeContext())
    assert (last(NOTICES).on_demand, last(NOTICES).created_at) == (True, utc_now())
