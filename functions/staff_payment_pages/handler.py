"""The pages on which staff see money and move it: payments and what each of them paid."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any

from chalice.app import Response

from duebook import wiring
from duebook.domain.directory import Customer
from duebook.domain.email_activity import Mail
from duebook.errors import UnprocessableError
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.read_bounced_addresses import read_bounced_addresses
from duebook.usecases.read_payments import PaidPayment, read_payment, with_applications
from duebook.web import payment_words
from duebook.web.customer_head import customer_head
from duebook.web.page_answers import csv_file
from duebook.web.staff_site import staff_site
from duebook.web.visits import Visit, read_visit

ROWS = 50
MOST_CSV_ROWS = 20_000
MOST_PAYMENTS = 1_000
"""Payments of one customer that are read for a list; older ones are reached by its pager."""
RECENT_MAILS = 100

site = staff_site(
    __file__,
    lambda event: read_visit(event, directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now()),
)
app, answers = site.app, site.answers


@app.route("/admin/customers/{customer_id}/payments", methods=["GET"])
@site.page
def customer_payments(visit: Visit, customer_id: str) -> Response:
    """Show a customer's payments and what each of them paid (R16)."""
    who = wiring.directory_store().customer(visit.tenant_id, customer_id)
    before, status = site.query("before") or None, _status()
    read = wiring.payment_store().of_customer(visit.tenant_id, customer_id, limit=MOST_PAYMENTS, before=before)
    wanted = payment_words.in_filter(read, status)
    rows = with_applications(wanted[:ROWS], accounts=wiring.account_store())
    last = wanted[ROWS - 1] if len(wanted) > ROWS else read[-1] if len(read) == MOST_PAYMENTS else None
    return answers.page(
        "payments.html",
        visit,
        **_head(visit, who),
        rows=rows,
        under_way=any(payment_words.is_under_way(one.payment) for one in rows),
        status=status,
        before=before,
        next_before=last.key.payment_id if last else None,
        chips=payment_words.chips(read),
        more_than_counted=len(read) == MOST_PAYMENTS or before is not None,
        method_words=payment_words.method_words,
    )


@app.route("/admin/customers/{customer_id}/payments.csv", methods=["GET"])
@site.page
def customer_payments_csv(visit: Visit, customer_id: str) -> Response:
    """List the same payments as a file: one row for each, what it paid in one cell."""
    wiring.directory_store().customer(visit.tenant_id, customer_id)
    read = wiring.payment_store().of_customer(visit.tenant_id, customer_id, limit=MOST_CSV_ROWS)
    _check_length(read)
    paid = with_applications(payment_words.in_filter(read, _status()), accounts=wiring.account_store())
    rows = [payment_words.csv_row(one, visit.formats) for one in paid]
    return csv_file(f"payments-{customer_id}.csv", payment_words.CSV_NAMES, rows)


@app.route("/admin/payments/{payment_id}", methods=["GET"])
@site.page
def payment(visit: Visit, payment_id: str) -> Response:
    """Show one payment: what it paid, what happened when, what was mailed about it."""
    directory = wiring.directory_store()
    paid = read_payment(visit.tenant_id, payment_id, payments=wiring.payment_store(), accounts=wiring.account_store())
    found = paid.payment
    processors = {account.account_id: account.processor for account in directory.merchant_accounts(visit.tenant_id)}
    people = [directory.staff(visit.tenant_id, staff_id) for staff_id in payment_words.actors(paid)]
    names = {person.staff_id: person.name for person in people if person}
    return answers.page(
        "payment.html",
        visit,
        section="/admin/payments",
        customer=directory.customer(visit.tenant_id, found.key.customer_id),
        payment=found,
        paid=paid,
        explanation=payment_words.explanation(found),
        under_way=payment_words.is_under_way(found),
        facts=payment_words.facts(found, processors, visit.formats),
        timeline=payment_words.timeline(paid, names, visit.formats),
        mails=_mails_about(paid),
    )


@observed
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)


def _status() -> str:
    wanted = site.query("status")
    return wanted if wanted in payment_words.FILTERS else ""


def _check_length(rows: Sized) -> None:
    if len(rows) >= MOST_CSV_ROWS:
        raise UnprocessableError(f"The file would hold more than {MOST_CSV_ROWS:,} rows. Narrow the list, then try again.")


def _head(visit: Visit, who: Customer) -> dict[str, Any]:
    bounced = read_bounced_addresses(visit.tenant_id, who, directory=wiring.directory_store(), mails=wiring.email_store())
    return customer_head(who, "Payments", setting("PORTAL_ORIGIN"), bounced)


def _mails_about(paid: PaidPayment) -> list[Mail]:
    key = paid.payment.key
    mails = wiring.email_store().of_customer(key.tenant_id, key.customer_id, limit=RECENT_MAILS)
    return [mail for mail in mails if mail.about and mail.about.id == key.payment_id]
