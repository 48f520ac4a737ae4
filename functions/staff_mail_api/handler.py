"""Staff and the tenant's own system: mails and what became of them, what goes out by itself, service requests and what may be asked for."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from duebook import wiring, wiring_automation, wiring_mail, wiring_requests, wiring_staff, wiring_texts
from duebook.domain.activity_log import Actor
from duebook.domain.automation import SCHEDULED, Automation
from duebook.domain.directory import Caller, Role, Tenant
from duebook.domain.mail_templates import text_kind
from duebook.domain.service_requests import EntryKind, RequestStatus, ServiceRequest, is_open
from duebook.runtime.clock import today_in, utc_now
from duebook.runtime.observability import observed
from duebook.usecases import answer_requests, change_catalog
from duebook.usecases.change_automation import put_automation, put_customer_automation
from duebook.usecases.mail_actions import fix_address, read_mail, read_suppressions, release_address, send_again
from duebook.usecases.preview_template import preview_text, send_test
from duebook.usecases.read_automation_runs import automation_named, read_run
from duebook.usecases.read_mails import read_mails
from duebook.usecases.read_requests import read_request, read_requests, with_customer
from duebook.usecases.read_templates import read_text, read_texts
from duebook.usecases.save_template import TextDesk, reset_text, save_text
from duebook.web import automation_answers as told
from duebook.web import mail_answers as answers
from duebook.web import mail_texts as texts
from duebook.web import request_answers as service
from duebook.web import schemas_automation as wishes
from duebook.web import schemas_mails as asked
from duebook.web.callers import new_or_known, permitted, taken_on
from duebook.web.fields import CallerId, MailAddress, Text
from duebook.web.json_api import answer, json_api, not_opened, optional_key, refusals, resolve
from duebook.web.schemas_staff import ReasonBody

app = json_api("Duebook: mails of staff")
directory, mails, automations = wiring.directory_store, wiring.email_store, wiring_automation.automation_store
requests = wiring_requests.request_store

Viewer = Annotated[Caller, permitted(app, Role.VIEWER)]
Collector = Annotated[Caller, permitted(app, Role.COLLECTOR)]
Manager = Annotated[Caller, permitted(app, Role.MANAGER)]
Admin = Annotated[Caller, permitted(app, Role.ADMIN)]
Id = Annotated[CallerId, Path()]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[CallerId | None, Query()]
AddressCursor = Annotated[MailAddress | None, Query()]
Reason = Annotated[Text | None, Query()]
Search = Annotated[str, Query(max_length=200)]
Statuses = Annotated[service.Statuses, Query()]
NO_STATUSES: list[RequestStatus] = []


@app.get("/api/staff/customers/<customer_id>/emails")
def list_customer_emails(caller: Viewer, customer_id: Id, limit: Limit = 50, cursor: Cursor = None) -> answers.MailListView:
    """List the mails that concern a customer, newest first."""
    directory().customer(caller.tenant_id, customer_id)
    found = mails().of_customer(caller.tenant_id, customer_id, limit=limit + 1, before=cursor)
    return answers.mail_list_view(found, limit)


@app.get("/api/staff/email-activity")
def list_email_activity(
    caller: Viewer, query: Annotated[asked.MailQuery, Query()], limit: Limit = 50, cursor: Cursor = None
) -> answers.MailActivityView:
    """List the tenant's mails of some days, newest first, with counts by status; of today unless told otherwise."""
    tenant = _tenant(caller)
    wanted = query.filter(today_in(tenant.time_zone, utc_now()))
    page = read_mails(caller.tenant_id, wanted, time_zone=tenant.time_zone, limit=limit, before=cursor, mails=mails())
    return answers.mail_activity_view(page)


@app.get("/api/staff/email-activity/<mail_id>")
def get_mail(caller: Viewer, mail_id: Id) -> answers.WholeMailView:
    """Show a mail: what it said, word for word, and what became of it."""
    mail, text = read_mail(caller.tenant_id, mail_id, mails=mails())
    return answers.whole_mail_view(mail, text, _tenant(caller).logo_url)


@app.post("/api/staff/email-activity/<mail_id>/send-again", responses=taken_on(answers.MailView))
def post_send_again(caller: Collector, mail_id: Id, body: asked.SendAgainBody = asked.AS_IT_WAS) -> Response[answers.MailView]:
    """Send a mail again, word for word; to a corrected address when one is given."""
    desk = wiring_staff.mail_desk(Actor(caller.caller_id), utc_now())
    if body.fix and body.to:
        again = fix_address(caller.tenant_id, mail_id, body.to, desk=desk)
    else:
        again = send_again(caller.tenant_id, mail_id, to=body.to, desk=desk)
    return answer(HTTPStatus.ACCEPTED, answers.mail_view(again))


@app.get("/api/staff/suppressions")
def list_suppressions(caller: Viewer, limit: Limit = 50, cursor: AddressCursor = None) -> answers.SuppressionPage:
    """List addresses to which mails are held back: they bounced, complained or unsubscribed."""
    return answers.suppression_page(*read_suppressions(caller.tenant_id, limit=limit, after=cursor, mails=mails()))


@app.delete("/api/staff/suppressions/<address>")
def delete_suppression(caller: Collector, address: Annotated[MailAddress, Path()], reason: Reason = None) -> Response[str]:
    """Write to an address again; why, goes into the activity log."""
    release_address(caller.tenant_id, address, reason, desk=wiring_staff.mail_desk(Actor(caller.caller_id), utc_now()))
    return Response(HTTPStatus.NO_CONTENT.value, body="")


@app.get("/api/staff/settings/templates")
def list_templates(caller: Viewer) -> texts.TextPage:
    """List the kinds of mail whose text is the business's, and which of them it has changed."""
    found = read_texts(caller.tenant_id, templates=wiring_texts.template_store())
    return texts.TextPage(items=[texts.text_row(one) for one in found])


@app.get("/api/staff/settings/templates/<kind>")
def get_template(caller: Viewer, kind: Id) -> texts.TextView:
    """Show the text of a kind of mail, its default, and the names it may use."""
    return texts.text_view(read_text(caller.tenant_id, text_kind(kind)[0], templates=wiring_texts.template_store()))


@app.put("/api/staff/settings/templates/<kind>")
def put_template(caller: Manager, kind: Id, body: texts.SavedTextBody) -> texts.TextView:
    """Keep a text, cleaned; a placeholder that does not exist is refused with its line."""
    known, _ = text_kind(kind)
    save_text(caller.tenant_id, known, body.typed(), was=body.version, desk=_text_desk(caller))
    return texts.text_view(read_text(caller.tenant_id, known, templates=wiring_texts.template_store()))


@app.delete("/api/staff/settings/templates/<kind>")
def delete_template(caller: Manager, kind: Id) -> texts.TextView:
    """Go back to the default; what was there stays among the versions."""
    known, _ = text_kind(kind)
    reset_text(caller.tenant_id, known, desk=_text_desk(caller))
    return texts.text_view(read_text(caller.tenant_id, known, templates=wiring_texts.template_store()))


@app.get("/api/staff/settings/templates/<kind>/versions")
def list_template_versions(caller: Viewer, kind: Id) -> texts.VersionPage:
    """List the last fifty versions of a text, the newest first."""
    return texts.version_page(wiring_texts.template_store().versions(caller.tenant_id, text_kind(kind)[0]))


@app.post("/api/staff/settings/templates/<kind>/preview")
def post_template_preview(caller: Viewer, kind: Id, body: texts.TriedTextBody = texts.THE_ONE_IN_USE) -> texts.PreviewView:
    """Show how a text would read, with a customer's own figures wherever it has some; the one in use, unless told otherwise."""
    known, _ = text_kind(kind)
    typed = body.typed(read_text(caller.tenant_id, known, templates=wiring_texts.template_store()).text)
    desk = wiring_texts.preview_desk(caller.tenant_id, utc_now())
    return texts.preview_view(preview_text(caller.tenant_id, known, typed, body.customer_id, desk=desk))


@app.post("/api/staff/settings/templates/<kind>/test", responses=taken_on(texts.TestView))
def post_template_test(caller: Manager, kind: Id, body: texts.TriedTextBody = texts.THE_ONE_IN_USE) -> Response[texts.TestView]:
    """Mail a text to who is signed in, as it would read; the one in use, unless told otherwise."""
    known, _ = text_kind(kind)
    typed = body.typed(read_text(caller.tenant_id, known, templates=wiring_texts.template_store()).text)
    staff = directory().staff(caller.tenant_id, caller.caller_id)
    desk = wiring_texts.preview_desk(caller.tenant_id, utc_now())
    mail = send_test(caller.tenant_id, known, typed, body.customer_id, staff, desk=desk, post=wiring_mail.post())
    return answer(HTTPStatus.ACCEPTED, texts.test_view(mail))


@app.get("/api/staff/settings/automation")
def get_automation(caller: Viewer) -> told.AutomationView:
    """Show what goes out by itself, and when next."""
    return told.automation_view(automations().settings(caller.tenant_id), _next_runs(caller))


@app.put("/api/staff/settings/automation")
def put_automation_(caller: Admin, body: wishes.AutomationBody) -> told.AutomationView:
    """Write what goes out by itself; parts and fields that are left out stay as they are."""
    was, now = automations().settings(caller.tenant_id), utc_now()
    after = put_automation(caller.tenant_id, body.wanted(was), store=automations(), directory=directory(), now=now)
    told.note_settings(caller, was, after, wiring_staff.activity_store(), now)
    return told.automation_view(after, _next_runs(caller))


@app.get("/api/staff/customers/<customer_id>/automation")
def get_customer_automation(caller: Viewer, customer_id: Id) -> told.CustomerAutomationView:
    """Show whether anything goes to a customer by itself, until when it is paused, and which notices it was sent."""
    directory().customer(caller.tenant_id, customer_id)
    return told.customer_automation_view(automations().customer(caller.tenant_id, customer_id))


@app.put("/api/staff/customers/<customer_id>/automation")
def put_customer_automation_(caller: Manager, customer_id: Id, body: wishes.CustomerAutomationBody) -> told.CustomerAutomationView:
    """Switch a customer's automation on or off, or pause its past-due notices; what is left out stays as it is."""
    was, now = automations().customer(caller.tenant_id, customer_id), utc_now()
    after = put_customer_automation(
        caller.tenant_id,
        customer_id,
        enabled=body.enabled,
        pause=body.pause(was),
        store=automations(),
        directory=directory(),
        now=now,
    )
    told.note_customer(caller, was, after, wiring_staff.activity_store(), now)
    return told.customer_automation_view(after)


@app.get("/api/staff/automation/<automation>/runs")
def list_automation_runs(caller: Viewer, automation: Id, limit: Limit = 50, cursor: Cursor = None) -> told.AutomationRunPage:
    """List the runs of an automation, newest first."""
    runs, which = wiring_automation.run_store(), automation_named(automation)
    return told.run_page(runs.latest(caller.tenant_id, which, limit=limit + 1, before=cursor), limit)


@app.get("/api/staff/automation/<automation>/runs/<run_id>")
def get_automation_run(caller: Viewer, automation: Id, run_id: Id, limit: Limit = 50, cursor: Cursor = None) -> told.WholeAutomationRunView:
    """Show a run and what became of its customers, one after the other: mailed, or what kept the mail back."""
    runs, which = wiring_automation.run_store(), automation_named(automation)
    return told.whole_run_view(read_run(caller.tenant_id, which, run_id, limit=limit, after=cursor, runs=runs))


@app.get("/api/staff/settings/catalog")
def get_catalog(caller: Viewer) -> service.StaffCatalogView:
    """Show the products and services that customers may ask for, and those that are hidden."""
    entries = requests().catalog(caller.tenant_id)
    return service.staff_catalog_view(entries, is_open=is_open(entries))


@app.get("/api/staff/settings/catalog/products/<product_id>")
def get_product(caller: Viewer, product_id: Id) -> service.EntryView:
    """Show a product."""
    return service.entry_view(change_catalog.read_entry(caller.tenant_id, EntryKind.PRODUCT, product_id, requests=requests()))


@app.get("/api/staff/settings/catalog/services/<service_id>")
def get_service(caller: Viewer, service_id: Id) -> service.EntryView:
    """Show a service."""
    return service.entry_view(change_catalog.read_entry(caller.tenant_id, EntryKind.SERVICE, service_id, requests=requests()))


@app.put("/api/staff/settings/catalog/products/<product_id>", responses=new_or_known(service.EntryView))
def put_product(caller: Manager, product_id: Id, body: service.EntryBody) -> Response[service.EntryView]:
    """Add, rename, show or hide a product."""
    return _put_entry(caller, EntryKind.PRODUCT, product_id, body)


@app.put("/api/staff/settings/catalog/services/<service_id>", responses=new_or_known(service.EntryView))
def put_service(caller: Manager, service_id: Id, body: service.EntryBody) -> Response[service.EntryView]:
    """Add, rename, show or hide a service."""
    return _put_entry(caller, EntryKind.SERVICE, service_id, body)


@app.delete("/api/staff/settings/catalog/products/<product_id>", responses=refusals(405))
def delete_product(_caller: Viewer, product_id: Id) -> Response[str]:
    """Refuse: a product is hidden, never deleted."""
    return not_opened(f"The product {product_id} can be hidden, never deleted.", "GET, PUT")


@app.delete("/api/staff/settings/catalog/services/<service_id>", responses=refusals(405))
def delete_service(_caller: Viewer, service_id: Id) -> Response[str]:
    """Refuse: a service is hidden, never deleted."""
    return not_opened(f"The service {service_id} can be hidden, never deleted.", "GET, PUT")


@app.get("/api/staff/requests")
def list_requests(
    caller: Viewer, status: Statuses = NO_STATUSES, q: Search = "", limit: Limit = 50, cursor: Cursor = None
) -> service.StaffRequestPage:
    """List service requests, newest first: of some statuses or of all, those whose customer, contact, site or PO number holds a text."""
    wanted = frozenset(status)
    page = read_requests(
        caller.tenant_id, statuses=wanted, search=q, limit=limit, before=cursor, requests=requests(), directory=directory()
    )
    return service.staff_request_page(page)


@app.get("/api/staff/requests/<request_id>")
def get_request(caller: Viewer, request_id: Id) -> service.StaffRequestView:
    """Show a service request; that alone marks nothing as read."""
    return service.staff_request_view(read_request(caller.tenant_id, request_id, requests=requests(), directory=directory()))


@app.post("/api/staff/requests/<request_id>/view")
def post_view(caller: Viewer, request_id: Id) -> service.StaffRequestView:
    """View a service request's details: a new one is read from now on."""
    return _request(caller, answer_requests.view_request(caller.tenant_id, request_id, desk=_answer_desk(caller)))


@app.post("/api/staff/requests/<request_id>/convert")
def post_convert(caller: Collector, request_id: Id, body: service.ConvertBody) -> service.StaffRequestView:
    """Make a job or rental of a service request, which completes it."""
    key, desk = optional_key(app.current_event.raw_event), _answer_desk(caller)
    return _request(caller, answer_requests.convert_request(caller.tenant_id, request_id, body.form(), key=key, desk=desk))


@app.post("/api/staff/requests/<request_id>/decline")
def post_decline(caller: Collector, request_id: Id, body: ReasonBody) -> service.StaffRequestView:
    """Decline a service request; who asked is told why by mail."""
    key, desk = optional_key(app.current_event.raw_event), _answer_desk(caller)
    return _request(caller, answer_requests.decline_request(caller.tenant_id, request_id, body.reason, key=key, desk=desk))


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)


def _tenant(caller: Caller) -> Tenant:
    return directory().tenant(caller.tenant_id)


def _next_runs(caller: Caller) -> dict[Automation, datetime]:
    plans = (automations().plan(caller.tenant_id, one) for one in SCHEDULED)
    return {plan.automation: plan.planned_at for plan in plans if plan}


def _text_desk(caller: Caller) -> TextDesk:
    return wiring_texts.text_desk(Actor(caller.caller_id), utc_now())


def _put_entry(caller: Caller, kind: EntryKind, entry_id: str, body: service.EntryBody) -> Response[service.EntryView]:
    desk = wiring_requests.catalog_desk(Actor(caller.caller_id), utc_now())
    entry, is_new = change_catalog.put_entry(caller.tenant_id, kind, entry_id, name=body.name, shown=body.shown, desk=desk)
    return answer(HTTPStatus.CREATED if is_new else HTTPStatus.OK, service.entry_view(entry))


def _answer_desk(caller: Caller) -> answer_requests.AnswerDesk:
    return wiring_requests.answer_desk(Actor(caller.caller_id), utc_now())


def _request(caller: Caller, request: ServiceRequest) -> service.StaffRequestView:
    return service.staff_request_view(with_customer(caller.tenant_id, request, directory=directory()))
