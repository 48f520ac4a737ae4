"""The form of one automation: what an admin typed, what is wrong with it, and the settings it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from duebook.domain.automation import (
    MOST_REPEAT_DAYS,
    MOST_TIER_DAYS,
    MOST_WINDOW_DAYS,
    Automation,
    AutomationSettings,
    SummaryFormat,
)
from duebook.errors import InvalidInputError
from duebook.web.schedule_form import ScheduleForm, read_schedule_form, schedule_form

MOST_FIELDS = 40
TIER_FIELDS = ("tier_1", "tier_2", "tier_3")
NOT_RISING = "Each tier begins later than the one before."
MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class AutomationForm:
    """What stands in the fields.

    Args:
        automation: Whose form it is.
        version: Of the settings it was made of.
        enabled: The business's switch.
        format: What an account summary lists.
        window_days: Days of transactions, as typed.
        tiers: Where the three tiers begin, as typed.
        repeat_days: After how many days a tier is repeated, as typed.
        schedule: Of a scheduled automation.
    """

    automation: Automation
    version: int
    enabled: bool
    format: str = SummaryFormat.OPEN_INVOICES.value
    window_days: str = ""
    tiers: tuple[str, str, str] = ("", "", "")
    repeat_days: str = ""
    schedule: ScheduleForm | None = None

    def for_saving(self) -> AutomationForm:
        """Return the form as it stands when it is to be saved: of a schedule, what nobody has seen is shown first."""
        return replace(self, schedule=self.schedule.for_saving()) if self.schedule else self


@dataclass(frozen=True, slots=True)
class Checked:
    """The settings that a form asks for; None while ``problems`` tell, by field, what is wrong."""

    settings: AutomationSettings | None
    problems: Mapping[str, str] = field(default_factory=dict)


def form_of(settings: AutomationSettings, automation: Automation) -> AutomationForm:
    """Fill an automation's form with what holds now."""
    summary, notices = settings.account_summary, settings.past_due_notices
    schedules = {Automation.ACCOUNT_SUMMARY: summary.schedule, Automation.PAST_DUE_NOTICES: notices.schedule}
    first, second, third = (str(day) for day in notices.tiers)
    return AutomationForm(
        automation,
        settings.version,
        settings.is_on(automation),
        summary.format.value,
        str(summary.window_days),
        (first, second, third),
        str(notices.repeat_days),
        schedule_form(schedules[automation]) if automation in schedules else None,
    )


def read_form(sent: Mapping[str, str], automation: Automation) -> AutomationForm:
    """Read an automation's form as it was sent.

    Raises:
        InvalidInputError: It does not say what it was made of.
    """
    first, second, third = (sent.get(name, "").strip() for name in TIER_FIELDS)
    return AutomationForm(
        automation,
        _version(sent.get("version", "")),
        "enabled" in sent,
        sent.get("format", SummaryFormat.OPEN_INVOICES.value),
        sent.get("window_days", "").strip(),
        (first, second, third),
        sent.get("repeat_days", "").strip(),
        None if automation is Automation.NEW_INVOICES else read_schedule_form(sent),
    )


def checked_form(form: AutomationForm, settings: AutomationSettings) -> Checked:
    """Make the settings that a form asks for; what the form does not show stays.

    Args:
        form: As it was sent.
        settings: As they are.
    """
    problems = dict[str, str]()
    schedule = (form.schedule.schedule if form.schedule else None) or ""
    after = replace(settings, version=form.version)
    match form.automation:
        case Automation.NEW_INVOICES:
            after = replace(after, new_invoices=replace(settings.new_invoices, enabled=form.enabled))
        case Automation.ACCOUNT_SUMMARY:
            chosen = _format(form.format, problems)
            days = _window(form, chosen, settings.account_summary.window_days, problems)
            summary = replace(settings.account_summary, enabled=form.enabled, format=chosen, schedule=schedule, window_days=days)
            after = replace(after, account_summary=summary)
        case Automation.PAST_DUE_NOTICES:
            tiers = _tiers(form, problems)
            repeat_days = _number("repeat_days", form.repeat_days, MOST_REPEAT_DAYS, problems)
            notices = replace(settings.past_due_notices, enabled=form.enabled, schedule=schedule, tiers=tiers, repeat_days=repeat_days)
            after = replace(after, past_due_notices=notices)
    # The schedule stands last on the page, and what is wrong is told in the page's order.
    problems |= form.schedule.problems if form.schedule else {}
    return Checked(None, problems) if problems else Checked(after)


def _format(typed: str, problems: dict[str, str]) -> SummaryFormat:
    if typed not in {one.value for one in SummaryFormat}:
        problems["format"] = "Choose what the summary lists."
        return SummaryFormat.OPEN_INVOICES
    return SummaryFormat(typed)


def _window(form: AutomationForm, chosen: SummaryFormat, was: int, problems: dict[str, str]) -> int:
    """Return the days of transactions; a summary of open invoices does not ask for them, so an empty field is as it was."""
    if chosen is SummaryFormat.OPEN_INVOICES and not form.window_days:
        return was
    return _number("window_days", form.window_days, MOST_WINDOW_DAYS, problems)


def _tiers(form: AutomationForm, problems: dict[str, str]) -> tuple[int, int, int]:
    first, second, third = (_number(name, day, MOST_TIER_DAYS, problems) for name, day in zip(TIER_FIELDS, form.tiers, strict=True))
    if not problems.keys() & set(TIER_FIELDS):
        for name, before, day in ((TIER_FIELDS[1], first, second), (TIER_FIELDS[2], second, third)):
            if day <= before:
                problems[name] = NOT_RISING
    return first, second, third


def _number(name: str, typed: str, most: int, problems: dict[str, str]) -> int:
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS else 0
    if not 1 <= number <= most:
        problems[name] = f"Type a number of days from 1 to {most}."
    return number


def _version(typed: str) -> int:
    if not typed.isascii() or not typed.isdecimal() or len(typed) > MOST_DIGITS:
        raise InvalidInputError("this form does not say what it was made of")
    return int(typed)
