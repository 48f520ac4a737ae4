"""What a mail about a customer's account knows: its accounts as they stand, and the invoice it is about, if one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from duebook.domain.account import Account
from duebook.domain.directory import Customer, Tenant
from duebook.domain.open_items import OpenItem


@dataclass(frozen=True, slots=True)
class AccountLetter:
    """A customer's accounts on a day, one for each currency.

    Args:
        tenant: Whose customer.
        customer: Whose accounts.
        accounts: By currency, in a fixed order.
        today: In the tenant's zone.
        invoice: What the mail is about, with its currency; None when it is about all of them.
    """

    tenant: Tenant
    customer: Customer
    accounts: tuple[Account, ...]
    today: date
    invoice: tuple[OpenItem, str] | None = None
