"""What a staff page answers with: a page, a way on, a file, or a problem told as a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Response

from duebook.domain.csv_files import csv_text
from duebook.domain.directory import Role, allows
from duebook.errors import DuebookError, NotSignedInError
from duebook.runtime.observability import logger
from duebook.web.pages import CSV_HEADERS, HEADERS, PROBLEMS, Pages, link, own_path
from duebook.web.requests import TITLES, header, status_of
from duebook.web.visits import Visit

SIGN_IN, SIGN_OUT = "/admin/sign-in", "/admin/sign-out"
LOST = "Your session had ended, so what you sent was not carried out: nothing was changed and no money moved. Sign in, then send it again."
"""What the sign-in page says to somebody whose form came too late."""
ENDED = "Your session has ended. Sign in, and you go on where you were."
"""What it says to somebody whose page went there when the session ended."""
SECONDS_LEFT = "X-Session-Seconds"
"""Header of each answer to somebody who is signed in: how long the session lasts unless it is used."""

View = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class PageAnswers:
    """The answers of a function that serves pages, made from its templates."""

    pages: Pages

    def page(self, template: str, visit: Visit | None, http_status: int = 200, /, **context: Any) -> Response:
        """Show a page."""
        formats = {"f": visit.formats} if visit else {}
        return Response(self.pages.render(template, visit=visit, **formats, **context), headers=dict(HEADERS), status_code=int(http_status))

    def sign_in(
        self,
        wanted: str | None,
        email: str = "",
        problem: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        ended: str = "",
    ) -> Response:
        """Show the sign-in form, with what is wrong, or with what it means that the session has ended."""
        html = self.pages.render("sign_in.html", visit=None, next=own_path(wanted), email=email[:254], problem=problem, ended=ended)
        return Response(html, headers={**HEADERS, **(headers or {})}, status_code=status)

    def problem_of(self, error: DuebookError, visit: Visit | None) -> Response:
        """Tell one of our errors as a page; what is ours to mend shows no detail."""
        status = int(status_of(error))
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            logger().exception("broken invariant", code=error.code)
        else:
            logger().info("refused", code=error.code, status=status)
        return self.problem(status, PROBLEMS.get(status) or str(error), visit)

    def problem(self, status: int, detail: str, visit: Visit | None) -> Response:
        """Tell a problem as a page."""
        html = self.pages.render("problem.html", visit=visit, section="", title=TITLES.get(status, TITLES[400]), detail=detail)
        return Response(html, headers=dict(HEADERS), status_code=status)

    def refusal(self, status: int, detail: str, visit: Visit | None = None) -> dict[str, Any]:
        """Tell a problem before Chalice has begun, or in place of its own words."""
        answer: dict[str, Any] = self.problem(status, detail, visit).to_dict([])
        return answer


@dataclass(frozen=True, slots=True)
class Gate:
    """Stands before every page: reads who looks, and turns our errors into pages.

    Args:
        answers: What pages are made with.
        event: The event being answered.
        visit: Tells who looks, or raises NotSignedInError.
    """

    answers: PageAnswers
    event: ContextVar[Mapping[str, Any]]
    visit: Callable[[Mapping[str, Any]], Visit]

    def page(self, view: View) -> View:
        """Give a view its visit; without a session lead to sign-in."""

        @wraps(view)
        def answer(**path: str) -> Response:
            visit = None
            try:
                visit = self.visit(self.event.get())
                return _telling(visit, view(visit, **path))
            except NotSignedInError:
                return to_sign_in(self.event.get())
            except DuebookError as error:
                return self.answers.problem_of(error, visit)

        return answer

    def page_for(self, needed: Role) -> Callable[[View], View]:
        """Give a view its visit, if the person has a role or one above it."""

        def decorated(view: View) -> View:
            @wraps(view)
            def permitted(visit: Visit, **path: str) -> Response:
                if not allows(visit.staff.role, needed):
                    words = f"This takes the role {needed.value}, yours is {visit.staff.role.value}. Nothing was changed. Ask an admin of your business."
                    return self.answers.problem(HTTPStatus.FORBIDDEN, words, visit)
                return view(visit, **path)

            return self.page(permitted)

        return decorated

    def open_page(self, view: View) -> View:
        """Let anybody see a view."""

        @wraps(view)
        def answer() -> Response:
            try:
                return view()
            except DuebookError as error:
                return self.answers.problem_of(error, None)

        return answer


def _telling(visit: Visit, response: Response) -> Response:
    """Let an answer tell how long the session lasts."""
    response.headers[SECONDS_LEFT] = str(visit.seconds_left)
    return response


def redirect(where: str, headers: Mapping[str, str] | None = None) -> Response:
    """Lead to another page by GET."""
    return Response("", headers={"Location": where, "Cache-Control": "no-store", **(headers or {})}, status_code=303)


def to_sign_in(event: Mapping[str, Any]) -> Response:
    """Lead to sign-in and from there back to the page asked for; a part of a page is answered 401, and the page goes there itself."""
    if header(event, "x-partial"):
        return Response("", headers=dict(HEADERS), status_code=401)
    is_form = event["httpMethod"] == "POST"
    asked = _came_from(event) if is_form else link(event["path"], **(event.get("queryStringParameters") or {}))
    lost = "1" if is_form and event["path"] != SIGN_OUT else None
    return redirect(link(SIGN_IN, next=asked if own_path(asked) == asked != "/admin" else "", lost=lost))


def _came_from(event: Mapping[str, Any]) -> str:
    """Return the page of ours that a form was on, as the browser tells it; empty where it does not."""
    page = urlsplit(header(event, "referer") or "")
    return page.path + (f"?{page.query}" if page.query else "")


def number(value: int) -> Response:
    """Answer with a number alone, for a part of a page that asks for it by itself."""
    return Response(str(value), headers={**HEADERS, "Content-Type": "text/plain; charset=utf-8"}, status_code=200)


def csv_file(filename: str, names: Iterable[str], rows: Iterable[Iterable[object]]) -> Response:
    """Give a table as a file."""
    disposition = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(csv_text(list(names), [list(row) for row in rows]), headers={**CSV_HEADERS, **disposition})
