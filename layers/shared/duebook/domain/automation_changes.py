"""What changed of automations, in words for the activity log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from duebook.domain.automation import NAMES, Automation, AutomationSettings, CustomerAutomation


def settings_changes(was: AutomationSettings, after: AutomationSettings) -> str:
    """Tell which automations of a business were switched or changed; empty where none was."""
    told = []
    for one in Automation:
        if was.is_on(one) != after.is_on(one):
            told.append(f"{NAMES[one]}: {'on' if after.is_on(one) else 'off'}")
        elif getattr(was, one.value) != getattr(after, one.value):
            told.append(f"{NAMES[one]}: changed")
    return "; ".join(told)


def customer_changes(was: CustomerAutomation, after: CustomerAutomation, written: Callable[[date], str] = date.isoformat) -> str:
    """Tell how a customer's switch or pause changed; empty where neither did.

    Args:
        was: Before.
        after: Now.
        written: Writes a day as its readers do.
    """
    told = []
    if was.enabled != after.enabled:
        told.append("on" if after.enabled else "off")
    if (was.paused_until, was.reason) != (after.paused_until, after.reason):
        told.append(f"past-due notices paused through {written(after.paused_until)}" if after.paused_until else "no longer paused")
    return "; ".join(told)
