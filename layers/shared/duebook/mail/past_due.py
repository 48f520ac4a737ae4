"""Past-due notices in three tiers: friendlier or firmer, each with every invoice that is past due (R75)."""

from __future__ import annotations

from collections.abc import Mapping

from duebook.domain.automation_letters import DueLine, DueSection, PastDueLetter
from duebook.domain.email_activity import MailText
from duebook.mail.fillings import past_due_filling, past_due_sums
from duebook.mail.formats import day_text
from duebook.mail.letters import (
    NOT_ONLINE,
    Part,
    Row,
    Table,
    Words,
    days_late,
    in_currency,
    letter_locale,
    letter_mail,
    money_of,
    number_text,
    rest_of,
    rows_each,
    unapplied_note,
    way_to_pay,
)
from duebook.mail.pay_buttons import pay_address
from duebook.mail.tenant_texts import TenantWords, own_words

HEADINGS: Mapping[int, str] = {1: "Payment reminder", 2: "Past due", 3: "Long past due"}
"""By age, not by count: a customer's first notice may well be of the second tier."""


def write_past_due(letter: PastDueLetter, *, portal_origin: str, words: TenantWords | None = None, signs_in: bool = True) -> MailText:
    """Write a past-due notice.

    Args:
        letter: What it tells.
        portal_origin: Where the pages are.
        words: The tenant's own, if it has some for this tier.
        signs_in: Whether the button may let somebody in; not so in previews and tests.
    """
    tenant, customer = letter.letter.tenant, letter.letter.customer
    locale = letter_locale(tenant, customer)
    link = pay_address(tenant, customer, portal_origin, signs_in=signs_in)
    own = own_words(words, lambda: past_due_filling(letter, pay_link=link))
    subject, opening = _ours(letter)
    oldest = days_late(letter.days_past_due, locale)
    ours = Words(
        subject=subject,
        preheader=f"The oldest invoice is {oldest}.",
        heading=HEADINGS[letter.tier],
        opening=opening,
        asked_about="these invoices",
        why=f"You get this mail because {tenant.name} has this address for {customer.name}, and invoices are past due.",
        tone="ink" if letter.tier == 1 else "danger",
    )
    notes = [unapplied_note(one.unapplied, one.currency, locale, owes=True) for one in letter.sections if one.unapplied]
    payable = any(line.item.pay_online for one in letter.sections for line in one.lines)
    pay = way_to_pay(tenant, customer, portal_origin, signs_in=signs_in, payable=payable)
    return letter_mail(ours, own, (_part(one, letter, locale) for one in letter.sections), notes, pay, tenant)


def _ours(letter: PastDueLetter) -> tuple[str, tuple[str, str]]:
    """Return our subject and opening of a tier; ``domain/mail_texts.py`` says the same by default."""
    tenant, customer = letter.letter.tenant.name, letter.letter.customer.name
    due = past_due_sums(letter)
    oldest = days_late(letter.days_past_due, letter_locale(letter.letter.tenant, letter.letter.customer)).removesuffix(" past due")
    account = f"{due} on the account of {customer} with {tenant} is"
    match letter.tier:
        case 1:
            subject = f"A reminder from {tenant}: {due} is past due"
            asked = f"This is a friendly reminder that {account} past due."
            thanks = "If you have paid already, thank you: there is nothing more to do."
        case 2:
            subject = f"Past due: {due} on your account with {tenant}"
            asked = f"{account} past due, the oldest invoice for {oldest}. Please pay it now, or tell us what is wrong."
            thanks = "If you have paid already, thank you."
        case _:
            subject = f"Please settle your account with {tenant}: {due} is long past due"
            asked = (
                f"{account} long past due, the oldest invoice for {oldest}. "
                "Please pay it in full now, or contact us, so that we find a way together."
            )
            thanks = "If you have paid already, thank you: please tell us when, so that we find the payment."
    return subject, (asked, thanks)


def _part(section: DueSection, letter: PastDueLetter, locale: str) -> Part:
    count = len(letter.sections)
    total = money_of(section.total, section.currency, locale)
    most = rows_each(count)
    table = Table(
        caption=in_currency("Past-due invoices", section.currency, count),
        columns=("Invoice", "Open"),
        rows=tuple(_row(line, section.currency, locale) for line in section.lines[:most]),
        rest=rest_of([line.minor for line in section.lines[most:]], section.currency, locale),
        total=("Total", total) if len(section.lines) > 1 else None,
    )
    return Part(in_currency("Total past due", section.currency, count), total, table=table)


def _row(line: DueLine, currency: str, locale: str) -> Row:
    return Row(
        number_text(line.item.number),
        money_of(line.minor, currency, locale),
        f"Due {day_text(line.item.due_on, locale)}",
        days_late(line.days_past_due, locale),
        () if line.item.pay_online else (NOT_ONLINE,),
    )
