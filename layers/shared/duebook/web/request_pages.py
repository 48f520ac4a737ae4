"""One service request as staff work it off: its details, a job or a rental of it, declining it (R82, R83)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from chalice.app import Response

from duebook.domain.directory import Contact
from duebook.domain.email_activity import MailKind, MailText
from duebook.domain.request_news import RequestNews
from duebook.domain.service_requests import EDGES, Answering, JobKind, RequestStatus, ServiceRequest, declined
from duebook.errors import (
    DuebookError,
    IdempotencyKeyReusedError,
    RequestAnsweredError,
    TransientError,
    UnprocessableError,
)
from duebook.runtime.ids import new_id
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.answer_requests import AnswerDesk, JobForm, convert_request, decline_request, view_request
from duebook.usecases.read_requests import count_new, with_customer
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.request_list_pages import REQUESTS
from duebook.web.request_words import KINDS, ended_words, job_words, status_words, steps_of
from duebook.web.requests import status_of
from duebook.web.split_form import Fields
from duebook.web.typed_fields import FORM_KEY, form_key, typed_day, typed_line, typed_reason
from duebook.web.visits import Visit

CONFIRM, CHANGE = "confirm", "change"
LATE = " Nothing was done by what you just sent, and no second mail went out."
CANNOT_SAY = "We could not finish this just now, and cannot say yet whether it was done. Send this form again in a moment: it counts once."


@dataclass(frozen=True, slots=True)
class RequestPages:
    """What a call about one request takes.

    Args:
        answers: What pages are made with.
        visit: Who looks.
        desk: What answering takes.
        directory: Where people stand.
        write_mail: Writes a mail about a request, by the code that writes the real ones.
    """

    answers: PageAnswers
    visit: Visit
    desk: AnswerDesk
    directory: DirectoryStore
    write_mail: Callable[[MailKind, RequestNews], MailText]

    def details(self, request_id: str, done: str = "") -> Response:
        """Show a request; a New one is Read by that (R82)."""
        return self._details(view_request(self.visit.tenant_id, request_id, desk=self.desk), done=done)

    def job_form(self, request_id: str, kind: JobKind) -> Response:
        """Show the form of a job or rental, filled in from the request."""
        request = self._request(request_id)
        if _is_final(request):
            return redirect(link(_path(request_id), done="late"))
        wanted = request.wanted_on.isoformat() if request.wanted_on else ""
        return self._job_form(request, kind, {"key": self._new_key(), "scheduled_on": wanted})

    def job_sent(self, request_id: str, kind: JobKind, sent: Mapping[str, str]) -> Response:
        """Save a job or rental; by that the request is completed."""
        request = self._request(request_id)
        try:
            key, form = self._key_of(sent), _job_of(kind, sent)
            convert_request(self.visit.tenant_id, request_id, form, key=key, desk=self.desk)
        except (RequestAnsweredError, IdempotencyKeyReusedError):
            return self._late(request_id)
        except (UnprocessableError, TransientError) as error:
            return self._job_form(request, kind, self._again(sent, error), error)
        return redirect(link(_path(request_id), done=kind.value))

    def decline_form(self, request_id: str) -> Response:
        """Ask why a request is declined."""
        request = self._request(request_id)
        if _is_final(request):
            return redirect(link(_path(request_id), done="late"))
        return self._decline_form(request, {"key": self._new_key()})

    def decline_sent(self, request_id: str, sent: Mapping[str, str]) -> Response:
        """Show what the mail will say; once that is confirmed, decline the request."""
        request = self._request(request_id)
        try:
            key, reason = self._key_of(sent), _reason_of(sent)
            if sent.get("do") == CHANGE:
                return self._decline_form(request, sent)
            if sent.get("do") == CONFIRM:
                decline_request(self.visit.tenant_id, request_id, reason, key=key, desk=self.desk)
                return redirect(link(_path(request_id), done="declined"))
            return self._confirm(request, key, reason)
        except (RequestAnsweredError, IdempotencyKeyReusedError):
            return self._late(request_id)
        except (UnprocessableError, TransientError) as error:
            return self._decline_form(request, self._again(sent, error), error)

    def _details(self, request: ServiceRequest, *, done: str = "", late: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
        names, formats = self._names(request), self.visit.formats
        row, contact = with_customer(self.visit.tenant_id, request, directory=self.directory), self._contact(request)
        return self.answers.page(
            "request.html",
            self.visit,
            status,
            **self._context(request),
            customer_name=row.customer_name,
            steps=steps_of(request, names),
            done=self._done_words(request, done, contact),
            late=ended_words(request, names, formats) + late if done == "late" else "",
        )

    def _late(self, request_id: str) -> Response:
        """Show somebody who came second what became of the request."""
        return self._details(self._request(request_id), done="late", late=LATE, status=HTTPStatus.CONFLICT)

    def _job_form(self, request: ServiceRequest, kind: JobKind, form: Mapping[str, str], error: DuebookError | None = None) -> Response:
        return self._form_page("request_job.html", request, form, error, kind=kind, words=KINDS[kind])

    def _decline_form(self, request: ServiceRequest, form: Mapping[str, str], error: DuebookError | None = None) -> Response:
        return self._form_page("request_decline.html", request, form, error)

    def _confirm(self, request: ServiceRequest, key: str, reason: str) -> Response:
        """Show the mail word by word as it will go out."""
        by = Answering(self.visit.staff.staff_id, self.desk.now)
        contact = self._contact(request)
        mail = self._mail(declined(request, reason, by), contact)
        to = contact.email if contact and mail else None
        form = {"key": key, "reason": reason}
        return self.answers.page("request_decline_confirm.html", self.visit, **self._context(request), form=form, mail=mail, to=to)

    def _form_page(
        self, template: str, request: ServiceRequest, form: Mapping[str, str], error: DuebookError | None, **more: Any
    ) -> Response:
        return self.answers.page(
            template,
            self.visit,
            HTTPStatus.OK if error is None else status_of(error),
            **self._context(request),
            **more,
            customer_name=with_customer(self.visit.tenant_id, request, directory=self.directory).customer_name,
            contact=self._contact(request),
            form=Fields(form),
            problem="" if error is None else CANNOT_SAY if isinstance(error, TransientError) else str(error),
            field_wrong=str(error.facts.get("field", "")) if error else "",
        )

    def _context(self, request: ServiceRequest) -> dict[str, Any]:
        return {
            "section": REQUESTS,
            "request": request,
            "here": _path(request.request_id),
            "status": status_words(request),
            "job_words": job_words,
            "new_requests": count_new(self.visit.tenant_id, requests=self.desk.requests),
        }

    def _mail(self, request: ServiceRequest, contact: Contact | None) -> MailText | None:
        if contact is None or not contact.email:
            return None
        customer = self.directory.customer(self.visit.tenant_id, request.customer_id)
        return self.write_mail(MailKind.REQUEST_DECLINED, RequestNews(self.visit.tenant, customer, contact, request))

    def _done_words(self, request: ServiceRequest, done: str, contact: Contact | None) -> str:
        """Say what was just done, as the address tells; nothing that the request does not bear out."""
        told = (
            f" A mail tells {contact.name} at {contact.email}." if contact and contact.email else " No mail: whoever asked has no address."
        )
        if request.job and done == request.job.kind.value:
            return f"Saved: {job_words(request.job)}. The request is completed.{told}"
        if request.status is RequestStatus.DECLINED and done == "declined":
            return f"The request is declined.{told}"
        return ""

    def _request(self, request_id: str) -> ServiceRequest:
        return self.desk.requests.find(self.visit.tenant_id, request_id)

    def _contact(self, request: ServiceRequest) -> Contact | None:
        return self.directory.contact(self.visit.tenant_id, request.customer_id, request.contact.contact_id)

    def _names(self, request: ServiceRequest) -> dict[str, str]:
        wanted = {one for one in (request.read_by, request.ended_by) if one and one.startswith("stf_")}
        known = [self.directory.staff(self.visit.tenant_id, one) for one in sorted(wanted)]
        return {person.staff_id: person.name for person in known if person}

    def _new_key(self) -> str:
        return new_id(FORM_KEY, self.desk.now)

    def _key_of(self, sent: Mapping[str, str]) -> str:
        return form_key(sent, self.desk.now)[0]

    def _again(self, sent: Mapping[str, str], error: DuebookError) -> dict[str, str]:
        """Return what was typed, with the same key where the first try may have been carried out."""
        return {**sent, "key": sent.get("key", "") if isinstance(error, TransientError) else self._new_key()}


def _path(request_id: str) -> str:
    return f"{REQUESTS}/{request_id}"


def _is_final(request: ServiceRequest) -> bool:
    return not EDGES[request.status]


def _job_of(kind: JobKind, sent: Mapping[str, str]) -> JobForm:
    """Read the form of a job or rental.

    Raises:
        UnprocessableError: Something in it cannot be kept; the field is named.
    """
    day = sent.get("scheduled_on", "")
    note = typed_reason(sent["note"], field="note") if sent.get("note", "").strip() else None
    number = typed_line(sent.get("number", ""), field="number")
    return JobForm(kind, number, typed_day(day, field="scheduled_on") if day.strip() else None, note)


def _reason_of(sent: Mapping[str, str]) -> str:
    reason = sent.get("reason", "")
    if not reason.strip():
        raise UnprocessableError("Say why: the mail tells it to whoever asked.", field="reason")
    return typed_reason(reason)
