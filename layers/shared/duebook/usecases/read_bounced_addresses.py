"""Read which of a customer's addresses bounce mail, so that its pages say so (R64)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from duebook.domain.directory import Contact, Customer
from duebook.domain.suppression import AddressRecord
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.email_store import EmailStore


@dataclass(frozen=True, slots=True)
class BouncedAddress:
    """An address that is no longer written to, or whose latest mails came back.

    Args:
        known: Why and since when.
        people: The contacts who have it, by name; empty when it is the customer's own alone.
    """

    known: AddressRecord
    people: tuple[str, ...]

    @property
    def suppressed(self) -> bool:
        """Tell whether mails to it are held back."""
        return self.known.suppressed_for is not None


def read_bounced_addresses(tenant_id: str, who: Customer, *, directory: DirectoryStore, mails: EmailStore) -> tuple[BouncedAddress, ...]:
    """Return the addresses of a customer and its contacts that bounce, by address: one query and one batch."""
    contacts = directory.contacts(tenant_id, who.customer_id)
    written_to = {address for address in (who.email, *(contact.email for contact in contacts)) if address}
    known = mails.addresses(tenant_id, written_to) if written_to else []
    bouncing = sorted((one for one in known if one.suppressed_for or one.soft_bounces), key=lambda one: one.address)
    return tuple(BouncedAddress(one, _people(one.address, contacts)) for one in bouncing)


def _people(address: str, contacts: Iterable[Contact]) -> tuple[str, ...]:
    return tuple(sorted(contact.name for contact in contacts if contact.email and contact.email.strip().lower() == address))
