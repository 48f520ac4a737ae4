"""The pages on which staff see money and move it: payments, invoices, reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from chalice.app import Response

from duebook import wiring, wiring_automation, wiring_mail, wiring_staff
from duebook.domain.directory import Role
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import new_id
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.try_credentials import try_credentials
from duebook.web.application_pages import ApplicationPages, ReceiptPost
from duebook.web.invoice_list_pages import InvoiceListPages
from duebook.web.invoice_pages import InvoicePages
from duebook.web.page_desk import PageDesk
from duebook.web.payment_pages import PaymentPages
from duebook.web.processor_words import tried_page
from duebook.web.reconciliation_pages import ReconciliationPages
from duebook.web.record_pages import RecordPages, Register
from duebook.web.refund_pages import RefundPages
from duebook.web.split_form import MOST_FIELDS
from duebook.web.staff_site import FORM, staff_site
from duebook.web.visits import Visit, read_visit

CUSTOMER_PAYMENTS = "/admin/customers/{customer_id}/payments"
CUSTOMER_INVOICES = "/admin/customers/{customer_id}/invoices"
PAYMENT = "/admin/payments/{payment_id}"
INVOICE = "/admin/invoices/{invoice_id}"
RECONCILIATION = "/admin/reconciliation"

site = staff_site(
    __file__,
    lambda event: read_visit(event, directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now()),
)
app, answers = site.app, site.answers


@app.route(CUSTOMER_PAYMENTS, methods=["GET"])
@site.page
def customer_payments(visit: Visit, customer_id: str) -> Response:
    """Show a customer's payments and what each of them paid (R16)."""
    return _payments(visit).of_customer(customer_id)


@app.route(f"{CUSTOMER_PAYMENTS}.csv", methods=["GET"])
@site.page
def customer_payments_csv(visit: Visit, customer_id: str) -> Response:
    """List the same payments as a file: one row for each, what it paid in one cell."""
    return _payments(visit).of_customer_csv(customer_id)


@app.route(f"{CUSTOMER_PAYMENTS}/new", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def record(visit: Visit, customer_id: str) -> Response:
    """Ask what money came in, or which saved method is charged."""
    return _recording(visit).form(customer_id, {name: site.query(name) for name in ("kind", "currency")})


@app.route(f"{CUSTOMER_PAYMENTS}/new", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def record_post(visit: Visit, customer_id: str) -> Response:
    """Show what the money pays, or book it."""
    return _recording(visit).sent(customer_id, site.form(visit, MOST_FIELDS))


@app.route("/admin/payments", methods=["GET"])
@site.page
def payments(visit: Visit) -> Response:
    """List the business's payments of some days."""
    return _payments(visit).of_days()


@app.route("/admin/payments.csv", methods=["GET"])
@site.page
def payments_csv(visit: Visit) -> Response:
    """List the same payments as a file."""
    return _payments(visit).of_days_csv()


@app.route(PAYMENT, methods=["GET"])
@site.page
def payment(visit: Visit, payment_id: str) -> Response:
    """Show one payment: what it paid, what happened when, what may be done with it."""
    return _payments(visit).one(payment_id)


@app.route(f"{PAYMENT}/refund", methods=["GET"])
@site.page_for(Role.MANAGER)
def refund(visit: Visit, payment_id: str) -> Response:
    """Ask how much is given back."""
    return _reversals(visit).refund(payment_id)


@app.route(f"{PAYMENT}/refund", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def refund_post(visit: Visit, payment_id: str) -> Response:
    """Show what a refund reopens, or make it."""
    return _reversals(visit).refund_sent(payment_id, site.form(visit, MOST_FIELDS))


@app.route(f"{PAYMENT}/void", methods=["GET"])
@site.page_for(Role.MANAGER)
def void(visit: Visit, payment_id: str) -> Response:
    """Say what a void does, and ask why."""
    return _reversals(visit).void(payment_id)


@app.route(f"{PAYMENT}/void", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def void_post(visit: Visit, payment_id: str) -> Response:
    """Take a payment back whole."""
    return _reversals(visit).void_sent(payment_id, site.form(visit))


@app.route(f"{PAYMENT}/apply", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def apply(visit: Visit, payment_id: str) -> Response:
    """Ask which invoices unapplied cash pays."""
    return _applications(visit).apply(payment_id)


@app.route(f"{PAYMENT}/apply", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def apply_post(visit: Visit, payment_id: str) -> Response:
    """Show what unapplied cash would pay, or apply it."""
    return _applications(visit).apply_sent(payment_id, site.form(visit, MOST_FIELDS))


@app.route(f"{PAYMENT}/unapply", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def unapply(visit: Visit, payment_id: str) -> Response:
    """Ask which applications are taken back."""
    return _applications(visit).unapply(payment_id)


@app.route(f"{PAYMENT}/unapply", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def unapply_post(visit: Visit, payment_id: str) -> Response:
    """Take applications back."""
    return _applications(visit).unapply_sent(payment_id, site.form(visit, 2 * MOST_FIELDS))


@app.route(f"{PAYMENT}/receipt", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def receipt(visit: Visit, payment_id: str) -> Response:
    """Ask where the receipt goes."""
    return _applications(visit).receipt(payment_id)


@app.route(f"{PAYMENT}/receipt", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def receipt_post(visit: Visit, payment_id: str) -> Response:
    """Mail the receipt once more."""
    sending = ReceiptPost(wiring_mail.payment_records(), wiring_mail.post(), wiring_mail.receipt_writer(), wiring_staff.normal_email)
    return _applications(visit).receipt_sent(payment_id, site.form(visit), sending)


@app.route("/admin/settings/processors/{account_id}/test", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def test_credentials(visit: Visit, account_id: str) -> Response:
    """Tell whether a processor takes a merchant account's credentials; this function reads them anyway (decision 0038)."""
    site.form(visit)
    tried = try_credentials(
        visit.tenant_id, account_id, directory=wiring.directory_store(), processor_of=wiring.payment_processor, monotonic=monotonic
    )
    return answers.page("processor_test.html", visit, **tried_page(tried, utc_now()))


@app.route(CUSTOMER_INVOICES, methods=["GET"])
@site.page
def customer_invoices(visit: Visit, customer_id: str) -> Response:
    """List a customer's invoices of every status."""
    return _invoice_lists(visit).of_customer(customer_id)


@app.route(f"{CUSTOMER_INVOICES}.csv", methods=["GET"])
@site.page
def customer_invoices_csv(visit: Visit, customer_id: str) -> Response:
    """List the same invoices as a file."""
    return _invoice_lists(visit).of_customer_csv(customer_id)


@app.route("/admin/invoices", methods=["GET"])
@site.page
def invoices(visit: Visit) -> Response:
    """List invoices over all customers."""
    return _invoice_lists(visit).of_all()


@app.route("/admin/invoices.csv", methods=["GET"])
@site.page
def invoices_csv(visit: Visit) -> Response:
    """List the same invoices as a file."""
    return _invoice_lists(visit).of_all_csv()


@app.route(INVOICE, methods=["GET"])
@site.page
def invoice(visit: Visit, invoice_id: str) -> Response:
    """Show one invoice: lines, figures, history."""
    return _invoices(visit).one(invoice_id)


@app.route(f"{INVOICE}/void", methods=["GET"])
@site.page_for(Role.MANAGER)
def void_invoice(visit: Visit, invoice_id: str) -> Response:
    """Say what voiding an invoice does, and ask why."""
    return _invoices(visit).void(invoice_id)


@app.route(f"{INVOICE}/void", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def void_invoice_post(visit: Visit, invoice_id: str) -> Response:
    """Void an invoice."""
    return _invoices(visit).void_sent(invoice_id, site.form(visit))


@app.route(f"{INVOICE}/pay-online", methods=["GET"])
@site.page_for(Role.MANAGER)
def pay_online(visit: Visit, invoice_id: str) -> Response:
    """Ask whether an invoice may be paid online."""
    return _invoices(visit).switch(invoice_id)


@app.route(f"{INVOICE}/pay-online", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def pay_online_post(visit: Visit, invoice_id: str) -> Response:
    """Switch paying online on or off."""
    return _invoices(visit).switch_sent(invoice_id, site.form(visit))


@app.route(RECONCILIATION, methods=["GET"])
@site.page
def reconciliation(visit: Visit) -> Response:
    """List where a processor's books and ours differ."""
    return _reconciliation(visit).rows()


@app.route(f"{RECONCILIATION}.csv", methods=["GET"])
@site.page
def reconciliation_csv(visit: Visit) -> Response:
    """List the same rows as a file."""
    return _reconciliation(visit).csv()


@app.route(f"{RECONCILIATION}/{{break_id}}", methods=["GET"])
@site.page
def reconciliation_row(visit: Visit, break_id: str) -> Response:
    """Show one row and what to do about it."""
    return _reconciliation(visit).one(break_id)


@app.route(f"{RECONCILIATION}/{{break_id}}/resolve", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def resolve_post(visit: Visit, break_id: str) -> Response:
    """Take a row off the list."""
    return _reconciliation(visit).resolve(break_id, site.form(visit))


@observed
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)


def _desk(visit: Visit) -> PageDesk:
    stores = (wiring.books(), wiring.transient_store(), wiring_staff.activity_store(), wiring.email_store())
    automations = wiring_automation.automation_store()
    return PageDesk(visit, answers, *stores, automations, portal_origin=setting("PORTAL_ORIGIN"), now=utc_now())


def _payments(visit: Visit) -> PaymentPages:
    return PaymentPages(_desk(visit), site.query)


def _invoice_lists(visit: Visit) -> InvoiceListPages:
    return InvoiceListPages(_desk(visit), site.query)


def _invoices(visit: Visit) -> InvoicePages:
    desk = _desk(visit)
    return InvoicePages(desk, site.query, wiring.invoice_desk(desk.caller, desk.now))


def _reconciliation(visit: Visit) -> ReconciliationPages:
    return ReconciliationPages(_desk(visit), site.query, wiring.reconciliation_store())


def _reversals(visit: Visit) -> RefundPages:
    desk = _desk(visit)
    return RefundPages(desk, wiring.reversal_desk(desk.caller))


def _applications(visit: Visit) -> ApplicationPages:
    desk = _desk(visit)
    return ApplicationPages(desk, wiring.application_desk(desk.caller, desk.now))


def _recording(visit: Visit) -> RecordPages:
    desk = _desk(visit)
    cash = wiring.cash_desk(desk.caller, desk.now)
    return RecordPages(desk, Register(cash, wiring.till, wiring.method_store(), lambda prefix: new_id(prefix, desk.now)))
