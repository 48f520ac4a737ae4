"""A statement by mail: what is owed and how old it is in the body, the whole of it in the file that goes along (R60, R61)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from duebook.domain.account_letters import AccountLetter
from duebook.domain.email_activity import Attachment, MailText
from duebook.domain.money import Money
from duebook.domain.statements import Section, StatementFacts
from duebook.mail.fillings import account_filling
from duebook.mail.formats import count_text, day_text, money_text
from duebook.mail.rendering import rendered
from duebook.mail.tenant_texts import OwnWords, TenantWords, own_words
from duebook.mail.words import accent_of, support_ways


@dataclass(frozen=True, slots=True)
class CurrencyRows:
    """One currency: what is owed, and labels and values below it."""

    label: str
    amount: str
    overdue: str | None
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement in words, as its frames show it.

    Args:
        where: Where the whole of it is.
        file_link: To the whole of it, where it does not go along.
        pay_link: To the page with this customer's Pay Online ID filled in; None for one who is switched off.
    """

    tenant_name: str
    accent: str
    preheader: str
    heading: str
    opening: str
    currencies: tuple[CurrencyRows, ...]
    where: str
    file_link: str | None
    pay_online_id: str
    pay_link: str | None
    support_note: str
    address: tuple[str, ...]
    why: str
    own: OwnWords | None = None


def write_statement(
    facts: StatementFacts,
    attached: Attachment | None,
    *,
    file_link: str | None = None,
    portal_origin: str,
    words: TenantWords | None = None,
) -> MailText:
    """Write the mail that carries a statement.

    Args:
        facts: What it tells.
        attached: The whole of it; None when it is too large to go along.
        file_link: Where it is then.
        portal_origin: Where the page is on which to pay.
        words: The tenant's own, if it has some for statements.
    """
    tenant, customer, locale = facts.tenant, facts.customer, facts.customer.locale or facts.tenant.locale
    letter = AccountLetter(tenant, customer, tuple(part.account for part in facts.sections), facts.wish.last)
    own = own_words(words, lambda: account_filling(letter, portal_origin=portal_origin))
    when = _when(facts, locale)
    sums = ", ".join(money_text(Money(part.balance, part.currency), locale) for part in facts.sections)
    view = StatementView(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        preheader=own.preheader if own else f"{sums} owed {when}. Pay Online ID {customer.pay_online_id}.",
        heading="Statement",
        opening=f"This is the statement of {customer.name} with {tenant.name}, {when}.",
        currencies=tuple(_currency(part, facts, locale) for part in facts.sections),
        where="Every item is in the attached PDF." if attached else "The whole statement is too long to attach.",
        file_link=None if attached else file_link,
        pay_online_id=customer.pay_online_id,
        pay_link=f"{portal_origin}/pay-my-balance#id={quote(customer.pay_online_id, safe='')}" if customer.enabled else None,
        support_note=f"Questions about this statement? Contact {tenant.name}{support_ways(tenant)}.",
        address=tuple(line.strip() for line in (tenant.address or "").splitlines() if line.strip()),
        why=f"You get this statement because {tenant.name} has this address for {customer.name}.",
        own=own,
    )
    text = rendered("statement", own.subject if own else f"Statement from {tenant.name}, {when}", view)
    return MailText(text.subject, text.html, text.text, (attached,) if attached else ())


def _when(facts: StatementFacts, locale: str) -> str:
    last = day_text(facts.wish.last, locale)
    return f"{day_text(facts.wish.first, locale)} to {last}" if facts.wish.first else f"as of {last}"


def _currency(part: Section, facts: StatementFacts, locale: str) -> CurrencyRows:
    def money(minor: int) -> str:
        return money_text(Money(minor, part.currency), locale)

    label = "Closing balance" if facts.wish.first else "Balance"
    aged = part.ageing
    ages = (
        ("Current", aged.current),
        ("1–30 days past due", aged.days_1_30),
        ("31–60 days past due", aged.days_31_60),
        ("61–90 days past due", aged.days_61_90),
        ("More than 90 days past due", aged.days_over_90),
    )
    told = part.activity
    return CurrencyRows(
        f"{label} in {part.currency}" if len(facts.sections) > 1 else label,
        money(part.balance),
        f"{money(part.overdue)} of it is overdue" if part.overdue else None,
        (
            *((("Opening balance", money(told.opening)), ("Movements", count_text(len(told.movements), locale))) if told else ()),
            *((words, money(minor)) for words, minor in ages),
            *((("Unapplied cash", money(-aged.unapplied)),) if aged.unapplied else ()),
            *((("Being processed", money(part.processing)),) if part.processing else ()),
        ),
    )
