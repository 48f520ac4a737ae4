"""Read one customer as staff see it: each account with its open invoices, children below their multi-site parent (R6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from duebook.domain.account import Account, AccountKey, reserved_by_invoice
from duebook.domain.ageing import Ageing, ageing
from duebook.domain.directory import Customer, Site
from duebook.domain.invoices import Invoice
from duebook.domain.open_items import OpenItem
from duebook.domain.overview import Overview, overview
from duebook.storage.account_store import AccountStore
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.invoice_store import InvoiceStore


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """An open single-site invoice, or a multi-site parent with open children.

    Args:
        parent: The parent's number, or None.
        items: Those of its open invoices that are on the page.
        count: All its open invoices.
        open_minor: Their sum.
    """

    parent: str | None
    items: tuple[OpenItem, ...]
    count: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """An account as of a day: sums, ageing, open invoices oldest first, what is reserved on each."""

    overview: Overview
    ageing: Ageing
    groups: tuple[OpenGroup, ...]
    reserved: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CustomerAccounts:
    """A customer with all its accounts and the sites they name."""

    customer: Customer
    accounts: tuple[AccountFigures, ...]
    sites: Mapping[str, Site]


def read_customer(
    tenant_id: str, customer_id: str, today: date, *, directory: DirectoryStore, accounts: AccountStore, invoices: InvoiceStore
) -> CustomerAccounts:
    """Read a customer with its accounts: one request for each account, one for its sites, one for its parents.

    Raises:
        NotFoundError: No such customer of this tenant.
    """
    customer = directory.customer(tenant_id, customer_id)
    read = [accounts.read(AccountKey(tenant_id, customer_id, currency)).account for currency in sorted(customer.currencies)]
    parent_ids = sorted({item.parent_id for account in read for item in account.open_items if item.parent_id})
    parents = invoices.many(tenant_id, customer_id, parent_ids) if parent_ids else {}
    sites = {site.site_id: site for site in directory.sites(tenant_id, customer_id)}
    return CustomerAccounts(customer, tuple(_figures(account, parents, today) for account in read), sites)


def grouped(items: Sequence[OpenItem], parents: Mapping[str, Invoice]) -> tuple[OpenGroup, ...]:
    """Gather children below their parent, at the place of the oldest one; all else keeps its order."""
    groups: dict[str, list[OpenItem]] = {}
    for item in items:
        groups.setdefault(f"parent {item.parent_id}" if item.parent_id else item.invoice_id, []).append(item)
    return tuple(
        OpenGroup(_parent_number(found[0], parents), tuple(found), len(found), sum(item.open_minor for item in found))
        for found in groups.values()
    )


def part_of(groups: Sequence[OpenGroup], start: int, most: int) -> tuple[OpenGroup, ...]:
    """Return the groups with only those invoices that stand on places ``start`` to ``start + most``; empty groups are left out."""
    shown, place = [], 0
    for group in groups:
        first, place = place, place + group.count
        items = group.items[max(0, start - first) : max(0, start + most - first)]
        if items:
            shown.append(replace(group, items=items))
    return tuple(shown)


def _parent_number(item: OpenItem, parents: Mapping[str, Invoice]) -> str | None:
    if item.parent_id is None:
        return None
    return parents[item.parent_id].number if item.parent_id in parents else item.parent_id


def _figures(account: Account, parents: Mapping[str, Invoice], today: date) -> AccountFigures:
    return AccountFigures(
        overview(account, today), ageing(account, today), grouped(account.open_items, parents), reserved_by_invoice(account)
    )
