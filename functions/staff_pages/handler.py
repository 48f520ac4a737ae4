"""The staff pages as HTML: sign-in, what needs doing, customers and their accounts."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from duebook import wiring, wiring_automation, wiring_identity, wiring_staff
from duebook.domain.directory import Role
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed, new_customer_id, new_pay_online_id
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.read_worklist import WorkSources
from duebook.usecases.recipients import recipients_of
from duebook.usecases.second_step import SecondStepDesk
from duebook.usecases.sign_in import sign_out
from duebook.web.activity_pages import ActivityPages
from duebook.web.ageing_pages import AgeingPages
from duebook.web.customer_automation_pages import CustomerAutomationPages
from duebook.web.customer_list import CustomerList
from duebook.web.customer_office import CustomerOffice
from duebook.web.customer_pages import CustomerPages
from duebook.web.home_pages import HomePages
from duebook.web.overview_pages import OverviewPages
from duebook.web.page_answers import SIGN_IN, SIGN_OUT, redirect
from duebook.web.people_pages import PeoplePages
from duebook.web.requests import client_address, form_fields
from duebook.web.second_step_pages import PROFILE, ProfilePages
from duebook.web.sessions import STAFF, token_hash
from duebook.web.sign_in_pages import SignInPages
from duebook.web.staff_password_pages import SET_PASSWORD, StaffPasswordPages
from duebook.web.staff_site import FORM, staff_site
from duebook.web.visits import Visit, read_visit

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
    return _sign_in().form()


@app.route(SIGN_IN, methods=["POST"], content_types=FORM)
@open_page
def sign_in_post() -> Response:
    """Check email and password, begin a session and go where the person wanted to."""
    return _sign_in().signed_in()


@app.route(f"{SIGN_IN}/code", methods=["POST"], content_types=FORM)
@open_page
def sign_in_code() -> Response:
    """Check the code of somebody whose password was right, and begin the session."""
    return _sign_in().with_code()


@app.route(SET_PASSWORD, methods=["GET"])
@open_page
def set_password_form() -> Response:
    """Ask whom a mailed link belongs to for a password."""
    return _passwords().form()


@app.route(SET_PASSWORD, methods=["POST"], content_types=FORM)
@open_page
def set_password_post() -> Response:
    """Set the password that a mailed link stands for."""
    site.check_same_site()
    return _passwords().redeem(form_fields(site.event))


@app.route(f"{PROFILE}/password", methods=["POST"], content_types=FORM)
@page
def own_password_post(visit: Visit) -> Response:
    """Change the password of who is signed in."""
    return _passwords().change(visit, token_hash(STAFF.token(site.event) or ""), site.form(visit), _profile_pages())


@app.route(PROFILE, methods=["GET"])
@page
def profile(visit: Visit) -> Response:
    """Show who is signed in, and the second step at sign-in."""
    return _profile_pages().page(visit, done=site.query("done"))


@app.route(f"{PROFILE}/second-step", methods=["POST"], content_types=FORM)
@page
def second_step_post(visit: Visit) -> Response:
    """Turn the second step on or off."""
    return _profile_pages().changed(visit, site.form(visit))


@app.route(SIGN_OUT, methods=["POST"], content_types=FORM)
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
    sources = WorkSources(
        wiring.payment_store(), wiring.account_store(), wiring.import_store(), wiring.reconciliation_store(), wiring.email_store()
    )
    return HomePages(answers, wiring.directory_store(), sources, utc_now()).page(visit)


@app.route("/admin/customers", methods=["GET"])
@page
def customers(visit: Visit) -> Response:
    """List customers with their balances, all or those that match a search and filters."""
    return _customer_list().page(visit, site.query)


@app.route("/admin/customers.csv", methods=["GET"])
@page
def customers_csv(visit: Visit) -> Response:
    """List the same customers as a file."""
    return _customer_list().csv(visit, site.query)


@app.route("/admin/customers/{customer_id}", methods=["GET"])
@page
def customer(visit: Visit, customer_id: str) -> Response:
    """Show one customer: balances, ageing, open invoices oldest first."""
    pages = OverviewPages(_office(), wiring.account_store(), wiring.invoice_store(), wiring.payment_store())
    return pages.page(visit, customer_id)


@app.route("/admin/new-customer", methods=["GET"])
@site.page_for(Role.MANAGER)
def new_customer(visit: Visit) -> Response:
    """Show the form of a new customer."""
    return _customer_pages().new(visit)


@app.route("/admin/new-customer", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def new_customer_post(visit: Visit) -> Response:
    """Add a customer."""
    return _customer_pages().add(visit)


@app.route("/admin/customers/{customer_id}/edit", methods=["GET"])
@site.page_for(Role.MANAGER)
def edit_customer(visit: Visit, customer_id: str) -> Response:
    """Show the form of a customer."""
    return _customer_pages().edit(visit, customer_id)


@app.route("/admin/customers/{customer_id}/edit", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def edit_customer_post(visit: Visit, customer_id: str) -> Response:
    """Change a customer."""
    return _customer_pages().save(visit, customer_id)


@app.route("/admin/customers/{customer_id}/switch", methods=["GET"])
@site.page_for(Role.MANAGER)
def switch_customer(visit: Visit, customer_id: str) -> Response:
    """Tell what disabling or enabling a customer does."""
    return _customer_pages().switch(visit, customer_id)


@app.route("/admin/customers/{customer_id}/switch", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def switch_customer_post(visit: Visit, customer_id: str) -> Response:
    """Disable or enable a customer."""
    return _customer_pages().switched(visit, customer_id)


@app.route("/admin/customers/{customer_id}/contacts", methods=["GET"])
@page
def contacts(visit: Visit, customer_id: str) -> Response:
    """Show a customer's contacts and sites."""
    return _people().tab(visit, customer_id)


@app.route("/admin/customers/{customer_id}/new-contact", methods=["GET"])
@site.page_for(Role.MANAGER)
def new_contact(visit: Visit, customer_id: str) -> Response:
    """Show the form of a new contact."""
    return _people().contact(visit, customer_id, None)


@app.route("/admin/customers/{customer_id}/new-contact", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def new_contact_post(visit: Visit, customer_id: str) -> Response:
    """Add a contact."""
    return _people().save_contact(visit, customer_id, None)


@app.route("/admin/customers/{customer_id}/contacts/{contact_id}", methods=["GET"])
@site.page_for(Role.MANAGER)
def edit_contact(visit: Visit, customer_id: str, contact_id: str) -> Response:
    """Show the form of a contact."""
    return _people().contact(visit, customer_id, contact_id)


@app.route("/admin/customers/{customer_id}/contacts/{contact_id}", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def edit_contact_post(visit: Visit, customer_id: str, contact_id: str) -> Response:
    """Change a contact."""
    return _people().save_contact(visit, customer_id, contact_id)


@app.route("/admin/customers/{customer_id}/contacts/{contact_id}/access", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def access_post(visit: Visit, customer_id: str, contact_id: str) -> Response:
    """Give a contact portal access, or end it."""
    return _people().switch_access(visit, customer_id, contact_id)


@app.route("/admin/customers/{customer_id}/contacts/{contact_id}/invitation", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def invitation_post(visit: Visit, customer_id: str, contact_id: str) -> Response:
    """Send a contact's invitation again."""
    return _people().invite(visit, customer_id, contact_id)


@app.route("/admin/customers/{customer_id}/contacts/{contact_id}/view-portal", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def view_portal_post(visit: Visit, customer_id: str, contact_id: str) -> Response:
    """Let a staff member look at the portal as a contact sees it."""
    return _people().view_portal(visit, customer_id, contact_id)


@app.route("/admin/leave-portal", methods=["GET"])
@page
def leave_portal(visit: Visit) -> Response:
    """End a look at the portal and go back to the customer."""
    return _people().leave_portal(visit)


@app.route("/admin/customers/{customer_id}/contacts/{contact_id}/remove", methods=["GET"])
@site.page_for(Role.MANAGER)
def contact_removal(visit: Visit, customer_id: str, contact_id: str) -> Response:
    """Tell what removing a contact does."""
    return _people().removal(visit, customer_id, contact_id)


@app.route("/admin/customers/{customer_id}/contacts/{contact_id}/remove", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def contact_removal_post(visit: Visit, customer_id: str, contact_id: str) -> Response:
    """Remove a contact."""
    return _people().remove(visit, customer_id, contact_id)


@app.route("/admin/customers/{customer_id}/new-site", methods=["GET"])
@site.page_for(Role.MANAGER)
def new_site(visit: Visit, customer_id: str) -> Response:
    """Show the form of a new site."""
    return _people().site(visit, customer_id, None)


@app.route("/admin/customers/{customer_id}/new-site", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def new_site_post(visit: Visit, customer_id: str) -> Response:
    """Add a site."""
    return _people().save_site(visit, customer_id, None)


@app.route("/admin/customers/{customer_id}/sites/{site_id}", methods=["GET"])
@site.page_for(Role.MANAGER)
def edit_site(visit: Visit, customer_id: str, site_id: str) -> Response:
    """Show the form of a site."""
    return _people().site(visit, customer_id, site_id)


@app.route("/admin/customers/{customer_id}/sites/{site_id}", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def edit_site_post(visit: Visit, customer_id: str, site_id: str) -> Response:
    """Change a site."""
    return _people().save_site(visit, customer_id, site_id)


@app.route("/admin/customers/{customer_id}/automation", methods=["GET"])
@page
def automation(visit: Visit, customer_id: str) -> Response:
    """Show what goes to the customer by itself."""
    return _automation().tab(visit, customer_id)


@app.route("/admin/customers/{customer_id}/automation", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def automation_post(visit: Visit, customer_id: str) -> Response:
    """Switch the customer's automation on or off, or pause its past-due notices."""
    return _automation().save(visit, customer_id)


@app.route("/admin/customers/{customer_id}/automation/end-links", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def end_links_post(visit: Visit, customer_id: str) -> Response:
    """End the links to pay in the mails that the customer got so far."""
    return _automation().end_links(visit, customer_id)


@app.route("/admin/customers/{customer_id}/activity", methods=["GET"])
@page
def customer_activity(visit: Visit, customer_id: str) -> Response:
    """Show what staff did to a customer."""
    return ActivityPages(_office()).page(visit, customer_id)


@app.route("/admin/customers/{customer_id}/activity.csv", methods=["GET"])
@page
def customer_activity_csv(visit: Visit, customer_id: str) -> Response:
    """Write what staff did to a customer as a file."""
    return ActivityPages(_office()).csv(visit, customer_id)


@app.route("/admin/activity", methods=["GET"])
@page
def activity(visit: Visit) -> Response:
    """Show what staff did."""
    return ActivityPages(_office()).page(visit)


@app.route("/admin/activity.csv", methods=["GET"])
@page
def activity_csv(visit: Visit) -> Response:
    """Write what staff did as a file."""
    return ActivityPages(_office()).csv(visit)


@app.route("/admin/ageing", methods=["GET"])
@page
def ageing(visit: Visit) -> Response:
    """Show what customers owe by days past due."""
    return _ageing().page(visit, site.query)


@app.route("/admin/ageing.csv", methods=["GET"])
@page
def ageing_csv(visit: Visit) -> Response:
    """Write what customers owe by days past due as a file."""
    return _ageing().csv(visit, site.query)


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)


def _sign_in() -> SignInPages:
    return SignInPages(site, _second_step(), wiring_staff.staff_store())


def _second_step() -> SecondStepDesk:
    return wiring_staff.second_step_desk(client_address(site.event))


def _passwords() -> StaffPasswordPages:
    return StaffPasswordPages(answers, wiring_staff.staff_password_desk(utc_now()), hashed)


def _profile_pages() -> ProfilePages:
    return ProfilePages(answers, _second_step(), wiring_staff.qr_picture)


def _office() -> CustomerOffice:
    stores = wiring.directory_store(), wiring.email_store(), wiring_automation.automation_store(), wiring_staff.activity_store()
    return CustomerOffice(site, *stores, wiring_identity.link_desk(utc_now()), wiring_staff.normal_email, setting("PORTAL_ORIGIN"))


def _customer_pages() -> CustomerPages:
    return CustomerPages(_office(), new_pay_online_id, new_customer_id)


def _automation() -> CustomerAutomationPages:
    return CustomerAutomationPages(_office(), lambda tenant_id, who: recipients_of(who, tenant_id, wiring.books()))


def _people() -> PeoplePages:
    return PeoplePages(_office(), wiring_identity.portal_view_store())


def _ageing() -> AgeingPages:
    return AgeingPages(answers, wiring.directory_store(), wiring.account_store(), utc_now())


def _customer_list() -> CustomerList:
    return CustomerList(answers, wiring.directory_store(), wiring.account_store(), wiring_automation.automation_store())
