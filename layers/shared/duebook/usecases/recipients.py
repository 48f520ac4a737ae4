"""To whom mails about a customer's account go."""

from __future__ import annotations

from duebook.domain.directory import Customer
from duebook.usecases.books import Books


def recipients_of(customer: Customer, tenant_id: str, books: Books) -> list[str]:
    """Return to whom statements, bills and notices of a customer go: its own address, else those of its company contacts."""
    if customer.email:
        return [customer.email]
    contacts = books.directory.contacts(tenant_id, customer.customer_id)
    found = [contact.email.strip() for contact in contacts if contact.kind == "company" and contact.email and contact.email.strip()]
    return list({address.lower(): address for address in found}.values())
