"""What every function of staff pages stands on: its Chalice app, what it answers with, and who looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from chalice.app import Chalice

from duebook.domain.directory import Role
from duebook.errors import AccessDeniedError, DuebookError
from duebook.web.page_answers import Gate, PageAnswers, View
from duebook.web.page_routes import page_event
from duebook.web.pages import PROBLEMS, Pages, is_form_of_ours
from duebook.web.requests import MOST_FORM_FIELDS, came_through_our_front, form_fields, query_value
from duebook.web.visits import Visit

FORM = ["application/x-www-form-urlencoded"]
"""What a route that takes a form says of its content."""


@dataclass(frozen=True, slots=True)
class StaffSite:
    """One function's staff pages.

    Args:
        app: Routes stand on it.
        answers: What pages are made with.
        gate: Stands before every page.
        current: The event being answered. Chalice keeps one for all threads, and the local cloud answers in threads.
    """

    app: Chalice
    answers: PageAnswers
    gate: Gate
    current: ContextVar[Mapping[str, Any]]

    @property
    def event(self) -> Mapping[str, Any]:
        """The event being answered."""
        return self.current.get()

    def page(self, view: View) -> View:
        """Give a view its visit; without a session lead to sign-in."""
        return self.gate.page(view)

    def page_for(self, needed: Role) -> Callable[[View], View]:
        """Give a view its visit, if the person has a role or one above it; others are refused (R85)."""
        return self.gate.page_for(needed)

    def query(self, name: str) -> str:
        """Return a value of the query; empty when there is none."""
        return query_value(self.event, name)

    def form(self, visit: Visit, most: int = MOST_FORM_FIELDS) -> Mapping[str, str]:
        """Return the fields of a form that our pages made for this session; a form that lists invoices has more of them.

        Raises:
            AccessDeniedError: It is of another site, or of an earlier session.
        """
        fields = form_fields(self.event, most)
        self.check_form(visit, fields)
        return fields

    def check_form(self, visit: Visit, fields: Mapping[str, str]) -> None:
        """Refuse a form that our pages did not make for this session."""
        self.check_same_site()
        if fields.get("csrf") != visit.csrf:
            raise AccessDeniedError("this form is out of date")

    def check_same_site(self) -> None:
        """Refuse a form of another site."""
        if not is_form_of_ours(self.event):
            raise AccessDeniedError("a form of another site was refused")

    def answer(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answer one page; an address without one and what Chalice itself refuses become pages, too."""
        if not came_through_our_front(event):
            return self.answers.refusal(403, "Use the public address.")
        token = self.current.set(event)
        try:
            asked = page_event(event, self.app.routes)
            answer: dict[str, Any] = self.app(asked, context) if asked else {"statusCode": 404, "headers": {}}
            # What Chalice itself answers (another method, another content type, a bug) carries none of our headers.
            return answer if "Cache-Control" in answer["headers"] else self._refused(answer)
        finally:
            self.current.reset(token)

    def _refused(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        status, allow = answer["statusCode"], answer["headers"].get("Allow")
        visit = self._visit() if status < HTTPStatus.INTERNAL_SERVER_ERROR else None
        page = self.answers.refusal(status, PROBLEMS.get(status, PROBLEMS[400]), visit)
        return page if allow is None else {**page, "headers": {**page["headers"], "Allow": allow}}

    def _visit(self) -> Visit | None:
        """Tell who looks, or nobody: a stranger, too, is told that there is nothing."""
        try:
            return self.gate.visit(self.event)
        except DuebookError:
            return None


def staff_site(handler: str, visit: Callable[[Mapping[str, Any]], Visit]) -> StaffSite:
    """Return the ground of a function of staff pages.

    Args:
        handler: ``__file__`` of its handler; templates and the built assets' file lie beside it.
        visit: Tells who looks, or raises NotSignedInError.
    """
    here = Path(handler).resolve().parent
    answers = PageAnswers(Pages(here / "templates", here / "assets.json"))
    current: ContextVar[Mapping[str, Any]] = ContextVar(f"event of {here.name}")
    return StaffSite(Chalice(app_name=here.name), answers, Gate(answers, current, visit), current)
