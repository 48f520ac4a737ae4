"""The pages of the settings and of imports: the business, its processors, staff and API keys; files that come in."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from chalice.app import Response

from duebook import wiring, wiring_automation, wiring_staff
from duebook.domain.activity_log import Action
from duebook.domain.directory import Role
from duebook.errors import InvalidInputError, UnprocessableError
from duebook.runtime.clock import utc_now
from duebook.runtime.ids import hashed, new_id, new_secret
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.change_settings import put_profile
from duebook.web.action_notes import Notes
from duebook.web.api_key_pages import API_KEYS, ApiKeyPages
from duebook.web.branding_form import BrandingForm, look_of, problems_of
from duebook.web.business_pages import BUSINESS, BusinessPages
from duebook.web.import_pages import IMPORTS, TOO_LARGE, ImportPages
from duebook.web.multipart_forms import MULTIPART, filled_form
from duebook.web.page_answers import redirect
from duebook.web.pages import link
from duebook.web.processor_pages import PROCESSORS, ProcessorPages
from duebook.web.staff_member_pages import STAFF, StaffMemberPages
from duebook.web.staff_site import FORM, staff_site
from duebook.web.visits import Visit, read_visit

BRANDING = "/admin/settings/branding"

site = staff_site(
    __file__,
    lambda event: read_visit(event, directory=wiring.directory_store(), transient=wiring.transient_store(), now=utc_now()),
)
app, answers = site.app, site.answers


@app.route("/admin/settings", methods=["GET"])
@site.page
def settings(visit: Visit) -> Response:
    """Lead to the first of the settings."""
    return redirect(BUSINESS)


@app.route(BUSINESS, methods=["GET"])
@site.page
def business(visit: Visit) -> Response:
    """Show the business profile; ``locale`` and ``time_zone`` ask how others would read."""
    return _business().page(visit, {name: site.query(name) for name in ("locale", "time_zone", "saved")})


@app.route(BUSINESS, methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def business_post(visit: Visit) -> Response:
    """Change the business profile."""
    return _business().saved(visit, site.form(visit))


@app.route(BRANDING, methods=["GET"])
@site.page
def branding(visit: Visit) -> Response:
    """Show how the business looks to its customers; ``accent`` asks how another colour would."""
    return _branding_page(visit, BrandingForm.of_tenant(visit.tenant))


@app.route(BRANDING, methods=["POST"], content_types=[MULTIPART, *FORM])
@site.page_for(Role.ADMIN)
def branding_post(visit: Visit) -> Response:
    """Change how the business looks to its customers."""
    sent = filled_form(site.event)
    site.check_form(visit, sent.fields)
    form = BrandingForm.of_form(sent)
    try:
        profile = form.profile(visit.tenant, wiring_staff.normal_email)
        after = put_profile(visit.tenant_id, profile, directory=wiring.directory_store(), keep_logo=wiring.keep_logo)
    except UnprocessableError as error:
        return _branding_page(visit, form, problems_of(error))
    if after != visit.tenant:
        _notes().add(visit, Action.BRANDING_SAVED, ("tenant", visit.tenant_id))
    return redirect(link(BRANDING, saved="1"))


@app.route(PROCESSORS, methods=["GET"])
@site.page
def processors(visit: Visit) -> Response:
    """Show where online money goes."""
    return _processors().listed(visit, site.query("done"))


@app.route(f"{PROCESSORS}/new", methods=["GET"])
@site.page_for(Role.ADMIN)
def new_processor(visit: Visit) -> Response:
    """Ask for another merchant account."""
    return _processors().new(visit, site.query("processor"))


@app.route(f"{PROCESSORS}/new", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def new_processor_post(visit: Visit) -> Response:
    """Add a merchant account."""
    return _processors().add(visit, site.form(visit))


@app.route(f"{PROCESSORS}/{{account_id}}/credentials", methods=["GET"])
@site.page_for(Role.ADMIN)
def credentials(visit: Visit, account_id: str) -> Response:
    """Ask for other credentials of a merchant account."""
    return _processors().credentials(visit, account_id)


@app.route(f"{PROCESSORS}/{{account_id}}/credentials", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def credentials_post(visit: Visit, account_id: str) -> Response:
    """Replace the credentials of a merchant account."""
    return _processors().replace(visit, account_id, site.form(visit))


@app.route(f"{PROCESSORS}/{{account_id}}/switch", methods=["GET"])
@site.page_for(Role.ADMIN)
def switch(visit: Visit, account_id: str) -> Response:
    """Say what switching a merchant account on or off does."""
    return _processors().switch(visit, account_id)


@app.route(f"{PROCESSORS}/{{account_id}}/switch", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def switch_post(visit: Visit, account_id: str) -> Response:
    """Switch a merchant account on or off."""
    return _processors().switched(visit, account_id, site.form(visit))


@app.route(STAFF, methods=["GET"])
@site.page
def staff(visit: Visit) -> Response:
    """Show who works here and what they may do."""
    return _staff().listed(visit, site.query("done"))


@app.route(f"{STAFF}/new", methods=["GET"])
@site.page_for(Role.ADMIN)
def new_staff(visit: Visit) -> Response:
    """Ask for a new staff member."""
    return _staff().new(visit)


@app.route(f"{STAFF}/new", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def new_staff_post(visit: Visit) -> Response:
    """Add a staff member, who gets a mail with a link."""
    return _staff().add(visit, site.form(visit))


@app.route(f"{STAFF}/{{staff_id}}/role", methods=["GET"])
@site.page_for(Role.ADMIN)
def role(visit: Visit, staff_id: str) -> Response:
    """Ask for another role of a staff member."""
    return _staff().role(visit, staff_id)


@app.route(f"{STAFF}/{{staff_id}}/role", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def role_post(visit: Visit, staff_id: str) -> Response:
    """Change the role of a staff member."""
    return _staff().change_role(visit, staff_id, site.form(visit))


@app.route(f"{STAFF}/{{staff_id}}/link", methods=["GET"])
@site.page_for(Role.ADMIN)
def staff_link(visit: Visit, staff_id: str) -> Response:
    """Say whom a link to set a password is mailed to."""
    return _staff().link(visit, staff_id)


@app.route(f"{STAFF}/{{staff_id}}/link", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def staff_link_post(visit: Visit, staff_id: str) -> Response:
    """Have a link mailed with which a staff member sets a password."""
    site.form(visit)
    return _staff().send_link(visit, staff_id)


@app.route(f"{STAFF}/{{staff_id}}/remove", methods=["GET"])
@site.page_for(Role.ADMIN)
def removal(visit: Visit, staff_id: str) -> Response:
    """Say what removing a staff member does."""
    return _staff().removal(visit, staff_id)


@app.route(f"{STAFF}/{{staff_id}}/remove", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def removal_post(visit: Visit, staff_id: str) -> Response:
    """Remove a staff member; their sessions end at once."""
    return _staff().remove(visit, staff_id, site.form(visit))


@app.route(API_KEYS, methods=["GET"])
@site.page_for(Role.ADMIN)
def api_keys(visit: Visit) -> Response:
    """Show the API keys."""
    return _keys().listed(visit, site.query("done"))


@app.route(f"{API_KEYS}/new", methods=["GET"])
@site.page_for(Role.ADMIN)
def new_key(visit: Visit) -> Response:
    """Ask what a new API key is for."""
    return _keys().new(visit)


@app.route(f"{API_KEYS}/new", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def new_key_post(visit: Visit) -> Response:
    """Make an API key and show it this once."""
    return _keys().make(visit, site.form(visit))


@app.route(f"{API_KEYS}/{{key_id}}/revoke", methods=["GET"])
@site.page_for(Role.ADMIN)
def revocation(visit: Visit, key_id: str) -> Response:
    """Say what revoking an API key does."""
    return _keys().revocation(visit, key_id)


@app.route(f"{API_KEYS}/{{key_id}}/revoke", methods=["POST"], content_types=FORM)
@site.page_for(Role.ADMIN)
def revocation_post(visit: Visit, key_id: str) -> Response:
    """Revoke an API key."""
    return _keys().revoke(visit, key_id, site.form(visit))


@app.route(IMPORTS, methods=["GET"])
@site.page
def imports(visit: Visit) -> Response:
    """Show the latest imports."""
    return _imports().listed(visit)


@app.route(f"{IMPORTS}/new", methods=["GET"])
@site.page_for(Role.MANAGER)
def new_import(visit: Visit) -> Response:
    """Ask for a file."""
    return _imports().new(visit, site.query("kind"))


@app.route(f"{IMPORTS}/new", methods=["POST"], content_types=[MULTIPART, *FORM])
@site.page_for(Role.MANAGER)
def new_import_post(visit: Visit) -> Response:
    """Keep an uploaded file and go on to its columns."""
    try:
        sent = filled_form(site.event)
    except InvalidInputError:
        return _imports().new(visit, "", {"file": TOO_LARGE})
    site.check_form(visit, sent.fields)
    return _imports().upload(visit, sent)


@app.route(f"{IMPORTS}/{{import_id}}", methods=["GET"])
@site.page
def import_run(visit: Visit, import_id: str) -> Response:
    """Show how far an import is, and what is wrong with which line."""
    return _imports().run(visit, import_id)


@app.route(f"{IMPORTS}/{{import_id}}/columns", methods=["GET"])
@site.page_for(Role.MANAGER)
def columns(visit: Visit, import_id: str) -> Response:
    """Ask which column is which field."""
    return _imports().columns(visit, import_id)


@app.route(f"{IMPORTS}/{{import_id}}/columns", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def columns_post(visit: Visit, import_id: str) -> Response:
    """Begin a dry run with the columns that were named."""
    return _imports().try_columns(visit, import_id, site.form(visit))


@app.route(f"{IMPORTS}/{{import_id}}/import", methods=["POST"], content_types=FORM)
@site.page_for(Role.MANAGER)
def import_post(visit: Visit, import_id: str) -> Response:
    """Import for good what a dry run looked at."""
    return _imports().go(visit, import_id, site.form(visit))


@app.route(f"{IMPORTS}/{{import_id}}/errors.csv", methods=["GET"])
@site.page
def import_errors(visit: Visit, import_id: str) -> Response:
    """Give the lines with errors as a file."""
    return _imports().errors_file(visit, import_id)


@observed
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)


def _notes() -> Notes:
    return wiring_staff.action_notes(utc_now())


def _business() -> BusinessPages:
    automations = wiring_automation.automation_store()
    return BusinessPages(answers, wiring.directory_store(), _notes(), wiring_staff.normal_email, wiring.keep_logo, automations)


def _processors() -> ProcessorPages:
    return ProcessorPages(answers, wiring.directory_store(), wiring.secret_store(), _notes(), new_id)


def _staff() -> StaffMemberPages:
    return StaffMemberPages(answers, wiring_staff.staff_desk(utc_now()), _notes(), wiring_staff.normal_email)


def _keys() -> ApiKeyPages:
    return ApiKeyPages(answers, wiring_staff.api_key_store(), _notes(), new_secret, hashed)


def _imports() -> ImportPages:
    return ImportPages(answers, wiring.import_store(), _notes(), new_id)


def _branding_page(visit: Visit, form: BrandingForm, problems: Mapping[str, str] | None = None) -> Response:
    return answers.page(
        "branding.html",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        section="/admin/settings",
        tab="Branding",
        form=form,
        problems=problems or {},
        look=look_of(site.query("accent") or form.accent),
        saved=bool(site.query("saved")),
        may_change=visit.may("admin"),
        sign_in_link=f"{setting('PORTAL_ORIGIN')}/login?company=",
    )
