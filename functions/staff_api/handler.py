"""Staff and the tenant's own system: customers, invoices, credit memos, accounts, settings, imports."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from duebook import wiring, wiring_automation, wiring_identity, wiring_staff
from duebook.domain.account import AccountKey
from duebook.domain.activity_log import Action, Actor
from duebook.domain.directory import Caller, Role, Tenant
from duebook.domain.invoices import InvoiceStatus
from duebook.runtime.clock import today_in, utc_now
from duebook.runtime.ids import hashed, new_id, new_pay_online_id, new_secret
from duebook.runtime.observability import observed
from duebook.usecases import put_contact as contacts
from duebook.usecases import put_site as sites
from duebook.usecases.change_applications import apply_by_hand, unapply
from duebook.usecases.change_automation import put_customer_automation, replan
from duebook.usecases.change_settings import put_merchant_accounts, put_profile
from duebook.usecases.issue_credit_memo import issue_credit_memo
from duebook.usecases.issue_invoice import due_date_of_parent, issue_invoice
from duebook.usecases.manage_api_keys import make_api_key
from duebook.usecases.pay_links import revoke_pay_links
from duebook.usecases.put_customer import put_customer
from duebook.usecases.read_account import read_accounts, read_accounts_as_of
from duebook.usecases.read_ageing import read_ageing
from duebook.usecases.read_breaks import read_breaks, resolve_break
from duebook.usecases.read_credit_memo import read_credit_memo
from duebook.usecases.read_customers import read_customers
from duebook.usecases.read_invoices import read_invoice, read_invoices
from duebook.usecases.start_import import read_error_list, read_import, start_import
from duebook.usecases.use_unapplied_cash import use_unapplied_cash
from duebook.usecases.void_invoice import void_invoice
from duebook.web import api_key_answers as keys
from duebook.web import imports as files
from duebook.web import reconciliation as breaks
from duebook.web import schemas_settings as settings
from duebook.web import schemas_staff as bodies
from duebook.web import settings_answers as told
from duebook.web import staff_answers as answers
from duebook.web import views
from duebook.web.automation_answers import note_customer
from duebook.web.callers import made, new_or_known, permitted, taken_on
from duebook.web.fields import AnyDay, CallerId
from duebook.web.json_api import answer, json_api, resolve

app = json_api("Duebook: staff")
directory, accounts, automations = wiring.directory_store, wiring.account_store, wiring_automation.automation_store

Viewer = Annotated[Caller, permitted(app, Role.VIEWER)]
Collector = Annotated[Caller, permitted(app, Role.COLLECTOR)]
Manager = Annotated[Caller, permitted(app, Role.MANAGER)]
Admin = Annotated[Caller, permitted(app, Role.ADMIN)]
Id = Annotated[CallerId, Path()]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[CallerId | None, Query()]
Search = Annotated[str, Query(max_length=200)]
Status = Annotated[InvoiceStatus | None, Query()]
AsOf = Annotated[AnyDay | None, Query()]


@app.get("/api/staff/customers")
def list_customers(caller: Viewer, q: Search = "", limit: Limit = 50, cursor: Cursor = None) -> answers.CustomerPage:
    """List customers by id, all or those whose name, id or email holds a text."""
    page = read_customers(caller.tenant_id, search=q, limit=limit, after=cursor, directory=directory(), accounts=accounts())
    switches = automations().many_customers(caller.tenant_id, [row.customer.customer_id for row in page.rows])
    return answers.CustomerPage(items=[views.customer_row(row, switches) for row in page.rows], next_cursor=page.next_after)


@app.put("/api/staff/customers/<customer_id>", responses=new_or_known(answers.CustomerView))
def put_customer_(caller: Manager, customer_id: Id, body: bodies.CustomerBody) -> Response[answers.CustomerView]:
    """Write a customer under the caller's own id; ``automation`` switches what goes to it by itself, and stays when left out."""
    now, tenant_id = utc_now(), caller.tenant_id
    customer, is_new = put_customer(
        tenant_id, customer_id, body.details(), directory=directory(), new_pay_online_id=new_pay_online_id, now=now
    )
    was, store = automations().customer(tenant_id, customer_id), automations()
    switch = put_customer_automation(tenant_id, customer_id, enabled=body.automation, store=store, directory=directory(), now=now)
    note_customer(caller, was, switch, wiring_staff.activity_store(), now)
    return answer(_put(is_new=is_new), views.customer_view(customer, switch))


@app.get("/api/staff/customers/<customer_id>")
def get_customer(caller: Viewer, customer_id: Id) -> answers.CustomerView:
    """Show a customer."""
    customer = directory().customer(caller.tenant_id, customer_id)
    return views.customer_view(customer, automations().customer(caller.tenant_id, customer_id))


@app.get("/api/staff/customers/<customer_id>/sites")
def list_sites(caller: Viewer, customer_id: Id) -> answers.SitePage:
    """List a customer's sites."""
    directory().customer(caller.tenant_id, customer_id)
    return answers.SitePage(items=[views.site_view(site) for site in directory().sites(caller.tenant_id, customer_id)])


@app.put("/api/staff/customers/<customer_id>/sites/<site_id>", responses=new_or_known(answers.SiteView))
def put_site(caller: Manager, customer_id: Id, site_id: Id, body: bodies.SiteBody) -> Response[answers.SiteView]:
    """Write a site of a customer."""
    site, is_new = sites.put_site(caller.tenant_id, customer_id, body.site(site_id), directory=directory())
    return answer(_put(is_new=is_new), views.site_view(site))


@app.get("/api/staff/customers/<customer_id>/sites/<site_id>")
def get_site(caller: Viewer, customer_id: Id, site_id: Id) -> answers.SiteView:
    """Show a site."""
    return views.site_view(sites.read_site(caller.tenant_id, customer_id, site_id, directory=directory()))


@app.get("/api/staff/customers/<customer_id>/contacts")
def list_contacts(caller: Viewer, customer_id: Id) -> answers.ContactPage:
    """List a customer's contacts."""
    directory().customer(caller.tenant_id, customer_id)
    return answers.ContactPage(items=[views.contact_view(contact) for contact in directory().contacts(caller.tenant_id, customer_id)])


@app.put("/api/staff/customers/<customer_id>/contacts/<contact_id>", responses=new_or_known(answers.ContactView))
def put_contact(caller: Manager, customer_id: Id, contact_id: Id, body: bodies.ContactBody) -> Response[answers.ContactView]:
    """Write a contact of a customer."""
    contact, is_new = contacts.put_contact(
        caller.tenant_id, customer_id, body.contact(contact_id), directory=directory(), desk=wiring_identity.link_desk(utc_now())
    )
    return answer(_put(is_new=is_new), views.contact_view(contact))


@app.get("/api/staff/customers/<customer_id>/contacts/<contact_id>")
def get_contact(caller: Viewer, customer_id: Id, contact_id: Id) -> answers.ContactView:
    """Show a contact."""
    return views.contact_view(contacts.read_contact(caller.tenant_id, customer_id, contact_id, directory=directory()))


@app.delete("/api/staff/customers/<customer_id>/contacts/<contact_id>")
def delete_contact(caller: Manager, customer_id: Id, contact_id: Id) -> Response[str]:
    """Remove a contact."""
    contacts.delete_contact(caller.tenant_id, customer_id, contact_id, directory=directory())
    return Response(HTTPStatus.NO_CONTENT.value, body="")


@app.post("/api/staff/customers/<customer_id>/contacts/<contact_id>/invitation", responses=taken_on(answers.ContactView))
def post_invitation(caller: Manager, customer_id: Id, contact_id: Id) -> Response[answers.ContactView]:
    """Send a contact's invitation again."""
    desk = wiring_identity.link_desk(utc_now())
    contact = contacts.invite_contact(caller.tenant_id, customer_id, contact_id, directory=directory(), desk=desk)
    return answer(HTTPStatus.ACCEPTED, views.contact_view(contact))


@app.delete("/api/staff/customers/<customer_id>/pay-links")
def delete_pay_links(caller: Manager, customer_id: Id) -> Response[str]:
    """Revoke the links to pay in the mails that a customer got so far; who came by one is signed out at once."""
    revoke_pay_links(
        caller.tenant_id,
        customer_id,
        actor=Actor(caller.caller_id),
        directory=directory(),
        automations=automations(),
        log=wiring_staff.activity_store(),
        now=utc_now(),
    )
    return Response(HTTPStatus.NO_CONTENT.value, body="")


@app.get("/api/staff/customers/<customer_id>/invoices")
def list_invoices(caller: Viewer, customer_id: Id, status: Status = None, limit: Limit = 50, cursor: Cursor = None) -> answers.InvoicePage:
    """List a customer's invoices by id, all or those of a status."""
    today, wanted = _today(caller), frozenset({status} if status else ())
    found, following = read_invoices(caller.tenant_id, customer_id, today, statuses=wanted, limit=limit, after=cursor, books=wiring.books())
    return answers.InvoicePage(items=[views.invoice_view(figures) for figures in found], next_cursor=following)


@app.put("/api/staff/invoices/<invoice_id>", responses=new_or_known(answers.InvoiceView))
def put_invoice(caller: Manager, invoice_id: Id, body: bodies.InvoiceBody) -> Response[answers.InvoiceView]:
    """Issue an invoice, or change what may be changed of it."""
    due_on = due_date_of_parent(caller.tenant_id, body.customer_id, body.parent_id, invoices=wiring.invoice_store())
    invoice, outcome = issue_invoice(caller.tenant_id, body.invoice(invoice_id, due_on), wiring.invoice_desk(caller, utc_now()))
    if outcome != "unchanged" and not invoice.draft:
        _use_unapplied_cash(caller, invoice.customer_id, invoice.currency)
    return answer(_put(is_new=outcome == "new"), _invoice(caller, invoice_id))


@app.get("/api/staff/invoices/<invoice_id>")
def get_invoice(caller: Viewer, invoice_id: Id) -> answers.InvoiceView:
    """Show an invoice with its status, open balance and children."""
    return _invoice(caller, invoice_id)


@app.post("/api/staff/invoices/<invoice_id>/void")
def post_void(caller: Manager, invoice_id: Id, body: bodies.ReasonBody) -> answers.InvoiceView:
    """Void an invoice."""
    void_invoice(caller.tenant_id, invoice_id, body.reason, wiring.invoice_desk(caller, utc_now()))
    return _invoice(caller, invoice_id)


@app.put("/api/staff/credit-memos/<credit_memo_id>", responses=new_or_known(answers.CreditMemoView))
def put_credit_memo(caller: Manager, credit_memo_id: Id, body: bodies.CreditMemoBody) -> Response[answers.CreditMemoView]:
    """Issue a credit memo."""
    memo, is_new = issue_credit_memo(caller.tenant_id, body.memo(credit_memo_id), wiring.invoice_desk(caller, utc_now()))
    if is_new:
        _use_unapplied_cash(caller, memo.customer_id, memo.currency)
    return answer(_put(is_new=is_new), _credit_memo(caller, credit_memo_id))


@app.get("/api/staff/credit-memos/<credit_memo_id>")
def get_credit_memo(caller: Viewer, credit_memo_id: Id) -> answers.CreditMemoView:
    """Show a credit memo with what it pays."""
    return _credit_memo(caller, credit_memo_id)


@app.post("/api/staff/credit-memos/<credit_memo_id>/apply")
def post_memo_apply(caller: Collector, credit_memo_id: Id, body: bodies.ApplyBody) -> answers.CreditMemoView:
    """Apply a credit memo to the invoices named, or to the oldest."""
    applications = bodies.pairs(body.applications) if body.applications else None
    apply_by_hand(caller.tenant_id, credit_memo_id, applications, body.reason, desk=wiring.application_desk(caller, utc_now()), memo=True)
    return _credit_memo(caller, credit_memo_id)


@app.post("/api/staff/credit-memos/<credit_memo_id>/unapply")
def post_memo_unapply(caller: Collector, credit_memo_id: Id, body: bodies.UnapplyBody) -> answers.CreditMemoView:
    """Take applications of a credit memo back."""
    desk, applications = wiring.application_desk(caller, utc_now()), bodies.pairs(body.applications)
    unapply(caller.tenant_id, credit_memo_id, applications, body.reason, desk=desk, memo=True)
    return _credit_memo(caller, credit_memo_id)


@app.get("/api/staff/customers/<customer_id>/account")
def get_account(caller: Viewer, customer_id: Id) -> answers.AccountView:
    """Show a customer's accounts, one a currency."""
    customer = directory().customer(caller.tenant_id, customer_id)
    return views.account_view(read_accounts(caller.tenant_id, customer, accounts=accounts()), _today(caller))


@app.get("/api/staff/customers/<customer_id>/ageing")
def get_ageing(caller: Viewer, customer_id: Id, as_of: AsOf = None) -> answers.AgeingView:
    """Show how long a customer's open balances are past due, today or as of a past day."""
    tenant = _tenant(caller)
    today = today_in(tenant.time_zone, utc_now())
    customer = directory().customer(caller.tenant_id, customer_id)
    found = read_accounts_as_of(caller.tenant_id, customer, as_of or today, today=today, time_zone=tenant.time_zone, accounts=accounts())
    return views.ageing_view(found, as_of or today)


@app.get("/api/staff/ageing")
def list_ageing(caller: Viewer, as_of: AsOf = None, limit: Limit = 50, cursor: Cursor = None) -> answers.AgeingPage:
    """Show the ageing of customers by id, today or as of a past day."""
    tenant = _tenant(caller)
    today = today_in(tenant.time_zone, utc_now())
    page = read_customers(tenant.tenant_id, limit=limit, after=cursor, directory=directory(), accounts=accounts())
    found = read_ageing(tenant, [row.customer for row in page.rows], as_of or today, today=today, books=wiring.books())
    return views.ageing_page(found, as_of or today, page.next_after)


@app.post("/api/staff/imports", responses=taken_on(files.StartedImportView))
def post_import(caller: Manager, body: files.ImportBody) -> Response[files.StartedImportView]:
    """Take on a CSV file of customers or open invoices."""
    now = utc_now()
    run, upload_url = start_import(
        body.order(),
        tenant_id=caller.tenant_id,
        caller_id=caller.caller_id,
        import_id=new_id("imp", now),
        imports=wiring.import_store(),
        now=now,
    )
    return answer(HTTPStatus.ACCEPTED, files.StartedImportView.of(run, upload_url))


@app.get("/api/staff/imports/<import_id>")
def get_import(caller: Viewer, import_id: Id) -> files.ImportRunView:
    """Show how far an import is, and the lines it refused."""
    return files.ImportRunView.of(read_import(caller.tenant_id, import_id, imports=wiring.import_store()))


@app.get("/api/staff/imports/<import_id>/errors", responses=files.ERROR_LIST)
def get_import_errors(caller: Viewer, import_id: Id) -> Response[Any]:
    """Give the refused lines of an import as a CSV file."""
    return files.error_list_response(read_error_list(caller.tenant_id, import_id, imports=wiring.import_store()))


@app.get("/api/staff/reconciliation")
def list_reconciliation(
    caller: Viewer, asked: Annotated[breaks.BreakQuery, Query()], limit: Limit = 50, cursor: Cursor = None
) -> breaks.BreakPageView:
    """List where the processors' books and ours differ, the newest first; open rows unless told otherwise."""
    store = wiring.reconciliation_store()
    page = read_breaks(caller.tenant_id, state=asked.row_state(), kind=asked.kind, limit=limit, after=cursor, breaks=store)
    return breaks.break_page_view(page, utc_now())


@app.get("/api/staff/reconciliation/<break_id>")
def get_reconciliation(caller: Viewer, break_id: Id) -> breaks.BreakView:
    """Show one place where the books differ."""
    return breaks.break_view(wiring.reconciliation_store().row(caller.tenant_id, break_id), utc_now())


@app.post("/api/staff/reconciliation/<break_id>/resolve")
def post_resolve(caller: Collector, break_id: Id, body: breaks.NoteBody) -> breaks.BreakView:
    """Take a row off the list with a note of what was done about it."""
    now = utc_now()
    row = resolve_break(caller.tenant_id, break_id, body.note, by=caller.caller_id, now=now, breaks=wiring.reconciliation_store())
    return breaks.break_view(row, now)


@app.get("/api/staff/settings/profile")
def get_profile(caller: Viewer) -> told.ProfileView:
    """Show the tenant's profile."""
    return told.profile_view(_tenant(caller))


@app.put("/api/staff/settings/profile")
def put_profile_(caller: Admin, body: settings.ProfileBody) -> told.ProfileView:
    """Write the tenant's profile; another time zone moves what automations plan."""
    after = put_profile(caller.tenant_id, body.profile(), directory=directory(), keep_logo=wiring.keep_logo)
    replan(caller.tenant_id, store=automations(), directory=directory(), now=utc_now())
    return told.profile_view(after)


@app.get("/api/staff/settings/processors")
def get_processors(caller: Viewer) -> told.ProcessorsView:
    """Show where the tenant's online money goes; never the credentials."""
    return told.processors_view(directory().merchant_accounts(caller.tenant_id))


@app.put("/api/staff/settings/processors")
def put_processors(caller: Admin, body: settings.ProcessorsBody) -> told.ProcessorsView:
    """Write where the tenant's online money goes."""
    wanted = [account.wanted() for account in body.merchant_accounts]
    after = put_merchant_accounts(
        caller.tenant_id, wanted, directory=directory(), secrets=wiring.secret_store(), new_id=new_id, now=utc_now()
    )
    return told.processors_view(after)


@app.get("/api/staff/settings/api-keys")
def get_api_keys(caller: Admin) -> keys.ApiKeysView:
    """List the tenant's API keys, newest first; never the keys themselves."""
    return keys.api_keys_view(wiring_staff.api_key_store().of_tenant(caller.tenant_id))


@app.post("/api/staff/settings/api-keys", responses=made(keys.NewApiKeyView))
def post_api_key(caller: Admin, body: keys.ApiKeyBody) -> Response[keys.NewApiKeyView]:
    """Make an API key; the answer shows it this once."""
    secret, now = new_secret(keys.PREFIX), utc_now()
    store, by = wiring_staff.api_key_store(), (caller.caller_id, "")
    api_key = make_api_key(caller.tenant_id, body.name, body.role, secret=secret, key_hash=hashed(secret), by=by, keys=store, now=now)
    keys.note_api_key(Action.API_KEY_MADE, api_key, caller, wiring_staff.activity_store(), now)
    return answer(HTTPStatus.CREATED, keys.new_api_key_view(api_key, secret))


@app.delete("/api/staff/settings/api-keys/<key_id>")
def delete_api_key(caller: Admin, key_id: Id) -> Response[str]:
    """Revoke an API key; the next call with it is refused."""
    gone = wiring_staff.api_key_store().remove(caller.tenant_id, key_id)
    keys.note_api_key(Action.API_KEY_REVOKED, gone, caller, wiring_staff.activity_store(), utc_now())
    return Response(HTTPStatus.NO_CONTENT.value, body="")


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, files.form_as_json(event), context)


def _put(*, is_new: bool) -> HTTPStatus:
    return HTTPStatus.CREATED if is_new else HTTPStatus.OK


def _tenant(caller: Caller) -> Tenant:
    return directory().tenant(caller.tenant_id)


def _today(caller: Caller) -> date:
    return today_in(_tenant(caller).time_zone, utc_now())


def _invoice(caller: Caller, invoice_id: str) -> answers.InvoiceView:
    figures = read_invoice(caller.tenant_id, invoice_id, _today(caller), books=wiring.books())
    return views.invoice_view(figures)


def _use_unapplied_cash(caller: Caller, customer_id: str, currency: str) -> None:
    key = AccountKey(caller.tenant_id, customer_id, currency)
    use_unapplied_cash(key, directory=directory(), desk=wiring.application_desk(caller, utc_now()))


def _credit_memo(caller: Caller, credit_memo_id: str) -> answers.CreditMemoView:
    found = read_credit_memo(caller.tenant_id, credit_memo_id, invoices=wiring.invoice_store(), accounts=accounts())
    return views.credit_memo_view(found)
