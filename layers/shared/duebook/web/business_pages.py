"""The page of the business profile: name, time zone, formats, whom customers ask, who hears of payments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.directory import Tenant
from duebook.errors import UnprocessableError
from duebook.storage.automation_store import AutomationStore
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.change_automation import replan
from duebook.usecases.change_settings import put_profile
from duebook.web.action_notes import Notes
from duebook.web.business_form import FORM_IDS, BusinessForm, locale_choices
from duebook.web.form_checks import problems_by_field
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import Formats, link
from duebook.web.time_zones import city_of, zone_choices, zone_named
from duebook.web.visits import Visit

BUSINESS = "/admin/settings/profile"
SAMPLE_MINOR = 184_783
LABELS: Mapping[str, str] = {
    "name": "name",
    "time_zone": "time zone",
    "locale": "formats",
    "address": "address",
    "support": "support",
    "notify": "addresses for notices",
    "use_unapplied_cash": "use of unapplied cash",
}
"""What may change here, as the activity log tells it."""


@dataclass(frozen=True, slots=True)
class BusinessPages:
    """The page of the business profile.

    Args:
        answers: What pages are made with.
        directory: Where the profile stands.
        notes: Where changes are noted.
        normal_email: Writes a typed address in its normal form, or raises ValueError.
        keep_logo: Never asked here: the form has no picture.
        automations: Another time zone moves what they plan.
    """

    answers: PageAnswers
    directory: DirectoryStore
    notes: Notes
    normal_email: Callable[[str], str]
    keep_logo: Callable[[bytes], str]
    automations: AutomationStore

    def page(
        self, visit: Visit, asked: Mapping[str, str], form: BusinessForm | None = None, problems: Mapping[str, str] | None = None
    ) -> Response:
        """Show the profile; ``locale`` and ``time_zone`` in ``asked`` show how others would read."""
        tenant = visit.tenant
        locale, zone = asked.get("locale") or (form or tenant).locale, _zone(asked.get("time_zone") or (form or tenant).time_zone, tenant)
        sample = Formats(locale, zone)
        return self.answers.page(
            "business.html",
            visit,
            HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
            section="/admin/settings",
            tab="Business profile",
            form=form or BusinessForm.of_tenant(tenant),
            problems=problems or {},
            zones=zone_choices(self.notes.now),
            locales=locale_choices(tenant.locale),
            preview={
                "money": sample.money(SAMPLE_MINOR, "USD"),
                "day": sample.day_of(self.notes.now),
                "moment": sample.moment(self.notes.now),
                "city": city_of(zone),
                "other_zone": zone != tenant.time_zone,
            },
            saved=bool(asked.get("saved")),
            may_change=visit.may("admin"),
        )

    def saved(self, visit: Visit, sent: Mapping[str, str]) -> Response:
        """Change the profile as a form asks."""
        form = BusinessForm.of_form(sent)
        try:
            profile = form.profile(visit.tenant, self.normal_email)
            after = put_profile(visit.tenant_id, profile, directory=self.directory, keep_logo=self.keep_logo)
            replan(visit.tenant_id, store=self.automations, directory=self.directory, now=self.notes.now)
        except UnprocessableError as error:
            return self.page(visit, {}, form, problems_by_field(error, FORM_IDS, "name"))
        changed = [words for name, words in LABELS.items() if getattr(after, name) != getattr(visit.tenant, name)]
        if changed:
            self.notes.add(visit, Action.PROFILE_SAVED, ("tenant", visit.tenant_id), ", ".join(changed))
        return redirect(link(BUSINESS, saved="1"))


def _zone(typed: str, tenant: Tenant) -> str:
    try:
        return zone_named(typed)
    except ValueError:
        return tenant.time_zone
