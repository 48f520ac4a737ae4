"""How the Directory's people and settings stand in their items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any

from duebook.domain.api_keys import ApiKey
from duebook.domain.directory import Contact, Customer, MerchantAccount, Role, Site, Staff, Support, Tenant
from duebook.storage import keys
from duebook.storage.dynamo import Item, content, document, instant, version_of


def tenant_item(tenant: Tenant) -> Item:
    """Write a tenant's profile."""
    doc = _doc(tenant) | {"support": _doc(tenant.support)}
    return document(keys.tenant_pk(tenant.tenant_id), keys.PROFILE, doc, version=tenant.version)


def tenant_of(item: Item) -> Tenant:
    """Read a tenant's profile."""
    doc = content(item)
    changed = {"support": Support(**doc["support"]), "notify": tuple(doc.get("notify", ())), "version": version_of(item)}
    return Tenant(**(doc | changed))


def merchant_accounts_item(tenant_id: str, accounts: Sequence[MerchantAccount]) -> Item:
    """Write a tenant's merchant accounts, all in one item."""
    return document(keys.tenant_pk(tenant_id), keys.PROCESSORS, {"accounts": [_doc(account) for account in accounts]})


def merchant_accounts_of(item: Item) -> tuple[MerchantAccount, ...]:
    """Read a tenant's merchant accounts."""
    return tuple(MerchantAccount(**doc) for doc in content(item)["accounts"])


def staff_item(staff: Staff) -> Item:
    """Write a staff member."""
    return document(keys.tenant_pk(staff.tenant_id), keys.staff_sk(staff.staff_id), _doc(staff), version=staff.version)


def staff_of(item: Item) -> Staff:
    """Read a staff member."""
    doc = content(item)
    return Staff(**(doc | {"role": Role(doc["role"]), "version": version_of(item)}))


def api_key_item(tenant_id: str, api_key: ApiKey, key_hash: str) -> Item:
    """Write what staff know of an API key; by the hash it is found and revoked."""
    return document(keys.tenant_pk(tenant_id), keys.api_key_sk(api_key.key_id), _doc(api_key) | {"hash": key_hash})


def used_at_of(lookup: Item) -> datetime | None:
    """Read when an API key was used last, from the item that calls find it by."""
    return datetime.fromisoformat(lookup["used_at"]["S"]) if "used_at" in lookup else None


def customer_item(tenant_id: str, customer: Customer) -> Item:
    """Write a customer. Its currencies and its contacts with access stand in sets of their own, which other writes add to."""
    doc = _doc(customer) | {"created_at": customer.created_at.isoformat()}
    item = document(keys.tenant_pk(tenant_id), keys.customer_sk(customer.customer_id), doc, version=customer.version)
    sets = {"currencies": customer.currencies, "access_ids": customer.access_ids}
    return item | {name: {"SS": sorted(values)} for name, values in sets.items() if values}


def customer_of(item: Item) -> Customer:
    """Read a customer."""
    doc = content(item)
    sets: dict[str, Any] = {name: frozenset(item[name]["SS"]) for name in ("currencies", "access_ids") if name in item}
    created_at = datetime.fromisoformat(doc["created_at"])
    return Customer(**(doc | {"created_at": created_at, "version": version_of(item)} | sets))


def site_item(tenant_id: str, customer_id: str, site: Site) -> Item:
    """Write a site."""
    return document(keys.customer_pk(tenant_id, customer_id), keys.document_sk("SITE", site.site_id), _doc(site), version=site.version)


def site_of(item: Item) -> Site:
    """Read a site."""
    return Site(**(content(item) | {"version": version_of(item)}))


def contact_item(tenant_id: str, customer_id: str, contact: Contact) -> Item:
    """Write a contact."""
    sk = keys.document_sk("CONTACT", contact.contact_id)
    return document(keys.customer_pk(tenant_id, customer_id), sk, _doc(contact), version=contact.version)


def membership_item(login_id: str, tenant_id: str, customer_id: str, contact_id: str) -> Item:
    """Write the membership of a contact with portal access, below the login of its address."""
    doc = {"tenant_id": tenant_id, "customer_id": customer_id, "contact_id": contact_id}
    return document(keys.contact_login_pk(login_id), keys.membership_sk(tenant_id, customer_id), doc, contact_id=contact_id)


def contact_of(item: Item) -> Contact:
    """Read a contact."""
    doc = content(item)
    times = {name: instant(doc.get(name)) for name in ("access_since", "invited_at", "last_sign_in_at")}
    return Contact(**(doc | times | {"site_ids": tuple(doc.get("site_ids", ())), "version": version_of(item)}))


def _doc(record: Any) -> dict[str, Any]:
    """Write a record's plain fields; None, the version and sets stand elsewhere or nowhere."""
    doc: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name == "version" or value is None or isinstance(value, frozenset):
            continue
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, datetime):
            value = value.isoformat()
        doc[field.name] = list(value) if isinstance(value, tuple) else value
    return doc
