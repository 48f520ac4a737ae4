"""Staff set a password: by the link of a mail, and on their own profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from chalice.app import Response

from duebook.errors import DuebookError, LinkExpiredError, TooManyRequestsError, UnprocessableError
from duebook.usecases.staff_password import StaffPasswordDesk, change_staff_password, redeem_staff_link
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.second_step_pages import PROFILE, ProfilePages
from duebook.web.visits import Visit

SET_PASSWORD = "/admin/set-password"  # noqa: S105 - an address
MARK = "#token="
LONGEST_LINK = 500


@dataclass(frozen=True, slots=True)
class StaffPasswordPages:
    """The page that a mailed link leads to, and the form of the own password.

    Args:
        answers: What pages are made with.
        desk: What setting a password takes.
        hashed: What is stored in place of a token.
    """

    answers: PageAnswers
    desk: StaffPasswordDesk
    hashed: Callable[[str], str]

    def form(self, sent_link: str = "", error: DuebookError | None = None) -> Response:
        """Ask for a new password. The link's token stands after ``#``: the page's script puts it into the form, or the person does."""
        return self.answers.page("set_password.html", None, _status(error), link=sent_link, **_problem(error))

    def redeem(self, sent: Mapping[str, str]) -> Response:
        """Set the password that a link stands for."""
        sent_link = sent.get("link", "").strip()[:LONGEST_LINK]
        token = sent_link.rpartition(MARK)[2] if MARK in sent_link else sent_link
        try:
            if not token:
                return self.form("", UnprocessableError("Paste the link of the mail.", field="link"))
            redeem_staff_link(self.hashed(token), sent.get("password", ""), self.desk)
        except (UnprocessableError, LinkExpiredError) as error:
            return self.form(sent_link, error)
        return self.answers.page("password_set.html", None)

    def change(self, visit: Visit, session_hash: str, sent: Mapping[str, str], profile: ProfilePages) -> Response:
        """Change the password of who is signed in."""
        current, password = sent.get("current_password", ""), sent.get("new_password", "")
        try:
            change_staff_password(visit.staff, visit.tenant, session_hash, current, password, self.desk)
        except UnprocessableError as error:
            field = "new_password" if error.facts.get("field") == "password" else "current_password"
            return profile.page(visit, error=UnprocessableError(str(error), field=field))
        except TooManyRequestsError as error:
            return profile.page(visit, error=error)
        return redirect(link(PROFILE, done="password"))


def _status(error: DuebookError | None) -> int:
    if error is None:
        return HTTPStatus.OK
    return HTTPStatus.GONE if isinstance(error, LinkExpiredError) else HTTPStatus.UNPROCESSABLE_ENTITY


def _problem(error: DuebookError | None) -> dict[str, str]:
    if error is None:
        return {"problem": "", "field_wrong": ""}
    return {"problem": str(error), "field_wrong": str(error.facts.get("field") or "link")}
