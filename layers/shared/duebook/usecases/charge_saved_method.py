"""Charge a customer's saved card or bank account, when staff ask for it (R35)."""

from __future__ import annotations

from dataclasses import dataclass

from duebook.domain.methods import to_charge
from duebook.domain.money import Money
from duebook.domain.payments import Payer, Payment
from duebook.errors import UnprocessableError
from duebook.storage.method_store import MethodStore
from duebook.usecases.read_methods import find_method
from duebook.usecases.take_payment import ChargedMethod, Order, Till, take_payment


@dataclass(frozen=True, slots=True)
class SavedCharge:
    """What staff ask for; without ``lines`` (invoice id, minor units) the oldest invoices are paid first, pay online or not."""

    customer_id: str
    amount: Money
    method_id: str
    lines: tuple[tuple[str, int], ...] | None = None


def charge_saved_method(
    tenant_id: str, wanted: SavedCharge, *, key: str, actor: str, till: Till, methods: MethodStore, timeout_seconds: float
) -> Payment:
    """Charge a saved method once; see ``take_payment``.

    Raises:
        NotFoundError: No such customer, or no such method of this very customer.
        MethodFlaggedError: The bank sent a charge of it back for a reason that stays.
        UnprocessableError: The method is of another currency, or the invoices named do not add up to the amount.
        DuebookError: As ``take_payment`` says.
    """
    customer = till.directory.customer(tenant_id, wanted.customer_id)
    method = find_method(tenant_id, wanted.customer_id, wanted.method_id, methods=methods)
    if method.currency != wanted.amount.currency:
        raise UnprocessableError(f"this method is charged in {method.currency}", field="currency")
    if wanted.lines is not None and sum(minor for _, minor in wanted.lines) != wanted.amount.minor:
        raise UnprocessableError("the applications do not add up to the amount", field="applications")
    order = Order(
        tenant_id,
        wanted.customer_id,
        wanted.amount,
        to_charge(method, by_merchant=True),
        Payer(customer.name, customer.email or "", customer.postal_code),
        channel="staff",
        actor=actor,
        saved=ChargedMethod(method.method_id, method.merchant_account_id, method.brand, method.last4),
        lines=wanted.lines,
    )
    return take_payment(order, key=key, till=till, timeout_seconds=timeout_seconds)
