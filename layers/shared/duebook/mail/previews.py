"""Writes a mail of any kind for a preview, by its own writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from duebook.domain.account_letters import AccountLetter
from duebook.domain.automation_letters import InvoiceNews, PastDueLetter
from duebook.domain.email_activity import Attachment, MailKind, MailText
from duebook.domain.identity import Access, LinkPurpose
from duebook.domain.mail_templates import Cleaner, OwnText
from duebook.domain.money_back import MoneyBack
from duebook.domain.payment_news import PaymentNews
from duebook.domain.request_news import RequestNews
from duebook.domain.statements import StatementFacts, StatementKind, StatementWish, section
from duebook.mail.account_summary import write_account_summary
from duebook.mail.new_invoice import write_new_invoice
from duebook.mail.past_due import write_past_due
from duebook.mail.payment_not_made import write_payment_not_made
from duebook.mail.payment_received import write_payment_received
from duebook.mail.payment_returned import write_payment_returned
from duebook.mail.payment_submitted import write_payment_submitted
from duebook.mail.portal_access import write_portal_access
from duebook.mail.receipt import write_receipt
from duebook.mail.refund_notice import write_refund_notice
from duebook.mail.service_request import write_service_request
from duebook.mail.statement import write_statement
from duebook.mail.tenant_texts import TenantWords

WRITERS: Mapping[MailKind, Callable[..., MailText]] = {
    MailKind.RECEIPT: write_receipt,
    MailKind.PAYMENT_RECEIVED: write_payment_received,
    MailKind.PAYMENT_SUBMITTED: write_payment_submitted,
    MailKind.PAYMENT_NOT_MADE: write_payment_not_made,
    MailKind.PAYMENT_RETURNED: write_payment_returned,
    MailKind.REFUND_NOTICE: write_refund_notice,
}
PURPOSES = {MailKind.INVITATION: LinkPurpose.INVITATION, MailKind.PASSWORD_RESET: LinkPurpose.RESET}


def write_preview(
    kind: MailKind,
    material: PaymentNews | MoneyBack | Access | RequestNews | AccountLetter | InvoiceNews | PastDueLetter,
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
        case Access():
            return write_portal_access(PURPOSES[kind], material, None, portal_origin=portal_origin, words=words)
        case RequestNews():
            return write_service_request(kind, material, portal_origin=portal_origin, words=words)
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
