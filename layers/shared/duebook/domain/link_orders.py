"""Orders for mails that somebody is owed, as they are kept and queued. They name nobody: ids of ours, and the hash of an address."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from duebook.domain.email_activity import MailKind
from duebook.domain.identity import LinkOrder, LinkPurpose, Membership
from duebook.domain.service_requests import RequestMailOrder
from duebook.domain.staff_access import StaffLinkOrder

Order: TypeAlias = LinkOrder | StaffLinkOrder | RequestMailOrder
"""A mail with a link for a contact or for a staff member, or one about a service request."""


def message_of(order: Order) -> dict[str, Any]:
    """Write an order as a message: ``{order_id, purpose, at, login_id?, membership?: [tenant, customer, contact]}``.

    One for a staff member: ``{order_id, at, staff: [tenant, staff]}``. One about a service request:
    ``{order_id, at, request: [tenant, customer, request], kind}``.
    """
    if isinstance(order, RequestMailOrder):
        about = [order.tenant_id, order.customer_id, order.request_id]
        return {"order_id": order.order_id, "at": order.at.isoformat(), "request": about, "kind": order.kind.value}
    if isinstance(order, StaffLinkOrder):
        return {"order_id": order.order_id, "at": order.at.isoformat(), "staff": [order.tenant_id, order.staff_id]}
    member = order.membership
    return {
        "order_id": order.order_id,
        "purpose": order.purpose.value,
        "at": order.at.isoformat(),
        "login_id": order.login_id,
        "membership": [member.tenant_id, member.customer_id, member.contact_id] if member else None,
    }


def order_of(message: dict[str, Any]) -> Order:
    """Read a message."""
    at = datetime.fromisoformat(message["at"])
    if "staff" in message:
        return StaffLinkOrder(message["order_id"], at, *message["staff"])
    if "request" in message:
        tenant_id, customer_id, request_id = message["request"]
        return RequestMailOrder(message["order_id"], at, tenant_id, customer_id, request_id, MailKind(message["kind"]))
    member = message["membership"]
    return LinkOrder(message["order_id"], LinkPurpose(message["purpose"]), at, message["login_id"], Membership(*member) if member else None)
