"""The pages of staff and roles: who works here, what they may do, and their going."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.directory import Role
from duebook.errors import AccessDeniedError, AlreadyPostedError, ConflictError, TransientError, UnprocessableError
from duebook.usecases.manage_staff import StaffDesk, add_staff, change_role, read_staff, remove_staff, send_link_to_staff
from duebook.web.action_notes import Notes
from duebook.web.form_checks import Checks, line, problems_by_field, role_of
from duebook.web.made_ids import checked_id
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.visits import Visit

STAFF = "/admin/settings/staff"
ROLE_WORDS: Mapping[Role, str] = {
    Role.VIEWER: "Viewer: sees everything, changes nothing",
    Role.COLLECTOR: "Collector: records and applies payments, sends statements and mails again",
    Role.MANAGER: "Manager: also refunds, voids, keeps customers, imports, mail texts",
    Role.ADMIN: "Admin: also settings, staff and API keys",
}
DONE: Mapping[str, str] = {
    "added": "Added. A mail with a link to set a password is on its way; the link works for seven days.",
    "not_mailed": "Added, but the mail could not be sent just now. Send the link again from the list.",
    "role": "The role is changed. Whoever was signed in signs in again.",
    "removed": "Removed. Every session of this person has ended.",
    "link": "A mail with a link to set a password is on its way.",
}
"""What the list says after an action."""


@dataclass(frozen=True, slots=True)
class StaffMemberPages:
    """The pages of staff and roles.

    Args:
        answers: What pages are made with.
        desk: What adding, changing and removing takes.
        notes: Where it is noted.
        normal_email: Writes a typed address in its normal form, or raises ValueError.
    """

    answers: PageAnswers
    desk: StaffDesk
    notes: Notes
    normal_email: Callable[[str], str]

    def listed(self, visit: Visit, done: str) -> Response:
        """Show who works here."""
        people = read_staff(visit.tenant_id, staff=self.desk.staff)
        return self._page("staff.html", visit, people=people, done=DONE.get(done, ""), may_change=visit.may("admin"))

    def new(self, visit: Visit, typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None) -> Response:
        """Ask for a new staff member."""
        blank = {"key": self.desk.links.new_id("stf", self.desk.links.now), "name": "", "email": "", "role": Role.COLLECTOR.value}
        typed = blank | dict(typed or {})
        return self._page("staff_form.html", visit, problems, typed=typed, roles=_choices())

    def add(self, visit: Visit, sent: Mapping[str, str]) -> Response:
        """Add a staff member as a form asks; the same form again is the same person."""
        done, checks = "added", Checks()
        name = checks.take("name", sent.get("name", ""), line, missing="Type the person's name.")
        email = checks.take("email", sent.get("email", ""), self.normal_email, missing="Type the person's email address.")
        role = checks.take("role", sent.get("role", ""), role_of, missing="Choose a role.")
        try:
            checks.refuse_if_wrong()
            add_staff(visit.tenant_id, checked_id("stf", sent.get("key", "")), name or "", email or "", Role(role or ""), self.desk)
        except UnprocessableError as error:
            return self.new(visit, sent, problems_by_field(error, {}, "email"))
        except AlreadyPostedError:
            return redirect(link(STAFF, done=done))
        except TransientError:
            if sent.get("key", "") not in {one.staff_id for one in self.desk.staff.everybody(visit.tenant_id)}:
                raise
            done = "not_mailed"
        self.notes.add(visit, Action.STAFF_ADDED, ("staff", sent.get("key", "")), f"{name} ({email}), {role}")
        return redirect(link(STAFF, done=done))

    def role(
        self, visit: Visit, staff_id: str, problems: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None
    ) -> Response:
        """Ask for another role of a staff member."""
        person = self.desk.staff.find(visit.tenant_id, staff_id)
        return self._page(
            "staff_role.html",
            visit,
            problems,
            person=person,
            roles=_choices(),
            typed={"role": person.role.value, "reason": ""} | dict(typed or {}),
        )

    def change_role(self, visit: Visit, staff_id: str, sent: Mapping[str, str]) -> Response:
        """Change a role as a form asks."""
        was = self.desk.staff.find(visit.tenant_id, staff_id)
        checks = Checks()
        wanted = checks.take("role", sent.get("role", ""), role_of, missing="Choose a role.")
        try:
            checks.refuse_if_wrong()
            after = change_role(visit.tenant_id, staff_id, Role(wanted or ""), self.desk)
        except UnprocessableError as error:
            return self.role(visit, staff_id, problems_by_field(error, {}, "role"), sent)
        if after.role is not was.role:
            detail = f"{was.name}: {was.role.value} to {after.role.value}"
            self.notes.add(visit, Action.ROLE_CHANGED, ("staff", staff_id), detail, sent.get("reason", "").strip() or None)
        return redirect(link(STAFF, done="role"))

    def removal(self, visit: Visit, staff_id: str, problems: Mapping[str, str] | None = None) -> Response:
        """Say what removing a staff member does."""
        person = self.desk.staff.find(visit.tenant_id, staff_id)
        if person.staff_id == visit.staff.staff_id:
            raise AccessDeniedError("You cannot remove yourself. Ask another admin.")
        return self._page("staff_remove.html", visit, problems, person=person)

    def remove(self, visit: Visit, staff_id: str, sent: Mapping[str, str]) -> Response:
        """Remove a staff member."""
        try:
            gone = remove_staff(visit.tenant_id, staff_id, visit.staff.staff_id, self.desk)
        except UnprocessableError as error:
            return self.removal(visit, staff_id, {"": str(error)})
        except ConflictError:
            return self.removal(visit, staff_id, {"": "Somebody changed this at the same moment. Look again, then confirm."})
        self.notes.add(
            visit, Action.STAFF_REMOVED, ("staff", staff_id), f"{gone.name} ({gone.email})", sent.get("reason", "").strip() or None
        )
        return redirect(link(STAFF, done="removed"))

    def link(self, visit: Visit, staff_id: str) -> Response:
        """Say whom another link is mailed to."""
        return self._page("staff_link.html", visit, person=self.desk.staff.find(visit.tenant_id, staff_id))

    def send_link(self, visit: Visit, staff_id: str) -> Response:
        """Have another link mailed with which a staff member sets a password."""
        person = self.desk.staff.find(visit.tenant_id, staff_id)
        send_link_to_staff(person, self.desk)
        self.notes.add(visit, Action.INVITATION_SENT, ("staff", staff_id), f"{person.name} ({person.email})")
        return redirect(link(STAFF, done="link"))

    def _page(self, template: str, visit: Visit, problems: Mapping[str, str] | None = None, **context: object) -> Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
        return self.answers.page(
            template, visit, status, section="/admin/settings", tab="Staff and roles", problems=problems or {}, **context
        )


def _choices() -> list[tuple[str, str]]:
    return [(role.value, words) for role, words in ROLE_WORDS.items()]
