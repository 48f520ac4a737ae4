"""The demo's billing automation: switched on, for some customers, with one run of past-due notices behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Call = Callable[..., dict[str, Any]]
SETTINGS = {
    "new_invoices": {"enabled": True},
    "account_summary": {"enabled": True, "format": "open_invoices", "schedule": "0 8 1 * *"},
    "past_due_notices": {"enabled": True, "schedule": "0 9 * * 1-5", "tiers": [1, 31, 61], "repeat_days": 7},
}
SWITCHED_ON = ("halvorsen", "northgate", "riverside", "mill-creek")
PAUSED = ("maple", "Disputes two invoices; call on hold")


def switch_on(call: Call, today: date) -> None:
    """Switch automations on and let the past-due notices of today go out.

    Args:
        call: Makes one call of the first business's staff API.
        today: In the business's zone.
    """
    call("PUT", "/api/staff/settings/automation", SETTINGS)
    for customer_id in SWITCHED_ON:
        call("PUT", f"/api/staff/customers/{customer_id}/automation", {"enabled": True, "paused_until": None})
    customer_id, reason = PAUSED
    paused = {"enabled": True, "paused_until": (today + timedelta(days=20)).isoformat(), "reason": reason}
    call("PUT", f"/api/staff/customers/{customer_id}/automation", paused)
    call("POST", "/local/run/past_due_notices", {})
