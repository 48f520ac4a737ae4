"""Staff's own page: who they are here, and their second step at sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import segno
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


def profile_page(
    answers: PageAnswers, visit: Visit, desk: SecondStepDesk, *, error: DuebookError | None = None, codes: tuple[str, ...] = ()
) -> Response:
    """Show who is signed in and whether the second step is on.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        desk: What the second step takes.
        error: What was wrong with the form just sent.
        codes: Recovery codes just made; they are shown this once.
    """
    factor = desk.steps.factor(visit.tenant_id, visit.staff.staff_id)
    waiting = factor if factor and may_be_confirmed(factor, desk.now) else None
    return answers.page(
        "profile.html",
        visit,
        _status(error),
        section=PROFILE,
        factor=factor if factor and factor.on else None,
        set_up=_set_up(waiting, visit.staff) if waiting else None,
        codes=codes,
        problem=str(error) if error else "",
        field_wrong=str(error.facts.get("field", "")) if error else "",
    )


def changed_second_step(answers: PageAnswers, visit: Visit, form: Mapping[str, str], desk: SecondStepDesk) -> Response:
    """Turn the second step on or off as a form asks, and show what came of it.

    Raises:
        InvalidInputError: The form asks for nothing we know.
    """
    try:
        match form.get("do"):
            case "start":
                start_second_factor(visit.staff, form.get("password", ""), desk)
            case "confirm":
                return profile_page(answers, visit, desk, codes=confirm_second_factor(visit.staff, form.get("code", ""), desk))
            case "stop":
                stop_second_factor(visit.staff, form.get("password", ""), form.get("code", ""), desk)
            case _:
                raise InvalidInputError("the form asks for nothing we know")
    except (UnprocessableError, TooManyRequestsError) as error:
        return profile_page(answers, visit, desk, error=error)
    return redirect(PROFILE)


def code_page(answers: PageAnswers, step: str, wanted: str, error: DuebookError | None = None) -> Response:
    """Ask for the code of the app."""
    return answers.page("sign_in_code.html", None, _status(error), step=step[:200], next=wanted, problem=str(error) if error else "")


def _status(error: DuebookError | None) -> int:
    if error is None:
        return HTTPStatus.OK
    return HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, TooManyRequestsError) else HTTPStatus.UNPROCESSABLE_ENTITY


def _set_up(factor: SecondFactor, staff: Staff) -> dict[str, Any]:
    address = set_up_address(factor, staff)
    # The drawing is made of numbers alone; on white in either theme, as cameras want it.
    drawn = segno.make(address, error="m").svg_inline(
        scale=4, border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    key = " ".join(factor.secret[at : at + GROUP] for at in range(0, len(factor.secret), GROUP))
    return {"picture": Markup(drawn), "key": key}  # noqa: S704 - as said above
