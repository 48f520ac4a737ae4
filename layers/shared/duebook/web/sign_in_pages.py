"""The pages on which staff sign in: email and password, and where the second step is on, a code."""

from __future__ import annotations

from dataclasses import dataclass

from chalice.app import Response

from duebook.errors import NotSignedInError, TooManyRequestsError, UnprocessableError
from duebook.runtime.ids import new_secret
from duebook.storage.staff_store import StaffStore
from duebook.storage.transient_store import Session
from duebook.usecases.second_step import SecondStepDesk, finish_sign_in
from duebook.usecases.sign_in import sign_in
from duebook.web.page_answers import ENDED, LOST, redirect
from duebook.web.pages import own_path
from duebook.web.requests import form_fields
from duebook.web.second_step_pages import code_page
from duebook.web.sessions import STAFF
from duebook.web.staff_site import StaffSite


@dataclass(frozen=True, slots=True)
class SignInPages:
    """What signing in takes.

    Args:
        site: What pages are made with.
        desk: Staff, second factors, sessions; and who calls from where.
        staff: Where it is noted when somebody signed in.
    """

    site: StaffSite
    desk: SecondStepDesk
    staff: StaffStore

    def form(self) -> Response:
        """Show the sign-in form; who is signed in goes on to the page asked for."""
        wanted = self.site.query("next")
        try:
            self.site.gate.visit(self.site.event)
        except NotSignedInError:
            ended = LOST if self.site.query("lost") else ENDED if self.site.query("ended") else ""
            return self.site.answers.sign_in(wanted, ended=ended)
        return redirect(own_path(wanted))

    def signed_in(self) -> Response:
        """Check email and password, begin a session and go where the person wanted to; or ask for the code."""
        self.site.check_same_site()
        form, token = form_fields(self.site.event), new_secret("ses")
        wanted, email = form.get("next"), form.get("email", "")
        try:
            session = self._session(email, form.get("password", ""), token)
        except NotSignedInError:
            return self.site.answers.sign_in(wanted, email, "That email and password don't match.", 422)
        except TooManyRequestsError as error:
            return self.site.answers.sign_in(wanted, email, str(error), 429, {"Retry-After": str(error.facts["retry_after"])})
        if session is None:
            return code_page(self.site.answers, token, own_path(wanted))
        return self._begun(session, token, own_path(wanted))

    def with_code(self) -> Response:
        """Check the code of somebody whose password was right, and begin the session."""
        self.site.check_same_site()
        form, token = form_fields(self.site.event), new_secret("ses")
        step, wanted = form.get("step", ""), own_path(form.get("next"))
        try:
            session = finish_sign_in(step, form.get("code", ""), token=token, csrf=new_secret("csrf"), desk=self.desk)
        except NotSignedInError as error:
            return self.site.answers.sign_in(wanted, "", str(error), 422)
        except (UnprocessableError, TooManyRequestsError) as error:
            return code_page(self.site.answers, step, wanted, error)
        return self._begun(session, token, wanted)

    def _session(self, email: str, password: str, token: str) -> Session | None:
        return sign_in(
            email,
            password,
            address=self.desk.address,
            token=token,
            csrf=new_secret("csrf"),
            directory=self.desk.directory,
            steps=self.desk.steps,
            transient=self.desk.transient,
            hashed=self.desk.hashed,
            now=self.desk.now,
        )

    def _begun(self, session: Session, token: str, wanted: str) -> Response:
        self.staff.note_sign_in(session.tenant_id, session.staff_id, self.desk.now)
        return redirect(wanted, {"Set-Cookie": STAFF.begun(token)})
