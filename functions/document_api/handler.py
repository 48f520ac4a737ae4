"""Documents that company contacts download, by links that last five minutes; receipts mailed to who asks."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from duebook import wiring, wiring_documents, wiring_mail, wiring_statements
from duebook.domain.documents import Sheet
from duebook.domain.portal_access import ContactCaller, Permission
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed
from duebook.runtime.observability import observed
from duebook.usecases.deliver_document import deliver_document
from duebook.usecases.mail_receipt_copy import mail_receipt_copy
from duebook.usecases.read_documents import read_invoice_facts, read_receipt_facts
from duebook.web.callers import taken_on
from duebook.web.contact_callers import contact_permitted
from duebook.web.fields import CallerId, Strict
from duebook.web.json_api import answer, json_api, refusals, resolve

app = json_api("Duebook: documents")

Viewer = Annotated[ContactCaller, contact_permitted(app, Permission.VIEW_INVOICES)]
InvoiceId = Annotated[CallerId, Path()]
Token = Annotated[str, Path(pattern=r"^file_[A-Za-z0-9_-]{43}$")]
PaymentId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,64}$")]


ELSEWHERE: Any = {303: {"description": "A link to the PDF, good for five minutes"}}


class MailedView(Strict):
    """To whom a receipt is mailed."""

    to: str


@app.get("/api/portal/invoices/<invoice_id>/pdf", responses=ELSEWHERE)
def get_invoice_pdf(caller: Viewer, invoice_id: InvoiceId) -> Response[str]:
    """Lead to the PDF of an open invoice."""
    facts = read_invoice_facts(caller, invoice_id, utc_now(), books=wiring.books())
    return _elsewhere(caller, wiring_documents.invoice_sheet(facts))


@app.get("/api/portal/payments/<payment_id>/receipt", responses=ELSEWHERE)
def get_receipt_pdf(caller: Viewer, payment_id: PaymentId) -> Response[str]:
    """Lead to the PDF of a payment's receipt."""
    facts = read_receipt_facts(caller, payment_id, utc_now(), books=wiring.books())
    return _elsewhere(caller, wiring_documents.receipt_sheet(facts))


@app.post("/api/portal/payments/<payment_id>/receipt", responses=taken_on(MailedView))
def post_receipt(caller: Viewer, payment_id: PaymentId) -> Response[MailedView]:
    """Mail a copy of a payment's receipt to the signed-in contact."""
    to = mail_receipt_copy(
        caller,
        payment_id,
        records=wiring_mail.payment_records(),
        post=wiring_mail.post(),
        write=wiring_documents.receipt_copy_writer(),
        now=utc_now(),
    )
    return answer(HTTPStatus.ACCEPTED, MailedView(to=to))


@app.get("/api/statements/<token>", responses=ELSEWHERE | refusals(410))
def get_mailed_statement(token: Token) -> Response[str]:
    """Lead to the PDF of a statement that was too large to go with its mail; whoever has the mail may open it."""
    link = wiring_statements.file_link_store().link(hashed(token), utc_now())
    return Response(HTTPStatus.SEE_OTHER.value, body="", headers={"Location": link})


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)


def _elsewhere(caller: ContactCaller, sheet: Sheet) -> Response[str]:
    link = deliver_document(caller.tenant_id, sheet, documents=wiring_documents.document_store(), print_sheet=wiring_documents.print_sheet)
    return Response(HTTPStatus.SEE_OTHER.value, body="", headers={"Location": link})
