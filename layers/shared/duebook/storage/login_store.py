"""Logins of contacts, the memberships below them, and what a membership stands for at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from duebook.domain.directory import Contact
from duebook.domain.identity import Access, Login, Membership
from duebook.errors import ConflictError
from duebook.storage import keys
from duebook.storage.directory_items import contact_item, contact_of, customer_of, tenant_of
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get_many,
    instant,
    prefixed,
    put_changed,
    put_new,
    query,
    transact,
    version_of,
)
from duebook.storage.keys import Key


class LoginStore:
    """Reads and writes logins in the Directory table. Memberships are written with their contacts, by the directory's store."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def find(self, login_id: str) -> tuple[Login, tuple[Membership, ...]]:
        """Read a login with its memberships, by one query; one that is not on record has neither password nor version."""
        login, memberships = Login(login_id), []
        for item in query(self._client, self._table, ConsistentRead=True, **prefixed(keys.contact_login_pk(login_id))):
            if item["sk"]["S"] == keys.LOOKUP_SK:
                login = _login_of(login_id, item)
            else:
                memberships.append(_membership_of(item))
        return login, tuple(memberships)

    def accesses(self, memberships: Iterable[Membership]) -> list[Access]:
        """Read what memberships stand for now; those whose contact, customer or business is gone are left out."""
        wanted = list(memberships)
        found = get_many(self._client, self._table, [key for one in wanted for key in keys_of(one)])
        return [access for one in wanted if (access := access_in(found, one)) is not None]

    def standing(self, login_id: str, membership: Membership) -> tuple[Login, Access | None]:
        """Read a login and what a membership stands for now, by one request."""
        own = (keys.contact_login_pk(login_id), keys.LOOKUP_SK)
        found = get_many(self._client, self._table, [own, *keys_of(membership)])
        login = _login_of(login_id, found[own]) if own in found else Login(login_id)
        return login, access_in(found, membership)

    def saved(self, login: Login) -> Write:
        """Make the write of a login, new or unchanged since it was read."""
        item = _login_item(replace(login, version=login.version + 1))
        changed = ConflictError("this sign-in changed meanwhile; try again")
        return put_changed(self._table, item, login.version) if login.version else put_new(self._table, item, changed)

    def save(self, login: Login) -> Login:
        """Write a login, new or unchanged since it was read.

        Raises:
            ConflictError: It changed meanwhile.
        """
        transact(self._client, [self.saved(login)])
        return replace(login, version=login.version + 1)

    def save_with(self, login: Login, more: Write) -> Login:
        """Write a login together with something else, both or neither.

        Raises:
            ConflictError: The login changed meanwhile, or as the other write says.
        """
        transact(self._client, [self.saved(login), more])
        return replace(login, version=login.version + 1)

    def note_sign_in(self, login: Login, tenant_id: str, customer_id: str, contact: Contact) -> None:
        """Write when a login and a contact were used last; whoever wrote either of them meanwhile wins.

        Raises:
            ConflictError: One of them changed meanwhile.
        """
        after = replace(contact, version=contact.version + 1)
        transact(self._client, [self.saved(login), put_changed(self._table, contact_item(tenant_id, customer_id, after), contact.version)])


def keys_of(membership: Membership) -> tuple[Key, Key, Key]:
    """Return where a membership's business, customer and contact stand in the Directory table."""
    tenant_id, customer_id = membership.tenant_id, membership.customer_id
    return (
        (keys.tenant_pk(tenant_id), keys.PROFILE),
        (keys.tenant_pk(tenant_id), keys.customer_sk(customer_id)),
        (keys.customer_pk(tenant_id, customer_id), keys.document_sk("CONTACT", membership.contact_id)),
    )


def access_in(found: dict[Key, Item], membership: Membership) -> Access | None:
    """Return what a membership stands for, from what was read; None when a part of it is gone."""
    tenant, customer, contact = (found.get(key) for key in keys_of(membership))
    return Access(tenant_of(tenant), customer_of(customer), contact_of(contact)) if tenant and customer and contact else None


def _membership_of(item: Item) -> Membership:
    doc = content(item)
    return Membership(doc["tenant_id"], doc["customer_id"], doc["contact_id"])


def _login_item(login: Login) -> Item:
    last = login.last_membership
    doc = {
        "password_hash": login.password_hash,
        "generation": login.generation,
        "last_membership": [last.tenant_id, last.customer_id, last.contact_id] if last else None,
        "last_sign_in_at": login.last_sign_in_at.isoformat() if login.last_sign_in_at else None,
    }
    kept = {name: value for name, value in doc.items() if value is not None}
    return document(keys.contact_login_pk(login.login_id), keys.LOOKUP_SK, kept, version=login.version)


def _login_of(login_id: str, item: Item) -> Login:
    doc = content(item)
    last = doc.get("last_membership")
    return Login(
        login_id,
        doc.get("password_hash"),
        doc["generation"],
        Membership(*last) if last else None,
        instant(doc.get("last_sign_in_at")),
        version_of(item),
    )
