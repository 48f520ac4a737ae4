"""Billing automation as pages: what goes out by itself, and the form that changes one automation (R70 to R76)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.automation import NAMES, Automation, AutomationSettings
from duebook.domain.automation_runs import AutomationRun
from duebook.domain.email_activity import MailKind
from duebook.domain.schedule_words import schedule_in_words
from duebook.domain.schedules import next_runs
from duebook.errors import ConflictError, NotFoundError, UnprocessableError
from duebook.storage.account_store import AccountStore
from duebook.storage.automation_run_store import AutomationRunStore
from duebook.storage.automation_store import AutomationStore
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.change_automation import put_automation
from duebook.usecases.forecast_automation import Forecast, forecast_automation
from duebook.usecases.preview_template import send_test
from duebook.usecases.read_automation_runs import automation_named
from duebook.usecases.read_templates import read_text
from duebook.web import automation_words as words
from duebook.web import schedule_form as editor
from duebook.web.action_notes import Notes
from duebook.web.automation_form import AutomationForm, checked_form, form_of, read_form
from duebook.web.form_checks import problems_by_field
from duebook.web.mail_words import KINDS
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.template_pages import TemplatePages
from duebook.web.time_zones import city_of
from duebook.web.visits import Visit

SAVE = "save"
RUNS_AHEAD = 5
CHANGED_MEANWHILE = "Somebody changed the automations since you opened this page. What you typed still stands below. Save it again to put it in place of theirs."
FORM_IDS: Mapping[str, str] = {
    "account_summary.schedule": "expression",
    "past_due_notices.schedule": "expression",
    "past_due_notices.tiers": "tier_1",
}
"""Fields that the use case names otherwise than the form."""


@dataclass(frozen=True, slots=True)
class Card:
    """One automation as its card tells it; ``next_at`` and ``schedule`` are None where it goes by no schedule or is off."""

    automation: Automation
    is_on: bool
    schedule: str | None
    next_at: datetime | None
    last: AutomationRun | None
    forecast: str


@dataclass(frozen=True, slots=True)
class AutomationPages:
    """What a request about automation takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        query: Reads a value of the address.
        directory: Tells the zone.
        accounts: Tells whose accounts may be late.
        automations: Where settings, switches and plans stand.
        runs: Where runs stand.
        texts: The pages of the mail texts, which know how a text is tried.
        notes: Where changes are noted.
    """

    answers: PageAnswers
    visit: Visit
    query: Callable[[str], str]
    directory: DirectoryStore
    accounts: AccountStore
    automations: AutomationStore
    runs: AutomationRunStore
    texts: TemplatePages
    notes: Notes

    def page(self) -> Response:
        """Show the three automations."""
        tenant_id = self.visit.tenant_id
        settings = self.automations.settings(tenant_id)
        found = forecast_automation(tenant_id, self.visit.today, automations=self.automations, accounts=self.accounts)
        context: dict[str, Any] = {
            **self._words(),
            "settings": settings,
            "cards": [self._card(one, settings, found) for one in Automation],
            "all_off": not any(settings.is_on(one) for one in Automation),
            "some_on": found.on > 0,
            "summary": words.summary_words(settings.account_summary, self.visit.formats),
            "tiers": words.tier_words(settings.past_due_notices),
            "done": self._done_words(settings),
        }
        return self.answers.page("automation.html", self.visit, **context)

    def send_test(self, automation: str, form: Mapping[str, str]) -> Response:
        """Mail the text of an automation's mail to who asked.

        Raises:
            NotFoundError: The automation sends no such kind of mail.
        """
        wanted = form.get("kind", "")
        kind = next((one for one in words.MAIL_KINDS[automation_named(automation)] if one.value == wanted), None)
        if kind is None:
            raise NotFoundError("this automation sends no such mail")
        text = read_text(self.visit.tenant_id, kind, templates=self.texts.templates).text
        send_test(self.visit.tenant_id, kind, text, None, self.visit.staff, desk=self.texts.preview_desk(), post=self.texts.post())
        return redirect(link(words.PATH, tested=kind.value))

    def form(self, automation: str) -> Response:
        """Show an automation's form."""
        wanted = automation_named(automation)
        return self._form(form_of(self.automations.settings(self.visit.tenant_id), wanted), {})

    def sent(self, automation: str, sent: Mapping[str, str]) -> Response:
        """Save what was typed; without being told to save only show what it would do."""
        form = read_form(sent, automation_named(automation))
        if sent.get("do") != SAVE:
            return self._form(form, form.schedule.problems if form.schedule else {})
        form = form.for_saving()
        was = self.automations.settings(self.visit.tenant_id)
        checked = checked_form(form, was)
        if checked.settings is None:
            return self._form(form, checked.problems, HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            after = put_automation(
                self.visit.tenant_id, checked.settings, store=self.automations, directory=self.directory, now=self.notes.now
            )
        except UnprocessableError as error:
            return self._form(form, problems_by_field(error, FORM_IDS, "expression"), HTTPStatus.UNPROCESSABLE_ENTITY)
        except ConflictError:
            again = replace(form, version=self.automations.settings(self.visit.tenant_id).version)
            return self._form(again, {"": CHANGED_MEANWHILE}, HTTPStatus.CONFLICT)
        if detail := words.change_words(was, after, form.automation):
            self.notes.add(self.visit, Action.AUTOMATION_SAVED, ("tenant", self.visit.tenant_id), detail)
        return redirect(link(words.PATH, saved=form.automation.value))

    def _form(self, form: AutomationForm, problems: Mapping[str, str], status: HTTPStatus = HTTPStatus.OK) -> Response:
        zone = self.visit.tenant.time_zone
        schedule = form.schedule.schedule if form.schedule else None
        context: dict[str, Any] = {
            **self._words(),
            "here": f"{words.PATH}/{form.automation.value}",
            "form": form,
            "automation": form.automation,
            "problems": problems,
            "refused": status is not HTTPStatus.OK,
            "editor": editor,
            "formats": words.FORMATS.items(),
            "in_words": schedule_in_words(schedule) if schedule else "",
            "ahead": next_runs(schedule, zone, self.notes.now, RUNS_AHEAD) if schedule else [],
            "city": city_of(zone),
        }
        return self.answers.page("automation_form.html", self.visit, status, **context)

    def _card(self, automation: Automation, settings: AutomationSettings, found: Forecast) -> Card:
        tenant_id, schedule = self.visit.tenant_id, settings.schedule_of(automation)
        plan = self.automations.plan(tenant_id, automation) if schedule else None
        last = self.runs.latest(tenant_id, automation, limit=1)
        return Card(
            automation,
            settings.is_on(automation),
            schedule_in_words(schedule) if schedule else None,
            plan.planned_at if plan else None,
            last[0] if last else None,
            words.forecast_words(automation, found, self.visit.formats),
        )

    def _done_words(self, settings: AutomationSettings) -> str:
        """Say what was just done, as the address tells."""
        saved = next((one for one in Automation if one.value == self.query("saved")), None)
        tested = next((one for one in MailKind if one.value == self.query("tested")), None)
        if tested:
            return f"A test of “{KINDS[tested]}” is on its way to {self.visit.staff.email}. Its figures are examples."
        return f"Saved. {NAMES[saved]}: {'on' if settings.is_on(saved) else 'off'}." if saved else ""

    def _words(self) -> dict[str, Any]:
        now, zone = self.notes.now, self.visit.tenant.time_zone
        return {
            "section": words.PATH,
            "names": NAMES,
            "about": words.ABOUT,
            "mail_kinds": words.MAIL_KINDS,
            "kind_words": KINDS,
            "run_status": words.status_words,
            "result_words": words.result_words,
            "moment": words.moment_with_weekday,
            "away": lambda at: words.away_words(at, now, zone),
        }
