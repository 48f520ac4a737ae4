"""Where a payment's money lies, and how its charge and refunds are named there."""

from __future__ import annotations

from duebook.domain.directory import MerchantAccount
from duebook.domain.money import Money
from duebook.domain.payments import Payment
from duebook.domain.processing import ChargeRef, RefundOrder
from duebook.domain.refunds import Refund
from duebook.errors import InvariantError
from duebook.storage.directory_store import DirectoryStore


def merchant_account_of(payment: Payment, directory: DirectoryStore) -> MerchantAccount:
    """Return the merchant account a payment was charged at, retired ones too.

    Raises:
        InvariantError: It is gone, or the payment came in by check or cash.
    """
    accounts = directory.merchant_accounts(payment.key.tenant_id)
    found = next((account for account in accounts if account.account_id == payment.merchant_account_id), None)
    if found is None:
        raise InvariantError(f"merchant account {payment.merchant_account_id} of payment {payment.key.payment_id} is gone")
    return found


def charge_ref(payment: Payment, reference: str | None = None) -> ChargeRef:
    """Name a payment's charge to its processor.

    Raises:
        InvariantError: The processor never told an id of it.
    """
    known = reference or payment.reference
    if known is None:
        raise InvariantError(f"payment {payment.key.payment_id} has no reference of its processor")
    return ChargeRef(payment.order_id, known, payment.amount, payment.method_type, payment.last4, payment.created_at)


def refund_order(payment: Payment, refund: Refund) -> RefundOrder:
    """Name a refund to its processor."""
    return RefundOrder(refund.order_id, charge_ref(payment), Money(refund.minor, payment.amount.currency))
