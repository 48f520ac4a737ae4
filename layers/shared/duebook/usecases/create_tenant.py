"""Create a tenant: profile, staff, merchant accounts and a first API key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duebook.domain.api_keys import ApiKey, api_key_id
from duebook.domain.directory import MerchantAccount, Role, Staff, Support, Tenant
from duebook.domain.money import minor_digits
from duebook.domain.slugs import slugs_for
from duebook.errors import UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.secret_store import SecretStore

PROCESSORS_CARRY_DIGITS = 2
PROCESSORS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "authorize_net": ("api_login_id", "transaction_key", "public_client_key"),
        "cardpointe": ("merchant_id", "username", "password"),
    }
)
"""What each processor knows a merchant by, first the name that may be shown; without these there is no merchant account."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A staff member to be; the password is hashed at once."""

    email: str
    name: str
    password: str
    role: Role


@dataclass(frozen=True, slots=True)
class NewMerchantAccount:
    """A merchant account to be; its credentials go to the secrets."""

    processor: str
    currency: str
    credentials: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What an operator gives."""

    name: str
    time_zone: str
    plan: str
    locale: str
    support: Support
    staff: tuple[NewStaff, ...]
    merchant_accounts: tuple[NewMerchantAccount, ...]
    address: str | None = None


def create_tenant(
    wanted: NewTenant,
    *,
    directory: DirectoryStore,
    secrets: SecretStore,
    new_id: Callable[[str, datetime], str],
    hash_password: Callable[[str], str],
    api_key_hash: str,
    now: datetime,
    api_key_starts: str = "",
) -> Tenant:
    """Write a new tenant; of its first API key the hash is kept, and its first characters for staff to see.

    Raises:
        UnprocessableError: No such time zone, a currency the processors cannot carry, one named twice, or credentials in part;
            or another business took the same slug at this moment: say it again.
        AlreadyPostedError: A staff member's email signs in already.
    """
    _check(wanted)
    tenant_id = new_id("ten", now)
    tenant = Tenant(
        tenant_id,
        wanted.name,
        wanted.time_zone,
        wanted.plan,
        wanted.locale,
        wanted.support,
        wanted.address,
        notify=tuple(member.email.lower() for member in wanted.staff),
        slug=free_slug(wanted.name, tenant_id, directory),
    )
    accounts = []
    for one in wanted.merchant_accounts:
        account = merchant_account(new_id("ma", now), one)
        secrets.write(tenant_id, account.account_id, one.credentials)
        accounts.append(account)
    staff = [
        Staff(new_id("stf", now), tenant_id, one.name, one.email.lower(), one.role, hash_password(one.password)) for one in wanted.staff
    ]
    api_key = ApiKey(api_key_id(api_key_hash), "First key", Role.ADMIN, api_key_starts, now, "system", "Duebook")
    directory.add_tenant(tenant, accounts, staff, api_key_hash, api_key)
    return tenant


def free_slug(name: str, tenant_id: str, directory: DirectoryStore) -> str:
    """Return a slug made from a business's name that nobody has (R57)."""
    tried = slugs_for(name, tenant_id)
    slug = next(tried)
    while directory.tenant_id_of_slug(slug) is not None:
        slug = next(tried)
    return slug


def merchant_account(account_id: str, wanted: NewMerchantAccount) -> MerchantAccount:
    """Make the record of a merchant account; of its credentials it keeps the public ones the hosted field needs."""
    return MerchantAccount(
        account_id,
        wanted.processor,
        wanted.currency,
        login=login_of(wanted.processor, wanted.credentials),
        public_key=wanted.credentials.get("public_client_key", ""),
    )


def login_of(processor: str, credentials: Mapping[str, str]) -> str:
    """Return what names the merchant at its processor; another one is another merchant."""
    return credentials.get(PROCESSORS[processor][0], "")


def check_credentials(processor: str, credentials: Mapping[str, str]) -> None:
    """Refuse credentials that lack a part.

    Raises:
        UnprocessableError: A part is missing; the message names no value.
    """
    missing = [name for name in PROCESSORS[processor] if not credentials.get(name)]
    if missing:
        raise UnprocessableError(f"the credentials lack {' and '.join(missing)}", field="merchant_accounts")


def check_currency(currency: str) -> None:
    """Refuse a currency that neither processor carries (R4).

    Raises:
        UnprocessableError: It has no minor unit, or three digits of it.
    """
    if minor_digits(currency) != PROCESSORS_CARRY_DIGITS:
        raise UnprocessableError(f"{currency} cannot be paid by card; it is payable by check", field="merchant_accounts")


def _check(wanted: NewTenant) -> None:
    try:
        ZoneInfo(wanted.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnprocessableError(f"{wanted.time_zone[:40]!r} is not an IANA time zone", field="time_zone") from error
    currencies = [one.currency for one in wanted.merchant_accounts]
    for one in wanted.merchant_accounts:
        check_currency(one.currency)
        check_credentials(one.processor, one.credentials)
    if len(set(currencies)) != len(currencies):
        raise UnprocessableError("one merchant account per currency", field="merchant_accounts")
