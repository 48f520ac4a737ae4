"""Change what goes out by itself: a business's three automations with their plans, and each customer's switch (R70, R73, R76)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from duebook.domain.automation import SCHEDULED, AutomationSettings, CustomerAutomation, checked_settings
from duebook.domain.schedules import check_schedule, next_run
from duebook.errors import ConflictError, UnprocessableError
from duebook.storage.automation_store import AutomationStore
from duebook.storage.directory_store import DirectoryStore

MOST_TRIES = 4
"""A run that mails a customer writes to the same item; who changes the switch reads again and changes it then."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Through which day past-due notices are silent, and why; ``Pause(None)`` ends a pause, and its reason with it."""

    until: date | None
    reason: str | None = None


def put_automation(
    tenant_id: str, wanted: AutomationSettings, *, store: AutomationStore, directory: DirectoryStore, now: datetime
) -> AutomationSettings:
    """Write a business's automations; saying the same again changes nothing.

    Of what is planned, only that is written anew whose switch or schedule changed. Switching on plans what comes after now (R71).

    Args:
        tenant_id: Whose.
        wanted: What was read, changed; its version tells what was read.
        store: Where they stand.
        directory: Tells the zone.
        now: Plans are worked out from here.

    Raises:
        UnprocessableError: Tiers that do not rise, or a schedule that is none, runs more often than hourly, or never.
        ConflictError: Somebody changed them meanwhile.
    """
    checked, was = _checked(wanted), store.settings(tenant_id)
    if replace(checked, version=was.version) == was:
        return was
    if checked.version != was.version:
        raise ConflictError("the automations were changed meanwhile; read again")
    changed = [one for one in SCHEDULED if checked.schedule_of(one) != was.schedule_of(one)]
    schedules = {one: schedule for one in changed if (schedule := checked.schedule_of(one))}
    zone = directory.tenant(tenant_id).time_zone
    return store.save_settings(
        tenant_id,
        checked,
        was=was,
        next_runs={one: next_run(schedule, zone, now) for one, schedule in schedules.items()},
        stopped=[one for one in changed if one not in schedules],
        now=now,
    )


def replan(tenant_id: str, *, store: AutomationStore, directory: DirectoryStore, now: datetime) -> None:
    """Plan a business's automations as its time zone of today wants it; call it after every change of the profile.

    A plan that holds stays as it is, so this may be said again; one that is due is left to the tick, which runs it once and goes on
    in the zone of today.

    Raises:
        ConflictError: Somebody changed the automations meanwhile.
    """
    settings = store.settings(tenant_id)
    schedules = {one: schedule for one in SCHEDULED if (schedule := settings.schedule_of(one))}
    if not schedules:
        return
    zone = directory.tenant(tenant_id).time_zone
    next_runs = {}
    for automation, schedule in schedules.items():
        plan, next_at = store.plan(tenant_id, automation), next_run(schedule, zone, now)
        if plan is None or now < plan.planned_at != next_at:
            next_runs[automation] = next_at
    if next_runs:
        store.save_settings(tenant_id, settings, was=settings, next_runs=next_runs, stopped=(), now=now)


def put_customer_automation(
    tenant_id: str,
    customer_id: str,
    *,
    enabled: bool | None = None,
    pause: Pause | None = None,
    store: AutomationStore,
    directory: DirectoryStore,
    now: datetime,
) -> CustomerAutomation:
    """Write a customer's switch; what is None stays, and so do its notices and its links. Saying the same again changes nothing.

    Args:
        tenant_id: Whose customer.
        customer_id: Whose switch.
        enabled: Whether anything goes to the customer by itself.
        pause: Through which day past-due notices are silent.
        store: Where switches stand.
        directory: Where customers stand, and the zone.
        now: When this is.

    Raises:
        NotFoundError: No such customer of this business.
        UnprocessableError: A new pause that ends before today.
        ConflictError: It changes all the time.
    """
    directory.customer(tenant_id, customer_id)
    tries = MOST_TRIES
    while True:
        was = store.customer(tenant_id, customer_id)
        after = replace(was, enabled=was.enabled if enabled is None else enabled)
        if pause is not None:
            if pause.until != was.paused_until:
                _check_pause(pause, now.astimezone(ZoneInfo(directory.tenant(tenant_id).time_zone)).date())
            after = replace(after, paused_until=pause.until, reason=pause.reason if pause.until else None)
        if after == was:
            return was
        try:
            return store.save_customer(tenant_id, after, was=was)
        except ConflictError:
            tries -= 1
            if not tries:
                raise


def _checked(wanted: AutomationSettings) -> AutomationSettings:
    """Return settings with their schedules as ``check_schedule`` writes them; those of what is off, too."""
    summary, notices = wanted.account_summary, wanted.past_due_notices
    return replace(
        checked_settings(wanted),
        account_summary=replace(summary, schedule=check_schedule(summary.schedule, field="account_summary.schedule")),
        past_due_notices=replace(notices, schedule=check_schedule(notices.schedule, field="past_due_notices.schedule")),
    )


def _check_pause(pause: Pause, today: date) -> None:
    """Refuse a pause that is over before it begins: who meant to end one says so."""
    if pause.until is not None and pause.until < today:
        raise UnprocessableError(
            f"a pause through {pause.until} is over already; pause through {today} or a later day, or not at all", field="paused_until"
        )
