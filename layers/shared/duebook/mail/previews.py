"""Writes a mail of any kind for a preview: by its own writer, or in a plain frame where there is none yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from duebook.domain.account_letters import AccountLetter
from duebook.domain.automation_letters import InvoiceNews, PastDueLetter
from duebook.domain.directory import Tenant
from duebook.domain.email_activity import Attachment, MailKind, MailText
from duebook.domain.identity import Access, LinkPurpose
from duebook.domain.mail_templates import Cleaner, OwnText, default_text
from duebook.domain.mail_texts import TEXTS
from duebook.domain.money_back import MoneyBack
from duebook.domain.payment_news import PaymentNews
from duebook.domain.statements import StatementFacts, StatementKind, StatementWish, section
from duebook.mail.account_summary import write_account_summary
from duebook.mail.fillings import access_filling
from duebook.mail.new_invoice import write_new_invoice
from duebook.mail.past_due import write_past_due
from duebook.mail.payment_not_made import write_payment_not_made
from duebook.mail.payment_received import write_payment_received
from duebook.mail.payment_returned import write_payment_returned
from duebook.mail.payment_submitted import write_payment_submitted
from duebook.mail.portal_access import write_portal_access
from duebook.mail.receipt import write_receipt
from duebook.mail.refund_notice import write_refund_notice
from duebook.mail.rendering import rendered
from duebook.mail.statement import write_statement
from duebook.mail.tenant_texts import Filling, OwnWords, TenantWords, written
from duebook.mail.words import accent_of, support_ways

WRITERS: Mapping[MailKind, Callable[..., MailText]] = {
    MailKind.RECEIPT: write_receipt,
    MailKind.PAYMENT_RECEIVED: write_payment_received,
    MailKind.PAYMENT_SUBMITTED: write_payment_submitted,
    MailKind.PAYMENT_NOT_MADE: write_payment_not_made,
    MailKind.PAYMENT_RETURNED: write_payment_returned,
    MailKind.REFUND_NOTICE: write_refund_notice,
}
PURPOSES = {MailKind.INVITATION: LinkPurpose.INVITATION, MailKind.PASSWORD_RESET: LinkPurpose.RESET}


@dataclass(frozen=True, slots=True)
class LetterView:
    """A mail that is all the business's own words, as its frames show it."""

    tenant_name: str
    accent: str
    preheader: str
    heading: str
    own: OwnWords
    support_note: str


def write_preview(
    kind: MailKind,
    material: PaymentNews | MoneyBack | Access | AccountLetter | InvoiceNews | PastDueLetter,
    text: OwnText | None,
    *,
    portal_origin: str,
    clean: Cleaner,
) -> MailText:
    """Write a mail with a text, or in our words without one. Links in it let nobody in.

    Args:
        kind: Of mail.
        material: What it tells.
        text: The business's, checked; None: our words.
        portal_origin: Where the pages are.
        clean: Cleans HTML.
    """
    words = TenantWords(kind, text, clean) if text else None
    match material:
        case PaymentNews() | MoneyBack():
            return WRITERS[kind](material, portal_origin=portal_origin, words=words)
        case Access() if kind in PURPOSES:
            return write_portal_access(PURPOSES[kind], material, None, portal_origin=portal_origin, words=words)
        case Access():
            # Requests are not made yet, so the names of one show their examples.
            filling = access_filling(material)
            examples = {name.name: name.example for name in TEXTS[kind].vocabulary.names if name.name.startswith("request.")}
            return _letter(words or _ours(kind, clean), Filling(examples | dict(filling.values)), material.tenant)
        case InvoiceNews():
            return write_new_invoice(material, None, portal_origin=portal_origin, words=words, signs_in=False)
        case PastDueLetter():
            return write_past_due(material, portal_origin=portal_origin, words=words, signs_in=False)
        case AccountLetter() if kind is MailKind.ACCOUNT_SUMMARY:
            return write_account_summary(_open_items(material), portal_origin=portal_origin, words=words, signs_in=False)
        case AccountLetter():
            # The file is spoken of as it would go along; for a preview none is printed.
            attached = Attachment("Statement.pdf", "application/pdf", "")
            mail = write_statement(_open_items(material), attached, portal_origin=portal_origin, words=words)
            return replace(mail, attachments=())


def _open_items(letter: AccountLetter) -> StatementFacts:
    wish = StatementWish(StatementKind.OPEN_ITEMS, letter.today)
    sections = tuple(section(one, letter.today) for one in letter.accounts)
    return StatementFacts(letter.tenant, letter.customer, wish, sections, {}, {}, {}, {})


def _ours(kind: MailKind, clean: Cleaner) -> TenantWords:
    return TenantWords(kind, default_text(kind), clean)


def _letter(words: TenantWords, filling: Filling, tenant: Tenant) -> MailText:
    own = written(words, filling)
    ways = support_ways(tenant)
    view = LetterView(
        tenant_name=tenant.name,
        accent=accent_of(tenant.accent),
        preheader=own.preheader,
        heading=TEXTS[words.kind].label,
        own=own,
        support_note=f"Questions? Contact {tenant.name}{ways}.",
    )
    return rendered("letter", own.subject, view)
