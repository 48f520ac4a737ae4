"""The activity log: who of the staff did what, when and why. Lines are never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from duebook.domain.directory import Staff

MOST_TEXT = 500
"""Characters of a reason or a detail that are kept."""


class Action(StrEnum):
    """What was done."""

    PAYMENT_REFUNDED = "payment_refunded"
    PAYMENT_VOIDED = "payment_voided"
    PAYMENT_APPLIED = "payment_applied"
    PAYMENT_UNAPPLIED = "payment_unapplied"
    CREDIT_APPLIED = "credit_applied"
    CHECK_RECORDED = "check_recorded"
    METHOD_CHARGED = "method_charged"
    RECEIPT_SENT_AGAIN = "receipt_sent_again"
    INVOICE_VOIDED = "invoice_voided"
    INVOICE_CHANGED = "invoice_changed"
    CUSTOMER_ADDED = "customer_added"
    CUSTOMER_SAVED = "customer_saved"
    CUSTOMER_DISABLED = "customer_disabled"
    CUSTOMER_ENABLED = "customer_enabled"
    CONTACT_SAVED = "contact_saved"
    CONTACT_DELETED = "contact_deleted"
    ACCESS_GIVEN = "access_given"
    ACCESS_ENDED = "access_ended"
    INVITATION_SENT = "invitation_sent"
    PORTAL_VIEWED = "portal_viewed"
    PAY_LINKS_REVOKED = "pay_links_revoked"
    SITE_SAVED = "site_saved"
    PROFILE_SAVED = "profile_saved"
    BRANDING_SAVED = "branding_saved"
    PROCESSORS_SAVED = "processors_saved"
    AUTOMATION_SAVED = "automation_saved"
    CUSTOMER_AUTOMATION_SAVED = "customer_automation_saved"
    STAFF_ADDED = "staff_added"
    STAFF_CHANGED = "staff_changed"
    ROLE_CHANGED = "role_changed"
    STAFF_REMOVED = "staff_removed"
    API_KEY_MADE = "api_key_made"
    API_KEY_REVOKED = "api_key_revoked"
    TEMPLATE_SAVED = "template_saved"
    TEMPLATE_RESET = "template_reset"
    TEST_MAIL_SENT = "test_mail_sent"
    ADDRESS_RELEASED = "address_released"
    ADDRESS_FIXED = "address_fixed"
    MAIL_SENT_AGAIN = "mail_sent_again"
    STATEMENTS_SENT = "statements_sent"
    STATEMENTS_STOPPED = "statements_stopped"
    IMPORT_STARTED = "import_started"
    BREAK_RESOLVED = "break_resolved"
    CATALOG_SAVED = "catalog_saved"
    REQUEST_CONVERTED = "request_converted"
    REQUEST_DECLINED = "request_declined"


WORDS: Mapping[Action, str] = {
    Action.PAYMENT_REFUNDED: "Refunded a payment",
    Action.PAYMENT_VOIDED: "Voided a payment",
    Action.PAYMENT_APPLIED: "Applied a payment to invoices",
    Action.PAYMENT_UNAPPLIED: "Un-applied a payment",
    Action.CREDIT_APPLIED: "Applied a credit memo to invoices",
    Action.CHECK_RECORDED: "Recorded a payment",
    Action.METHOD_CHARGED: "Charged a saved method",
    Action.RECEIPT_SENT_AGAIN: "Sent a receipt again",
    Action.INVOICE_VOIDED: "Voided an invoice",
    Action.INVOICE_CHANGED: "Changed an invoice",
    Action.CUSTOMER_ADDED: "Added the customer",
    Action.CUSTOMER_SAVED: "Changed the customer",
    Action.CUSTOMER_DISABLED: "Disabled the customer",
    Action.CUSTOMER_ENABLED: "Enabled the customer",
    Action.CONTACT_SAVED: "Saved a contact",
    Action.CONTACT_DELETED: "Removed a contact",
    Action.ACCESS_GIVEN: "Gave portal access",
    Action.ACCESS_ENDED: "Ended portal access",
    Action.INVITATION_SENT: "Sent an invitation",
    Action.PORTAL_VIEWED: "Viewed the portal as a contact",
    Action.PAY_LINKS_REVOKED: "Revoked the links to pay",
    Action.SITE_SAVED: "Saved a site",
    Action.PROFILE_SAVED: "Changed the business profile",
    Action.BRANDING_SAVED: "Changed the branding",
    Action.PROCESSORS_SAVED: "Changed the processors",
    Action.AUTOMATION_SAVED: "Changed automation",
    Action.CUSTOMER_AUTOMATION_SAVED: "Changed the customer's automation",
    Action.STAFF_ADDED: "Added a staff member",
    Action.STAFF_CHANGED: "Changed a staff member",
    Action.ROLE_CHANGED: "Changed a role",
    Action.STAFF_REMOVED: "Removed a staff member",
    Action.API_KEY_MADE: "Made an API key",
    Action.API_KEY_REVOKED: "Revoked an API key",
    Action.TEMPLATE_SAVED: "Changed a mail text",
    Action.TEMPLATE_RESET: "Took a mail text back to the default",
    Action.TEST_MAIL_SENT: "Sent a test mail",
    Action.ADDRESS_RELEASED: "Released an address",
    Action.ADDRESS_FIXED: "Corrected an address",
    Action.MAIL_SENT_AGAIN: "Sent a mail again",
    Action.STATEMENTS_SENT: "Sent statements",
    Action.STATEMENTS_STOPPED: "Stopped a run of statements",
    Action.IMPORT_STARTED: "Started an import",
    Action.BREAK_RESOLVED: "Resolved a reconciliation row",
    Action.CATALOG_SAVED: "Changed what customers may ask for",
    Action.REQUEST_CONVERTED: "Made a job or rental of a request",
    Action.REQUEST_DECLINED: "Declined a request",
}
"""Each action in plain words."""

API_KEY = "key_"
"""What the ids of API keys begin with."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it.

    Args:
        actor_id: A staff member, an API key, or ``system``.
        name: As it was then; empty where only the id was at hand.
    """

    actor_id: str
    name: str = ""

    @classmethod
    def of_staff(cls, staff: Staff) -> Actor:
        """Return a staff member, with the name of today."""
        return cls(staff.staff_id, staff.name)

    @property
    def words(self) -> str:
        """Tell who it was: a name, ``API key …1a2b``, or the id where nothing else is known."""
        if self.name:
            return self.name
        return f"API key …{self.actor_id[-4:]}" if self.actor_id.startswith(API_KEY) else self.actor_id


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One thing that was done.

    Args:
        line_id: A ULID made from the instant and the words, so it sorts by time.
        customer_id: Whose log it stands in, too; None when it concerns no customer.
        subject: Kind and id of what it was done to, such as ``("payment", "pay_1")``.
        reason: As the person gave it.
        detail: What the words leave open: an amount, a name, an address.
    """

    line_id: str
    at: datetime
    actor: Actor
    action: Action
    customer_id: str | None = None
    subject: tuple[str, str] | None = None
    reason: str | None = None
    detail: str = ""

    @property
    def words(self) -> str:
        """Tell what was done, in plain words."""
        return WORDS[self.action]
