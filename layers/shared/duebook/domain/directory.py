"""Tenants and the people on both sides: customers, sites, contacts, staff, API keys, merchant accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """Permission levels of staff, each including the ones before (R85)."""

    VIEWER = "viewer"
    COLLECTOR = "collector"
    MANAGER = "manager"
    ADMIN = "admin"


ROLE_ORDER = tuple(Role)


def allows(role: Role, needed: Role) -> bool:
    """Tell whether a role includes another."""
    return ROLE_ORDER.index(role) >= ROLE_ORDER.index(needed)


@dataclass(frozen=True, slots=True)
class Support:
    """Whom a customer asks: shown on pages and mails."""

    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Tenant:
    """A business that uses Duebook; its profile.

    Args:
        tenant_id: Ours.
        name: As its customers know it.
        time_zone: IANA; decides what today is.
        plan: ``basic`` or ``pro``.
        locale: BCP 47, for money and dates in mails.
        support: Shown to customers.
        address: Postal lines for receipts.
        accent: ``#rrggbb`` of the brand, or None for the neutral one.
        logo_url: Path of its logo on our pages, or None.
        slug: Its short name in the sign-in address, one business's alone; None until its profile is saved next.
        notify: Addresses that get *payment received* mails (R16).
        use_unapplied_cash: New invoices are paid from unapplied cash by themselves (R25).
        version: Counts the writes of this item.
    """

    tenant_id: str
    name: str
    time_zone: str
    plan: str = "pro"
    locale: str = "en-US"
    support: Support = Support()
    address: str | None = None
    accent: str | None = None
    logo_url: str | None = None
    notify: tuple[str, ...] = ()
    use_unapplied_cash: bool = False
    slug: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """Where online money of one currency goes (R42). Its credentials lie apart, with the secrets.

    Args:
        account_id: Ours, ``ma_…``.
        processor: ``authorize_net`` or ``cardpointe``.
        currency: ISO 4217.
        enabled: Off means: not payable online.
        login: Names the merchant at its processor and may be shown: Authorize.Net's API login id, CardPointe's merchant id.
        public_key: Public key Authorize.Net's hosted field needs.
        retired: Another merchant took its place; kept, switched off, for payments that still ask it what became of them.
    """

    account_id: str
    processor: str
    currency: str
    enabled: bool = True
    login: str = ""
    public_key: str = ""
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owes the tenant money.

    Args:
        customer_id: The caller's id.
        pay_online_id: One per customer, case-sensitive (R11).
        imported_pay_online_id: Given by the caller: a second fact is asked before anything shows (R11).
        enabled: Off means that the Pay Online ID is not known (R12).
        currencies: Those in which it has an account.
        access_ids: Its contacts with portal access.
        version: Counts the writes of this item.
    """

    customer_id: str
    name: str
    pay_online_id: str
    created_at: datetime
    imported_pay_online_id: bool = False
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    postal_code: str | None = None
    locale: str | None = None
    enabled: bool = True
    currencies: frozenset[str] = frozenset()
    access_ids: frozenset[str] = frozenset()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """A place the tenant serves for a customer."""

    site_id: str
    name: str
    number: str
    address: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at the customer: ``company`` acts for all of it, ``site`` for the named sites only.

    Args:
        contact_id: The caller's id, or ours.
        kind: ``company`` or ``site``.
        portal_access: May sign in (R51).
        access_since: When the latest access began; one that was ended and given anew is another one.
        invited_at: When the latest invitation was asked for.
        last_sign_in_at: At this customer.
        version: Counts the writes of this item.
    """

    contact_id: str
    name: str
    kind: str
    email: str | None = None
    phone: str | None = None
    site_ids: tuple[str, ...] = ()
    portal_access: bool = False
    access_since: datetime | None = None
    invited_at: datetime | None = None
    last_sign_in_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Staff:
    """A person of the tenant.

    Args:
        staff_id: Ours.
        tenant_id: Whose.
        name: As the others know the person.
        email: In small letters; signs in with it.
        role: What the person may do.
        password_hash: argon2id; None until the person has set a password.
        version: Counts the writes of this item.
        generation: Counts what ends sessions and links: each carries the generation it was made in, and a later one ends it.
    """

    staff_id: str
    tenant_id: str
    name: str
    email: str
    role: Role
    password_hash: str | None = None
    version: int = 0
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a staff call: a staff member's session or an API key. Tenant and role come from nowhere else."""

    tenant_id: str
    caller_id: str
    role: Role


def merchant_account_for(accounts: tuple[MerchantAccount, ...], currency: str) -> MerchantAccount | None:
    """Return the enabled merchant account of a currency (R15, R42), or None."""
    return next((account for account in accounts if account.enabled and account.currency == currency), None)
