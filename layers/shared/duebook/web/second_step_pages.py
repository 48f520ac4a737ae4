"""Staff's own page: who they are here, and their second step at sign-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from chalice.app import Response
from markupsafe import Markup

from duebook.domain.directory import Staff
from duebook.domain.second_factor import SecondFactor, may_be_confirmed
from duebook.errors import DuebookError, InvalidInputError, TooManyRequestsError, UnprocessableError
from duebook.usecases.second_step import (
    SecondStepDesk,
    confirm_second_factor,
    set_up_address,
    start_second_factor,
    stop_second_factor,
)
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.visits import Visit

PROFILE = "/admin/profile"
GROUP = 4


@dataclass(frozen=True, slots=True)
class ProfilePages:
    """The page of one's own profile.

    Args:
        answers: What pages are made with.
        desk: What the second step takes.
        draw: Draws a text as a QR code: SVG without a style of its own.
    """

    answers: PageAnswers
    desk: SecondStepDesk
    draw: Callable[[str], str]

    def page(self, visit: Visit, *, error: DuebookError | None = None, codes: tuple[str, ...] = (), done: str = "") -> Response:
        """Show who is signed in and whether the second step is on.

        Args:
            visit: Who looks.
            error: What was wrong with the form just sent.
            codes: Recovery codes just made; they are shown this once.
            done: ``password`` when it was just changed.
        """
        factor = self.desk.steps.factor(visit.tenant_id, visit.staff.staff_id)
        waiting = factor if factor and may_be_confirmed(factor, self.desk.now) else None
        return self.answers.page(
            "profile.html",
            visit,
            _status(error),
            section=PROFILE,
            factor=factor if factor and factor.on else None,
            set_up=self._set_up(waiting, visit.staff) if waiting else None,
            codes=codes,
            password_changed=done == "password",
            problem=str(error) if error else "",
            field_wrong=str(error.facts.get("field", "")) if error else "",
        )

    def changed(self, visit: Visit, form: Mapping[str, str]) -> Response:
        """Turn the second step on or off as a form asks, and show what came of it.

        Raises:
            InvalidInputError: The form asks for nothing we know.
        """
        try:
            match form.get("do"):
                case "start":
                    start_second_factor(visit.staff, form.get("password", ""), self.desk)
                case "confirm":
                    return self.page(visit, codes=confirm_second_factor(visit.staff, form.get("code", ""), self.desk))
                case "stop":
                    stop_second_factor(visit.staff, form.get("password", ""), form.get("code", ""), self.desk)
                case _:
                    raise InvalidInputError("the form asks for nothing we know")
        except (UnprocessableError, TooManyRequestsError) as error:
            return self.page(visit, error=error)
        return redirect(PROFILE)

    def _set_up(self, factor: SecondFactor, staff: Staff) -> dict[str, Any]:
        key = " ".join(factor.secret[at : at + GROUP] for at in range(0, len(factor.secret), GROUP))
        return {"picture": Markup(self.draw(set_up_address(factor, staff))), "key": key}  # noqa: S704 - a drawing made of numbers alone


def code_page(answers: PageAnswers, step: str, wanted: str, error: DuebookError | None = None) -> Response:
    """Ask for the code of the app."""
    return answers.page("sign_in_code.html", None, _status(error), step=step[:200], next=wanted, problem=str(error) if error else "")


def _status(error: DuebookError | None) -> int:
    if error is None:
        return HTTPStatus.OK
    return HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, TooManyRequestsError) else HTTPStatus.UNPROCESSABLE_ENTITY
