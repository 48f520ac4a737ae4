"""Tell how many customers an automation would write to if it went now, by their switches (R70, R76)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from duebook.domain.automation import CustomerAutomation
from duebook.storage.account_store import AccountStore
from duebook.storage.automation_store import AutomationStore


@dataclass(frozen=True, slots=True)
class Forecast:
    """Customers by their switches; whether there is something to tell them, and an address, shows when it goes.

    Args:
        on: Customers with automation on.
        paused: Those of them whose past-due notices are paused.
        late: Customers that may have something past due.
        late_on: Those of them with automation on.
        late_paused: Those of these that are paused.
    """

    on: int = 0
    paused: int = 0
    late: int = 0
    late_on: int = 0
    late_paused: int = 0


def forecast_automation(tenant_id: str, today: date, *, automations: AutomationStore, accounts: AccountStore) -> Forecast:
    """Count a business's customers: one item is read for each switch that was ever touched, and one for each account that may be late."""
    late = {key.customer_id for key in accounts.past_due(tenant_id, today)}
    return counted(automations.customers(tenant_id), late, today)


def counted(switches: Iterable[CustomerAutomation], late: Collection[str], today: date) -> Forecast:
    """Count switches.

    Args:
        switches: Of all customers whose switch was ever touched.
        late: Ids of customers that may have something past due.
        today: In the tenant's zone.
    """
    on = [one for one in switches if one.enabled]
    paused = [one for one in on if one.is_paused(today)]
    late_on, late_paused = (sum(one.customer_id in late for one in some) for some in (on, paused))
    return Forecast(len(on), len(paused), len(late), late_on, late_paused)
