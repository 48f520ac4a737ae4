"""The pages of API keys: make one, see it once, revoke it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.directory import Role
from duebook.errors import UnprocessableError
from duebook.storage.api_key_store import ApiKeyStore
from duebook.usecases.manage_api_keys import make_api_key
from duebook.web.action_notes import Notes
from duebook.web.form_checks import Checks, line, problems_by_field, role_of
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.visits import Visit

API_KEYS = "/admin/settings/api-keys"
ROLE_WORDS = [
    (Role.VIEWER.value, "Viewer: reads everything"),
    (Role.COLLECTOR.value, "Collector: also records and applies payments"),
    (Role.MANAGER.value, "Manager: also writes customers and invoices, refunds, imports"),
    (Role.ADMIN.value, "Admin: also settings"),
]
DONE = {"revoked": "The key is revoked. The next call with it is refused."}


@dataclass(frozen=True, slots=True)
class ApiKeyPages:
    """The pages of API keys.

    Args:
        answers: What pages are made with.
        keys: Where keys are kept.
        notes: Where it is noted.
        new_secret: Makes an unguessable token with a prefix.
        hashed: What is stored in place of it.
    """

    answers: PageAnswers
    keys: ApiKeyStore
    notes: Notes
    new_secret: Callable[[str], str]
    hashed: Callable[[str], str]

    def listed(self, visit: Visit, done: str) -> Response:
        """Show the keys of the business."""
        return self._page("api_keys.html", visit, keys=self.keys.of_tenant(visit.tenant_id), done=DONE.get(done, ""))

    def new(self, visit: Visit, typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None) -> Response:
        """Ask what a new key is for."""
        return self._page(
            "api_key_form.html", visit, problems, typed={"name": "", "role": Role.MANAGER.value} | dict(typed or {}), roles=ROLE_WORDS
        )

    def make(self, visit: Visit, sent: Mapping[str, str]) -> Response:
        """Make a key as a form asks, and show it this once."""
        checks = Checks()
        name = checks.take("name", sent.get("name", ""), line, missing="Type what the key is for, such as the name of the system.")
        role = checks.take("role", sent.get("role", ""), role_of, missing="Choose a role.")
        secret = self.new_secret("dbk")
        try:
            checks.refuse_if_wrong()
            made = make_api_key(
                visit.tenant_id,
                name or "",
                Role(role or ""),
                secret=secret,
                key_hash=self.hashed(secret),
                by=(visit.staff.staff_id, visit.staff.name),
                keys=self.keys,
                now=self.notes.now,
            )
        except UnprocessableError as error:
            return self.new(visit, sent, problems_by_field(error, {}, "name"))
        self.notes.add(visit, Action.API_KEY_MADE, ("api_key", made.key_id), f"{made.name}, {made.role.value}")
        return self._page("api_key_made.html", visit, made=made, secret=secret)

    def revocation(self, visit: Visit, key_id: str) -> Response:
        """Say what revoking a key does."""
        return self._page("api_key_revoke.html", visit, one=self.keys.find(visit.tenant_id, key_id))

    def revoke(self, visit: Visit, key_id: str, sent: Mapping[str, str]) -> Response:
        """Revoke a key."""
        gone = self.keys.remove(visit.tenant_id, key_id)
        self.notes.add(visit, Action.API_KEY_REVOKED, ("api_key", key_id), gone.name, sent.get("reason", "").strip() or None)
        return redirect(link(API_KEYS, done="revoked"))

    def _page(self, template: str, visit: Visit, problems: Mapping[str, str] | None = None, **context: object) -> Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
        return self.answers.page(template, visit, status, section="/admin/settings", tab="API keys", problems=problems or {}, **context)
