"""What the pages about one customer take: who it is, what stands above each page, and the log of what staff do to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from duebook.domain.activity_log import Action, Actor
from duebook.domain.automation import CustomerAutomation
from duebook.domain.automation_changes import customer_changes
from duebook.domain.directory import Customer
from duebook.storage.activity_store import ActivityStore
from duebook.storage.automation_store import AutomationStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore
from duebook.usecases.ask_for_link import LinkDesk
from duebook.usecases.log_action import log_action
from duebook.web.customer_forms import NormalEmail
from duebook.web.customer_head import SECTION, read_customer_head
from duebook.web.pages import link
from duebook.web.staff_site import StaffSite
from duebook.web.visits import Visit


@dataclass(frozen=True, slots=True)
class CustomerOffice:
    """What the pages about one customer share.

    Args:
        site: What pages are made with.
        directory: Where customers and their people stand.
        mails: Tells which addresses bounce.
        automations: Where customers' switches stand.
        log: Where actions are written down.
        links: Asks for invitations.
        normal_email: Writes a typed address in its normal form.
        portal_origin: Where the payment page is.
    """

    site: StaffSite
    directory: DirectoryStore
    mails: EmailStore
    automations: AutomationStore
    log: ActivityStore
    links: LinkDesk
    normal_email: NormalEmail
    portal_origin: str

    @property
    def now(self) -> datetime:
        """When this is."""
        return self.links.now

    def customer(self, visit: Visit, customer_id: str) -> Customer:
        """Read the customer.

        Raises:
            NotFoundError: No such customer of this business.
        """
        return self.directory.customer(visit.tenant_id, customer_id)

    def head(self, visit: Visit, who: Customer, tab: str) -> dict[str, Any]:
        """Return what stands above a page of the customer."""
        return read_customer_head(visit, who, tab, self.portal_origin, self.directory, self.mails, self.automations)

    def write_down(self, visit: Visit, action: Action, customer_id: str, **facts: Any) -> None:
        """Put what was done into the activity log; facts as for ``log_action``."""
        log_action(visit.tenant_id, Actor.of_staff(visit.staff), action, customer_id=customer_id, now=self.now, log=self.log, **facts)

    def note_switch(self, visit: Visit, was: CustomerAutomation, after: CustomerAutomation, key: str | None) -> None:
        """Note what was changed of the customer's switch; nothing where nothing was."""
        if detail := customer_changes(was, after, visit.formats.day):
            reason = after.reason if after.reason != was.reason else None
            self.write_down(visit, Action.CUSTOMER_AUTOMATION_SAVED, after.customer_id, reason=reason, detail=detail, request=key)

    def new_key(self) -> str:
        """Return a name for a form, by which it counts once however often it is sent."""
        return self.links.new_id("form", self.now)


def customer_path(customer_id: str, *rest: str, **query: str | None) -> str:
    """Write the address of a customer's page; ids are quoted."""
    return link("/".join((SECTION, *(quote(part, safe="") for part in (customer_id, *rest)))), **query)
