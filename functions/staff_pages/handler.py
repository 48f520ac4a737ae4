"""The staff pages as HTML: sign-in, what needs doing, customers, their accounts and payments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from contextvars import ContextVar
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chalice.app import Chalice, Response

from duebook import wiring, wiring_staff
from duebook.domain.directory import Customer, Role, allows
from duebook.domain.email_activity import Mail
from duebook.domain.payments import Payment
from duebook.errors import AccessDeniedError, NotSignedInError, TooManyRequestsError, UnprocessableError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed, new_secret
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.change_settings import put_profile
from duebook.usecases.read_customer import part_of, read_customer
from duebook.usecases.read_customers import CustomerPage, read_customers
from duebook.usecases.read_payments import PaidPayment, read_payment, with_applications
from duebook.usecases.read_worklist import DAYS_BACK, read_worklist, received
from duebook.usecases.second_step import SecondStepDesk, finish_sign_in
from duebook.usecases.sign_in import sign_in, sign_out
from duebook.web import payment_words
from duebook.web.branding_form import BrandingForm, look_of, problems_of
from duebook.web.customer_rows import CUSTOMER_CSV_NAMES, customer_csv_rows
from duebook.web.multipart_forms import MULTIPART, filled_form
from duebook.web.page_answers import SIGN_IN, Gate, PageAnswers, csv_file, redirect
from duebook.web.pages import PROBLEMS, Pages, is_form_of_ours, link, own_path
from duebook.web.requests import came_through_our_front, client_address, form_fields, query_value
from duebook.web.second_step_pages import PROFILE, ProfilePages, code_page
from duebook.web.sessions import STAFF, token_hash
from duebook.web.visits import Visit, read_visit

HERE = Path(__file__).resolve().parent
FORM = ["application/x-www-form-urlencoded"]
ROWS = 50
ROWS_OF_INVOICES = 100
CSV_ROWS = 500
MOST_CSV_ROWS = 20_000
MOST_PAYMENTS = 1_000
"""Payments of one customer that are read for a list; older ones are reached by its pager."""
LATEST = 10
RECENT_MAILS = 100
BRANDING = "/admin/settings/branding"

app = Chalice(app_name="staff_pages")
answers = PageAnswers(Pages(HERE / "templates", HERE / "assets.json"))
current_event: ContextVar[Mapping[str, Any]] = ContextVar("current_event")
"""The event being answered. Chalice keeps one for all threads, and the local cloud answers in threads."""
gate = Gate(
    answers,
    current_event,
    lambda event: read_visit(event, directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now()),
)
page, open_page = gate.page, gate.open_page


@app.route(SIGN_IN, methods=["GET"])
@open_page
def sign_in_form() -> Response:
    """Show the sign-in form; who is signed in goes on to the page asked for."""
    try:
        gate.visit(current_event.get())
    except NotSignedInError:
        return answers.sign_in(_query("next"))
    return redirect(own_path(_query("next")))


@app.route(SIGN_IN, methods=["POST"], content_types=FORM)
@open_page
def sign_in_post() -> Response:
    """Check email and password, begin a session and go where the person wanted to."""
    event = current_event.get()
    form, token = form_fields(event), new_secret("ses")
    _check_same_site(event)
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
    form, token = form_fields(current_event.get()), new_secret("ses")
    _check_same_site(current_event.get())
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
    form = form_fields(current_event.get())
    _check_form(visit, form)
    return _profile_pages().changed(visit, form)


@app.route("/admin/sign-out", methods=["POST"], content_types=FORM)
@page
def sign_out_post(visit: Visit) -> Response:
    """End the session."""
    event = current_event.get()
    _check_form(visit, form_fields(event))
    sign_out(token_hash(STAFF.token(event) or ""), transient=wiring.transient_store())
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
    search, after = _query("q"), _query("after") or None
    found = _customers(visit, search, ROWS, after)
    return answers.page(
        "customers.html", visit, section="/admin/customers", page=found, search=search, after=after, today=visit.today.isoformat()
    )


@app.route("/admin/customers.csv", methods=["GET"])
@page
def customers_csv(visit: Visit) -> Response:
    """List the same customers as a file: one row for each account."""
    search = _query("q")
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
    start = _query("start")
    asked = {"asked_currency": _query("currency"), "asked_start": int(start) if start.isdecimal() else 0, "rows": ROWS_OF_INVOICES}
    shown = {"accounts": found.accounts, "sites": found.sites, "today": visit.today, "online": online, "part_of": part_of, **asked}
    return answers.page("customer.html", visit, tab="Overview", **_customer_head(found.customer), **shown)


@app.route("/admin/customers/{customer_id}/payments", methods=["GET"])
@page
def customer_payments(visit: Visit, customer_id: str) -> Response:
    """Show a customer's payments and what each of them paid (R16)."""
    who = wiring.directory_store().customer(visit.tenant_id, customer_id)
    before, status = _query("before") or None, _status()
    read = wiring.payment_store().of_customer(visit.tenant_id, customer_id, limit=MOST_PAYMENTS, before=before)
    wanted = payment_words.in_filter(read, status)
    rows = with_applications(wanted[:ROWS], accounts=wiring.account_store())
    last = wanted[ROWS - 1] if len(wanted) > ROWS else read[-1] if len(read) == MOST_PAYMENTS else None
    return answers.page(
        "payments.html",
        visit,
        tab="Payments",
        **_customer_head(who),
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
@page
def customer_payments_csv(visit: Visit, customer_id: str) -> Response:
    """List the same payments as a file: one row for each, what it paid in one cell."""
    wiring.directory_store().customer(visit.tenant_id, customer_id)
    read = wiring.payment_store().of_customer(visit.tenant_id, customer_id, limit=MOST_CSV_ROWS)
    _check_length(read)
    paid = with_applications(payment_words.in_filter(read, _status()), accounts=wiring.account_store())
    rows = [payment_words.csv_row(one, visit.formats) for one in paid]
    return csv_file(f"payments-{customer_id}.csv", payment_words.CSV_NAMES, rows)


@app.route("/admin/payments/{payment_id}", methods=["GET"])
@page
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
        section="/admin/customers",
        customer=directory.customer(visit.tenant_id, found.key.customer_id),
        payment=found,
        paid=paid,
        explanation=payment_words.explanation(found),
        under_way=payment_words.is_under_way(found),
        facts=payment_words.facts(found, processors, visit.formats),
        timeline=payment_words.timeline(paid, names, visit.formats),
        mails=_mails_about(paid),
    )


@app.route(BRANDING, methods=["GET"])
@page
def branding(visit: Visit) -> Response:
    """Show how the business looks to its customers; ``accent`` asks how another colour would."""
    return _branding_page(visit, BrandingForm.of_tenant(visit.tenant))


@app.route(BRANDING, methods=["POST"], content_types=[MULTIPART, *FORM])
@page
def branding_post(visit: Visit) -> Response:
    """Change how the business looks to its customers."""
    sent = filled_form(current_event.get())
    _check_form(visit, sent.fields)
    _check_role(visit, Role.ADMIN)
    form = BrandingForm.of_form(sent)
    try:
        profile = form.profile(visit.tenant, wiring_staff.normal_email)
        put_profile(visit.tenant_id, profile, directory=wiring.directory_store(), keep_logo=wiring.keep_logo)
    except UnprocessableError as error:
        return _branding_page(visit, form, problems_of(error))
    return redirect(link(BRANDING, saved="1"))


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page; what Chalice itself refuses becomes a page, too."""
    if not came_through_our_front(event):
        return answers.refusal(403, "Use the public address.")
    token = current_event.set(event)
    try:
        answer: dict[str, Any] = app(event, context)
    finally:
        current_event.reset(token)
    # What Chalice itself answers (another method, another content type, a bug) carries none of our headers.
    ours = "Cache-Control" in answer["headers"]
    return answer if ours else answers.refusal(answer["statusCode"], PROBLEMS.get(answer["statusCode"], PROBLEMS[400]))


def _query(name: str) -> str:
    return query_value(current_event.get(), name)


def _status() -> str:
    wanted = _query("status")
    return wanted if wanted in payment_words.FILTERS else ""


def _check_same_site(event: Mapping[str, Any]) -> None:
    if not is_form_of_ours(event):
        raise AccessDeniedError("a form of another site was refused")


def _second_step() -> SecondStepDesk:
    return wiring_staff.second_step_desk(client_address(current_event.get()))


def _profile_pages() -> ProfilePages:
    return ProfilePages(answers, _second_step(), wiring_staff.qr_picture)


def _check_form(visit: Visit, sent: Mapping[str, str]) -> None:
    """Refuse a form that our pages did not make for this session."""
    _check_same_site(current_event.get())
    if sent.get("csrf") != visit.csrf:
        raise AccessDeniedError("this form is out of date")


def _check_length(rows: Sized) -> None:
    if len(rows) >= MOST_CSV_ROWS:
        raise UnprocessableError(f"The file would hold more than {MOST_CSV_ROWS:,} rows. Narrow the list, then try again.")


def _check_role(visit: Visit, needed: Role) -> None:
    if not allows(visit.staff.role, needed):
        raise AccessDeniedError(f"this takes the role {needed.value}")


def _branding_page(visit: Visit, form: BrandingForm, problems: Mapping[str, str] | None = None) -> Response:
    return answers.page(
        "branding.html",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        section=BRANDING,
        form=form,
        problems=problems or {},
        look=look_of(_query("accent") or form.accent),
        saved=bool(_query("saved")),
        may_change=allows(visit.staff.role, Role.ADMIN),
        sign_in_link=f"{setting('PORTAL_ORIGIN')}/login?company=",
    )


def _customers(visit: Visit, search: str, limit: int, after: str | None) -> CustomerPage:
    return read_customers(
        visit.tenant_id, search=search, limit=limit, after=after, directory=wiring.directory_store(), accounts=wiring.account_store()
    )


def _customer_names(visit: Visit, payments: Iterable[Payment]) -> dict[str, str]:
    wanted = sorted({payment.key.customer_id for payment in payments})
    found = wiring.directory_store().many_customers(visit.tenant_id, wanted)
    return {customer_id: one.name for customer_id, one in found.items()}


def _customer_head(who: Customer) -> dict[str, Any]:
    guest_link = f"{setting('PORTAL_ORIGIN')}/pay-my-balance#id={quote(who.pay_online_id)}"
    return {"section": "/admin/customers", "customer": who, "guest_link": guest_link}


def _mails_about(paid: PaidPayment) -> list[Mail]:
    key = paid.payment.key
    mails = wiring.email_store().of_customer(key.tenant_id, key.customer_id, limit=RECENT_MAILS)
    return [mail for mail in mails if mail.about and mail.about.id == key.payment_id]
