"""Billing automation: what a business lets Duebook send by itself, to which customers, and what keeps a mail back (R70-R76)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from duebook.errors import UnprocessableError

MOST_WINDOW_DAYS = 366
MOST_TIER_DAYS = 999
MOST_REPEAT_DAYS = 365
TIERS = 3


class Automation(StrEnum):
    """What goes out by itself, each under a switch of its own."""

    NEW_INVOICES = "new_invoices"
    ACCOUNT_SUMMARY = "account_summary"
    PAST_DUE_NOTICES = "past_due_notices"


SCHEDULED = (Automation.ACCOUNT_SUMMARY, Automation.PAST_DUE_NOTICES)
"""Those that go by a schedule; new invoices go when they appear."""

NAMES: Mapping[Automation, str] = {
    Automation.NEW_INVOICES: "New invoices",
    Automation.ACCOUNT_SUMMARY: "Account summary",
    Automation.PAST_DUE_NOTICES: "Past-due notices",
}


class SummaryFormat(StrEnum):
    """What an account summary lists (R73)."""

    OPEN_INVOICES = "open_invoices"
    RECENT_TRANSACTIONS = "recent_transactions"


@dataclass(frozen=True, slots=True)
class NewInvoices:
    """Mail each new invoice."""

    enabled: bool = False


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """Mail a summary of the account by a schedule.

    Args:
        format: What it lists.
        schedule: CRON, five fields, in the tenant's zone.
        window_days: How many days of transactions, today included, where it lists those.
    """

    enabled: bool = False
    format: SummaryFormat = SummaryFormat.OPEN_INVOICES
    schedule: str = "0 8 1 * *"
    window_days: int = 30


@dataclass(frozen=True, slots=True)
class PastDueNotices:
    """Mail notices about what is past due, in three tiers (R75).

    Args:
        schedule: CRON, five fields, in the tenant's zone.
        tiers: From how many days past due on each tier holds, rising.
        repeat_days: A tier is not repeated within so many days.
    """

    enabled: bool = False
    schedule: str = "0 9 * * 1-5"
    tiers: tuple[int, int, int] = (1, 31, 61)
    repeat_days: int = 7


@dataclass(frozen=True, slots=True)
class AutomationSettings:
    """A business's three automations; off unless it turned them on (R70).

    Args:
        version: Counts the writes of this item.
    """

    new_invoices: NewInvoices = NewInvoices()
    account_summary: AccountSummary = AccountSummary()
    past_due_notices: PastDueNotices = PastDueNotices()
    version: int = 0

    def is_on(self, automation: Automation) -> bool:
        """Tell whether the business's switch is on."""
        return {
            Automation.NEW_INVOICES: self.new_invoices.enabled,
            Automation.ACCOUNT_SUMMARY: self.account_summary.enabled,
            Automation.PAST_DUE_NOTICES: self.past_due_notices.enabled,
        }[automation]

    def schedule_of(self, automation: Automation) -> str | None:
        """Return the schedule of an automation that is on and has one."""
        if not self.is_on(automation) or automation is Automation.NEW_INVOICES:
            return None
        return self.account_summary.schedule if automation is Automation.ACCOUNT_SUMMARY else self.past_due_notices.schedule


@dataclass(frozen=True, slots=True)
class Noticed:
    """The last notice of a tier that a customer was sent: the day in the tenant's zone, and the run that sent it."""

    on: date
    run_id: str


NO_NOTICES: Mapping[int, Noticed] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CustomerAutomation:
    """What a customer's switch says, and which notices the customer was sent.

    Args:
        enabled: Nothing goes to the customer by itself unless this is on (R70).
        paused_until: Past-due notices are silent through this day (R76); None: not paused.
        reason: Why it is paused, where somebody said so.
        links_from: Links to pay in mails of before this instant open nothing any more (R74).
        notices: By tier, the last one.
        version: Counts the writes of this item; 0 before it exists.
    """

    customer_id: str
    enabled: bool = False
    paused_until: date | None = None
    reason: str | None = None
    links_from: datetime | None = None
    notices: Mapping[int, Noticed] = field(default_factory=lambda: NO_NOTICES)
    version: int = 0

    def is_paused(self, today: date) -> bool:
        """Tell whether past-due notices are silent on a day; the last day of the pause still is (R76)."""
        return self.paused_until is not None and today <= self.paused_until


class Gate(StrEnum):
    """What keeps a mail back, in the order it is asked (R70)."""

    TENANT_OFF = "tenant_off"
    CUSTOMER_OFF = "customer_off"
    PAUSED = "paused"
    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"


def gate_of(automation: Automation, settings: AutomationSettings, customer: CustomerAutomation, today: date) -> Gate | None:
    """Return the first gate that keeps an automation's mail from a customer, or None; whether an address can be reached is asked later.

    A pause holds back past-due notices only (R76).
    """
    if not settings.is_on(automation):
        return Gate.TENANT_OFF
    if not customer.enabled:
        return Gate.CUSTOMER_OFF
    if automation is Automation.PAST_DUE_NOTICES and customer.is_paused(today):
        return Gate.PAUSED
    return None


def noticed(customer: CustomerAutomation, tier: int, today: date, run_id: str) -> CustomerAutomation:
    """Return the customer's record after a notice of a tier."""
    return replace(customer, notices=MappingProxyType({**customer.notices, tier: Noticed(today, run_id)}))


def checked_settings(settings: AutomationSettings) -> AutomationSettings:
    """Check what one automation's own bounds do not tell; schedules are checked by ``domain/schedules.py``.

    Raises:
        UnprocessableError: Tiers that do not rise.
    """
    tiers = settings.past_due_notices.tiers
    if len(tiers) != TIERS or tiers[0] < 1 or list(tiers) != sorted(set(tiers)) or tiers[-1] > MOST_TIER_DAYS:
        raise UnprocessableError(
            f"three numbers of days past due, each larger than the one before, from 1 to {MOST_TIER_DAYS}", field="past_due_notices.tiers"
        )
    return settings
