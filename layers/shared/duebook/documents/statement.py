"""Statements in words: what is open, with or without lines, or what moved in a period; ageing, and how to pay (R60, R61)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from duebook.documents.invoice import site_words
from duebook.documents.sender import edition, method_words, page_view
from duebook.documents.texts import Language, file_name, language_of, one_line, some_lines
from duebook.domain.account_activity import Activity, Movement, MovementKind
from duebook.domain.documents import Sheet
from duebook.domain.invoices import Invoice, invoice_total, line_amount
from duebook.domain.open_items import OpenItem
from duebook.domain.statements import ItemGroup, Section, StatementFacts, StatementKind, grouped

NAMED_INVOICES = 4
"""So many invoices are named beside a payment; the others are counted."""
OF_PAYMENTS = frozenset(MovementKind) - {MovementKind.INVOICE, MovementKind.INVOICE_VOIDED, MovementKind.CREDIT_MEMO}


def write_statements(told: Sequence[StatementFacts], *, portal_origin: str) -> Sheet:
    """Write statements as one document: one for a mail, many for printing; each begins on a page of its own.

    Args:
        told: At least one, all of one tenant and of one day.
        portal_origin: Of the page that the codes and the Pay Online IDs lead to.
    """
    first = told[0]
    views = [_view(facts, portal_origin) for facts in told]
    shared = {
        name: views[0][name]
        for name in ("lang", "region", "paper", "title", "running", "accent", "page_of", "logo_alt", "contact", "sender")
    }
    name = [first.customer.customer_id] if len(told) == 1 else []
    return Sheet(
        "statement",
        edition(),
        shared | {"statements": views},
        file_name("Statement", *name, first.wish.last.isoformat()),
        first.wish.last,
        first.tenant.logo_url,
    )


def _view(facts: StatementFacts, portal_origin: str) -> dict[str, Any]:
    language = language_of(facts.customer.locale or facts.tenant.locale)
    customer = one_line(facts.customer.name, 120)
    when = _when(facts, language)
    return page_view(
        facts.tenant,
        language,
        title=language.say("statement_title", customer=customer, tenant=one_line(facts.tenant.name, 120)),
        running=language.say("statement_running", customer=customer, when=when),
    ) | {
        "heading": language.say("statement"),
        "when": when,
        "due": {
            "label": language.say("closing_balance" if facts.wish.first else "balance_due"),
            "amounts": [language.money(part.balance, part.currency) for part in facts.sections],
            "note": _overdue_note(facts, language),
        },
        "bill_to": {"label": language.say("statement_for"), "name": customer, "lines": some_lines(facts.customer.address, longest=100)},
        "facts": [(language.say("customer_number"), [one_line(facts.customer.customer_id)]), *_currencies(facts, language)],
        "pay": _pay(facts, language, portal_origin),
        "sections": [_section(part, facts, language) for part in facts.sections],
        "remit": list(_remittance(facts, language)),
    }


def _when(facts: StatementFacts, language: Language) -> str:
    if facts.wish.first:
        return language.say("period", first=language.day(facts.wish.first), last=language.day(facts.wish.last))
    return language.say("as_of_day", day=language.day(facts.wish.last))


def _overdue_note(facts: StatementFacts, language: Language) -> str | None:
    late = [language.money(part.overdue, part.currency) for part in facts.sections if part.overdue]
    return language.say("overdue_part", amount=", ".join(late)) if late else None


def _currencies(facts: StatementFacts, language: Language) -> list[tuple[str, list[str]]]:
    many = len(facts.sections) > 1
    return [(language.say("currencies"), [", ".join(part.currency for part in facts.sections)])] if many else []


def _pay(facts: StatementFacts, language: Language, portal_origin: str) -> dict[str, Any] | None:
    """Say how to pay online; nothing where the customer is switched off."""
    if not facts.customer.enabled:
        return None
    host = f"{urlsplit(portal_origin).netloc}/"
    return {
        "label": language.say("pay_online_id"),
        "id": one_line(facts.customer.pay_online_id),
        "link": pay_link(facts.customer.pay_online_id, portal_origin),
        "text": language.say("pay_online_how"),
        "place": [host, "pay-my-balance"],
        "qr_alt": language.say("pay_online_qr", place=f"{host}pay-my-balance"),
    }


def pay_link(pay_online_id: str, portal_origin: str) -> str:
    """Return the address where a customer's balance is paid without signing in."""
    return f"{portal_origin}/pay-my-balance#id={quote(pay_online_id, safe='')}"


def _section(part: Section, facts: StatementFacts, language: Language) -> dict[str, Any]:
    aged = part.ageing
    buckets = (aged.current, aged.days_1_30, aged.days_31_60, aged.days_61_90, aged.days_over_90, aged.total)
    names = ("age_current", "age_1_30", "age_31_60", "age_61_90", "age_over_90", "balance")
    below = []
    if aged.unapplied:
        below.append((language.say("unapplied_cash"), language.figure(-aged.unapplied, part.currency)))
        below.append((language.say("balance_less_unapplied"), language.figure(aged.total - aged.unapplied, part.currency)))
    if part.processing:
        below.append((language.say("processing_part"), language.figure(part.processing, part.currency)))
    table = _activity(part.activity, part.currency, facts, language) if part.activity else _items(part, facts, language)
    return {
        "title": part.currency if len(facts.sections) > 1 else None,
        "ageing": {
            "caption": language.say("ageing_caption", day=language.day(facts.wish.last)),
            "columns": [language.say(name) for name in names],
            "figures": [language.figure(minor, part.currency) for minor in buckets],
            "below": below,
        },
    } | table


def _items(part: Section, facts: StatementFacts, language: Language) -> dict[str, Any]:
    detail = facts.wish.kind is StatementKind.OPEN_ITEMS_DETAIL
    # Single-site invoices come first: what follows a parent's heading reads as the parent's.
    groups = sorted(grouped(part.account.open_items), key=lambda group: group.parent_id is not None)
    return {
        "caption": language.say("open_invoices"),
        "columns": [language.say(name) for name in ("applied_to", "date", "due_date", "days_late")]
        + [language.say("open_in", currency=part.currency)],
        "groups": [_group(group, part, facts, language, detail=detail) for group in groups],
        "total": (language.say("balance"), language.money(part.balance, part.currency)),
        "activity": None,
        "none": None if part.account.open_items else language.say("nothing_open"),
    }


def _group(group: ItemGroup, part: Section, facts: StatementFacts, language: Language, *, detail: bool) -> dict[str, Any]:
    parent = facts.invoices.get(group.parent_id or "")
    title = None
    if group.parent_id is not None:
        number = one_line(parent.number if parent else group.parent_id, 64)
        title = language.say(
            "sites_of", number=number, count=str(len(group.items)), amount=language.figure(group.open_minor, part.currency)
        )
    return {"title": title, "rows": [_row(item, part, facts, language, detail=detail) for item in group.items]}


def _row(item: OpenItem, part: Section, facts: StatementFacts, language: Language, *, detail: bool) -> dict[str, Any]:
    late = (facts.wish.last - item.due_on).days
    site = facts.sites.get(item.site_id or "")
    notes = [site_words(site, language)] if site else []
    if part.reserved.get(item.invoice_id):
        notes.append(language.say("item_processing", amount=language.figure(part.reserved[item.invoice_id], part.currency)))
    invoice = facts.invoices.get(item.invoice_id) if detail else None
    return {
        "cells": [
            one_line(item.number, 64),
            language.day(item.invoice_on),
            language.day(item.due_on),
            str(late) if late > 0 else "–",
            language.figure(item.open_minor, part.currency),
        ],
        "late": late > 0,
        "notes": notes,
        "lines": list(_lines(invoice, item, language)) if invoice else [],
    }


def _lines(invoice: Invoice, item: OpenItem, language: Language) -> Iterator[tuple[str, str, str]]:
    for line in invoice.lines:
        priced = language.say("times", quantity=language.quantity(line.quantity), price=language.figure(line.unit_price, invoice.currency))
        words = " · ".join(some_lines(line.description, most=3))
        yield words, priced if line.quantity != 1 else "", language.figure(line_amount(line), invoice.currency)
    if invoice.tax:
        yield language.say("tax"), "", language.figure(invoice.tax, invoice.currency)
    taken = invoice_total(invoice) - item.open_minor
    if taken:
        yield language.say("earlier"), "", language.figure(-taken, invoice.currency)


def _activity(told: Activity, currency: str, facts: StatementFacts, language: Language) -> dict[str, Any]:
    rows = [row for one in told.movements for row in _movement(one, currency, facts, language)]
    before = language.say("opening_balance"), language.money(told.opening, currency)
    unapplied = []
    if told.unapplied_opening or told.unapplied_closing:
        words = {"opening": language.money(told.unapplied_opening, currency), "closing": language.money(told.unapplied_closing, currency)}
        unapplied = [language.say("unapplied_over_time", **words)]
    return {
        "caption": language.say("activity"),
        "columns": [language.say("date"), language.say("what"), language.say("amount_in", currency=currency), language.say("balance")],
        "groups": [],
        "activity": {"opening": before, "rows": rows, "notes": unapplied},
        "total": (language.say("closing_balance"), language.money(told.closing, currency)),
        "none": None if rows else language.say("nothing_moved"),
    }


def _movement(one: Movement, currency: str, facts: StatementFacts, language: Language) -> Iterator[dict[str, Any]]:
    """Write a movement: its whole amount, then the part of it that went to unapplied cash or came from there."""
    day, both = language.day(one.on), bool(one.minor and one.unapplied)
    running = one.balance - one.unapplied if both else one.balance
    yield {
        "day": day,
        "words": _words(one, facts, language),
        "notes": list(_notes(one, language)),
        "amount": language.figure(one.minor if both or one.minor else one.owed, currency),
        "balance": language.figure(running, currency),
    }
    if both:
        yield {
            "day": "",
            "words": language.say("to_unapplied" if one.unapplied > 0 else "from_unapplied"),
            "notes": [],
            "amount": language.figure(one.unapplied, currency),
            "balance": language.figure(one.balance, currency),
        }


def _words(one: Movement, facts: StatementFacts, language: Language) -> str:
    number = one_line(one.item.number if one.item else facts.memo_numbers.get(one.source_id, one.source_id), 64)
    if one.kind in {MovementKind.INVOICE, MovementKind.INVOICE_VOIDED, MovementKind.CREDIT_MEMO}:
        return language.say(f"moved_{one.kind.value}", number=number)
    payment = facts.payments.get(one.source_id)
    if payment:
        return language.say("moved_with", words=language.say(f"moved_{one.kind.value}"), method=method_words(payment, language))
    if one.source_id in facts.memo_numbers:
        return language.say(
            "moved_with", words=language.say(f"moved_{one.kind.value}"), method=language.say("moved_credit_memo", number=number)
        )
    return language.say(f"moved_{one.kind.value}")


def _notes(one: Movement, language: Language) -> Iterator[str]:
    if one.kind is MovementKind.INVOICE and one.item:
        if one.item.invoice_on != one.on:
            yield language.say("dated_and_due", day=language.day(one.item.invoice_on), due=language.day(one.item.due_on))
        else:
            yield language.say("due_on", day=language.day(one.item.due_on))
    elif one.kind in OF_PAYMENTS | {MovementKind.CREDIT_MEMO} and one.lines:
        named = ", ".join(one_line(line.number, 64) for line in one.lines[:NAMED_INVOICES])
        more = len(one.lines) - NAMED_INVOICES
        invoices = language.say("and_more", named=named, count=str(more)) if more > 0 else named
        is_back = one.kind not in {MovementKind.PAYMENT, MovementKind.CREDIT_MEMO, MovementKind.APPLIED}
        yield language.say("reopens" if is_back else "goes_to", invoices=invoices)


def _remittance(facts: StatementFacts, language: Language) -> Iterator[str]:
    tenant = one_line(facts.tenant.name, 120)
    yield language.say("by_check", tenant=tenant, id=one_line(facts.customer.pay_online_id))
    if facts.tenant.address:
        yield language.say("mail_check_to", address=", ".join(some_lines(facts.tenant.address, longest=100)))
    if any(part.processing for part in facts.sections):
        yield language.say("processing_note")
