"""Read what a customer's statement tells (R60, R61)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from duebook.domain.account import AccountKey
from duebook.domain.account_activity import Movement, MovementKind, activity
from duebook.domain.directory import Customer, Site, Tenant
from duebook.domain.identifiers import PAYMENT_PREFIX
from duebook.domain.invoices import Invoice
from duebook.domain.payments import Payment
from duebook.domain.statements import Section, StatementFacts, StatementKind, StatementWish, section, tells_something
from duebook.usecases.books import Books
from duebook.usecases.read_account import account_keys, read_accounts_as_of

OF_INVOICES = frozenset({MovementKind.INVOICE, MovementKind.INVOICE_VOIDED})
MOST_PAYMENTS = 200
"""Payments of a period that are told with how they were made; those beyond are told without."""


def read_statement(tenant: Tenant, customer: Customer, wish: StatementWish, *, today: date, books: Books) -> StatementFacts | None:
    """Read a customer's statement, or None when there is nothing to tell: nothing owed, held or moved.

    Args:
        tenant: Who bills.
        customer: Who owes.
        wish: Which statement; checked.
        today: In the tenant's zone.
        books: Where it all stands.
    """
    sections = tuple(one for one in _sections(tenant, customer, wish, today, books) if tells_something(one))
    if not sections:
        return None
    movements = [one for part in sections if part.activity for one in part.activity.movements]
    return StatementFacts(
        tenant,
        customer,
        wish,
        sections,
        _invoices(tenant.tenant_id, customer.customer_id, wish, sections, books),
        _sites(tenant.tenant_id, customer.customer_id, sections, books),
        _payments(tenant.tenant_id, customer.customer_id, movements, books),
        _memo_numbers(tenant.tenant_id, customer.customer_id, movements, books),
    )


def _sections(tenant: Tenant, customer: Customer, wish: StatementWish, today: date, books: Books) -> list[Section]:
    if wish.first is None:
        accounts = read_accounts_as_of(
            tenant.tenant_id, customer, wish.last, today=today, time_zone=tenant.time_zone, accounts=books.accounts
        )
        return [section(account, wish.last) for account in accounts]
    zone = ZoneInfo(tenant.time_zone)
    return [_of_period(key, wish.first, wish.last, zone, books) for key in account_keys(tenant.tenant_id, customer)]


def _of_period(key: AccountKey, first: date, last: date, zone: ZoneInfo, books: Books) -> Section:
    told, account = activity(key, [entry for _, entry in books.accounts.journal(key)], first, last, zone)
    return section(account, last, told)


def _invoices(tenant_id: str, customer_id: str, wish: StatementWish, sections: Sequence[Section], books: Books) -> Mapping[str, Invoice]:
    items = [item for one in sections for item in one.account.open_items]
    wanted = {item.parent_id for item in items if item.parent_id}
    if wish.kind is StatementKind.OPEN_ITEMS_DETAIL:
        wanted |= {item.invoice_id for item in items}
    return books.invoices.many(tenant_id, customer_id, sorted(wanted)) if wanted else {}


def _sites(tenant_id: str, customer_id: str, sections: Sequence[Section], books: Books) -> Mapping[str, Site]:
    if not any(item.site_id for one in sections for item in one.account.open_items):
        return {}
    return {site.site_id: site for site in books.directory.sites(tenant_id, customer_id)}


def _payments(tenant_id: str, customer_id: str, movements: Sequence[Movement], books: Books) -> Mapping[str, Payment]:
    """Read the payments of a period, the newest where there are very many."""
    wanted = {one.source_id for one in movements if one.kind not in OF_INVOICES and one.source_id.startswith(PAYMENT_PREFIX)}
    return books.payments.many(tenant_id, customer_id, sorted(wanted, reverse=True)[:MOST_PAYMENTS]) if wanted else {}


def _memo_numbers(tenant_id: str, customer_id: str, movements: Sequence[Movement], books: Books) -> Mapping[str, str]:
    if all(one.kind in OF_INVOICES or one.source_id.startswith(PAYMENT_PREFIX) for one in movements):
        return {}
    return {memo.credit_memo_id: memo.number for memo in books.invoices.credit_memos(tenant_id, customer_id)}
