"""Find the customer behind a Pay Online ID, and tell what can be paid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from duebook.domain.account import Account, AccountKey
from duebook.domain.allocation import payable_online
from duebook.domain.directory import Customer, MerchantAccount, Tenant, merchant_account_for
from duebook.domain.throttling import GUEST_BY_ADDRESS, GUEST_OVERALL, Throttle, wait
from duebook.errors import NotFoundError, ProofRequiredError, TooManyRequestsError
from duebook.storage.account_store import AccountStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.transient_store import TransientStore

PAY_ONLINE_ID = re.compile(r"[A-Za-z0-9._-]{4,64}")
MISS = "We couldn't find that Pay Online ID. Check capital letters."
LIMITS: tuple[tuple[str, Throttle], ...] = (("guest", GUEST_BY_ADDRESS), ("guests", GUEST_OVERALL))


@dataclass(frozen=True, slots=True)
class Payable:
    """What can be paid online in one currency: minor units, and where the money would go (None: nowhere)."""

    currency: str
    minor: int
    merchant_account: MerchantAccount | None


@dataclass(frozen=True, slots=True)
class Payer:
    """The customer behind a Pay Online ID, with its business and its accounts."""

    tenant: Tenant
    customer: Customer
    payables: tuple[Payable, ...]


def find_customer(
    pay_online_id: str,
    *,
    proof: str | None,
    address: str,
    directory: DirectoryStore,
    accounts: AccountStore,
    transient: TransientStore,
    now: datetime,
) -> tuple[str, Customer]:
    """Return tenant id and customer of a Pay Online ID (R11, R12).

    Args:
        pay_online_id: As typed; outer blanks are trimmed, nothing else is forgiven.
        proof: ZIP code or number of an open invoice, for imported IDs.
        address: The caller's, for limits on misses.
        directory: Where IDs are kept.
        accounts: For the invoice number given as proof.
        transient: Where misses are counted.
        now: Aware UTC.

    Raises:
        NotFoundError: Unknown, disabled or malformed: one and the same answer.
        ProofRequiredError: An imported ID needs a second fact, and none or a wrong one was given.
        TooManyRequestsError: Too many misses.
    """
    check_misses(address, transient=transient, now=now)
    found = _find(pay_online_id.strip(), directory)
    if found is None:
        count_miss(address, transient=transient, now=now)
        raise NotFoundError(MISS)
    tenant_id, customer = found
    if customer.imported_pay_online_id and not _proves(proof, tenant_id, customer, accounts):
        if proof:
            count_miss(address, transient=transient, now=now)
        raise ProofRequiredError("Type the ZIP code of your billing address or the number of an open invoice.")
    return tenant_id, customer


def read_payer(tenant_id: str, customer: Customer, *, directory: DirectoryStore, accounts: AccountStore) -> Payer:
    """Read what a found customer can pay online, by currency (R2, R4, R13, R15)."""
    merchant_accounts = directory.merchant_accounts(tenant_id)
    payables = tuple(
        Payable(currency, payable_online(account), merchant_account_for(merchant_accounts, currency))
        for currency, account in _accounts(tenant_id, customer, accounts)
    )
    return Payer(directory.tenant(tenant_id), customer, payables)


def check_misses(address: str, *, transient: TransientStore, now: datetime) -> None:
    """Refuse a caller who missed too often.

    Raises:
        TooManyRequestsError: With ``retry_after`` in seconds.
    """
    for (kind, limit), subject in zip(LIMITS, (address, "all"), strict=True):
        pause = wait(limit, transient.tries(kind, subject), now)
        if pause > timedelta(0):
            seconds = max(1, round(pause.total_seconds()))
            raise TooManyRequestsError(f"Too many tries. Wait {seconds} seconds, then try again.", retry_after=seconds)


def count_miss(address: str, *, transient: TransientStore, now: datetime) -> None:
    """Count a miss against the caller's address and against all."""
    for (kind, limit), subject in zip(LIMITS, (address, "all"), strict=True):
        transient.count_try(kind, subject, now, limit.forget)


def _find(pay_online_id: str, directory: DirectoryStore) -> tuple[str, Customer] | None:
    if PAY_ONLINE_ID.fullmatch(pay_online_id) is None:
        return None
    owner = directory.by_pay_online_id(pay_online_id)
    customer = directory.find_customer(*owner) if owner else None
    return (owner[0], customer) if owner and customer and customer.enabled else None


def _proves(proof: str | None, tenant_id: str, customer: Customer, accounts: AccountStore) -> bool:
    given = (proof or "").strip().casefold()
    if not given:
        return False
    if customer.postal_code and given == customer.postal_code.strip().casefold():
        return True
    open_numbers = (item.number for _, account in _accounts(tenant_id, customer, accounts) for item in account.open_items)
    return any(given == number.casefold() for number in open_numbers)


def _accounts(tenant_id: str, customer: Customer, accounts: AccountStore) -> list[tuple[str, Account]]:
    return [
        (currency, accounts.read(AccountKey(tenant_id, customer.customer_id, currency)).account) for currency in sorted(customer.currencies)
    ]
