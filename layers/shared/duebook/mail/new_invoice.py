"""The mail about an invoice that first appeared: what it comes to, when it is due, how to pay it (R72)."""

from __future__ import annotations

from collections.abc import Iterator

from duebook.domain.account import balance, unapplied_cash
from duebook.domain.automation_letters import InvoiceNews
from duebook.domain.email_activity import Attachment, MailText
from duebook.mail.fillings import new_invoice_filling
from duebook.mail.formats import day_text
from duebook.mail.letters import (
    Part,
    Words,
    days_late,
    days_past_due,
    letter_locale,
    letter_mail,
    money_of,
    number_text,
    payable_online,
    unapplied_note,
    way_to_pay,
    with_file,
)
from duebook.mail.pay_buttons import pay_address
from duebook.mail.tenant_texts import TenantWords, own_words


def write_new_invoice(
    news: InvoiceNews,
    attached: Attachment | None,
    *,
    portal_origin: str,
    words: TenantWords | None = None,
    signs_in: bool = True,
) -> MailText:
    """Write the mail about a new invoice.

    Args:
        news: What it tells.
        attached: The invoice as a file; None when none goes along.
        portal_origin: Where the pages are.
        words: The tenant's own, if it has some for new invoices.
        signs_in: Whether the button may let somebody in; not so in previews and tests.
    """
    letter, invoice = news.letter, news.invoice
    tenant, customer, locale = letter.tenant, letter.customer, letter_locale(letter.tenant, letter.customer)
    link = pay_address(tenant, customer, portal_origin, signs_in=signs_in)
    own = own_words(words, lambda: new_invoice_filling(news, pay_link=link))
    number, due = number_text(invoice.number), day_text(invoice.due_on, locale)
    left = money_of(news.open_minor, invoice.currency, locale)
    told = f"{left}, due {due}." if news.open_minor else "Nothing is left to pay of it."
    ours = Words(
        subject=f"Invoice {number} from {tenant.name}",
        preheader=told,
        heading="New invoice",
        opening=(f"This is invoice {number} of {day_text(invoice.invoice_on, locale)} for {customer.name} from {tenant.name}.",),
        asked_about="this invoice",
        why=f"You get this mail because {tenant.name} sends new invoices of {customer.name} to this address.",
        where="The invoice is attached as a PDF." if attached else None,
    )
    pay = way_to_pay(tenant, customer, portal_origin, signs_in=signs_in, payable=payable_online(letter))
    return with_file(letter_mail(ours, own, (_part(news, locale),), _notes(news, locale), pay, tenant), attached)


def _part(news: InvoiceNews, locale: str) -> Part:
    invoice, today = news.invoice, news.letter.today
    total = news.total.minor
    late = days_past_due(invoice.due_on, today) if news.open_minor else 0
    taken = total - news.open_minor
    others = sum(balance(one) for one in news.letter.accounts if one.key.currency == invoice.currency) - news.open_minor
    facts = [("Invoice date", day_text(invoice.invoice_on, locale)), ("Due date", day_text(invoice.due_on, locale))]
    if taken > 0:
        facts += [
            ("Paid already", money_of(taken, invoice.currency, locale)),
            ("Left to pay", money_of(news.open_minor, invoice.currency, locale)),
        ]
    if others > 0:
        facts.append(("Open on other invoices", money_of(others, invoice.currency, locale)))
    label = f"Invoice {number_text(invoice.number)}"
    return Part(label, money_of(total, invoice.currency, locale), days_late(late, locale) if late else None, tuple(facts))


def _notes(news: InvoiceNews, locale: str) -> Iterator[str]:
    if not news.open_minor:
        yield "This invoice is paid already." if news.total.minor else "Nothing is to be paid for this invoice."
    elif news.letter.invoice and not news.letter.invoice[0].pay_online:
        yield "This invoice cannot be paid online."
    for one in news.letter.accounts:
        if held := unapplied_cash(one):
            yield unapplied_note(held, one.key.currency, locale, owes=bool(one.open_items))
