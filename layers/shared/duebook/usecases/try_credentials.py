"""Ask a processor whether it takes a merchant account's credentials: nothing is charged, nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from duebook.domain.directory import MerchantAccount
from duebook.domain.processing import CredentialTest
from duebook.errors import NotFoundError, ProcessorUnavailableError
from duebook.ports import PaymentProcessor
from duebook.storage.directory_store import DirectoryStore

TIMEOUT_SECONDS = 12.0
"""People wait for it; two merchant ids of one account are asked within it."""


@dataclass(frozen=True, slots=True)
class TriedCredentials:
    """What came of a test call.

    Args:
        account: Which merchant account's credentials were tried.
        told: What the processor said; None when no usable answer came.
        took_ms: How long it took.
    """

    account: MerchantAccount
    told: CredentialTest | None
    took_ms: int


def try_credentials(
    tenant_id: str,
    account_id: str,
    *,
    directory: DirectoryStore,
    processor_of: Callable[[str, MerchantAccount], PaymentProcessor],
    monotonic: Callable[[], float],
) -> TriedCredentials:
    """Try a merchant account's credentials at its processor, also those of one that is switched off.

    Raises:
        NotFoundError: The tenant has no such merchant account, or another merchant took its place.
    """
    accounts = directory.merchant_accounts(tenant_id)
    account = next((one for one in accounts if one.account_id == account_id and not one.retired), None)
    if account is None:
        raise NotFoundError(f"no merchant account {account_id}")
    began = monotonic()
    try:
        told = processor_of(tenant_id, account).test_credentials(timeout_seconds=TIMEOUT_SECONDS)
    except ProcessorUnavailableError:
        told = None
    return TriedCredentials(account, told, round((monotonic() - began) * 1000))
