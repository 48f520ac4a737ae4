"""What signed-in contacts read and edit: the account, open invoices, quotes, payments, saved methods, people, places, service requests."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from duebook import wiring, wiring_identity, wiring_requests
from duebook.domain.portal_access import ContactCaller, Permission
from duebook.runtime.clock import today_in, utc_now
from duebook.runtime.ids import new_id
from duebook.runtime.observability import observed
from duebook.runtime.settings import optional, setting
from duebook.usecases import put_contact as contacts
from duebook.usecases.ask_for_service import ask_for_service, read_own_requests, requestable
from duebook.usecases.make_quote import make_quote
from duebook.usecases.read_account import read_accounts
from duebook.usecases.read_methods import list_methods
from duebook.usecases.read_open_invoices import Wanted, read_open_invoices
from duebook.usecases.read_portal_payments import read_portal_payment, read_portal_payments
from duebook.web import methods as saved
from duebook.web import portal_accounts as views
from duebook.web import portal_contacts as people
from duebook.web import portal_payments as payments
from duebook.web import portal_requests as service
from duebook.web.callers import made, taken_on
from duebook.web.contact_callers import contact_permitted
from duebook.web.fields import CallerId, Currency
from duebook.web.guest import FieldSites
from duebook.web.json_api import answer, json_api, optional_key, resolve

app = json_api("Duebook: customer portal")
directory = wiring.directory_store

Viewer = Annotated[ContactCaller, contact_permitted(app, Permission.VIEW_INVOICES)]
Reviewer = Annotated[ContactCaller, contact_permitted(app, Permission.VIEW_INVOICES, payers=False)]
Payer = Annotated[ContactCaller, contact_permitted(app, Permission.PAY_INVOICES, reads=True)]
Keeper = Annotated[ContactCaller, contact_permitted(app, Permission.MANAGE_METHODS)]
Chief = Annotated[ContactCaller, contact_permitted(app, Permission.MANAGE_CONTACTS)]
AnyContact = Annotated[ContactCaller, contact_permitted(app, Permission.REQUEST_SERVICE)]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[CallerId | None, Query()]
Search = Annotated[str, Query(max_length=200)]
OurId = Annotated[payments.OurId, Path()]
Id = Annotated[CallerId, Path()]


@app.get("/api/portal/account")
def get_account(caller: Viewer) -> views.PortalAccountView:
    """Show what is owed, by currency, and how it can be paid online."""
    customer = directory().customer(caller.tenant_id, caller.customer_id)
    accounts = read_accounts(caller.tenant_id, customer, accounts=wiring.account_store())
    sites = FieldSites(setting("FIELDS_ORIGIN"), optional("CARDPOINTE_URL"))
    return views.portal_account_view(customer, accounts, directory().merchant_accounts(caller.tenant_id), sites, _today(caller))


@app.get("/api/portal/invoices")
def list_invoices(
    caller: Viewer,
    currency: Annotated[Currency | None, Query()] = None,
    kind: Annotated[Literal["single_site", "multi_site"] | None, Query()] = None,
    q: Search = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> views.PortalInvoicePage:
    """List open invoices, oldest first: of one currency and kind or of all, those whose number or site holds a text."""
    wanted = Wanted(currency, kind, q.strip())
    page = read_open_invoices(caller, wanted, _today(caller), limit=limit, after=cursor, books=wiring.books())
    return views.portal_invoice_page(page)


@app.post("/api/portal/quotes", responses=made(views.QuoteView))
def post_quote(caller: Payer, body: views.QuoteBody) -> Response[views.QuoteView]:
    """Price what was chosen, good for a quarter of an hour."""
    quoted = make_quote(
        caller,
        body.currency,
        body.chosen(),
        accounts=wiring.account_store(),
        invoices=wiring.invoice_store(),
        quotes=wiring.quote_store(),
        new_id=new_id,
        now=utc_now(),
    )
    return answer(HTTPStatus.CREATED, views.quote_view(quoted))


@app.get("/api/portal/payments")
def list_payments(caller: Reviewer, limit: Limit = 50, cursor: Cursor = None) -> payments.PortalPaymentPage:
    """List the customer's payments, newest first; attempts that were declined or failed are left out."""
    found, following = read_portal_payments(caller, limit=limit, before=cursor, books=wiring.books())
    return payments.portal_payment_page(found, following)


@app.get("/api/portal/payments/<payment_id>")
def get_payment(caller: Viewer, payment_id: OurId) -> payments.PortalPaymentView:
    """Show a payment with what it pays, or will pay."""
    return payments.portal_payment_view(read_portal_payment(caller, payment_id, books=wiring.books()))


@app.get("/api/portal/payment-methods")
def list_payment_methods(caller: Keeper) -> saved.SavedMethodPage:
    """List the customer's saved cards and bank accounts: by currency, the default first."""
    found = list_methods(caller.tenant_id, caller.customer_id, methods=wiring.method_store(), directory=directory())
    return saved.method_page(found, directory().tenant(caller.tenant_id).name)


@app.get("/api/portal/contacts")
def list_contacts(caller: Chief, limit: Limit = 200, cursor: Cursor = None) -> people.PortalContactPage:
    """List the customer's contacts by name."""
    return people.contact_page(directory().contacts(caller.tenant_id, caller.customer_id), limit, cursor)


@app.post("/api/portal/contacts", responses=made(people.PortalContactView))
def post_contact(caller: Chief, body: people.NewContactBody) -> Response[people.PortalContactView]:
    """Add a contact; one with portal access is invited by mail."""
    now = utc_now()
    wanted = body.contact(new_id("con", now))
    desk = wiring_identity.link_desk(now)
    contact, _ = contacts.put_contact(caller.tenant_id, caller.customer_id, wanted, directory=directory(), desk=desk)
    return answer(HTTPStatus.CREATED, people.contact_view(contact))


@app.patch("/api/portal/contacts/<contact_id>")
def patch_contact(caller: Chief, contact_id: Id, body: people.ContactChanges) -> people.PortalContactView:
    """Change a contact; access that begins is told by mail, access that ends does so at once."""
    desk = wiring_identity.link_desk(utc_now())
    return people.contact_view(contacts.change_contact(caller, contact_id, body.changes(), directory=directory(), desk=desk))


@app.delete("/api/portal/contacts/<contact_id>")
def delete_contact(caller: Chief, contact_id: Id) -> Response[str]:
    """Remove a contact, and with it its access."""
    contacts.remove_contact(caller, contact_id, directory=directory())
    return Response(HTTPStatus.NO_CONTENT.value, body="")


@app.post("/api/portal/contacts/<contact_id>/invitation", responses=taken_on(people.PortalContactView))
def post_invitation(caller: Chief, contact_id: Id) -> Response[people.PortalContactView]:
    """Send a contact's invitation again."""
    desk = wiring_identity.link_desk(utc_now())
    contact = contacts.invite_contact(caller.tenant_id, caller.customer_id, contact_id, directory=directory(), desk=desk)
    return answer(HTTPStatus.ACCEPTED, people.contact_view(contact))


@app.get("/api/portal/sites")
def list_sites(caller: AnyContact, limit: Limit = 200, cursor: Cursor = None) -> people.PortalSitePage:
    """List the sites that the contact may act for."""
    return people.site_page(directory().sites(caller.tenant_id, caller.customer_id), caller, limit, cursor)


@app.patch("/api/portal/profile")
def patch_profile(caller: AnyContact, body: people.ProfileChanges) -> people.ProfileAnswer:
    """Change one's own name and phone."""
    desk = wiring_identity.link_desk(utc_now())
    contact = contacts.change_contact(caller, caller.contact_id, body.changes(), directory=directory(), desk=desk)
    return people.ProfileAnswer(contact=people.signed_in_contact_view(contact))


@app.get("/api/portal/catalog")
def get_catalog(caller: AnyContact) -> service.CatalogView:
    """Show what service may be asked for now; two empty lists where nothing may."""
    return service.catalog_view(*requestable(caller.tenant_id, requests=wiring_requests.request_store()))


@app.get("/api/portal/requests")
def list_requests(caller: AnyContact, limit: Limit = 50, cursor: Cursor = None) -> service.PortalRequestPage:
    """List service requests, newest first: of the whole customer, or of a site contact's sites."""
    found, following = read_own_requests(caller, limit=limit, before=cursor, requests=wiring_requests.request_store())
    return service.portal_request_page(found, following)


@app.post("/api/portal/requests", responses=made(service.PortalRequestView))
def post_request(caller: AnyContact, body: service.ServiceRequestBody) -> Response[service.PortalRequestView]:
    """Ask for service at a site; who asks gets a mail that says so."""
    key = optional_key(app.current_event.raw_event)
    request = ask_for_service(caller, body.wish(), key=key, desk=wiring_requests.service_desk(utc_now()))
    return answer(HTTPStatus.CREATED, service.portal_request_view(request))


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)


def _today(caller: ContactCaller) -> date:
    return today_in(directory().tenant(caller.tenant_id).time_zone, utc_now())
