"""Use unapplied cash by itself for what is open, where the business has switched that on (R25)."""

from __future__ import annotations

from duebook.domain.account import AccountKey
from duebook.domain.identifiers import PAYMENT_PREFIX
from duebook.domain.refunds import in_flight
from duebook.errors import AlreadyPostedError, ConflictError, NotFoundError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.change_applications import ApplicationDesk, apply_by_hand

REASON = "used by itself"


def use_unapplied_cash(account_key: AccountKey, *, directory: DirectoryStore, desk: ApplicationDesk) -> int:
    """Apply what a customer has unapplied to the oldest open invoices, if the tenant wants it; return how many sources were used.

    Credit memos and payments alike, oldest first; a payment whose own application or refund is under way is left alone.
    What cannot be applied now stays unapplied: the next invoice tries again.
    """
    if not directory.tenant(account_key.tenant_id).use_unapplied_cash:
        return 0
    used = 0
    for source_id in sorted(desk.accounts.read(account_key).account.unapplied):
        try:
            if source_id.startswith(PAYMENT_PREFIX) and not _is_free(account_key.tenant_id, source_id, desk):
                continue
            apply_by_hand(account_key.tenant_id, source_id, None, REASON, desk=desk, memo=not source_id.startswith(PAYMENT_PREFIX))
            used += 1
        except (AlreadyPostedError, ConflictError, NotFoundError, UnprocessableError):
            # Nothing is open, or somebody was faster.
            continue
    return used


def _is_free(tenant_id: str, payment_id: str, desk: ApplicationDesk) -> bool:
    payment = desk.payments.get(desk.payments.find(tenant_id, payment_id))
    return payment.applied and in_flight(payment.refunds) is None
