"""The pages of the settings: how the business looks to its customers."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from chalice.app import Response

from duebook import wiring, wiring_staff
from duebook.domain.directory import Role
from duebook.errors import UnprocessableError
from duebook.runtime.clock import utc_now
from duebook.runtime.observability import observed
from duebook.runtime.settings import setting
from duebook.usecases.change_settings import put_profile
from duebook.web.branding_form import BrandingForm, look_of, problems_of
from duebook.web.multipart_forms import MULTIPART, filled_form
from duebook.web.page_answers import redirect
from duebook.web.pages import link
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
    return redirect(BRANDING)


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
        put_profile(visit.tenant_id, profile, directory=wiring.directory_store(), keep_logo=wiring.keep_logo)
    except UnprocessableError as error:
        return _branding_page(visit, form, problems_of(error))
    return redirect(link(BRANDING, saved="1"))


@observed
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one page."""
    return site.answer(event, context)


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
