"""Builds what documents take, each dependency once and on first use, beside ``wiring``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from duebook import wiring
from duebook.runtime.settings import setting

if TYPE_CHECKING:
    from duebook.documents.typesetter import Typesetter
    from duebook.domain.documents import InvoiceFacts, ReceiptFacts, Sheet
    from duebook.storage.document_store import DocumentStore
    from duebook.usecases.notify_payment import Writer


@cache
def document_store() -> DocumentStore:
    """Return the store of printed documents."""
    from duebook.storage.document_store import DocumentStore

    return DocumentStore(wiring.client("s3"), setting("DOCUMENTS_BUCKET"))


@cache
def typesetter() -> Typesetter:
    """Return the typesetter; typst is loaded for it, and only here."""
    from duebook.documents.typesetter import Typesetter

    return Typesetter()


def invoice_sheet(facts: InvoiceFacts) -> Sheet:
    """Write an invoice, with a code that leads to this deployment's portal."""
    from duebook.documents.invoice import write_invoice

    return write_invoice(facts, portal_origin=setting("PORTAL_ORIGIN"))


def receipt_sheet(facts: ReceiptFacts) -> Sheet:
    """Write a receipt."""
    from duebook.documents.receipt import write_receipt_sheet

    return write_receipt_sheet(facts)


def print_sheet(sheet: Sheet) -> bytes:
    """Print a sheet with the sender's logo; what had to be left out is told to the log."""
    from duebook.runtime.observability import logger

    logo = wiring.logo_store().get(sheet.logo_url)
    printed = typesetter().print(sheet, logo)
    logger().info(
        "document printed",
        frame=sheet.frame,
        bytes=len(printed.pdf),
        accessible=printed.is_accessible,
        logo_left_out=logo is not None and not printed.has_logo,
    )
    return printed.pdf


def receipt_copy_writer() -> Writer:
    """Return the writer of receipts that contacts ask for, worded as those that are sent by themselves."""
    from duebook import wiring_texts
    from duebook.domain.email_activity import MailKind
    from duebook.mail.receipt import write_receipt_copy

    return wiring_texts.worded(write_receipt_copy, MailKind.RECEIPT)
