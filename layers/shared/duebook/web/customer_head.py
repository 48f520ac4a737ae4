"""What stands above each page of one customer: name, ids, the way to its payment page, tabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from duebook.domain.directory import Customer
from duebook.usecases.read_bounced_addresses import BouncedAddress

SECTION = "/admin/customers"
TABS = (
    ("", "Overview"),
    ("/invoices", "Invoices"),
    ("/payments", "Payments"),
    ("/contacts", "Contacts and sites"),
    ("/emails", "Emails"),
    ("/automation", "Automation"),
    ("/activity", "Activity log"),
)
"""Path below the customer and words of each tab."""


def guest_link(who: Customer, portal_origin: str) -> str:
    """Return the link to the payment page with a customer's Pay Online ID in it."""
    return f"{portal_origin}/pay-my-balance#id={quote(who.pay_online_id)}"


def customer_head(who: Customer, tab: str, portal_origin: str, bounced: Sequence[BouncedAddress] = ()) -> dict[str, Any]:
    """Return what ``customer_head.html`` asks for.

    Args:
        who: Whose page it is.
        tab: Words of the tab that is shown.
        portal_origin: Where the payment page is.
        bounced: Its addresses that bounce mail; told above the tabs.
    """
    link = guest_link(who, portal_origin)
    return {"section": SECTION, "customer": who, "tab": tab, "tabs": TABS, "guest_link": link, "bounced": bounced}
