"""The payer's receipt: what was paid, how, and which invoices it paid (R16, R23)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from duebook.domain.email_activity import MailText
from duebook.domain.money import Money
from duebook.domain.payment_news import PaidInvoice, PaymentNews
from duebook.domain.payments import Payment
from duebook.domain.refunds import refunded
from duebook.mail.fillings import receipt_filling
from duebook.mail.formats import money_text
from duebook.mail.rendering import rendered
from duebook.mail.tenant_texts import OwnWords, TenantWords, own_words
from duebook.mail.words import accent_of, method_text, support_note, when_paid


@dataclass(frozen=True, slots=True)
class PaidRow:
    """One invoice in the list of what was paid."""

    number: str
    amount: str
    note: str
    in_full: bool


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt in words, as its frames show it."""

    tenant_name: str
    accent: str
    preheader: str
    heading: str
    amount: str
    opening: str
    facts: tuple[tuple[str, str], ...]
    rows: tuple[PaidRow, ...]
    unapplied: str | None
    unapplied_note: str | None
    balance_note: str
    can_pay: bool
    support_note: str
    address: tuple[str, ...]
    pay_link: str
    receipt_link: str
    why: str
    own: OwnWords | None = None


def write_receipt(news: PaymentNews, *, portal_origin: str, words: TenantWords | None = None) -> MailText:
    """Write the payer's receipt."""
    return _written(receipt_view(news, portal_origin=portal_origin), news, portal_origin, words)


def write_receipt_copy(news: PaymentNews, *, portal_origin: str, words: TenantWords | None = None) -> MailText:
    """Write a receipt for a signed-in contact who asked for it; of money that is still on its way it says so (R38)."""
    view = receipt_view(news, portal_origin=portal_origin)
    view = replace(view, why="You get this mail because you asked for it.", receipt_link=_portal_receipt(portal_origin, news.payment))
    if news.payment.captured_at is not None:
        return _written(view, news, portal_origin, words)
    opening = f"Thank you. This payment to {news.tenant.name} is on its way. Bank payments take 3–5 business days."
    view = replace(view, heading="Payment submitted", opening=opening)
    return rendered("receipt", f"Payment of {view.amount} to {news.tenant.name} submitted", view)


def receipt_view(news: PaymentNews, *, portal_origin: str) -> ReceiptView:
    """Put a payment into the words of a receipt.

    The balance is the one a guest may know: what can still be paid online (R13).
    """
    payment, tenant = news.payment, news.tenant
    amount, given_back = money_text(payment.amount, tenant.locale), refunded(payment.refunds)
    facts = (
        *when_paid(payment, tenant),
        ("Reference", payment.order_id),
        ("Paid with", method_text(payment)),
        *((("Paid by", payment.payer.name),) if payment.payer and payment.payer.name else ()),
        ("For", news.customer.name),
        *((("Refunded since", _money(given_back, news)),) if given_back else ()),
    )
    return ReceiptView(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        preheader=f"{amount} to {tenant.name}. Reference {payment.order_id}.",
        heading="Payment received",
        amount=amount,
        opening=f"Thank you. {tenant.name} received this payment, and it is on the account of {news.customer.name}.",
        facts=facts,
        rows=tuple(_row(part, news) for part in news.paid),
        unapplied=_money(news.unapplied, news) if news.unapplied else None,
        unapplied_note=_unapplied_note(news),
        balance_note=_balance_note(news),
        can_pay=news.payable_left > 0,
        support_note=support_note(tenant),
        address=tuple(line.strip() for line in (tenant.address or "").splitlines() if line.strip()),
        pay_link=f"{portal_origin}/pay-my-balance",
        receipt_link=f"{portal_origin}/receipt#{quote(payment.key.payment_id)}",
        why="You get this receipt because this address was given with the payment.",
    )


def _written(view: ReceiptView, news: PaymentNews, portal_origin: str, words: TenantWords | None) -> MailText:
    own = own_words(words, lambda: receipt_filling(news, portal_origin=portal_origin))
    subject = own.subject if own else f"Receipt for {view.amount} from {news.tenant.name}"
    return rendered("receipt", subject, replace(view, own=own))


def _portal_receipt(portal_origin: str, payment: Payment) -> str:
    return f"{portal_origin}/receipt?id={quote(payment.key.payment_id)}"


def _row(part: PaidInvoice, news: PaymentNews) -> PaidRow:
    left = _money(part.still_open, news)
    note = f"Paid in part, {left} still open" if part.still_open else "Paid in full"
    return PaidRow(part.number, _money(part.minor, news), note, in_full=part.still_open == 0)


def _unapplied_note(news: PaymentNews) -> str | None:
    if not news.unapplied:
        return None
    rest = _money(news.unapplied, news)
    return f"{rest} did not go to an invoice, because less was open by then. {news.tenant.name} keeps it as credit on this account."


def _balance_note(news: PaymentNews) -> str:
    if news.payable_left:
        return f"Remaining balance to pay online: {_money(news.payable_left, news)}."
    return "You're all paid up." if news.nothing_owed else "Remaining balance to pay online: nothing."


def _money(minor: int, news: PaymentNews) -> str:
    return money_text(Money(minor, news.payment.amount.currency), news.tenant.locale)
