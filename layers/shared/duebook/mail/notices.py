"""The two frames that most mails about payments share: one to the payer, one to staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from duebook.domain.directory import Tenant
from duebook.domain.email_activity import MailText
from duebook.domain.money import Money
from duebook.domain.money_back import MoneyBack
from duebook.domain.payments import Payment
from duebook.mail.formats import list_text, money_text
from duebook.mail.rendering import rendered
from duebook.mail.tenant_texts import OwnWords
from duebook.mail.words import accent_of, few, support_note

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReopenedRow:
    """One invoice in the list of what is open again."""

    number: str
    amount: str
    note: str
    in_full: bool = False


@dataclass(frozen=True, slots=True)
class PayerNotice:
    """News for a payer in words, as their frames show them.

    Args:
        tenant_name: To whom it was paid.
        accent: Colour of the bar.
        preheader: What the list of mails shows beside the subject.
        heading: What happened, in two or three words.
        amount: Of the payment or refund.
        opening: What happened, and whether money moved.
        facts: Labels and values.
        rows: Invoices that are open again.
        rows_total: Their sum.
        advice: What to do, or to expect, now.
        support_note: Whom to ask.
        pay_link: To the page where to pay; None when nothing is to be paid.
        own: The business's words in place of our opening, if it has some.
    """

    tenant_name: str
    accent: str
    preheader: str
    heading: str
    amount: str
    opening: str
    facts: Facts
    rows: tuple[ReopenedRow, ...]
    rows_total: str
    advice: str
    support_note: str
    pay_link: str | None
    own: OwnWords | None = None


@dataclass(frozen=True, slots=True)
class StaffNotice:
    """News for staff in words, as their frames show them.

    Args:
        tenant_name: Whose staff.
        accent: Colour of the bar.
        preheader: What the list of mails shows beside the subject.
        heading: What happened, in two or three words.
        tone: ``ok`` for money that came, ``danger`` for money that went.
        summary: All that matters, in a sentence or two.
        facts: Labels and values.
        notes: What follows from it in the books.
        advice: What to do now, if anything.
        payment_link: To the payment's page.
        own: The business's words in place of our summary, if it has some.
    """

    tenant_name: str
    accent: str
    preheader: str
    heading: str
    tone: Literal["ok", "danger"]
    summary: str
    facts: Facts
    notes: tuple[str, ...]
    advice: str | None
    payment_link: str
    own: OwnWords | None = None


def write_payer_notice(
    payment: Payment,
    tenant: Tenant,
    *,
    subject: str,
    heading: str,
    opening: str,
    advice: str,
    facts: Facts,
    portal_origin: str,
    back: MoneyBack | None = None,
    preheader: str | None = None,
    can_pay: bool = True,
    own: OwnWords | None = None,
) -> MailText:
    """Write news for the payer.

    Args:
        payment: What it is about.
        tenant: To whom it was made.
        subject: One line.
        heading: What happened.
        opening: What happened, and whether money moved.
        advice: What to do, or to expect, now.
        facts: Labels and values.
        portal_origin: Where the page is on which to pay.
        back: Money that left the payment again, if that is the news.
        preheader: Where the opening is not what the list of mails should show.
        can_pay: Whether to lead to paying.
        own: The business's own subject and opening, if it has some.
    """
    amount = back.amount if back else payment.amount
    total = sum(part.minor for part in back.reopened) if back else 0
    view = PayerNotice(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        preheader=preheader or opening,
        heading=heading,
        amount=money_text(amount, tenant.locale),
        opening=opening,
        facts=facts,
        rows=_rows(back) if back else (),
        rows_total=money_text(Money(total, amount.currency), tenant.locale),
        advice=advice,
        support_note=support_note(tenant),
        pay_link=f"{portal_origin}/pay-my-balance" if can_pay else None,
        own=own,
    )
    return rendered("payer_notice", own.subject if own else subject, view)


def write_staff_notice(subject: str, view: StaffNotice) -> MailText:
    """Write news for staff."""
    return rendered("staff_notice", view.own.subject if view.own else subject, view)


def payment_page(payment: Payment, portal_origin: str) -> str:
    """Return the address of a payment's page for staff."""
    return f"{portal_origin}/admin/payments/{quote(payment.key.payment_id, safe='')}"


def open_again(back: MoneyBack) -> str:
    """Say what opened again: ``$100.00 of INV-1 and $20.00 of INV-2 are open again``, as a sentence; nothing for nothing."""
    if not back.reopened:
        return ""
    locale = back.tenant.locale
    parts = few([f"{_money(part.minor, back)} of {part.number}" for part in back.reopened])
    return f"{list_text(parts, locale)} {'is' if len(parts) == 1 else 'are'} open again."


def _rows(back: MoneyBack) -> tuple[ReopenedRow, ...]:
    rows = []
    for part in back.reopened:
        note = f"{_money(part.open_minor, back)} open now" if part.open_minor else "Paid since"
        rows.append(ReopenedRow(part.number, _money(part.minor, back), note))
    return tuple(rows)


def _money(minor: int, back: MoneyBack) -> str:
    return money_text(Money(minor, back.amount.currency), back.tenant.locale)
