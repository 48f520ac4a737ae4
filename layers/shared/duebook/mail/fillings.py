"""What each kind of mail puts in the place of the names a business's text may use (``domain/mail_texts.py`` lists them)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote

from duebook.domain.account import balance, unapplied_cash
from duebook.domain.account_letters import AccountLetter
from duebook.domain.automation_letters import DueLine, InvoiceNews, PastDueLetter
from duebook.domain.directory import Customer, Tenant
from duebook.domain.identity import Access
from duebook.domain.money import Money
from duebook.domain.money_back import MoneyBack
from duebook.domain.open_items import OpenItem, age_key, is_overdue
from duebook.domain.payment_news import PaymentNews
from duebook.domain.payments import Payment
from duebook.domain.request_news import RequestNews
from duebook.domain.return_codes import return_reason
from duebook.mail.formats import count_text, day_in_zone, day_text, list_text, moment_in_zone, money_text
from duebook.mail.tenant_texts import Filling
from duebook.mail.words import method_text


def receipt_filling(news: PaymentNews, *, portal_origin: str) -> Filling:
    """Tell a receipt's text what was paid, and what it paid."""
    page = quote(news.payment.key.payment_id)
    return _news_filling(news, portal_origin, {"links.receipt": f"{portal_origin}/receipt#{page}"})


def payment_received_filling(news: PaymentNews, *, portal_origin: str) -> Filling:
    """Tell the text of the staff's notice the same; its link leads to the staff pages."""
    page = quote(news.payment.key.payment_id, safe="")
    return _news_filling(news, portal_origin, {"links.payment": f"{portal_origin}/admin/payments/{page}"})


def submitted_filling(news: PaymentNews, *, portal_origin: str) -> Filling:
    """Tell the text about a bank payment that is on its way what was paid, and how."""
    return _news_filling(news, portal_origin, {})


def not_made_filling(news: PaymentNews, *, portal_origin: str) -> Filling:
    """Tell the text about a payment that was not made what was tried."""
    return _news_filling(news, portal_origin, {})


def returned_filling(back: MoneyBack, *, portal_origin: str) -> Filling:
    """Tell the text about a returned payment why it came back, and what is open again."""
    own = {
        "return.date": day_in_zone(back.at, back.tenant.time_zone, back.tenant.locale),
        "return.reason": return_reason(back.payment.ended_code),
        "return.code": back.payment.ended_code or "",
    }
    return _back_filling(back, portal_origin, own)


def refund_filling(back: MoneyBack, *, portal_origin: str) -> Filling:
    """Tell the text about a refund what was given back, and what is open again."""
    own = {
        "refund.amount": money_text(back.amount, back.tenant.locale),
        "refund.date": day_in_zone(back.at, back.tenant.time_zone, back.tenant.locale),
        "refund.reference": back.refund.order_id if back.refund else back.payment.order_id,
    }
    return _back_filling(back, portal_origin, own)


def access_filling(access: Access, may: str = "") -> Filling:
    """Tell the text of an invitation or of a mail for a new password to whom it goes."""
    contact = {"contact.name": access.contact.name, "contact.email": access.contact.email or "", "contact.may": may}
    return Filling(_parties(access.tenant, access.customer) | contact)


def request_filling(news: RequestNews) -> Filling:
    """Tell the text of a mail about a service request what was asked for, and how it was answered."""
    request, locale = news.request, news.customer.locale or news.tenant.locale
    scheduled_on = request.job.scheduled_on if request.job else None
    own = {
        "request.product": request.product.name,
        "request.service": request.service.name,
        "request.site": request.site.name,
        "request.wanted_on": day_text(request.wanted_on, locale) if request.wanted_on else "",
        "request.po_number": request.po_number or "",
        "request.reason": request.decline_reason or "",
        "request.scheduled_on": day_text(scheduled_on, locale) if scheduled_on else "",
    }
    return Filling({**access_filling(Access(news.tenant, news.customer, news.contact)).values, **own})


def account_filling(letter: AccountLetter, *, portal_origin: str) -> Filling:
    """Tell a text about an account what is owed, and each open invoice, oldest first."""
    # The page opens with the customer's ID filled in; of one who is switched off it knows none.
    page = f"#id={quote(letter.customer.pay_online_id, safe='')}" if letter.customer.enabled else ""
    return summary_filling(letter, pay_link=f"{portal_origin}/pay-my-balance{page}")


def summary_filling(letter: AccountLetter, *, pay_link: str) -> Filling:
    """Tell the text of an account summary the same.

    Args:
        letter: The accounts.
        pay_link: Where the button leads.
    """
    tenant, today, locale = letter.tenant, letter.today, _locale(letter)
    items = sorted(((item, one.key.currency) for one in letter.accounts for item in one.open_items), key=lambda pair: age_key(pair[0]))
    oldest = min((item.due_on for item, _ in items), default=today)
    own = {
        "account.balance": _sums(letter, {one.key.currency: balance(one) for one in letter.accounts}),
        "account.overdue": _sums(letter, _overdue(letter)),
        "account.unapplied": _sums(letter, {one.key.currency: unapplied_cash(one) for one in letter.accounts}),
        "account.open_invoices": count_text(len(items), locale),
        "account.days_past_due": count_text(max(0, (today - oldest).days), locale),
        "customer.pay_online_id": letter.customer.pay_online_id,
        "today": day_text(today, locale),
        "links.pay": pay_link,
    }
    return Filling(_parties(tenant, letter.customer) | own, tuple(_open_row(item, currency, letter) for item, currency in items))


def new_invoice_filling(news: InvoiceNews, *, pay_link: str) -> Filling:
    """Tell the text about a new invoice what it comes to and what is open of it, beside all that is owed.

    Args:
        news: The invoice.
        pay_link: Where the button leads.
    """
    invoice, locale = news.invoice, _locale(news.letter)
    own = {
        "invoice.number": invoice.number,
        "invoice.date": day_text(invoice.invoice_on, locale),
        "invoice.due_date": day_text(invoice.due_on, locale),
        "invoice.total": money_text(news.total, locale),
        "invoice.balance": money_text(Money(news.open_minor, invoice.currency), locale),
    }
    return Filling({**summary_filling(news.letter, pay_link=pay_link).values, **own})


def past_due_filling(letter: PastDueLetter, *, pay_link: str) -> Filling:
    """Tell the text of a past-due notice what is past due and no payment under way has reserved; only those invoices are its list.

    Args:
        letter: What is past due.
        pay_link: Where the button leads.
    """
    base = summary_filling(letter.letter, pay_link=pay_link)
    own = {
        "account.overdue": past_due_sums(letter),
        "account.days_past_due": count_text(letter.days_past_due, _locale(letter.letter)),
    }
    lines = sorted(((line, one.currency) for one in letter.sections for line in one.lines), key=lambda pair: pair[0].item.due_on)
    return Filling({**base.values, **own}, tuple(_due_row(line, currency, letter.letter) for line, currency in lines))


def past_due_sums(letter: PastDueLetter) -> str:
    """Name what is past due in each currency."""
    return _sums(letter.letter, {one.currency: one.total for one in letter.sections})


def account_sums(letter: AccountLetter) -> tuple[str, str]:
    """Name what is owed in each currency, and what of it is past due; nothing where nothing is."""
    owed, overdue = {one.key.currency: balance(one) for one in letter.accounts}, _overdue(letter)
    return _sums(letter, owed), _sums(letter, overdue) if any(overdue.values()) else ""


def _news_filling(news: PaymentNews, portal_origin: str, own: dict[str, str]) -> Filling:
    values = {
        "payment.unapplied": _money(news.unapplied, news.payment, news.tenant),
        "balance.payable": _money(news.payable_left, news.payment, news.tenant),
    }
    rows = ((part.number, part.minor, part.still_open) for part in news.paid)
    return Filling(_about(news.payment, news.tenant, news.customer, portal_origin) | values | own, _rows(rows, news.payment, news.tenant))


def _back_filling(back: MoneyBack, portal_origin: str, own: dict[str, str]) -> Filling:
    rows = ((part.number, part.minor, part.open_minor) for part in back.reopened)
    return Filling(_about(back.payment, back.tenant, back.customer, portal_origin) | own, _rows(rows, back.payment, back.tenant))


def _parties(tenant: Tenant, customer: Customer) -> dict[str, str]:
    return {
        "company.name": tenant.name,
        "company.email": tenant.support.email or "",
        "company.phone": tenant.support.phone or "",
        "customer.name": customer.name,
        "customer.id": customer.customer_id,
    }


def _about(payment: Payment, tenant: Tenant, customer: Customer, portal_origin: str) -> dict[str, str]:
    return _parties(tenant, customer) | {
        "payment.amount": money_text(payment.amount, tenant.locale),
        "payment.date": moment_in_zone(payment.created_at, tenant.time_zone, tenant.locale),
        "payment.reference": payment.order_id,
        "payment.method": method_text(payment),
        "payment.paid_by": payment.payer.name if payment.payer and payment.payer.name else customer.name,
        "links.pay": f"{portal_origin}/pay-my-balance",
    }


def _rows(parts: Iterable[tuple[str, int, int]], payment: Payment, tenant: Tenant) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {"number": number, "amount": _money(minor, payment, tenant), "balance": _money(left, payment, tenant)}
        for number, minor, left in parts
    )


def _open_row(item: OpenItem, currency: str, letter: AccountLetter) -> dict[str, str]:
    locale = _locale(letter)
    return {
        "number": item.number,
        "date": day_text(item.invoice_on, locale),
        "due_date": day_text(item.due_on, locale),
        "balance": money_text(Money(item.open_minor, currency), locale),
        "days_past_due": count_text(max(0, (letter.today - item.due_on).days), locale),
    }


def _due_row(line: DueLine, currency: str, letter: AccountLetter) -> dict[str, str]:
    return _open_row(replace(line.item, open_minor=line.minor), currency, letter)


def _sums(letter: AccountLetter, by_currency: Mapping[str, int]) -> str:
    """Name sums of several currencies one after the other; nothing is added up (R4)."""
    some = {currency: minor for currency, minor in by_currency.items() if minor} or dict(list(by_currency.items())[:1])
    locale = _locale(letter)
    return list_text([money_text(Money(minor, currency), locale) for currency, minor in some.items()], locale) or "0"


def _overdue(letter: AccountLetter) -> dict[str, int]:
    return {one.key.currency: sum(item.open_minor for item in one.open_items if is_overdue(item, letter.today)) for one in letter.accounts}


def _locale(letter: AccountLetter) -> str:
    return letter.customer.locale or letter.tenant.locale


def _money(minor: int, payment: Payment, tenant: Tenant) -> str:
    return money_text(Money(minor, payment.amount.currency), tenant.locale)
