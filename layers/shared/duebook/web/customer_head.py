"""What stands above each page of one customer: name, ids, whether it is mailed by automation, the way to its payment page, tabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from duebook.domain.automation import CustomerAutomation
from duebook.domain.directory import Customer
from duebook.storage.automation_store import AutomationStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore
from duebook.usecases.read_bounced_addresses import BouncedAddress, read_bounced_addresses
from duebook.web.visits import Visit

SECTION = "/admin/customers"
TABS = (
    ("", "Overview"),
    ("/invoices", "Invoices"),
    ("/payments", "Payments"),
    ("/requests", "Requests"),
    ("/contacts", "Contacts and sites"),
    ("/emails", "Emails"),
    ("/automation", "Automation"),
    ("/activity", "Activity log"),
)
"""Path below the customer and words of each tab."""


def guest_link(who: Customer, portal_origin: str) -> str:
    """Return the link to the payment page with a customer's Pay Online ID in it."""
    return f"{portal_origin}/pay-my-balance#id={quote(who.pay_online_id)}"


def read_customer_head(
    visit: Visit,
    who: Customer,
    tab: str,
    portal_origin: str,
    directory: DirectoryStore,
    mails: EmailStore,
    automations: AutomationStore,
) -> dict[str, Any]:
    """Read what stands above a page of a customer: which of its addresses bounce, and its switch of automation."""
    bounced = read_bounced_addresses(visit.tenant_id, who, directory=directory, mails=mails)
    switch = automations.customer(visit.tenant_id, who.customer_id)
    return customer_head(who, tab, portal_origin, bounced, switch, is_paused=switch.is_paused(visit.today))


def customer_head(
    who: Customer,
    tab: str,
    portal_origin: str,
    bounced: Sequence[BouncedAddress],
    switch: CustomerAutomation,
    *,
    is_paused: bool,
) -> dict[str, Any]:
    """Return what ``customer_head.html`` asks for.

    Args:
        who: Whose page it is.
        tab: Words of the tab that is shown.
        portal_origin: Where the payment page is.
        bounced: Its addresses that bounce mail; told above the tabs.
        switch: Whether anything goes to it by itself.
        is_paused: Past-due notices are silent today.
    """
    link = guest_link(who, portal_origin)
    above = {"section": SECTION, "customer": who, "tab": tab, "tabs": TABS, "guest_link": link}
    return above | {"bounced": bounced, "switch": switch, "is_paused": is_paused}
