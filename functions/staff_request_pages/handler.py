"""The staff pages of service requests: the list, one with its answers, how many are New, and what customers may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from duebook import wiring, wiring_automation, wiring_requests
from duebook.domain.activity_log import Actor
from duebook.domain.directory import Role
from duebook.domain.service_requests import JobKind
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import new_id
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.read_requests import count_new
from duebook.web.catalog_pages import CATALOG, CatalogPages
from duebook.web.customer_head import read_customer_head
from duebook.web.page_answers import number
from duebook.web.request_list_pages import REQUESTS, RequestListPages
from duebook.web.request_pages import RequestPages
from duebook.web.staff_site import FORM, staff_site
from duebook.web.visits import Visit, read_visit

REQUEST = f"{REQUESTS}/{{request_id}}"
ENTRY = f"{CATALOG}/{{kind}}/{{entry_id}}"


site = staff_site(
    __file__,
    lambda event: read_visit(event, directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now()),
)
app, answers = site.app, site.answers


@app.route(REQUESTS, methods=["GET"])
@site.page
def requests(visit: Visit) -> Response:
    """List service requests, newest first, of the statuses that are chosen (R84)."""
    return _list(visit).page()


@app.route(f"{REQUESTS}.csv", methods=["GET"])
@site.page
def requests_csv(visit: Visit) -> Response:
    """List the same requests as a file."""
    return _list(visit).csv()


@app.route(f"{REQUESTS}/new-count", methods=["GET"])
@site.page
def new_count(visit: Visit) -> Response:
    """Tell how many requests are New, for the badge that stands on every page (R82)."""
    return number(count_new(visit.tenant_id, requests=wiring_requests.request_store()))


@app.route(REQUEST, methods=["GET"])
@site.page
def request(visit: Visit, request_id: str) -> Response:
    """Show one request; a New one is Read from now on (R82)."""
    return _one(visit).details(request_id, site.query("done"))


@app.route(f"{REQUEST}/job", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def job(visit: Visit, request_id: str) -> Response:
    """Show the form of a job, filled in from the request."""
    return _one(visit).job_form(request_id, JobKind.JOB)


@app.route(f"{REQUEST}/job", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def job_post(visit: Visit, request_id: str) -> Response:
    """Save a job; by that the request is completed (R83)."""
    return _one(visit).job_sent(request_id, JobKind.JOB, site.form(visit))


@app.route(f"{REQUEST}/rental", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def rental(visit: Visit, request_id: str) -> Response:
    """Show the form of a rental, filled in from the request."""
    return _one(visit).job_form(request_id, JobKind.RENTAL)


@app.route(f"{REQUEST}/rental", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def rental_post(visit: Visit, request_id: str) -> Response:
    """Save a rental; by that the request is completed (R83)."""
    return _one(visit).job_sent(request_id, JobKind.RENTAL, site.form(visit))


@app.route(f"{REQUEST}/decline", methods=["GET"])
@site.page_for(Role.COLLECTOR)
def decline(visit: Visit, request_id: str) -> Response:
    """Ask why a request is declined."""
    return _one(visit).decline_form(request_id)


@app.route(f"{REQUEST}/decline", methods=["POST"], content_types=FORM)
@site.page_for(Role.COLLECTOR)
def decline_post(visit: Visit, request_id: str) -> Response:
    """Show what the mail will say, or decline the request and send it (R83)."""
    return _one(visit).decline_sent(request_id, site.form(visit))


@app.route("/admin/customers/{customer_id}/requests", methods=["GET"])
@site.page
def customer_requests(visit: Visit, customer_id: str) -> Response:
    """Show a customer's requests."""
    directory, mails, switches = wiring.directory_store(), wiring.email_store(), wiring_automation.automation_store()
    who = directory.customer(visit.tenant_id, customer_id)
    head = read_customer_head(visit, who, "Requests", setting("PORTAL_ORIGIN"), directory, mails, switches)
    return _list(visit).of_customer(customer_id, head)


@app.route(CATALOG, methods=["GET"])
@site.page
def catalog(visit: Visit) -> Response:
    """Show the products and services that customers may ask for (R80)."""
    return _catalog(visit).listed(visit, site.query("done"))


@app.route(CATALOG, methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def catalog_post(visit: Visit) -> Response:
    """Add a product or a service."""
    return _catalog(visit).add(visit, site.form(visit))


@app.route(ENTRY, methods=["GET"])
@site.page_for(Role.MANAGER)
def entry(visit: Visit, kind: str, entry_id: str) -> Response:
    """Show the form of a product or a service."""
    return _catalog(visit).entry(visit, kind, entry_id)


@app.route(ENTRY, methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def entry_post(visit: Visit, kind: str, entry_id: str) -> Response:
    """Rename, show or hide a product or a service."""
    return _catalog(visit).save(visit, kind, entry_id, site.form(visit))


@observed
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)


def _list(visit: Visit) -> RequestListPages:
    return RequestListPages(answers, visit, site.query, wiring.directory_store(), wiring_requests.request_store())


def _one(visit: Visit) -> RequestPages:
    desk = wiring_requests.answer_desk(Actor.of_staff(visit.staff), utc_now())
    return RequestPages(answers, visit, desk, wiring.directory_store(), wiring_requests.write_request_mail)


def _catalog(visit: Visit) -> CatalogPages:
    return CatalogPages(answers, wiring_requests.catalog_desk(Actor.of_staff(visit.staff), utc_now()), new_id)
