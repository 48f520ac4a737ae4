"""The pages on which staff look after a customer's contacts and sites: who signs in to the portal, what each acts for and sees there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.directory import Contact, Customer, Site
from duebook.domain.identity import PORTAL_PLAN, Membership
from duebook.domain.pay_links import PAY_PAGE
from duebook.domain.portal_access import SITE
from duebook.domain.portal_views import begun_view, closed_because
from duebook.errors import ConflictError, InvalidInputError, NotFoundError, UnprocessableError
from duebook.runtime.ids import new_secret
from duebook.storage.portal_view_store import PortalViewStore
from duebook.usecases.put_contact import delete_contact, invite_contact, put_contact, read_contact
from duebook.usecases.put_site import put_site, read_site
from duebook.web.customer_forms import SITE_BOX, ContactForm, SiteForm, is_as_read, problems_of
from duebook.web.customer_head import SECTION
from duebook.web.customer_office import CustomerOffice, customer_path
from duebook.web.page_answers import redirect
from duebook.web.sessions import CONTACT, STAFF, VIEW_TOKENS, is_viewers, token_hash
from duebook.web.visits import Visit

TAB = "Contacts and sites"
MOST_FIELDS = 300
"""Fields of a contact's form: one box for each site."""
OWN_ID = re.compile(r"(con|site)_[0-9A-HJKMNP-TV-Z]{26}")
"""Ids that our forms propose for what is new."""
CHANGED = "Somebody changed this while you were typing. What you typed is still here: look at it in another tab, then save again."


@dataclass(frozen=True, slots=True)
class PeoplePages:
    """The tab *Contacts and sites*, and its forms."""

    office: CustomerOffice
    views: PortalViewStore

    def tab(self, visit: Visit, customer_id: str, problem: str = "", about: str = "") -> Response:
        """Show contacts and sites; ``problem`` is what went wrong with the contact ``about``."""
        who = self.office.customer(visit, customer_id)
        contacts = self.office.directory.contacts(visit.tenant_id, customer_id)
        return self.office.site.answers.page(
            "customer_contacts.html",
            visit,
            HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
            **self.office.head(visit, who, TAB),
            contacts=sorted(contacts, key=lambda one: (one.name.casefold(), one.contact_id)),
            sites=self._sites(visit, customer_id),
            closed=self._closed(visit, who),
            done=self.office.site.query("done"),
            done_to=next((one for one in contacts if one.contact_id == self.office.site.query("contact")), None),
            problem=problem,
            about=about,
        )

    def contact(self, visit: Visit, customer_id: str, contact_id: str | None) -> Response:
        """Show the form of a contact, or of a new one."""
        was = self._contact(visit, customer_id, contact_id) if contact_id else None
        return self._contact_page(visit, customer_id, was, ContactForm.of_contact(was), contact_id or self._new_id("con"))

    def save_contact(self, visit: Visit, customer_id: str, contact_id: str | None) -> Response:
        """Write a contact; access that begins is told to it by mail."""
        sent = self.office.site.form(visit, MOST_FIELDS)
        form, own_id = ContactForm.of_form(sent), contact_id or checked_own_id(sent)
        was = self.office.directory.contact(visit.tenant_id, customer_id, own_id)
        if contact_id and was is None:
            raise NotFoundError(f"no contact {contact_id}")
        try:
            wanted = form.contact(own_id, self.office.normal_email)
            if was is not None and contact_id and not is_as_read(sent, was.version):
                return self._contact_page(visit, customer_id, was, _reread(form, was.version), own_id, {"": CHANGED})
            after = self._put(visit, customer_id, wanted)
        except UnprocessableError as error:
            return self._contact_page(visit, customer_id, was if contact_id else None, form, own_id, problems_of(error, "name"))
        done = self._written_down(visit, customer_id, was, after, sent.get("key"))
        return redirect(customer_path(customer_id, "contacts", done=done, contact=own_id))

    def switch_access(self, visit: Visit, customer_id: str, contact_id: str) -> Response:
        """Give a contact portal access, or end it."""
        sent, was = self.office.site.form(visit), self._contact(visit, customer_id, contact_id)
        try:
            after = self._put(visit, customer_id, replace(was, portal_access=sent.get("to") == "on"))
        except UnprocessableError as error:
            return self.tab(visit, customer_id, f"{was.name}: {error}", contact_id)
        done = self._written_down(visit, customer_id, was, after, sent.get("key"))
        return redirect(customer_path(customer_id, "contacts", done=done, contact=contact_id))

    def invite(self, visit: Visit, customer_id: str, contact_id: str) -> Response:
        """Send a contact's invitation again (R52)."""
        sent = self.office.site.form(visit)
        try:
            contact = invite_contact(visit.tenant_id, customer_id, contact_id, directory=self.office.directory, desk=self.office.links)
        except ConflictError as error:
            return self.tab(visit, customer_id, str(error), contact_id)
        facts = {"subject": ("contact", contact_id), "detail": f"{contact.name}, {contact.email}", "request": sent.get("key")}
        self.office.write_down(visit, Action.INVITATION_SENT, customer_id, **facts)
        return redirect(customer_path(customer_id, "contacts", done="invited", contact=contact_id))

    def view_portal(self, visit: Visit, customer_id: str, contact_id: str) -> Response:
        """Let a staff member see the portal as a contact does: noted first, and with a session that changes nothing."""
        self.office.site.form(visit)
        who, contact, token = (
            self.office.customer(visit, customer_id),
            self._contact(visit, customer_id, contact_id),
            new_secret(VIEW_TOKENS),
        )
        if reason := closed_because(visit.tenant, who):
            return self.tab(visit, customer_id, f"{reason} There is nothing to view.", contact_id)
        self.office.write_down(visit, Action.PORTAL_VIEWED, customer_id, subject=("contact", contact_id), detail=contact.name)
        own = token_hash(STAFF.token(self.office.site.event) or "")
        membership = Membership(visit.tenant_id, customer_id, contact_id)
        self.views.add(token_hash(token), begun_view(visit.staff.staff_id, own, membership, self.office.now))
        return redirect("/requests" if contact.kind == SITE else PAY_PAGE, {"Set-Cookie": CONTACT.begun(token)})

    def leave_portal(self, visit: Visit) -> Response:
        """End a staff member's own look at the portal, and go back to the customer."""
        token = CONTACT.token(self.office.site.event) or ""
        view = self.views.view(token_hash(token), self.office.now) if is_viewers(token) else None
        if view is None or view.membership.tenant_id != visit.tenant_id:
            return redirect(SECTION)
        self.views.end(token_hash(token))
        return redirect(customer_path(view.membership.customer_id, "contacts"), {"Set-Cookie": CONTACT.ended()})

    def removal(self, visit: Visit, customer_id: str, contact_id: str) -> Response:
        """Tell what removing a contact does, and ask."""
        who, contact = self.office.customer(visit, customer_id), self._contact(visit, customer_id, contact_id)
        head = self.office.head(visit, who, TAB)
        return self.office.site.answers.page("contact_removal.html", visit, **head, contact=contact, key=self.office.new_key())

    def remove(self, visit: Visit, customer_id: str, contact_id: str) -> Response:
        """Remove a contact; one that is gone stays gone."""
        sent = self.office.site.form(visit)
        contact = self.office.directory.contact(visit.tenant_id, customer_id, contact_id)
        if contact is not None:
            delete_contact(visit.tenant_id, customer_id, contact_id, directory=self.office.directory)
            facts = {"subject": ("contact", contact_id), "detail": contact.name, "request": sent.get("key")}
            self.office.write_down(visit, Action.CONTACT_DELETED, customer_id, **facts)
        return redirect(customer_path(customer_id, "contacts", done="removed"))

    def site(self, visit: Visit, customer_id: str, site_id: str | None) -> Response:
        """Show the form of a site, or of a new one."""
        was = read_site(visit.tenant_id, customer_id, site_id, directory=self.office.directory) if site_id else None
        return self._site_page(visit, customer_id, was, SiteForm.of_site(was), site_id or self._new_id("site"))

    def save_site(self, visit: Visit, customer_id: str, site_id: str | None) -> Response:
        """Write a site."""
        sent = self.office.site.form(visit)
        form, own_id = SiteForm.of_form(sent), site_id or checked_own_id(sent)
        was = self.office.directory.site(visit.tenant_id, customer_id, own_id)
        if site_id and was is None:
            raise NotFoundError(f"no site {site_id}")
        try:
            wanted = form.site(own_id)
            if was is not None and site_id and not is_as_read(sent, was.version):
                again = replace(form, values={**form.values, "version": str(was.version)})
                return self._site_page(visit, customer_id, was, again, own_id, {"": CHANGED})
            after, _ = put_site(visit.tenant_id, customer_id, wanted, directory=self.office.directory)
        except UnprocessableError as error:
            return self._site_page(visit, customer_id, was if site_id else None, form, own_id, problems_of(error, "name"))
        if after != was:
            facts = {"subject": ("site", own_id), "detail": after.name, "request": sent.get("key")}
            self.office.write_down(visit, Action.SITE_SAVED, customer_id, **facts)
        return redirect(customer_path(customer_id, "contacts", done="site"))

    def _put(self, visit: Visit, customer_id: str, wanted: Contact) -> Contact:
        return put_contact(visit.tenant_id, customer_id, wanted, directory=self.office.directory, desk=self.office.links)[0]

    def _contact(self, visit: Visit, customer_id: str, contact_id: str) -> Contact:
        return read_contact(visit.tenant_id, customer_id, contact_id, directory=self.office.directory)

    def _sites(self, visit: Visit, customer_id: str) -> list[Site]:
        return sorted(self.office.directory.sites(visit.tenant_id, customer_id), key=lambda one: (one.number, one.name, one.site_id))

    def _closed(self, visit: Visit, who: Customer) -> str:
        """Tell why nobody can be invited now; empty where the portal is open."""
        if visit.tenant.plan != PORTAL_PLAN:
            return "The customer portal belongs to the Pro plan. Access may be given; nobody is invited or signs in before."
        return "" if who.enabled else "This customer is disabled. Access may be given; nobody is invited or signs in before it is enabled."

    def _new_id(self, prefix: str) -> str:
        return self.office.links.new_id(prefix, self.office.now)

    def _written_down(self, visit: Visit, customer_id: str, was: Contact | None, after: Contact, key: str | None) -> str:
        """Put what became of a contact into the log, and name it for the page."""
        if after == was:
            return "unchanged"
        had, has = bool(was and was.portal_access), after.portal_access
        facts = {"subject": ("contact", after.contact_id), "detail": after.name, "request": key}
        if was is None or _own(was) != _own(after):
            self.office.write_down(visit, Action.CONTACT_SAVED, customer_id, **facts)
        if had == has:
            # Access that goes over to another address is a new one, and its invitation goes there.
            return "given" if was and after.access_since != was.access_since else "contact"
        self.office.write_down(visit, Action.ACCESS_GIVEN if has else Action.ACCESS_ENDED, customer_id, **facts)
        return "given" if has else "ended"

    def _contact_page(
        self,
        visit: Visit,
        customer_id: str,
        was: Contact | None,
        form: ContactForm,
        own_id: str,
        problems: Mapping[str, str] | None = None,
    ) -> Response:
        who = self.office.customer(visit, customer_id)
        return self.office.site.answers.page(
            "contact_form.html",
            visit,
            HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
            **self.office.head(visit, who, TAB),
            was=was,
            form=form,
            own_id=own_id,
            sites=self._sites(visit, customer_id),
            box=SITE_BOX,
            closed=self._closed(visit, who),
            problems=problems or {},
            key=self.office.new_key(),
        )

    def _site_page(
        self, visit: Visit, customer_id: str, was: Site | None, form: SiteForm, own_id: str, problems: Mapping[str, str] | None = None
    ) -> Response:
        return self.office.site.answers.page(
            "site_form.html",
            visit,
            HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
            **self.office.head(visit, self.office.customer(visit, customer_id), TAB),
            was=was,
            values=form.values,
            own_id=own_id,
            problems=problems or {},
            key=self.office.new_key(),
        )


def checked_own_id(sent: Mapping[str, str]) -> str:
    """Return the id that a form of ours proposed for what is new.

    Raises:
        InvalidInputError: It is none of ours.
    """
    own_id = sent.get("own_id", "")
    if not OWN_ID.fullmatch(own_id):
        raise InvalidInputError("the form is not ours")
    return own_id


def _own(contact: Contact) -> tuple[object, ...]:
    return contact.name, contact.kind, contact.email, contact.phone, contact.site_ids


def _reread(form: ContactForm, version: int) -> ContactForm:
    return replace(form, values={**form.values, "version": str(version)})
