"""The pages on which staff add a customer, change what it is called and where it is, and switch it off and on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from http import HTTPStatus

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.directory import Customer
from duebook.errors import ConflictError, UnprocessableError
from duebook.usecases.change_automation import put_customer_automation
from duebook.usecases.put_customer import CustomerDetails, put_customer
from duebook.web.customer_forms import CustomerForm, is_as_read, problems_of, reloaded
from duebook.web.customer_head import SECTION
from duebook.web.customer_office import CustomerOffice, customer_path
from duebook.web.page_answers import redirect
from duebook.web.typed_fields import typed_reason
from duebook.web.visits import Visit

CHANGED = "Somebody changed this customer while you were typing. What you typed is still here: look at the customer, then save again."
FIELD_WORDS: Mapping[str, str] = {"postal_code": "ZIP code", "locale": "language"}


@dataclass(frozen=True, slots=True)
class CustomerPages:
    """The forms of a customer.

    Args:
        office: What the pages about one customer share.
        new_pay_online_id: Makes a Pay Online ID.
        propose_id: Makes a short id for a new customer.
    """

    office: CustomerOffice
    new_pay_online_id: Callable[[], str]
    propose_id: Callable[[], str]

    def new(self, visit: Visit) -> Response:
        """Show the form of a new customer, with an id proposed."""
        return self._form_page(visit, None, CustomerForm.blank(self.propose_id()))

    def add(self, visit: Visit) -> Response:
        """Add a customer; the same form sent twice adds one."""
        sent = self.office.site.form(visit)
        form = CustomerForm.of_form(sent)
        try:
            customer_id = form.new_id()
            details = form.details(self.office.normal_email)
        except UnprocessableError as error:
            return self._form_page(visit, None, form, problems_of(error, "name"))
        there = self.office.directory.find_customer(visit.tenant_id, customer_id)
        if there is not None and details_of(there) != details:
            return self._form_page(visit, None, form, {"customer_id": f"There is a customer with this ID already: {there.name}."})
        if there is None:
            self._put(visit, customer_id, details)
            self.office.write_down(visit, Action.CUSTOMER_ADDED, customer_id, detail=details.name, request=sent.get("key"))
        if form.values["automation"]:
            self._switch(visit, customer_id, sent.get("key"), enabled=True)
        return redirect(customer_path(customer_id, done="added"))

    def edit(self, visit: Visit, customer_id: str) -> Response:
        """Show the form of a customer."""
        who = self.office.customer(visit, customer_id)
        return self._form_page(visit, who, CustomerForm.of_customer(who))

    def save(self, visit: Visit, customer_id: str) -> Response:
        """Change a customer."""
        sent, who = self.office.site.form(visit), self.office.customer(visit, customer_id)
        form = CustomerForm.of_form(sent)
        try:
            details = form.details(self.office.normal_email, enabled=who.enabled)
            if details != details_of(who):
                if not is_as_read(sent, who.version):
                    return self._form_page(visit, who, reloaded(form, who.version), {"": CHANGED})
                self._put(visit, customer_id, details)
                self.office.write_down(visit, Action.CUSTOMER_SAVED, customer_id, detail=changes(who, details), request=sent.get("key"))
        except UnprocessableError as error:
            return self._form_page(visit, who, form, problems_of(error, "name"))
        except ConflictError:
            return self._form_page(visit, who, form, {"": CHANGED})
        return redirect(customer_path(customer_id, done="saved"))

    def switch(self, visit: Visit, customer_id: str, problem: str = "", reason: str = "") -> Response:
        """Tell what switching a customer off or on does, and ask why."""
        who = self.office.customer(visit, customer_id)
        return self.office.site.answers.page(
            "customer_switch.html",
            visit,
            HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
            **self.office.head(visit, who, "Overview"),
            key=self.office.new_key(),
            problem=problem,
            reason=reason,
        )

    def switched(self, visit: Visit, customer_id: str) -> Response:
        """Switch a customer off or on, as the form says; one that is so already stays so."""
        sent, who = self.office.site.form(visit), self.office.customer(visit, customer_id)
        enabled = sent.get("to") == "on"
        try:
            reason = typed_reason(sent.get("reason", "")) if not enabled else None
        except UnprocessableError as error:
            return self.switch(visit, customer_id, str(error), sent.get("reason", ""))
        if who.enabled != enabled:
            if enabled:
                self._switch(visit, customer_id, sent.get("key"), enabled="automation" in sent)
            self._put(visit, customer_id, replace(details_of(who), enabled=enabled))
            action = Action.CUSTOMER_ENABLED if enabled else Action.CUSTOMER_DISABLED
            self.office.write_down(visit, action, customer_id, reason=reason, request=sent.get("key"))
        return redirect(customer_path(customer_id, done="enabled" if enabled else "disabled"))

    def _switch(self, visit: Visit, customer_id: str, key: str | None, *, enabled: bool) -> None:
        """Switch the customer's automation on or off."""
        store, directory, now = self.office.automations, self.office.directory, self.office.now
        was = store.customer(visit.tenant_id, customer_id)
        after = put_customer_automation(visit.tenant_id, customer_id, enabled=enabled, store=store, directory=directory, now=now)
        self.office.note_switch(visit, was, after, key)

    def _put(self, visit: Visit, customer_id: str, details: CustomerDetails) -> None:
        put_customer(
            visit.tenant_id,
            customer_id,
            details,
            directory=self.office.directory,
            new_pay_online_id=self.new_pay_online_id,
            now=self.office.now,
        )

    def _form_page(self, visit: Visit, who: Customer | None, form: CustomerForm, problems: Mapping[str, str] | None = None) -> Response:
        above = self.office.head(visit, who, "Overview") if who else {"section": SECTION}
        return self.office.site.answers.page(
            "customer_form.html",
            visit,
            HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
            **above,
            is_new=who is None,
            values=form.values,
            problems=problems or {},
            key=self.office.new_key(),
        )


def details_of(who: Customer) -> CustomerDetails:
    """Return what a caller would say to leave a customer as it is."""
    return CustomerDetails(who.name, who.email, who.phone, who.address, who.postal_code, who.locale, enabled=who.enabled)


def changes(who: Customer, details: CustomerDetails) -> str:
    """Name the fields that change, for the log."""
    was = details_of(who)
    changed = [one.name for one in fields(details) if getattr(details, one.name) != getattr(was, one.name)]
    return ", ".join(FIELD_WORDS.get(name, name) for name in changed)
