"""What the mails of billing automation share: figures by currency, a list that stays short, a way to pay, whom to ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from duebook.domain.account_letters import AccountLetter
from duebook.domain.directory import Customer, Tenant
from duebook.domain.email_activity import Attachment, MailText
from duebook.domain.money import Money
from duebook.mail.formats import count_text, money_text
from duebook.mail.message import MAX_SUBJECT, one_line
from duebook.mail.pay_buttons import PLACE, guest_page, pay_address
from duebook.mail.rendering import rendered
from duebook.mail.tenant_texts import OwnWords
from duebook.mail.words import accent_of, support_ways

MOST_ROWS = 50
"""So many invoices of a mail are listed, the others are counted: Gmail cuts a mail off at 102 KB."""
MAX_NUMBER = 64
NOT_ONLINE = "not payable online"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list.

    Args:
        title: What it is.
        amount: In words.
        when: Its day, below it in small letters.
        late: How long it is past due, beside that in another colour; None where it is not.
        notes: What else is to be known of it.
    """

    title: str
    amount: str
    when: str
    late: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A list with its sum.

    Args:
        caption: What is listed.
        columns: Heads of both columns.
        rows: Those that are listed.
        rest: How many more there are, and their sum in words.
        total: A label and the sum of all; None where there is nothing to add up.
    """

    caption: str
    columns: tuple[str, str]
    rows: tuple[Row, ...]
    rest: tuple[str, str] | None = None
    total: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One currency of a mail: a figure, what of it is past due, labels and values, a list."""

    label: str
    amount: str
    alert: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Pay:
    """A way to pay: the button's address, whether it signs in by itself, and the other way, by Pay Online ID."""

    link: str
    signs_in: bool
    guest_page: str
    pay_online_id: str


@dataclass(frozen=True, slots=True)
class LetterView:
    """A mail of billing automation in words, as its frames show it.

    Args:
        tone: Class of the heading's colour: ``ink`` or ``danger``.
        opening: Paragraphs; the tenant's own words take their place.
        sections: One for each currency.
        notes: What else is to be known, such as unapplied cash.
        where: Where the whole of it is, such as in the attached file.
        pay: None for a customer who is switched off, and where nothing is to be paid online.
    """

    tenant_name: str
    accent: str
    preheader: str
    heading: str
    tone: str
    opening: tuple[str, ...]
    sections: tuple[Part, ...]
    notes: tuple[str, ...]
    where: str | None
    pay: Pay | None
    support_note: str
    address: tuple[str, ...]
    why: str
    own: OwnWords | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What differs from mail to mail; the rest of a view follows from tenant and customer."""

    subject: str
    preheader: str
    heading: str
    opening: tuple[str, ...]
    asked_about: str
    why: str
    tone: str = "ink"
    where: str | None = None


def letter_mail(
    words: Words, own: OwnWords | None, parts: Iterable[Part], notes: Iterable[str], pay: Pay | None, tenant: Tenant
) -> MailText:
    """Put a mail together.

    Args:
        words: Ours.
        own: The tenant's, which take the place of our subject and opening.
        parts: One for each currency.
        notes: What else is to be known.
        pay: A way to pay, if there is one.
        tenant: Who writes.
    """
    view = LetterView(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        # A list of mails shows it to whoever looks over a shoulder, so no link that lets somebody in stands in it.
        preheader=own.preheader.replace(PLACE, "") if own else words.preheader + (f" Pay Online ID {pay.pay_online_id}." if pay else ""),
        heading=words.heading,
        tone=words.tone,
        opening=words.opening,
        sections=tuple(parts),
        notes=tuple(notes),
        where=words.where,
        pay=pay,
        support_note=f"Questions about {words.asked_about}? Contact {tenant.name}{support_ways(tenant)}.",
        address=tuple(line.strip() for line in (tenant.address or "").splitlines() if line.strip()),
        why=words.why,
        own=own,
    )
    return rendered("account_letter", own.subject if own else one_line(words.subject, MAX_SUBJECT), view)


def with_file(text: MailText, attached: Attachment | None) -> MailText:
    """Return the mail with the file that goes along, if one does."""
    return replace(text, attachments=(attached,)) if attached else text


def way_to_pay(tenant: Tenant, customer: Customer, portal_origin: str, *, signs_in: bool, payable: bool) -> Pay | None:
    """Return a way to pay, or None where nothing can be paid online: the customer is switched off, or no open invoice allows it (R2)."""
    if not (customer.enabled and payable):
        return None
    link = pay_address(tenant, customer, portal_origin, signs_in=signs_in)
    return Pay(link, link.endswith(PLACE), guest_page(portal_origin), customer.pay_online_id)


def payable_online(letter: AccountLetter) -> bool:
    """Tell whether any open invoice can be paid on the web (R2)."""
    return any(item.pay_online for account in letter.accounts for item in account.open_items)


def letter_locale(tenant: Tenant, customer: Customer) -> str:
    """Return the locale of the customer's figures and dates."""
    return customer.locale or tenant.locale


def money_of(minor: int, currency: str, locale: str) -> str:
    """Write minor units of a currency."""
    return money_text(Money(minor, currency), locale)


def number_text(number: str) -> str:
    """Write the number of an invoice: one line, not too long."""
    return one_line(number, MAX_NUMBER)


def days_late(days: int, locale: str) -> str:
    """Say how long something is past due: ``1 day past due``."""
    return f"{count_text(days, locale)} day{'' if days == 1 else 's'} past due"


def in_currency(label: str, currency: str, currencies: int) -> str:
    """Name the currency of a figure where there are several."""
    return f"{label} in {currency}" if currencies > 1 else label


def days_past_due(due_on: date, today: date) -> int:
    """Count the days since the due date; 0 until the day after it."""
    return max(0, (today - due_on).days)


def rows_each(parts: int) -> int:
    """Return how many rows each part of a mail may list."""
    return max(1, MOST_ROWS // max(1, parts))


def rest_of(amounts: Sequence[int], currency: str, locale: str) -> tuple[str, str] | None:
    """Count and add up what is not listed any more, or return None where all is."""
    return (f"and {count_text(len(amounts), locale)} more", money_of(sum(amounts), currency, locale)) if amounts else None


def unapplied_note(minor: int, currency: str, locale: str, *, owes: bool) -> str:
    """Tell of unapplied cash, and, where something is owed, what can be done with it."""
    held = f"You have {money_of(minor, currency, locale)} that is not applied to an invoice yet"
    return f"{held}; ask us to use it." if owes else f"{held}."
