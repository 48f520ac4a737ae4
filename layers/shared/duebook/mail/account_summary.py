"""The account summary: what is open, or what moved lately, and how to pay it (R73)."""

from __future__ import annotations

from collections.abc import Iterator

from duebook.domain.account import unapplied_cash
from duebook.domain.account_activity import Activity, Movement, MovementKind
from duebook.domain.account_letters import AccountLetter
from duebook.domain.email_activity import MailText
from duebook.domain.open_items import OpenItem
from duebook.domain.statements import Section, StatementFacts
from duebook.mail.fillings import account_sums, summary_filling
from duebook.mail.formats import day_text
from duebook.mail.letters import (
    NOT_ONLINE,
    Part,
    Row,
    Table,
    Words,
    days_late,
    days_past_due,
    in_currency,
    letter_locale,
    letter_mail,
    money_of,
    number_text,
    payable_online,
    rest_of,
    rows_each,
    unapplied_note,
    way_to_pay,
)
from duebook.mail.pay_buttons import pay_address
from duebook.mail.tenant_texts import TenantWords, own_words

MOVED = {
    MovementKind.INVOICE: "Invoice",
    MovementKind.INVOICE_VOIDED: "Invoice voided",
    MovementKind.PAYMENT: "Payment",
    MovementKind.CREDIT_MEMO: "Credit memo",
    MovementKind.APPLIED: "Unapplied cash applied",
    MovementKind.UNAPPLIED: "Taken off invoices, kept as unapplied cash",
    MovementKind.PAYMENT_VOIDED: "Payment voided",
    MovementKind.REFUND: "Refund",
    MovementKind.RETURN: "Payment returned by the bank",
    MovementKind.CHARGEBACK: "Payment charged back",
}


def write_account_summary(
    facts: StatementFacts, *, portal_origin: str, words: TenantWords | None = None, signs_in: bool = True
) -> MailText:
    """Write an account summary.

    Args:
        facts: What it tells: open items of a day, or the activity of a period.
        portal_origin: Where the pages are.
        words: The tenant's own, if it has some for account summaries.
        signs_in: Whether the button may let somebody in; not so in previews and tests.
    """
    tenant, customer, locale = facts.tenant, facts.customer, letter_locale(facts.tenant, facts.customer)
    letter = AccountLetter(tenant, customer, tuple(part.account for part in facts.sections), facts.wish.last)
    link = pay_address(tenant, customer, portal_origin, signs_in=signs_in)
    own = own_words(words, lambda: summary_filling(letter, pay_link=link))
    owed, overdue = account_sums(letter)
    late = f", {overdue} of it past due" if overdue else ""
    day = day_text(facts.wish.last, locale)
    ours = Words(
        subject=f"Your account with {tenant.name}: {owed}",
        preheader=f"{owed} is open{late}.",
        heading="Account summary",
        opening=(f"This is the account of {customer.name} with {tenant.name} on {day}.",),
        asked_about="this account",
        why=f"You get this mail because {tenant.name} sends account summaries of {customer.name} to this address.",
    )
    notes = [
        unapplied_note(held, part.currency, locale, owes=bool(part.balance))
        for part in facts.sections
        if (held := unapplied_cash(part.account))
    ]
    pay = way_to_pay(tenant, customer, portal_origin, signs_in=signs_in, payable=payable_online(letter))
    return letter_mail(ours, own, (_part(part, facts, locale) for part in facts.sections), notes, pay, tenant)


def _part(section: Section, facts: StatementFacts, locale: str) -> Part:
    def money(minor: int) -> str:
        return money_of(minor, section.currency, locale)

    count = len(facts.sections)
    told = section.activity
    return Part(
        in_currency("Open balance", section.currency, count),
        money(section.balance),
        f"{'All' if section.overdue == section.balance else money(section.overdue)} of it is past due" if section.overdue else None,
        (
            *((("Balance before " + day_text(told.first, locale), money(told.opening)),) if told else ()),
            *((("Being processed", money(section.processing)),) if section.processing else ()),
        ),
        _movements(told, section.currency, facts, locale) if told else _open_items(section, facts, locale),
    )


def _open_items(section: Section, facts: StatementFacts, locale: str) -> Table | None:
    items, most = section.account.open_items, rows_each(len(facts.sections))
    if not items:
        return None
    return Table(
        caption=in_currency("Open invoices", section.currency, len(facts.sections)),
        columns=("Invoice", "Open"),
        rows=tuple(_open_row(item, section, facts, locale) for item in items[:most]),
        rest=rest_of([item.open_minor for item in items[most:]], section.currency, locale),
        total=("Total", money_of(section.balance, section.currency, locale)) if len(items) > 1 else None,
    )


def _open_row(item: OpenItem, section: Section, facts: StatementFacts, locale: str) -> Row:
    late = days_past_due(item.due_on, facts.wish.last)
    reserved = section.reserved.get(item.invoice_id, 0)
    return Row(
        number_text(item.number),
        money_of(item.open_minor, section.currency, locale),
        f"Due {day_text(item.due_on, locale)}",
        days_late(late, locale) if late else None,
        (
            *((f"{money_of(reserved, section.currency, locale)} being processed",) if reserved else ()),
            *(() if item.pay_online else (NOT_ONLINE,)),
        ),
    )


def _movements(told: Activity, currency: str, facts: StatementFacts, locale: str) -> Table:
    """List the newest movements first: a person looks for what came last."""
    most, count = rows_each(len(facts.sections)), len(told.movements)
    since = f"since {day_text(told.first, locale)}"
    shown = tuple(_moved_row(one, currency, facts, locale) for one in told.movements[::-1][:most])
    return Table(
        caption=in_currency("Recent transactions", currency, len(facts.sections)) if count else f"No transactions {since}",
        columns=("Transaction", "Amount"),
        rows=shown,
        rest=(f"and {count - most} more {since}", "") if count > most else None,
    )


def _moved_row(one: Movement, currency: str, facts: StatementFacts, locale: str) -> Row:
    amount = money_of(one.minor or one.owed, currency, locale)
    return Row(_moved(one, facts), amount, day_text(one.on, locale), notes=tuple(_unapplied_part(one, currency, locale)))


def _moved(one: Movement, facts: StatementFacts) -> str:
    number = one.item.number if one.item else facts.memo_numbers.get(one.source_id)
    match one.kind:
        case MovementKind.INVOICE | MovementKind.CREDIT_MEMO if number:
            return f"{MOVED[one.kind]} {number_text(number)}"
        case MovementKind.INVOICE_VOIDED if number:
            return f"Invoice {number_text(number)} voided"
        case _:
            return MOVED[one.kind]


def _unapplied_part(one: Movement, currency: str, locale: str) -> Iterator[str]:
    if one.minor and one.unapplied:
        part = "" if abs(one.unapplied) == abs(one.minor) else f"{money_of(abs(one.unapplied), currency, locale)} of it "
        yield f"{part}{'kept as' if one.unapplied > 0 else 'from'} unapplied cash"
