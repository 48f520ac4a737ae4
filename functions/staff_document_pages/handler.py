"""The staff pages that lead to documents: an invoice, a receipt, a customer's statement as it would be sent, a file that went with a mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from duebook import wiring, wiring_documents, wiring_mail, wiring_statements
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.web.document_pages import DocumentPages, Printer
from duebook.web.mail_file_pages import MailFilePages
from duebook.web.staff_site import staff_site
from duebook.web.visits import Visit, read_visit

site = staff_site(
    __file__,
    lambda event: read_visit(event, directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now()),
)
app, answers = site.app, site.answers


@app.route("/admin/documents/invoices/{invoice_id}", methods=["GET"])
@site.page
def invoice(visit: Visit, invoice_id: str) -> Response:
    """Lead to an invoice's PDF, whatever its status."""
    return _pages(visit).invoice(invoice_id, wiring_documents.invoice_sheet)


@app.route("/admin/documents/receipts/{payment_id}", methods=["GET"])
@site.page
def receipt(visit: Visit, payment_id: str) -> Response:
    """Lead to the PDF of a payment's receipt."""
    return _pages(visit).receipt(payment_id, wiring_documents.receipt_sheet)


@app.route("/admin/documents/statements/{customer_id}", methods=["GET"])
@site.page
def statement(visit: Visit, customer_id: str) -> Response:
    """Lead to the PDF of a customer's statement as it would be sent now, or say that there is nothing to state."""
    return _pages(visit).statement(customer_id, site.query, wiring_statements.statement_sheet)


@app.route("/admin/documents/mails/{mail_id}/{number}", methods=["GET"])
@site.page
def mail_file(visit: Visit, mail_id: str, number: str) -> Response:
    """Lead to a file that went with a mail, or say that it is no longer kept."""
    return MailFilePages(answers, visit, wiring.email_store(), wiring_mail.attachment_store()).file(mail_id, number)


@observed
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)


def _pages(visit: Visit) -> DocumentPages:
    printer = Printer(wiring_documents.document_store(), wiring_documents.print_sheet)
    return DocumentPages(answers, visit, wiring.books(), printer, utc_now())
