"""Orders for mails with a link, as they are kept and queued. They name nobody: ids of ours, and the hash of an address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from duebook.domain.identity import LinkOrder, LinkPurpose, Membership
from duebook.domain.staff_access import StaffLinkOrder


def message_of(order: LinkOrder | StaffLinkOrder) -> dict[str, Any]:
    """Write an order as a message: ``{order_id, purpose, at, login_id?, membership?: [tenant, customer, contact]}``.

    One for a staff member: ``{order_id, at, staff: [tenant, staff]}``.
    """
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


def order_of(message: dict[str, Any]) -> LinkOrder | StaffLinkOrder:
    """Read a message."""
    at = datetime.fromisoformat(message["at"])
    if "staff" in message:
        return StaffLinkOrder(message["order_id"], at, *message["staff"])
    member = message["membership"]
    return LinkOrder(message["order_id"], LinkPurpose(message["purpose"]), at, message["login_id"], Membership(*member) if member else None)
