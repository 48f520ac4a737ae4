"""Tenants, staff, API keys, customers, Pay Online IDs, sites and contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from duebook.domain.api_keys import ApiKey, api_key_id
from duebook.domain.directory import Caller, Contact, Customer, MerchantAccount, Role, Site, Staff, Tenant
from duebook.domain.identity import login_of_contact
from duebook.errors import AlreadyPostedError, NotFoundError, UnprocessableError
from duebook.storage import keys
from duebook.storage.directory_items import (
    api_key_item,
    contact_item,
    contact_of,
    customer_item,
    customer_of,
    membership_item,
    merchant_accounts_item,
    merchant_accounts_of,
    site_item,
    site_of,
    staff_item,
    staff_of,
    tenant_item,
    tenant_of,
    used_at_of,
)
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    get,
    get_many,
    key,
    prefixed,
    put_changed,
    put_new,
    query,
    transact,
    write_one,
)


class DirectoryStore:
    """Reads and writes the Directory table."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def tenant(self, tenant_id: str) -> Tenant:
        """Read a tenant's profile.

        Raises:
            NotFoundError: No such tenant.
        """
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), keys.PROFILE)
        if item is None:
            raise NotFoundError("no such business")
        return tenant_of(item)

    def tenant_id_of_slug(self, slug: str) -> str | None:
        """Return whose sign-in address a slug stands in, or None."""
        item = get(self._client, self._table, keys.slug_pk(slug), keys.LOOKUP_SK)
        return str(item["tenant_id"]["S"]) if item else None

    def tenant_ids(self) -> list[str]:
        """List all tenants, for nightly work."""
        return [item["sk"]["S"] for item in query(self._client, self._table, ConsistentRead=True, **prefixed(keys.TENANTS_PK))]

    def add_tenant(
        self, tenant: Tenant, accounts: Sequence[MerchantAccount], staff: Sequence[Staff], api_key_hash: str, api_key: ApiKey | None = None
    ) -> None:
        """Write a new tenant with its staff, merchant accounts and first API key; ``api_key`` is what staff are shown of it.

        Raises:
            AlreadyPostedError: The tenant, or a staff member's email, is on record.
            UnprocessableError: The slug is taken.
        """
        listed = key(keys.TENANTS_PK, tenant.tenant_id)
        lookup = key(keys.api_key_pk(api_key_hash), keys.LOOKUP_SK)
        lookup |= {"tenant_id": {"S": tenant.tenant_id}, "key_id": {"S": api_key_id(api_key_hash)}, "role": {"S": Role.ADMIN.value}}
        shown = [api_key_item(tenant.tenant_id, api_key, api_key_hash)] if api_key else []
        writes = [
            put_new(self._table, tenant_item(tenant)),
            put_new(self._table, merchant_accounts_item(tenant.tenant_id, accounts)),
            put_new(self._table, listed),
            put_new(self._table, lookup),
            *(put_new(self._table, item) for item in shown),
        ]
        for member in staff:
            login = key(keys.login_pk(member.email), keys.LOOKUP_SK)
            login |= {"tenant_id": {"S": member.tenant_id}, "staff_id": {"S": member.staff_id}}
            taken = AlreadyPostedError(f"{member.email} signs in already")
            writes += [put_new(self._table, staff_item(member)), put_new(self._table, login, taken)]
        transact(self._client, [*writes, *self._slug(tenant)])

    def save_tenant(self, tenant: Tenant, *, was: Tenant | None = None) -> None:
        """Replace a profile that is unchanged since it was read; a new slug takes the old one's place.

        Args:
            tenant: As it is to be.
            was: As it was read; needed where the slug may have changed.

        Raises:
            UnprocessableError: The slug is taken.
            ConflictError: The profile changed meanwhile.
        """
        write = put_changed(self._table, tenant_item(replace(tenant, version=tenant.version + 1)), tenant.version)
        if was is None or was.slug == tenant.slug:
            write_one(self._client, write)
            return
        gone = [Write({"Delete": {"TableName": self._table, "Key": key(keys.slug_pk(was.slug), keys.LOOKUP_SK)}})] if was.slug else []
        transact(self._client, [write, *gone, *self._slug(tenant)])

    def merchant_accounts(self, tenant_id: str) -> tuple[MerchantAccount, ...]:
        """Read where a tenant's online money goes; empty when it takes none."""
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), keys.PROCESSORS)
        return merchant_accounts_of(item) if item else ()

    def save_merchant_accounts(self, tenant_id: str, accounts: Sequence[MerchantAccount]) -> None:
        """Replace a tenant's merchant accounts."""
        write_one(self._client, Write({"Put": {"TableName": self._table, "Item": merchant_accounts_item(tenant_id, accounts)}}))

    def api_key_caller(self, key_hash: str) -> tuple[Caller, datetime | None] | None:
        """Return whom an API key stands for and when it was noted as used, or None."""
        item = get(self._client, self._table, keys.api_key_pk(key_hash), keys.LOOKUP_SK)
        return (Caller(item["tenant_id"]["S"], item["key_id"]["S"], Role(item["role"]["S"])), used_at_of(item)) if item else None

    def note_api_key_use(self, key_hash: str, at: datetime) -> None:
        """Note when an API key was used.

        Raises:
            ConflictError: It was revoked meanwhile, and stays so.
        """
        request = {
            "TableName": self._table,
            "Key": key(keys.api_key_pk(key_hash), keys.LOOKUP_SK),
            "UpdateExpression": "SET used_at = :at",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":at": {"S": at.isoformat()}},
        }
        write_one(self._client, Write({"Update": request}))

    def staff_by_email(self, email: str) -> Staff | None:
        """Read a staff member by email in lower case, or None."""
        login = get(self._client, self._table, keys.login_pk(email), keys.LOOKUP_SK)
        return self.staff(login["tenant_id"]["S"], login["staff_id"]["S"]) if login else None

    def staff(self, tenant_id: str, staff_id: str) -> Staff | None:
        """Read a staff member, or None."""
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), keys.staff_sk(staff_id))
        return staff_of(item) if item else None

    def find_customer(self, tenant_id: str, customer_id: str) -> Customer | None:
        """Read a customer, or None."""
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), keys.customer_sk(customer_id))
        return customer_of(item) if item else None

    def customer(self, tenant_id: str, customer_id: str) -> Customer:
        """Read a customer.

        Raises:
            NotFoundError: No such customer of this tenant.
        """
        customer = self.find_customer(tenant_id, customer_id)
        if customer is None:
            raise NotFoundError(f"no customer {customer_id}")
        return customer

    def customers(self, tenant_id: str, *, limit: int, after: str | None = None, before: str | None = None) -> list[Customer]:
        """Read a page of a tenant's customers in the order of their ids.

        Args:
            tenant_id: Whose.
            limit: Customers at most.
            after: The last id of the page before.
            before: Read those before this id instead, the nearest first.
        """
        request = prefixed(keys.tenant_pk(tenant_id), keys.CUSTOMERS, forward=before is None)
        if after or before:
            request["ExclusiveStartKey"] = key(keys.tenant_pk(tenant_id), keys.customer_sk(after or before or ""))
        found = []
        for item in query(self._client, self._table, Limit=limit, **request):
            found.append(customer_of(item))
            if len(found) == limit:
                break
        return found

    def many_customers(self, tenant_id: str, customer_ids: Sequence[str]) -> dict[str, Customer]:
        """Read customers by id, a hundred a request; absent ones are absent."""
        wanted = [(keys.tenant_pk(tenant_id), keys.customer_sk(one)) for one in customer_ids]
        found = map(customer_of, get_many(self._client, self._table, wanted).values())
        return {customer.customer_id: customer for customer in found}

    def add_customer(self, tenant_id: str, customer: Customer) -> None:
        """Write a new customer with its Pay Online ID.

        Raises:
            AlreadyPostedError: The customer is on record.
            UnprocessableError: The Pay Online ID is taken, here or at another tenant.
        """
        transact(
            self._client,
            [
                self._pay_online(tenant_id, customer),
                put_new(
                    self._table, customer_item(tenant_id, customer), AlreadyPostedError(f"customer {customer.customer_id} is on record")
                ),
            ],
        )

    def save_customer(self, tenant_id: str, customer: Customer, *, was: Customer) -> None:
        """Replace a customer that is unchanged since it was read; a new Pay Online ID takes the old one's place.

        Raises:
            UnprocessableError: The Pay Online ID is taken.
            ConflictError: The customer changed meanwhile.
        """
        writes: list[Write] = []
        if customer.pay_online_id != was.pay_online_id:
            gone = {"Delete": {"TableName": self._table, "Key": key(keys.pay_online_pk(was.pay_online_id), keys.LOOKUP_SK)}}
            writes = [self._pay_online(tenant_id, customer), Write(gone)]
        item = customer_item(tenant_id, replace(customer, version=was.version + 1, currencies=frozenset(), access_ids=frozenset()))
        names = {f"#{name}": name for name in item if name not in {"pk", "sk"}}
        request = {
            "TableName": self._table,
            "Key": {"pk": item["pk"], "sk": item["sk"]},
            # An update, not a put: the sets of currencies and of contacts with access are written by others and must stay.
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in names.values()),
            "ConditionExpression": "#version = :was",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{name}": item[name] for name in names.values()} | {":was": {"N": str(was.version)}},
        }
        transact(self._client, [*writes, Write({"Update": request})])

    def by_pay_online_id(self, pay_online_id: str) -> tuple[str, str] | None:
        """Return tenant and customer of a Pay Online ID, or None (R11: the exact characters)."""
        item = get(self._client, self._table, keys.pay_online_pk(pay_online_id), keys.LOOKUP_SK)
        return (item["tenant_id"]["S"], item["customer_id"]["S"]) if item else None

    def site(self, tenant_id: str, customer_id: str, site_id: str) -> Site | None:
        """Read a site, or None."""
        item = get(self._client, self._table, keys.customer_pk(tenant_id, customer_id), keys.document_sk("SITE", site_id))
        return site_of(item) if item else None

    def sites(self, tenant_id: str, customer_id: str) -> list[Site]:
        """Read all sites of a customer."""
        request = prefixed(keys.customer_pk(tenant_id, customer_id), "SITE#")
        return [site_of(item) for item in query(self._client, self._table, ConsistentRead=True, **request)]

    def put_site(self, tenant_id: str, customer_id: str, site: Site, *, was: Site | None) -> None:
        """Write a site, new or unchanged since it was read."""
        write_one(self._client, self._put(site_item(tenant_id, customer_id, site), was.version if was else None))

    def contact(self, tenant_id: str, customer_id: str, contact_id: str) -> Contact | None:
        """Read a contact, or None."""
        item = get(self._client, self._table, keys.customer_pk(tenant_id, customer_id), keys.document_sk("CONTACT", contact_id))
        return contact_of(item) if item else None

    def contacts(self, tenant_id: str, customer_id: str) -> list[Contact]:
        """Read all contacts of a customer."""
        request = prefixed(keys.customer_pk(tenant_id, customer_id), "CONTACT#")
        return [contact_of(item) for item in query(self._client, self._table, ConsistentRead=True, **request)]

    def put_contact(self, tenant_id: str, customer_id: str, contact: Contact, *, was: Contact | None, also: Sequence[Write] = ()) -> None:
        """Write a contact, new or unchanged since it was read, and with it what its address may sign in to, and writes of the same fact.

        Raises:
            UnprocessableError: Another contact of the customer signs in with this address.
            ConflictError: The contact changed meanwhile.
        """
        memberships = self._memberships(tenant_id, customer_id, was, contact)
        put = self._put(contact_item(tenant_id, customer_id, contact), was.version if was else None)
        transact(self._client, [*memberships, put, *self._access(tenant_id, customer_id, was, contact), *also])

    def delete_contact(self, tenant_id: str, customer_id: str, contact: Contact) -> None:
        """Delete a contact that is unchanged since it was read, with what its address may sign in to.

        Raises:
            ConflictError: The contact changed meanwhile.
        """
        delete = {
            "TableName": self._table,
            "Key": key(keys.customer_pk(tenant_id, customer_id), keys.document_sk("CONTACT", contact.contact_id)),
            "ConditionExpression": "version = :was",
            "ExpressionAttributeValues": {":was": {"N": str(contact.version)}},
        }
        memberships = self._memberships(tenant_id, customer_id, contact, None)
        transact(self._client, [*memberships, Write({"Delete": delete}), *self._access(tenant_id, customer_id, contact, None)])

    def _access(self, tenant_id: str, customer_id: str, was: Contact | None, contact: Contact | None) -> list[Write]:
        """Make the write that notes on the customer who has portal access, where that changes, so that lists need no contacts."""
        before, after = bool(was and was.portal_access), bool(contact and contact.portal_access)
        if before == after:
            return []
        who = contact or was
        assert who is not None  # noqa: S101 - one of them differs from nothing
        request = {
            "TableName": self._table,
            "Key": key(keys.tenant_pk(tenant_id), keys.customer_sk(customer_id)),
            "UpdateExpression": f"{'ADD' if after else 'DELETE'} access_ids :contact",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":contact": {"SS": [who.contact_id]}},
        }
        return [Write({"Update": request}, NotFoundError(f"no customer {customer_id}"))]

    def _memberships(self, tenant_id: str, customer_id: str, was: Contact | None, contact: Contact | None) -> list[Write]:
        """Make the writes by which a contact's access goes from one address, or none, to another."""
        before, after = login_of_contact(was), login_of_contact(contact)
        writes: list[Write] = []
        if before and was and before != after:
            where = key(keys.contact_login_pk(before), keys.membership_sk(tenant_id, customer_id))
            writes.append(Write({"Delete": {"TableName": self._table, "Key": where, **_ours(was)}}))
        if after and contact and (was is None or contact.access_since != was.access_since):
            item = membership_item(after, tenant_id, customer_id, contact.contact_id)
            taken = UnprocessableError("Another contact of this customer signs in with this email address.", field="email")
            writes.append(Write({"Put": {"TableName": self._table, "Item": item, **_ours(contact)}}, taken))
        return writes

    def _put(self, item: dict[str, object], was: int | None) -> Write:
        return put_new(self._table, item) if was is None else put_changed(self._table, item, was)

    def _slug(self, tenant: Tenant) -> list[Write]:
        if tenant.slug is None:
            return []
        item = key(keys.slug_pk(tenant.slug), keys.LOOKUP_SK) | {"tenant_id": {"S": tenant.tenant_id}}
        taken = UnprocessableError(f"Another business has the sign-in address {tenant.slug}. Choose another short name.", field="slug")
        return [put_new(self._table, item, taken)]

    def _pay_online(self, tenant_id: str, customer: Customer) -> Write:
        item = key(keys.pay_online_pk(customer.pay_online_id), keys.LOOKUP_SK)
        item |= {"tenant_id": {"S": tenant_id}, "customer_id": {"S": customer.customer_id}}
        return put_new(self._table, item, UnprocessableError("this Pay Online ID is taken", field="pay_online_id"))


def _ours(contact: Contact) -> Item:
    """Write the condition that a membership is a contact's own, or nobody's."""
    condition = "attribute_not_exists(pk) OR contact_id = :contact"
    return {"ConditionExpression": condition, "ExpressionAttributeValues": {":contact": {"S": contact.contact_id}}}
