"""Write customers, under the ids that the tenant's own system gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from duebook.domain.directory import Customer
from duebook.errors import AlreadyPostedError
from duebook.storage.directory_store import DirectoryStore


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """What a caller says of a customer.

    ``pay_online_id`` None keeps the one there is, or has one made; a given one counts as imported (R11).
    """

    name: str
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    postal_code: str | None = None
    locale: str | None = None
    pay_online_id: str | None = None
    enabled: bool = True


def put_customer(
    tenant_id: str,
    customer_id: str,
    details: CustomerDetails,
    *,
    directory: DirectoryStore,
    new_pay_online_id: Callable[[], str],
    now: datetime,
) -> tuple[Customer, bool]:
    """Write a customer; saying the same again changes nothing.

    Returns:
        The customer, and whether it is new.

    Raises:
        UnprocessableError: The Pay Online ID given is taken, here or at another tenant.
        ConflictError: The customer changed meanwhile.
    """
    was = directory.find_customer(tenant_id, customer_id)
    if was is None:
        given = details.pay_online_id
        blank = Customer(customer_id, details.name, given or new_pay_online_id(), now, imported_pay_online_id=given is not None)
        try:
            directory.add_customer(tenant_id, _with(blank, details))
        except AlreadyPostedError:
            was = directory.customer(tenant_id, customer_id)
        else:
            return _with(blank, details), True
    after = _with(was, details)
    if details.pay_online_id not in {None, was.pay_online_id}:
        after = replace(after, pay_online_id=details.pay_online_id or was.pay_online_id, imported_pay_online_id=True)
    if after == was:
        return was, False
    directory.save_customer(tenant_id, after, was=was)
    return replace(after, version=was.version + 1), False


def _with(customer: Customer, details: CustomerDetails) -> Customer:
    return replace(
        customer,
        name=details.name,
        email=details.email,
        phone=details.phone,
        address=details.address,
        postal_code=details.postal_code,
        locale=details.locale,
        enabled=details.enabled,
    )
