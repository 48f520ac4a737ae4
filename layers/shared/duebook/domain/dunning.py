"""Dunning: which past-due notice a customer is due on a day, if any (R75, R76)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from duebook.domain.account import Account
from duebook.domain.automation import CustomerAutomation, PastDueNotices
from duebook.domain.automation_letters import DueSection, due_sections
from duebook.domain.automation_runs import Outcome
from duebook.domain.open_items import is_overdue


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is due: its tier, 1 to 3, and what it lists."""

    tier: int
    sections: tuple[DueSection, ...]


Verdict: TypeAlias = Notice | Outcome


def tier_of(days_past_due: int, tiers: Sequence[int]) -> int:
    """Return the tier of so many days past due; 0 below the first."""
    return sum(days_past_due >= first for first in tiers)


def notice_of(accounts: Sequence[Account], customer: CustomerAutomation, rules: PastDueNotices, today: date, run_id: str) -> Verdict:
    """Decide which notice a customer gets, or why none: the tier follows from the oldest past-due invoice, in whatever currency.

    What payments under way have reserved is not dunned. A tier is not repeated within its interval; another tier, higher or lower, does
    not wait for it. Whoever decides again in the same run gets the same answer, so that a crash between decision and mail loses nothing.

    Args:
        accounts: The customer's, one a currency.
        customer: What was sent before.
        rules: The business's tiers and interval.
        today: In the tenant's zone.
        run_id: The run that asks.

    Returns:
        The notice; else ``nothing_to_send``, ``being_paid`` or ``too_soon``.
    """
    sections = due_sections(accounts, today)
    if not sections:
        late = any(is_overdue(item, today) for account in accounts for item in account.open_items)
        return Outcome.BEING_PAID if late else Outcome.NOTHING_TO_SEND
    tier = tier_of(max(line.days_past_due for section in sections for line in section.lines), rules.tiers)
    if tier == 0:
        return Outcome.NOTHING_TO_SEND
    last = customer.notices.get(tier)
    # A day ahead of today was noted before the clock was set back; far ahead it counts as long ago.
    if last and last.run_id != run_id and abs((today - last.on).days) < rules.repeat_days:
        return Outcome.TOO_SOON
    return Notice(tier, sections)
