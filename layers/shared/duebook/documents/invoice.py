"""An invoice in words: lines, taxes, what was paid so far, what is left, and how to pay it (R37)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from duebook.documents.sender import edition, method_words, page_view
from duebook.documents.texts import Language, file_name, language_of, one_line, some_lines
from duebook.domain.directory import Site
from duebook.domain.documents import Billed, Credit, CreditKind, InvoiceFacts, Sheet
from duebook.domain.invoices import InvoiceLine, InvoiceStatus, line_amount

NAMED_CREDITS = 6
"""So many payments are named, the newest; those before them are told as a sum."""
MOST_LINES = 2_000
"""A multi-site invoice with more lines than this names its children without their lines."""
PLAIN, STRONG, GRAND = "plain", "strong", "grand"
BADGES = {
    InvoiceStatus.OVERDUE: ("overdue", "bad"),
    InvoiceStatus.PAID: ("paid", "good"),
    InvoiceStatus.VOID: ("void", "bad"),
    InvoiceStatus.DRAFT: ("draft", "wait"),
}
"""Words and tone of the mark beside the number; an unpaid invoice has none. Only staff see those that are not open."""
OPEN = frozenset({InvoiceStatus.UNPAID, InvoiceStatus.OVERDUE})

Row = tuple[list[str], str, str, str]
Total = tuple[str, str, str]


def write_invoice(facts: InvoiceFacts, *, portal_origin: str) -> Sheet:
    """Write an invoice.

    Args:
        facts: What it tells.
        portal_origin: Of the page that the code and the Pay Online ID lead to.
    """
    language = language_of(facts.customer.locale or facts.tenant.locale)
    invoice, currency = facts.billed.invoice, facts.billed.invoice.currency
    number, customer = one_line(invoice.number), one_line(facts.customer.name, 120)
    due, is_overdue = language.day(invoice.due_on), facts.status is InvoiceStatus.OVERDUE
    view = page_view(
        facts.tenant,
        language,
        title=language.say("invoice_title", number=number, tenant=one_line(facts.tenant.name, 120)),
        running=language.say("invoice_running", number=number, customer=customer),
    ) | {
        "heading": language.say("invoice"),
        "number": number,
        "badge": _badge(facts.status, language),
        "due": {
            "label": language.say("balance_due"),
            "amount": language.money(facts.billed.open_balance, currency),
            "note": language.say("was_due_on" if is_overdue else "due_on", day=due),
            "late": is_overdue,
        },
        "bill_to": {"label": language.say("billed_to"), "name": customer, "lines": some_lines(facts.customer.address, longest=100)},
        "facts": _facts(facts, language),
        "pay": _pay(facts, language, portal_origin),
        "columns": _columns(facts, language),
        "groups": list(_groups(facts, language)),
        "totals": list(_totals(facts, language)),
        "notes": list(_notes(facts, language)),
    }
    return Sheet("invoice", edition(), view, file_name(invoice.number), invoice.invoice_on, facts.tenant.logo_url)


def _badge(status: InvoiceStatus, language: Language) -> dict[str, str] | None:
    words, tone = BADGES.get(status, ("", ""))
    return {"words": language.say(words), "tone": tone} if words else None


def _facts(facts: InvoiceFacts, language: Language) -> list[tuple[str, list[str]]]:
    invoice = facts.billed.invoice
    rows = [
        (language.say("invoice_date"), [language.day(invoice.invoice_on)]),
        (language.say("due_date"), [language.day(invoice.due_on)]),
    ]
    if facts.billed.site:
        rows.append((language.say("site"), [site_words(facts.billed.site, language), *some_lines(facts.billed.site.address, 4, 100)]))
    elif facts.children:
        rows.append((language.say("sites"), [str(len({child.site.site_id if child.site else None for child in facts.children}))]))
    return rows


def _pay(facts: InvoiceFacts, language: Language, portal_origin: str) -> dict[str, Any] | None:
    """Say how to pay online; nothing where nothing is open, no part is payable online, or the customer is switched off."""
    shown = [child.invoice for child in facts.children] or [facts.billed.invoice]
    if facts.status not in OPEN or not facts.customer.enabled or not any(invoice.pay_online for invoice in shown):
        return None
    host = f"{urlsplit(portal_origin).netloc}/"
    place = f"{host}pay-my-balance"
    return {
        "label": language.say("pay_online_id"),
        "id": one_line(facts.customer.pay_online_id),
        "link": f"{portal_origin}/pay-my-balance#id={quote(facts.customer.pay_online_id, safe='')}",
        "text": language.say("pay_online_how"),
        "place": [host, "pay-my-balance"],
        "qr_alt": language.say("pay_online_qr", place=place),
    }


def _columns(facts: InvoiceFacts, language: Language) -> list[str]:
    amount = language.say("amount_in", currency=facts.billed.invoice.currency)
    if _is_short(facts):
        return [language.say("invoice_and_site"), "", "", amount]
    return [language.say("description"), language.say("quantity"), language.say("unit_price"), amount]


def _groups(facts: InvoiceFacts, language: Language) -> Iterator[dict[str, Any]]:
    """Write the lines: of one invoice, or site by site of a parent's open children."""
    if not facts.billed.invoice.multi_site:
        yield {"title": None, "detail": "", "rows": _rows(facts.billed, language), "closing": []}
    elif _is_short(facts):
        rows = [
            ([_child_site(child, language), _child_detail(child, language)], "", "", _child_total(child, language))
            for child in facts.children
        ]
        yield {"title": None, "detail": "", "rows": rows, "closing": []}
    else:
        for child in facts.children:
            closing = [*_tax_row(child, language), (language.say("site_total"), _child_total(child, language), STRONG)]
            if child.open_balance != child.total:
                open_text = language.figure(child.open_balance, child.invoice.currency)
                closing.append((language.say("site_open"), open_text, PLAIN))
            yield {
                "title": _child_site(child, language),
                "detail": _child_detail(child, language),
                "rows": _rows(child, language),
                "closing": closing,
            }


def _is_short(facts: InvoiceFacts) -> bool:
    return sum(len(child.invoice.lines) for child in facts.children) > MOST_LINES


def _rows(billed: Billed, language: Language) -> list[Row]:
    return [_row(line, billed.invoice.currency, language) for line in billed.invoice.lines]


def _row(line: InvoiceLine, currency: str, language: Language) -> Row:
    return (
        some_lines(line.description),
        language.quantity(line.quantity),
        language.figure(line.unit_price, currency),
        language.figure(line_amount(line), currency),
    )


def _tax_row(billed: Billed, language: Language) -> list[Total]:
    if not billed.invoice.tax:
        return []
    return [(language.say("tax"), language.figure(billed.invoice.tax, billed.invoice.currency), PLAIN)]


def _totals(facts: InvoiceFacts, language: Language) -> Iterator[Total]:
    billed, currency = facts.billed, facts.billed.invoice.currency
    if billed.invoice.tax:
        yield language.say("subtotal"), language.figure(billed.total - billed.invoice.tax, currency), PLAIN
        yield from _tax_row(billed, language)
    if facts.credits or billed.invoice.tax or facts.children:
        yield language.say("total"), language.money(billed.total, currency), STRONG
    for credit in _named(facts.credits):
        yield _credit_words(credit, language), language.figure(-credit.minor, currency), PLAIN
    yield language.say("balance_due"), language.money(billed.open_balance, currency), GRAND


def _named(found: Sequence[Credit]) -> list[Credit]:
    """Return the newest credits, and those before them as one sum."""
    if len(found) <= NAMED_CREDITS:
        return list(found)
    before, newest = found[: len(found) - NAMED_CREDITS], found[len(found) - NAMED_CREDITS :]
    return [Credit(CreditKind.EARLIER, sum(credit.minor for credit in before)), *newest]


def _credit_words(credit: Credit, language: Language) -> str:
    if credit.payment and credit.on:
        return language.say("payment_on", day=language.day(credit.on), method=method_words(credit.payment, language))
    if credit.kind is CreditKind.CREDIT_MEMO and credit.on:
        return language.say("credit_memo_on", number=one_line(credit.number, 64), day=language.day(credit.on))
    return language.say("earlier")


def _notes(facts: InvoiceFacts, language: Language) -> Iterator[str]:
    if facts.status in {InvoiceStatus.VOID, InvoiceStatus.DRAFT}:
        yield language.say(f"{facts.status.value}_note")
    if facts.credits:
        yield language.say("as_of", day=language.day(facts.as_of))
    if facts.billed.reserved:
        yield language.say("processing", amount=language.money(facts.billed.reserved, facts.billed.invoice.currency))
    if facts.status in OPEN and not facts.children and not facts.billed.invoice.pay_online:
        yield language.say("not_online")


def site_words(site: Site, language: Language) -> str:
    """Name a site, with its number where that says more."""
    name, number = one_line(site.name), one_line(site.number)
    return language.say("site_numbered", name=name, number=number) if number and number != name else name


def _child_site(child: Billed, language: Language) -> str:
    return site_words(child.site, language) if child.site else language.say("no_site")


def _child_detail(child: Billed, language: Language) -> str:
    return language.say("child_detail", number=one_line(child.invoice.number), day=language.day(child.invoice.invoice_on))


def _child_total(child: Billed, language: Language) -> str:
    return language.figure(child.total, child.invoice.currency)
