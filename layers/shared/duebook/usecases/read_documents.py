"""Read what an invoice's and a receipt's documents tell: for a contact of the customer (R7, R37), and for the business's staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from duebook.domain.account import Account, AccountKey, find_open_item, reserved_by_invoice
from duebook.domain.applications import net_applications
from duebook.domain.directory import Site, Tenant
from duebook.domain.documents import Billed, Credit, CreditKind, InvoiceFacts, ReceiptFacts
from duebook.domain.invoices import Invoice, InvoiceStatus, invoice_total, status_of
from duebook.domain.journal import Line
from duebook.domain.payment_news import PaidInvoice
from duebook.domain.payments import NOT_MADE, Payment
from duebook.domain.portal_access import ContactCaller
from duebook.errors import NotFoundError
from duebook.usecases.books import Books
from duebook.usecases.read_payments import read_payment, with_applications
from duebook.usecases.read_portal_payments import CustomerPayment, as_customer_sees, read_portal_payment

PAYMENTS_A_PAGE = 50
MOST_PAGES = 4
"""Payments looked through, newest first, for what was taken off an invoice; what they do not explain is told as a sum."""
MOST_MEMOS = 50
SEEN = frozenset({InvoiceStatus.UNPAID, InvoiceStatus.OVERDUE})


def read_invoice_facts(caller: ContactCaller, invoice_id: str, now: datetime, *, books: Books) -> InvoiceFacts:
    """Read an open invoice of the contact's own customer.

    Raises:
        NotFoundError: No such invoice, another customer's, or one that customers do not see: draft, paid or void (R7).
    """
    invoice = books.invoices.get(caller.tenant_id, caller.customer_id, invoice_id)
    if invoice is None:
        raise _no_invoice(invoice_id)
    return _invoice_facts(caller.tenant_id, invoice, SEEN, now, books)


def read_any_invoice_facts(tenant_id: str, invoice_id: str, now: datetime, *, books: Books) -> InvoiceFacts:
    """Read an invoice of the tenant for its staff, whatever its status.

    Raises:
        NotFoundError: No such invoice.
    """
    return _invoice_facts(tenant_id, books.invoices.required(tenant_id, invoice_id), frozenset(InvoiceStatus), now, books)


def _invoice_facts(tenant_id: str, invoice: Invoice, shown: frozenset[InvoiceStatus], now: datetime, books: Books) -> InvoiceFacts:
    key = AccountKey(tenant_id, invoice.customer_id, invoice.currency)
    account, tenant = books.accounts.read(key).account, books.directory.tenant(tenant_id)
    today = _day(now, tenant)
    items = tuple(item for item in account.open_items if item.parent_id == invoice.invoice_id) if invoice.multi_site else ()
    status = status_of(invoice, account, today, children=items)
    if status not in shown:
        raise _no_invoice(invoice.invoice_id)
    wanted = [item.invoice_id for item in items] or invoice.children
    below = books.invoices.many(tenant_id, invoice.customer_id, wanted)
    sites = _sites(key, [invoice, *below.values()], books)
    children = tuple(_billed(below[one], account, sites) for one in wanted if one in below and below[one].void_reason is None)
    billed = _parent(invoice, children, sites) if invoice.multi_site else _billed(invoice, account, sites)
    return InvoiceFacts(
        tenant,
        books.directory.customer(tenant_id, invoice.customer_id),
        billed,
        children,
        _credits(key, billed, children, tenant, books) if status not in {InvoiceStatus.DRAFT, InvoiceStatus.VOID} else (),
        status,
        as_of=today,
    )


def read_receipt_facts(caller: ContactCaller, payment_id: str, now: datetime, *, books: Books) -> ReceiptFacts:
    """Read a payment of the contact's own customer as its receipt tells it.

    Raises:
        NotFoundError: No such payment, another customer's, or an attempt that was not made.
    """
    return _receipt_facts(read_portal_payment(caller, payment_id, books=books), now, books)


def read_any_receipt_facts(tenant_id: str, payment_id: str, now: datetime, *, books: Books) -> ReceiptFacts:
    """Read a payment of the tenant for its staff, as its receipt tells it.

    Raises:
        NotFoundError: No such payment, or an attempt that was not made.
    """
    paid = read_payment(tenant_id, payment_id, payments=books.payments, accounts=books.accounts)
    return _receipt_facts(as_customer_sees(paid, books), now, books)


def _receipt_facts(found: CustomerPayment, now: datetime, books: Books) -> ReceiptFacts:
    payment = found.paid.payment
    if payment.state in NOT_MADE:
        raise NotFoundError(f"no payment {payment.key.payment_id}")
    tenant = books.directory.tenant(payment.key.tenant_id)
    return ReceiptFacts(
        tenant,
        books.directory.customer(payment.key.tenant_id, payment.key.customer_id),
        payment,
        tuple(_paid(line, found.still_open) for line in found.paid.applications),
        found.paid.unapplied,
        found.remaining,
        _day(now, tenant),
    )


def _no_invoice(invoice_id: str) -> NotFoundError:
    return NotFoundError(f"no invoice {invoice_id}")


def _paid(line: Line, still_open: Mapping[str, int]) -> PaidInvoice:
    return PaidInvoice(line.invoice_id, line.number, line.minor, still_open.get(line.invoice_id, 0))


def _sites(key: AccountKey, invoices: Sequence[Invoice], books: Books) -> dict[str, Site]:
    wanted = {invoice.site_id for invoice in invoices if invoice.site_id}
    if len(wanted) > 1:
        return {site.site_id: site for site in books.directory.sites(key.tenant_id, key.customer_id)}
    found = {site_id: books.directory.site(key.tenant_id, key.customer_id, site_id) for site_id in wanted}
    return {site_id: site for site_id, site in found.items() if site}


def _billed(invoice: Invoice, account: Account, sites: Mapping[str, Site]) -> Billed:
    item = find_open_item(account, invoice.invoice_id)
    open_minor = item.open_minor if item else 0
    reserved = min(open_minor, reserved_by_invoice(account).get(invoice.invoice_id, 0))
    return Billed(invoice, invoice_total(invoice), open_minor, reserved, sites.get(invoice.site_id or ""))


def _parent(invoice: Invoice, children: Sequence[Billed], sites: Mapping[str, Site]) -> Billed:
    return Billed(
        invoice,
        sum(child.total for child in children),
        sum(child.open_balance for child in children),
        sum(child.reserved for child in children),
        sites.get(invoice.site_id or ""),
    )


def _credits(key: AccountKey, billed: Billed, children: Sequence[Billed], tenant: Tenant, books: Books) -> tuple[Credit, ...]:
    """Find what was taken off an invoice, oldest first; most open invoices have nothing, and then nothing is read."""
    left = billed.total - billed.open_balance
    wanted = {child.invoice.invoice_id for child in children} or {billed.invoice.invoice_id}
    found: list[Credit] = []
    sources = (_from_payments, _from_memos)
    for source in sources:
        if left <= 0:
            break
        for credit in source(key, wanted, tenant, books):
            found.append(credit)
            left -= credit.minor
            if left <= 0:
                break
    if left > 0:
        found.append(Credit(CreditKind.EARLIER, left))
    return tuple(sorted(found, key=lambda credit: (credit.on or date.min, credit.kind, credit.number or "", credit.minor)))


def _from_payments(key: AccountKey, wanted: set[str], tenant: Tenant, books: Books) -> Iterator[Credit]:
    before: str | None = None
    for _ in range(MOST_PAGES):
        page = books.payments.of_customer(key.tenant_id, key.customer_id, limit=PAYMENTS_A_PAGE, before=before)
        applied = [payment for payment in page if payment.applied_in and payment.amount.currency == key.currency]
        for paid in with_applications(applied, accounts=books.accounts):
            minor = _on(wanted, paid.applications)
            if minor:
                yield Credit(CreditKind.PAYMENT, minor, _received_on(paid.payment, tenant), paid.payment)
        if len(page) < PAYMENTS_A_PAGE:
            return
        before = page[-1].key.payment_id


def _from_memos(key: AccountKey, wanted: set[str], _tenant: Tenant, books: Books) -> Iterator[Credit]:
    for memo in islice(books.invoices.credit_memos(key.tenant_id, key.customer_id), MOST_MEMOS):
        if memo.currency == key.currency and memo.applied_in:
            entries = books.accounts.entries([(key, number) for number in memo.applied_in])
            minor = _on(wanted, net_applications(entries[key, number] for number in memo.applied_in))
            if minor:
                yield Credit(CreditKind.CREDIT_MEMO, minor, memo.issued_on, number=memo.number)


def _on(wanted: set[str], applications: Sequence[Line]) -> int:
    return sum(line.minor for line in applications if line.invoice_id in wanted)


def _received_on(payment: Payment, tenant: Tenant) -> date:
    return date.fromisoformat(payment.received_on) if payment.received_on else _day(payment.captured_at or payment.created_at, tenant)


def _day(at: datetime, tenant: Tenant) -> date:
    return at.astimezone(ZoneInfo(tenant.time_zone)).date()
