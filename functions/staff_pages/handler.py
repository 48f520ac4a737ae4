"""The staff pages as HTML: sign-in, what needs doing, customers and their accounts."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from datetime import timedelta
from typing import Any

from chalice.app import Response

from duebook import wiring, wiring_staff
from duebook.domain.payments import Payment
from duebook.errors import NotSignedInError, TooManyRequestsError, UnprocessableError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed, new_secret
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.read_bounced_addresses import read_bounced_addresses
from duebook.usecases.read_customer import part_of, read_customer
from duebook.usecases.read_customers import CustomerPage, read_customers
from duebook.usecases.read_worklist import DAYS_BACK, read_worklist, received
from duebook.usecases.second_step import SecondStepDesk, finish_sign_in
from duebook.usecases.sign_in import sign_in, sign_out
from duebook.web import payment_words
from duebook.web.customer_head import customer_head
from duebook.web.customer_rows import CUSTOMER_CSV_NAMES, customer_csv_rows
from duebook.web.page_answers import SIGN_IN, csv_file, redirect
from duebook.web.pages import own_path
from duebook.web.requests import client_address, form_fields
from duebook.web.second_step_pages import PROFILE, ProfilePages, code_page
from duebook.web.sessions import STAFF, token_hash
from duebook.web.staff_site import FORM, staff_site
from duebook.web.visits import Visit, read_visit

ROWS = 50
ROWS_OF_INVOICES = 100
CSV_ROWS = 500
MOST_CSV_ROWS = 20_000
LATEST = 10

site = staff_site(
    __file__,
    lambda event: read_visit(event, directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now()),
)
app, answers, gate = site.app, site.answers, site.gate
page, open_page = gate.page, gate.open_page


@app.route(SIGN_IN, methods=["GET"])
@open_page
def sign_in_form() -> Response:
    """Show the sign-in form; who is signed in goes on to the page asked for."""
    try:
        gate.visit(site.event)
    except NotSignedInError:
        return answers.sign_in(site.query("next"))
    return redirect(own_path(site.query("next")))


@app.route(SIGN_IN, methods=["POST"], content_types=FORM)
@open_page
def sign_in_post() -> Response:
    """Check email and password, begin a session and go where the person wanted to."""
    event = site.event
    form, token = form_fields(event), new_secret("ses")
    site.check_same_site()
    try:
        session = sign_in(
            form.get("email", ""),
            form.get("password", ""),
            address=client_address(event),
            token=token,
            csrf=new_secret("csrf"),
            directory=wiring.directory_store(),
            steps=wiring_staff.second_step_store(),
            transient=wiring.transient_store(),
            hashed=hashed,
            now=utc_now(),
        )
    except NotSignedInError:
        return answers.sign_in(form.get("next"), form.get("email", ""), "That email and password don't match.", 422)
    except TooManyRequestsError as error:
        return answers.sign_in(form.get("next"), form.get("email", ""), str(error), 429, {"Retry-After": str(error.facts["retry_after"])})
    if session is None:
        return code_page(answers, token, own_path(form.get("next")))
    return redirect(own_path(form.get("next")), {"Set-Cookie": STAFF.begun(token)})


@app.route(f"{SIGN_IN}/code", methods=["POST"], content_types=FORM)
@open_page
def sign_in_code() -> Response:
    """Check the code of somebody whose password was right, and begin the session."""
    form, token = form_fields(site.event), new_secret("ses")
    site.check_same_site()
    step, wanted = form.get("step", ""), own_path(form.get("next"))
    try:
        finish_sign_in(step, form.get("code", ""), token=token, csrf=new_secret("csrf"), desk=_second_step())
    except NotSignedInError as error:
        return answers.sign_in(wanted, "", str(error), 422)
    except (UnprocessableError, TooManyRequestsError) as error:
        return code_page(answers, step, wanted, error)
    return redirect(wanted, {"Set-Cookie": STAFF.begun(token)})


@app.route(PROFILE, methods=["GET"])
@page
def profile(visit: Visit) -> Response:
    """Show who is signed in, and the second step at sign-in."""
    return _profile_pages().page(visit)


@app.route(f"{PROFILE}/second-step", methods=["POST"], content_types=FORM)
@page
def second_step_post(visit: Visit) -> Response:
    """Turn the second step on or off."""
    return _profile_pages().changed(visit, site.form(visit))


@app.route("/admin/sign-out", methods=["POST"], content_types=FORM)
@page
def sign_out_post(visit: Visit) -> Response:
    """End the session."""
    site.form(visit)
    sign_out(token_hash(STAFF.token(site.event) or ""), transient=wiring.transient_store())
    return redirect(SIGN_IN, {"Set-Cookie": STAFF.ended()})


@app.route("/admin", methods=["GET"])
@page
def home(visit: Visit) -> Response:
    """Show what needs doing and what came in."""
    now = utc_now()
    worklist = read_worklist(visit.tenant_id, payments=wiring.payment_store(), imports=wiring.import_store(), now=now)
    week = now - timedelta(days=DAYS_BACK)
    shown = [*worklist.to_look_at[:ROWS], *worklist.latest[:LATEST]]
    return answers.page(
        "home.html",
        visit,
        section="/admin",
        to_look_at=worklist.to_look_at,
        latest=worklist.latest[:LATEST],
        names=_customer_names(visit, shown),
        imports=worklist.imports,
        why=payment_words.why_it_needs_a_look,
        received=(
            ("Today", received(worklist.latest, visit.formats.start_of_day(visit.today))),
            ("Last 7 days", received(worklist.latest, week)),
        ),
    )


@app.route("/admin/customers", methods=["GET"])
@page
def customers(visit: Visit) -> Response:
    """List customers with their balances, all or those that match a search."""
    search, after = site.query("q"), site.query("after") or None
    found = _customers(visit, search, ROWS, after)
    return answers.page(
        "customers.html", visit, section="/admin/customers", page=found, search=search, after=after, today=visit.today.isoformat()
    )


@app.route("/admin/customers.csv", methods=["GET"])
@page
def customers_csv(visit: Visit) -> Response:
    """List the same customers as a file: one row for each account."""
    search = site.query("q")
    rows: list[tuple[object, ...]] = []
    after: str | None = None
    while True:
        found = _customers(visit, search, CSV_ROWS, after)
        rows += [line for row in found.rows for line in customer_csv_rows(row)]
        after = found.next_after
        if after is None:
            return csv_file("customers.csv", CUSTOMER_CSV_NAMES, rows)
        _check_length(rows)


@app.route("/admin/customers/{customer_id}", methods=["GET"])
@page
def customer(visit: Visit, customer_id: str) -> Response:
    """Show one customer: balances, ageing, open invoices oldest first."""
    found = read_customer(
        visit.tenant_id,
        customer_id,
        visit.today,
        directory=wiring.directory_store(),
        accounts=wiring.account_store(),
        invoices=wiring.invoice_store(),
    )
    online = {account.currency for account in wiring.directory_store().merchant_accounts(visit.tenant_id) if account.enabled}
    start = site.query("start")
    asked = {"asked_currency": site.query("currency"), "asked_start": int(start) if start.isdecimal() else 0, "rows": ROWS_OF_INVOICES}
    shown = {"accounts": found.accounts, "sites": found.sites, "today": visit.today, "online": online, "part_of": part_of, **asked}
    bounced = read_bounced_addresses(visit.tenant_id, found.customer, directory=wiring.directory_store(), mails=wiring.email_store())
    return answers.page("customer.html", visit, **customer_head(found.customer, "Overview", setting("PORTAL_ORIGIN"), bounced), **shown)


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)


def _second_step() -> SecondStepDesk:
    return wiring_staff.second_step_desk(client_address(site.event))


def _profile_pages() -> ProfilePages:
    return ProfilePages(answers, _second_step(), wiring_staff.qr_picture)


def _check_length(rows: Sized) -> None:
    if len(rows) >= MOST_CSV_ROWS:
        raise UnprocessableError(f"The file would hold more than {MOST_CSV_ROWS:,} rows. Narrow the list, then try again.")


def _customers(visit: Visit, search: str, limit: int, after: str | None) -> CustomerPage:
    return read_customers(
        visit.tenant_id, search=search, limit=limit, after=after, directory=wiring.directory_store(), accounts=wiring.account_store()
    )


def _customer_names(visit: Visit, payments: Iterable[Payment]) -> dict[str, str]:
    wanted = sorted({payment.key.customer_id for payment in payments})
    found = wiring.directory_store().many_customers(visit.tenant_id, wanted)
    return {customer_id: one.name for customer_id, one in found.items()}
