"""Mails of billing automation and what they tell, for tests of words and of looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from duebook.domain.account import Account, AccountKey, Reservation
from duebook.domain.account_letters import AccountLetter
from duebook.domain.automation_letters import InvoiceNews, PastDueLetter, due_sections
from duebook.domain.directory import Customer, Support, Tenant
from duebook.domain.email_activity import Attachment, MailText
from duebook.domain.invoices import Invoice
from duebook.domain.journal import Line
from duebook.domain.money import Money
from duebook.domain.open_items import OpenItem
from duebook.domain.statements import StatementFacts, StatementKind, StatementWish, section
from duebook.mail.account_summary import write_account_summary
from duebook.mail.new_invoice import write_new_invoice
from duebook.mail.past_due import write_past_due
from tests.statement_samples import period_statement

ORIGIN = "https://pay.blue.example"
SIGNS_IN = f"{ORIGIN}/pay#token=…"
TODAY = date(2026, 7, 15)
TENANT = Tenant(
    "t1",
    "Blue Ridge",
    "America/Chicago",
    support=Support("help@blue.example", "555 0100"),
    address="412 Quarry Road\nAsheville",
    accent="#0f7a8a",
)
CUSTOMER = Customer("c1", "Halvorsen Construction", "abcDEFGH2345", datetime(2026, 1, 1, tzinfo=UTC))
PDF = Attachment("Invoice INV-1.pdf", "application/pdf", "att_1")


def item(number: str, days_past_due: int, minor: int, *, pay_online: bool = True) -> OpenItem:
    """Return an open item that is due so many days before today; its terms are thirty days."""
    due_on = TODAY - timedelta(days=days_past_due)
    return OpenItem(number.lower(), number, due_on - timedelta(days=30), due_on, minor, pay_online)


def account(*items: OpenItem, currency: str = "USD", unapplied: int = 0, reserved: Sequence[tuple[str, int]] = ()) -> Account:
    """Return an account that owes these items, with so much unapplied cash, and payments under way."""
    held = MappingProxyType({"pay_9": unapplied}) if unapplied else MappingProxyType({})
    lines = tuple(Line(number.lower(), number, minor) for number, minor in reserved)
    return Account(AccountKey("t1", "c1", currency), 1, items, held, (Reservation("pay_8", lines),) if lines else ())


def many(count: int, currency: str = "USD") -> Account:
    """Return an account with so many past-due invoices, of 1.00, 2.00 and so on in US dollars."""
    return account(*(item(f"INV-{1000 + number}", 400 - number, 100 * (number + 1)) for number in range(count)), currency=currency)


def letter(*accounts: Account, tenant: Tenant = TENANT, customer: Customer = CUSTOMER) -> AccountLetter:
    """Return a customer's accounts today."""
    return AccountLetter(tenant, customer, accounts, TODAY)


def past_due(tier: int, *accounts: Account, tenant: Tenant = TENANT, customer: Customer = CUSTOMER) -> PastDueLetter:
    """Return a notice about what is past due of some accounts."""
    return PastDueLetter(letter(*accounts, tenant=tenant, customer=customer), tier, due_sections(accounts, TODAY))


def news(own: Account, total: int, *, tenant: Tenant = TENANT, customer: Customer = CUSTOMER) -> InvoiceNews:
    """Return the news of an account's last invoice."""
    newest, currency = own.open_items[-1], own.key.currency
    invoice = Invoice(newest.invoice_id, "c1", newest.number, newest.invoice_on, newest.due_on, currency)
    told = replace(letter(own, tenant=tenant, customer=customer), invoice=(newest, currency))
    return InvoiceNews(told, invoice, Money(total, currency), newest.open_minor)


def news_of_paid() -> InvoiceNews:
    """Return the news of an invoice that unapplied cash paid at once."""
    fresh = news(account(item("INV-1", -30, 120_00)), 120_00)
    return replace(fresh, letter=letter(account(unapplied=12_50)), open_minor=0)


def summary(*accounts: Account, tenant: Tenant = TENANT, customer: Customer = CUSTOMER) -> StatementFacts:
    """Return an account summary of open invoices."""
    wish = StatementWish(StatementKind.OPEN_ITEMS, TODAY)
    return StatementFacts(tenant, customer, wish, tuple(section(one, TODAY) for one in accounts), {}, {}, {}, {})


TWO = account(item("INV-1", 40, 100_00), item("INV-2", 3, 20_00), unapplied=5_00)
EURO = account(item("INV-3", 50, 80_00), currency="EUR")
WAITING = account(item("INV-1", 40, 100_00, pay_online=False), item("INV-2", -3, 20_00), reserved=(("INV-1", 25_00),))

EVERY: tuple[MailText, ...] = (
    write_new_invoice(news(account(item("INV-0", 9, 40_00), item("INV-1", -30, 120_00)), 150_00), PDF, portal_origin=ORIGIN),
    write_new_invoice(news_of_paid(), None, portal_origin=ORIGIN),
    write_account_summary(summary(EURO, WAITING), portal_origin=ORIGIN),
    write_account_summary(period_statement(), portal_origin=ORIGIN),
    write_past_due(past_due(1, TWO), portal_origin=ORIGIN),
    write_past_due(past_due(2, EURO, TWO), portal_origin=ORIGIN),
    write_past_due(past_due(3, many(60), customer=replace(CUSTOMER, locale="fr-FR")), portal_origin=ORIGIN),
)
