"""What is sent about automations: a business's three, and a customer's switch. What is left out stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field, StringConstraints

from duebook.domain.automation import (
    MOST_REPEAT_DAYS,
    MOST_TIER_DAYS,
    MOST_WINDOW_DAYS,
    AutomationSettings,
    CustomerAutomation,
    SummaryFormat,
)
from duebook.usecases.change_automation import Pause
from duebook.web.fields import AsAnswered, Day, Strict
from duebook.web.schemas_staff import OptionalText

Schedule = Annotated[str, StringConstraints(max_length=200)]
"""Bounded here; what it says is read by ``domain/schedules.py`` alone."""
WindowDays = Annotated[int, Field(strict=True, ge=1, le=MOST_WINDOW_DAYS)]
RepeatDays = Annotated[int, Field(strict=True, ge=1, le=MOST_REPEAT_DAYS)]
TierDays = Annotated[int, Field(strict=True, ge=1, le=MOST_TIER_DAYS)]
PLANNED = frozenset({"next_run_at", "schedule_words"})
"""What only we say of an automation that goes by a schedule."""


class NewInvoicesBody(Strict):
    """Mail each new invoice."""

    enabled: bool | None = None


class AccountSummaryBody(AsAnswered):
    """Mail a summary of the account by a schedule: CRON, five fields, in the business's zone."""

    OURS: ClassVar[frozenset[str]] = PLANNED

    enabled: bool | None = None
    format: Literal["open_invoices", "recent_transactions"] | None = None
    schedule: Schedule | None = None
    window_days: WindowDays | None = None


class PastDueNoticesBody(AsAnswered):
    """Mail notices about what is past due; a tier begins so many days past due."""

    OURS: ClassVar[frozenset[str]] = PLANNED

    enabled: bool | None = None
    schedule: Schedule | None = None
    tiers: Annotated[list[TierDays], Field(min_length=3, max_length=3)] | None = None
    repeat_days: RepeatDays | None = None


class AutomationBody(Strict):
    """``PUT /api/staff/settings/automation``; parts and fields that are left out, or null, stay as they are."""

    new_invoices: NewInvoicesBody | None = None
    account_summary: AccountSummaryBody | None = None
    past_due_notices: PastDueNoticesBody | None = None

    def wanted(self, was: AutomationSettings) -> AutomationSettings:
        """Change what was read as the body says."""
        summary, notices = _said(self.account_summary), _said(self.past_due_notices)
        if "format" in summary:
            summary["format"] = SummaryFormat(summary["format"])
        if "tiers" in notices:
            notices["tiers"] = tuple(notices["tiers"])
        return replace(
            was,
            new_invoices=replace(was.new_invoices, **_said(self.new_invoices)),
            account_summary=replace(was.account_summary, **summary),
            past_due_notices=replace(was.past_due_notices, **notices),
        )


class CustomerAutomationBody(AsAnswered):
    """``PUT /api/staff/customers/{id}/automation``; what is left out stays, and ``"paused_until": null`` ends a pause.

    A pause holds past-due notices back through its last day; ``reason`` is why, kept with it.
    """

    OURS: ClassVar[frozenset[str]] = frozenset({"notices"})

    enabled: bool | None = None
    paused_until: Day | None = None
    reason: OptionalText = None

    def pause(self, was: CustomerAutomation) -> Pause | None:
        """Return the pause that the body asks for, or None where it says nothing of one."""
        if not {"paused_until", "reason"} & self.model_fields_set:
            return None
        until: date | None = self.paused_until if "paused_until" in self.model_fields_set else was.paused_until
        kept = was.reason if until == was.paused_until else None
        return Pause(until, self.reason if "reason" in self.model_fields_set else kept)


def _said(body: BaseModel | None) -> dict[str, Any]:
    return body.model_dump(exclude_none=True) if body else {}
