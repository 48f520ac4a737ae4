"""The staff API's answers about automations: settings with their plans, customers' switches, runs; and what is noted of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from duebook.domain.activity_log import Action, Actor
from duebook.domain.automation import Automation, AutomationSettings, CustomerAutomation, SummaryFormat
from duebook.domain.automation_changes import customer_changes, settings_changes
from duebook.domain.automation_runs import WORDS, AutomationRun, Done, Outcome, RunStatus
from duebook.domain.directory import Caller
from duebook.domain.schedule_words import schedule_in_words
from duebook.storage.activity_store import ActivityStore
from duebook.usecases.log_action import log_action
from duebook.usecases.read_automation_runs import RunPage
from duebook.web.fields import Strict


class NewInvoicesView(Strict):
    """New invoices are mailed when they appear."""

    enabled: bool


class AccountSummaryView(Strict):
    """A summary of the account by a schedule; ``next_run_at`` is null while it is off."""

    enabled: bool
    format: SummaryFormat
    schedule: str
    schedule_words: str
    window_days: int
    next_run_at: datetime | None


class PastDueNoticesView(Strict):
    """Notices about what is past due; ``next_run_at`` is null while they are off."""

    enabled: bool
    schedule: str
    schedule_words: str
    tiers: list[int]
    repeat_days: int
    next_run_at: datetime | None


class AutomationView(Strict):
    """A business's automations."""

    new_invoices: NewInvoicesView
    account_summary: AccountSummaryView
    past_due_notices: PastDueNoticesView


class NoticeView(Strict):
    """The last notice of a tier that a customer was sent."""

    tier: int
    on: date


class CustomerAutomationView(Strict):
    """A customer's switch. A pause holds back past-due notices through ``paused_until``; one that is over may still stand there."""

    enabled: bool
    paused_until: date | None
    reason: str | None
    notices: list[NoticeView]


class AutomationRunView(Strict):
    """One time an automation went. ``total`` is null until its customers are listed; ``counts`` tells by outcome what became of them."""

    id: str
    automation: Automation
    planned_at: datetime
    created_at: datetime
    on_demand: bool
    status: RunStatus
    total: int | None
    left: int
    counts: dict[Outcome, int]
    ended_at: datetime | None


class AutomationRunPage(Strict):
    """An automation's runs, newest first."""

    items: list[AutomationRunView]
    next_cursor: str | None


class OutcomeView(Strict):
    """What became of a customer, or of one new invoice: ``sent``, the gate that kept the mail back, or why there was none."""

    customer_id: str
    name: str
    outcome: Outcome
    words: str


class WholeAutomationRunView(AutomationRunView):
    """A run with some of its outcomes, in its order; the others follow by ``cursor``."""

    outcomes: list[OutcomeView]
    next_cursor: str | None


def automation_view(settings: AutomationSettings, next_runs: Mapping[Automation, datetime]) -> AutomationView:
    """Show a business's automations."""
    summary, notices = settings.account_summary, settings.past_due_notices
    return AutomationView(
        new_invoices=NewInvoicesView(enabled=settings.new_invoices.enabled),
        account_summary=AccountSummaryView(
            enabled=summary.enabled,
            format=summary.format,
            schedule=summary.schedule,
            schedule_words=schedule_in_words(summary.schedule),
            window_days=summary.window_days,
            next_run_at=next_runs.get(Automation.ACCOUNT_SUMMARY),
        ),
        past_due_notices=PastDueNoticesView(
            enabled=notices.enabled,
            schedule=notices.schedule,
            schedule_words=schedule_in_words(notices.schedule),
            tiers=list(notices.tiers),
            repeat_days=notices.repeat_days,
            next_run_at=next_runs.get(Automation.PAST_DUE_NOTICES),
        ),
    )


def customer_automation_view(customer: CustomerAutomation) -> CustomerAutomationView:
    """Show a customer's switch."""
    return CustomerAutomationView(
        enabled=customer.enabled,
        paused_until=customer.paused_until,
        reason=customer.reason,
        notices=[NoticeView(tier=tier, on=one.on) for tier, one in sorted(customer.notices.items())],
    )


def run_page(found: Sequence[AutomationRun], limit: int) -> AutomationRunPage:
    """Show runs, of which one more than the page holds was read."""
    page = found[:limit]
    return AutomationRunPage(items=[_run(one) for one in page], next_cursor=page[-1].run_id if len(found) > limit else None)


def whole_run_view(page: RunPage) -> WholeAutomationRunView:
    """Show a run with what became of some of its customers."""
    outcomes = [
        OutcomeView(customer_id=one.customer_id, name=one.name, outcome=one.outcome, words=outcome_words(one)) for one in page.outcomes
    ]
    return WholeAutomationRunView(**_facts(page.run), outcomes=outcomes, next_cursor=page.next_after)


def outcome_words(done: Done) -> str:
    """Tell what became of a customer, with what else there is to say."""
    return f"{WORDS[done.outcome]} {done.words}".rstrip()


def note_settings(caller: Caller, was: AutomationSettings, after: AutomationSettings, log: ActivityStore, now: datetime) -> None:
    """Note which automations were changed; nothing where none was."""
    if detail := settings_changes(was, after):
        actor, subject = Actor(caller.caller_id), ("tenant", caller.tenant_id)
        log_action(caller.tenant_id, actor, Action.AUTOMATION_SAVED, subject=subject, detail=detail, now=now, log=log)


def note_customer(caller: Caller, was: CustomerAutomation, after: CustomerAutomation, log: ActivityStore, now: datetime) -> None:
    """Note what was changed of a customer's switch; nothing where nothing was."""
    if detail := customer_changes(was, after):
        actor, action = Actor(caller.caller_id), Action.CUSTOMER_AUTOMATION_SAVED
        reason = after.reason if after.reason != was.reason else None
        log_action(caller.tenant_id, actor, action, customer_id=after.customer_id, reason=reason, detail=detail, now=now, log=log)


def _run(run: AutomationRun) -> AutomationRunView:
    return AutomationRunView(**_facts(run))


def _facts(run: AutomationRun) -> dict[str, Any]:
    return {
        "id": run.run_id,
        "automation": run.automation,
        "planned_at": run.planned_at,
        "created_at": run.created_at,
        "on_demand": run.on_demand,
        "status": run.status,
        "total": run.total,
        "left": run.left,
        "counts": {outcome: run.counts[outcome] for outcome in Outcome if run.counts.get(outcome)},
        "ended_at": run.ended_at,
    }
